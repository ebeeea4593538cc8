"""Tables of measurements in Markdown, and their place in the README."""

from __future__ import annotations

import re
from collections.abc import Iterable
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
    lines = [_HEADER, ("---",) * len(_HEADER)]
    for row in rows:
        result = f"{row.result:#.3g}".rstrip(".")
        lines.append((row.what, row.ours, row.peer, f"{result} {row.unit}", row.goal))
    return "\n".join(f"| {' | '.join(line)} |" for line in lines)


def place(page: str, text: str) -> str:
    """The page with the text between its two markers, in the place of what was there.

    Raises:
        LabError: the page does not have the markers, once each and in this order.

    >>> place(f"A {BEGIN} old {END} B", "new").splitlines()
    ['A <!-- benchmarks -->', 'new', '<!-- /benchmarks --> B']
    """
    parts = re.split(f"({BEGIN}|{END})", page)
    if parts[1::2] != [BEGIN, END]:
        raise LabError(
            "the page has no place for the tables",
            hint=f"write {BEGIN} and {END} once each, on lines of their own, where they belong",
        )
    before, after = parts[0], parts[-1]
    return f"{before}{BEGIN}\n{text}\n{END}{after}"
