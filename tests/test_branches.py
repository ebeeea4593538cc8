"""Branches of conditional expressions: each with its condition, and the one that holds."""

from __future__ import annotations

from math import nan

import pytest

from microgradlab.branches import branches, selector
from microgradlab.ieee import FLOATS
from microgradlab.ops import OPS, TABLE, Op


def told(source: str | None) -> list[str]:
    assert source is not None
    return [branch.value + branch.condition for branch in branches(source)]


def test_an_expression_without_a_condition_is_one_branch_that_always_holds() -> None:
    assert told("1.0 - out * out") == ["1.0 - out * out"]
    assert selector("1.0 - out * out") is None


def test_each_branch_tells_all_of_its_condition() -> None:
    assert told(OPS["pow"].dx) == [
        "y * x ** (y - 1.0) where y != 0.0",
        "0.0 where y == 0.0 and x == 0.0",
        "y / x * out where y == 0.0 and x != 0.0",
    ]
    assert told(OPS["pow"].dy)[1] == "out * log(x) unless x == 0.0 and y >= 0.0"


def test_what_excludes_itself_is_not_said() -> None:
    assert told(OPS["abs"].dx) == [
        "1.0 where x > 0.0",
        "-1.0 where x < 0.0",
        "0.0 unless x > 0.0 or x < 0.0",
    ]


@pytest.mark.parametrize("op", TABLE, ids=str)
@pytest.mark.parametrize(("x", "y"), [(1.5, 2.0), (0.0, 0.0), (-2.0, 0.0), (0.0, 3.0), (nan, nan)])
def test_the_branch_that_is_selected_has_the_expressions_value(op: Op, x: float, y: float) -> None:
    out = FLOATS.value(op, x, y)
    for source in (op.dx, op.dy):
        choose = selector(source or "x")
        if source is not None and choose is not None:
            branch = branches(source)[int(FLOATS.expression(choose)(x, y, out))]
            held = FLOATS.expression(branch.value)(x, y, out)
            assert repr(held) == repr(FLOATS.expression(source)(x, y, out))
