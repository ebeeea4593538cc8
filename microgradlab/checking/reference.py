"""The gradient that a recorded graph should have, and how far float64 may miss it. Floor 7.

Two passes over the graph, both with the chain rule written out here, apart from the engine:

- `exact`: in mpmath, with local derivatives that come from the rows' values, never from their
  rules. At a kink no derivative exists; there the recorded local derivative is taken if it lies
  between the one-sided ones, and remembered as a convention.
- `enclosure`: in interval arithmetic, with the rules. The intervals hold what float64 computes in
  any of its roundings, so that their width is what rounding can do to this graph at this point.
  They assume that the C library's functions err by 4 ulps at most; glibc promises 1 or 2.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass

from microgradlab.checking.intervals import INTERVALS, Interval, as_interval
from microgradlab.checking.precise import JUMPS, Local, Number, precise
from microgradlab.engine import Node
from microgradlab.replay import operands, replay

Track = Callable[[Iterable[Node]], Iterable[Node]]


@dataclass(frozen=True, slots=True)
class Special:
    """A use of an operand at a point that is not plainly smooth."""

    node: Node
    column: str
    local: Local
    recorded: float

    @property
    def what(self) -> str:
        """In a few words, as in "relu has a kink"."""
        assert self.node.op is not None
        return f"{self.node.op.name} {self.local.why}"

    @property
    def is_kink(self) -> bool:
        """Whether the slopes on its two sides differ."""
        return self.local.sides is not None

    @property
    def doubt(self) -> int:
        """How much it counts: no derivative, a kink, an infinite slope or an end of the domain."""
        if self.is_kink:
            return 1
        if not precise().mp.isnan(self.local.value):
            return 0
        # An operation that makes a nan tells more than one that had it as an operand.
        return 3 if all(math.isfinite(float(x)) for x in self.node.operands) else 2


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

    def along(self, direction: Mapping[Node, float]) -> tuple[Number, Number]:
        """The derivative of the root along a direction of the inputs, and its noise."""
        slope = noise = precise().number(0)
        for leaf, factor in direction.items():
            slope += factor * self.gradients[leaf]
            noise += abs(factor) * self.noise[leaf]
        return slope, noise

    def worst(self, inputs: Iterable[Node]) -> Special | None:
        """The most doubtful point on the way from any of the inputs."""
        return _worst(map(self.special.get, inputs))


def operand_nodes(node: Node) -> Iterator[tuple[str, Node, float]]:
    """The operands that are nodes, with the column and the recorded local derivative of each.

    Whether a derivative was recorded is for the engine to get right: nan stands for one that was
    not, where `engine.uses` would pass the operand over.
    """
    for column, operand, local in (("x", node.x, node.dx), ("y", node.y, node.dy)):
        if isinstance(operand, Node):
            yield column, operand, math.nan if local is None else local


def is_smooth(order: Sequence[Node]) -> bool:
    """Whether every operation of a graph has all its derivatives at this point."""
    numbers = precise()
    values = replay(order, numbers, {}, numbers.number)
    fixed: set[Node] = set()  # results that stay as they are close to the point
    for node in order:
        if node.op is not None:
            x, y, out = *operands(node, values, numbers.number), values[node]
            uses = [use for use in operand_nodes(node) if use[1] not in fixed]
            if not numbers.is_smooth(node.op, x, y) and any(
                numbers.local(node.op, column, x, y, out).why for column, _, _ in uses
            ):
                return False
            flat = all(recorded == 0.0 for _, _, recorded in uses)
            if flat and (not uses or numbers.is_constant(node.op, x, y, out)):
                fixed.add(node)
    return True


def local_at(node: Node, column: str, x: Number, y: Number | None, out: Number) -> Local:
    """A node's exact local derivative; at a tie, the slope by y has to fit the one taken by x."""
    numbers = precise()
    assert node.op is not None
    local = numbers.local(node.op, column, x, y, out)
    if local.sides and column == "y" and node.dx is not None:
        return numbers.beside(node.op, x, y, out, local.sides, node.dx)
    return local


def leading_to(order: Sequence[Node], inputs: Sequence[Node]) -> set[Node]:
    """The nodes that depend on an input, inputs included."""
    relevant = set(inputs)
    for node in order:
        if any(operand in relevant for operand in node.operands):
            relevant.add(node)
    return relevant


def exact(order: Sequence[Node], inputs: Sequence[Node], track: Track = iter) -> Exact:
    """The exact gradient of the last node by every node that depends on an input.

    Args:
        order: all nodes under the root, operands before results.
        inputs: the leaves that count.
        track: wraps the loop over the nodes, for a progress bar.
    """
    numbers = precise()
    values = replay(order, numbers, {}, numbers.number)
    relevant = leading_to(order, inputs)
    zero = numbers.number(0)
    gradients = dict.fromkeys(relevant, zero)
    noise = dict.fromkeys(relevant, zero)
    special: dict[Node, Special] = {}
    gradients[order[-1]] = numbers.number(1)
    for node in track(order[::-1]):
        if node.op is None:
            continue
        x, y = operands(node, values, numbers.number)
        for column, operand, recorded in operand_nodes(node):
            if operand not in relevant:
                continue
            local = local_at(node, column, x, y, values[node])
            slope = _convention(local, recorded) if local.sides else local.value
            if slope == 0 and _ends_jump(node, special, x, y, values[node]):
                continue
            contribution = gradients[node] * slope
            gradients[operand] += contribution
            noise[operand] += noise[node] * abs(slope) + abs(contribution) * 2.0**-250
            points = [special.get(operand)]
            if slope != 0 or local.sides:  # where relu(0) has slope 0, it might have had another
                points.append(special.get(node))
            if local.why and (gradients[node] != 0 or node in special):
                points.insert(0, Special(node, column, local, recorded))  # of several, the first
            worst = _worst(points)
            if worst is not None:
                special[operand] = worst
    return Exact(gradients, noise, special)


def enclosure(order: Sequence[Node], inputs: Sequence[Node]) -> dict[Node, Interval]:
    """Intervals around every float64 result for the same gradients, in the engine's order."""
    gradients: dict[Node, Interval] = {order[-1]: as_interval(1.0)}
    for node, partials in reversed(_enclosed_partials(order, inputs)):
        if node in gradients:
            for operand, partial in partials:
                _add(gradients, operand, gradients[node] * partial)
    return gradients


def enclosed_value(order: Sequence[Node]) -> Interval:
    """An interval around every float64 result for the last node's number."""
    value: Interval = replay(order, INTERVALS, {}, as_interval)[order[-1]]
    return value


def enclosure_along(order: Sequence[Node], direction: Mapping[Node, float]) -> Interval:
    """An interval around every float64 result of forward mode along a direction."""
    tangents = {leaf: as_interval(factor) for leaf, factor in direction.items()}
    for node, partials in _enclosed_partials(order, list(direction)):
        for operand, partial in partials:
            _add(tangents, node, tangents[operand] * partial)
    return tangents.get(order[-1], as_interval(0.0))


def exact_along(
    order: Sequence[Node],
    direction: Mapping[Node, float],
    distance: Number = 0,
    power: int = -300,
) -> Number:
    """The last node's exact derivative along a direction, from values alone: no chain rule.

    A complex step of all inputs at once; the graph has to be smooth.

    Args:
        order: all nodes under the root, operands before results.
        direction: a factor for each input.
        distance: how far along the direction to go first.
        power: of two: the step, relative to the smallest input.
    """
    numbers = precise()
    step = numbers.mp.ldexp(_scale(direction), power)
    moved = {
        leaf: numbers.mp.mpc(numbers.number(leaf.data) + distance * factor, step * factor)
        for leaf, factor in direction.items()
    }
    out = replay(order, numbers.complex, moved, numbers.number)[order[-1]]
    return numbers.mp.im(out) / step


def _scale(direction: Iterable[Node]) -> float:
    return min([abs(leaf.data) or 1.0 for leaf in direction] + [1.0])


def exact_second_along(
    order: Sequence[Node], direction: Mapping[Node, float], power: int = -100
) -> Number:
    """The second derivative along a direction, from values alone."""
    near = precise().mp.ldexp(_scale(direction), power)
    after, before = (exact_along(order, direction, sign * near) for sign in (1, -1))
    return (after - before) / (2 * near)


def _enclosed_partials(
    order: Sequence[Node], inputs: Sequence[Node]
) -> list[tuple[Node, list[tuple[Node, Interval]]]]:
    """For each node the operands that lead to an input, with the local derivatives by them."""
    values = replay(order, INTERVALS, {}, as_interval)
    relevant = leading_to(order, inputs)
    found = []
    for node in order:
        if node in relevant and node.op is not None:
            x, y = operands(node, values, as_interval)
            dx, dy = INTERVALS.partials(node.op, x, y, values[node])
            partials: list[tuple[Node, Interval]] = [
                (operand, dx if column == "x" else dy)
                for column, operand, _ in operand_nodes(node)
                if operand in relevant
            ]
            found.append((node, partials))
    return found


def _ends_jump(
    node: Node, special: Mapping[Node, Special], x: Number, y: Number | None, out: Number
) -> bool:
    """Whether what comes after a node jumps, but the node itself stays on one side of it.

    So it is with a comparison that opens a gate: the gate jumps, and the comparison is constant.
    """
    assert node.op is not None
    jumps = node in special and special[node].local.why == JUMPS
    return jumps and precise().is_constant(node.op, x, y, out)


def _worst(points: Iterable[Special | None]) -> Special | None:
    return max(filter(None, points), key=lambda point: point.doubt, default=None)


def _add(sums: dict[Node, Interval], node: Node, term: Interval) -> None:
    known = sums.get(node)
    sums[node] = term if known is None else known + term


def _convention(local: Local, recorded: float) -> Number:
    """The recorded derivative where it lies between the one-sided ones, else the nearer of them."""
    assert local.sides is not None
    low, high = sorted(local.sides)
    return low if math.isnan(recorded) else min(max(precise().number(recorded), low), high)
