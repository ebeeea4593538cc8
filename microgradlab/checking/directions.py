"""Derivatives along directions: many inputs checked at once. Floor 7."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from random import Random

from microgradlab.checking.intervals import Interval
from microgradlab.checking.judge import against_exact
from microgradlab.checking.precise import Number, precise
from microgradlab.checking.reference import Special, enclosure, exact, exact_along
from microgradlab.checking.report import Row
from microgradlab.engine import Node
from microgradlab.replay import operands, replay

Direction = Mapping[Node, float]


def random_direction(inputs: Sequence[Node], seed: int) -> dict[Node, float]:
    """A factor for each input; all are powers of two, so that multiplying by them is exact."""
    random = Random(seed)
    return {leaf: random.choice((-1.0, -0.5, 0.5, 1.0)) for leaf in inputs}


def along(gradients: Mapping[Node, float], direction: Direction) -> float:
    """The derivative along a direction, from a gradient; fsum rounds once."""
    return math.fsum(factor * gradients.get(leaf, 0.0) for leaf, factor in direction.items())


def width_along(intervals: Mapping[Node, Interval], direction: Direction) -> float:
    """How far apart two float64 results for that derivative may be, from a gradient's enclosure."""
    total = 0.0
    for leaf, factor in direction.items():
        if leaf in intervals:
            total += abs(factor) * intervals[leaf].width
    return total


def row_along(
    name: str,
    computed: float,
    exact: Number,
    width: float,
    special: Special | None = None,
    bits: int = 300,
) -> Row:
    """The verdict on a derivative along a direction.

    Args:
        name: for the report.
        computed: the derivative under test.
        exact: what it should be.
        width: how far two float64 results may be apart.
        special: the most doubtful point on the way.
        bits: of `exact` that are right: a step of all inputs at once cuts off higher derivatives.
    """
    noise = precise().mp.ldexp(1 + abs(exact), -bits)
    return against_exact(name, None, computed, exact, width=width, noise=noise, special=special)


def check_along(
    order: Sequence[Node], inputs: Sequence[Node], gradients: Mapping[Node, float], count: int
) -> list[Row]:
    """Checks a gradient along random directions.

    Where the graph is smooth, the reference is from values alone. Elsewhere it is from the whole
    exact gradient, which knows the conventions at kinks.

    Args:
        order: all nodes under the root, operands before results.
        inputs: the leaves that count.
        gradients: the derivatives under test.
        count: of directions.
    """
    intervals = enclosure(order, inputs)
    found = None if _is_smooth(order) else exact(order, inputs)
    special = found.worst(inputs) if found else None
    rows = []
    for seed in range(count):
        direction = random_direction(inputs, seed)
        slope = exact_along(order, direction) if found is None else found.along(direction)
        width = width_along(intervals, direction)
        computed = along(gradients, direction)
        rows.append(row_along(f"direction {seed + 1}", computed, slope, width, special))
    return rows


def _is_smooth(order: Sequence[Node]) -> bool:
    numbers = precise()
    values = replay(order, numbers, {}, numbers.number)
    return all(
        node.op is None or numbers.is_smooth(node.op, *operands(node, values, numbers.number))
        for node in order
    )
