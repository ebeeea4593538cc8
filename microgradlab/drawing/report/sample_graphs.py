"""The graphs of a few samples' losses, with their numbers at each recorded epoch. Floor 8.

A graph is laid out and explained once; samples whose graphs differ in nothing but inputs share it.
In a page the parameters move with the epochs, and all other numbers are computed from them there.
Of a graph that is cut for its size, the results that were cut off are computed here.
"""

from __future__ import annotations

import json
import struct
from base64 import b64encode
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

from microgradlab.data import Dataset
from microgradlab.drawing.numerals import numeral
from microgradlab.drawing.report.predictions import Units
from microgradlab.drawing.stepper.explanation import Explanation, explain
from microgradlab.engine import topological_order
from microgradlab.errors import ArgumentError
from microgradlab.ieee import FLOATS
from microgradlab.javascript import operations
from microgradlab.losses import Loss
from microgradlab.metrics import predicted_class
from microgradlab.module import Module
from microgradlab.ops import Op
from microgradlab.recording import Recording
from microgradlab.replay import replay
from microgradlab.value import Value

_WHOLE = 400  # numbers; a larger graph is cut nearest to the loss, to so many:
_CUT = 250
_BUDGET = 2_000_000  # characters that the graphs may take in a page


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
        ops: the operations in the graphs.
    """

    graphs: list[dict[str, Any]] = field(default_factory=list)
    samples: list[Sample] = field(default_factory=list)
    ops: dict[str, Op] = field(default_factory=dict)

    @property
    def operations(self) -> str:
        """The operations as JavaScript."""
        return operations(self.ops.values())


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
    found = SampleGraphs()
    places: dict[Any, int] = {}
    size = 0
    for index, title in _titles(model, data, loss, units, chosen).items():
        root = _loss(model, data, loss, index)
        is_small = len(topological_order(root)) <= _WHOLE
        explanation = explain(root, model, limit=_WHOLE if is_small else _CUT)
        shape = _shape(explanation)
        if shape not in places:
            graph = explanation.to_dict()
            size += len(json.dumps(graph))
            if places and size > _BUDGET:
                break
            places[shape] = len(found.graphs)
            found.graphs.append(graph)
            found.ops.update({node.op.name: node.op for node in explanation.scene.nodes if node.op})
        inputs = {node.id: node.data for node in explanation.scene.nodes if node.role == "input"}
        features = list(units.features.undo(data.features[index]))
        ids, numbers = _moving(root, explanation, model, recording)
        found.samples.append(Sample(title, features, places[shape], inputs, ids, numbers))
    return found


def _loss(model: Module, data: Dataset, loss: Loss, index: int) -> Value:
    """The loss of a sample, with its graph."""
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
    return {
        index: _title(index, outputs[index], data, units)
        + (", the highest loss" if index == worst else "")
        for index in (chosen, *right[:1], worst, *right[1:])
        if index is not None
    }


def _title(index: int, output: Any, data: Dataset, units: Units) -> str:
    target = data.targets[index]
    if data.classes is None:
        wanted, predicted = (numeral(units.target(z)) for z in (target, float(output)))
        return f"sample {index}: wanted {wanted}, predicted {predicted}"
    wanted, said = data.classes[int(target)], data.classes[predicted_class(output)]
    return f"sample {index}: {wanted}" + ("" if said == wanted else f", taken for {said}")


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
