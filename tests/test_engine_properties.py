"""Random graphs: backward against forward accumulation over the same list of operations."""

from __future__ import annotations

import sys
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from microgradlab import Value
from microgradlab.checking.program import Expression
from microgradlab.checking.strategies import expressions
from microgradlab.engine import NOT_COMPUTED, Node, gradient_graph, topological_order

PROGRAMS = expressions(max_operations=25)
some = settings(deadline=None, max_examples=60)
many = settings(deadline=None, max_examples=200)


def tolerance(program: Expression, size: float) -> float:
    """What rounding may do to a sum of path products of this size."""
    return 4 * len(program) * sys.float_info.epsilon * size + sys.float_info.min


def record(program: Expression) -> list[Value]:
    """All numbers of the program as Values."""
    return program.numbers(*program.leaves())


@many
@given(PROGRAMS)
def test_backward_gives_every_node_its_derivative(program: Expression) -> None:
    values = record(program)
    root = len(values) - 1
    values[root].backward()
    reached = set(topological_order(values[root]))
    for place, value in enumerate(values):
        tangents, sizes = program.derivatives(place)
        if value in reached:
            assert abs(value.grad - tangents[root]) <= tolerance(program, sizes[root])
        else:
            assert value.grad is NOT_COMPUTED


@many
@given(PROGRAMS, st.lists(st.tuples(st.integers(0, 50), st.booleans()), min_size=1, max_size=6))
def test_leaves_accumulate_over_passes_and_inner_nodes_restart(
    program: Expression, passes: list[tuple[int, bool]]
) -> None:
    values = record(program)
    leaves = range(len(program.inputs))
    derivatives = [program.derivatives(place) for place in range(len(values))]
    expected, sizes = [0.0] * len(values), [0.0] * len(values)
    for back, forget in passes:
        root = len(values) - 1 - back % len(values)
        if forget:
            for leaf in leaves:
                values[leaf].zero_grad()
                expected[leaf] = sizes[leaf] = 0.0
        values[root].backward()
        for node in topological_order(values[root]):
            place = values.index(node)  # type: ignore[arg-type]  # every node is a Value
            tangents, terms = derivatives[place]
            keep = 1.0 if place in leaves else 0.0
            expected[place] = keep * expected[place] + tangents[root]
            sizes[place] = keep * sizes[place] + terms[root]
    for place, value in enumerate(values):
        assert abs(value.grad - expected[place]) <= len(passes) * tolerance(program, sizes[place])


@some
@given(PROGRAMS)
def test_the_same_program_gives_the_same_bits(program: Expression) -> None:
    def gradients() -> list[str]:
        values = record(program)
        values[-1].backward()
        return [repr(value.grad) for value in values]

    assert gradients() == gradients()


@some
@given(PROGRAMS)
def test_topological_order_holds_each_node_once_after_its_operands(program: Expression) -> None:
    root = program.record()[0]
    order = topological_order(root)
    place = {node: i for i, node in enumerate(order)}
    assert len(place) == len(order)
    assert order[-1] is root
    for node in order:
        for operand in node.operands:
            assert not isinstance(operand, Node) or place[operand] < place[node]


@some
@given(PROGRAMS)
def test_the_gradient_graph_agrees_with_backward_and_changes_nothing(program: Expression) -> None:
    def slots() -> list[tuple[Any, ...]]:
        return [tuple(getattr(value, slot) for slot in Node.__slots__) for value in values]

    values = record(program)
    before = slots()
    gradients = gradient_graph(values[-1])
    assert slots() == before
    values[-1].backward()
    for node, gradient in gradients.items():
        place = values.index(node)  # type: ignore[arg-type]  # every node is a Value
        _, sizes = program.derivatives(place)
        assert abs(gradient.data - node.grad) <= tolerance(program, sizes[-1])


@some
@given(PROGRAMS)
def test_create_graph_gives_the_gradients_of_backward_as_values(program: Expression) -> None:
    plain, twice = record(program), record(program)
    plain[-1].backward()
    twice[-1].backward(create_graph=True)
    for place, (one, other) in enumerate(zip(plain, twice, strict=True)):
        _, sizes = program.derivatives(place)
        assert abs(float(other.grad) - one.grad) <= tolerance(program, sizes[-1])
        assert isinstance(other.grad, Value) == (one.grad is not NOT_COMPUTED)
