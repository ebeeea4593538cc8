"""The gradient that a recorded graph should have, and how far float64 may miss it. Floor 7.

Two passes over the graph, both with the chain rule written out here, apart from the engine:

- `exact`: in mpmath, with local derivatives that come from the rows' values, never from their
  rules. At a kink no derivative exists; there the recorded local derivative is taken if it lies
  between the one-sided ones, and remembered as a convention.
- `enclosure`: in interval arithmetic, with the rules. The intervals hold what float64 computes in
  any of its roundings, so that their width is what rounding can do to this graph at this point.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from microgradlab.checking.intervals import INTERVALS, Interval
from microgradlab.checking.precise import Local, Number, precise
from microgradlab.engine import Node, uses
from microgradlab.replay import operands, replay


@dataclass(frozen=True, slots=True)
class Special:
    """A use of an operand at a point that is not plainly smooth."""

    node: Node
    column: str
    local: Local
    recorded: float


@dataclass(frozen=True, slots=True)
class Exact:
    """The exact numbers of a graph.

    Attributes:
        gradients: the derivative of the root by each node that leads to an input.
        noise: how far each of these may be off, from mpmath's own rounding.
        special: the most doubtful point on the way from a node to the root, where there is one.
    """

    gradients: dict[Node, Number]
    noise: dict[Node, Number]
    special: dict[Node, Special]


def leading_to(order: Sequence[Node], inputs: Sequence[Node]) -> set[Node]:
    """The nodes that depend on an input, inputs included."""
    relevant = set(inputs)
    for node in order:
        if any(operand in relevant for operand in node.operands):
            relevant.add(node)
    return relevant


def exact(order: Sequence[Node], inputs: Sequence[Node]) -> Exact:
    """The exact gradient of the last node by every node that depends on an input.

    Args:
        order: all nodes under the root, operands before results.
        inputs: the leaves that count.
    """
    numbers = precise()
    values = replay(order, numbers, {}, numbers.number)
    relevant = leading_to(order, inputs)
    zero = numbers.number(0)
    gradients = dict.fromkeys(relevant, zero)
    noise = dict.fromkeys(relevant, zero)
    special: dict[Node, Special] = {}
    gradients[order[-1]] = numbers.number(1)
    for node in reversed(order):
        for column, operand, recorded, _ in uses(node):
            if operand not in relevant or node.op is None:
                continue
            local = numbers.local(node.op, column, *operands(node, values, numbers.number))
            slope = _convention(local, recorded) if local.sides else local.value
            contribution = gradients[node] * slope
            gradients[operand] += contribution
            noise[operand] += noise[node] * abs(slope) + abs(contribution) * 2.0**-250
            if gradients[node] != 0:
                here = [Special(node, column, local, recorded)] if local.why else []
                found = [s for s in (special.get(node), special.get(operand), *here) if s]
                if found:
                    special[operand] = max(found, key=_doubt)
    return Exact(gradients, noise, special)


def enclosure(order: Sequence[Node], inputs: Sequence[Node]) -> dict[Node, Interval]:
    """Intervals around every float64 result for the same gradients, in the engine's order."""
    values = replay(order, INTERVALS, {}, _point)
    relevant = leading_to(order, inputs)
    gradients: dict[Node, Interval] = {order[-1]: _point(1.0)}
    for node in reversed(order):
        if node not in gradients or node.op is None:
            continue
        x, y = operands(node, values, _point)
        dx, dy = INTERVALS.partials(node.op, x, y, values[node])
        for column, operand, _, _ in uses(node):
            if operand in relevant:
                contribution = gradients[node] * (dx if column == "x" else dy)
                known = gradients.get(operand)
                gradients[operand] = contribution if known is None else known + contribution
    return gradients


def _point(number: float) -> Interval:
    return Interval(number, number)


def _convention(local: Local, recorded: float) -> Number:
    """The recorded derivative where it lies between the one-sided ones, else the nearer of them."""
    assert local.sides is not None
    low, high = sorted(local.sides)
    return min(max(precise().number(recorded), low), high)


def _doubt(special: Special) -> int:
    """How much a special point counts: no derivative, a kink, an infinite slope or an end."""
    if special.local.sides:
        return 1
    return 2 if precise().mp.isnan(special.local.value) else 0
