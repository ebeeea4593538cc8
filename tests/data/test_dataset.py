"""What a Dataset holds, how it is checked, and how it is split."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from microgradlab.data import Dataset
from microgradlab.errors import ArgumentError, DataError


def three_classes() -> Dataset:
    labels = ["a"] * 10 + ["b"] * 5 + ["c"] * 2
    return Dataset.of([[float(i), 0.0] for i in range(17)], labels, name="letters")


def test_a_sample_is_a_row_and_its_target() -> None:
    data = Dataset([[1, 2], [3, 4]], [0.5, 1.5])
    assert data[1] == ((3.0, 4.0), 1.5)
    assert list(data) == [((1.0, 2.0), 0.5), ((3.0, 4.0), 1.5)]
    assert len(data) == 2


def test_it_keeps_immutable_copies() -> None:
    rows = [[1.0], [2.0]]
    data = Dataset(rows, [0.0, 1.0])
    rows[0][0] = 9.0
    assert data.features == ((1.0,), (2.0,))


def test_columns_are_named_x1_x2_unless_named() -> None:
    assert Dataset([[1.0, 2.0]], [0.0]).feature_names == ("x1", "x2")
    assert Dataset([[1.0]], [0.0], ["mass"]).feature_names == ("mass",)


@pytest.mark.parametrize(
    ("classes", "task", "outputs"),
    [(None, "regression", 1), (("a", "b"), "binary", 1), (("a", "b", "c"), "multiclass", 3)],
)
def test_the_task_decides_the_number_of_outputs(
    classes: tuple[str, ...] | None, task: str, outputs: int
) -> None:
    data = Dataset([[1.0, 2.0]] * 2, [0, 1], classes=classes)
    assert (data.inputs, data.task, data.outputs) == (2, task, outputs)


def test_class_targets_stay_integers() -> None:
    assert [type(target) for target in Dataset([[1.0]], [1], classes=("a", "b")).targets] == [int]


@pytest.mark.parametrize(
    ("targets", "classes", "indices"),
    [
        (["no", "yes", "no"], ("no", "yes"), (0, 1, 0)),
        ([1, -1, 1], ("-1", "1"), (1, 0, 1)),
        ([10, 9, 100], ("9", "10", "100"), (1, 0, 2)),
        ([True, False, True], ("False", "True"), (1, 0, 1)),
        (np.array([7, 3, 7]), ("3", "7"), (1, 0, 1)),
        ([np.int64(7), np.int64(3), np.int64(7)], ("3", "7"), (1, 0, 1)),
    ],
)
def test_of_numbers_the_distinct_labels(
    targets: Any, classes: tuple[str, ...], indices: tuple[int, ...]
) -> None:
    data = Dataset.of([[1.0]] * 3, targets)
    assert (data.classes, data.targets) == (classes, indices)


def test_of_takes_floats_as_numbers_to_predict() -> None:
    assert Dataset.of([[1.0], [2.0]], [0.0, 1.0]).task == "regression"


def test_of_takes_arrays() -> None:
    data = Dataset.of(np.array([[1, 2], [3, 4]], dtype=np.float32), np.array([0.5, 1.5]))
    assert data.features == ((1.0, 2.0), (3.0, 4.0))
    assert {type(x) for row in data.features for x in row} == {float}


def test_the_repr_is_one_line() -> None:
    expected = "Dataset 'letters': 17 samples, 2 features, 3 classes (a 10, b 5, c 2)"
    assert repr(three_classes()) == expected
    regression = Dataset([[1.0], [2.0]], [-1.0, 2.5], name="n")
    assert repr(regression) == "Dataset 'n': 2 samples, 1 feature, targets from -1 to 2.5"


@pytest.mark.parametrize(
    ("features", "targets", "message"),
    [
        ([], [], "d has no samples"),
        ([[]], [0.0], "d has no features"),
        ([[1.0, 2.0], [3.0]], [0.0, 0.0], r"features\[1\] has 1 numbers, features\[0\] has 2"),
        ([[1.0]], [0.0, 1.0], "1 rows of features and 2 targets"),
        ([1.0], [0.0], r"features\[0\] is 1.0, not a row"),
        ([[1.0], [float("nan")]], [0.0, 0.0], r"features\[1\]\[0\] is nan, not a finite"),
        ([[float("-inf")]], [0.0], r"features\[0\]\[0\] is -inf"),
        ([["1.5"]], [0.0], r"features\[0\]\[0\] is '1.5'"),
        ([[None]], [0.0], r"features\[0\]\[0\] is None"),
        ([[10**400]], [0.0], r"features\[0\]\[0\] is an integer beyond the floats"),
        ([[1.0]], [-(10**5000)], r"targets\[0\] is an integer beyond the floats"),
        ([[1.0]], [float("nan")], r"d: targets\[0\] is nan"),
        ([[1.0]], ["high"], r"targets\[0\] is 'high'"),
    ],
)
def test_bad_numbers_are_named_with_their_place(features: Any, targets: Any, message: str) -> None:
    with pytest.raises(DataError, match=message) as caught:
        Dataset(features, targets, name="d")
    assert caught.value.hint


def test_a_bad_cell_names_its_feature() -> None:
    with pytest.raises(DataError, match="the feature 'mass'"):
        Dataset([[1.0, float("inf")]], [0.0], ["height", "mass"])


def test_too_few_names_are_refused() -> None:
    with pytest.raises(DataError, match="1 feature names for rows of 2 numbers"):
        Dataset([[1.0, 2.0]], [0.0], ["mass"])


@pytest.mark.parametrize("target", [2, -1, 0.0, "a"])
def test_a_target_that_is_no_class_index_is_refused(target: Any) -> None:
    with pytest.raises(DataError, match=r"targets\[1\] is .*, not the index of a class"):
        Dataset([[1.0], [2.0]], [0, target], classes=("a", "b"))


def test_one_class_only_is_refused() -> None:
    with pytest.raises(DataError, match="only the class a"):
        Dataset.of([[1.0], [2.0]], ["a", "a"])


def test_subset_keeps_the_given_order() -> None:
    assert three_classes().subset([16, 0]).targets == (2, 0)


def test_split_keeps_the_proportions_of_the_classes() -> None:
    first, second = three_classes().split(0.8)
    assert [first.targets.count(c) for c in range(3)] == [8, 4, 1]
    assert [second.targets.count(c) for c in range(3)] == [2, 1, 1]


def test_split_puts_a_class_of_one_sample_into_the_first_part() -> None:
    data = Dataset.of([[float(i)] for i in range(5)], ["a", "b", "b", "c", "c"])
    assert 0 in data.split(0.2)[0].targets


def test_split_depends_on_the_seed_alone() -> None:
    data = three_classes()
    assert data.split(0.5, seed=1) == data.split(0.5, seed=1)
    assert data.split(0.5, seed=1) != data.split(0.5, seed=2)


@settings(deadline=None)
@given(
    targets=st.lists(st.integers(0, 2), min_size=6, max_size=40).filter(
        lambda t: all(t.count(c) >= 2 for c in range(3))
    ),
    fraction=st.floats(0.01, 0.99),
    seed=st.integers(0, 100),
)
def test_split_loses_no_sample_and_has_every_class_on_both_sides(
    targets: list[int], fraction: float, seed: int
) -> None:
    data = Dataset([[float(i)] for i in range(len(targets))], targets, classes="abc")
    first, second = data.split(fraction, seed)
    assert sorted([*first, *second]) == list(data)
    assert set(first.targets) == set(second.targets) == {0, 1, 2}


def test_the_parts_of_a_split_are_those_at_its_indices() -> None:
    data = three_classes()
    for part, indices in zip(data.split(0.6, seed=3), data.split_indices(0.6, seed=3), strict=True):
        assert part == data.subset(indices)
        assert indices == sorted(indices)


def test_split_of_a_regression_is_by_count() -> None:
    data = Dataset([[float(i)] for i in range(10)], [float(i % 2) for i in range(10)])
    first, second = data.split(0.7)
    assert (len(first), len(second)) == (7, 3)


@pytest.mark.parametrize("fraction", [0.0, 1.0, -0.1, 80, float("nan")])
def test_a_split_needs_a_fraction(fraction: float) -> None:
    with pytest.raises(ArgumentError, match="fraction of a split"):
        three_classes().split(fraction)


def test_a_single_sample_cannot_be_split() -> None:
    with pytest.raises(DataError, match="nothing to split"):
        Dataset([[1.0]], [0.0]).split()
