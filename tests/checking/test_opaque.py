"""Derivatives checked by values of a function alone."""

from __future__ import annotations

import cmath
import math
from collections.abc import Sequence
from typing import Any

import pytest

from microgradlab.checking.opaque import check_values
from microgradlab.checking.report import Verdict


def product(point: Sequence[Any]) -> Any:
    x, y = point
    return x * y


def sum_of_sines(point: Sequence[float]) -> float:
    return math.fsum(map(math.sin, point))


@pytest.mark.parametrize(
    ("analytic", "verdicts"),
    [
        ([3.0, 2.0], [Verdict.OK, Verdict.OK]),
        ([2.0, 2.0], [Verdict.WRONG, Verdict.OK]),
        ([3.0, 2.0 + 1e-9], [Verdict.OK, Verdict.WRONG]),
    ],
)
def test_each_derivative_is_compared_with_the_functions_values(
    analytic: list[float], verdicts: list[Verdict]
) -> None:
    rows, _ = check_values(product, [2.0, 3.0], ["x", "y"], analytic)
    assert [row.verdict for row in rows] == verdicts
    assert [(row.name, row.at) for row in rows] == [("x", 2.0), ("y", 3.0)]


def test_the_method_and_its_reason_are_told() -> None:
    _, method = check_values(lambda point: math.exp(point[0]), [1.0], ["x"], [math.e])
    assert method == (
        "Reference: values of the function alone, by differences (f does not take complex numbers)"
    )
    _, method = check_values(lambda point: cmath.exp(point[0]), [1.0], ["x"], [math.e])
    assert "by complex step (" in method


def test_all_methods_are_told_where_inputs_differ() -> None:
    def f(point: Sequence[Any]) -> Any:
        return math.exp(point[0]) * point[1]

    _, method = check_values(f, [0.0, 1.0], ["x", "y"], [1.0, 1.0])
    assert "differences (" in method
    assert " or complex step (" in method


def test_many_inputs_are_checked_along_a_few_directions() -> None:
    point = [0.1 * i for i in range(30)]
    names = [f"x{i}" for i in range(30)]
    right = list(map(math.cos, point))
    rows, _ = check_values(sum_of_sines, point, names, right)
    assert [row.name for row in rows] == [f"direction {i}" for i in (1, 2, 3, 4, 5)]
    assert {row.verdict for row in rows} == {Verdict.OK}
    wrong = [*right[:17], right[17] * 1.0001, *right[18:]]
    rows, _ = check_values(sum_of_sines, point, names, wrong)
    assert {row.verdict for row in rows} == {Verdict.WRONG}
