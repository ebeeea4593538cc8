"""The record of a training run: one row per epoch, kept as columns. Floor 6."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from typing import Any

from microgradlab.errors import CheckpointError, optional_import, unknown_name
from microgradlab.events import EpochEnded


class History:
    """Cost, learning rate and metrics of every epoch.

    Attributes:
        columns: lists of numbers by name: epoch, updates, lr, cost, and one per metric.

    >>> history = History()
    >>> history.append(EpochEnded(epoch=1, updates=10, lr=0.1, cost=0.5, metrics={"accuracy": 0.9}))
    >>> history["cost"], history["accuracy"], len(history)
    ([0.5], [0.9], 1)
    """

    def __init__(self, columns: Mapping[str, Sequence[float]] | None = None) -> None:
        self.columns: dict[str, list[float]] = {
            name: list(column) for name, column in (columns or {}).items()
        }
        if len({len(column) for column in self.columns.values()}) > 1:
            raise CheckpointError("the columns of a history are of different lengths")

    def append(self, event: EpochEnded) -> None:
        """Adds a row for an epoch."""
        row = {"epoch": event.epoch, "updates": event.updates, "lr": event.lr, "cost": event.cost}
        for name, number in {**row, **event.metrics}.items():
            self.columns.setdefault(name, []).append(number)

    def __len__(self) -> int:
        return len(self.columns.get("epoch", ()))

    def __getitem__(self, name: str) -> list[float]:
        if name not in self.columns:
            raise unknown_name("column", name, self.columns)
        return self.columns[name]

    def rows(self) -> list[dict[str, float]]:
        """One dict per epoch."""
        return [
            {name: column[i] for name, column in self.columns.items()} for i in range(len(self))
        ]

    @property
    def monitored(self) -> str:
        """The column that tells which epoch is best: the validation cost if there is one."""
        return "validation_cost" if "validation_cost" in self.columns else "cost"

    def best_row(self) -> int | None:
        """The position of the epoch with the lowest monitored cost, the first of equals."""
        if not len(self):
            return None
        costs = self[self.monitored]
        return min(range(len(costs)), key=lambda i: (math.isnan(costs[i]), costs[i]))

    def epochs_since_best(self) -> int:
        """How many epochs ago the monitored cost was lowest: what patience is compared with."""
        best = self.best_row()
        return 0 if best is None else len(self) - 1 - best

    def to_frame(self) -> Any:
        """The columns as a pandas DataFrame.

        Raises:
            MissingExtraError: pandas is not installed.
        """
        pandas = optional_import("pandas", extra="lab", purpose="a data frame")
        return pandas.DataFrame(self.columns)

    def __repr__(self) -> str:
        if not len(self):
            return "History(no epochs yet)"
        last = ", ".join(f"{name} {column[-1]:.6g}" for name, column in self.columns.items())
        return f"History({len(self)} epochs; the last: {last})"
