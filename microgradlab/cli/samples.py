"""The data of a run: loaded, split, standardised; and new rows treated the same way. Floor 10."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from microgradlab.cli.recipe import Recipe
from microgradlab.data import NAMES, Dataset, Schema, Standardisation, load, standardise
from microgradlab.data.columns import Feature
from microgradlab.data.table import Table, read_csv
from microgradlab.errors import ArgumentError, DataError, unknown_name


@dataclass(frozen=True)
class Encoding:
    """How rows of a table become what the network sees; fitted on training data, kept as JSON.

    Attributes:
        schema: columns to features and target.
        features: their standardisation.
        target: the standardisation of a number to predict; None for classes.
    """

    schema: Schema
    features: Standardisation
    target: Standardisation | None

    def dataset(self, table: Table) -> Dataset:
        """A table with targets, ready for the network."""
        return standardise(self.schema.dataset(table), self.features, self.target)

    def inputs(self, table: Table) -> list[tuple[float, ...]]:
        """The rows of a table, with or without targets, ready for the network."""
        return [self.features.apply(row) for row in self.schema.encode(table)]

    def in_units(self, number: float) -> float:
        """A predicted or standardised target in the units of the table."""
        return number if self.target is None else self.target.undo((number,))[0]

    def scores_in_units(self, scores: dict[str, float]) -> dict[str, float]:
        """Scores with the mean absolute error in the units of the table's target."""
        if self.target is None:
            return scores
        error = scores["mean_absolute_error"] * self.target.deviations[0]
        return {**scores, "mean_absolute_error": error}

    def to_dict(self) -> dict[str, Any]:
        """As plain values, for JSON."""
        return {
            "schema": self.schema.to_dict(),
            "features": self.features.to_dict(),
            "target": None if self.target is None else self.target.to_dict(),
        }

    @classmethod
    def from_dict(cls, data: Mapping[str, Any]) -> Encoding:
        """From what `to_dict` gave, also after a journey through JSON."""
        target = data["target"]
        return cls(
            Schema.from_dict(data["schema"]),
            Standardisation.from_dict(data["features"]),
            None if target is None else Standardisation.from_dict(target),
        )


@dataclass(frozen=True)
class Parts:
    """The standardised parts of the data, and what encodes new rows."""

    train: Dataset
    validation: Dataset | None
    test: Dataset
    encoding: Encoding


@dataclass(frozen=True)
class Source:
    """The data of a run before they are split.

    Attributes:
        data: all samples, in their own units.
        schema: of the table, fitted on all its rows.
        table: the rows with a target, one for each sample; None for a data set by its name.
    """

    data: Dataset
    schema: Schema
    table: Table | None = None


def load_source(recipe: Recipe) -> Source:
    """The data that a recipe names: a CSV file, or a data set by its name."""
    if is_file(recipe.data):
        table = read_csv(recipe.data)
        schema = Schema.fit(table, recipe.target, recipe.task)
        return Source(schema.dataset(table), schema, schema.labelled(table))
    if recipe.data not in NAMES:
        raise DataError(
            f"{recipe.data!r} is neither a data set nor a file",
            hint=f"{unknown_name('data set', recipe.data, NAMES).hint}, or a CSV file",
        )
    data = load(recipe.data, seed=recipe.seed)
    schema = _schema_of(data)
    if recipe.target not in (None, schema.target) or recipe.task not in (None, _task(data)):
        raise ArgumentError(
            f"{recipe.data} comes with its own target: {_task(data)} of {schema.target!r}",
            hint="--target and --task are for CSV files",
        )
    return Source(data, schema)


def is_file(name: str) -> bool:
    """Whether the name means a CSV file rather than a data set."""
    is_table = name.lower().endswith((".csv", ".tsv", ".txt"))
    return is_table or (name not in NAMES and Path(name).is_file())


def fingerprint(data: str) -> str | None:
    """The SHA-256 of a CSV file, to know it again; None for a data set by its name."""
    return hashlib.sha256(Path(data).read_bytes()).hexdigest() if is_file(data) else None


def prepare(recipe: Recipe, source: Source) -> Parts:
    """Splits the data by the recipe's seed; fills and standardises them by the training part."""
    data, schema = source.data, source.schema
    train, test = data.split_indices(1.0 - recipe.test, seed=recipe.seed)
    validation: list[int] = []
    if recipe.validation:
        rest = data.subset(train)
        first, second = rest.split_indices(1.0 - recipe.validation, seed=recipe.seed)
        train, validation = [train[i] for i in first], [train[i] for i in second]
    if source.table is not None:
        schema = schema.refilled(source.table.rows(train))
        data = schema.dataset(source.table)
    features = Standardisation.fit(data.subset(train).features)
    target = None
    if data.classes is None:
        target = Standardisation.fit_column(data.subset(train).targets)
    data = standardise(data, features, target)
    return Parts(
        data.subset(train),
        data.subset(validation) if validation else None,
        data.subset(test),
        Encoding(schema, features, target),
    )


def read_rows(path: str) -> Table:
    """The table of a CSV file."""
    if not is_file(path):
        raise DataError(f"{path!r} is not a CSV file", "give the path of a file such as rows.csv")
    return read_csv(path)


def _task(data: Dataset) -> str:
    return "regression" if data.classes is None else "classification"


def _schema_of(data: Dataset) -> Schema:
    """A schema for tables with the columns of a data set that came by its name."""
    columns = zip(data.feature_names, zip(*data.features, strict=True), strict=True)
    features = tuple(Feature(name, sorted(column)[len(column) // 2]) for name, column in columns)
    classes = None if data.classes is None else tuple(data.classes)
    target = "species" if data.name == "iris" else "target"
    return Schema(features, target, classes, dropped={})
