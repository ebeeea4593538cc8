"""A recorded graph, computed again over other numbers. Floor 3."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from typing import Any

from microgradlab.arithmetic import Arithmetic
from microgradlab.engine import Node


def replay(
    order: Iterable[Node],
    arithmetic: Arithmetic,
    leaves: Mapping[Node, Any],
    constant: Callable[[float], Any] = float,
) -> dict[Node, Any]:
    """Every node's number, from the values of the table's rows; no derivative takes part.

    Args:
        order: nodes, operands before results, as `topological_order` gives them.
        arithmetic: the table over the new kind of number.
        leaves: numbers for leaves; another leaf keeps its own, as a constant does.
        constant: makes such a number from a float.

    >>> from microgradlab.engine import topological_order
    >>> from microgradlab.ieee import FLOATS
    >>> from microgradlab.value import Value
    >>> x = Value(2.0)
    >>> y = x * x + 1.0
    >>> replay(topological_order(y), FLOATS, {x: 3.0})[y]
    10.0
    """
    numbers: dict[Node, Any] = dict(leaves)
    for node in order:
        if node not in numbers:
            if node.op is None:
                numbers[node] = constant(node.data)
            else:
                numbers[node] = arithmetic.value(node.op, *operands(node, numbers, constant))
    return numbers


def operands(
    node: Node, numbers: Mapping[Node, Any], constant: Callable[[float], Any] = float
) -> tuple[Any, Any]:
    """The numbers of a node's operands, x and y; None for one that is not there."""
    return _number(node.x, numbers, constant), _number(node.y, numbers, constant)


def _number(operand: Any, numbers: Mapping[Node, Any], constant: Callable[[float], Any]) -> Any:
    if isinstance(operand, Node):
        return numbers[operand]
    return None if operand is None else constant(operand)
