"""Groups of nodes drawn as one node each. Floor 8."""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from graphlib import CycleError, TopologicalSorter
from typing import TypeAlias

from microgradlab.drawing.scene import Scene, SceneNode, Use

Group: TypeAlias = tuple[tuple[str, ...], int]
"""A group's path, and a number that tells groups of one path apart."""


def collapsed(scene: Scene, groups: Mapping[str, Group]) -> Scene:
    """The scene with each group as one node, which takes and gives the arrows of its members.

    Args:
        scene: operands before results.
        groups: the group of each node, by its id; other nodes stay as they are, among them the
            scene's centre.

    Returns:
        Again operands before results: where a way leads out of a group and back into it, the
        groups are split.
    """
    if not groups:
        return scene
    try:
        return _merged(scene, groups)
    except CycleError:
        return _merged(scene, _split(scene, groups))


def title(part: str) -> str:
    """A part of a path as people read it.

    >>> title("layers.0"), title("encoder"), title("sample 3")
    ('layer 0', 'encoder', 'sample 3')
    """
    name, _, index = part.partition(".")
    return f"{name.removesuffix('s')} {index}" if index else name


def _merged(scene: Scene, groups: Mapping[str, Group]) -> Scene:
    """One node for each group.

    Raises:
        CycleError: no order has operands before results.
    """
    members: dict[Group, list[SceneNode]] = {}
    constants = {}
    drawn = {}
    for node in scene.nodes:
        if node.role == "constant":
            constants[node.id] = node
        elif node.id in groups:
            members.setdefault(groups[node.id], []).append(node)
        else:
            drawn[node.id] = node
    ids = {group: f"g{number}" for number, group in enumerate(members)}
    shown = {id: ids[group] for id, group in groups.items()}
    taken = {node.name for node in drawn.values()}
    for group, inside in sorted(members.items(), key=lambda item: _rank(item[0])):
        drawn[ids[group]] = _group(ids[group], group[0], inside, shown, constants, taken)
    for id, node in drawn.items():
        if node.role != "group" and any(use.source in shown for use in node.uses):
            uses = [replace(use, source=shown.get(use.source, use.source)) for use in node.uses]
            drawn[id] = replace(node, uses=tuple(uses))
    arrows = {
        id: [use.source for use in node.uses if use.source not in constants]
        for id, node in drawn.items()
    }
    nodes: list[SceneNode] = []
    for id in TopologicalSorter(arrows).static_order():
        nodes += [constants[use.source] for use in drawn[id].uses if use.source in constants]
        nodes.append(drawn[id])
    visible = {value: id for value, id in scene.ids.items() if id in drawn}
    return replace(scene, nodes=tuple(nodes), ids=visible)


def _rank(group: Group) -> list[tuple[str, int]]:
    """Where a group stands among others: neuron 2 before neuron 10."""
    parts = (part.rpartition(".") for part in group[0])
    return [(name, int(index)) if index.isdecimal() else (index, 0) for name, _, index in parts]


def _group(
    id: str,
    path: Sequence[str],
    members: Sequence[SceneNode],
    shown: Mapping[str, str],
    constants: Mapping[str, SceneNode],
    taken: set[str],
) -> SceneNode:
    """One node for several."""
    counts: dict[str, int] = {}
    flows: dict[str, list[float]] = {}
    groups: set[str] = set()
    for member in members:
        for use in member.uses:
            source = shown.get(use.source, use.source)
            if source != id and source not in constants:
                counts[source] = counts.get(source, 0) + use.count
                if use.flow is not None:
                    flows.setdefault(source, []).append(use.flow)
                if use.source in shown:
                    groups.add(source)
    uses = []
    for source, count in counts.items():
        is_mean = count > 1 and source in groups
        uses.append(Use(source, None, _together(flows.get(source, ()), is_mean), count))
    full_title = ", ".join(map(title, path))
    name, copy = full_title, 2
    while name in taken:
        name, copy = f"{full_title} ({copy})", copy + 1
    taken.add(name)
    return SceneNode(
        id,
        "group",
        name,
        title(path[-1]),
        math.nan,
        _mean_magnitude(member.grad for member in members),
        uses=tuple(uses),
        path=tuple(path[:-1]),
        count=len(members),
    )


def _together(flows: Sequence[float], is_mean: bool) -> float | None:
    """What arrows from one node add to its gradient; from several numbers, their mean magnitude.

    Only what flows to one number can be added up: +5 to one and -5 to another is not nothing.
    """
    if is_mean or not flows:
        return _mean_magnitude(flows)
    total = 0.0
    for flow in flows:
        total += flow
    return total


def _mean_magnitude(gradients: Iterable[float | None]) -> float | None:
    """The mean of the absolute gradients that were computed; None if none was."""
    total, count = 0.0, 0
    for gradient in gradients:
        if gradient is not None:
            total += abs(gradient)
            count += 1
    return total / count if count else None


def _split(scene: Scene, groups: Mapping[str, Group]) -> dict[str, Group]:
    """Groups that are left and entered again, in as many parts as it takes.

    A result is deeper than its operands by one wherever an arrow enters another group. Depth never
    falls along an arrow and rises between groups, so groups of one depth each are in no circle;
    neither are leaves, which no arrow enters.
    """
    depths: dict[str, int] = {}
    split = {}
    for node in scene.nodes:
        group = groups.get(node.id)
        depth = 0 if node.uses else -1
        for use in node.uses:
            before = depths.get(use.source, -1)
            is_same = group is not None and groups.get(use.source) == group
            depth = max(depth, before if is_same or before < 0 else before + 1)
        depths[node.id] = depth
        if group is not None:
            split[node.id] = (group[0], depth)
    return split
