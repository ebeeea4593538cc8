"""`microgradlab inspect`: what a CSV file holds, before anything is trained on it. Floor 11."""

from __future__ import annotations

from dataclasses import asdict

from microgradlab.cli.console import Console
from microgradlab.cli.recipe import Recipe
from microgradlab.cli.samples import read_rows
from microgradlab.data import Schema, describe
from microgradlab.text import counted, table


def inspect(path: str, target: str | None, console: Console) -> None:
    """Writes a line per column: its role, kind, missing cells, values, and what happens to it.

    Args:
        path: a CSV file.
        target: the column to predict; None for the last.
        console: where to write.
    """
    rows = read_rows(path)
    schema = Schema.fit(rows, target)
    columns = describe(rows, schema)
    lines = [[c.name, c.role, c.kind, c.missing, c.distinct, c.values, c.note] for c in columns]
    header = ["column", "role", "kind", "missing", "distinct", "values", "note"]
    task = "a number" if schema.classes is None else f"one of {len(schema.classes)} classes"
    text = (
        f"{path}: {counted(len(rows), 'row')}, {counted(len(columns), 'column')}; "
        f"{schema.target!r} is {task}, predicted from "
        f"{counted(len(schema.feature_names), 'input')}\n\n"
        + table(header, lines)
        + f"\n\nTrain on it: {Recipe(path, schema.target).command()}"
    )
    console.result(text, {"rows": len(rows), "columns": [asdict(column) for column in columns]})
