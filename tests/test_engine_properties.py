"""Random graphs: backward against forward accumulation over the same list of instructions."""

from __future__ import annotations

import sys
from dataclasses import dataclass
from math import isfinite
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

import microgradlab as mg
from microgradlab import Value, ieee
from microgradlab.engine import NOT_COMPUTED, Node, gradient_graph, topological_order
from microgradlab.ops import TABLE, Op

Instruction = tuple[int, int, int, int, float]
LARGE = 1e6  # numbers and slopes beyond are skipped, so that no product of slopes overflows


@dataclass(frozen=True)
class Step:
    """One instruction in a decoded program: operands are places of earlier numbers, or floats."""

    op: Op
    operands: tuple[int | float, ...]
    value: float
    partials: tuple[float, ...]


@dataclass(frozen=True)
class Program:
    """Leaves, and the steps that follow them; place i is a leaf or the result of a step."""

    leaves: list[float]
    steps: list[Step]

    def __len__(self) -> int:
        return len(self.leaves) + len(self.steps)

    def record(self) -> list[Value]:
        """The program as a graph of Values."""
        values = [Value(leaf) for leaf in self.leaves]
        for step in self.steps:
            operands: list[Any] = [values[o] if type(o) is int else o for o in step.operands]
            values.append(getattr(mg, step.op.name)(*operands))
        return values

    def derivatives(self, seed: int) -> tuple[list[float], list[float]]:
        """The derivative of every number by number `seed`, and the sum of its terms' sizes.

        Forward accumulation: no order, no marks, no sharing to get wrong. The sizes bound the
        rounding errors of any order of summation.
        """
        tangents = [float(place == seed) for place in range(len(self))]
        sizes = list(tangents)
        for place, step in enumerate(self.steps, start=len(self.leaves)):
            for operand, partial in zip(step.operands, step.partials, strict=True):
                if type(operand) is int and place != seed:
                    tangents[place] += partial * tangents[operand]
                    sizes[place] += abs(partial) * sizes[operand]
        return tangents, sizes

    def tolerance(self, size: float) -> float:
        return 4 * len(self) * sys.float_info.epsilon * size + sys.float_info.min


def decode(leaves: list[float], instructions: list[Instruction]) -> Program:
    """Any list of numbers is a program: places are counted backwards and modulo."""
    numbers, steps = list(leaves), list[Step]()
    for row, first, second, constant_at, constant in instructions:
        op = TABLE[row % len(TABLE)]
        places: list[int | float] = [
            len(numbers) - 1 - back % len(numbers) for back in (first, second)[: op.arity]
        ]
        if op.arity == 2 and constant_at < 2:
            places[constant_at] = constant
        point = [numbers[place] if type(place) is int else place for place in places]
        value = ieee.value(op, *point)
        slopes = ieee.partials(op, point[0], point[1] if op.arity == 2 else None, value)
        partials = tuple(slope for slope in slopes if slope is not None)
        if all(isfinite(number) and abs(number) < LARGE for number in (value, *partials)):
            numbers.append(value)
            steps.append(Step(op, tuple(places), value, partials))
    return Program(leaves, steps)


NUMBERS = st.floats(-3.0, 3.0).map(lambda number: round(number, 3))
SMALL = st.integers(0, 50)
INSTRUCTIONS = st.lists(
    st.tuples(SMALL, SMALL, SMALL, st.integers(0, 4), NUMBERS), min_size=1, max_size=25
)
PROGRAMS = st.builds(decode, st.lists(NUMBERS, min_size=1, max_size=4), INSTRUCTIONS)
some = settings(deadline=None, max_examples=60)
many = settings(deadline=None, max_examples=200)


@many
@given(PROGRAMS)
def test_backward_gives_every_node_its_derivative(program: Program) -> None:
    values = program.record()
    root = len(values) - 1
    values[root].backward()
    reached = set(topological_order(values[root]))
    for place, value in enumerate(values):
        tangents, sizes = program.derivatives(place)
        if value in reached:
            assert abs(value.grad - tangents[root]) <= program.tolerance(sizes[root])
        else:
            assert value.grad is NOT_COMPUTED


@many
@given(PROGRAMS, st.lists(st.tuples(SMALL, st.booleans()), min_size=1, max_size=6))
def test_leaves_accumulate_over_passes_and_inner_nodes_restart(
    program: Program, passes: list[tuple[int, bool]]
) -> None:
    values = program.record()
    leaves = range(len(program.leaves))
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
        assert abs(value.grad - expected[place]) <= len(passes) * program.tolerance(sizes[place])


@some
@given(PROGRAMS)
def test_the_same_program_gives_the_same_bits(program: Program) -> None:
    def gradients() -> list[str]:
        values = program.record()
        values[-1].backward()
        return [repr(value.grad) for value in values]

    assert gradients() == gradients()


@some
@given(PROGRAMS)
def test_topological_order_holds_each_node_once_after_its_operands(program: Program) -> None:
    root = program.record()[-1]
    order = topological_order(root)
    place = {node: i for i, node in enumerate(order)}
    assert len(place) == len(order)
    assert order[-1] is root
    for node in order:
        for operand in node.operands:
            assert not isinstance(operand, Node) or place[operand] < place[node]


@some
@given(PROGRAMS)
def test_the_gradient_graph_agrees_with_backward_and_changes_nothing(program: Program) -> None:
    def slots() -> list[tuple[Any, ...]]:
        return [tuple(getattr(value, slot) for slot in Node.__slots__) for value in values]

    values = program.record()
    before = slots()
    gradients = gradient_graph(values[-1])
    assert slots() == before
    values[-1].backward()
    for node, gradient in gradients.items():
        place = values.index(node)  # type: ignore[arg-type]  # every node is a Value
        _, sizes = program.derivatives(place)
        assert abs(gradient.data - node.grad) <= program.tolerance(sizes[-1])


@some
@given(PROGRAMS)
def test_create_graph_gives_the_gradients_of_backward_as_values(program: Program) -> None:
    plain, twice = program.record(), program.record()
    plain[-1].backward()
    twice[-1].backward(create_graph=True)
    for place, (one, other) in enumerate(zip(plain, twice, strict=True)):
        _, sizes = program.derivatives(place)
        assert abs(float(other.grad) - one.grad) <= program.tolerance(sizes[-1])
        assert isinstance(other.grad, Value) == (one.grad is not NOT_COMPUTED)
