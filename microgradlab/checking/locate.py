"""Where a wrong gradient comes from: the first operation that is wrong, or the engine. Floor 7."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

from microgradlab.checking.intervals import INTERVALS, Interval, as_interval
from microgradlab.checking.precise import Number, precise
from microgradlab.checking.reference import local_at, operand_nodes
from microgradlab.engine import Node, uses


@dataclass(frozen=True, slots=True)
class Fault:
    """The first thing that is wrong in a graph.

    Attributes:
        node: where.
        what: in a few words, for a table.
        sentence: in full, with the numbers.
    """

    node: Node
    what: str
    sentence: str


def first_wrong_operation(order: Sequence[Node]) -> Fault | None:
    """The first operation whose value or local derivative is wrong; None when all are right.

    Each operation is checked by itself, at its own operands' recorded numbers, so that errors of
    operations before it do not count.

    Args:
        order: the nodes, operands before results.
    """
    for node in order:
        fault = _wrong_value(node) or _wrong_local(node) if node.op is not None else None
        if fault is not None:
            return fault
    return None


def _wrong_value(node: Node) -> Fault | None:
    assert node.op is not None
    numbers = precise()
    exact = numbers.value(node.op, *_operands(node, numbers.number))
    enclosure = INTERVALS.value(node.op, *_operands(node, as_interval))
    if _agree(node, node.data, exact, enclosure):
        return None
    return Fault(
        node,
        f"{node.op.name}'s value is wrong",
        f"the value is {node.data!r} instead of {float(exact)!r} (its row: {node.op.value}); "
        "perhaps a number was changed after it was computed",
    )


def _wrong_local(node: Node) -> Fault | None:
    op = node.op
    assert op is not None
    numbers = precise()
    x, y = _operands(node, numbers.number)
    out = numbers.value(op, x, y)
    near = _operands(node, as_interval)
    dx, dy = INTERVALS.partials(op, *near, INTERVALS.value(op, *near))
    for column, _, recorded in operand_nodes(node):
        rule = op.dx if column == "x" else op.dy
        local = local_at(node, column, x, y, out)
        wanted = f"{float(local.value)!r}"
        if local.sides is not None:
            low, high = sorted(float(side) for side in local.sides)
            wanted = f"a number from {low!r} to {high!r}, between the slopes of its kink"
            is_right = low <= recorded <= high
        else:
            is_right = _agree(node, recorded, local.value, dx if column == "x" else dy)
        if math.isnan(recorded) and (node.dx if column == "x" else node.dy) is None:
            what = f"no derivative of {op.name} by {column} was recorded"
            return Fault(node, f"{op.name}'s d{column} is missing", what)
        if not is_right:
            return Fault(
                node,
                f"{op.name}'s d{column} is wrong",
                f"the local derivative ∂{op.name}/∂{column} is {recorded!r} instead of {wanted} "
                f"(its rule: {rule})",
            )
    return None


def first_wrong_sum(
    order: Sequence[Node],
    gradients: dict[Node, float],
    exact: dict[Node, Number],
    widths: dict[Node, float],
) -> Fault | None:
    """The first node, from the root back, whose gradient is wrong though its uses are right.

    Args:
        order: the nodes, operands before results.
        gradients: what the engine computed.
        exact: what they should be.
        widths: how far rounding may take them.
    """
    for node in reversed(order):
        if node in exact and not _near(gradients[node], exact[node], widths[node]):
            contributions = [
                f"{gradients[user]!r} × {local!r}"
                for user in reversed(order)
                for _, operand, local, _ in uses(user)
                if operand is node
            ]
            uses_ = " + ".join(contributions) or "1.0 for the result itself"
            return Fault(
                node,
                "the engine's sum is wrong",
                f"every operation is right, but the gradient is {gradients[node]!r} instead of "
                f"{float(exact[node])!r}, the sum over its uses: {uses_}",
            )
    return None


def _operands(node: Node, number: Callable[[float], Any]) -> tuple[Any, Any]:
    """The recorded numbers of a node's operands, x and y."""
    x, y = (None if operand is None else number(float(operand)) for operand in (node.x, node.y))
    return x, y


def _agree(node: Node, computed: float, exact: Number, enclosure: Interval) -> bool:
    reference = float(exact)
    if math.isinf(computed) and math.isinf(reference):
        # mpmath has no zero with a sign: 1 / -0.0 is another infinity there.
        return computed == reference or "-0.0" in map(repr, map(float, node.operands))
    return _near(computed, exact, enclosure.high - enclosure.low)


def _near(computed: float, exact: Number, width: float) -> bool:
    reference = float(exact)
    if not (math.isfinite(reference) and math.isfinite(width)):
        return True  # nothing can be said
    return bool(abs(precise().mp.mpf(computed) - exact) <= width + math.ulp(reference))
