"""The paths on which a gradient flows from a root to one value, and the strongest of them. Floor 8.

A gradient is the sum, over all paths from the root to the value, of the product of the local
derivatives on the path. A graph has too many paths to look at each; a few passes over its arrows
find their number, the sum of their sizes, and the few that are strongest.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import TypeAlias

from microgradlab.drawing.scene import Scene

MANY = 10**15
"""Paths are counted up to here."""

_Arrow: TypeAlias = tuple[int, int, int, float]
"""From a node back to one of its operands: their places in the scene, the use, its derivative."""

_Way: TypeAlias = tuple[int, float, int, int]
"""A path from the root to here: how many of its factors are 0, minus the logarithm of the product
of the others, the number of its last arrow, and its rank among the ways to where that arrow starts.
So the least way is the strongest."""


@dataclass(frozen=True, slots=True)
class Link:
    """One arrow of a path, from a node back to one of its operands.

    Attributes:
        node: the id of the node.
        operand: the id of its operand.
        use: which of its uses it is: 0 for x, 1 for y.
        factor: the local derivative.
    """

    node: str
    operand: str
    use: int
    factor: float


@dataclass(frozen=True, slots=True)
class Path:
    """A way from the root back to a value.

    Attributes:
        links: from the root on; none if the value is the root.
        product: of the local derivatives, as floats give it.
        size: the natural logarithm of its absolute value, also where floats give 0 or inf; -inf if
            a factor is 0.
    """

    links: tuple[Link, ...]
    product: float
    size: float


@dataclass(frozen=True, slots=True)
class Flow:
    """How the gradient of a root gets to one value.

    Attributes:
        gradient: what `backward()` gives from zero, to the last bit.
        count: the number of paths; MANY stands for all that is more.
        size: the natural logarithm of the sum of the paths' absolute products.
        paths: the strongest; those without a factor of 0 first.
        gets_by: whether there is a path without a factor of 0.
        blocked: arrows with a factor of 0. If no path gets by, every path has one of these: they
            are the nearest to the root or, if those are not more, the nearest to the value.
        broken: where the first contribution that is nan or infinite arises; None without one.
        arriving: the gradient that arrives there.
    """

    gradient: float
    count: int
    size: float
    paths: tuple[Path, ...]
    gets_by: bool
    blocked: tuple[Link, ...]
    broken: Link | None
    arriving: float


def flow_to(scene: Scene, id: str, most: int) -> Flow | None:
    """How the root's gradient gets to a node; None if it does not depend on it.

    Args:
        scene: the graph.
        id: of the node.
        most: so many of the strongest paths are looked for.

    >>> from microgradlab.drawing.scene import scene_of
    >>> from microgradlab.value import Value
    >>> x = Value(3.0, label="x")
    >>> flow = flow_to(scene_of(x * x + x), "v0", 2)
    >>> flow.gradient, flow.count, [path.product for path in flow.paths]
    (7.0, 3, [3.0, 3.0])
    """
    places = {node.id: place for place, node in enumerate(scene.nodes)}
    value, root = places[id], len(scene.nodes) - 1
    arrows = _arrows(scene, places, value)
    if value != root and not arrows:
        return None

    def link(arrow: _Arrow) -> Link:
        user, operand, use, partial = arrow
        return Link(scene.nodes[user].id, scene.nodes[operand].id, use, partial)

    gradients = [0.0] * len(scene.nodes)
    gradients[root] = 1.0
    broken = None
    for arrow in arrows:
        user, operand, _, partial = arrow
        contribution = gradients[user] * partial
        if broken is None and not math.isfinite(contribution):
            broken = arrow
        gradients[operand] += contribution
    count, size = _count_and_size(arrows, value, root)
    far, gets_by = _blocked(arrows, root, value)
    near, _ = _blocked([(x, user, use, d) for user, x, use, d in reversed(arrows)], value, root)
    blocked = far if len(far) < len(near) else [(user, x, use, d) for x, user, use, d in near]
    return Flow(
        gradients[value],
        count,
        size,
        tuple(_path(map(link, path)) for path in _strongest(arrows, value, root, most)),
        gets_by,
        tuple(map(link, blocked)),
        link(broken) if broken else None,
        gradients[broken[0]] if broken else 1.0,
    )


def _arrows(scene: Scene, places: dict[str, int], value: int) -> list[_Arrow]:
    """The arrows on the paths from the root to a value, in the order of the backward pass."""
    depends = [False] * len(scene.nodes)
    depends[value] = True
    for place in range(value + 1, len(scene.nodes)):
        for use in scene.nodes[place].uses:
            if use.partial is not None and depends[places[use.source]]:
                depends[place] = True
    return [
        (place, operand, number, use.partial)
        for place in range(len(scene.nodes) - 1, value, -1)
        if depends[place]
        for number, use in enumerate(scene.nodes[place].uses)
        if use.partial is not None and depends[operand := places[use.source]]
    ]


def _count_and_size(arrows: Iterable[_Arrow], value: int, root: int) -> tuple[int, float]:
    """The number of paths, and the logarithm of the sum of their sizes."""
    counts, sizes = {root: 1}, {root: 0.0}
    for user, operand, _, partial in arrows:
        counts[operand] = min(counts.get(operand, 0) + counts[user], MANY)
        size = sizes[user] + _log(partial)
        known = sizes.get(operand)
        sizes[operand] = size if known is None else _log_of_sum(known, size)
    return counts[value], sizes[value]


def _blocked(arrows: Iterable[_Arrow], start: int, end: int) -> tuple[list[_Arrow], bool]:
    """The first arrows with a derivative of 0 on the ways from the start; whether one gets by."""
    reached = {start}
    blocked = []
    for arrow in arrows:
        if arrow[0] in reached:
            if arrow[3] == 0.0:
                blocked.append(arrow)
            else:
                reached.add(arrow[1])
    return blocked, end in reached


def _strongest(arrows: Sequence[_Arrow], value: int, root: int, most: int) -> list[list[_Arrow]]:
    """The arrows of the strongest paths, from the root on."""
    ways: dict[int, list[_Way]] = {root: [(0, 0.0, -1, 0)]}
    for number, (user, operand, _, partial) in enumerate(arrows):
        is_zero = partial == 0.0
        size = 0.0 if is_zero else _log(partial)
        longer = [
            (zeros + is_zero, rest - size, number, rank)
            for rank, (zeros, rest, _, _) in enumerate(ways[user])
        ]
        known = ways.get(operand)
        ways[operand] = sorted(known + longer)[:most] if known else longer
    paths = []
    for way in ways[value]:
        path = []
        while way[2] >= 0:
            arrow = arrows[way[2]]
            path.append(arrow)
            way = ways[arrow[0]][way[3]]
        paths.append(path[::-1])
    return paths


def _path(links: Iterable[Link]) -> Path:
    links = tuple(links)
    product, size = 1.0, 0.0
    for link in links:
        product *= link.factor
        size += _log(link.factor)
    return Path(links, product, size)


def _log(number: float) -> float:
    """The logarithm of a size; nan counts as infinite."""
    size = math.fabs(number)
    return -math.inf if size == 0.0 else math.inf if math.isnan(size) else math.log(size)


def _log_of_sum(a: float, b: float) -> float:
    """log(exp(a) + exp(b)), where exp would be too large or too small for a float."""
    low, high = min(a, b), max(a, b)
    return high if math.isinf(low) or math.isinf(high) else high + math.log1p(math.exp(low - high))
