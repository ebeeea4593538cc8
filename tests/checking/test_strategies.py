"""What the strategies promise: where numbers lie, what occurs, how small the failures get."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator
from contextlib import suppress
from dataclasses import replace
from random import Random
from statistics import median
from typing import Any

import pytest
from hypothesis import Phase, find, given, settings
from hypothesis import strategies as st
from hypothesis.errors import NoSuchExample

from microgradlab import OPS, Value, engine
from microgradlab.checking.decoding import LARGE, is_smooth
from microgradlab.checking.program import Expression, Step, point
from microgradlab.checking.strategies import expressions, numbers, values
from microgradlab.engine import Node, topological_order
from microgradlab.errors import ArgumentError
from microgradlab.ieee import FLOATS
from microgradlab.ops import TABLE, Op
from tests.evidence.engine_mutants import assigned, breadth_first, square_counted_once

Property = Callable[[Expression], bool]


def points(expression: Expression) -> Iterator[tuple[Step, float, float | None]]:
    """The steps with the numbers of their operands."""
    known = expression.numbers(*expression.inputs)
    for step in expression.steps:
        yield step, *point(step.operands, known)


SEEDS = range(5)  # what Hypothesis draws depends on more than its seed: medians are tested


def first(
    strategy: st.SearchStrategy[Any], condition: Callable[[Any], bool], seed: int = 0
) -> tuple[Any, int]:
    """The first thing that meets a condition, and how many were looked at until then."""
    looked = 0

    def count(thing: Any) -> bool:
        nonlocal looked
        looked += 1
        return condition(thing)

    plain = settings(database=None, max_examples=3000, phases=[Phase.generate])
    with suppress(NoSuchExample):
        return find(strategy, count, settings=plain, random=Random(seed)), looked
    return None, looked


def smallest(
    strategy: st.SearchStrategy[Any], condition: Callable[[Any], bool], seed: int = 0
) -> Any:
    """What is left of the first thing that meets a condition after shrinking."""
    plain = settings(database=None, max_examples=1000, phases=[Phase.generate, Phase.shrink])
    return find(strategy, condition, settings=plain, random=Random(seed))


# --- numbers and values


@given(numbers(-0.5, 7.25))
def test_numbers_stay_in_their_range_and_have_few_decimals(number: float) -> None:
    assert -0.5 <= number <= 7.25
    assert number == round(number, 6)


@given(numbers() | numbers(-1e-9, 1.0))
def test_there_is_one_zero(number: float) -> None:
    assert repr(number) != "-0.0"


@given(values(1.0, 2.0))
def test_values_are_leaves_in_their_range(value: Value) -> None:
    assert value.op is None
    assert 1.0 <= value.data <= 2.0


# --- expressions


@given(expressions())
def test_smooth_expressions_stay_where_all_derivatives_exist(expression: Expression) -> None:
    for (op, operands), x, y in points(expression):
        assert is_smooth(op, x, y, constant_y=type(operands[-1]) is float)


@given(expressions(max_operations=50))
def test_numbers_and_gradients_of_smooth_expressions_are_of_moderate_size(
    expression: Expression,
) -> None:
    root, _ = expression.record()
    root.backward()
    most = LARGE * max(len(expression.steps), 1)  # of a sum of what is left over
    assert all(abs(node.data) <= most for node in topological_order(root))
    assert all(abs(node.grad) <= most for node in topological_order(root))


@given(expressions(at="kinks", max_operations=20))
def test_at_kinks_one_operation_or_more_is_exactly_there(expression: Expression) -> None:
    at_kinks = [
        step.op.kink is not None and FLOATS.expression(step.op.kink)(x, y, None)
        for step, x, y in points(expression)
    ]
    assert any(at_kinks)


@given(expressions(at="kinks", max_operations=20))
def test_at_kinks_all_else_is_smooth(expression: Expression) -> None:
    for (op, operands), x, y in points(expression):
        assert op.kink or is_smooth(op, x, y, constant_y=type(operands[-1]) is float)


@given(expressions(at="edges", max_operations=20))
def test_at_edges_one_operation_or_more_is_exactly_there(expression: Expression) -> None:
    at_edges = [
        repr(edge) == repr((x, y)[: step.op.arity])
        for step, x, y in points(expression)
        for edge in step.op.edges
    ]
    assert any(at_edges)


@given(st.sampled_from(["kinks", "edges"]), st.data())
def test_what_is_at_kinks_and_edges_reaches_the_result(at: Any, data: st.DataObject) -> None:
    expression = data.draw(expressions(at=at, max_operations=10))
    root, _ = expression.record()
    inner = [node for node in topological_order(root) if node.op is not None]
    assert len(inner) == len(expression.steps)


@given(expressions(max_inputs=2, max_operations=3, operations=["mul", "tanh"]))
def test_sizes_and_operations_are_those_asked_for(expression: Expression) -> None:
    names = [step.op.name for step in expression.steps]
    assert 1 <= len(expression.inputs) <= 2
    assert len(names) - names.count("add") <= 3
    assert set(names) <= {"mul", "tanh", "add"}  # add sums up what is left over


def uses(expression: Expression) -> list[int]:
    """How often each number under the result is used, with those that are not."""
    nodes = topological_order(expression.record()[0])
    used = [operand for node in nodes for operand in node.operands]
    return [used.count(node) for node in nodes]  # type: ignore[arg-type]  # nodes are Values


def depth(expression: Expression) -> int:
    """The number of operations on the longest path."""
    depths: dict[Any, int] = {}
    for node in topological_order(expression.record()[0]):
        below = [depths[operand] for operand in node.operands if isinstance(operand, Node)]
        depths[node] = 1 + max(below, default=-1)
    return max(depths.values())


def has_step(test: Callable[[Step], bool]) -> Property:
    return lambda expression: any(test(step) for step in expression.steps)


def has_power_of_a_negative_number(expression: Expression) -> bool:
    return any(step.op.name == "pow" and x < 0.0 for step, x, _ in points(expression))


def is_constant(operand: int | float) -> bool:
    return type(operand) is float


@pytest.mark.parametrize(
    ("occurs", "within"),
    [
        (has_step(lambda s: is_constant(s.operands[0])), 100),
        (has_step(lambda s: is_constant(s.operands[-1])), 100),
        (has_step(lambda s: len(s.operands) == 2 and s.operands[0] == s.operands[1]), 100),
        (lambda e: any(count >= 2 for count in uses(e)[len(e.inputs) :]), 100),
        (lambda e: max(uses(e)) >= 4, 200),
        (lambda e: depth(e) >= 100, 500),
        (lambda e: len(e.inputs) == 3 and uses(e).count(0) == 1, 200),
        (has_power_of_a_negative_number, 1500),
    ],
    ids=[
        "constant on the left",
        "constant on the right",
        "a repeated operand",
        "a shared result",
        "four uses of one number",
        "a deep chain",
        "all of three inputs used",
        "a power of a negative number",
    ],
)
def test_it_occurs_soon(occurs: Property, within: int) -> None:
    assert median(first(expressions(), occurs, seed)[1] for seed in SEEDS) <= within


def test_every_operation_occurs() -> None:
    missing = {op.name for op in TABLE}

    def has_all(expression: Expression) -> bool:
        missing.difference_update(step.op.name for step in expression.steps)
        return not missing

    _, looked = first(expressions(), has_all)
    assert looked <= 500


def test_what_cannot_be_drawn_is_refused_before_a_test_runs() -> None:
    with pytest.raises(ArgumentError, match="did you mean 'sin'"):
        expressions(operations=["sinn"])
    with pytest.raises(ArgumentError, match="none of the operations has edges"):
        expressions(operations=["mul"], at="edges")
    with pytest.raises(ArgumentError, match="max_inputs is 0"):
        expressions(max_inputs=0)


# --- planted mistakes: found soon, and shrunk to what shows them


def is_wrong(expression: Expression) -> bool:
    """Whether backward differs from forward accumulation over the rows of the table."""
    true_steps = tuple(Step(OPS[step.op.name], step.operands) for step in expression.steps)
    truth = Expression(expression.inputs, true_steps)
    root, leaves = expression.record()
    root.backward()
    for place, leaf in enumerate(leaves):
        tangents, sizes = truth.derivatives(place)
        allowed = 4 * len(truth) * sys.float_info.epsilon * sizes[-1]
        if not abs(leaf.grad - tangents[-1]) <= allowed:
            return True
    return False


def planted(name: str, **columns: Any) -> list[Op]:
    """The table with a mistake in one row."""
    return [replace(op, **columns) if op.name == name else op for op in TABLE]


@pytest.mark.parametrize(
    ("name", "columns"),
    [
        ("mul", {"dx": "x"}),
        ("pow", {"dx": "x ** (y - 1.0)"}),
        ("tanh", {"dx": "1.0 - out"}),
        ("exp", {"dx": "1.000001 * out"}),
        ("maximum", {"dy": "1.0"}),
    ],
    ids=str,
)
def test_a_wrong_rule_is_found_soon_and_shrunk_to_one_operation_or_two(
    name: str, columns: dict[str, str]
) -> None:
    random = expressions(max_operations=12, operations=planted(name, **columns))
    assert median(first(random, is_wrong, seed)[1] for seed in SEEDS) <= 400
    assert median(len(smallest(random, is_wrong, seed).steps) for seed in SEEDS) <= 2


@pytest.mark.parametrize(
    ("propagate", "operations"), [(assigned, 1), (square_counted_once, 1), (breadth_first, 4)]
)
def test_a_mistake_in_the_engine_is_found_and_shrunk(
    propagate: Callable[[list[Node]], None], operations: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(engine, "_propagate", propagate)
    random = expressions(max_operations=12)
    _, looked = first(random, is_wrong)
    assert looked <= 100
    assert len(smallest(random, is_wrong).steps) <= operations
