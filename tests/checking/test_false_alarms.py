"""Right gradients that are no numbers: what IEEE 754 does at its limits is not called wrong."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import replace

import pytest

from microgradlab import OPS, Value, apply, asin, cos, exp, expm1, log, maximum, softplus, sqrt
from microgradlab.checking import Verdict, gradcheck

Function = Callable[[Value], Value]


@pytest.mark.parametrize(
    ("f", "x"),
    [
        pytest.param(lambda x: exp(cos(x) + 709.0), 0.0, id="inf × 0"),
        pytest.param(lambda x: maximum(x, log(x)), 5e-324, id="0 × inf"),
        pytest.param(lambda x: 0.0 / (softplus(x) - 0.6931471805599453), 0.0, id="0 / 0"),
        pytest.param(lambda x: exp(x**2 + 710.0), 0.0, id="nan of two operations"),
    ],
)
def test_a_nan_that_right_operations_make_is_ill_conditioned(f: Function, x: float) -> None:
    assert gradcheck(f, x).verdict is Verdict.ILL_CONDITIONED


@pytest.mark.parametrize("f", [sqrt, log, lambda x: 1.0 / x, lambda x: x**-1.0])
def test_the_sign_of_a_zero_chooses_the_infinity(f: Function) -> None:
    assert gradcheck(f, -0.0).verdict is not Verdict.WRONG


def test_an_infinity_whose_sign_is_decided_by_rounding_is_ill_conditioned() -> None:
    def f(x: Value) -> Value:
        angle = asin(x)
        return abs(angle + 1.5707963267948966) + expm1(angle)

    report = gradcheck(f, -1.0)
    assert report.verdict is Verdict.ILL_CONDITIONED


def test_an_infinity_of_the_wrong_sign_is_wrong() -> None:
    wrong = replace(OPS["sqrt"], dx="-0.5 / out")
    assert gradcheck(lambda x: apply(wrong, x), 0.0).verdict is Verdict.WRONG


def test_a_given_nan_is_wrong_where_there_is_a_derivative() -> None:
    report = gradcheck(lambda x: x * x, 3.0, gradient=lambda x: x * math.nan)
    assert report.verdict is Verdict.WRONG
