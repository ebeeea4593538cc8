"""Short runs of training, with Values or compiled, and what they end with."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import pytest

from microgradlab import data, optim
from microgradlab.fitting import fit
from microgradlab.history import History
from microgradlab.module import Module
from microgradlab.nn import MLP
from microgradlab.value import Value

MOONS = list(data.moons(14, noise=0.1, seed=0))
"""With batches of 5, an epoch has three updates, of which the last is smaller."""


@dataclass(frozen=True)
class Ended:
    """A run that has ended."""

    model: Module
    optimizer: optim.Optimizer
    history: History

    def numbers(self) -> dict[str, list[float]]:
        """All that the run has come to."""
        state = [number for numbers in self.optimizer.state for number in numbers]
        return {
            "parameters": [parameter.data for parameter in self.optimizer.parameters],
            "gradients": [parameter.grad for parameter in self.optimizer.parameters],
            "state": state,
            "updates": [self.optimizer.updates],
            **self.history.columns,
        }


Start = Callable[[], tuple[Module, optim.Optimizer]]


def network(
    optimizer: str = "adam", lr: float | optim.Schedule = 0.01, **options: Any
) -> tuple[MLP, optim.Optimizer]:
    """A small network, the same each time, and its optimizer."""
    model = MLP(2, [3, 1], **{"activation": "tanh", "seed": 1, **options})
    return model, optim.by_name(optimizer, model.parameters(), lr)


def given(model: Module, optimizer: optim.Optimizer) -> Start:
    """A start with a model and an optimizer that the test keeps."""
    return lambda: (model, optimizer)


def run(start: Start = network, samples: Any = MOONS, **options: Any) -> Ended:
    """A run of some epochs; `options` are those of `fit`."""
    model, optimizer = start()
    options = {"loss": "squared_error", "epochs": 3, "batch_size": 5, **options}
    history = fit(model, samples, optimizer=optimizer, **options)
    return Ended(model, optimizer, history)


def check_agreement(start: Start = network, samples: Any = MOONS, **options: Any) -> None:
    """Compiled or not, a run comes to the same but for rounding."""
    eager = run(start, samples, **options).numbers()
    compiled = run(start, samples, compiled=True, **options).numbers()
    assert compiled.keys() == eager.keys()
    for name, numbers in eager.items():
        assert compiled[name] == pytest.approx(numbers, rel=1e-9, abs=1e-12), name


class Scale(Module):
    """One parameter, times a function of the input, as a function of it."""

    def __init__(self, function: Callable[[Value], Value], start: float = 1.0) -> None:
        self.w = Value(start)
        self.function = function

    def __call__(self, x: Any) -> Value:
        return self.function(self.w * x[0])
