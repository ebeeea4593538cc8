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
        return only(scene, _distances(scene.center.id, partial(_operands, scene), depth))
    center = _found(scene, focus)
    depth = _FOCUS_DEPTH if depth is None else depth
    operands = partial(_operands, scene)
    kept = set(_distances(center, operands, depth))
    for above in _distances(center, _users(scene).__getitem__, depth):
        kept.add(above)
        if above != center:
            kept.update(operands(above))
    return replace(only(scene, kept), focus=center)


def nearest(scene: Scene, limit: int) -> Scene:
    """At most this many nodes, the nearest to the centre; constants are not counted.

    What the centre flows into comes with all its operands, or, where they do not fit, not at all.
    """
    center = scene.center.id
    users = _users(scene) if scene.focus else {center: []}  # nothing takes from the root
    kept, above = {center}, {center}
    queue = deque([center])
    while queue and len(kept) < limit:
        here = queue.popleft()
        for operand in _operands(scene, here):
            if operand not in kept and len(kept) < limit:
                kept.add(operand)
                queue.append(operand)
        for user in users[here] if here in above else ():
            is_group = scene.by_id[user].role == "group"  # which can lack operands
            needed = [user] if is_group else [user, *_operands(scene, user)]
            new = dict.fromkeys(id for id in needed if id not in kept)
            if user not in above and len(kept) + len(new) <= limit:
                above.add(user)
                kept.update(new)
                queue.extend({user: None} | new)
    return only(scene, kept)


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
    return replace(scene, nodes=tuple(nodes), ids=ids)


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


def _users(scene: Scene) -> dict[str, list[str]]:
    """What each node flows into, once for each of its uses."""
    users: dict[str, list[str]] = {node.id: [] for node in scene.nodes}
    for node in scene.nodes:
        for source in _operands(scene, node.id):
            users[source].append(node.id)
    return users


def _distances(
    start: str, neighbours: Callable[[str], Iterable[str]], depth: int | None
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
