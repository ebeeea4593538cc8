"""PyTorch eager: plain tensors, autograd, and an update of all parameters in one call."""

from __future__ import annotations

import torch
from torch.nn import functional as f

from benchmarks.problem import Layers, Problem


class Eager:
    """The way with the least overhead: no modules, no optimizer object."""

    def __init__(self, problem: Problem) -> None:
        self.problem = problem
        self.activation = torch.relu if problem.activation == "relu" else torch.tanh
        self.features = torch.from_numpy(problem.features())
        targets = problem.targets()
        if problem.loss == "squared_error":
            self.loss = f.mse_loss
        elif problem.is_binary:
            self.loss = f.binary_cross_entropy_with_logits
        else:
            self.loss = f.cross_entropy
            targets = targets.argmax(axis=1)  # classes by number are its faster way
        self.targets = torch.from_numpy(targets)
        self.parameters = [
            torch.from_numpy(numbers).requires_grad_()
            for layer in problem.layers()
            for numbers in layer
        ]

    def run(self, updates: int) -> float:
        """Makes so many updates; returns the cost before the last of them."""
        for _ in range(updates):
            cost = self.loss(self._predictions(), self.targets)
            gradients = torch.autograd.grad(cost, self.parameters)
            with torch.no_grad():
                torch._foreach_add_(self.parameters, gradients, alpha=-self.problem.lr)
        return float(cost.detach())

    def layers(self) -> Layers:
        """The weights and biases that it has come to."""
        arrays = [parameter.detach().numpy().copy() for parameter in self.parameters]
        return list(zip(arrays[::2], arrays[1::2], strict=True))

    def _predictions(self) -> torch.Tensor:
        numbers, parameters = self.features, self.parameters
        for place in range(0, len(parameters), 2):
            numbers = f.linear(numbers, parameters[place], parameters[place + 1])
            if place + 2 < len(parameters):
                numbers = self.activation(numbers)
        return numbers
