"""microgradlab: the model of Values, compiled."""

from __future__ import annotations

from typing import ClassVar

import numpy as np

import microgradlab as mg
from benchmarks.problem import Layers, Problem, as_layers
from microgradlab.compiler.build import rule_kernel, training_kernel
from microgradlab.compiler.kernel import Kernel
from microgradlab.compiler.native import NativeTraining


def kernel(problem: Problem, model: mg.MLP) -> Kernel:
    """The loss of a sample and its gradients: recorded, differentiated, and its loops found."""
    return training_kernel(model, loss(problem), samples(problem), model.parameters())


def loss(problem: Problem) -> mg.losses.Loss:
    """The problem's loss."""
    return mg.losses.loss_by_name("binary_cross_entropy" if problem.is_binary else problem.loss)


def samples(problem: Problem) -> list[tuple[list[float], float | list[float]]]:
    """Two samples to record; one output has a number as target, several have a list."""
    features, targets = problem.features()[:2].tolist(), problem.targets()[:2].tolist()
    if problem.sizes[-1] == 1:
        targets = [target for (target,) in targets]
    return list(zip(features, targets, strict=True))


class EpochACall:
    """Many updates in one call of the native loop, in strict mode."""

    fast: ClassVar[bool] = False

    def __init__(self, problem: Problem, threads: int = 1) -> None:
        self.problem = problem
        model = problem.model()
        parameters = model.parameters()
        self.rows = np.column_stack([problem.features(), problem.targets()])
        self.native = NativeTraining(
            kernel(problem, model),
            rule_kernel(mg.optim.SGD(parameters, lr=problem.lr)),
            updated=len(parameters),
            threads=threads,
            fast=self.fast,
        )
        self.native.parameters[:] = [parameter.data for parameter in parameters]
        self._prepare(1)

    def _prepare(self, updates: int) -> None:
        """Sets up what a call needs: once for all calls with so many updates."""
        order = np.tile(np.arange(self.problem.batch), updates)
        self._batches = self.native.prepare(self.rows, order, self.problem.batch)
        self._scalars = np.full((updates, 1), self.problem.lr)

    def run(self, updates: int) -> float:
        """Makes so many updates; returns the cost before the last of them."""
        if self._batches.updates != updates:
            self._prepare(updates)
        return float(self.native.run(self._batches, self._scalars).costs[-1])

    def layers(self) -> Layers:
        """The weights and biases that it has come to."""
        return as_layers(self.problem.sizes, self.native.parameters)


class FastEpochACall(EpochACall):
    """The same with `fast=True`."""

    fast = True


class UpdateACall(EpochACall):
    """A call of the native loop for each update, in strict mode."""

    def run(self, updates: int) -> float:
        """Makes so many updates; returns the cost before the last of them."""
        for _ in range(updates):
            cost = super().run(1)
        return cost
