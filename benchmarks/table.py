"""Tables of measurements in Markdown, and their place in the README."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from microgradlab.errors import LabError

BEGIN, END = "<!-- benchmarks -->", "<!-- /benchmarks -->"
_HEADER = ("measured", "microgradlab", "compared with", "result", "goal")


@dataclass(frozen=True)
class Row:
    """One measurement.

    Attributes:
        what: was measured.
        ours: microgradlab's figures.
        peer: what they are compared with, and its figures.
        result: the number that counts, such as a ratio.
        unit: of the result, as in "times faster".
        at_least, at_most: the goal, if there is one.
    """

    what: str
    ours: str
    peer: str
    result: float
    unit: str
    at_least: float | None = None
    at_most: float | None = None

    @property
    def goal(self) -> str:
        """The goal, and whether it is met.

        >>> Row("a step", "1 ms", "micrograd 3 ms", 3.0, "times faster", at_least=2.0).goal
        '≥ 2 ✓'
        """
        if self.at_least is not None:
            return f"≥ {self.at_least:g} {'✓' if self.result >= self.at_least else '✗'}"
        if self.at_most is not None:
            return f"≤ {self.at_most:g} {'✓' if self.result <= self.at_most else '✗'}"
        return ""


def markdown(rows: Iterable[Row]) -> str:
    """The rows as a Markdown table."""
    lines = [
        (row.what, row.ours, row.peer, f"{_digits(row.result)} {row.unit}", row.goal)
        for row in rows
    ]
    return grid(_HEADER, lines)


def _digits(number: float) -> str:
    """Three digits, or all before the point.

    >>> _digits(2.0), _digits(0.02345), _digits(12345.6)
    ('2.00', '0.0234', '12,346')
    """
    return f"{number:,.0f}" if number >= 999.5 else f"{number:#.3g}".rstrip(".")


def grid(header: Sequence[str], lines: Iterable[Sequence[str]]) -> str:
    """A Markdown table of any columns.

    >>> print(grid(["net", "µs"], [["2-4-1", "3.1"]]))
    | net | µs |
    | --- | --- |
    | 2-4-1 | 3.1 |
    """
    return "\n".join(
        f"| {' | '.join(cells)} |" for cells in (header, ["---"] * len(header), *lines)
    )


def page_of(sections: Mapping[str, str]) -> str:
    """The sections under their titles.

    >>> page_of({"Speed": "fast", "Memory": "small"}).splitlines()
    ['**Speed**', '', 'fast', '', '**Memory**', '', 'small']
    """
    return "\n\n".join(f"**{title}**\n\n{text}" for title, text in sections.items())


def place(page: str, sections: Mapping[str, str], titles: Iterable[str]) -> str:
    r"""The page with the sections between its two markers, each in the place of its predecessor.

    Args:
        page: the text of the whole page.
        sections: what was measured, by title; other sections stay as they are.
        titles: of all sections that there are, in their order; others are dropped.

    Raises:
        LabError: the page does not have the markers, once each and in this order.

    >>> page = f"A\n{BEGIN}\n**One**\n\nold\n\n**Two**\n\nkept\n{END}\nB"
    >>> place(page, {"One": "new"}, ["One", "Two"]).splitlines()[2:-2]
    ['**One**', '', 'new', '', '**Two**', '', 'kept']
    """
    _, old, _ = _parts(page)
    _, *found = re.split(r"^\*\*(.+)\*\*$", old, flags=re.MULTILINE)
    kept = {title: text.strip() for title, text in zip(found[::2], found[1::2], strict=True)}
    known = {**kept, **sections}
    return replaced(page, page_of({title: known[title] for title in titles if title in known}))


def replaced(page: str, text: str) -> str:
    """The page with this text between its two markers.

    Raises:
        LabError: the page does not have the markers, once each and in this order.
    """
    before, _, after = _parts(page)
    return f"{before}{BEGIN}\n{text}\n{END}{after}"


def _parts(page: str) -> tuple[str, str, str]:
    """What stands before, between and behind the markers."""
    parts = re.split(f"({BEGIN}|{END})", page)
    if parts[1::2] != [BEGIN, END]:
        raise LabError(
            "the page has no place for the tables",
            hint=f"write {BEGIN} and {END} once each, on lines of their own, where they belong",
        )
    before, between, after = parts[::2]
    return before, between, after
