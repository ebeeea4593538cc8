"""Things in columns, each to the left of what takes from it. Floor 8.

A layered drawing after Sugiyama, Tagawa and Toda 1981 (Methods for visual understanding of
hierarchical system structures), made simple: columns are counted from the last one, and placed in
one sweep from there, each thing as near as can be to the middle of what takes from it.
"""

from __future__ import annotations

import math
from collections.abc import Hashable, Mapping, Sequence
from dataclasses import dataclass
from graphlib import CycleError, TopologicalSorter
from typing import Generic, TypeVar

Thing = TypeVar("Thing", bound=Hashable)
Point = tuple[float, float]
Size = tuple[float, float]

_GAP = 12.0  # points between what stands in one column
_LANE = 6.0  # the height that is kept free for an arrow that passes by
_BOX = 44.0  # what is higher than a box is a frame, whose arrows leave it anywhere
_LONGEST = 12  # columns that an arrow passes; a longer one has no way of its own
_AISLE = 56.0  # between columns; tall ones are further apart, so that no arrow is too steep
_STEEPNESS, _TALL = 0.15, 2000.0


@dataclass(frozen=True)
class Arrangement(Generic[Thing]):
    """Where things stand around their common centre, in points, y upwards.

    Attributes:
        centers: of the things.
        width, height: of all together.
    """

    centers: Mapping[Thing, Point]
    width: float
    height: float


def levels_of(sources: Mapping[Thing, Sequence[Thing]]) -> dict[Thing, int]:
    """How far each thing is from the last ones, as a number from 0 down.

    Counted from the end, a leaf stands next to what takes it.

    >>> levels_of({"w": [], "x": [], "w * x": ["w", "x"], "b": [], "sum": ["w * x", "b"]})
    {'w': -2, 'x': -2, 'w * x': -1, 'b': -1, 'sum': 0}
    """
    try:
        order = list(TopologicalSorter(sources).static_order())
    except CycleError:  # parts of a model that are left and entered again stand as they come
        order = list(sources)
    levels = dict.fromkeys(sources, 0)
    for thing in reversed(order):
        for source in sources[thing]:
            levels[source] = min(levels[source], levels[thing] - 1)
    return levels


def arranged(
    sources: Mapping[Thing, Sequence[Thing]], sizes: Mapping[Thing, Size]
) -> Arrangement[Thing]:
    """Puts things into columns.

    Args:
        sources: what each thing takes from. Where nothing else decides, the first stands on top.
        sizes: how wide and high each thing is.
    """
    levels = levels_of(sources)
    heights = _heights(sources, levels, sizes)
    centers: dict[Thing, Point] = {}
    left = right = 0.0
    top, bottom = -math.inf, math.inf
    last = 0.0  # the height of the column before
    for level in sorted(heights):
        things = [thing for thing in heights[level] if levels[thing] == level]
        width = max(sizes[thing][0] for thing in things)
        above = max(heights[level][thing] + sizes[thing][1] / 2 for thing in things)
        below = min(heights[level][thing] - sizes[thing][1] / 2 for thing in things)
        if last:
            left = right + _AISLE + _STEEPNESS * min(max(last, above - below), _TALL)
        for thing in things:
            centers[thing] = (left + width / 2, heights[level][thing])
        right, last = left + width, above - below
        top, bottom = max(top, above), min(bottom, below)
    middle = (top + bottom) / 2
    centered = {thing: (x - right / 2, y - middle) for thing, (x, y) in centers.items()}
    return Arrangement(centered, right, top - bottom)


def _heights(
    sources: Mapping[Thing, Sequence[Thing]],
    levels: Mapping[Thing, int],
    sizes: Mapping[Thing, Size],
) -> dict[int, dict[Thing, float]]:
    """How high everything stands in each column, lanes for the arrows that pass it included."""
    targets: dict[Thing, list[Thing]] = {thing: [] for thing in sources}
    columns: dict[int, dict[Thing, None]] = {level: {} for level in levels.values()}
    for thing, before in sources.items():
        columns[levels[thing]][thing] = None
        for source in before:
            targets[source].append(thing)
    for thing, after in targets.items():
        passed = max((levels[target] for target in after), default=0) - levels[thing]
        for level in range(levels[thing] + 1, levels[thing] + min(passed, _LONGEST)):
            columns[level][thing] = None
    heights: dict[int, dict[Thing, float]] = {}
    for level in sorted(columns, reverse=True):
        beside = heights.get(level + 1, {})
        wanted = {}
        for thing in columns[level]:
            followers = [t for t in targets[thing] if levels[t] == level + 1]
            followers += [thing] if thing in beside else []
            wanted[thing] = round(_mean([beside[follower] for follower in followers]), 3)
        own = {
            thing: sizes[thing][1] if levels[thing] == level else _lane(sizes[thing])
            for thing in columns[level]
        }
        heights[level] = _stacked(wanted, own)
    return heights


def _lane(size: Size) -> float:
    """The height that the arrows of something need in a column that they pass."""
    return max(_LANE, size[1] - _BOX)


def _stacked(wanted: Mapping[Thing, float], sizes: Mapping[Thing, float]) -> dict[Thing, float]:
    """Heights as near to the wanted ones as can be without overlap."""
    placed: dict[Thing, float] = {}
    free = math.inf  # below this
    for thing in sorted(wanted, key=lambda thing: -wanted[thing]):
        placed[thing] = min(wanted[thing], free - sizes[thing] / 2)
        free = placed[thing] - sizes[thing] / 2 - _GAP
    shift = _mean([wanted[thing] - height for thing, height in placed.items()])
    return {thing: height + shift for thing, height in placed.items()}


def _mean(numbers: Sequence[float]) -> float:
    total = 0.0
    for number in numbers:
        total += number
    return total / len(numbers) if numbers else 0.0
