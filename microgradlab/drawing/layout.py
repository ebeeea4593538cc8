"""Where the nodes of a large scene are put, and what it would cost Graphviz to say. Floor 8."""

from __future__ import annotations

from microgradlab.drawing.scene import Scene

_COLUMN, _ROW = 160.0, 48.0  # points from value to value


def estimated_seconds(scene: Scene) -> float:
    """How long Graphviz' dot will take to lay out a scene, roughly."""
    levels = _levels(scene)
    length = 0
    for node in scene.nodes:
        for use in node.uses:
            length += levels[node.id] - levels[use.source]
    return 1e-4 * length


def positions(scene: Scene) -> dict[str, tuple[float, float]]:
    """The centre of each node in points, from left (leaves) to right (root), y upwards."""
    levels = _levels(scene)
    rows: dict[int, int] = {}
    placed = {}
    for node in scene.nodes:
        level = levels[node.id]
        row = rows[level] = rows.get(level, -1) + 1
        placed[node.id] = (level * _COLUMN, -row * _ROW)
    return placed


def _levels(scene: Scene) -> dict[str, int]:
    levels: dict[str, int] = {}
    for node in scene.nodes:
        levels[node.id] = 1 + max((levels[use.source] for use in node.uses), default=-1)
    return levels
