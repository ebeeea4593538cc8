"""The schema of a table: how rows become features and targets, in training and prediction alike.

Floor 1. It is fitted on the training table and kept as JSON beside the model.
"""

from __future__ import annotations

import json
import os
from collections.abc import Mapping
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import Any, Literal

from microgradlab.data.columns import Feature, is_numeric, label, labels, numbers, uselessness
from microgradlab.data.dataset import Dataset
from microgradlab.data.table import Table, read_csv
from microgradlab.errors import DataError, unknown_name

TableTask = Literal["classification", "regression"]


@dataclass(frozen=True)
class Schema:
    """How a table's columns become features and targets.

    Attributes:
        features: the columns that are used, in the order of the table.
        target: the name of the column to predict.
        classes: the names of the target's classes; None when it is a number.
        dropped: the columns that are left out, and why.
        rows_dropped: how many rows of the training table had no target.

    >>> table = Table.of({"mass": [1.0, None, 3.0, 4.0], "colour": ["red", "red", "blue", "red"],
    ...                   "ripe": ["no", "no", "yes", "yes"]})
    >>> schema = Schema.fit(table, target="ripe")
    >>> schema.feature_names
    ('mass', 'colour=blue', 'colour=red')
    >>> schema.encode(table)[1]
    (3.0, 0.0, 1.0)
    >>> schema.encode_target(table)
    (0, 0, 1, 1)
    """

    features: tuple[Feature, ...]
    target: str
    classes: tuple[str, ...] | None
    dropped: Mapping[str, str]
    rows_dropped: int = 0

    @classmethod
    def fit(cls, table: Table, target: str | None = None, task: TableTask | None = None) -> Schema:
        """Decides what each column is, and fits fill values, categories and classes.

        A column of text is categorical. A target is a class if it is text, has just two integers
        as values, or few integers (20 at most, and fewer than 5 % of the rows).

        Args:
            table: the training table.
            target: the column to predict; the last one when not given.
            task: whether the target is a class or a number, where that rule is wrong.

        Raises:
            ArgumentError: an unknown task.
            DataError: no such target, only one value of it, no feature to predict it from, text
                or infinity among numbers.
        """
        if task not in (None, "classification", "regression"):
            raise unknown_name("task", task, ["classification", "regression"])
        target = list(table.columns)[-1] if target is None else target
        known = _with_target(table, target)
        classes = _fit_classes(known, target, task)
        reasons = {name: uselessness(known, name) for name in known.columns if name != target}
        dropped = {name: reason for name, reason in reasons.items() if reason is not None}
        features = tuple(Feature.fit(known, name) for name in reasons if name not in dropped)
        if not features:
            raise DataError(
                f"{table.source}: no column is left to predict {target!r} from",
                hint="; ".join(f"{name!r} is {reason}" for name, reason in dropped.items())
                or "add columns of features",
            )
        return cls(features, target, classes, dropped, len(table) - len(known))

    def refilled(self, table: Table) -> Schema:
        """The same schema with the fill values of this table.

        Missing cells of a test part are filled by what the training part knows: fit the schema on
        all rows, so that it knows all categories, then refill it with the training rows.
        """
        return replace(self, features=tuple(feature.refilled(table) for feature in self.features))

    @property
    def feature_names(self) -> tuple[str, ...]:
        """The names of the network's inputs."""
        return tuple(name for feature in self.features for name in feature.input_names)

    def encode(self, table: Table) -> list[tuple[float, ...]]:
        """The rows of features; a missing cell is filled, an unknown category is all zeros.

        Raises:
            DataError: columns are missing, or a cell is not a finite number where one belongs.
        """
        table.require(feature.name for feature in self.features)
        columns = [feature.encode(table) for feature in self.features]
        return [tuple(x for part in parts for x in part) for parts in zip(*columns, strict=True)]

    def encode_target(self, table: Table) -> tuple[float, ...]:
        """The targets: numbers, or indices of classes.

        Raises:
            DataError: a target is missing, not a number, or a class that training never saw.
        """
        cells = table.column(self.target)
        if None in cells:
            raise DataError(
                f"{table.place(cells.index(None))}: the target {self.target!r} is missing",
                hint="fill it in or remove the row",
            )
        if self.classes is None:
            return tuple(numbers(table, self.target).values())
        index = {name: i for i, name in enumerate(self.classes)}
        names = [label(cell) for cell in cells if cell is not None]
        for row, name in enumerate(names):
            if name not in index:
                raise DataError(
                    f"{table.place(row)}: {name!r} in {self.target!r} is not a class that was "
                    "seen in training",
                    hint=unknown_name("class", name, self.classes).hint,
                )
        return tuple(index[name] for name in names)

    def labelled(self, table: Table) -> Table:
        """Those rows of the table that have a target.

        Raises:
            DataError: no row has one.
        """
        return _with_target(table, self.target)

    def dataset(self, table: Table) -> Dataset:
        """The data set of those rows of the table that have a target."""
        known = self.labelled(table)
        features, targets = self.encode(known), self.encode_target(known)
        name = Path(table.source).stem
        return Dataset(features, targets, self.feature_names, self.classes, name)

    def remarks(self, table: Table) -> list[str]:
        """Missing cells and unknown categories that `encode` makes up for, as sentences."""
        table.require(feature.name for feature in self.features)
        return [remark for feature in self.features for remark in feature.remarks(table)]

    def to_dict(self) -> dict[str, Any]:
        """As plain dicts, for JSON."""
        return asdict(self)

    @classmethod
    def from_dict(cls, data: Mapping[str, Any]) -> Schema:
        """From what `to_dict` gave, also after a journey through JSON.

        Raises:
            DataError: it is not a schema.
        """
        try:
            features = tuple(Feature.from_dict(feature) for feature in data["features"])
            classes = None if data["classes"] is None else tuple(data["classes"])
            return cls(**{**data, "features": features, "classes": classes})
        except (KeyError, TypeError) as error:
            raise DataError(
                "this is not a schema", hint="give the dictionary that Schema.to_dict made"
            ) from error


def load_table(
    path: str | os.PathLike[str], target: str | None = None, task: TableTask | None = None
) -> tuple[Dataset, Schema]:
    """Reads a CSV file, fits its schema, and encodes it; see `read_csv` and `Schema.fit`.

    >>> from microgradlab.data.sources import IRIS
    >>> data, schema = load_table(IRIS, target="species")
    >>> data
    Dataset 'iris': 150 samples, 4 features, 3 classes (setosa 50, versicolor 50, virginica 50)
    """
    table = read_csv(path)
    schema = Schema.fit(table, target, task)
    return schema.dataset(table), schema


def save_schema(path: str | os.PathLike[str], schema: Schema) -> None:
    """Writes a schema as JSON."""
    text = json.dumps(schema.to_dict(), indent=2, ensure_ascii=False)
    Path(path).write_text(text + "\n", encoding="utf-8")


def load_schema(path: str | os.PathLike[str]) -> Schema:
    """Reads a schema that `save_schema` wrote, or that of a run from its schema.json.

    Raises:
        DataError: the file is not there or holds no schema.
    """
    try:
        data = json.loads(Path(path).read_text(encoding="utf-8"))
        if isinstance(data, dict):  # a run keeps the standardisation beside it
            data = data.get("schema", data)
        return Schema.from_dict(data)
    except (OSError, ValueError) as error:
        reason = error.strerror if isinstance(error, OSError) else str(error).partition("\n")[0]
        raise DataError(
            f"{path}: no schema can be read from it ({reason})",
            hint="give a file that save_schema wrote, or the schema.json of a run",
        ) from error


def _with_target(table: Table, target: str) -> Table:
    rows = [row for row, cell in enumerate(table.column(target)) if cell is not None]
    if not rows:
        raise DataError(
            f"{table.source}: the target {target!r} is missing in every row",
            hint="name the column to predict",
        )
    return table.rows(rows)


def _fit_classes(table: Table, target: str, task: TableTask | None) -> tuple[str, ...] | None:
    found = labels(table, target)
    if len(found) < 2:
        raise DataError(
            f"{table.source}: {target!r} is {found[0]!r} in every row: nothing to learn",
            hint="give rows with at least two different targets",
        )
    if task == "regression" and not is_numeric(table, target):
        raise DataError(
            f"{table.source}: {target!r} holds text such as {found[-1]!r}, which is no number to "
            "predict",
            hint='leave out --task regression (in Python: task="regression") to predict classes',
        )
    if task == "regression" or (task is None and is_numeric(table, target)):
        values = numbers(table, target).values()
        few = len(found) == 2 or (len(found) <= 20 and len(found) < 0.05 * len(table))
        if task == "regression" or not few or not all(value.is_integer() for value in values):
            return None
    if task is None and len(found) > max(2, len(table) // 2):
        raise DataError(
            f"{table.source}: {target!r} has {len(found)} classes in {len(table)} rows",
            hint="name another column to predict, or force the task if that is what they are",
        )
    return tuple(found)
