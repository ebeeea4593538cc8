"""What the command line writes: results on stdout, progress and messages on stderr. Floor 9."""

from __future__ import annotations

import json
import os
import sys
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from microgradlab.errors import optional_import


@dataclass(frozen=True, slots=True)
class Console:
    """Where a command writes, and how much.

    Attributes:
        quiet: no progress and no messages.
        as_json: results as one JSON object instead of text.
    """

    quiet: bool = False
    as_json: bool = False

    def message(self, text: str) -> None:
        """A remark about what is going on, on stderr."""
        if not self.quiet:
            print(text, file=sys.stderr, flush=True)

    def result(self, text: str, data: Any) -> None:
        """The result of the command, on stdout: the text, or with --json the data."""
        print(json.dumps(data, ensure_ascii=False, indent=2) if self.as_json else text)

    def progress_bar(self, total: int, unit: str) -> Any:
        """A progress bar on stderr; it shows nothing off a terminal or when quiet."""
        tqdm = optional_import("tqdm", extra="lab", purpose="a progress bar").tqdm
        hidden = self.quiet or not sys.stderr.isatty()
        ascii_only = None if "utf" in (sys.stderr.encoding or "").lower() else True
        return tqdm(total=total, unit=unit, disable=hidden, leave=False, ascii=ascii_only)

    def error(self, message: str, hint: str = "") -> None:
        """What went wrong, and how to mend it."""
        print(f"{_red('error:')} {message}", file=sys.stderr)
        if hint:
            print(f"hint: {hint}", file=sys.stderr)


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


def _red(text: str) -> str:
    """Red on a terminal, unless NO_COLOR is set (https://no-color.org)."""
    if sys.stderr.isatty() and not os.environ.get("NO_COLOR"):
        return f"\033[31m{text}\033[0m"
    return text
