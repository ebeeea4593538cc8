"""What all peers train: a network, a loss and a batch; and what each of them has to offer."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import pairwise
from typing import Any, Protocol, TypeAlias

import numpy as np
from numpy.typing import NDArray

import microgradlab as mg

Numbers: TypeAlias = NDArray[np.float64]
Layers: TypeAlias = list[tuple[Numbers, Numbers]]
"""Weights (outputs x inputs) and biases (outputs) of each layer."""


@dataclass(frozen=True)
class Problem:
    """Batch gradient descent on random data.

    Attributes:
        sizes: the inputs, then the neurons of each layer.
        batch: the number of samples; all of them are in each update.
        activation: of the hidden layers, "relu" or "tanh".
        loss: "squared_error", or "cross_entropy" from logits, which is binary for one output.
        lr: the learning rate of plain SGD.
    """

    sizes: tuple[int, ...]
    batch: int
    activation: str = "relu"
    loss: str = "squared_error"
    lr: float = 0.01

    @property
    def net(self) -> str:
        """The sizes as one writes them.

        >>> Problem((2, 16, 16, 1), batch=100).net
        '2-16-16-1'
        """
        return "-".join(map(str, self.sizes))

    @property
    def is_binary(self) -> bool:
        """Whether the cross-entropy is that of one output."""
        return self.loss == "cross_entropy" and self.sizes[-1] == 1

    def model(self) -> mg.MLP:
        """The network with its first weights."""
        inputs, *sizes = self.sizes
        return mg.MLP(inputs, sizes, activation=self.activation, seed=0)

    def layers(self) -> Layers:
        """The first weights as arrays."""
        return as_layers(self.sizes, [parameter.data for parameter in self.model().parameters()])

    def features(self) -> Numbers:
        """The inputs, samples x inputs."""
        return np.random.default_rng(0).standard_normal((self.batch, self.sizes[0]))

    def targets(self) -> Numbers:
        """The targets, samples x outputs: numbers, zeros and ones, or one-hot rows."""
        rng, outputs = np.random.default_rng(1), self.sizes[-1]
        if self.loss == "squared_error":
            return rng.standard_normal((self.batch, outputs))
        classes = rng.integers(max(outputs, 2), size=self.batch)
        return np.eye(outputs)[classes] if outputs > 1 else classes[:, None].astype(np.float64)


def as_layers(sizes: tuple[int, ...], parameters: Any) -> Layers:
    """Arrays from the parameters of an MLP: neuron by neuron its weights, then its bias."""
    numbers, layers = np.asarray(parameters, np.float64), []
    for inputs, outputs in pairwise(sizes):
        rows, numbers = np.split(numbers, [outputs * (inputs + 1)])
        neurons = rows.reshape(outputs, inputs + 1)
        layers.append((neurons[:, :-1].copy(), neurons[:, -1].copy()))
    return layers


class Training(Protocol):
    """A problem in the hands of one peer; made with the problem as its only argument."""

    def run(self, updates: int) -> float:
        """Makes so many updates; returns the cost before the last of them."""

    def layers(self) -> Layers:
        """The weights and biases that it has come to, as copies."""
