"""Large graphs made small: groups drawn as one, a part instead of the whole. Floor 8."""

from __future__ import annotations

from typing import Literal, TypeAlias, get_args

from microgradlab.checks import whole
from microgradlab.drawing.excerpt import nearest, within
from microgradlab.drawing.scene import Scene
from microgradlab.engine import Node
from microgradlab.errors import unknown_name

Collapse: TypeAlias = Literal["auto", "none", "sample", "neuron", "layer"]
"""What is drawn as one. Each name includes those before it: `sample` all samples but the first,
`neuron` also each neuron, `layer` each layer; `auto` no more than is needed."""


def reduced(
    scene: Scene,
    *,
    limit: int = 300,
    collapse: Collapse = "auto",
    depth: int | None = None,
    focus: Node | str | None = None,
) -> Scene:
    """A scene that is small enough to be looked at.

    Args:
        scene: of any size.
        limit: at most this many nodes (constants apart), unless `collapse` is "none".
        collapse: what is drawn as one: "none", "sample" (all samples but the first), "neuron",
            "layer", or "auto": no more than the limit asks for.
        depth: only nodes at most this many arrows from the root, or from the focus.
        focus: a Value of the graph, or its name: what it is made of and what it flows into.

    Raises:
        ArgumentError: an option is unknown, or the focus is not in the graph.
    """
    whole("limit", limit)
    if collapse not in get_args(Collapse):
        raise unknown_name("collapse", collapse, get_args(Collapse))
    part = within(scene, depth, focus)
    return part if collapse == "none" else nearest(part, limit)


def title(part: str) -> str:
    """A part of a path as people read it.

    >>> title("layers.0"), title("encoder"), title("sample 3")
    ('layer 0', 'encoder', 'sample 3')
    """
    name, _, index = part.partition(".")
    if not index:
        return name
    return f"{name.removesuffix('s')} {index}"
