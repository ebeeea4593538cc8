"""Columns of a table: what kind each is, and how one becomes inputs of a network. Floor 1."""

from __future__ import annotations

import math
import re
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from microgradlab.data.table import Table, number
from microgradlab.errors import DataError

# A column of numbers with at most this share of texts has typing errors, not categories.
TYPO_SHARE = 0.1

# Names of columns that number the rows: id, user_id, customerId, row ID, index, but not bid or
# price_index. "column 1" had no name (pandas writes its index so, and may read it as Unnamed: 0).
_ID_NAME = re.compile(
    r"(.*[\W_])?(id|ID|Id)|.*[a-z](Id|ID)|(?i:(row[\W_]?)?index)|column 1|Unnamed: 0"
)


@dataclass(frozen=True)
class Feature:
    """A column that the network sees.

    Attributes:
        name: the column's name.
        fill: what stands in for a missing cell: the median, or the most frequent category.
        missing: how many cells of the training table were missing.
        categories: each becomes an input that is 1 or 0 (one-hot); None for a number.

    >>> table = Table.of({"colour": ["red", None, "blue", "red"]})
    >>> colour = Feature.fit(table, "colour")
    >>> colour.input_names
    ('colour=blue', 'colour=red')
    >>> colour.encode(table)
    [(0.0, 1.0), (0.0, 1.0), (1.0, 0.0), (0.0, 1.0)]
    """

    name: str
    fill: float | str
    missing: int = 0
    categories: tuple[str, ...] | None = None

    @classmethod
    def fit(cls, table: Table, name: str) -> Feature:
        """Finds the column's fill value and categories."""
        missing = table.column(name).count(None)
        if is_numeric(table, name):
            return cls(name, _median(numbers(table, name).values()), missing)
        cells = [cell for cell in table.column(name) if cell is not None]
        return cls(name, _most_frequent(cells), missing, tuple(sorted(set(cells))))

    def refilled(self, table: Table) -> Feature:
        """The same feature with the fill value of this table, if it has any cell to take it from.

        >>> Feature("mass", fill=9.0).refilled(Table.of({"mass": [1.0, None, 3.0]})).fill
        2.0
        """
        cells = [cell for cell in table.column(self.name) if cell is not None]
        if not cells:
            return self
        if self.categories is None:
            return replace(self, fill=_median(numbers(table, self.name).values()))
        return replace(self, fill=_most_frequent(cells))

    @property
    def input_names(self) -> tuple[str, ...]:
        """The names of the inputs that the column fills."""
        if self.categories is None:
            return (self.name,)
        return tuple(f"{self.name}={category}" for category in self.categories)

    def encode(self, table: Table) -> list[tuple[float, ...]]:
        """The inputs of each row; an unknown category is all zeros."""
        if self.categories is None:
            fill = float(self.fill)
            values = numbers(table, self.name)
            return [(values.get(row, fill),) for row in range(len(table))]
        cells = (self.fill if cell is None else cell for cell in table.column(self.name))
        return [tuple(float(cell == c) for c in self.categories) for cell in cells]

    def remarks(self, table: Table) -> list[str]:
        """What `encode` makes up for in this table, as sentences for the user."""
        cells = table.column(self.name)
        sentences = []
        missing = cells.count(None)
        if missing:
            sentences.append(f"{self.name!r}: {missing} missing, filled with {self.fill!r}")
        if self.categories is not None:
            unknown = Counter(c for c in cells if c is not None and c not in self.categories)
            sentences += [
                f"{self.name!r}: {category!r} was not seen in training, so it counts as no "
                f"category in {count} of {len(table)} rows, first at "
                f"{table.place(cells.index(category))}"
                for category, count in sorted(unknown.items())
            ]
        return sentences

    @classmethod
    def from_dict(cls, data: Mapping[str, Any]) -> Feature:
        """From what `dataclasses.asdict` gave, also after a journey through JSON."""
        categories = data["categories"]
        return cls(**{**data, "categories": None if categories is None else tuple(categories)})


def is_numeric(table: Table, name: str) -> bool:
    """Whether a column holds numbers; False if it holds categories.

    Raises:
        DataError: it holds numbers with a few texts among them, or decimal commas.
    """
    cells = {row: cell for row, cell in enumerate(table.column(name)) if cell is not None}
    texts = {row: cell for row, cell in cells.items() if number(cell) is None}
    if not texts:
        return True
    row, text = next(iter(texts.items()))
    with_comma = [text for text in texts.values() if number(text.replace(",", "")) is not None]
    if 2 * len(with_comma) > len(texts):
        raise DataError(
            f"{table.place(row)}: {text!r} in {name!r} has a comma",
            hint="write numbers with a decimal point and without commas",
        )
    if len(texts) <= TYPO_SHARE * len(cells):
        raise DataError(
            f"{table.place(row)}: {text!r} is not a number in {name!r}"
            + (f" (and {len(texts) - 1} more)" if len(texts) > 1 else ""),
            hint="mend the cell, or leave it empty to have it filled in",
        )
    return False


def numbers(table: Table, name: str) -> dict[int, float]:
    """The numbers of a column by row, without the missing ones.

    Raises:
        DataError: a cell is text or infinite.
    """
    values = {}
    for row, cell in enumerate(table.column(name)):
        if cell is not None:
            value = number(cell)
            if value is None or not math.isfinite(value):
                what = "not a number" if value is None else "infinite"
                raise DataError(
                    f"{table.place(row)}: {cell!r} is {what} in {name!r}",
                    hint="mend the cell, or leave it empty",
                )
            values[row] = value
    return values


def label(cell: str) -> str:
    """The name of a class: 1, 1.0 and 01 are one class, "1".

    >>> label("1.0"), label("setosa")
    ('1', 'setosa')
    """
    value = number(cell)
    if value is None or not math.isfinite(value):
        return cell
    return str(int(value)) if value.is_integer() else repr(value)


def labels(table: Table, name: str) -> list[str]:
    """The distinct labels of a column: numbers by size, then texts by the alphabet."""

    def order(label: str) -> tuple[bool, float, str]:
        value = number(label)
        return value is None, value or 0.0, label

    return sorted({label(cell) for cell in table.column(name) if cell is not None}, key=order)


def uselessness(table: Table, name: str) -> str | None:
    """Why nothing can be learned from a column, or None if something can."""
    cells = [cell for cell in table.column(name) if cell is not None]
    if not cells:
        return "empty"
    if all(label(cell) == label(cells[0]) for cell in cells):
        return f"constant: {cells[0]!r} in every row"
    if len(set(cells)) == len(cells):
        if _ID_NAME.fullmatch(name) and all(label(cell).isdecimal() for cell in cells):
            return "a number for each row, which in a sorted table gives the target away"
        if not is_numeric(table, name):
            return "a different text in every row, such as a name"
    return None


def _most_frequent(cells: Sequence[str]) -> str:
    counts = Counter(cells)
    return max(sorted(counts), key=counts.__getitem__)


def _median(values: Iterable[float]) -> float:
    ordered: Sequence[float] = sorted(values)
    middle = len(ordered) // 2
    if len(ordered) % 2:
        return ordered[middle]
    return ordered[middle - 1] / 2 + ordered[middle] / 2  # halved first: no overflow
