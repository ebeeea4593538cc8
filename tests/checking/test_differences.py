"""Derivatives of opaque functions: kinks, jumps, noise and the ends of domains, and the method."""

from __future__ import annotations

import cmath
import math
import sys
from collections.abc import Callable
from math import inf, nan
from typing import Any

import numpy as np
import pytest

from microgradlab.checking.differences import derivative
from microgradlab.errors import ArgumentError

# --- scales


@pytest.mark.parametrize(
    ("f", "x", "slope", "tolerance"),
    [
        (math.sin, 1e10, math.cos(1e10), 1e-5),
        (math.log, 1e-300, 1e300, 1e-10),
        (math.log, 1e10, 1e-10, 1e-10),
        (lambda x: 1.0 / x, 1e-20, -1e40, 1e-14),
        (lambda x: x * x, 1e150, 2e150, 1e-14),
        (math.sin, 5e-324, 1.0, 1e-13),
        (math.asin, 1.0 - 2.0**-40, 2.0**19.5, 1e-3),
        (lambda x: x, sys.float_info.max, 1.0, 1e-11),
        (lambda x: int(x * x), 1e10, 2e10, 1e-5),
    ],
)
def test_the_scale_of_a_function_is_found(
    f: Callable[[float], float], x: float, slope: float, tolerance: float
) -> None:
    estimate = derivative(f, x)
    assert abs(estimate.value - slope) <= estimate.error <= tolerance * abs(slope)


def test_a_few_dozen_values_are_enough_for_a_smooth_function() -> None:
    places = []

    def f(x: float) -> float:
        places.append(x)
        return math.sin(x)

    derivative(f, 0.7)
    assert len(places) < 100


def test_a_part_that_vanishes_on_all_points_of_one_step_is_seen_on_the_next() -> None:
    points = [math.cos(math.pi * (2 * j + 1) / 32) for j in range(16)]  # of the step 1 at 0
    estimate = derivative(lambda x: x + 1e3 * x * math.prod(x - point for point in points), 0.0)
    slope = 1.0 + 1e3 * math.prod(points)
    assert abs(estimate.value - slope) <= estimate.error < 1e-13


# --- constants, integers, noise


@pytest.mark.parametrize("value", [0.0, 1e10, 3, True, np.float32(2.5)])
def test_a_constant_of_any_kind_of_number_has_the_derivative_0(value: Any) -> None:
    estimate = derivative(lambda _: value, 1.5)
    assert estimate.value == 0.0
    assert estimate.error < 1e-9 * max(float(value), 1.0)


@pytest.mark.parametrize("x", [2.5, 10.5, -0.25])
def test_a_staircase_is_flat_between_its_wide_steps(x: float) -> None:
    estimate = derivative(math.floor, x)
    assert estimate.value == 0.0
    assert estimate.error < 1e-11
    assert estimate.sides is None


def test_a_staircase_of_rounding_is_not_taken_for_a_constant() -> None:
    estimate = derivative(lambda x: round(x, 4), 0.30012)
    assert estimate.error == inf
    assert estimate.why == "f is a staircase around x"


@pytest.mark.parametrize("x", [0.0, 1e-9, 0.3, 1.0, 30.7])
@pytest.mark.parametrize("name", ["sin", "cos"])
def test_single_precision_inside_widens_the_bound(name: str, x: float) -> None:
    estimate = derivative(lambda t: float(getattr(np, name)(np.float32(t))), x)
    slope = math.cos(x) if name == "sin" else -math.sin(x)
    assert abs(estimate.value - slope) <= estimate.error
    assert 1e-8 < estimate.error < 1e-3


def test_a_result_made_of_noise_says_nothing() -> None:
    assert derivative(lambda x: math.sin(1e17 * x), 1.0).error == inf


def test_a_fine_ripple_is_not_averaged_away() -> None:
    estimate = derivative(lambda x: 0.5 * x + 1e-9 * math.sin(1e12 * x), 1.0)
    slope = 0.5 + 1e3 * math.cos(1e12)
    assert estimate.error == inf or abs(estimate.value - slope) <= estimate.error


# --- kinks and jumps


@pytest.mark.parametrize(
    ("f", "x", "left", "right"),
    [
        (abs, 0.0, -1.0, 1.0),
        (lambda x: max(x, 0.0), 0.0, 0.0, 1.0),
        (lambda x: 10.0 * x + max(x, 0.0), 0.0, 10.0, 11.0),
        (lambda x: max(x, x * x), 1.0, 1.0, 2.0),
        (lambda x: min(x, x * x), 1.0, 2.0, 1.0),
        (lambda x: math.exp(-abs(x - 7.0)), 7.0, 1.0, -1.0),
    ],
)
def test_a_kink_has_a_derivative_on_either_side(
    f: Callable[[float], float], x: float, left: float, right: float
) -> None:
    estimate = derivative(f, x)
    assert estimate.why == "f has a kink at x"
    assert estimate.sides == pytest.approx((left, right), abs=1e-10)
    assert estimate.value == pytest.approx((left + right) / 2.0, abs=1e-10)
    assert estimate.error < 1e-9
    assert estimate.why != "f jumps at x"


@pytest.mark.parametrize("distance", [1e-2, -1e-2, 1e-3, -1e-3, 1e-4, 1e-5, -1e-5, 1e-6, -1e-6])
@pytest.mark.parametrize("trend", [0.0, 10.0, 1e7])
def test_a_kink_nearby_is_not_a_kink_here(distance: float, trend: float) -> None:
    estimate = derivative(lambda x: trend * x + max(x, 1.0), 1.0 + distance)
    slope = trend + (1.0 if distance > 0.0 else 0.0)
    assert estimate.sides is None
    assert abs(estimate.value - slope) <= estimate.error <= 1e-6 * max(trend, 1.0)


@pytest.mark.parametrize("distance", [1e-1, -1e-3, 1e-6, -1e-6])
def test_a_jump_nearby_is_not_a_jump_here(distance: float) -> None:
    estimate = derivative(lambda x: x * x + (x > 1.0), 1.0 + distance)
    assert estimate.why != "f jumps at x"
    assert abs(estimate.value - 2.0 * (1.0 + distance)) <= estimate.error <= 1e-6


@pytest.mark.parametrize(
    ("f", "x"),
    [
        (lambda x: x > 0.0, 0.0),
        (lambda x: x >= 0.0, 0.0),
        (math.floor, 3.0),
        (lambda x: math.sin(x) + 1e-3 * (x >= 2.0), 2.0),
        (lambda x: math.sin(x) / x if x else 5.0, 0.0),
    ],
)
def test_a_jump_is_named(f: Callable[[float], float], x: float) -> None:
    estimate = derivative(f, x)
    assert estimate.error == inf
    assert estimate.why == "f jumps at x"


@pytest.mark.parametrize(
    "f",
    [
        np.cbrt,
        lambda x: math.sqrt(abs(x)),
        lambda x: abs(x) ** 1.01 * math.log(abs(x)) if x else 0.0,
        lambda x: x * math.log(abs(x)) if x else 0.0,
        lambda x: x * math.sin(1.0 / x) if x else 0.0,
    ],
)
def test_a_derivative_that_does_not_exist_or_cannot_be_seen_has_no_bound(
    f: Callable[[float], float],
) -> None:
    assert derivative(f, 0.0).error == inf


# --- domains


@pytest.mark.parametrize("x", [nan, inf, -inf])
def test_a_place_that_is_not_finite_says_nothing(x: float) -> None:
    assert derivative(math.sin, x).why == f"x is {x}"


@pytest.mark.parametrize(
    ("f", "x", "value"), [(math.sqrt, -1.0, "nan"), (lambda x: x * x, 1e200, "inf")]
)
def test_a_value_that_is_not_finite_says_nothing(
    f: Callable[[float], float], x: float, value: str
) -> None:
    estimate = derivative(f, x)
    assert math.isnan(estimate.value)
    assert estimate.error == inf
    assert estimate.why == f"f(x) is {value}"


def test_an_isolated_point_says_nothing() -> None:
    estimate = derivative(lambda x: 0.0 if x == 1.0 else nan, 1.0)
    assert estimate.why == "every step leaves f's domain"


@pytest.mark.parametrize("error", [ValueError, ZeroDivisionError, OverflowError])
def test_errors_of_arithmetic_end_the_domain(error: type[Exception]) -> None:
    def half_line(x: float) -> float:
        if x < 0.0:
            raise error
        return math.exp(x)

    estimate = derivative(half_line, 0.0)
    assert abs(estimate.value - 1.0) <= estimate.error < 1e-9
    assert estimate.why == "f has values on one side of x only"


def test_an_infinite_slope_at_the_end_of_the_domain_says_nothing() -> None:
    assert derivative(math.sqrt, 0.0).error == inf
    assert derivative(math.asin, 1.0).error == inf


def test_warnings_of_numpy_outside_of_the_domain_are_not_the_callers() -> None:
    assert derivative(np.log, 0.1).value == pytest.approx(10.0)


def test_other_errors_of_the_function_are_its_own() -> None:
    with pytest.raises(TypeError, match="unsupported operand"):
        derivative(lambda x: x * None, 1.0)


@pytest.mark.parametrize("result", [None, [1.0], "one"])
def test_a_result_that_is_no_number_is_refused(result: Any) -> None:
    with pytest.raises(ArgumentError, match=r"f\(1.0\) is not a number"):
        derivative(lambda _: result, 1.0)


# --- the method


def test_a_function_of_complex_numbers_gets_the_complex_step() -> None:
    estimate = derivative(lambda z: cmath.exp(z) / (1.0 + z * z), 0.5)
    assert estimate.method == "complex step"
    assert estimate.why == "f is analytic: the differences agree"
    assert estimate.error < 1e-14


@pytest.mark.parametrize(
    ("f", "slope", "why"),
    [
        (math.sin, math.cos(0.7), "f does not take complex numbers"),
        (lambda z: z * z if z > 0.0 else z, 1.4, "f does not take complex numbers"),
        (lambda z: abs(z) * z, 1.4, "the complex step and the differences disagree"),
        (lambda z: complex(z).real ** 2, 1.4, "the complex step and the differences disagree"),
        (lambda z: z * z.conjugate(), 1.4, "the complex step and the differences disagree"),
        (
            lambda z: z * z + (1.0 if isinstance(z, complex) else 0.0),
            1.4,
            "f has other values over complex numbers",
        ),
    ],
)
def test_a_function_that_is_not_analytic_gets_differences(
    f: Callable[[Any], Any], slope: float, why: str
) -> None:
    estimate = derivative(f, 0.7)
    assert (estimate.method, estimate.why) == ("differences", why)
    assert abs(estimate.value - slope) <= estimate.error < 1e-11


def test_a_complex_step_that_loses_digits_inside_of_f_says_so() -> None:
    estimate = derivative(lambda z: 1e8 * cmath.exp(z) - (1e8 - 1.0) * cmath.exp(z), 1.3)
    assert estimate.method == "complex step"
    assert abs(estimate.value - math.exp(1.3)) <= estimate.error
    assert estimate.error > 1e-9


def test_a_complex_step_whose_imaginary_part_underflows_gives_way_to_differences() -> None:
    estimate = derivative(lambda z: 1e-300 * cmath.exp(z), 1.0)
    assert (estimate.method, estimate.why) == ("differences", "the complex step is less precise")
    assert abs(estimate.value - math.e * 1e-300) <= estimate.error < 1e-311


def test_a_complex_step_needs_room_between_x_and_0() -> None:
    estimate = derivative(lambda z: z, 1e-300)
    assert estimate.why == "x is too near to 0 for a complex step"
    assert abs(estimate.value - 1.0) <= estimate.error < 1e-11
