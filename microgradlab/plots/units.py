"""What single neurons put out for each sample, and how steep their activations are there."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from microgradlab.errors import ArgumentError
from microgradlab.functions import dot
from microgradlab.metrics import Samples
from microgradlab.module import Module
from microgradlab.nn import Layer
from microgradlab.value import Value

FLAT = 0.01
"""An activation less steep than this passes on next to no gradient."""


@dataclass(frozen=True, slots=True)
class Unit:
    """A neuron on a set of samples.

    Attributes:
        name: such as "layers.0.neurons.3".
        activation: its name.
        outputs: one per sample.
        slopes: the derivative of the activation there, one per sample.
    """

    name: str
    activation: str
    outputs: list[float]
    slopes: list[float]

    @property
    def is_finite(self) -> bool:
        """Whether it puts out neither nan nor an infinity."""
        return all(map(math.isfinite, self.outputs))

    @property
    def is_dead(self) -> bool:
        """Whether no sample sends a gradient to its weights."""
        return not any(self.slopes)

    @property
    def flat_share(self) -> float:
        """The share of samples where its activation is flat: relu's zeros, tanh's ends."""
        return len([slope for slope in self.slopes if abs(slope) < FLAT]) / len(self.slopes)

    @property
    def is_smooth(self) -> bool:
        """Whether its slopes shrink little by little, as tanh's do, and relu's do not."""
        return any(0.0 < abs(slope) < FLAT for slope in self.slopes)


def units(model: Module, data: Samples) -> dict[str, list[Unit]]:
    """The neurons of each layer, on all samples.

    Args:
        model: an `MLP`, or another module whose `layers` are `Layer`s that follow each other.
        data: samples (features, target); the targets do not matter.

    Raises:
        ArgumentError: the model is not made of such layers, or there are no samples.

    >>> from microgradlab.nn import MLP
    >>> found = units(MLP(2, [3, 1], seed=0), [([0.5, 1.0], 0), ([-0.5, 1.0], 1)])
    >>> [(layer, len(neurons)) for layer, neurons in found.items()]
    [('layers.0', 3), ('layers.1', 1)]
    """
    layers = getattr(model, "layers", None)
    if not isinstance(layers, list) or not all(isinstance(layer, Layer) for layer in layers):
        raise ArgumentError(
            f"{type(model).__name__} is not made of layers of neurons",
            hint="give an MLP, or a module whose attribute `layers` is a list of Layers",
        )
    found: dict[str, list[Unit]] = {}
    inputs: list[list[float]] = [list(features) for features, _ in data]
    if not inputs:
        raise ArgumentError("there are no samples to run the model on", hint="give at least one")
    for index, layer in enumerate(layers):
        name = f"layers.{index}"
        found[name] = [
            _unit(f"{name}.neurons.{number}", layer.activation_name, neuron, inputs)
            for number, neuron in enumerate(layer.neurons)
        ]
        inputs = [list(row) for row in zip(*(unit.outputs for unit in found[name]), strict=True)]
    return found


def _unit(name: str, activation: str, neuron: Any, inputs: list[list[float]]) -> Unit:
    weights = [weight.data for weight in neuron.weights]
    sums = [dot(weights, row, start=neuron.bias.data) for row in inputs]
    pairs = [_output_and_slope(neuron.activation, total) for total in sums]
    return Unit(name, activation, [pair[0] for pair in pairs], [pair[1] for pair in pairs])


def _output_and_slope(activation: Callable[[Any], Any], number: float) -> tuple[float, float]:
    x = Value(number)
    output = activation(x)
    if not isinstance(output, Value):  # a function may be constant
        return float(output), 0.0
    output.backward()
    return output.data, float(x.grad)
