"""A part of a graph: near the root, around one node, or as much as there is room for. Floor 8."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Collection, Iterable
from dataclasses import replace
from functools import partial

from microgradlab.checks import whole
from microgradlab.drawing.scene import Scene, SceneNode
from microgradlab.engine import Node
from microgradlab.errors import ArgumentError

_FOCUS_DEPTH = 2


def within(scene: Scene, depth: int | None, focus: Node | str | None) -> Scene:
    """The nodes near the root; or near the focus, with what it flows into.

    Args:
        scene: the whole graph.
        depth: at most this many arrows away; without a focus None is everything, with one it is 2.
        focus: a Value of the graph, or a name.

    Returns:
        What the focus flows into is shown with all its operands, so that it can be understood.

    Raises:
        ArgumentError: the depth is not a whole number from 0 up, the focus is not in the graph.
    """
    if depth is not None:
        whole("depth", depth, least=0)
    if focus is None:
        if depth is None:
            return scene
        return only(scene, _distances(scene.root.id, partial(_operands, scene), depth))
    center = _found(scene, focus)
    depth = _FOCUS_DEPTH if depth is None else depth
    operands = partial(_operands, scene)
    users: dict[str, list[str]] = {node.id: [] for node in scene.nodes}
    for node in scene.nodes:
        for source in operands(node.id):
            users[source].append(node.id)
    kept = set(_distances(center, operands, depth))
    for above in _distances(center, users.__getitem__, depth):
        kept.add(above)
        if above != center:
            kept.update(operands(above))
    return only(scene, kept)


def nearest(scene: Scene, limit: int) -> Scene:
    """At most this many nodes, the nearest to the root; constants are not counted."""
    return only(scene, _distances(scene.root.id, partial(_operands, scene), limit=limit))


def only(scene: Scene, kept: Collection[str]) -> Scene:
    """These nodes with their constants; a result that lacks an operand is marked as cut off."""
    nodes: list[SceneNode] = []
    constants: dict[str, SceneNode] = {}
    for node in scene.nodes:
        if node.role == "constant":
            constants[node.id] = node
        elif node.id in kept:
            shown = _with_operands_among(node, kept, constants)
            nodes += [constants[use.source] for use in shown.uses if use.source in constants]
            nodes.append(shown)
    ids = {value: id for value, id in scene.ids.items() if id in kept}
    return Scene(tuple(nodes), ids)


def _with_operands_among(
    node: SceneNode, kept: Collection[str], constants: Collection[str]
) -> SceneNode:
    there = tuple(use for use in node.uses if use.source in kept or use.source in constants)
    if len(there) == len(node.uses):
        return node
    if node.role == "group":
        return replace(node, uses=there)
    return replace(node, uses=(), role=node.role if node.role == "root" else "cut")


def _operands(scene: Scene, id: str) -> list[str]:
    """The operands of a node, without constants."""
    sources = (use.source for use in scene.by_id[id].uses)
    return [source for source in sources if scene.by_id[source].role != "constant"]


def _distances(
    start: str,
    neighbours: Callable[[str], Iterable[str]],
    depth: int | None = None,
    limit: int | None = None,
) -> dict[str, int]:
    """The arrows from the start to each node that is near enough, breadth first."""
    distances = {start: 0}
    queue = deque([start])
    while queue:
        here = queue.popleft()
        if distances[here] == depth:
            break
        for neighbour in neighbours(here):
            if neighbour not in distances:
                if len(distances) == limit:
                    return distances
                distances[neighbour] = distances[here] + 1
                queue.append(neighbour)
    return distances


def _found(scene: Scene, focus: Node | str) -> str:
    """The id of the node in focus."""
    if isinstance(focus, Node):
        if focus in scene.ids:
            return scene.ids[focus]
        raise ArgumentError(
            f"the focus {focus!r} is not in this graph",
            hint="give a Value that the root was computed from, or its name",
        )
    names = {node.name: node.id for node in scene.nodes if node.role != "constant"}
    if focus in names:
        return names[focus]
    from difflib import get_close_matches  # costs milliseconds; only an error needs it

    near = get_close_matches(str(focus), names, n=1)
    raise ArgumentError(
        f"no value of this graph is called {focus!r}",
        hint=f"did you mean {near[0]!r}?" if near else "give a Value of the graph, or its label",
    )
