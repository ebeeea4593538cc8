"""A model as a scene: what it is made of, before any number flows through it. Floor 8."""

from __future__ import annotations

import math
from collections.abc import Sequence
from itertools import pairwise

from microgradlab.checks import whole
from microgradlab.drawing.grouping.collapse import Group, collapsed
from microgradlab.drawing.numerals import numeral
from microgradlab.drawing.scene import Scene, SceneNode, Use, split_name
from microgradlab.engine import NOT_COMPUTED
from microgradlab.errors import ArgumentError
from microgradlab.module import Module
from microgradlab.nn import MLP, Layer, Neuron
from microgradlab.text import counted

_WIDTHS = (64, 32, 16, 8, 4, 2, 1)  # how much of a layer is shown
_ARROWS = 2  # times the limit: more arrows than this nobody can follow


def architecture(module: Module, *, limit: int = 300) -> Scene:
    """The architecture of a model.

    Args:
        module: of an MLP, a Layer or a Neuron, the inputs, neurons and weights are shown: an
            arrow's `partial` is its weight. Of another model, whose `__call__` says how its parts
            are connected, the parts alone are shown, with the number of their parameters.
        limit: at most about this many nodes: wide layers are shortened, small parts drawn as one.

    Returns:
        A neuron or a part is a group that counts its parameters.

    Raises:
        ArgumentError: the model has no parameters.

    >>> [node.label for node in architecture(MLP(2, [1], output="tanh")).nodes]
    ['input 0', 'input 1', 'neuron 0, bias 0.0']
    """
    whole("limit", limit)
    if not module.parameters():
        raise ArgumentError(f"{type(module).__name__} has no parameters to draw")
    if isinstance(module, MLP):
        return _network(module.inputs, [layer.neurons for layer in module.layers], limit)
    if isinstance(module, Layer):
        return _network(module.inputs, [module.neurons], limit)
    if isinstance(module, Neuron):
        return _network(len(module.weights), [[module]], limit)
    return _parts(module, limit)


def _network(inputs: int, layers: Sequence[Sequence[Neuron]], limit: int) -> Scene:
    """Inputs and neurons, with an arrow for each weight."""
    sizes = [inputs, *map(len, layers)]
    most = next(width for width in _WIDTHS if width == 1 or _fits(sizes, width, limit))
    before = _slices(inputs, most)
    nodes = [
        _group(f"x{number}", _label("input", slice), len(slice), ("inputs",))
        for number, slice in enumerate(before)
    ]
    column = list(nodes)
    for layer, neurons in enumerate(layers):
        path = (f"layer {layer}, {getattr(neurons[0].activation, '__name__', 'custom')}",)
        sources = [(node.id, slice) for node, slice in zip(column, before, strict=True)]
        before = _slices(len(neurons), most)
        column = []
        for number, slice in enumerate(before):
            neuron = neurons[slice[0]]
            label = _label("neuron", slice)
            if len(slice) == 1:
                label += f", bias {numeral(neuron.bias.data)}"
            count = len(slice) * (len(neuron.weights) + 1)
            uses = tuple(_weight(neuron, source, taken, slice) for source, taken in sources)
            column.append(_group(f"n{layer}-{number}", label, count, path, uses))
        nodes += column
    return Scene(tuple(nodes))


def _fits(sizes: Sequence[int], most: int, limit: int) -> bool:
    """Whether a network with so much of each layer has few enough nodes and arrows."""
    shown = [min(size, most) for size in sizes]
    arrows = 0
    for before, after in pairwise(shown):
        arrows += before * after
    return sum(shown) <= limit and arrows <= _ARROWS * limit


def _slices(size: int, most: int) -> list[range]:
    """What is drawn as one node: each of a layer, or the first few, and the rest together."""
    alone = size if size <= most else most - 1
    slices = [range(index, index + 1) for index in range(alone)]
    return slices if alone == size else [*slices, range(alone, size)]


def _label(noun: str, slice: range) -> str:
    if len(slice) == 1:
        return f"{noun} {slice[0]}"
    return counted(len(slice), f"more {noun}" if slice[0] else noun)


def _weight(neuron: Neuron, source: str, taken: range, slice: range) -> Use:
    """The arrow from an input or a neuron; or the arrows from several or to several, as one."""
    count = len(taken) * len(slice)
    return Use(source, neuron.weights[taken[0]].data if count == 1 else None, None, count)


def _group(
    id: str, label: str, count: int, path: tuple[str, ...], uses: tuple[Use, ...] = ()
) -> SceneNode:
    name = ", ".join((*path, label))
    return SceneNode(id, "group", name, label, math.nan, None, None, uses, path, count)


def _parts(module: Module, limit: int) -> Scene:
    """The parts of a model that have parameters, as small as there is room for."""
    nodes = []
    groups: dict[str, Group] = {}
    for number, (name, parameter) in enumerate(module.named_parameters()):
        path, label = split_name(name)
        grad = None if parameter.grad is NOT_COMPUTED else float(parameter.grad)
        id = f"p{number}"
        nodes.append(SceneNode(id, "parameter", name, label, parameter.data, grad, path=path))
        listed = label.partition(".")[0] if "." in label else ""  # an entry of a list
        if path or listed:
            groups[id] = (path or (listed,), 0)
    scene = collapsed(Scene(tuple(nodes)), groups)
    while len(scene.nodes) > limit and any(len(path) > 1 for path, _ in groups.values()):
        groups = {id: (path[: max(1, len(path) - 1)], 0) for id, (path, _) in groups.items()}
        scene = collapsed(Scene(tuple(nodes)), groups)
    return scene
