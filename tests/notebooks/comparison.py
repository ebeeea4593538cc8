"""Whether two texts say the same, when the last digits of their numbers may be rounding.

pytest's own doctest option NUMBER goes by the digits of the expected number alone, and nbval and
pytest-notebook compare outputs letter by letter: hence this module.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from decimal import Decimal
from itertools import zip_longest

RELATIVE = Decimal("1e-6")
"""How far two numbers that are the same may be apart, relative to the larger one."""

FINE = Decimal("0.001")
"""One unit of the last printed digit may differ where it is at most this part of the number.

It is for a number that lies on the border between two roundings. That is no reason for taking a
learning rate of 0.1 for one of 0.2, or an accuracy of 0.97 for one of 0.96.
"""

NOISE = Decimal("1e-15")
"""Numbers that are both no larger than this are the same: what rounding leaves where terms about 1
cancel is a few times 1e-16, of either sign. It is that small because gradients of 1e-14 are what
some pictures are about.
"""

_NUMBER = re.compile(
    r"""(?<![\w.#])                             # not inside a name as x1 or v1.2
    [-+−]? (?: \d{1,3}(?:,\d{3})+ | \d+ ) (?: \.\d+ )? (?: e[-+−]?\d+ )?
    (?! \.?\d )                                 # nor at the beginning of a version as 3.11.7
    """,
    re.VERBOSE | re.IGNORECASE | re.ASCII,
)
_BEFORE, _AFTER = 40, 60  # characters shown of a long line around its first difference


@dataclass(frozen=True)
class _Token:
    """A number or another piece of a line.

    Attributes:
        text: as it stands there.
        start: where.
        number: its value, if it is a number.
    """

    text: str
    start: int
    number: Decimal | None = None


@dataclass(frozen=True)
class Disagreement:
    """Where two texts differ.

    Attributes:
        expected: the place in the first text.
        found: the place in the second one.
        lines: how many lines differ.
    """

    expected: str
    found: str
    lines: int


def disagreement(expected: Sequence[str], found: Sequence[str]) -> Disagreement | None:
    """The first of the lines that do not say the same; None if all do."""
    pairs = [pair for pair in zip_longest(expected, found) if _differ(*pair)]
    return Disagreement(*_excerpts(*pairs[0]), len(pairs)) if pairs else None


def _differ(expected: str | None, found: str | None) -> bool:
    return expected is None or found is None or not agree(expected, found)


def agree(expected: str, found: str) -> bool:
    """Whether two lines have the same words and, but for rounding, the same numbers.

    >>> agree("cost 0.12345, x1 = 3", "cost  0.12346, x1 = 3")
    True
    >>> agree("cost 0.12345, x1 = 3", "cost 0.12347, x1 = 3")
    False
    """
    return _first_difference(expected, found) is None


def _first_difference(expected: str, found: str) -> tuple[int, int] | None:
    for one, other in zip_longest(_tokens(expected), _tokens(found)):
        if one is None or other is None or not _same(one, other):
            return (
                len(expected) if one is None else one.start,
                len(found) if other is None else other.start,
            )
    return None


def _tokens(line: str) -> Iterator[_Token]:
    """Words, cut where numbers begin and end; the width of spaces is of no account."""
    end = 0
    for match in _NUMBER.finditer(line):
        yield from _words(line, end, match.start())
        digits = match[0].replace(",", "").replace("−", "-")
        yield _Token(match[0], match.start(), Decimal(digits))
        end = match.end()
    yield from _words(line, end, len(line))


def _words(line: str, start: int, end: int) -> Iterator[_Token]:
    for match in re.compile(r"\S+").finditer(line, start, end):
        yield _Token(match[0], match.start())


def _same(one: _Token, other: _Token) -> bool:
    if one.number is None or other.number is None:
        return one.text == other.text
    return _close(one.number, other.number)


def _close(one: Decimal, other: Decimal) -> bool:
    units = [_unit(one), _unit(other)]
    if one == other or units == [1, 1]:  # two integers
        return one == other
    largest, distance = max(abs(one), abs(other)), abs(one - other)
    unit = min(units)
    return (
        largest <= NOISE or distance <= RELATIVE * largest or (distance <= unit <= FINE * largest)
    )


def _unit(number: Decimal) -> Decimal:
    """One unit of the last printed digit.

    >>> _unit(Decimal("1.50e-5"))
    Decimal('1E-7')
    """
    exponent = number.as_tuple().exponent
    assert isinstance(exponent, int)  # it is finite
    return Decimal(1).scaleb(exponent)


def _excerpts(expected: str | None, found: str | None) -> tuple[str, str]:
    if expected is None or found is None:
        return _beginning(expected), _beginning(found)
    places = _first_difference(expected, found) or (0, 0)
    return _excerpt(expected, places[0]), _excerpt(found, places[1])


def _beginning(line: str | None) -> str:
    return "(nothing)" if line is None else _excerpt(line, 0)


def _excerpt(line: str, place: int) -> str:
    """What stands around a place.

    >>> _excerpt(100 * "a" + "b" + 100 * "c", 100) == "…" + 40 * "a" + "b" + 59 * "c" + "…"
    True
    """
    start, end = max(0, place - _BEFORE), place + _AFTER
    return f"{'…' * (start > 0)}{line[start:end]}{'…' * (end < len(line))}"
