"""Metrics against scikit-learn, and evaluate against a computation by hand."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sklearn import metrics as reference

from microgradlab import metrics
from microgradlab.data import Dataset
from microgradlab.errors import ArgumentError
from microgradlab.module import Module
from microgradlab.nn import MLP
from microgradlab.value import Value

numbers = st.integers(-1000, 1000).map(lambda i: i / 8)
classes = st.integers(0, 2)
compared = settings(max_examples=30, deadline=None)  # scikit-learn's functions take milliseconds


def lists_of(*columns: st.SearchStrategy[Any], least: int = 1) -> st.SearchStrategy[Any]:
    """Columns of one length."""
    return st.lists(st.tuples(*columns), min_size=least, max_size=20).map(
        lambda rows: [list(column) for column in zip(*rows, strict=True)]
    )


def logits_of(predicted: Sequence[int]) -> list[list[float]]:
    return [[1.0 if index == chosen else -1.0 for index in range(3)] for chosen in predicted]


@compared
@given(lists_of(classes, classes))
def test_accuracy_of_several_classes(columns: list[list[int]]) -> None:
    predicted, targets = columns
    expected = reference.accuracy_score(targets, predicted)
    assert metrics.accuracy(logits_of(predicted), targets) == pytest.approx(expected, rel=1e-15)


@compared
@given(lists_of(numbers, st.booleans()))
def test_accuracy_of_two_classes(columns: list[list[Any]]) -> None:
    logits, targets = columns
    expected = reference.accuracy_score(targets, [logit > 0.0 for logit in logits])
    assert metrics.accuracy(logits, targets) == pytest.approx(expected, rel=1e-15)
    signs = [1 if target else -1 for target in targets]
    assert metrics.accuracy(logits, signs) == metrics.accuracy(logits, targets)


@compared
@given(lists_of(numbers, numbers))
def test_mean_absolute_error(columns: list[list[float]]) -> None:
    outputs, targets = columns
    expected = reference.mean_absolute_error(targets, outputs)
    assert metrics.mean_absolute_error(outputs, targets) == pytest.approx(expected, rel=1e-12)


@compared
@given(lists_of(numbers, numbers, least=2))
def test_r2(columns: list[list[float]]) -> None:
    outputs, targets = columns
    expected = reference.r2_score(targets, outputs)
    assert metrics.r2(outputs, targets) == pytest.approx(expected, rel=1e-9, abs=1e-9)


@pytest.mark.parametrize(("outputs", "expected"), [([2.0, 2.0], 1.0), ([2.0, 3.0], 0.0)])
def test_r2_of_equal_targets_is_0_unless_all_is_right(
    outputs: list[float], expected: float
) -> None:
    assert metrics.r2(outputs, [2.0, 2.0]) == expected


def test_huge_outputs_give_infinities_rather_than_errors() -> None:
    assert metrics.r2([1e308, -1e308], [0.0, 1.0]) == -math.inf
    assert metrics.mean_absolute_error([1e308, 1e308, -1e308], [0.0, 0.0, 1.0]) == math.inf


@compared
@given(lists_of(classes, classes))
def test_confusion_matrix(columns: list[list[int]]) -> None:
    predicted, targets = columns
    expected = reference.confusion_matrix(targets, predicted, labels=[0, 1, 2]).tolist()
    assert metrics.confusion_matrix(logits_of(predicted), targets, classes=3) == expected


def test_a_class_outside_the_confusion_matrix_is_refused() -> None:
    with pytest.raises(ArgumentError, match="class 2 does not fit into 2 classes"):
        metrics.confusion_matrix([1.0], [2], classes=2)


@pytest.mark.parametrize("metric", metrics.METRICS.values())
@pytest.mark.parametrize(("outputs", "targets"), [([], []), ([1.0], [1.0, 2.0])])
def test_nothing_or_unequal_lengths_are_refused(
    metric: metrics.Metric, outputs: list[float], targets: list[float]
) -> None:
    with pytest.raises(ArgumentError, match=f"{len(outputs)} predictions"):
        metric(outputs, targets)


def test_metrics_are_found_by_name_or_given_as_functions() -> None:
    assert metrics.metrics_by_name(["r2"]) == {"r2": metrics.r2}
    assert metrics.metrics_by_name("r2") == {"r2": metrics.r2}
    assert metrics.metrics_by_name({"mine": metrics.r2}) == {"mine": metrics.r2}
    with pytest.raises(ArgumentError, match="did you mean 'accuracy'"):
        metrics.metrics_by_name(["acuracy"])


def test_evaluate_equals_a_computation_by_hand() -> None:
    model = MLP(2, [1], init="zeros")
    for parameter, number in zip(model.parameters(), [2.0, -1.0, 0.5], strict=True):
        parameter.data = number
    data = Dataset([[1.0, 1.0], [0.0, 2.0], [-1.0, 1.0]], [1.0, 0.0, 0.5])
    outputs = [1.5, -1.5, -2.5]
    assert metrics.evaluate(model, data, "squared_error", ["mean_absolute_error", "accuracy"]) == {
        "cost": (0.5**2 + 1.5**2 + 3.0**2) / 3.0,
        "mean_absolute_error": (0.5 + 1.5 + 3.0) / 3.0,
        "accuracy": metrics.accuracy(outputs, [1.0, 0.0, 0.5]),
    }


def test_evaluate_takes_losses_that_only_values_can_do() -> None:
    def loss(prediction: list[Value], target: float) -> Value:
        return (prediction[0] - target).relu() + prediction[1].exp()

    model = MLP(1, [2], init="zeros")
    assert metrics.evaluate(model, [([1.0], -2.0)], loss) == {"cost": 3.0}


def test_evaluate_changes_nothing() -> None:
    model = MLP(2, [3, 1], seed=0)
    before = model.state_dict()
    metrics.evaluate(model, [([1.0, 2.0], 1)], "hinge")
    assert model.state_dict() == before
    assert all(parameter.grad == 0.0 for parameter in model.parameters())


def test_evaluate_wants_samples() -> None:
    with pytest.raises(ArgumentError, match="no samples"):
        metrics.evaluate(MLP(1, [1]), [], "hinge")


def test_a_metric_of_ones_own_gives_a_float() -> None:
    class One(Module):
        def __call__(self, _: Any) -> float:
            return 1.0

    def count(outputs: Sequence[Any], _: Sequence[float]) -> int:
        return len(outputs)

    scores = metrics.evaluate(One(), [(0.0, 0.0)], "squared_error", {"count": count})
    assert scores == {"cost": 1.0, "count": 1.0}
    assert type(scores["count"]) is float


def test_a_list_of_one_logit_counts_as_that_logit() -> None:
    assert metrics.predicted_class([1.5]) == 1
    assert metrics.predicted_class([-1.5]) == 0


def test_metrics_refuse_targets_and_outputs_that_are_lists_where_they_take_numbers() -> None:
    targets: Any = [[0.0, 1.0]]
    with pytest.raises(ArgumentError, match="one number as target"):
        metrics.accuracy([[0.1, 0.2]], targets)
    with pytest.raises(ArgumentError, match="one output per sample"):
        metrics.r2([[0.1, 0.2]], [1.0])
