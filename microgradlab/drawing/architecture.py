"""A model as a scene: what it is made of, before any number flows through it. Floor 8."""

from __future__ import annotations

from microgradlab.checks import whole
from microgradlab.drawing.scene import Scene, SceneNode
from microgradlab.module import Module


def architecture(module: Module, *, limit: int = 300) -> Scene:
    """The architecture of a model.

    Args:
        module: an MLP shows its neurons and weights; of any other model the parts are shown.
        limit: at most this many nodes; wide layers are shortened.
    """
    whole("limit", limit)
    nodes = tuple(
        SceneNode(f"p{number}", "parameter", name, name, parameter.data, None)
        for number, (name, parameter) in enumerate(module.named_parameters())
    )
    return Scene(nodes[:limit])
