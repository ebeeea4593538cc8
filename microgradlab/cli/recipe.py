"""Everything that decides a training run, and the model, loss and optimizer made of it. Floor 9."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, fields, replace
from shlex import quote
from typing import Any, Literal

from microgradlab import losses, optim
from microgradlab.data import Dataset
from microgradlab.errors import ArgumentError, unknown_name
from microgradlab.functions import sum as total
from microgradlab.losses import Penalty
from microgradlab.nn import MLP
from microgradlab.value import Value

LOSSES_BY_TASK: dict[str, tuple[str, ...]] = {
    "regression": ("squared_error", "absolute_error", "huber"),
    "binary": ("binary_cross_entropy", "hinge", "squared_hinge", "cross_entropy"),
    "multiclass": ("cross_entropy",),
}
"""The losses that fit a task, the usual one first."""

METRICS_BY_TASK: dict[str, tuple[str, ...]] = {
    "regression": ("r2", "mean_absolute_error"),
    "binary": ("accuracy",),
    "multiclass": ("accuracy",),
}
"""The metrics that tell how good a model is, the one to compare by first."""

_VISITS = 16_000  # samples seen in a usual run


@dataclass(frozen=True)
class Recipe:
    """The arguments of a training run; the same recipe and data give the same run, bit for bit.

    That is so for one engine: compiled code, and each number of threads, has sums of its own.

    The defaults do well on small tables of some hundred rows. A loss of "" and 0 epochs stand for
    a choice that `settled` makes when the data are known.
    """

    data: str
    target: str | None = None
    task: Literal["classification", "regression"] | None = None
    hidden: tuple[int, ...] = (16,)
    activation: str = "tanh"
    init: str | None = None
    loss: str = ""
    optimizer: str = "adam"
    lr: float = 0.015
    schedule: str = "constant"
    warmup: int = 0
    epochs: int = 0
    batch_size: int | None = 16
    seed: int = 0
    test: float = 0.2
    validation: float = 0.0
    patience: int | None = None
    l1: float = 0.0
    l2: float = 0.0
    weight_decay: float = 0.0
    clip_norm: float | None = None
    clip_value: float | None = None

    def __post_init__(self) -> None:
        if self.patience is not None and self.validation == 0.0:
            # Patience with the training data would wait for overfitting.
            object.__setattr__(self, "validation", 0.1)

    def to_dict(self) -> dict[str, Any]:
        """As plain values, for JSON."""
        return asdict(self)

    def command(self) -> str:
        """The command that trains by this recipe, to be copied into a shell.

        >>> Recipe("my cars.csv", target="price", hidden=(8, 4), batch_size=None).command()
        "microgradlab train 'my cars.csv' --target price --hidden 8,4 --batch-size all"
        """
        words = ["microgradlab", "train", self.data]
        for field in fields(self):
            given = getattr(self, field.name)
            if field.name == "data" or given == field.default:
                continue
            if field.name == "hidden":
                given = ",".join(map(str, given)) or "0"
            elif given is None:
                given = "all"  # a batch size
            words += [f"--{field.name.replace('_', '-')}", str(given)]
        return " ".join(quote(word) for word in words)

    @classmethod
    def from_dict(cls, data: Mapping[str, Any]) -> Recipe:
        """From what `to_dict` gave, also after a journey through JSON."""
        return cls(**{**data, "hidden": tuple(data["hidden"])})

    def settled(self, data: Dataset) -> Recipe:
        """The recipe with its loss and number of epochs chosen for the data, where they were open.

        Raises:
            ArgumentError: the loss does not fit the task.
        """
        fitting = LOSSES_BY_TASK[data.task]
        loss = self.loss or fitting[0]
        if loss not in losses.LOSSES:
            raise unknown_name("loss", loss, fitting)
        if loss not in fitting:
            raise ArgumentError(
                f"the loss {loss!r} does not fit {data.name}, a {data.task} task",
                hint=f"choose {'from ' if len(fitting) > 1 else ''}{', '.join(fitting)}",
            )
        epochs = self.epochs or max(10, min(40, round(_VISITS / len(data))))
        return replace(self, loss=loss, epochs=epochs)

    def model(self, data: Dataset) -> MLP:
        """The network, with its first weights."""
        outputs = 2 if self.loss == "cross_entropy" and data.task == "binary" else data.outputs
        return MLP(
            data.inputs,
            [*self.hidden, outputs],
            activation=self.activation,
            init=self.init,
            seed=self.seed,
        )

    def optimizer_for(self, model: MLP, data: Dataset) -> optim.Optimizer:
        """The optimizer with its schedule."""
        updates = self.epochs * self.updates_per_epoch(data)
        schedule = optim.schedule_by_name(self.schedule, self.lr, updates, self.warmup)
        options = {"weight_decay": self.weight_decay} if self.weight_decay else {}
        return optim.by_name(self.optimizer, model.parameters(), schedule, **options)

    def updates_per_epoch(self, data: Dataset) -> int:
        """The number of batches that the data makes."""
        return math.ceil(len(data) / min(self.batch_size or len(data), len(data)))

    def penalty(self) -> Penalty | None:
        """The terms of the cost made of the parameters."""
        strengths = ((losses.l1, self.l1), (losses.l2, self.l2))
        terms = [penalty(strength) for penalty, strength in strengths if strength != 0.0]
        if not terms:
            return None
        return lambda parameters: total([term(parameters) for term in terms])

    def clip(self, parameters: Sequence[Value]) -> None:
        """Limits the gradients, by value and then by norm, as asked."""
        if self.clip_value is not None:
            optim.clip_grad_value(parameters, self.clip_value)
        if self.clip_norm is not None:
            optim.clip_grad_norm(parameters, self.clip_norm)
