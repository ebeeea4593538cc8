"""Where everything stands in a large picture, and what it would cost Graphviz to say. Floor 8.

Graphviz' dot finds beautiful places for a few hundred nodes, but takes minutes for thousands, and
makes a tangle of layers in which every neuron takes from every other. For these there is a simple
layout: what is in a frame (a sample, a layer, a neuron) stands in columns, operands to the left of
results, and a frame is in its turn one piece in a column of the frame around it.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TypeAlias

from microgradlab.drawing.pictures.columns import Point, Size, arranged, levels_of
from microgradlab.drawing.scene import Scene, SceneNode
from microgradlab.errors import ArgumentError

Rectangle: TypeAlias = tuple[float, float, float, float]
Path: TypeAlias = tuple[str, ...]
_Piece: TypeAlias = str | Path
"""What stands in a frame: a node, by its id, or another frame."""

_MOST = 20_000  # nodes, constants included: a picture of some ten megabytes
_CHARACTER, _LINE = 6.0, 12.0  # points
_MARGIN, _TITLE = 10.0, 16.0  # around a frame's content, and for its title


@dataclass(frozen=True)
class Layout:
    """Where everything stands, in points, from left (leaves) to right (root), y upwards.

    Attributes:
        positions: the centre of each node, by its id.
        frames: left, bottom, right and top of the frame around each path.
    """

    positions: Mapping[str, Point]
    frames: Mapping[Path, Rectangle]


def estimated_seconds(scene: Scene) -> float:
    """How long Graphviz' dot takes to lay out a scene, within a factor of about three.

    Its time grows with the square of the arrows' total length in levels; and with the cube of the
    depth, which tells only for long chains. The factors are measured, for operations drawn as
    nodes of their own.
    """
    levels = levels_of({node.id: [use.source for use in node.uses] for node in scene.nodes})
    length = 0
    for node in scene.nodes:
        for use in node.uses:
            length += levels[node.id] - levels[use.source]
    depth = -min(levels.values(), default=0)
    return 6e-7 * length**2 + 4e-9 * depth**3


def is_dense(scene: Scene) -> bool:
    """Whether groups take from so many groups that straight arrows are clearer than curved ones."""
    groups = {node.id for node in scene.nodes if node.role == "group"}
    arrows = 0
    for node in scene.nodes:
        if node.id in groups:
            arrows += len(groups.intersection(use.source for use in node.uses))
    return arrows > 0 and arrows >= 1.5 * len(groups)


def layout_of(scene: Scene) -> Layout:
    """Places for everything, in time that grows with the size of the scene.

    Raises:
        ArgumentError: nobody could look at so many nodes.
    """
    if len(scene.nodes) > _MOST:
        raise ArgumentError(
            f"a picture of {len(scene.nodes):,} nodes cannot be looked at",
            hint='leave collapse at "auto", or show a part: depth=4, or focus=a Value',
        )
    before = _contents(scene)
    sizes: dict[_Piece, Size] = {node.id: _size(node) for node in scene.nodes}
    offsets: dict[_Piece, Point] = {}
    for path in sorted(before, key=len, reverse=True):  # what is inside decides how large it is
        inside = arranged(before[path], sizes)
        offsets.update(inside.centers)
        sizes[path] = (inside.width + 2 * _MARGIN, inside.height + 2 * _MARGIN + _TITLE)
    positions = {}
    frames: dict[Path, Rectangle] = {}
    centers: dict[Path, Point] = {(): (0.0, 0.0)}
    for path in sorted(before, key=len):
        x, y = centers[path]
        if path:
            width, height = sizes[path]
            frames[path] = (x - width / 2, y - height / 2, x + width / 2, y + height / 2)
            y -= _TITLE / 2
        for piece in before[path]:
            place = (x + offsets[piece][0], y + offsets[piece][1])
            if isinstance(piece, str):
                positions[piece] = place
            else:
                centers[piece] = place
    return Layout(positions, frames)


def _contents(scene: Scene) -> dict[Path, dict[_Piece, list[_Piece]]]:
    """The pieces of each frame; and of each piece, those in the frame that it takes from."""
    before: dict[Path, dict[_Piece, list[_Piece]]] = {(): {}}
    paths = {node.id: node.path for node in scene.nodes}
    for node in scene.nodes:
        for depth in range(len(node.path)):
            before[node.path[:depth]].setdefault(node.path[: depth + 1], [])
            before.setdefault(node.path[: depth + 1], {})
        before[node.path][node.id] = []
        for use in node.uses:
            path = paths[use.source]
            depth = _common(path, node.path)
            source = path[: depth + 1] if len(path) > depth else use.source
            target = node.path[: depth + 1] if len(node.path) > depth else node.id
            if source != target:
                before[path[:depth]][target].append(source)
    return before


def _common(one: Path, other: Path) -> int:
    """How many parts two paths have in common."""
    depth = 0
    for mine, theirs in zip(one, other, strict=False):
        if mine != theirs:
            break
        depth += 1
    return depth


def _size(node: SceneNode) -> Size:
    """About as wide and as high as it is drawn."""
    if node.role == "constant":
        return _CHARACTER * len(node.name) + 6.0, _LINE
    lines, characters = (3, 12) if node.label or node.op else (2, 12)
    if node.role == "group":
        lines, characters = (2, 9) if node.grad is None else (3, 17)
    characters = max(characters, len(node.label) + 3)
    return _CHARACTER * characters + 12.0, _LINE * lines + 8.0
