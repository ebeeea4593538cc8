"""CasADi: the loss of one sample as an SX graph, its gradient, mapped over the batch."""

from __future__ import annotations

import shutil
from tempfile import TemporaryDirectory
from typing import Any

import casadi as ca
import numpy as np

from benchmarks.peers import NotFeasibleError
from benchmarks.problem import Layers, Problem, as_layers

MOST_COMPILED = 10_000
"""Instructions that are compiled as C; gcc takes 5 s for 8,000 of them, and a minute for 35,000."""
MOST_INTERPRETED = 2 * 10**9
"""Instructions in an update that are interpreted: some seven seconds."""
_CHUNK = 100  # samples that are mapped at once: a gradient is kept for each of them


class Mapped:
    """Small graphs are compiled as C where there is a compiler, others run in CasADi's machine.

    Raises:
        NotFeasibleError: an update would take many seconds.
    """

    def __init__(self, problem: Problem) -> None:
        self.problem = problem
        # Columns are samples: CasADi's order in memory makes these the rows of NumPy.
        self.features, self.targets = problem.features(), problem.targets()
        layers = problem.layers()
        self.parameters = np.concatenate(
            [np.column_stack([weights, biases]).ravel() for weights, biases in layers]
        )
        self._updated, self._cost = np.empty_like(self.parameters), np.empty(1)
        self._buffer, self._evaluate = self._update().buffer()
        for place, array in enumerate((self.parameters, self.features, self.targets)):
            self._buffer.set_arg(place, array.data)
        for place, array in enumerate((self._updated, self._cost)):
            self._buffer.set_res(place, array.data)

    def run(self, updates: int) -> float:
        """Makes so many updates; returns the cost before the last of them."""
        for _ in range(updates):
            self._evaluate()
            self.parameters[:] = self._updated
        return float(self._cost[0])

    def layers(self) -> Layers:
        """The weights and biases that it has come to."""
        return as_layers(self.problem.sizes, self.parameters)

    def _update(self) -> Any:
        """The function (parameters, features, targets) -> (new parameters, cost)."""
        batch, of_sample = self.problem.batch, self._sample()
        if of_sample.n_instructions() * batch > MOST_INTERPRETED:
            raise NotFeasibleError
        chunk = min(_CHUNK, batch)
        if batch % chunk:
            raise NotFeasibleError
        mapped = of_sample.map("mapped", "serial", chunk, [0], [0])
        parameters = ca.MX.sym("parameters", self.parameters.size)
        features = ca.MX.sym("features", self.problem.sizes[0], batch)
        targets = ca.MX.sym("targets", self.problem.sizes[-1], batch)
        pieces = zip(ca.horzsplit(features, chunk), ca.horzsplit(targets, chunk), strict=True)
        totals = sum(mapped(parameters, *piece) for piece in pieces) / batch
        results = [parameters - self.problem.lr * totals[:-1], totals[-1]]
        arguments = [parameters, features, targets]
        if of_sample.n_instructions() > MOST_COMPILED or shutil.which("gcc") is None:
            return ca.Function("update", arguments, results)
        with TemporaryDirectory() as folder:
            return ca.Function("update", arguments, results, _as_c(folder))

    def _sample(self) -> Any:
        """The function (parameters, features, target) -> gradient and loss of one sample."""
        parameters = ca.SX.sym("parameters", self.parameters.size)
        features = numbers = ca.SX.sym("features", self.problem.sizes[0])
        target = ca.SX.sym("target", self.problem.sizes[-1])
        first, last = 0, len(self.problem.sizes) - 2
        for layer, outputs in enumerate(self.problem.sizes[1:]):
            inputs = numbers.numel()
            behind = first + outputs * (inputs + 1)
            neurons = ca.reshape(parameters[first:behind], inputs + 1, outputs).T
            numbers, first = neurons[:, :-1] @ numbers + neurons[:, -1], behind
            if layer < last:
                relu = self.problem.activation == "relu"
                numbers = ca.fmax(numbers, 0.0) if relu else ca.tanh(numbers)
        loss = self._loss(numbers, target)
        result = ca.vertcat(ca.gradient(loss, parameters), loss)
        return ca.Function("sample", [parameters, features, target], [result])

    def _loss(self, outputs: Any, target: Any) -> Any:
        if self.problem.loss == "squared_error":
            return ca.sumsqr(outputs - target) / outputs.numel()
        if self.problem.is_binary:
            return ca.log1p(ca.exp(-ca.fabs(outputs))) + ca.fmax(outputs, 0.0) - target * outputs
        return ca.logsumexp(outputs) - ca.dot(target, outputs)


def _as_c(folder: str) -> dict[str, Any]:
    """Options by which CasADi compiles a function; its files go into a folder."""
    return {
        "jit": True,
        "compiler": "shell",
        "jit_cleanup": False,
        "jit_options": {
            "cleanup": False,
            "directory": f"{folder}/",
            "flags": ["-O3", "-march=native"],
        },
    }
