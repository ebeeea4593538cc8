"""Where slots live in C: nothing is overwritten that is still to be read, and little is wasted."""

from __future__ import annotations

from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from microgradlab.compiler.accesses import Access, accesses
from microgradlab.compiler.c99.buffer import Buffer
from microgradlab.compiler.interpreter import check, iterations
from microgradlab.compiler.kernel import Index, Kernel, Map, Space, Statement, Steps, Sum
from tests.compiler.kernels import (
    dense,
    dense_layer,
    negative_strides,
    relu_mlp,
    slot,
    steps,
    table,
    tables,
)

Place = tuple[str, int]


@st.composite
def kernels(draw: st.DrawFn) -> Kernel:
    """Kernels of loops over windows of any earlier slots."""
    inputs = draw(st.integers(1, 4))
    slots = inputs
    statements: list[Statement] = []
    for _ in range(draw(st.integers(1, 8))):
        count = draw(st.integers(1, min(4, slots)))
        windows = st.integers(0, slots - count).map(lambda base: slot(base, 1))
        kind = draw(st.sampled_from(["map", "reversed", "sum", "steps", "table"]))
        if kind == "sum":
            x = slot(draw(st.integers(0, slots - count)), 0, 1)
            statements.append(Sum((2,), count, Index(slots, (1,)), slot(0, 0), x, None))
            count = 2
        elif kind == "steps":
            read = draw(st.lists(st.integers(0, slots - 1), min_size=count, max_size=count))
            rows = [(0, slots + step, place, -1, -1) for step, place in enumerate(read)]
            statements.append(Steps(("sin(x)",), table(*rows)))
        elif kind == "table":
            order = draw(st.permutations(range(count)))
            target = Index(0, (), table(*(slots + place for place in order)))
            read = draw(st.lists(st.integers(0, slots - 1), min_size=count, max_size=count))
            x = slot(0, table=table(*read))
            statements.append(Map((count,), "x + y", target, x, draw(windows)))
        else:
            target = Index(slots, (1,)) if kind == "map" else Index(slots + count - 1, (-1,))
            statements.append(Map((count,), "x + y", target, draw(windows), draw(windows)))
        slots += count
    outputs = draw(st.lists(st.integers(0, slots - 1), min_size=1, max_size=3))
    return Kernel(inputs, slots, 0, (), tuple(statements), tuple(outputs))


def run_through(kernel: Kernel) -> None:
    """Follows the numbers from place to place: each read must find the very slot that it wants."""
    buffer = Buffer(kernel)

    def place(index: Index, at: tuple[int, ...]) -> Place:
        """Where the code finds it: on from the first place, or by a table of places."""
        array, first = buffer.where(index.at((0,) * len(at)))
        found = first + index.at(at) - index.at((0,) * len(at))
        if index.table is not None:
            assert buffer.where(index.at(at))[0] == array
            found = buffer.where(index.at(at))[1]
        assert 0 <= found < (buffer.length if array == "s" else kernel.inputs)
        return array, found

    content: dict[Place, int] = {("x", slot): slot for slot in range(kernel.inputs)}
    for source, target, count in buffer.copies():
        content |= {("s", target + step): source + step for step in range(count)}

    def read(access: Access, item: tuple[int, ...]) -> None:
        for operand, nest in access.reads:
            if operand.space is Space.SLOT:
                for term in iterations(nest[len(item) :]):
                    counters = (*item, *term)
                    wanted = operand.index.at(counters)
                    assert content[place(operand.index, counters)] == wanted

    for statement in kernel.statements:
        for access in accesses(statement):
            for item in iterations(access.shape):
                read(access, item)
                content[place(access.target, item)] = access.target.at(item)
    assert [content[buffer.where(slot)] for slot in kernel.outputs] == list(kernel.outputs)


@given(kernels())
def test_every_read_finds_what_was_written_for_it(kernel: Kernel) -> None:
    check(kernel)
    run_through(kernel)


@pytest.mark.parametrize(
    "kernel", [dense_layer(), relu_mlp(), negative_strides(), tables(), steps()]
)
def test_the_kernels_of_the_tests_find_theirs(kernel: Kernel) -> None:
    run_through(kernel)


def deep(*widths: int) -> Kernel:
    """Layers with relu behind each."""
    statements: list[Statement] = []
    source, parameters, slots = 0, 0, widths[0]
    for inputs, outputs in pairwise(widths):
        statements.append(
            dense(inputs, outputs, source=source, target=slots, parameters=parameters)
        )
        relu = Index(slots + outputs, (1,))
        statements.append(Map((outputs,), "0.0 if x <= 0.0 else x", relu, slot(slots, 1)))
        parameters += outputs * (inputs + 1)
        source, slots = slots + outputs, slots + 2 * outputs
    last = tuple(range(source, slots))
    return Kernel(widths[0], slots, parameters, (), tuple(statements), last)


def test_a_deep_network_needs_room_for_two_layers() -> None:
    assert Buffer(deep(2, 16, 16, 16, 16, 4)).length == 32
    assert Buffer(deep(3, 8, 100, 50, 20)).length == 150


def test_an_activation_overwrites_what_it_is_computed_from() -> None:
    assert Buffer(relu_mlp(2, 16)).length == 17
    assert Buffer(deep(1, 5)).length == 5


def test_what_is_read_in_another_iteration_is_not_overwritten() -> None:
    backwards = Map((3,), "sin(x)", Index(6, (1,)), slot(5, -1))
    copied = Map((3,), "sin(x)", Index(3, (1,)), slot(0, 1))
    assert Buffer(Kernel(3, 9, 0, (), (copied, backwards), (6, 7, 8))).length == 6


def test_inputs_stay_with_the_caller_unless_a_loop_goes_on_beyond_them() -> None:
    square = Map((1,), "x * x", Index(2, (1,)), slot(0, 1), slot(0, 1))
    beyond = Sum((1,), 3, Index(3, (1,)), None, slot(0, 0, 1), None)
    assert list(Buffer(Kernel(2, 3, 0, (), (square,), (2,))).copies()) == []
    assert list(Buffer(Kernel(2, 4, 0, (), (square, beyond), (3,))).copies()) == [(0, 0, 2)]


def test_a_table_reaches_numbers_that_lie_apart() -> None:
    """Ten steps of a recurrent layer: what the step before has computed, and the next input."""
    statements: list[Statement] = []
    steps, hidden = 10, 4
    for step in range(steps):
        z = steps + 2 * hidden * step
        before = [z - hidden + place for place in range(hidden)] if step else [0] * hidden
        x = slot(0, table=table(*([step, *before] for _ in range(hidden))))
        statements.append(Sum((hidden,), hidden + 1, Index(z, (1,)), None, x, None))
        statements.append(Map((hidden,), "tanh(x)", Index(z + hidden, (1,)), slot(z, 1)))
    slots = steps * (1 + 2 * hidden)
    outputs = tuple(range(slots - hidden, slots))
    kernel = Kernel(steps, slots, 0, (), tuple(statements), outputs)
    run_through(kernel)
    assert Buffer(kernel).length < steps + 3 * hidden
