"""A polynomial fitted to values of a function, and what it leaves unexplained. Floor 7."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from functools import lru_cache
from math import isfinite, nan
from operator import mul

# Chebyshev points, where polynomials fit best; the outermost first, because these are the first to
# leave f's domain. They are not round numbers, so that rounding errors in f differ among them.
_COUNT = 16
_POINTS = tuple(
    sign * math.cos(math.pi * (2 * j + 1) / (2 * _COUNT))
    for j in range(_COUNT // 2)
    for sign in (-1.0, 1.0)
)
_KEPT = 12  # coefficients of the fitted polynomial; the last four measure what it leaves out
_SAFETY = 8.0  # bounds are this many times the size that those four suggest
_RESOLVED = 1e-5  # a polynomial that leaves out more than this part of f's rise says nothing
_MANY = 1e3  # more than this many rounding errors are not taken for rounding alone


@dataclass(frozen=True, slots=True)
class Fit:
    """A polynomial fitted to f near x; the last four fields are sizes per coefficient.

    Attributes:
        slope: its derivative at x.
        blur: how much the slope changes between x and the next float: f may round x on its way.
        gain: how much `rest` amounts to in the slope.
        rise: what it explains of f, but for a constant.
        left_out: what it does not explain.
        gap: by how much it misses f(x), which is not among the fitted values.
        rounding: the least noise that floats have.
    """

    slope: float
    blur: float
    gain: float
    rise: float
    left_out: float
    gap: float
    rounding: float

    @property
    def rest(self) -> float:
        """What is noise, or curvature that the polynomial does not follow."""
        return max(self.left_out, self.gap, self.rounding)

    @property
    def resolved(self) -> bool:
        """Whether what it leaves out may be noise; else a smaller step could see its cause."""
        return self.left_out <= self._noise

    @property
    def apart(self) -> bool:
        """Whether f(x) stands apart from the other values by more than noise."""
        return self.gap > self._noise

    @property
    def quiet(self) -> bool:
        """Whether rounding of the values alone accounts for what it does not explain."""
        return self.rest <= _MANY * self.rounding

    @property
    def _noise(self) -> float:
        return max(_MANY * self.rounding, _RESOLVED * self.rise)

    def value_error(self) -> float:
        """A bound of the noise in f(x)."""
        return _SAFETY * math.sqrt(_COUNT) * self.rest

    def slope_error(self, rest: float) -> float:
        """A bound of the slope's error for a given rest."""
        return math.nextafter(_SAFETY * self.gain * rest + self.blur, math.inf)


def fit_polynomial(
    f: Callable[[float], float], x: float, here: float, step: float, side: int = 0
) -> Fit | None:
    """Fits between x - step and x + step, or on the right (side 1) or left (-1) of x only.

    None when f is not finite there, or when the points coincide.
    """
    places = [x + (point + side) * step for point in _POINTS]
    if len({x, *places}) <= _COUNT:
        return None
    values: list[float] = []
    for place in places:
        values.append(f(place) if isfinite(place) else nan)
        if not isfinite(values[-1] - values[0]):
            return None
    # x + point * step was rounded: the points as they are, not as they were meant.
    points = tuple((place - x) / step - side for place in places)
    rows, jets = _basis(points, float(-side))
    rises = [value - values[0] for value in values]
    parts = [_dot(row, rises) / _COUNT for row in rows]
    kept = parts[:_KEPT]
    at_x, slopes, curves = zip(*jets[:_KEPT], strict=True)
    return Fit(
        slope=_dot(kept, slopes) / step,
        blur=abs(_dot(kept, curves)) / step * (math.ulp(x) / step),
        gain=math.hypot(*slopes) / step,
        rise=math.hypot(*kept[1:]),
        left_out=max(map(abs, parts[_KEPT:])),
        gap=abs(_dot(kept, at_x) - (here - values[0])) / math.sqrt(_COUNT),
        rounding=max(0.25 * math.ulp(max(map(abs, values))), math.ulp(0.0)),
    )


def _dot(left: Iterable[float], right: Iterable[float]) -> float:
    return math.fsum(map(mul, left, right))


@lru_cache(maxsize=256)
def _basis(points: tuple[float, ...], at: float) -> tuple[list[list[float]], list[list[float]]]:
    """Polynomials orthonormal over the points; and value, slope and curvature of each in `at`.

    By their three-term recurrence: Gautschi, Orthogonal Polynomials, 2004, section 2.2.3.
    """
    count = len(points)
    row, row_before = [1.0] * count, [0.0] * count
    jet, jet_before, size = [1.0, 0.0, 0.0], [0.0, 0.0, 0.0], 0.0
    rows, jets = [row], [jet]
    while len(rows) < count:
        mean = _dot(points, map(mul, row, row)) / count
        next_row = [
            (t - mean) * q - size * before
            for t, q, before in zip(points, row, row_before, strict=True)
        ]
        product = (0.0, jet[0], 2.0 * jet[1])  # (t - mean) * q has more than one derivative
        next_jet = [
            (at - mean) * q - size * before + more
            for q, before, more in zip(jet, jet_before, product, strict=True)
        ]
        size = math.sqrt(_dot(next_row, next_row) / count)
        row, row_before = [q / size for q in next_row], row
        jet, jet_before = [q / size for q in next_jet], jet
        rows.append(row)
        jets.append(jet)
    return rows, jets
