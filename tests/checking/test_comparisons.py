"""Comparisons that intervals leave open."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest

from microgradlab.checking.comparisons import Case, UndecidedError, in_every_case
from microgradlab.checking.interval import Interval
from microgradlab.expressions import compile_over

BELOW, ACROSS, ABOVE = Interval(-2.0, -1.0), Interval(-1.0, 1.0), Interval(1.0, 2.0)
UP_TO_ZERO = Interval(-1.0, 0.0)


def cases(source: str, x: Any, y: Any = None) -> list[float]:
    return sorted(in_every_case(compile_over(source, {}), x, y, None))


@pytest.mark.parametrize(
    ("relation", "answers"),
    [
        ("<", {"below": [1], "across": [0, 1], "above": [0], "up to zero": [0, 1]}),
        ("<=", {"below": [1], "across": [0, 1], "above": [0], "up to zero": [1]}),
        (">", {"below": [0], "across": [0, 1], "above": [1], "up to zero": [0]}),
        (">=", {"below": [0], "across": [0, 1], "above": [1], "up to zero": [0, 1]}),
        ("==", {"below": [0], "across": [0, 1], "above": [0], "up to zero": [0, 1]}),
        ("!=", {"below": [1], "across": [0, 1], "above": [1], "up to zero": [0, 1]}),
    ],
)
def test_a_comparison_has_all_answers_that_some_number_gives(
    relation: str, answers: dict[str, list[float]]
) -> None:
    source = f"1.0 if x {relation} 0.0 else 0.0"
    operands = {"below": BELOW, "across": ACROSS, "above": ABOVE, "up to zero": UP_TO_ZERO}
    assert {name: sorted(set(cases(source, x))) for name, x in operands.items()} == answers


def test_what_is_decided_is_evaluated_once() -> None:
    assert len(cases("1.0 if x > 0.0 else 0.0", ABOVE)) == 1
    assert len(cases("1.0 if x == 0.0 else 0.0", Interval(0.0, 0.0))) == 1


def test_the_same_operands_keep_their_order_within_a_case() -> None:
    unordered = "1.0 if x >= y else 2.0 if y > x else 3.0"
    assert set(cases(unordered, ACROSS, Interval(0.0, 2.0))) == {1.0, 2.0}


def test_operands_with_the_same_ends_are_ordered_each_by_itself() -> None:
    quadrant = "(1.0 if x > 0.0 else 0.0) + (2.0 if y > 0.0 else 0.0)"
    assert set(cases(quadrant, ACROSS, Interval(-1.0, 1.0))) == {0.0, 1.0, 2.0, 3.0}


def test_outside_of_a_case_an_open_comparison_names_the_possible_orders() -> None:
    primal = Case().primal
    with pytest.raises(UndecidedError) as caught:
        _ = primal(UP_TO_ZERO) < primal(0.0)
    assert caught.value.orders == [-1, 0]


def test_threads_do_not_see_each_others_cases() -> None:
    sign = compile_over("1.0 if x > 0.0 else -1.0 if x < 0.0 else 0.0", {})
    operands = [ACROSS, Interval(0.0, 1.0), UP_TO_ZERO] * 200
    with ThreadPoolExecutor(4) as pool:
        found = list(pool.map(lambda x: sorted(in_every_case(sign, x, None, None)), operands))
    assert found == [[-1.0, 0.0, 1.0], [0.0, 1.0], [-1.0, 0.0]] * 200
