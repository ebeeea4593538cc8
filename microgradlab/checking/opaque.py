"""Checks derivatives by values of a function, where no recorded graph stands for it. Floor 7."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

from microgradlab.checking.differences import Estimate, derivative
from microgradlab.checking.judge import against_estimate
from microgradlab.checking.report import Row


def check_values(
    value: Callable[[Sequence[Any]], Any],
    point: Sequence[float],
    names: Sequence[str],
    analytic: Sequence[float],
) -> tuple[list[Row], str]:
    """Checks derivatives of a function of numbers.

    Args:
        value: the function.
        point: where.
        names: of the inputs.
        analytic: the derivatives under test.

    Returns:
        The rows of the report, and the method in a sentence.
    """
    rows, estimates = [], []
    for place, (name, at, computed) in enumerate(zip(names, point, analytic, strict=True)):

        def along(number: Any, place: int = place) -> Any:
            return value([*point[:place], number, *point[place + 1 :]])

        estimate = derivative(along, at)
        estimates.append(estimate)
        rows.append(against_estimate(name, at, computed, estimate))
    return rows, _method(estimates)


def _method(estimates: Sequence[Estimate]) -> str:
    reasons = dict.fromkeys(f"{estimate.method} ({estimate.why})" for estimate in estimates)
    return f"Reference: values of the function alone, by {' or '.join(reasons)}"
