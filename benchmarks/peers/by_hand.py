"""NumPy by hand: the backward pass written out, features x samples, into buffers made once."""

from __future__ import annotations

from typing import Any

import numpy as np

from benchmarks.problem import Layers, Numbers, Problem


class ByHand:
    """Forward and backward pass as one writes them for a network of dense layers."""

    def __init__(self, problem: Problem) -> None:
        self.problem = problem
        self.features = np.ascontiguousarray(problem.features().T)
        self.targets = np.ascontiguousarray(problem.targets().T)
        self.weights = [weights for weights, _ in problem.layers()]
        self.biases = [biases[:, None] for _, biases in problem.layers()]
        shapes = [(outputs, problem.batch) for outputs in problem.sizes[1:]]
        self.activations = [np.empty(shape) for shape in shapes]
        self.adjoints = [np.empty(shape) for shape in shapes]
        self.active = [np.empty(shape, np.bool_) for shape in shapes]
        self.gradients = [np.empty_like(weights) for weights in self.weights]

    def run(self, updates: int) -> float:
        """Makes so many updates; returns the cost before the last of them."""
        for _ in range(updates):
            self._forward()
            cost = self._loss(self.activations[-1], self.adjoints[-1])
            self._backward()
        return cost

    def layers(self) -> Layers:
        """The weights and biases that it has come to."""
        pairs = zip(self.weights, self.biases, strict=True)
        return [(weights.copy(), biases[:, 0].copy()) for weights, biases in pairs]

    def _forward(self) -> None:
        inputs, last = self.features, len(self.weights) - 1
        for layer, outputs in enumerate(self.activations):
            np.matmul(self.weights[layer], inputs, out=outputs)
            outputs += self.biases[layer]
            if layer < last and self.problem.activation == "relu":
                np.maximum(outputs, 0.0, out=outputs)
            elif layer < last:
                np.tanh(outputs, out=outputs)
            inputs = outputs

    def _loss(self, outputs: Numbers, adjoints: Numbers) -> float:
        """The cost; writes its derivatives by the outputs."""
        samples, targets = self.problem.batch, self.targets
        if self.problem.loss == "squared_error":
            np.subtract(outputs, targets, out=adjoints)
            cost = np.vdot(adjoints, adjoints) / adjoints.size
            adjoints *= 2.0 / adjoints.size
        elif self.problem.is_binary:
            decayed = np.exp(-np.abs(outputs))
            cost = np.mean(np.maximum(outputs, 0.0) - outputs * targets + np.log1p(decayed))
            np.divide(np.where(outputs >= 0.0, 1.0, decayed), 1.0 + decayed, out=adjoints)
            adjoints -= targets
            adjoints /= samples
        else:
            shifted = outputs - outputs.max(axis=0)
            np.exp(shifted, out=adjoints)
            totals = adjoints.sum(axis=0)
            cost = (np.log(totals).sum() - np.vdot(targets, shifted)) / samples
            adjoints /= totals
            adjoints -= targets
            adjoints /= samples
        return float(cost)

    def _backward(self) -> None:
        """Derivatives by the weights, layer by layer; each layer is updated once it was used."""
        for layer in reversed(range(len(self.weights))):
            adjoints, gradients = self.adjoints[layer], self.gradients[layer]
            inputs = self.activations[layer - 1] if layer else self.features
            np.matmul(adjoints, inputs.T, out=gradients)
            of_biases = adjoints.sum(axis=1, keepdims=True)
            if layer:
                below = self.adjoints[layer - 1]
                np.matmul(self.weights[layer].T, adjoints, out=below)
                self._through_activation(below, inputs, self.active[layer - 1])
            gradients *= self.problem.lr
            of_biases *= self.problem.lr
            self.weights[layer] -= gradients
            self.biases[layer] -= of_biases

    def _through_activation(self, adjoints: Numbers, outputs: Numbers, active: Any) -> None:
        if self.problem.activation == "relu":
            adjoints *= np.greater(outputs, 0.0, out=active)
        else:
            np.multiply(outputs, outputs, out=outputs)  # nobody needs them any more
            np.subtract(1.0, outputs, out=outputs)
            adjoints *= outputs
