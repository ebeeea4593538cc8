"""Plausible mistakes in the engine: each takes the place of `engine._propagate`."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any
from unittest.mock import patch

from microgradlab import engine
from microgradlab.checking.program import Expression
from microgradlab.engine import Node, uses

ENGINE = "the engine"

Propagate = Callable[[list[Node]], None]


def assigned(order: list[Node]) -> None:
    """`=` in the place of `+=`."""
    for node in reversed(order):
        for _, operand, local, _ in uses(node):
            operand.grad = node.grad * local


def square_counted_once(order: list[Node]) -> None:
    """x * x gives its operand one contribution instead of two."""
    for node in reversed(order):
        for column, operand, local, _ in uses(node):
            if column == "x" or operand is not node.x:
                operand.grad += node.grad * local


def shared_counted_once(order: list[Node]) -> None:
    """An operand of several nodes gets the contribution of one of them."""
    seen: set[Node] = set()
    for node in reversed(order):
        operands = {operand for _, operand, _, _ in uses(node)}
        for _, operand, local, _ in uses(node):
            if operand not in seen:
                operand.grad += node.grad * local
        seen |= operands


def in_order_of_creation(order: list[Node]) -> None:
    """From the leaves to the root."""
    _chain_rule(order)


def breadth_first(order: list[Node]) -> None:
    """Level by level below the root."""
    _chain_rule(_walk(order[-1], deepest_first=False))


def depth_first(order: list[Node]) -> None:
    """Each node before its operands, as soon as it is met."""
    _chain_rule(_walk(order[-1], deepest_first=True))


def _chain_rule(order: Iterable[Node]) -> None:
    for node in order:
        for _, operand, local, _ in uses(node):
            operand.grad += node.grad * local


def _walk(root: Node, *, deepest_first: bool) -> Iterator[Node]:
    seen, waiting = {root}, [root]
    while waiting:
        node = waiting.pop(-1 if deepest_first else 0)
        yield node
        for _, operand, _, _ in uses(node):
            if operand not in seen:
                seen.add(operand)
                waiting.append(operand)


@dataclass(frozen=True)
class EngineMutant:
    """A mistake in the engine's chain rule."""

    propagate: Propagate
    kind = ENGINE

    def __str__(self) -> str:
        return f"the engine, {self.propagate.__name__.replace('_', ' ')}"

    def concerns(self, expression: Expression) -> bool:
        """Whether the expression has any operation."""
        return bool(expression.steps)

    @contextmanager
    def planted(self, expression: Expression) -> Iterator[Expression]:
        """The expression, in a wrong engine."""
        propagate: Any = self.propagate
        with patch.object(engine, "_propagate", propagate):
            yield expression


ENGINE_MUTANTS = [
    EngineMutant(propagate)
    for propagate in (
        assigned,
        square_counted_once,
        shared_counted_once,
        in_order_of_creation,
        breadth_first,
        depth_first,
    )
]
