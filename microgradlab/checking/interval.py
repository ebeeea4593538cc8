"""An interval of floats, and its arithmetic, rounded outward. Floor 7.

Every result encloses the exact results at all numbers of the operands, and what float64 computes at
all floats of them: ends move apart by one float, except where nothing was rounded. A float result
of nan is in no interval; what is undefined is the whole line.

See R. E. Moore, R. B. Kearfott, M. J. Cloud, Introduction to Interval Analysis (2009).
"""

from __future__ import annotations

from collections.abc import Iterable
from math import inf, nextafter
from typing import Any, TypeAlias, final

from microgradlab.errors import ArgumentError

Number: TypeAlias = "Interval | float"

_EXACT_FACTORS = frozenset(sign * 2.0**k for k in range(-64, 65) for sign in (1.0, -1.0)) | {0.0}


@final
class Interval:
    """All numbers from `low` to `high`; operators take intervals and floats, which are exact.

    Args:
        low: the lower end; -inf when there is no bound.
        high: the upper end. An end that is nan, an undefined result, makes the whole line.

    Raises:
        ArgumentError: low is above high.

    >>> Interval(1.0, 2.0) - 0.5
    Interval(0.5, 1.5)
    >>> Interval(0.1, 0.1) * 3.0
    Interval(0.3, 0.3000000000000001)
    """

    __slots__ = ("high", "low")

    low: float
    high: float

    def __init__(self, low: float, high: float) -> None:
        if low <= high:
            self.low = low
            self.high = high
        elif low > high:
            raise ArgumentError(
                f"an interval goes from its lower end to its upper end, not from {low!r} to "
                f"{high!r}",
                hint=f"Interval({high!r}, {low!r})",
            )
        else:
            self.low = -inf
            self.high = inf

    @property
    def width(self) -> float:
        """The distance between the ends, rounded up; 0 when only one number is inside.

        >>> Interval(1.0, 1.0).width
        0.0
        """
        return 0.0 if self.low == self.high else nextafter(self.high - self.low, inf)

    def __contains__(self, number: Any) -> bool:
        """Whether a number of any kind that compares with floats is inside; nan is not."""
        return bool(self.low <= number <= self.high)

    def __repr__(self) -> str:
        return f"Interval({self.low!r}, {self.high!r})"

    def __neg__(self) -> Interval:
        return Interval(-self.high, -self.low)

    def __add__(self, other: Number) -> Interval:
        a, b = self.low, self.high
        if type(other) is Interval:
            c, d = other.low, other.high
        else:
            c = d = other
        low, high = a + c, b + d
        # Nothing was rounded if, and only if, both operands come back (Knuth's TwoSum).
        if low - a != c or low - c != a:
            low = nextafter(low, -inf)
        if high - b != d or high - d != b:
            high = nextafter(high, inf)
        return Interval(low, high)

    __radd__ = __add__

    def __sub__(self, other: Number) -> Interval:
        a, b = self.low, self.high
        if type(other) is Interval:
            c, d = other.low, other.high
        else:
            c = d = other
        low, high = a - d, b - c
        if a - low != d or low + d != a:
            low = nextafter(low, -inf)
        if b - high != c or high + c != b:
            high = nextafter(high, inf)
        return Interval(low, high)

    def __rsub__(self, other: float) -> Interval:
        return Interval(other, other) - self

    def __mul__(self, other: Number) -> Interval:
        a, b = self.low, self.high
        if type(other) is Interval:
            c, d = other.low, other.high
        else:
            c = d = other
        if c == d and c in _EXACT_FACTORS:
            return _scaled(a, b, c)
        if a == b and a in _EXACT_FACTORS:
            return _scaled(c, d, a)
        # By signs, because 0 * inf, which is nan, then never meets where an end means "no bound".
        if a >= 0.0:
            low = (a if c >= 0.0 else b) * c
            high = (b if d >= 0.0 else a) * d
        elif b <= 0.0:
            low = (a if d >= 0.0 else b) * d
            high = (b if c >= 0.0 else a) * c
        elif c >= 0.0:
            low, high = a * d, b * d
        elif d <= 0.0:
            low, high = b * c, a * c
        else:
            low, high = min(a * d, b * c), max(a * c, b * d)
        return Interval(nextafter(low, -inf), nextafter(high, inf))

    __rmul__ = __mul__


EVERYTHING = Interval(-inf, inf)
"""The whole line: nothing is known, or nothing is defined."""


def as_interval(number: Number) -> Interval:
    """The number itself if it is an interval, else the interval of that float alone.

    >>> as_interval(0.5)
    Interval(0.5, 0.5)
    """
    if type(number) is Interval:
        return number
    number = float(number)
    return Interval(number, number)


def hull(intervals: Iterable[Interval]) -> Interval:
    """The smallest interval around one or more others.

    >>> hull([Interval(0.0, 1.0), Interval(3.0, 4.0)])
    Interval(0.0, 4.0)
    """
    parts = list(intervals)
    return Interval(min(part.low for part in parts), max(part.high for part in parts))


def _scaled(low: float, high: float, factor: float) -> Interval:
    """The product with 0 or a power of two, which rounds only when it under- or overflows."""
    if factor == 0.0:
        # 0 times numbers without bound is still 0; 0 times infinity itself is undefined.
        return Interval(low * 0.0, high * 0.0) if low == high else Interval(0.0, 0.0)
    if factor < 0.0:
        low, high = high, low
    new_low, new_high = low * factor, high * factor
    if new_low / factor != low:
        new_low = nextafter(new_low, -inf)
    if new_high / factor != high:
        new_high = nextafter(new_high, inf)
    return Interval(new_low, new_high)


def divide(x: Number, y: Number) -> Interval:
    """The quotient; by what touches 0 it is the whole line, because a float 0 has either sign."""
    x, y = as_interval(x), as_interval(y)
    a, b, c, d = x.low, x.high, y.low, y.high
    if c <= 0.0 <= d:
        return x if a == b == 0.0 and c != d else EVERYTHING
    if c == d and c in _EXACT_FACTORS:
        return _scaled(a, b, 1.0 / c)
    if a == b == 0.0:
        return x
    if c > 0.0:
        low, high = a / (d if a >= 0.0 else c), b / (c if b >= 0.0 else d)
    else:
        low, high = b / (d if b >= 0.0 else c), a / (c if a >= 0.0 else d)
    return Interval(nextafter(low, -inf), nextafter(high, inf))
