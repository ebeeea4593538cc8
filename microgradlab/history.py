"""The record of a training run: one row per epoch, kept as columns. Floor 6."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from typing import Any

from microgradlab.errors import CheckpointError, optional_import, unknown_name
from microgradlab.events import EpochEnded

COLUMNS = frozenset({"epoch", "updates", "lr", "cost"})
"""The columns that every history has; metrics bear other names."""


class History:
    """Cost, learning rate and metrics of every epoch.

    Args:
        columns: those of an earlier run to go on from; none for a new one.

    Attributes:
        columns: lists of numbers by name: epoch, updates, lr, cost, and one per metric.

    >>> history = History()
    >>> history.append(EpochEnded(epoch=1, updates=10, lr=0.1, cost=0.5, metrics={"accuracy": 0.9}))
    >>> history["cost"], history["accuracy"], len(history)
    ([0.5], [0.9], 1)
    """

    def __init__(self, columns: Mapping[str, Sequence[float]] | None = None) -> None:
        self.columns: dict[str, list[float]] = {}
        self._best: int | None = None
        self.extend(columns or {})

    def extend(self, columns: Mapping[str, Sequence[float]]) -> None:
        """Adds the rows of an earlier run.

        Raises:
            CheckpointError: these are no columns of a history.
        """
        lengths = {len(column) for column in columns.values()}
        if columns and (len(lengths) > 1 or not columns.keys() >= COLUMNS):
            raise CheckpointError(
                f"the columns {', '.join(columns)} are no history of a run",
                hint=f"it has at least {', '.join(sorted(COLUMNS))}, all of one length",
            )
        for row in zip(*columns.values(), strict=True):
            self._append(dict(zip(columns, row, strict=True)))

    def append(self, event: EpochEnded) -> None:
        """Adds a row for an epoch.

        Raises:
            CheckpointError: its metrics are not those of the epochs before, in a resumed run.
        """
        row = {"epoch": event.epoch, "updates": event.updates, "lr": event.lr, "cost": event.cost}
        self._append({**row, **event.metrics})

    def _append(self, row: Mapping[str, float]) -> None:
        if len(self) and row.keys() != self.columns.keys():
            raise CheckpointError(
                f"this epoch has {', '.join(row)}, but the epochs before {', '.join(self.columns)}",
                hint="resume a run with the metrics and validation data it had",
            )
        for name, number in row.items():
            self.columns.setdefault(name, []).append(number)
        costs = self[self.monitored]
        if self._best is None or _lower(costs[-1], costs[self._best]):
            self._best = len(self) - 1

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

    def best_index(self) -> int | None:
        """The position of the epoch with the lowest monitored cost, the first of equals."""
        return self._best

    def epochs_since_best(self) -> int:
        """How many epochs ago the monitored cost was lowest: what patience is compared with."""
        return 0 if self._best is None else len(self) - 1 - self._best

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


def _lower(cost: float, best: float) -> bool:
    """Whether a cost is below the best so far; any number is below nan."""
    return cost < best or (math.isnan(best) and not math.isnan(cost))
