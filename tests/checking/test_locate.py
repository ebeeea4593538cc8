"""The first thing that is wrong in a graph: a value, a local derivative, or the engine's sum."""

from __future__ import annotations

from dataclasses import replace
from math import inf, nextafter
from typing import Any

import pytest
from hypothesis import given, settings

from microgradlab import Value, exp, log, sin, sqrt
from microgradlab.checking.locate import Fault, first_wrong_operation, first_wrong_sum
from microgradlab.checking.program import Expression
from microgradlab.checking.strategies import expressions
from microgradlab.engine import Node, topological_order
from microgradlab.ops import OPS, TABLE
from microgradlab.value import apply


def fault_in(root: Value) -> Fault:
    fault = first_wrong_operation(topological_order(root))
    assert fault is not None
    return fault


# --- operations


@settings(max_examples=60)
@given(expression=expressions(max_operations=30))
def test_right_operations_are_never_blamed(expression: Expression) -> None:
    root, _ = expression.record()
    assert first_wrong_operation(topological_order(root)) is None


@settings(max_examples=60)
@given(expression=expressions(max_operations=20, at="kinks"))
def test_right_operations_are_never_blamed_at_kinks(expression: Expression) -> None:
    root, _ = expression.record()
    assert first_wrong_operation(topological_order(root)) is None


@settings(max_examples=60)
@given(expression=expressions(max_operations=20, at="edges"))
def test_right_operations_are_never_blamed_at_edges(expression: Expression) -> None:
    root, _ = expression.record()
    assert first_wrong_operation(topological_order(root)) is None


@pytest.mark.parametrize("op", TABLE, ids=repr)
@pytest.mark.parametrize("column", ["dx", "dy"])
def test_a_wrong_rule_is_named_with_both_numbers(op: Any, column: str) -> None:
    if getattr(op, column) is None:
        return
    wrong = replace(op, **{column: f"1e-6 + ({getattr(op, column)})"})
    x, y = Value(0.75), Value(0.5)
    fault = fault_in(sin(apply(wrong, x, y) if op.arity == 2 else apply(wrong, x)))
    assert fault.what == f"{op.name}'s {column} is wrong"
    assert fault.sentence.startswith(f"the local derivative ∂{op.name}/∂{column[1]} is ")
    assert fault.sentence.endswith(f"(its rule: {getattr(wrong, column)})")


def test_the_first_of_several_wrong_operations_is_named() -> None:
    wrong_sin, wrong_exp = replace(OPS["sin"], dx="-cos(x)"), replace(OPS["exp"], dx="1.0")
    x = Value(0.5)
    inner = apply(wrong_sin, x)
    assert fault_in(apply(wrong_exp, inner)).node is inner


def test_the_sentence_gives_what_it_is_and_what_it_should_be() -> None:
    sentence = fault_in(apply(replace(OPS["mul"], dx="x"), Value(0.5), Value(2.0))).sentence
    assert sentence == "the local derivative ∂mul/∂x is 0.5 instead of 2.0 (its rule: x)"


@pytest.mark.parametrize("slope", [-0.1, nextafter(1.0, 2.0)])
def test_a_slope_beyond_the_sides_of_a_kink_is_wrong(slope: float) -> None:
    sentence = fault_in(apply(replace(OPS["relu"], dx=repr(slope)), Value(0.0))).sentence
    assert "instead of a number from 0.0 to 1.0, between the slopes of its kink" in sentence


def test_an_infinite_slope_of_the_wrong_sign_is_wrong() -> None:
    assert fault_in(apply(replace(OPS["sqrt"], dx="-0.5 / out"), Value(0.0))).what == (
        "sqrt's dx is wrong"
    )


@pytest.mark.parametrize("f", [sqrt, log])
def test_where_nothing_can_be_said_nothing_is_blamed(f: Any) -> None:
    for x in (0.0, -1.0, inf):
        assert first_wrong_operation(topological_order(f(Value(x)))) is None


def test_a_number_that_was_changed_by_hand_is_found() -> None:
    x = Value(0.5)
    y = exp(x)
    y.data += 1e-9
    fault = fault_in(y * y)
    assert (fault.node, fault.what) == (y, "exp's value is wrong")
    assert "the value is 1.64872127" in fault.sentence
    assert "instead of 1.6487212707001282 (its row: exp(x))" in fault.sentence


def test_an_input_that_was_changed_afterwards_is_found_where_it_was_used() -> None:
    x = Value(0.5)
    y = x * x
    x.data = 3.0
    assert fault_in(y + 1.0).node is y


# --- the engine's sum


def test_a_wrong_sum_is_told_with_its_terms() -> None:
    x = Value(3.0)
    y = x * x
    root = y + x
    gradients: dict[Node, float] = {root: 1.0, y: 1.0, x: 6.0}  # the last use is forgotten
    fault = first_wrong_sum(
        topological_order(root), gradients, {root: 1.0, y: 1.0, x: 7.0}, {root: 0.0, y: 0.0, x: 0.0}
    )
    assert fault is not None
    assert (fault.node, fault.what) == (x, "the engine's sum is wrong")
    assert fault.sentence == (
        "every operation is right, but the gradient is 6.0 instead of 7.0, "
        "the sum over its uses: 1.0 × 1.0 + 1.0 × 3.0 + 1.0 × 3.0"
    )


def test_the_wrong_sum_nearest_to_the_root_is_named() -> None:
    x = Value(3.0)
    y = x * 2.0
    root = y * 5.0
    gradients: dict[Node, float] = {root: 1.0, y: 4.0, x: 8.0}
    exact: dict[Node, Any] = {root: 1.0, y: 5.0, x: 10.0}
    fault = first_wrong_sum(topological_order(root), gradients, exact, dict.fromkeys(exact, 0.0))
    assert fault is not None
    assert fault.node is y


def test_sums_within_rounding_are_right() -> None:
    x = Value(3.0)
    root = x * 0.1
    gradients: dict[Node, float] = {root: 1.0, x: nextafter(0.1, 1.0)}
    exact: dict[Node, Any] = {root: 1.0, x: 0.1}
    assert first_wrong_sum(topological_order(root), gradients, exact, {root: 0.0, x: 0.0}) is None
