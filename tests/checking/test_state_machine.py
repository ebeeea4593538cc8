"""Graphs that grow while gradients are taken, against a sum over all paths."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import Bundle, RuleBasedStateMachine, invariant, multiple, rule

import microgradlab as mg
from microgradlab import Value
from microgradlab.checking.strategies import values
from microgradlab.engine import NOT_COMPUTED, topological_order

UNARY: list[Callable[[Value], Value]] = [
    mg.neg,
    mg.sin,
    mg.tanh,
    mg.relu,
    lambda x: 3.0 - x,
    lambda x: x * -2.0,
]
BINARY = [mg.add, mg.sub, mg.mul, mg.maximum]
MOST_PATHS = 200
LARGE = 1e3


def paths(root: Value) -> Iterator[tuple[Value, float]]:
    """Every path down from the root: where it ends, and the product of the slopes on it."""
    yield root, 1.0
    for operand, slope in ((root.x, root.dx), (root.y, root.dy)):
        if isinstance(operand, Value) and slope is not None:
            for end, product in paths(operand):
                yield end, slope * product


class Graphs(RuleBasedStateMachine):
    """Builds, reuses, runs backward again and again, forgets."""

    nodes = Bundle[Value]("nodes")

    def __init__(self) -> None:
        super().__init__()
        self.expected: dict[Value, float] = {}
        self.sizes: dict[Value, float] = {}
        self.paths: dict[Value, int] = {}
        self.numbers: dict[Value, float] = {}

    def keep(self, node: Value) -> Any:
        """Admits a new node, unless it has too many paths or too large a number."""
        operands = [operand for operand in node.operands if isinstance(operand, Value)]
        count = 1
        for operand in operands:
            count += self.paths[operand]
        if count > MOST_PATHS or abs(node.data) > LARGE:
            return multiple()
        self.expected[node] = self.sizes[node] = 0.0
        self.paths[node], self.numbers[node] = count, node.data
        return node

    @rule(target=nodes, leaf=values())
    def make_leaf(self, leaf: Value) -> Any:
        return self.keep(leaf)

    @rule(target=nodes, function=st.sampled_from(UNARY), x=nodes)
    def apply_to_one(self, function: Any, x: Value) -> Any:
        return self.keep(function(x))

    @rule(target=nodes, function=st.sampled_from(BINARY), x=nodes, y=nodes)
    def apply_to_two(self, function: Any, x: Value, y: Value) -> Any:
        return self.keep(function(x, y))

    @rule(root=nodes, create_graph=st.booleans())
    def run_backward(self, root: Value, create_graph: bool) -> None:
        root.backward(create_graph=create_graph)
        for node in topological_order(root):
            assert isinstance(node, Value)
            if node.op is not None:  # leaves accumulate, inner nodes start again
                self.expected[node] = self.sizes[node] = 0.0
        for end, product in paths(root):
            self.expected[end] += product
            self.sizes[end] += abs(product)

    @rule(node=nodes)
    def zero_grad(self, node: Value) -> None:
        node.zero_grad()
        assert node.grad is NOT_COMPUTED
        self.expected[node] = self.sizes[node] = 0.0

    @invariant()
    def gradients_are_sums_over_paths(self) -> None:
        for node, expected in self.expected.items():
            allowed = 1e-13 * self.sizes[node]
            assert abs(float(node.grad) - expected) <= allowed, (node, expected)

    @invariant()
    def numbers_stay_as_they_were_computed(self) -> None:
        assert all(node.data == number for node, number in self.numbers.items())


TestGraphs = Graphs.TestCase
TestGraphs.settings = settings(max_examples=100, stateful_step_count=30, deadline=None)
