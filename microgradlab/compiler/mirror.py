"""The numbers of Values and their optimizer, and the native arrays that mirror them. Floor 4."""

from __future__ import annotations

from collections.abc import Sequence

from microgradlab.compiler.native import NativeTraining
from microgradlab.optim import Optimizer
from microgradlab.optim.base import State
from microgradlab.value import Value


class Mirror:
    """Carries numbers to the native arrays before a call, and back after it.

    What has not changed is not copied, for a copy can take as long as the updates of an epoch.

    Args:
        native: holds the arrays.
        leaves: the Values of the shared numbers, those of the optimizer first.
        optimizer: holds the rule's state.

    Attributes:
        numbers: the leaves' numbers, as they are on both sides.
        gradients: their gradients.
    """

    def __init__(
        self, native: NativeTraining, leaves: Sequence[Value], optimizer: Optimizer
    ) -> None:
        self._native = native
        self._leaves = leaves
        self._optimizer = optimizer
        self.forget()

    def forget(self) -> None:
        """Takes the native numbers for lost: the next `load` copies all of them."""
        self.numbers: list[float] = []
        self.gradients: list[float] = []
        self._state: list[State] | None = None

    def load(self) -> None:
        """Gives the leaves' numbers and the optimizer's state to the native arrays."""
        numbers = [leaf.data for leaf in self._leaves]
        if numbers != self.numbers:
            self._native.parameters[:] = numbers
            self.numbers = numbers
        state = self._optimizer.state
        if state != self._state:
            for column, row in zip(zip(*state, strict=True), self._native.state, strict=True):
                row[:] = column
            self._state = state[:]

    def load_gradients(self) -> None:
        """Gives the leaves' gradients to the native array."""
        gradients = [leaf.grad for leaf in self._leaves]
        if gradients != self.gradients:
            self.gradients = list(map(float, gradients))
            self._native.totals[: len(gradients)] = self.gradients

    def store_gradients(self) -> None:
        """Gives the native gradients to the leaves."""
        self.gradients = self._native.totals[: len(self._leaves)].tolist()
        for leaf, gradient in zip(self._leaves, self.gradients, strict=True):
            leaf.grad = gradient

    def store(self, updates: int) -> None:
        """Gives the numbers and the state after that many further updates to leaves and optimizer.

        An interrupt waits until it is done.
        """
        numbers, done = self._native.parameters.tolist(), self._optimizer.updates + updates
        columns = self._native.state.tolist()
        state: list[State] = list(zip(*columns, strict=True)) or self._optimizer.state[:]
        try:
            self._assign(numbers, state, done)
        except KeyboardInterrupt:
            self._assign(numbers, state, done)
            raise
        self.numbers, self._state = numbers, state[:]

    def _assign(self, numbers: list[float], state: list[State], updates: int) -> None:
        for leaf, number in zip(self._leaves, numbers, strict=True):
            leaf.data = number
        self._optimizer.state, self._optimizer.updates = state, updates
