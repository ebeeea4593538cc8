"""The graphs of a few samples' losses, with their numbers at each recorded epoch. Floor 8.

A graph is laid out and explained once; samples whose graphs differ in nothing but inputs share it.
In a page the parameters move with the epochs, and all other numbers are computed from them there.
Of a graph that is cut for its size, the results that were cut off are computed here.
"""

from __future__ import annotations

import json
import struct
from base64 import b64encode
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from microgradlab.data import Dataset
from microgradlab.drawing.numerals import numeral
from microgradlab.drawing.report.predictions import Units
from microgradlab.drawing.stepper.explanation import LIMIT, Explanation, explain
from microgradlab.engine import topological_order
from microgradlab.errors import ArgumentError
from microgradlab.ieee import FLOATS
from microgradlab.javascript import keys, operations
from microgradlab.losses import Loss
from microgradlab.metrics import predicted_class
from microgradlab.module import Module
from microgradlab.ops import Op
from microgradlab.recording import Recording
from microgradlab.replay import replay
from microgradlab.value import Value

_CUT = 250  # numbers nearest to the loss, of a graph that does not fit into a page
_BUDGET = 2_500_000  # characters that the graphs may take in a page


@dataclass(frozen=True)
class Sample:
    """A sample, ready to be put into its graph.

    Attributes:
        title: what it is, for a list to choose from.
        features: in the units that a reader knows.
        graph: the place of its graph.
        givens: its inputs, by their ids in the graph.
        ids: of the numbers that move from epoch to epoch.
        numbers: these numbers for each frame, as 64-bit floats in base64.
    """

    title: str
    features: Sequence[float]
    graph: int
    givens: dict[str, float]
    ids: list[str]
    numbers: list[str]


@dataclass(frozen=True)
class SampleGraphs:
    """Samples and their graphs.

    Attributes:
        graphs: what the stepper takes, as from `Explanation.to_dict`.
        samples: the first is shown first.
        ops: the operations in the graphs, with what these call them.
    """

    graphs: list[dict[str, Any]] = field(default_factory=list)
    samples: list[Sample] = field(default_factory=list)
    ops: Mapping[Op, str] = field(default_factory=dict)

    @property
    def operations(self) -> str:
        """The operations as JavaScript."""
        return operations(self.ops)


def sample_graphs(
    model: Module,
    data: Dataset,
    loss: Loss,
    recording: Recording,
    units: Units,
    chosen: int | None = None,
) -> SampleGraphs:
    """The graphs of a few samples: one of each class, and the one with the highest loss.

    As many as fit into a page, the first of them in any case.

    Args:
        model: with the parameters that the graphs are explained with.
        data: the samples, standardised.
        loss: of one sample.
        recording: the parameters by epoch.
        units: those that a reader knows.
        chosen: a sample that comes first.

    Raises:
        ArgumentError: there is no such sample.
    """
    graphs = _Graphs()
    samples: list[Sample] = []
    for index, title in _titles(model, data, loss, units, chosen).items():
        root = loss_of_sample(model, data, loss, index)
        explanation = explain(root, model, limit=LIMIT)
        is_cut = any(node.role == "cut" for node in explanation.scene.nodes)
        place = None if is_cut else graphs.place(explanation)
        if place is None:
            explanation = explain(root, model, limit=_CUT)
            place = graphs.place(explanation, is_needed=not samples)
        if place is None:
            break
        inputs = {node.id: node.data for node in explanation.scene.nodes if node.role == "input"}
        features = list(units.features.undo(data.features[index]))
        ids, numbers = _moving(root, explanation, model, recording)
        samples.append(Sample(title, features, place, inputs, ids, numbers))
    return SampleGraphs(graphs.graphs, samples, graphs.ops)


class _Graphs:
    """Graphs for a page, as many as fit into it."""

    def __init__(self) -> None:
        self.graphs: list[dict[str, Any]] = []
        self.ops: dict[Op, str] = {}
        self._places: dict[Any, int] = {}
        self._size = 0

    def place(self, explanation: Explanation, *, is_needed: bool = False) -> int | None:
        """The place of a graph among the others; None if it is not needed and does not fit."""
        shape = _shape(explanation)
        if shape not in self._places:
            own = [node.op for node in explanation.scene.nodes if node.op is not None]
            ops = keys([*self.ops, *own])  # those that have a key keep it
            graph = explanation.to_dict(keys=ops)
            size = self._size + len(json.dumps(graph))
            if size > _BUDGET and not is_needed:
                return None
            self._places[shape] = len(self.graphs)
            self.graphs.append(graph)
            self.ops, self._size = ops, size
        return self._places[shape]


def loss_of_sample(model: Module, data: Dataset, loss: Loss, index: int) -> Value:
    """The loss of a sample, with its graph, in which the inputs have the features' names.

    The gradients of the model are forgotten: those of a training are not this loss's.
    """
    model.zero_grad()
    features, target = data[index]
    inputs = [Value(x, label=name) for x, name in zip(features, data.feature_names, strict=True)]
    root: Value = loss(model(inputs), target)
    root.label = "loss"
    return root


def _titles(
    model: Module, data: Dataset, loss: Loss, units: Units, chosen: int | None
) -> dict[int, str]:
    """The samples to show, by their index, with what is to be said of each."""
    if chosen is not None and chosen not in range(len(data)):
        raise ArgumentError(
            f"there is no sample {chosen} in the training part",
            hint=f"its samples are numbered from 0 to {len(data) - 1}",
        )
    outputs = [model.predict(features) for features in data.features]
    losses = [
        float(loss(output, target)) for output, target in zip(outputs, data.targets, strict=True)
    ]
    worst = max(range(len(data)), key=losses.__getitem__)
    first: dict[float, int] = {}  # of each class, one that is classified rightly
    for index, target in enumerate(data.targets):
        if data.classes is None:
            first.setdefault(0.0, index)
        elif predicted_class(outputs[index]) == target:
            first.setdefault(target, index)
    right = [first[kind] for kind in sorted(first)]
    titles = {}
    for place in (*([] if chosen is None else [chosen]), *right[:1], worst, *right[1:]):
        wanted, said = _wanted_and_said(outputs[place], data.targets[place], data, units)
        remarks = [said, "the highest loss"] if place == worst else [said]
        kept = ", ".join(filter(None, remarks))
        titles[place] = f"sample {place}: wanted {wanted}"
        titles[place] += f" (in the kept epoch: {kept})" if kept else ""
    return titles


def _wanted_and_said(output: Any, target: float, data: Dataset, units: Units) -> tuple[str, str]:
    """A target, and what was predicted in its place; of a class, only if it is another."""
    if data.classes is None:
        wanted, predicted = (numeral(units.target(z)) for z in (target, float(output)))
        return wanted, f"predicted {predicted}"
    wanted, said = data.classes[int(target)], data.classes[predicted_class(output)]
    return wanted, "" if said == wanted else f"taken for {said}"


def _shape(explanation: Explanation) -> Any:
    """All of a graph but the numbers of its inputs and results."""
    return tuple(
        (
            node.id,
            node.role,
            node.name,
            node.op,
            tuple(use.source for use in node.uses),
            node.data if node.role == "constant" else None,
        )
        for node in explanation.scene.nodes
    )


def _moving(
    root: Value, explanation: Explanation, model: Module, recording: Recording
) -> tuple[list[str], list[str]]:
    """The ids of parameters and of results that were cut off, and their numbers for each frame."""
    scene = explanation.scene
    moving = {
        id: node for node, id in scene.ids.items() if scene.by_id[id].role in ("parameter", "cut")
    }
    order = topological_order(root)
    frames = []
    for epoch in recording.frames:
        with recording.at(epoch, model):
            numbers = replay(order, FLOATS, {})
        frames.append(struct.pack(f"<{len(moving)}d", *(numbers[node] for node in moving.values())))
    return list(moving), [b64encode(frame).decode("ascii") for frame in frames]
