"""The derivative of a function that cannot be looked into, with a bound of its error. Floor 7.

A polynomial is fitted to values of f around x. What it leaves unexplained holds both the rounding
noise in f and the curvature that the step is too large for, so it bounds the slope's error. Steps
shrink until only noise remains. Where f takes complex numbers, the complex step gives the last
digits, and the differences confirm it.

Values alone cannot tell a function from one that differs between them: f is taken to be constant
where its floats are, and what wiggles by less than 1e-5 of f's rise may pass for noise.
"""

from __future__ import annotations

import math
import warnings
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import lru_cache
from math import inf, isfinite, nan
from operator import mul
from typing import Any

from microgradlab.errors import ArgumentError

Function = Callable[[float], float]

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
_ROUNDING = 1e3  # noise above so many rounding errors is not taken for rounding alone
_SHARP = 1e-6  # a relative error above which the two sides of x are looked at one by one


@dataclass(frozen=True, slots=True)
class Estimate:
    """A derivative, and how far it can be trusted.

    Attributes:
        value: the derivative; the middle between `sides` at a kink; nan when nothing can be said.
        error: the derivative lies within value ± error, at a kink each of `sides` within its own
            value ± error; inf when nothing can be said.
        method: "complex step" or "differences".
        why: the reason for this method, or for saying nothing.
        sides: the derivatives from left and right where they disagree, at a kink.
        jump: whether f is discontinuous at x.
    """

    value: float
    error: float
    method: str
    why: str
    sides: tuple[float, float] | None = None
    jump: bool = False


def derivative(f: Callable[[Any], Any], x: float) -> Estimate:
    """The derivative of f at x from values of f alone.

    Args:
        f: a function of one float. An ArithmeticError, a ValueError or nan says that the argument
            is outside of its domain.
        x: where.

    Raises:
        ArgumentError: f(x) is not a number.

    The complex step is Squire and Trapp's, doi:10.1137/S003614459631241X.

    >>> import cmath
    >>> estimate = derivative(cmath.exp, 1.0)
    >>> estimate.method, abs(estimate.value - math.e) <= estimate.error < 1e-13
    ('complex step', True)
    >>> estimate = derivative(math.exp, 1.0)
    >>> estimate.method, abs(estimate.value - math.e) <= estimate.error < 1e-11
    ('differences', True)
    >>> derivative(lambda x: max(x, 3.0 * x), 0.0).why
    'f has a kink at x'
    """
    x = float(x)
    if not isfinite(x):
        return _nothing(f"x is {x}")
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", RuntimeWarning)  # NumPy's, outside of f's domain
        real = _total(f)
        try:
            here = real(x)
        except TypeError as error:
            raise ArgumentError(
                f"f({x!r}) is not a number: {error}", hint="return one float from f"
            ) from error
        if not isfinite(here):
            return _nothing(f"f(x) is {here}")
        center = _search(real, x, here)
        if isfinite(center.error) and center.error <= _SHARP * abs(center.value):
            return _from_complex(f, x, here, center)
        return _from_sides(real, x, here, center) or _from_complex(f, x, here, center)


def _nothing(why: str, *, jump: bool = False) -> Estimate:
    return Estimate(nan, inf, "differences", why, jump=jump)


def _total(f: Callable[[Any], Any]) -> Function:
    """f with nan outside of its domain."""

    def total(x: float) -> float:
        try:
            y = f(x)
            if isinstance(y, complex):
                return y.real if y.imag == 0.0 else nan
            return float(y)
        except (ArithmeticError, ValueError):
            return nan

    return total


# --- one step


@dataclass(frozen=True, slots=True)
class _Fit:
    """A polynomial fitted to f near x; the last four fields are sizes per coefficient.

    Attributes:
        slope: its derivative at x.
        gain: the error of the slope per unit of `rest`, safety included.
        reach: the error of its value at x per unit of `rest`, safety included.
        rise: what it explains of f, but for a constant.
        left_out: what it does not explain.
        gap: by how much it misses f(x), which is not among the fitted values.
        rounding: the least noise that floats have.
    """

    slope: float
    gain: float
    reach: float
    rise: float
    left_out: float
    gap: float
    rounding: float

    @property
    def rest(self) -> float:
        return max(self.left_out, self.gap, self.rounding)

    @property
    def limit(self) -> float:
        """What may be noise; more has a cause that a smaller step could see."""
        return max(_ROUNDING * self.rounding, _RESOLVED * self.rise)


def _fit(f: Function, x: float, here: float, step: float, side: int = 0) -> _Fit | None:
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
    rows, at_x, slopes_at_x = _basis(points, float(-side))
    rises = [value - values[0] for value in values]
    parts = [math.fsum(map(mul, row, rises)) / _COUNT for row in rows]
    kept = parts[:_KEPT]
    return _Fit(
        slope=math.fsum(map(mul, kept, slopes_at_x)) / step,
        gain=_SAFETY * math.hypot(*slopes_at_x[:_KEPT]) / step,
        reach=_SAFETY * math.hypot(*at_x[:_KEPT]),
        rise=math.hypot(*kept[1:]),
        left_out=max(map(abs, parts[_KEPT:])),
        gap=abs(math.fsum(map(mul, kept, at_x)) - (here - values[0])) / math.sqrt(_COUNT),
        rounding=max(0.25 * math.ulp(max(map(abs, values))), math.ulp(0.0)),
    )


@lru_cache(maxsize=256)
def _basis(
    points: tuple[float, ...], at: float
) -> tuple[list[list[float]], list[float], list[float]]:
    """Polynomials orthonormal over the points, and their values and slopes in `at`.

    By their three-term recurrence: Gautschi, Orthogonal Polynomials, 2004, section 2.2.3.
    """
    count = len(points)
    row, row_before = [1.0] * count, [0.0] * count
    value, value_before, slope, slope_before, size = 1.0, 0.0, 0.0, 0.0, 0.0
    rows, values, slopes = [row], [value], [slope]
    while len(rows) < count:
        mean = math.fsum(t * q * q for t, q in zip(points, row, strict=True)) / count
        shifted = [
            (t - mean) * q - size * p for t, q, p in zip(points, row, row_before, strict=True)
        ]
        next_value = (at - mean) * value - size * value_before
        next_slope = (at - mean) * slope + value - size * slope_before
        size = math.sqrt(math.fsum(q * q for q in shifted) / count)
        row, row_before = [q / size for q in shifted], row
        value, value_before = next_value / size, value
        slope, slope_before = next_slope / size, slope
        rows.append(row)
        values.append(value)
        slopes.append(slope)
    return rows, values, slopes


# --- all steps


@dataclass(frozen=True, slots=True)
class _Slope:
    """The best slope of a search; as it stands, that of one that found nothing.

    Attributes:
        value: the slope.
        error: its bound.
        step: the step that gave it.
        defined: whether f was finite on any step.
        jump: whether f(x) stays apart from f beside x on all small steps.
    """

    value: float = nan
    error: float = inf
    step: float = 0.0
    defined: bool = False
    jump: bool = False

    def excludes(self, other: _Slope, margin: float = 1.0) -> bool:
        return abs(self.value - other.value) > (self.error + other.error) * margin


def _steps(x: float) -> Iterator[float]:
    """Powers of 8 from 1 and from |x| downwards, as long as points so near to x are distinct."""
    own = min(3 * (math.frexp(x)[1] // 3), 1020)
    exponents = {*range(0, -60, -3), *range(own, own - 54, -3)}
    steps = (math.ldexp(1.0, exponent) for exponent in sorted(exponents, reverse=True))
    return (step for step in steps if step >= 64.0 * math.ulp(x))


def _search(f: Function, x: float, here: float, side: int = 0) -> _Slope:
    """Shrinks the step until only noise is left, and takes the slope of the least error."""
    best, coarser, coarser_step = _Slope(), None, 0.0
    defined = contradicted = False
    apart, best_rest = 0, 0.0
    for step in _steps(x):
        fit = _fit(f, x, here, step, side)
        defined = defined or fit is not None
        if fit is None or fit.left_out > fit.limit:
            coarser = None
            continue
        if fit.rise == 0.0 and best.step:
            break  # f is a staircase, and this is one stair
        if fit.gap > fit.limit:  # something lies between x and the nearest points
            contradicted, apart = contradicted or not best.step, apart + 1
            continue
        apart = 0
        finer = _Slope(fit.slope, fit.gain * fit.rest)
        contradicted = contradicted or (best.excludes(finer) and fit.rest < 0.01 * best_rest)
        if coarser is not None:
            # Two neighbours must agree: noise that hides from one shows in the other.
            error = math.nextafter(coarser.gain * max(coarser.rest, fit.rest), inf)
            found = _Slope(coarser.slope, error, coarser_step)
            if not found.excludes(finer, 1.0 / _SAFETY):
                if found.error < best.error:
                    best, best_rest = found, max(coarser.rest, fit.rest)
                if finer.error > 0.5 * found.error and fit.rest <= _ROUNDING * fit.rounding:
                    break  # rounding noise, which smaller steps only amplify
        coarser, coarser_step = fit, step
    if contradicted:
        best = _Slope()
    return _Slope(best.value, best.error, best.step, defined, apart > 3)


# --- what the steps mean


def _from_sides(f: Function, x: float, here: float, center: _Slope) -> Estimate | None:
    """What only the left and the right of x can tell; None when the center is better."""
    left, right = _search(f, x, here, side=-1), _search(f, x, here, side=1)
    if left.jump or right.jump:
        return _nothing("f jumps at x", jump=True)
    kink = isfinite(left.error) and isfinite(right.error) and left.excludes(right)
    if kink and not center.excludes(left) and not center.excludes(right):
        middle, error = (left.value + right.value) / 2.0, max(left.error, right.error)
        sides = (left.value, right.value)
        return Estimate(middle, error, "differences", "f has a kink at x", sides)
    if isfinite(center.error):
        agreeing = [found.step for found in (center, left, right) if not found.excludes(center)]
        if center.value == 0.0 and max(agreeing) < abs(x) * 1e-3:
            return _nothing("f is a staircase around x")
        return None
    defined = [side for side in (left, right) if side.defined]
    if not defined:
        return _nothing("every step leaves f's domain")
    worse = max(defined, key=lambda side: side.error)
    if not isfinite(worse.error):
        return _nothing("no step is small enough, or f is too noisy")
    why = "f has values on one side of x only" if len(defined) == 1 else "both sides of x agree"
    return Estimate(worse.value, worse.error, "differences", why)


def _from_complex(f: Callable[[Any], Any], x: float, here: float, center: _Slope) -> Estimate:
    """The complex step if it agrees with the differences, or else the differences."""
    tiny = math.ldexp(abs(x) or 1.0, -100)

    def slope(t: float) -> float:
        return complex(f(complex(t, tiny))).imag / tiny

    def differences(why: str) -> Estimate:
        return Estimate(center.value, center.error, "differences", why)

    try:
        real, value = complex(f(complex(x, tiny))).real, slope(x)
        fits = [_fit(slope, x, value, center.step / ratio) for ratio in (8.0, 64.0)]
    except Exception:  # f was written for floats: whatever it raises, it does not take this
        return differences("f does not take complex numbers")
    if not math.isclose(real, here, rel_tol=1e-6):
        return differences("f has other values over complex numbers")
    error = _SAFETY * math.ulp(0.0) / tiny  # an imaginary part may underflow
    for fit in fits:
        error += fit.reach * fit.rest if fit else inf
    found = _Slope(value, error)
    if found.excludes(center):
        return differences("the complex step and the differences disagree")
    if found.error > center.error:
        return differences("the complex step is less precise")
    return Estimate(value, error, "complex step", "f is analytic: the differences agree")
