"""Derivatives along directions."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest

from microgradlab import Value, log, relu, sin
from microgradlab.checking.directions import (
    along,
    check_along,
    random_direction,
    row_along,
    width_along,
)
from microgradlab.checking.graph import engine_gradients
from microgradlab.checking.interval import Interval
from microgradlab.checking.precise import precise
from microgradlab.checking.report import Row, Verdict
from microgradlab.checking.subject import Function
from microgradlab.engine import Node
from microgradlab.ops import OPS
from microgradlab.value import apply

Value2 = tuple[Value, Value]


@pytest.fixture
def leaves() -> Value2:
    return Value(1.0), Value(2.0)


def rows(f: Callable[..., Any], *inputs: float, count: int = 4) -> list[Row]:
    trace = Function(f, inputs).run(inputs)
    order = trace.order("")
    return check_along(order, trace.inputs, engine_gradients(order), count)


def test_directions_are_drawn_from_the_seed() -> None:
    inputs = [Value(0.0) for _ in range(50)]
    first = random_direction(inputs, seed=1)
    assert list(first) == inputs
    assert set(first.values()) == {-1.0, -0.5, 0.5, 1.0}
    assert first == random_direction(inputs, seed=1) != random_direction(inputs, seed=2)


def test_the_derivative_along_a_direction_is_rounded_once() -> None:
    inputs = [Value(0.0) for _ in range(3)]
    gradients: dict[Node, float] = dict(zip(inputs, (1e16, 1.0, -1e16), strict=True))
    assert along(gradients, dict.fromkeys(inputs, 0.5)) == 0.5


def test_inputs_without_a_gradient_count_as_0(leaves: Value2) -> None:
    x, y = leaves
    assert along({x: 3.0}, {x: 1.0, y: 1.0}) == 3.0
    assert width_along({x: Interval(0.0, 1.0)}, {x: -0.5, y: 1.0}) == pytest.approx(0.5)


def test_a_row_along_a_direction_belongs_to_no_single_input() -> None:
    row = row_along("direction 1", 2.0, precise().number(2.0), 0.0)
    assert (row.name, row.at, row.verdict) == ("direction 1", None, Verdict.OK)


def test_a_right_gradient_passes_along_all_directions() -> None:
    found = rows(lambda x, y: sin(x) * y + x / y, 1.0, 2.0)
    assert [row.name for row in found] == [f"direction {i}" for i in (1, 2, 3, 4)]
    assert {row.verdict for row in found} == {Verdict.OK}


def test_a_single_wrong_derivative_shows_along_every_direction() -> None:
    wrong = replace(OPS["sin"], dx="1.000001 * cos(x)")
    found = rows(lambda x, y, z: apply(wrong, x) * y + z, 1.0, 2.0, 3.0)
    assert {row.verdict for row in found} == {Verdict.WRONG}


@pytest.mark.parametrize("f", [relu, abs, lambda x: x.maximum(0.0), lambda x: 3.0 * relu(-x)])
def test_at_a_kink_the_recorded_convention_is_the_reference(f: Callable[..., Any]) -> None:
    found = rows(lambda x, y: f(x) + y * y, 0.0, 1.0)
    assert {row.verdict for row in found} == {Verdict.KINK}
    assert all(row.why.endswith(" has a kink") for row in found)


def test_a_rule_that_breaks_the_convention_is_wrong_along_directions_too() -> None:
    wrong = replace(OPS["relu"], dx="2.0")
    assert {row.verdict for row in rows(lambda x: apply(wrong, x), 0.0)} == {Verdict.WRONG}


def test_outside_a_domain_nothing_is_concluded() -> None:
    found = rows(lambda x, y: log(x) + y, -1.0, 1.0)
    assert {row.verdict for row in found} == {Verdict.INCONCLUSIVE}
    assert found[0].why == "log is outside its domain (x > 0.0)"
