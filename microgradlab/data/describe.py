"""A summary of a table, column by column, for a person who meets it for the first time. Floor 1."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from microgradlab.data.columns import is_numeric, labels, numbers
from microgradlab.data.schema import Schema
from microgradlab.data.table import Table


@dataclass(frozen=True)
class ColumnSummary:
    """One line of the summary.

    Attributes:
        name: the column's name.
        role: whether it is learned from, predicted or left out.
        kind: numeric, categorical, or empty.
        missing: how many cells are missing.
        distinct: how many different values there are.
        values: the range of the numbers, or the first categories.
        note: what happens to it.
    """

    name: str
    role: Literal["feature", "target", "dropped"]
    kind: Literal["numeric", "categorical", "empty"]
    missing: int
    distinct: int
    values: str
    note: str


def describe(table: Table, schema: Schema) -> list[ColumnSummary]:
    """Summarises each column of the table that the schema was fitted on.

    >>> table = Table.of({"mass": [1.5, None, 3.0], "id": ["a", "b", "c"], "ripe": [0, 1, 1]})
    >>> for column in describe(table, Schema.fit(table)):
    ...     print(column.name, column.role, column.kind, column.values, column.note, sep=" | ")
    mass | feature | numeric | 1.5 to 3 | 1 missing, filled with 2.25
    id | dropped | categorical | a, b, c | a different text in every row, such as a name
    ripe | target | categorical | 0, 1 | 2 classes
    """
    return [_summary(table, schema, name) for name in table.columns]


def _summary(table: Table, schema: Schema, name: str) -> ColumnSummary:
    cells = table.column(name)
    distinct = labels(table, name)
    shown = ", ".join(distinct[:5]) + (", ..." if len(distinct) > 5 else "")
    is_target = name == schema.target
    kind: Literal["numeric", "categorical", "empty"] = "categorical"
    if not distinct:
        kind = "empty"
    elif not (is_target and schema.classes) and is_numeric(table, name):
        kind = "numeric"
        values = numbers(table, name).values()
        shown = f"{min(values):g} to {max(values):g}"
    return ColumnSummary(
        name,
        "target" if is_target else "dropped" if name in schema.dropped else "feature",
        kind,
        cells.count(None),
        len(distinct),
        shown,
        _note(table, schema, name),
    )


def _note(table: Table, schema: Schema, name: str) -> str:
    if name in schema.dropped:
        return schema.dropped[name]
    if name == schema.target:
        what = f"{len(schema.classes)} classes" if schema.classes else "a number to predict"
        return f"{what}; rows without it are left out" if schema.rows_dropped else what
    feature = next(feature for feature in schema.features if feature.name == name)
    remarks = [remark.removeprefix(f"{name!r}: ") for remark in feature.remarks(table)]
    if feature.categories is not None:
        remarks.insert(0, f"{len(feature.categories)} inputs, one per category")
    return "; ".join(remarks)
