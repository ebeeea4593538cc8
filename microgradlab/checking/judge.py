"""Compares a derivative with its reference, and says what follows. Floor 7."""

from __future__ import annotations

import math

from microgradlab.checking.differences import Estimate
from microgradlab.checking.precise import Number, precise
from microgradlab.checking.report import Row, Verdict

_TOO_WIDE = 1e-6  # an allowed interval of this relative width says little
_CANCELLED = "the terms of the gradient cancel: rounding decides most of its digits"


def against_exact(
    name: str,
    at: float | None,
    analytic: float,
    exact: Number,
    *,
    width: float,
    noise: Number = 0.0,
    special: str = "",
    kink: bool = False,
) -> Row:
    """Judges a derivative by the exact one.

    Args:
        name: what it is the derivative by.
        at: the input's number.
        analytic: the derivative under test.
        exact: what it should be, in mpmath; nan where there is none.
        width: of the enclosure: how far two float64 evaluations may be apart.
        noise: how far `exact` itself may be off.
        special: what is special on the way to the result, in words.
        kink: whether that is a kink.
    """
    mp = precise().mp
    reference = float(exact)
    ulp = math.ulp(reference) if math.isfinite(reference) else math.nan
    allowed = width + ulp + float(noise)
    distance = abs(mp.mpf(analytic) - exact)  # nan where either is
    ulps = float(distance) / ulp

    def row(verdict: Verdict, why: str = special) -> Row:
        shown = 0.0 if float(noise) >= abs(reference) else reference
        return Row(name, at, analytic, shown, allowed, ulps, verdict, why)

    if math.isnan(reference):
        return row(Verdict.INCONCLUSIVE)
    if math.isinf(reference) and analytic == reference:
        return row(Verdict.OK, special or "infinite, as the reference")
    if not math.isfinite(allowed):
        return row(Verdict.ILL_CONDITIONED, special or "float64's range ends before the result")
    if not distance <= allowed:
        return row(Verdict.WRONG, "")
    if width > _TOO_WIDE * abs(reference):
        return row(Verdict.ILL_CONDITIONED, special or _CANCELLED)
    return row(Verdict.KINK if kink else Verdict.OK)


def against_estimate(name: str, at: float | None, analytic: float, estimate: Estimate) -> Row:
    """Judges a derivative by one that was estimated from values of the function."""
    low = high = estimate.value
    if estimate.sides is not None:
        low, high = sorted(estimate.sides)
    error = estimate.error + math.ulp(estimate.value)
    distance = max(low - analytic, analytic - high, 0.0)

    def row(verdict: Verdict, why: str = "") -> Row:
        middle = (low + high) / 2.0
        ulps = abs(analytic - middle) / math.ulp(middle)
        return Row(name, at, analytic, middle, error + (high - low) / 2.0, ulps, verdict, why)

    if not math.isfinite(error):
        return row(Verdict.INCONCLUSIVE, estimate.why)
    if not distance <= error:
        return row(Verdict.WRONG)
    if estimate.sides is not None:
        return row(Verdict.KINK, f"f has a kink: its slopes are {low:g} and {high:g}")
    if error > _TOO_WIDE * max(abs(estimate.value), 1.0):
        return row(Verdict.INCONCLUSIVE, "the differences of f are too rough")
    return row(Verdict.OK)
