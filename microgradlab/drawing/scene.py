"""A graph as plain data, ready to be drawn, stepped through and written as JSON. Floor 8.

A `Scene` is a snapshot: numbers, names and arrows, without the Values. Pictures, steppers and
reports are made from it; collapsing and focusing make a smaller Scene from a larger one.
"""

from __future__ import annotations

import math
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from functools import cached_property
from typing import Any, Literal, TypeAlias

from microgradlab.drawing.numerals import numeral
from microgradlab.engine import NOT_COMPUTED, Node, topological_order
from microgradlab.errors import ArgumentError
from microgradlab.module import Module
from microgradlab.ops import Op
from microgradlab.value import Value

Role: TypeAlias = Literal["input", "parameter", "constant", "hidden", "root", "group", "cut"]
"""What a node is: a leaf that is given, a leaf that is trained, a plain float, a result, the result
that all is about, a group of nodes drawn as one, or a result whose operands are left out."""

Named: TypeAlias = Module | Mapping[str, Value]

_PATH = re.compile(r"layers\.\d+\.neurons\.\d+\.(weights\.\d+|bias)")  # as MLP labels its own
_PART = re.compile(r"[^.\d][^.]*(?:\.\d+)*|\d+")  # a name with the indices that follow it


@dataclass(frozen=True, slots=True)
class Use:
    """An arrow: an operand, as one node uses it.

    Attributes:
        source: the operand's id.
        partial: the local derivative; None for a constant or a group.
        flow: what this use adds to the operand's gradient; None where nothing is computed; of
            several arrows from one group their mean magnitude, as they go to different numbers.
        count: how many arrows this one stands for.
    """

    source: str
    partial: float | None
    flow: float | None
    count: int = 1


@dataclass(frozen=True, slots=True)
class SceneNode:
    """A number of the graph, or a group of them.

    Attributes:
        id: unique in the scene, and the same whenever the same graph is recorded.
        role: what it is.
        name: unique in the scene, for sentences; v1, v2, ... where there is no label.
        label: the user's; of a parameter the part of its name that is not in `path`.
        data: the number; nan for a group.
        grad: the gradient; None where none was computed; of a group, the mean absolute one.
        op: the operation that made it.
        uses: its operands, x before y.
        path: the groups it belongs to, outermost first, such as ("layers.0", "neurons.3").
        count: how many numbers it stands for.
    """

    id: str
    role: Role
    name: str
    label: str
    data: float
    grad: float | None
    op: Op | None = None
    uses: tuple[Use, ...] = ()
    path: tuple[str, ...] = ()
    count: int = 1


@dataclass(frozen=True)
class Scene:
    """A graph as data.

    Attributes:
        nodes: operands before results; the root is the last, unless a focus leaves it out.
        ids: the id of each Value that the scene shows.
        focus: the id of the node that the scene is a part of the graph around; "" for the root.
    """

    nodes: tuple[SceneNode, ...]
    ids: Mapping[Node, str] = field(default_factory=dict, repr=False, compare=False)
    focus: str = ""

    @property
    def root(self) -> SceneNode:
        """The result of a scene without a focus."""
        return self.nodes[-1]

    @property
    def center(self) -> SceneNode:
        """What all is about: the node in focus, else the root."""
        return self.by_id[self.focus] if self.focus else self.root

    @cached_property
    def by_id(self) -> Mapping[str, SceneNode]:
        """The nodes by their ids."""
        return {node.id: node for node in self.nodes}


def scene_of(root: Node, model: Named | None = None) -> Scene:
    """The graph under a Value, with the gradients that its Values hold.

    Args:
        root: the result.
        model: a model, or a dict of Values by name: these are the parameters. Without it, leaves
            labelled just as MLP labels its own ("layers.0.neurons.3.weights.1", or "bias" at the
            end) are taken for parameters, and no others.

    Returns:
        Constants are nodes of their own, one for each use.

    >>> w, x = Value(2.0, label="w"), Value(3.0, label="x")
    >>> [(node.id, node.role, node.name) for node in scene_of(w * x + 1.0, {"w": w}).nodes][:3]
    [('v0', 'parameter', 'w'), ('v1', 'input', 'x'), ('v2', 'hidden', 'v1')]
    """
    order = topological_order(root)
    ids = {node: f"v{number}" for number, node in enumerate(order)}
    parameters = _parameters(order, model)
    names = _names(order, parameters)
    nodes: list[SceneNode] = []
    for node in order:
        full_name = parameters.get(node)
        path, label = split_name(full_name) if full_name else ((), node.label)
        role: Role = "hidden" if node.op else "parameter" if full_name is not None else "input"
        grad = None if node.grad is NOT_COMPUTED else float(node.grad)
        uses: list[Use] = []
        for column, operand, partial in (("x", node.x, node.dx), ("y", node.y, node.dy)):
            if operand is None:
                continue
            if isinstance(operand, Node):
                flow = None if grad is None or partial is None else grad * partial
                uses.append(Use(ids[operand], partial, flow))
            else:
                constant = f"{ids[node]}{column}"
                uses.append(Use(constant, None, None))
                number = numeral(operand)
                nodes.append(SceneNode(constant, "constant", number, "", operand, None))
        nodes.append(
            SceneNode(
                ids[node],
                "root" if node is root else role,
                names[node],
                label,
                node.data,
                grad,
                node.op,
                tuple(uses),
                path,
            )
        )
    return Scene(tuple(nodes), ids)


def backpropagated(scene: Scene) -> Scene:
    """The same scene with the gradients of its root, from zero; no Value is changed.

    >>> x = Value(3.0)
    >>> backpropagated(scene_of(x * x)).nodes[0].grad, x.grad
    (6.0, 0.0)
    """
    gradients: dict[str, float] = {node.id: 0.0 for node in scene.nodes}
    gradients[scene.root.id] = 1.0
    flows: dict[str, tuple[Use, ...]] = {}
    for node in reversed(scene.nodes):
        uses = []
        for use in node.uses:
            flow = None if use.partial is None else gradients[node.id] * use.partial
            if flow is not None:
                gradients[use.source] += flow
            uses.append(replace(use, flow=flow))
        flows[node.id] = tuple(uses)
    nodes = [
        node
        if node.role == "constant"
        else replace(node, grad=gradients[node.id], uses=flows[node.id])
        for node in scene.nodes
    ]
    return replace(scene, nodes=tuple(nodes))


def foreign_gradients(scene: Scene) -> list[SceneNode]:
    """The leaves that hold more, or other, than their uses in this graph give them.

    So it is where backward() ran twice, or from another result, without zero_grad().

    >>> x = Value(3.0, label="x")
    >>> y = x * x
    >>> y.backward()
    >>> foreign_gradients(scene_of(y))
    []
    >>> y.backward()
    >>> [(leaf.name, leaf.grad) for leaf in foreign_gradients(scene_of(y))]
    [('x', 12.0)]
    """
    received: dict[str, float] = {}
    for node in reversed(scene.nodes):
        for use in node.uses:
            received[use.source] = received.get(use.source, 0.0) + (use.flow or 0.0)
    return [
        node
        for node in scene.nodes
        if node.role in ("input", "parameter")
        and node.grad is not None
        and math.isfinite(received[node.id])
        and not math.isclose(node.grad, received[node.id], rel_tol=1e-9)
    ]


def _parameters(order: Iterable[Node], model: Named | None) -> dict[Node, str]:
    """The names of the parameters in a graph."""
    if model is None:
        leaves = (node for node in order if node.op is None)
        return {leaf: leaf.label for leaf in leaves if _PATH.fullmatch(leaf.label)}
    named: Any = model
    if isinstance(model, Module):
        named = dict(model.named_parameters())
    if not isinstance(named, Mapping):
        raise ArgumentError(
            f"model is a {type(model).__name__}, not a model",
            hint='give the model, or a dict of its parameters, as in {"w": w, "b": b}',
        )
    return {parameter: name for name, parameter in named.items()}


def _names(order: Iterable[Node], parameters: Mapping[Node, str]) -> dict[Node, str]:
    """A name of its own for each node: its label, else v1, v2, ..."""
    given = {node: parameters.get(node) or node.label for node in order}
    taken = set(given.values())
    used: set[str] = set()
    names = {}
    number = 1
    for node, label in given.items():
        name = label
        if not label:
            while (name := f"v{number}") in taken or name in used:
                number += 1
        copy = 2
        while name in used:
            name = f"{label} ({copy})"
            copy += 1
        used.add(name)
        names[node] = name
    return names


def split_name(name: str) -> tuple[tuple[str, ...], str]:
    """A parameter's name as the groups it is in, and what is left.

    >>> split_name("layers.0.neurons.3.weights.1"), split_name("slope")
    ((('layers.0', 'neurons.3'), 'weights.1'), ((), 'slope'))
    """
    *path, last = _PART.findall(name) or [name]
    return tuple(path), last
