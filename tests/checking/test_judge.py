"""Verdicts on a derivative, from what it should be and how far off it may be."""

from __future__ import annotations

from math import inf, nan, nextafter, ulp
from typing import Any

import pytest

from microgradlab import Value, log, relu
from microgradlab.checking.differences import Estimate
from microgradlab.checking.judge import against_estimate, against_exact
from microgradlab.checking.precise import precise
from microgradlab.checking.reference import Special, exact
from microgradlab.checking.report import Row, Verdict
from microgradlab.engine import topological_order

NUMBER = precise().number


def judged(
    analytic: float,
    reference: Any,
    width: float = 0.0,
    noise: Any = 0.0,
    special: Special | None = None,
) -> Row:
    return against_exact(
        "x", 1.0, analytic, NUMBER(reference), width=width, noise=NUMBER(noise), special=special
    )


def special(root: Value, x: Value) -> Special:
    return exact(topological_order(root), [x]).special[x]


def kink() -> Special:
    x = Value(0.0)
    return special(relu(x), x)


def no_domain() -> Special:
    x = Value(-1.0)
    return special(log(x), x)


# --- against the exact derivative


@pytest.mark.parametrize("analytic", [2.0, nextafter(2.0, 0.0), nextafter(2.0, 3.0)])
def test_one_unit_in_the_last_place_is_always_allowed(analytic: float) -> None:
    assert judged(analytic, 2.0).verdict is Verdict.OK


def test_two_units_are_wrong_unless_the_graphs_rounding_explains_them() -> None:
    off = 2.0 + 2.0 * ulp(2.0)
    assert judged(off, 2.0).verdict is Verdict.WRONG
    assert judged(off, 2.0, width=ulp(2.0)).verdict is Verdict.OK


def test_the_distance_is_measured_from_the_exact_number_and_not_from_its_float() -> None:
    third = NUMBER(1) / 3
    assert 0.0 < judged(1.0 / 3.0, third).ulps < 0.5
    assert judged(2.0, 2.0).ulps == 0.0


@pytest.mark.parametrize("analytic", [nan, inf, -inf, -2.0, 0.0, 2.1])
def test_what_is_no_such_number_is_wrong(analytic: float) -> None:
    assert judged(analytic, 2.0, width=1e-9).verdict is Verdict.WRONG


def test_the_allowed_interval_is_the_reference_give_or_take_the_width_and_an_ulp() -> None:
    row = judged(2.0, 2.0, width=0.5e-7)
    assert (row.reference, row.allowed) == (2.0, 0.5e-7 + ulp(2.0))
    assert (row.low, row.high) == (2.0 - row.allowed, 2.0 + row.allowed)


def test_a_width_beyond_the_sixth_digit_is_ill_conditioned() -> None:
    assert judged(2.0, 2.0, width=1e-6).verdict is Verdict.OK
    row = judged(2.0, 2.0, width=1e-5)
    assert (row.verdict, row.why) == (
        Verdict.ILL_CONDITIONED,
        "rounding may change most of its digits",
    )


def test_wrong_is_wrong_where_it_is_ill_conditioned_too() -> None:
    assert judged(3.0, 2.0, width=0.1).verdict is Verdict.WRONG


def test_a_reference_below_its_own_noise_is_0() -> None:
    row = judged(0.0, 1e-80, noise=1e-79)
    assert (row.reference, row.ulps, row.verdict) == (0.0, 0.0, Verdict.OK)


def test_an_infinite_derivative_is_ok_where_the_reference_is_infinite() -> None:
    row = judged(inf, inf)
    assert (row.verdict, row.why) == (Verdict.OK, "infinite, as the reference")


def test_an_infinite_derivative_of_the_wrong_sign_is_wrong() -> None:
    assert judged(-inf, inf).verdict is Verdict.WRONG


@pytest.mark.parametrize("analytic", [nan, 5.0])
def test_what_rounding_makes_of_an_infinite_derivative_is_ill_conditioned(analytic: float) -> None:
    assert judged(analytic, inf).verdict is Verdict.ILL_CONDITIONED


def test_where_rounding_has_no_bound_the_verdict_is_ill_conditioned() -> None:
    row = judged(inf, 1e300, width=inf)
    assert row.verdict is Verdict.ILL_CONDITIONED
    assert row.why == "nothing bounds what rounding does to it"


def test_without_a_reference_nothing_is_concluded() -> None:
    row = judged(5.0, nan, special=no_domain())
    assert row.verdict is Verdict.INCONCLUSIVE
    assert row.why == "log is outside its domain (x > 0.0)"


def test_the_verdict_at_a_kink_says_so() -> None:
    row = judged(2.0, 2.0, special=kink())
    assert (row.verdict, row.why) == (Verdict.KINK, "relu has a kink")
    row = judged(2.5, 2.0, special=kink())
    assert (row.verdict, row.why) == (Verdict.WRONG, "relu has a kink")


# --- against an estimate


def estimate(
    value: float, error: float, sides: tuple[float, float] | None = None, why: str = "because"
) -> Estimate:
    return Estimate(value, error, "differences", why, sides)


@pytest.mark.parametrize(
    ("analytic", "verdict"),
    [
        (2.0, Verdict.OK),
        (2.0 + 1e-9, Verdict.OK),
        (2.0 + 3e-9, Verdict.WRONG),
        (nan, Verdict.WRONG),
    ],
)
def test_an_estimate_allows_its_own_error(analytic: float, verdict: Verdict) -> None:
    assert against_estimate("x", 1.0, analytic, estimate(2.0, 2e-9)).verdict is verdict


@pytest.mark.parametrize(
    ("analytic", "verdict"),
    [
        (0.0, Verdict.KINK),
        (0.3, Verdict.KINK),
        (1.0, Verdict.KINK),
        (1.0 + 1e-9, Verdict.KINK),
        (1.1, Verdict.WRONG),
        (-0.1, Verdict.WRONG),
    ],
)
def test_at_a_kink_of_f_any_slope_between_its_sides_will_do(
    analytic: float, verdict: Verdict
) -> None:
    row = against_estimate("x", 1.0, analytic, estimate(0.5, 2e-9, sides=(1.0, 0.0)))
    assert row.verdict is verdict
    if verdict is Verdict.KINK:
        assert row.why == "f has a kink: its slopes are 0 and 1"


def test_without_an_estimate_nothing_is_concluded() -> None:
    row = against_estimate("x", 1.0, 2.0, estimate(nan, inf, why="f jumps at x"))
    assert (row.verdict, row.why) == (Verdict.INCONCLUSIVE, "f jumps at x")


def test_an_estimate_of_few_digits_is_no_pass() -> None:
    row = against_estimate("x", 1.0, 2.0, estimate(2.0, 1e-3))
    assert row.verdict is Verdict.INCONCLUSIVE
