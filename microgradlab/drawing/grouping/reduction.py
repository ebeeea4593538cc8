"""Large graphs made small: parts of a model drawn as one, a part instead of the whole. Floor 8."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from dataclasses import replace
from typing import Literal, TypeAlias, get_args

from microgradlab.checks import whole
from microgradlab.drawing.grouping.collapse import Group, collapsed
from microgradlab.drawing.grouping.excerpt import nearest, within
from microgradlab.drawing.grouping.membership import PARAMETERS, Place, places_of
from microgradlab.drawing.scene import Scene
from microgradlab.engine import Node
from microgradlab.errors import unknown_name

Collapse: TypeAlias = Literal["auto", "none", "sample", "neuron", "layer"]
"""What is drawn as one. Each name includes those before it: `sample` all samples but the first,
`neuron` also each neuron, `layer` each layer; `auto` no more than is needed."""

_LADDER = ("none", "sample", "neuron", "layer", "outermost")
_ARROWS = 3  # times the limit: more arrows than this nobody can follow


def reduced(
    scene: Scene,
    *,
    limit: int = 300,
    collapse: Collapse = "auto",
    depth: int | None = None,
    focus: Node | str | None = None,
) -> Scene:
    """A scene that is small enough to be looked at, in which each node knows its groups.

    Args:
        scene: of any size, as `scene_of` gives it.
        limit: at most this many nodes, constants apart: what is left of a graph that is still too
            large when it is collapsed is what is nearest to the root, or to the focus. "none"
            knows no limit.
        collapse: what is drawn as one: "none", "sample" (all samples but the first), "neuron"
            (also each neuron), "layer" (also each layer), or "auto": no more than is needed.
        depth: only nodes at most this many arrows from the root, or from the focus.
        focus: a Value of the graph, or its name: what it is made of and what it flows into.

    Raises:
        ArgumentError: an option is unknown, or the focus is not in the graph.

    >>> from microgradlab import MLP
    >>> from microgradlab.drawing.scene import scene_of
    >>> for node in reduced(scene_of(MLP(2, [2, 1])([1.0, 2.0])), collapse="layer").nodes:
    ...     print(node.name, node.count)
    layer 0 16
    layer 1 6
    v14 1
    """
    whole("limit", limit)
    if collapse not in get_args(Collapse):
        raise unknown_name("collapse", collapse, get_args(Collapse))
    places = places_of(scene)
    part = within(scene, depth, focus)
    for level in _LADDER if collapse == "auto" else (collapse,):
        groups = _groups(part, places, level)
        if _fits(part, groups, limit):
            break
    small = _placed(collapsed(part, groups), places)
    return small if collapse == "none" else nearest(small, limit)


def _groups(scene: Scene, places: Mapping[str, Place], level: str) -> dict[str, Group]:
    """The group that each node is drawn with; root, focus and what stands alone have none."""
    inner = [
        node.id
        for node in scene.nodes
        if node.role not in ("constant", "root") and node.id != scene.focus
    ]
    sizes: Counter[tuple[str, ...]] = Counter()
    paths = {}
    for place, count in Counter(map(places.__getitem__, inner)).items():
        paths[place] = _path(place, level)
        sizes[paths[place]] += count
    groups = {place: (path, 0) for place, path in paths.items() if path and sizes[path] > 1}
    return {id: groups[places[id]] for id in inner if places[id] in groups} if groups else {}


def _path(place: Place, level: str) -> tuple[str, ...]:
    """The path of the group that all nodes of one place are drawn as; empty for none."""
    if level == "none":
        return ()
    if place.fold:
        return (place.fold,)
    if level == "sample" or not place.path:
        return ()
    layer = max(1, len(place.path) - 1)
    # Shared parameters are beside the neurons, and would be as many boxes again.
    neuron = layer if place.frame == (PARAMETERS,) else len(place.path)
    ends = {"neuron": neuron, "layer": layer, "outermost": 1}
    return place.frame + place.path[: ends[level]]


def _fits(scene: Scene, groups: Mapping[str, Group], limit: int) -> bool:
    """Whether there are few enough nodes and arrows, constants apart."""
    nodes: set[Group | str] = set()
    arrows: set[tuple[Group | str, Group | str]] = set()
    for node in scene.nodes:
        if node.role != "constant":
            target = groups.get(node.id, node.id)
            nodes.add(target)
            for use in node.uses:
                if use.partial is not None:
                    arrows.add((groups.get(use.source, use.source), target))
        if len(nodes) > limit or len(arrows) > _ARROWS * limit:
            return False
    return True


def _placed(scene: Scene, places: Mapping[str, Place]) -> Scene:
    """The scene in which each node's path names all groups that it is in."""
    paths = {}
    for node in scene.nodes:
        place = places.get(node.id)
        paths[node.id] = place.frame + place.path if place else node.path
        for use in node.uses:
            if scene.by_id[use.source].role == "constant":  # it is where it is used
                paths[use.source] = paths[node.id]
    nodes = [
        node if node.path == paths[node.id] else replace(node, path=paths[node.id])
        for node in scene.nodes
    ]
    return replace(scene, nodes=tuple(nodes))
