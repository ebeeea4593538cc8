"""The table's expressions in C: their form. What they compute is tested by running it."""

from __future__ import annotations

import math
import struct

import pytest
from hypothesis import given
from hypothesis import strategies as st

from microgradlab.compiler.c99.expressions import REALS, Lowering
from microgradlab.errors import ArgumentError

DOUBLE, FLOAT = REALS["double"], REALS["float"]


@pytest.mark.parametrize(
    ("source", "code"),
    [
        ("x * y", "a[i] * b[k]"),
        ("1.0 - out * out", "1.0 - (c * c)"),
        ("-(x + y) / out", "(-(a[i] + b[k])) / c"),
        ("x ** (y - 1.0)", "pow(a[i], b[k] - 1.0)"),
        ("-x ** y", "-pow(a[i], b[k])"),
        ("abs(tanh(x))", "fabs(tanh(a[i]))"),
        ("1e999", "(double)INFINITY"),
        ("0.0 if y <= 0.0 else y", "relu(b[k])"),
        ("x if y >= x else 2.0", "b[k] >= a[i] ? a[i] : 2.0"),
        ("1.0 if x == 0.0 and y >= 0.0 else x", "(a[i] == 0.0) && (b[k] >= 0.0) ? 1.0 : a[i]"),
        ("1.0 if -1.0 < x < 1.0 else y", "((-1.0) < a[i]) && (a[i] < 1.0) ? 1.0 : b[k]"),
    ],
)
def test_expressions_have_the_form_of_c(source: str, code: str) -> None:
    assert Lowering(DOUBLE).expression(source, {"x": "a[i]", "y": "b[k]", "out": "c"}) == code


def test_floats_have_their_own_functions_and_literals() -> None:
    code = Lowering(FLOAT).expression("0.5 * abs(log1p(x)) ** 1e999", {"x": "x"})
    assert code == "0.5f * powf(fabsf(log1pf(x)), (float)INFINITY)"


def test_rows_that_are_called_become_functions_with_those_that_they_call() -> None:
    lowering = Lowering(DOUBLE)
    lowering.expression("softplus(x) + sigmoid(x)", {"x": "x"})
    sigmoid, softplus = lowering.functions()
    assert sigmoid.startswith("static inline double sigmoid(double x)\n{\n    return x >= 0.0 ?")
    assert "return x > 0.0 ? (x + log1p(exp(-x))) : log1p(exp(x));" in softplus
    assert Lowering(DOUBLE).functions() == []


def test_a_function_of_two_operands_takes_both() -> None:
    lowering = Lowering(FLOAT)
    lowering.expression("x if x >= y else y if y > x else x + y", {"x": "p", "y": "q"})
    (maximum,) = lowering.functions()
    assert maximum.splitlines()[0] == "static inline float maximum(float x, float y)"
    assert "return x >= y ? x : (y > x ? y : (x + y));" in maximum


@given(st.floats(allow_nan=False, allow_infinity=False))
def test_literals_of_doubles_are_read_as_the_same_number(number: float) -> None:
    read = float(DOUBLE.literal(number))
    assert struct.pack("d", read) == struct.pack("d", number)


@given(st.floats(width=32, allow_nan=False, allow_infinity=False))
def test_literals_of_floats_are_read_as_the_same_number(number: float) -> None:
    text = FLOAT.literal(number)
    assert text.endswith("f")
    assert set(text) & {".", "e"}  # without either it would be no floating literal
    assert struct.pack("f", float(text[:-1])) == struct.pack("f", number)


@pytest.mark.parametrize(
    ("number", "text"),
    [(math.inf, "(double)INFINITY"), (-math.inf, "-(double)INFINITY"), (math.nan, "(double)NAN")],
)
def test_what_is_not_finite_has_a_name(number: float, text: str) -> None:
    assert DOUBLE.literal(number) == text
    assert DOUBLE.rounded(number) is number


def test_numbers_too_large_for_a_float_are_refused() -> None:
    assert FLOAT.rounded(3.4028235e38) == 3.4028234663852886e38
    with pytest.raises(ArgumentError, match=r"3.5e\+38 is too large for a float"):
        FLOAT.literal(3.5e38)
