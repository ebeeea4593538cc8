"""The seven steps of training as events: what `train` yields, to be looked at. Floor 6.

| step | event |
|---|---|
| 1 weight initialisation | `Initialized` |
| 2 forward pass | `Predicted` |
| 3 loss per sample | `SampleLoss` |
| 4 cost | `BatchCost` |
| 5 backpropagation | `Backpropagated` |
| 6 parameter update | `Updated` |
| 7 loop | `EpochEnded`, `Finished` |

Epochs, batches and updates are counted from 1; a sample is known by its index in the data.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import islice
from typing import Any, TypeAlias

from microgradlab.value import Value

_SHOWN = 6  # numbers in a repr


class NamedNumbers(Mapping[str, float]):
    """Numbers by name, like a dict, but cheap to make: most updates are never looked at.

    Args:
        places: the position of each name; shared by all updates.
        numbers: the numbers at these positions.

    >>> NamedNumbers({"weight": 0, "bias": 1}, [0.5, 2.0])
    {'weight': 0.5, 'bias': 2.0}
    """

    __slots__ = ("_numbers", "_places")

    def __init__(self, places: Mapping[str, int], numbers: Sequence[float]) -> None:
        self._places = places
        self._numbers = numbers

    def __getitem__(self, name: str) -> float:
        return self._numbers[self._places[name]]

    def __iter__(self) -> Iterator[str]:
        return iter(self._places)

    def __len__(self) -> int:
        return len(self._places)

    def __repr__(self) -> str:
        shown = [f"{name!r}: {number!r}" for name, number in islice(self.items(), _SHOWN)]
        more = [f"... {len(self) - _SHOWN} more"] if len(self) > _SHOWN else []
        return f"{{{', '.join(shown + more)}}}"


@dataclass(frozen=True, slots=True)
class Initialized:
    """Step 1: the parameters as they are before the first update.

    Attributes:
        parameters: their numbers by name.
        model: the model's description, with its sizes and activations.
        scheme: how the weights were drawn, where the model knows.
        seed: of the weights, where the model knows.
    """

    parameters: Mapping[str, float]
    model: str
    scheme: str | None
    seed: int | None


@dataclass(frozen=True, slots=True)
class Predicted:
    """Step 2: the model's output for one sample, a Value (or a list) with its graph."""

    epoch: int
    batch: int
    sample: int
    features: Sequence[float]
    target: Any
    prediction: Any


@dataclass(frozen=True, slots=True)
class SampleLoss:
    """Step 3: how wrong that output is."""

    epoch: int
    batch: int
    sample: int
    features: Sequence[float]
    target: Any
    prediction: Any
    loss: Value


@dataclass(frozen=True, slots=True)
class BatchCost:
    """Step 4: one number for the whole batch, the mean of its losses plus the penalty, if any."""

    epoch: int
    batch: int
    samples: Sequence[int]
    losses: Sequence[Value]
    penalty: Value | None
    cost: Value


@dataclass(frozen=True, slots=True)
class Backpropagated:
    """Step 5: the derivative of the cost by each parameter."""

    epoch: int
    batch: int
    cost: Value
    gradients: Mapping[str, float]


@dataclass(frozen=True, slots=True)
class Updated:
    """Step 6: the parameters before and after the optimizer moved them.

    Attributes:
        update: how many updates the optimizer has made, this one included.
        lr: the learning rate of this update.
    """

    epoch: int
    batch: int
    update: int
    lr: float
    before: Mapping[str, float]
    after: Mapping[str, float]


@dataclass(frozen=True, slots=True)
class EpochEnded:
    """Step 7: every sample was used once more.

    Attributes:
        epoch: its number.
        updates: how many updates the optimizer has made in all.
        lr: the learning rate of the last update.
        cost: the mean of the samples' losses as they were met, plus the penalty.
        metrics: metrics of the predictions as they were met; with validation data also
            `validation_cost` and `validation_...`, measured at the end of the epoch.
    """

    epoch: int
    updates: int
    lr: float
    cost: float
    metrics: Mapping[str, float]


@dataclass(frozen=True, slots=True)
class Finished:
    """Step 7: the last epoch is over."""

    epochs: int
    updates: int
    cost: float
    metrics: Mapping[str, float]


Event: TypeAlias = (
    Initialized
    | Predicted
    | SampleLoss
    | BatchCost
    | Backpropagated
    | Updated
    | EpochEnded
    | Finished
)
