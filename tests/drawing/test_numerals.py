"""Numbers are short, and what is exact is told from what is rounded."""

from __future__ import annotations

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from microgradlab.drawing.numerals import factor, numeral


@pytest.mark.parametrize(
    ("number", "text"),
    [
        (1.0, "1.0"),
        (-3.0, "-3.0"),
        (0.0, "0.0"),
        (-0.0, "-0.0"),
        (1.00001, "1"),
        (0.1 + 0.2, "0.3"),
        (1234.5678, "1235"),
        (1234.0, "1234.0"),
        (12345.0, "1.234e+04"),
        (5e-324, "4.941e-324"),
        (math.nan, "nan"),
        (-math.inf, "-inf"),
    ],
)
def test_numerals(number: float, text: str) -> None:
    assert numeral(number) == text


def test_digits_can_be_asked_for() -> None:
    assert [numeral(2 / 3, digits) for digits in (1, 6, 17)] == [
        "0.7",
        "0.666667",
        "0.66666666666666663",
    ]


@given(st.floats())
def test_a_numeral_that_ends_in_point_zero_is_exact(number: float) -> None:
    text = numeral(number)
    assert not text.endswith(".0") or float(text) == number


@given(st.floats(allow_nan=False))
def test_only_negative_factors_have_parentheses(number: float) -> None:
    assert factor(number).startswith("(-") == (math.copysign(1.0, number) < 0.0)
