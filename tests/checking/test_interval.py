"""An interval of floats: what it encloses, and what stays exact."""

from __future__ import annotations

from fractions import Fraction
from math import inf, nan, nextafter

import pytest
from hypothesis import given
from hypothesis import strategies as st

from microgradlab.checking.interval import EVERYTHING, Interval, as_interval, divide, hull
from microgradlab.errors import ArgumentError

LARGEST = nextafter(inf, 0.0)
FINITE = st.floats(allow_nan=False, allow_infinity=False)
MODERATE = st.floats(-1e6, 1e6)


def ends(interval: Interval) -> tuple[float, float]:
    return interval.low, interval.high


def point(number: float) -> Interval:
    return Interval(number, number)


@given(x=FINITE, y=FINITE)
def test_sums_differences_and_products_of_points_enclose_the_exact_and_the_rounded(
    x: float, y: float
) -> None:
    a, b = Fraction(x), Fraction(y)
    for enclosure, exact, rounded in [
        (point(x) + y, a + b, x + y),
        (point(x) - y, a - b, x - y),
        (x - point(y), a - b, x - y),
        (point(x) * y, a * b, x * y),
    ]:
        assert enclosure.low <= exact <= enclosure.high
        assert rounded in enclosure


@given(x=FINITE, y=FINITE)
def test_sums_are_exact_exactly_when_no_rounding_happened(x: float, y: float) -> None:
    total = point(x) + y
    is_exact = abs(x + y) < inf and Fraction(x + y) == Fraction(x) + Fraction(y)
    assert (total.width == 0.0) == is_exact


@pytest.mark.parametrize("factor", [0.0, 1.0, -1.0, 2.0, -0.5, 2.0**-40])
@given(x=MODERATE.filter(lambda x: x == 0.0 or abs(x) > 1e-200))
def test_products_and_quotients_with_powers_of_two_are_exact(factor: float, x: float) -> None:
    assert ends(point(x) * factor) == (x * factor, x * factor)
    assert ends(factor * point(x)) == (x * factor, x * factor)
    if factor:
        assert ends(divide(point(x), factor)) == (x / factor, x / factor)


def test_products_with_powers_of_two_are_widened_where_they_underflow() -> None:
    assert ends(point(5e-324) * 0.5) == (-5e-324, 5e-324)


def test_zero_times_numbers_without_bound_is_zero() -> None:
    assert ends(Interval(1.0, inf) * 0.0) == (0.0, 0.0)
    assert ends(point(0.0) * EVERYTHING) == (0.0, 0.0)


def test_zero_times_infinity_itself_is_undefined() -> None:
    assert ends(point(0.0) * point(inf)) == (-inf, inf)


def test_overflow_ends_in_infinity_and_still_holds_the_finite_exact_result() -> None:
    assert ends(point(1e300) * 1e300) == (LARGEST, inf)
    assert ends(point(LARGEST) + LARGEST) == (LARGEST, inf)


def test_an_end_that_is_nan_makes_the_whole_line() -> None:
    assert ends(Interval(nan, 1.0)) == ends(Interval(1.0, nan)) == (-inf, inf)
    assert ends(point(inf) - inf) == (-inf, inf)
    assert nan not in EVERYTHING


def test_ends_in_the_wrong_order_are_refused() -> None:
    with pytest.raises(ArgumentError, match=r"from 2\.0 to 1\.0\nhint: Interval\(1\.0, 2\.0\)"):
        Interval(2.0, 1.0)


@pytest.mark.parametrize("divisor", [(-1.0, 1.0), (0.0, 1.0), (-1.0, -0.0), (0.0, 0.0)])
def test_a_quotient_by_what_touches_zero_is_the_whole_line(divisor: tuple[float, float]) -> None:
    assert ends(divide(1.0, Interval(*divisor))) == (-inf, inf)


def test_zero_divided_by_what_is_not_only_zero_is_zero() -> None:
    assert ends(divide(0.0, Interval(-1.0, 1.0))) == ends(divide(0.0, 3.0)) == (0.0, 0.0)
    assert ends(divide(0.0, 0.0)) == (-inf, inf)


def pairs() -> st.SearchStrategy[tuple[Interval, float]]:
    """An interval of each sign and size, and a number inside."""
    numbers = FINITE | MODERATE | st.sampled_from([0.0, 1.0, -1.0])
    return st.tuples(numbers, numbers, numbers).map(
        lambda three: (Interval(min(three), max(three)), three[0])
    )


@given(pairs(), pairs())
def test_all_operations_enclose_the_results_at_the_numbers_inside(
    first: tuple[Interval, float], second: tuple[Interval, float]
) -> None:
    (x, a), (y, b) = first, second
    assert -a in -x
    for enclosure, exact in [
        (x + y, Fraction(a) + Fraction(b)),
        (x - y, Fraction(a) - Fraction(b)),
        (x * y, Fraction(a) * Fraction(b)),
        (divide(x, y), Fraction(a) / Fraction(b) if b else None),
    ]:
        assert exact is None or enclosure.low <= exact <= enclosure.high


@given(pairs(), pairs())
def test_intervals_are_no_wider_than_the_results_at_their_ends(
    first: tuple[Interval, float], second: tuple[Interval, float]
) -> None:
    (x, _), (y, _) = first, second
    products = [a * b for a in ends(x) for b in ends(y)]
    assert (x * y).low >= nextafter(min(products), -inf)
    assert (x * y).high <= nextafter(max(products), inf)
    if not y.low <= 0.0 <= y.high:
        quotients = [a / b for a in ends(x) for b in ends(y)]
        assert divide(x, y).low >= nextafter(min(quotients), -inf)
        assert divide(x, y).high <= nextafter(max(quotients), inf)


def test_the_width_is_rounded_up() -> None:
    assert Interval(-5e-324, 1.0).width > 1.0
    assert Interval(inf, inf).width == 0.0


def test_the_hull_reaches_from_the_lowest_to_the_highest_end() -> None:
    assert ends(hull([Interval(2.0, 3.0), Interval(-1.0, 0.0)])) == (-1.0, 3.0)


def test_whole_numbers_become_intervals_of_floats() -> None:
    assert repr(as_interval(1)) == "Interval(1.0, 1.0)"
