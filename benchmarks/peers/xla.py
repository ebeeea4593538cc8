"""JAX: the update compiled by XLA, called once for each, or a scan over many in one call."""

from __future__ import annotations

from functools import partial
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np

from benchmarks.problem import Layers, Problem

jax.config.update("jax_enable_x64", True)
jax.config.update("jax_cpu_enable_async_dispatch", False)  # one core has nothing to overlap


class Jit:
    """`jax.jit` of value_and_grad with the update; the parameters' buffers are donated."""

    def __init__(self, problem: Problem) -> None:
        self.problem = problem
        self.data = jnp.asarray(problem.features()), jnp.asarray(problem.targets())
        # Weights as inputs x outputs: XLA then has nothing to transpose in the forward pass.
        self.parameters = [
            (jnp.array(weights.T), jnp.array(biases)) for weights, biases in problem.layers()
        ]
        self._jitted = jax.jit(self._update, donate_argnums=0)

    def run(self, updates: int) -> float:
        """Makes so many updates; returns the cost before the last of them."""
        for _ in range(updates):
            self.parameters, cost = self._jitted(self.parameters, *self.data)
            jax.block_until_ready(self.parameters)
        return float(cost)

    def layers(self) -> Layers:
        """The weights and biases that it has come to."""
        return [(np.array(weights).T, np.array(biases)) for weights, biases in self.parameters]

    def _update(self, parameters: Any, features: Any, targets: Any) -> Any:
        cost, gradients = jax.value_and_grad(self._cost)(parameters, features, targets)
        lr = self.problem.lr
        return jax.tree.map(lambda number, by: number - lr * by, parameters, gradients), cost

    def _cost(self, parameters: Any, numbers: Any, targets: Any) -> Any:
        for place, (weights, biases) in enumerate(parameters):
            numbers = numbers @ weights + biases
            if place < len(parameters) - 1:
                relu = self.problem.activation == "relu"
                numbers = jnp.maximum(numbers, 0.0) if relu else jnp.tanh(numbers)
        if self.problem.loss == "squared_error":
            return jnp.mean((numbers - targets) ** 2)
        if self.problem.is_binary:
            return jnp.mean(jax.nn.softplus(numbers) - targets * numbers)
        return -jnp.sum(targets * jax.nn.log_softmax(numbers)) / self.problem.batch


class Scan(Jit):
    """`jax.lax.scan` over the same updates: one call for all of them."""

    def __init__(self, problem: Problem) -> None:
        super().__init__(problem)
        self._scanned = jax.jit(self._updates, donate_argnums=0, static_argnums=3)

    def run(self, updates: int) -> float:
        """Makes so many updates; returns the cost before the last of them."""
        self.parameters, costs = self._scanned(self.parameters, *self.data, updates)
        jax.block_until_ready(self.parameters)
        return float(costs[-1])

    def _updates(self, parameters: Any, features: Any, targets: Any, updates: int) -> Any:
        update = partial(self._update, features=features, targets=targets)
        return jax.lax.scan(lambda state, _: update(state), parameters, length=updates)
