"""Compares a derivative with its reference, and says what follows. Floor 7."""

from __future__ import annotations

import math

from microgradlab.checking.differences import Estimate
from microgradlab.checking.precise import Number, precise
from microgradlab.checking.reference import Special
from microgradlab.checking.report import Row, Verdict

_TOO_WIDE = 1e-6  # an allowed interval of this relative width says little
_UNCERTAIN = "rounding may change most of its digits"


def against_exact(
    name: str,
    at: float | None,
    analytic: float,
    exact: Number,
    *,
    width: float,
    noise: Number = 0.0,
    special: Special | None = None,
) -> Row:
    """Judges a derivative by the exact one.

    Args:
        name: what it is the derivative by.
        at: the input's number.
        analytic: the derivative under test.
        exact: what it should be, in mpmath; nan where there is none.
        width: of the enclosure: how far two float64 evaluations may be apart.
        noise: how far `exact` itself may be off.
        special: the most doubtful point on the way to the result.
    """
    mp = precise().mp
    what = special.what if special else ""
    is_kink = special is not None and special.is_kink
    if mp.isfinite(exact) and noise >= abs(exact):
        exact = mp.mpf(0)  # no digit of it is known
    reference = float(exact)
    ulp = math.ulp(reference) if math.isfinite(reference) else math.nan
    allowed = width + ulp + float(noise)
    distance = abs(mp.mpf(analytic) - exact)  # nan where either is
    ulps = float(distance) / ulp

    def row(verdict: Verdict, why: str = what) -> Row:
        return Row(name, at, analytic, reference, allowed, ulps, verdict, why)

    if math.isnan(reference):
        return row(Verdict.INCONCLUSIVE, what or "the chain rule gives nan, as of inf × 0")
    if math.isinf(reference) and analytic == reference:
        return row(Verdict.OK, what or "infinite, as the reference")
    if math.isinf(reference) and analytic == -reference and math.isfinite(width):
        return row(Verdict.WRONG, "")
    if not math.isfinite(allowed):
        return row(Verdict.ILL_CONDITIONED, what or "nothing bounds what rounding does to it")
    if not distance <= allowed:
        return row(Verdict.WRONG, what if is_kink else "")
    if width > _TOO_WIDE * abs(reference):
        return row(Verdict.ILL_CONDITIONED, what or _UNCERTAIN)
    return row(Verdict.KINK if is_kink else Verdict.OK)


def against_estimate(name: str, at: float | None, analytic: float, estimate: Estimate) -> Row:
    """Judges a derivative by one that was estimated from values of the function."""
    reference = estimate.value
    allowed = estimate.error + math.ulp(reference)
    distance = abs(analytic - reference)
    ulps = distance / math.ulp(reference)
    if estimate.sides is not None:
        low, high = sorted(estimate.sides)
        allowed += (high - low) / 2.0  # any slope between the sides will do,
        ulps = math.nan  # so that no distance to their middle means anything

    def row(verdict: Verdict, why: str = "") -> Row:
        return Row(name, at, analytic, reference, allowed, ulps, verdict, why)

    if not math.isfinite(allowed):
        return row(Verdict.INCONCLUSIVE, estimate.why)
    if not distance <= allowed:
        return row(Verdict.WRONG)
    if estimate.sides is not None:
        return row(Verdict.KINK, f"f has a kink: its slopes are {low:g} and {high:g}")
    if allowed > _TOO_WIDE * max(abs(reference), estimate.steepness or 1.0):
        return row(Verdict.INCONCLUSIVE, "the differences of f are too rough")
    return row(Verdict.OK)
