"""Losses of one sample against PyTorch's, the cost, penalties, and targets that make no sense."""

from __future__ import annotations

import json
import math
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

import microgradlab as mg
from microgradlab import Value, losses
from microgradlab.engine import topological_order
from microgradlab.errors import ArgumentError
from microgradlab.ieee import FLOATS
from microgradlab.losses import LOSSES, loss_by_name
from microgradlab.replay import replay

EPS = sys.float_info.epsilon
CASES = json.loads((Path(__file__).parent / "golden" / "losses.json").read_text("utf-8"))["cases"]


def flat(numbers: Any) -> list[float]:
    return list(numbers) if isinstance(numbers, list) else [numbers]


def test_every_loss_has_golden_numbers() -> None:
    assert {case[0] for case in CASES} == set(LOSSES)


@pytest.mark.parametrize(("name", "prediction", "target", "options", "value", "slopes"), CASES)
def test_losses_and_gradients_are_pytorchs(
    name: str, prediction: Any, target: Any, options: dict[str, float], value: float, slopes: Any
) -> None:
    outputs = [Value(number) for number in flat(prediction)]
    argument: Any = outputs if isinstance(prediction, list) else outputs[0]
    loss = LOSSES[name](argument, target, **options)
    assert isinstance(loss, Value)
    loss.backward()
    # The value is a sum of terms as large as the logits: PyTorch writes log(1 + e^-40) as
    # -40 + 40 + ..., and loses what is kept here.
    terms = max(1.0, abs(value), *map(abs, flat(prediction)))
    assert abs(loss.data - value) <= 2 * EPS * terms
    # Slopes are differences of probabilities, of size 1, or as large as they are themselves.
    for output, slope in zip(outputs, flat(slopes), strict=True):
        assert abs(output.grad - slope) <= 4 * EPS * max(1.0, abs(slope))


@pytest.mark.parametrize(("name", "prediction", "target", "options"), [case[:4] for case in CASES])
def test_losses_of_floats_are_the_same_numbers(
    name: str, prediction: Any, target: Any, options: dict[str, float]
) -> None:
    result = LOSSES[name](prediction, target, **options)
    outputs = [Value(number) for number in flat(prediction)]
    recorded = LOSSES[name](
        outputs if isinstance(prediction, list) else outputs[0], target, **options
    )
    assert type(result) is float
    assert result == recorded.data


@given(st.floats(-700.0, 700.0))
def test_two_class_losses_agree_with_each_other(logit: float) -> None:
    """Binary cross-entropy of z is the cross-entropy of the logits [0, z]."""
    for target in (0, 1):
        binary = losses.binary_cross_entropy(logit, target)
        assert binary == pytest.approx(losses.cross_entropy([0.0, logit], target), abs=1e-13)


def test_a_confident_prediction_keeps_its_digits() -> None:
    assert losses.binary_cross_entropy(-40.0, 0) == math.log1p(math.exp(-40.0))
    assert losses.binary_cross_entropy(800.0, 1) == 0.0
    assert losses.binary_cross_entropy(-800.0, 1) == 800.0
    assert losses.cross_entropy([1e4, -1e4], 1) == 2e4


def test_hinge_takes_0_and_1_or_minus_1_and_1() -> None:
    for loss in (losses.hinge, losses.squared_hinge):
        for prediction in (-3.0, 0.2, 3.0):
            assert loss(prediction, 0) == loss(prediction, -1)
            assert loss(prediction, True) == loss(prediction, 1.0)


def test_hinge_has_slope_0_at_its_kink() -> None:
    prediction = Value(1.0)
    losses.hinge(prediction, 1).backward()
    assert prediction.grad == 0.0


def test_a_distribution_with_all_in_one_class_is_that_class() -> None:
    logits = [0.3, -1.0, 2.0]
    assert losses.cross_entropy(logits, [0.0, 0.0, 1.0]) == losses.cross_entropy(logits, 2)
    assert losses.cross_entropy(logits, np.array([0.0, 0.0, 1.0])) == pytest.approx(
        losses.cross_entropy(logits, 2)
    )


def test_classes_may_be_numbers_of_any_kind() -> None:
    expected = losses.cross_entropy([0.0, 1.0], 1)
    for target in (1.0, np.int64(1), np.float32(1), True):
        assert losses.cross_entropy([0.0, 1.0], target) == expected


def test_the_variance_is_kept_above_eps() -> None:
    """As in PyTorch, but for the slope: below eps the variance has none here."""
    mean, variance = Value(1.0), Value(-2.0)
    loss = losses.gaussian_nll([mean, variance], 0.0, eps=0.01)
    loss.backward()
    assert loss.data == pytest.approx(0.5 * (math.log(0.01) + 100.0), rel=1e-15)
    assert (mean.grad, variance.grad) == (pytest.approx(100.0, rel=1e-15), 0.0)


@pytest.mark.parametrize(
    ("name", "prediction", "target"),
    [
        ("squared_error", 1e200, 0.0),
        ("squared_error", [1e200, 0.0], [0.0, 0.0]),
        ("squared_hinge", -1e200, 1),
        ("poisson_nll", 800.0, 1),
        ("gaussian_nll", [1e200, 1.0], 0.0),
    ],
)
def test_losses_overflow_to_infinity(name: str, prediction: Any, target: Any) -> None:
    assert LOSSES[name](prediction, target) == math.inf


@pytest.mark.parametrize("name", ["squared_error", "absolute_error", "huber"])
def test_one_output_in_a_list_is_one_output(name: str) -> None:
    loss = LOSSES[name]
    assert loss([3.0], [1.0]) == loss(3.0, 1.0) == loss(3.0, [1.0]) == loss([3.0], 1.0)


def test_a_target_that_is_a_value_has_a_gradient_too() -> None:
    prediction, target = Value(3.0), Value(1.0)
    losses.squared_error(prediction, target).backward()
    assert (prediction.grad, target.grad) == (4.0, -4.0)


def bits(
    name: str, prediction: Any, target: Any, options: dict[str, float], of_values: bool
) -> tuple[list[str], str]:
    """The loss and its slopes to the last bit, and the operations that were recorded."""
    outputs = [Value(number) for number in flat(prediction)]
    numbers = [Value(number) if of_values else number for number in flat(target)]
    loss = LOSSES[name](
        outputs if isinstance(prediction, list) else outputs[0],
        numbers if isinstance(target, list) else numbers[0],
        **options,
    )
    loss.backward()
    operations = " ".join(str(node.op and node.op.name) for node in topological_order(loss))
    return [
        repr(number) for number in (loss.data, *(output.grad for output in outputs))
    ], operations


@pytest.mark.parametrize(("name", "prediction", "target", "options"), [case[:4] for case in CASES])
def test_a_target_may_be_a_value_with_the_same_loss_and_slopes_to_the_last_bit(
    name: str, prediction: Any, target: Any, options: dict[str, float]
) -> None:
    of_values, _ = bits(name, prediction, target, options, of_values=True)
    of_floats, _ = bits(name, prediction, target, options, of_values=False)
    assert of_values == of_floats


LOGITS = st.lists(
    st.floats(-50.0, 50.0) | st.sampled_from([0.0, -0.0, 1e4, -1e4, 1e308, -1e308, -math.inf]),
    min_size=1,
    max_size=6,
)


@given(LOGITS, st.data(), st.sampled_from([0.0, 0.1, 1.0]))
def test_the_graph_of_a_class_that_is_a_value_is_that_of_every_class(
    logits: list[float], data: st.DataObject, smoothing: float
) -> None:
    """To the last bit the loss and slopes of the plain index, for whatever logits."""
    one, other = (data.draw(st.integers(0, len(logits) - 1)) for _ in range(2))
    options = {"label_smoothing": smoothing}
    found, operations = bits("cross_entropy", logits, one, options, of_values=True)
    plain, _ = bits("cross_entropy", logits, one, options, of_values=False)
    assert found == plain
    assert operations == bits("cross_entropy", logits, other, options, of_values=True)[1]


def test_a_graph_that_is_computed_again_with_what_is_no_class_gives_nan() -> None:
    logits, target = [Value(1.0), Value(2.0)], Value(1.0)
    order = topological_order(losses.cross_entropy(logits, target))
    again = replay(order, FLOATS, {target: 2.0}, float)
    assert math.isnan(again[order[-1]])


# --- what makes no sense


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (lambda: losses.hinge(1.0, 2), "hinge takes targets -1 and 1, or 0 and 1, not 2"),
        (lambda: losses.hinge(1.0, "cat"), "not 'cat'"),
        (lambda: losses.hinge([1.0], 1), "hinge takes a single output, not 1"),
        (lambda: losses.squared_hinge(1.0, None), "not None"),
        (lambda: losses.binary_cross_entropy(1.0, -1), "targets from 0 to 1, not -1"),
        (lambda: losses.binary_cross_entropy(1.0, np.int64(2)), "targets from 0 to 1, not 2"),
        (lambda: losses.binary_cross_entropy(1.0, math.nan), "targets from 0 to 1, not nan"),
        (lambda: losses.binary_cross_entropy([1.0, 2.0], 1), "a single output, not 2"),
        (lambda: losses.cross_entropy(1.0, 0), "one logit per class, not a single number"),
        (lambda: losses.cross_entropy([], 0), "needs at least one value"),
        (lambda: losses.cross_entropy([1.0, 2.0], 2), "2 is not the index of one of 2 classes"),
        (lambda: losses.cross_entropy([1.0, 2.0], -1), "-1 is not the index"),
        (lambda: losses.cross_entropy([1.0, 2.0], 0.5), "0.5 is not the index"),
        (lambda: losses.cross_entropy([1.0, 2.0], math.nan), "nan is not the index"),
        (lambda: losses.cross_entropy([1.0, 2.0], None), "None is not the index"),
        (lambda: losses.cross_entropy([1.0, 2.0], Value(0.5)), "0.5 is not the index"),
        (lambda: losses.cross_entropy([1.0, 2.0], Value(2.0)), "2.0 is not the index"),
        (lambda: losses.cross_entropy([1.0, 2.0], [1.0]), "1 probabilities for 2 logits"),
        (lambda: losses.cross_entropy([1.0], 0, label_smoothing=1.5), "label_smoothing is 1.5"),
        (lambda: losses.squared_error([1.0, 2.0], 1.0), "2 outputs are compared with 1 targets"),
        (lambda: losses.squared_error(1.0, [1.0, 2.0]), "1 outputs are compared with 2 targets"),
        (lambda: losses.squared_error([], []), "needs at least one value"),
        (lambda: losses.huber(1.0, 0.0, delta=0.0), "huber's delta is 0.0"),
        (lambda: losses.huber(1.0, 0.0, delta=math.nan), "huber's delta is nan"),
        (lambda: losses.poisson_nll([1.0], 1), "poisson_nll takes a single output"),
        (lambda: losses.gaussian_nll(1.0, 0.0), "takes two outputs: a mean and a variance"),
        (lambda: losses.gaussian_nll([1.0], 0.0), "takes two outputs: a mean and a variance"),
        (lambda: losses.gaussian_nll([1.0, 1.0], 0.0, eps=0.0), "gaussian_nll's eps is 0.0"),
        (lambda: losses.cost([]), "needs at least one value"),
        (lambda: losses.l1(-1.0), "l1's strength is -1.0"),
        (lambda: losses.l2(math.nan), "l2's strength is nan"),
        (lambda: losses.l2(math.inf), "l2's strength is inf"),
        (lambda: loss_by_name("hing"), "did you mean 'hinge'"),
    ],
)
def test_bad_targets_predictions_and_options_are_refused(
    call: Callable[[], Any], message: str
) -> None:
    with pytest.raises(ArgumentError, match=message):
        call()


@pytest.mark.parametrize("target", ["1", None])
@pytest.mark.parametrize("name", ["squared_error", "binary_cross_entropy", "poisson_nll"])
def test_targets_that_are_no_numbers_are_type_errors(name: str, target: Any) -> None:
    with pytest.raises(TypeError):
        LOSSES[name](Value(1.0), target)


# --- cost and penalties


def test_the_cost_is_the_mean_of_the_losses_plus_the_penalty() -> None:
    samples = [Value(1.0), Value(2.0), Value(6.0)]
    assert losses.cost(samples).data == 3.0
    total = losses.cost(samples, Value(0.5))
    total.backward()
    assert total.data == 3.5
    assert [sample.grad for sample in samples] == [1 / 3] * 3


def test_l1_and_l2_are_terms_of_the_cost() -> None:
    parameters = [Value(-2.0), Value(0.0), Value(3.0)]
    first = losses.l1(0.1)(parameters)
    first.backward()
    assert first.data == pytest.approx(0.5)
    assert [p.grad for p in parameters] == [-0.1, 0.0, 0.1]
    second = losses.l2(0.1)(parameters)
    for parameter in parameters:
        parameter.zero_grad()
    second.backward()
    assert second.data == pytest.approx(1.3)
    assert [p.grad for p in parameters] == pytest.approx([-0.4, 0.0, 0.6])


def test_losses_are_found_by_name_or_taken_as_they_are() -> None:
    assert loss_by_name("huber") is losses.huber
    assert loss_by_name(mg.losses.hinge) is losses.hinge
