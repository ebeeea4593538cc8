"""The generated shapes: geometry, balance, seeds."""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
from sklearn.datasets import make_circles, make_moons

from microgradlab.data import Dataset, circles, moons, spirals, xor, yin_yang
from microgradlab.errors import ArgumentError

SHAPES = [moons, circles, spirals, xor, yin_yang]
Shape = Callable[..., Dataset]


def as_rows(features: Any, targets: Any) -> np.ndarray[Any, Any]:
    """Samples in an order that does not depend on the shuffling."""
    rows = np.round(np.column_stack([features, targets]), 12) + 0.0
    return rows[np.lexsort(rows.T)]


@pytest.mark.parametrize("n", [2, 7, 100])
def test_moons_are_those_of_scikit_learn(n: int) -> None:
    data = moons(n, noise=0.0)
    np.testing.assert_allclose(
        as_rows(data.features, data.targets), as_rows(*make_moons(n)), atol=1e-11
    )


@pytest.mark.parametrize("n", [2, 7, 100])
def test_circles_are_those_of_scikit_learn(n: int) -> None:
    data = circles(n, noise=0.0)
    np.testing.assert_allclose(
        as_rows(data.features, data.targets), as_rows(*make_circles(n, factor=0.5)), atol=1e-11
    )


def test_the_spirals_are_each_other_turned_by_half() -> None:
    data = spirals(100, noise=0.0)
    first = {(round(x, 9), round(y, 9)) for (x, y), target in data if target == 0}
    second = {(round(-x, 9), round(-y, 9)) for (x, y), target in data if target == 1}
    assert first == second
    assert max(math.hypot(*point) for point in first) == pytest.approx(1.0)


def test_xor_of_four_points_is_the_truth_table() -> None:
    table = dict(xor(4, noise=0.0))
    assert table == {(0, 0): 0, (0, 1): 1, (1, 0): 1, (1, 1): 0}


def test_yin_yang_has_two_dots_and_two_halves_that_swap_by_half_a_turn() -> None:
    for (x, y), target in yin_yang(300):
        assert math.hypot(x - 0.5, y - 0.5) <= 0.5
        in_dot = min(math.hypot(x - c, y - 0.5) for c in (0.25, 0.75)) < 0.1
        assert in_dot == (target == 2)
        if abs(x - 0.5) < 0.2 and abs(y - 0.5) > 0.3:  # straight above and below the middle
            assert target == (1 if y > 0.5 else 0)


@pytest.mark.parametrize("shape", SHAPES)
@pytest.mark.parametrize("n", [12, 100, 101])
def test_the_classes_are_balanced_and_named(shape: Shape, n: int) -> None:
    data = shape(n)
    assert data.classes is not None
    counts = [data.targets.count(c) for c in range(len(data.classes))]
    assert len(data) == n
    assert max(counts) - min(counts) <= 1
    assert data.inputs == 2
    assert data.name == shape.__name__


@pytest.mark.parametrize("shape", SHAPES)
def test_a_seed_gives_the_same_set_and_another_seed_another(shape: Shape) -> None:
    assert shape(50, noise=0.1, seed=1) == shape(50, noise=0.1, seed=1)
    assert shape(50, noise=0.1, seed=1) != shape(50, noise=0.1, seed=2)


@pytest.mark.parametrize("shape", SHAPES)
def test_the_classes_come_shuffled(shape: Shape) -> None:
    targets = list(shape(100).targets)
    assert targets != sorted(targets)


def test_the_noise_has_the_given_deviation() -> None:
    corners = [x - round(x) for row in xor(2000, noise=0.05).features for x in row]
    assert np.std(corners) == pytest.approx(0.05, rel=0.1)


@pytest.mark.parametrize("n", [0, 1, -5, 10.0, True])
@pytest.mark.parametrize("shape", SHAPES)
def test_too_few_points_are_refused(shape: Shape, n: Any) -> None:
    with pytest.raises(ArgumentError, match="points"):
        shape(n)


@pytest.mark.parametrize("noise", [-0.1, float("nan"), float("inf"), "a", None, 1j])
@pytest.mark.parametrize("shape", SHAPES)
def test_bad_noise_is_refused(shape: Shape, noise: Any) -> None:
    with pytest.raises(ArgumentError, match="noise"):
        shape(10, noise=noise)
