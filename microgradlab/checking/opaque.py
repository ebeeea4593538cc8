"""Checks derivatives by values of a function, where no recorded graph stands for it. Floor 7."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from functools import partial
from typing import Any

from microgradlab.checking.differences import Estimate, derivative
from microgradlab.checking.directions import random_factors
from microgradlab.checking.judge import against_estimate
from microgradlab.checking.report import Row

_MANY = 20  # inputs; of more, random directions are checked, since each needs many values
_DIRECTIONS = 5

Numbers = Callable[[Sequence[Any]], Any]


def check_values(
    value: Numbers,
    point: Sequence[float],
    names: Sequence[str],
    analytic: Sequence[float],
    directions: int | None = None,
) -> tuple[list[Row], str]:
    """Checks derivatives of a function of numbers: by each, or along directions if they are many.

    Args:
        value: the function.
        point: where.
        names: of the inputs.
        analytic: the derivatives under test.
        directions: check along so many directions; None to decide by the number of inputs.

    Returns:
        The rows of the report, and the method in a sentence.
    """
    rows, estimates = [], []
    if directions is None and len(point) > _MANY:
        directions = _DIRECTIONS
    if directions is not None:
        for seed in range(directions):
            direction = random_factors(len(point), seed)
            estimate = derivative(partial(_along, value, point, direction), 0.0)
            computed = math.fsum(d * g for d, g in zip(direction, analytic, strict=True))
            rows.append(against_estimate(f"direction {seed + 1}", None, computed, estimate))
            estimates.append(estimate)
    else:
        for place, (name, at, computed) in enumerate(zip(names, point, analytic, strict=True)):
            estimate = derivative(partial(_with_number, value, point, place), at)
            rows.append(against_estimate(name, at, computed, estimate))
            estimates.append(estimate)
    return rows, _method(estimates)


def _with_number(value: Numbers, point: Sequence[float], place: int, number: Any) -> Any:
    return value([*point[:place], number, *point[place + 1 :]])


def _along(value: Numbers, point: Sequence[float], direction: Sequence[float], t: Any) -> Any:
    return value([x + t * d for x, d in zip(point, direction, strict=True)])


def _method(estimates: Sequence[Estimate]) -> str:
    reasons = dict.fromkeys(f"{estimate.method} ({estimate.why})" for estimate in estimates)
    return f"Reference: values of the function alone, by {' or '.join(reasons)}"
