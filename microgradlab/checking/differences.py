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
from dataclasses import dataclass, replace
from math import inf, isfinite, nan
from typing import Any

from microgradlab.checking.polynomials import fit_polynomial
from microgradlab.errors import ArgumentError

Function = Callable[[float], float]

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
        steepness: how steep f is around x; 0 if it is constant there.
    """

    value: float
    error: float
    method: str
    why: str
    sides: tuple[float, float] | None = None
    steepness: float = 0.0


def derivative(f: Callable[[Any], Any], x: float) -> Estimate:
    """The derivative of f at x from values of f alone.

    Args:
        f: a function of one float. An ArithmeticError, a ValueError or nan says that the argument
            is outside of its domain.
        x: where.

    Raises:
        ArgumentError: f returns something else than a number.

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
        here = real(x)
        if not isfinite(here):
            return _nothing(f"f(x) is {here}")
        center = _search(real, x, here)
        if isfinite(center.error) and center.error <= _SHARP * abs(center.value):
            found = _from_complex(f, x, here, center)
        else:
            found = _from_sides(real, x, here, center) or _from_complex(f, x, here, center)
        return replace(found, steepness=center.steepness)


def _nothing(why: str) -> Estimate:
    return Estimate(nan, inf, "differences", why)


def _total(f: Callable[[Any], Any]) -> Function:
    """f with nan outside of its domain."""

    def total(x: float) -> float:
        try:
            y = f(x)
        except (ArithmeticError, ValueError):
            return nan
        if isinstance(y, complex):
            return y.real if y.imag == 0.0 else nan
        try:
            return float(y)
        except OverflowError:
            return nan
        except (TypeError, ValueError) as error:
            raise ArgumentError(
                f"f({x!r}) is not a number but {y!r}", hint="return one float from f"
            ) from error

    return total


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
        steepness: how much f rises over that step, by the step.
    """

    value: float = nan
    error: float = inf
    step: float = 0.0
    defined: bool = False
    jump: bool = False
    steepness: float = 0.0

    def excludes(self, other: _Slope) -> bool:
        return abs(self.value - other.value) > self.error + other.error


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
    apart = 0
    for step in _steps(x):
        fit = fit_polynomial(f, x, here, step, side)
        defined = defined or fit is not None
        if fit is None or not fit.resolved:
            coarser = None
            continue
        if fit.rise == 0.0 and best.step:
            break  # f is a staircase, and this is one stair
        if fit.apart:  # something lies between x and the nearest points
            contradicted, apart = contradicted or not best.step, apart + 1
            continue
        apart = 0
        finer = _Slope(fit.slope, fit.slope_error(fit.rest))
        contradicted = contradicted or best.excludes(finer)
        if coarser is not None:
            # Two neighbours must agree; noise that hides from one shows in the other.
            error = coarser.slope_error(max(coarser.rest, fit.rest))
            steepness = coarser.rise / coarser_step
            found = _Slope(coarser.slope, error, coarser_step, steepness=steepness)
            if not found.excludes(finer):
                if found.error < best.error:
                    best = found
                if fit.quiet and finer.error > 0.5 * found.error:
                    break  # smaller steps only amplify the rounding
        coarser, coarser_step = fit, step
    if contradicted:
        best = _Slope()
    return replace(best, defined=defined, jump=apart > 3)


# --- what the steps mean


def _from_sides(f: Function, x: float, here: float, center: _Slope) -> Estimate | None:
    """What only the left and the right of x can tell; None when the center is better."""
    left, right = _search(f, x, here, side=-1), _search(f, x, here, side=1)
    if left.jump or right.jump:
        return _nothing("f jumps at x")
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

    if tiny == 0.0:
        return differences("x is too near to 0 for a complex step")
    try:
        real, value = complex(f(complex(x, tiny))).real, slope(x)
        fit = fit_polynomial(slope, x, value, center.step / 8.0)
    except Exception:  # f was written for floats: whatever it raises, it does not take this
        return differences("f does not take complex numbers")
    if fit is None or not math.isclose(real, here, rel_tol=1e-6):
        return differences("f has other values over complex numbers")
    # The noise, what a rounding of x would change, and what underflows in the imaginary part.
    error = fit.value_error() + abs(fit.slope) * math.ulp(x) + 10.0 * math.ulp(0.0) / tiny
    found = _Slope(value, error)
    if found.excludes(center):
        return differences("the complex step and the differences disagree")
    if error > center.error:
        return differences("the complex step is less precise")
    return Estimate(value, error, "complex step", "f is analytic: the differences agree")
