"""Numbers and tables as plain text. Floor 1."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any


def table(header: Sequence[str], rows: Sequence[Sequence[Any]]) -> str:
    """Columns of text to the left, of numbers to the right; floats as `short` writes them.

    >>> print(table(["", "test"], [["network", 0.96666], ["baseline", 0.9]]))
                test
    network   0.9667
    baseline  0.9000
    """
    columns = []
    for title, *entries in zip(header, *rows, strict=True):
        cells = [title, *map(_cell, entries)]
        width = max(map(len, cells))
        is_text = any(isinstance(entry, str) for entry in entries)
        columns.append([cell.ljust(width) if is_text else cell.rjust(width) for cell in cells])
    return "\n".join("  ".join(row).rstrip() for row in zip(*columns, strict=True))


def short(number: float) -> str:
    """A number with 4 decimals, or with 4 digits where it is very large or small.

    >>> short(0.96666), short(1e300), short(1.23456e-5), short(0.0)
    ('0.9667', '1e+300', '1.235e-05', '0.0000')
    """
    fits = number == 0.0 or 1e-3 <= abs(number) < 1e6
    return f"{number:.4f}" if fits else f"{number:.4g}"


def counted(count: int, noun: str) -> str:
    """A count with its noun, in the plural where it belongs.

    >>> counted(1, "input"), counted(2, "input")
    ('1 input', '2 inputs')
    """
    return f"{count} {noun}" if count == 1 else f"{count} {noun}s"


def _cell(entry: Any) -> str:
    if entry is None:
        return "-"
    return short(entry) if isinstance(entry, float) else str(entry)
