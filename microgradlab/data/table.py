"""Tables from CSV files, as columns of text that know the line each row came from. Floor 1.

Python's csv module does the reading: it knows the line of every row, which the error messages
need, and types are decided later (schema.py), once for training and prediction alike.
"""

from __future__ import annotations

import csv
import math
import os
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, TextIO

from microgradlab.errors import DataError, unknown_name

# Cells that mean "no value", in any case: what pandas, R, C, SQL and the UCI archive write.
MISSING = frozenset({"", "na", "n/a", "#n/a", "nan", "-nan", "<na>", "nat", "null", "none", "?"})


@dataclass(frozen=True, repr=False)
class Table:
    """Named columns of cells; a cell is text, or None when it is missing.

    Attributes:
        source: the file's name, for messages.
        columns: the cells of each column by its name, in the file's order.
        lines: the line of the file that each row begins on, from 1.
    """

    source: str
    columns: Mapping[str, tuple[str | None, ...]]
    lines: tuple[int, ...]

    @classmethod
    def of(cls, columns: Mapping[str, Iterable[object]], source: str = "table") -> Table:
        """A table from columns of values: a dict of lists, or a pandas frame.

        Its first row counts as line 1.

        >>> table = Table.of({"mass": [1.5, None], "colour": ["red", "blue"]})
        >>> table.columns["mass"]
        ('1.5', None)
        """
        cells = {str(name): tuple(map(_cell, values)) for name, values in columns.items()}
        lengths = {name: len(column) for name, column in cells.items()}
        if len(set(lengths.values())) != 1 or 0 in lengths.values():
            raise DataError(
                f"{source}: the columns have these lengths: {lengths}",
                hint="give columns of one length, with at least one value each",
            )
        return cls(source, cells, tuple(range(1, max(lengths.values()) + 1)))

    def __len__(self) -> int:
        return len(self.lines)

    def __repr__(self) -> str:
        return f"Table {self.source!r}: {len(self)} rows, columns {', '.join(self.columns)}"

    def column(self, name: str) -> tuple[str | None, ...]:
        """The cells of a column.

        Raises:
            DataError: there is no such column; the nearest name is suggested.
        """
        self.require([name])
        return self.columns[name]

    def require(self, names: Iterable[str]) -> None:
        """Checks that there are columns of these names.

        Raises:
            DataError: some are missing; all of them are named.
        """
        missing = [name for name in names if name not in self.columns]
        if len(missing) > 1:
            raise DataError(
                f"{self.source}: there are no columns {', '.join(map(repr, missing))}",
                hint=f"the columns here: {', '.join(self.columns)}",
            )
        if missing:
            raise DataError(
                f"{self.source}: there is no column {missing[0]!r}",
                hint=unknown_name("column", missing[0], self.columns).hint,
            )

    def place(self, row: int) -> str:
        """Where a row stands, as in `data.csv:17`."""
        return f"{self.source}:{self.lines[row]}"

    def rows(self, indices: Iterable[int]) -> Table:
        """The table of these rows only."""
        chosen = list(indices)
        columns = {n: tuple(cells[i] for i in chosen) for n, cells in self.columns.items()}
        return Table(self.source, columns, tuple(self.lines[i] for i in chosen))


def read_csv(path: str | os.PathLike[str]) -> Table:
    """Reads a CSV file with a header line; the separator may be a comma, a semicolon or a tab.

    Args:
        path: a UTF-8 file, with or without a byte order mark.

    Raises:
        DataError: no such file, not UTF-8, no rows, a broken header, rows of unequal length, or
            broken quotes; with the line.
    """
    path = Path(path)
    try:
        with path.open(encoding="utf-8-sig", newline="") as file:
            return _read(file, path.name)
    except FileNotFoundError:
        raise DataError(f"{path}: there is no such file", hint=_nearest_file(path)) from None
    except UnicodeDecodeError as error:
        raise DataError(
            f"{path}: this is not UTF-8 text ({error.reason})",
            hint="save the table as CSV in UTF-8",
        ) from None
    except OSError as error:
        raise DataError(
            f"{path}: cannot be read ({error.strerror})", hint="give a CSV file"
        ) from error


def number(cell: str) -> float | None:
    """The number that a cell spells, infinite ones included, or None.

    >>> number("1e3"), number("red"), number("1_000")
    (1000.0, None, None)
    """
    try:
        value = float(cell)
    except ValueError:
        return None
    return None if "_" in cell or math.isnan(value) else value  # Python's 1_000 is text in a table


def _nearest_file(path: Path) -> str:
    """A hint for a file that is not there."""
    from difflib import get_close_matches  # costs milliseconds; only an error needs it

    others = {other.stem: other for other in path.parent.glob("*.csv")}
    near = get_close_matches(path.stem, others, n=1, cutoff=0.75)
    return f"did you mean {others[near[0]]}?" if near else "check the path"


def _read(file: TextIO, source: str) -> Table:
    header_line = file.readline()
    file.seek(0)
    separator = max(",;\t", key=lambda mark: _width(header_line, mark))
    reader = csv.reader(file, delimiter=separator, skipinitialspace=True, strict=True)
    records = _records(reader, source)
    line, names = next(records, (1, []))
    if not names:
        raise DataError(f"{source} is empty", hint="give a header line and rows of values")
    names = [name or f"column {i}" for i, name in enumerate(names, start=1)]
    _check_header(names, f"{source}:{line}")
    lines, rows = [], []
    for line, row in records:
        if len(row) != len(names):
            raise DataError(
                f"{source}:{line}: {len(row)} cells, but the header names {len(names)} columns",
                hint="add or remove cells, or quote those that hold the separator "
                f"{separator!r}, so that every row has {len(names)}",
            )
        lines.append(line)
        rows.append([_cell(text) for text in row])
    if not rows:
        raise DataError(f"{source} has a header and no rows", hint="add rows of values")
    columns = dict(zip(names, zip(*rows, strict=True), strict=True))
    return Table(source, columns, tuple(lines))


def _records(reader: Any, source: str) -> Iterator[tuple[int, list[str]]]:
    """The records that are not blank, each with the line it begins on."""
    while True:
        line = reader.line_num + 1  # a quoted cell may span lines, so it is not the row's number
        try:
            record = next(reader, None)
        except csv.Error as error:
            raise DataError(
                f"{source}:{line}: this row cannot be read ({error})",
                hint='close every quote, and write a quote within quotes as ""',
            ) from None
        if record is None:
            return
        if record:
            yield line, [cell.strip() for cell in record]


def _width(line: str, separator: str) -> int:
    return len(next(csv.reader([line], delimiter=separator, skipinitialspace=True), []))


def _check_header(names: list[str], place: str) -> None:
    for i, name in enumerate(names):
        if name in names[:i]:
            raise DataError(
                f"{place}: two columns are called {name!r}",
                hint="give each column its own name in the header line",
            )
        value = number(name)
        # Whole numbers may be names (years, pixels); 5.1 is a value.
        if value is not None and math.isfinite(value) and not name.isdigit():
            raise DataError(
                f"{place}: the first line holds the value {name!r} where a column's name belongs",
                hint="add a header line with the names of the columns",
            )


def _cell(value: object) -> str | None:
    text = str(value).strip()
    return None if text.lower() in MISSING else text
