"""Derivatives along directions: many inputs checked at once. Floor 7."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence
from random import Random

from microgradlab.checking.intervals import Interval
from microgradlab.checking.judge import against_exact
from microgradlab.checking.precise import Number
from microgradlab.checking.reference import Special, enclosure, exact, exact_along, is_smooth
from microgradlab.checking.report import Row
from microgradlab.engine import Node

Direction = Mapping[Node, float]


def random_factors(count: int, seed: int) -> list[float]:
    """A direction: factors that are powers of two, so that multiplying by them is exact."""
    random = Random(seed)
    return [random.choice((-1.0, -0.5, 0.5, 1.0)) for _ in range(count)]


def random_direction(inputs: Sequence[Node], seed: int) -> dict[Node, float]:
    """A factor for each input."""
    return dict(zip(inputs, random_factors(len(inputs), seed), strict=True))


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
    noise: Number = 0.0,
    special: Special | None = None,
) -> Row:
    """The verdict on a derivative along a direction."""
    return against_exact(name, None, computed, exact, width=width, noise=noise, special=special)


def with_noise(exact: Callable[[int], Number], power: int) -> tuple[Number, Number]:
    """A derivative by steps of a power of two, and how far it may be off, from longer steps."""
    value = exact(power)
    return value, abs(exact(power + 8) - value) + abs(value) * 2.0**-200


def slope_along(order: Sequence[Node], direction: Direction) -> tuple[Number, Number]:
    """The derivative along a direction from values alone, and how far it may be off."""
    for power in (-300, -600, -1200):  # smaller steps where a function is very steep
        slope, noise = with_noise(lambda power: exact_along(order, direction, power=power), power)
        if noise <= abs(slope) * 2.0**-60:
            break
    return slope, noise


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
    found = None if is_smooth(order) else exact(order, inputs)
    special = found.worst(inputs) if found else None
    rows = []
    for seed in range(count):
        direction = random_direction(inputs, seed)
        slope, noise = found.along(direction) if found else slope_along(order, direction)
        width = width_along(intervals, direction)
        computed = along(gradients, direction)
        rows.append(row_along(f"direction {seed + 1}", computed, slope, width, noise, special))
    return rows
