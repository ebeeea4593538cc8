"""The Value: operators, functions and methods, over Values and constants."""

from __future__ import annotations

import math
import operator
import re
from collections.abc import Callable
from decimal import Decimal
from fractions import Fraction
from math import inf, nan
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

import microgradlab as mg
from microgradlab import Value, ieee
from microgradlab import value as value_module
from microgradlab.errors import ArgumentError
from microgradlab.expressions import ExpressionError
from microgradlab.ops import OPS, TABLE, Op

UNARY = [op for op in TABLE if op.arity == 1]
BINARY = [op for op in TABLE if op.arity == 2]
ROWS = pytest.mark.parametrize("op", TABLE, ids=repr)
ANY = st.floats() | st.sampled_from([0.0, -0.0, 1.0, -1.0, 2.0, 0.5, 800.0, inf, -inf, nan])

OPERATORS: dict[str, Callable[[Any, Any], Any]] = {
    "add": operator.add,
    "sub": operator.sub,
    "mul": operator.mul,
    "div": operator.truediv,
    "pow": operator.pow,
}
CONSTANTS = [2, 2.0, True, Fraction(1, 2), np.float64(2.0), np.float32(2.0), np.int64(2)]


def bits(*numbers: float | None) -> list[str]:
    """The numbers to the last bit, nan and the sign of zero included."""
    return [repr(number) for number in numbers]


# --- making one


@pytest.mark.parametrize(
    "number", [3, 3.0, Fraction(3), np.float64(3), np.float32(3), np.int64(3), Value(3.0)]
)
def test_any_real_number_becomes_a_python_float(number: Any) -> None:
    value = Value(number, label="a")
    assert type(value.data) is float
    assert (value.data, value.label, value.grad) == (3.0, "a", 0.0)
    assert (value.op, value.x, value.y, value.dx, value.dy) == (None, None, None, None, None)


NOT_REAL = ["3", None, 1j, Decimal(3), [1.0], (1.0,), np.zeros(2), {}, object()]


@pytest.mark.parametrize("thing", NOT_REAL, ids=lambda thing: type(thing).__name__)
@pytest.mark.parametrize("function", [Value, mg.tanh, mg.abs, mg.neg, lambda v: mg.maximum(v, 1.0)])
def test_what_is_no_real_number_is_a_clear_type_error(
    function: Callable[[Any], Any], thing: Any
) -> None:
    kind = type(thing).__name__
    with pytest.raises(TypeError, match=f"takes a real number or a Value, not {kind}"):
        function(thing)


@pytest.mark.parametrize("thing", NOT_REAL, ids=lambda thing: type(thing).__name__)
@pytest.mark.parametrize("name", [op.name for op in BINARY])
def test_the_second_operand_of_a_function_is_checked_too(name: str, thing: Any) -> None:
    function = getattr(mg, name)
    with pytest.raises(TypeError, match="not " + type(thing).__name__):
        function(1.0, thing)


@pytest.mark.parametrize("name", ["maximum", "minimum"])
def test_named_methods_check_their_operand(name: str) -> None:
    with pytest.raises(TypeError, match=f"{name} takes a real number or a Value, not str"):
        getattr(Value(1.0), name)("2")
    with pytest.raises(TypeError, match=f"{name} takes a real number or a Value, not str"):
        getattr(mg, name)("2", Value(1.0))


def test_errors_say_how_to_mend() -> None:
    with pytest.raises(TypeError, match=r"write \[tanh\(v\) for v in values\]"):
        mg.tanh([1.0, 2.0])  # type: ignore[call-overload]
    with pytest.raises(TypeError, match=r"convert it first, as in Value\(float\(text\)\)"):
        Value("2.0")  # type: ignore[arg-type]


@pytest.mark.parametrize("symbol", OPERATORS.values())
@pytest.mark.parametrize("thing", ["2", None, 1j, Decimal(2), {}])
def test_operators_refuse_what_is_no_real_number(
    symbol: Callable[[Any, Any], Any], thing: Any
) -> None:
    for left, right in ((Value(1.0), thing), (thing, Value(1.0))):
        with pytest.raises(TypeError):
            symbol(left, right)


def test_a_value_cannot_be_subclassed() -> None:
    with pytest.raises(TypeError, match="hold Values in a class of your own"):
        type("Special", (Value,), {})


# --- operators


@pytest.mark.parametrize("name", OPERATORS)
@pytest.mark.parametrize("constant", CONSTANTS, ids=lambda c: type(c).__name__)
def test_a_constant_on_either_side_keeps_its_side(name: str, constant: Any) -> None:
    symbol, number = OPERATORS[name], float(constant)
    v = Value(3.0)

    right = symbol(v, constant)
    assert type(right) is Value
    assert right.op is OPS[name]
    assert right.operands == (v, number)
    assert type(right.y) is float
    assert right.dy is None

    left = symbol(constant, v)
    assert type(left) is Value
    assert left.op is OPS[name]
    assert left.operands == (number, v)
    assert type(left.x) is float
    assert left.dx is None


@pytest.mark.parametrize("name", OPERATORS)
@pytest.mark.parametrize("constant", CONSTANTS, ids=lambda c: type(c).__name__)
def test_a_constant_computes_like_a_value_in_its_place(name: str, constant: Any) -> None:
    symbol, number = OPERATORS[name], float(constant)
    u, v = Value(3.0), Value(number)
    both = symbol(u, v)
    with_right, with_left = symbol(u, constant), symbol(Value(number), 3.0)
    assert bits(with_right.data, with_right.dx) == bits(both.data, both.dx)
    assert bits(with_left.data, with_left.dx) == bits(symbol(v, u).data, symbol(v, u).dx)
    assert bits(symbol(3.0, v).data, symbol(3.0, v).dy) == bits(both.data, both.dy)


def test_x_minus_3_and_3_minus_x_are_different_graphs() -> None:
    x = Value(5.0)
    assert ((x - 3).data, (x - 3).operands, (x - 3).dx) == (2.0, (x, 3.0), 1.0)
    assert ((3 - x).data, (3 - x).operands, (3 - x).dy) == (-2.0, (3.0, x), -1.0)


def test_powers() -> None:
    x = Value(-3.0)
    square = x**2
    assert (square.data, square.dx) == (9.0, -6.0)
    cube = Value(2.0) ** Value(3.0)
    assert (cube.data, cube.dx, cube.dy) == (8.0, 12.0, 8.0 * math.log(2.0))
    exponential = 2 ** Value(3.0)
    assert (exponential.data, exponential.dy) == (8.0, 8.0 * math.log(2.0))
    assert math.isnan((Value(-8.0) ** (1 / 3)).data)


def test_the_signs() -> None:
    x = Value(-2.0)
    assert ((-x).data, (-x).dx) == (2.0, -1.0)
    assert (abs(x).data, abs(x).dx) == (2.0, -1.0)
    assert +x is x
    assert (x.neg().data, x.abs().data) == (2.0, 2.0)


def test_in_place_forms_make_new_nodes() -> None:
    x = start = Value(2.0)
    x += 1
    x *= Value(3.0)
    x -= 1
    x /= 2
    x **= 2
    assert x.data == 16.0
    assert start.data == 2.0
    x.backward()
    assert start.grad == 12.0  # d/ds ((3 (s + 1) - 1) / 2)² = 3 (3s + 2) / 2


# --- functions and methods


@pytest.mark.parametrize("op", UNARY, ids=repr)
def test_every_operation_of_one_operand_is_function_and_method(op: Op) -> None:
    function = getattr(mg, op.name)
    x = Value(0.5)
    by_function, by_method = function(x), getattr(x, op.name)()
    assert by_function.op is by_method.op is op
    assert by_function.operands == by_method.operands == (x,)
    assert bits(by_function.data, by_function.dx) == bits(by_method.data, by_method.dx)


@pytest.mark.parametrize("op", BINARY, ids=repr)
def test_functions_of_two_operands_take_values_and_numbers_in_any_mix(op: Op) -> None:
    function = getattr(mg, op.name)
    u, v = Value(0.5), Value(3.0)
    assert function(u, v).operands == (u, v)
    assert function(u, 3).operands == (u, 3.0)
    assert function(np.float64(0.5), v).operands == (0.5, v)
    assert function(u, v).op is function(u, 3).op is function(0.5, v).op is op
    assert bits(function(u, v).data) == bits(function(u, 3).data) == bits(function(0.5, v).data)
    assert function(u, v).dx == function(u, 3).dx
    assert function(u, v).dy == function(0.5, v).dy


@pytest.mark.parametrize("name", ["maximum", "minimum"])
def test_maximum_and_minimum_are_methods(name: str) -> None:
    u, v = Value(0.5), Value(3.0)
    assert getattr(u, name)(v).operands == (u, v)
    assert getattr(u, name)(1).operands == (u, 1.0)


@ROWS
@pytest.mark.parametrize("kind", [float, Fraction, np.float64, np.float32])
def test_numbers_in_give_a_float_out(op: Op, kind: Callable[[float], Any]) -> None:
    result = getattr(mg, op.name)(*[kind(0.5)] * op.arity)
    assert type(result) is float
    assert result == getattr(mg, op.name)(*[Value(0.5)] * op.arity).data


@ROWS
def test_integers_are_numbers(op: Op) -> None:
    result = getattr(mg, op.name)(*[1] * op.arity)
    assert type(result) is float
    assert bits(result) == bits(getattr(mg, op.name)(*[1.0] * op.arity))


@ROWS
@given(x=ANY, y=ANY)
def test_recorded_computed_and_careful_results_are_the_same_to_the_bit(
    op: Op, x: float, y: float
) -> None:
    point = (x, y)[: op.arity]
    node = getattr(mg, op.name)(*[Value(number) for number in point])
    out = ieee.value(op, *point)
    partials = ieee.partials(op, x, y if op.arity == 2 else None, out)
    assert bits(node.data, node.dx, node.dy) == bits(out, *partials)
    assert bits(getattr(mg, op.name)(*point)) == bits(out)
    if op.arity == 2:
        left, right = getattr(mg, op.name)(Value(x), y), getattr(mg, op.name)(x, Value(y))
        assert bits(left.data, left.dx, left.dy) == bits(out, partials[0], None)
        assert bits(right.data, right.dx, right.dy) == bits(out, None, partials[1])


class Raising:
    """Stands in for the math module where the C library is stricter than here."""

    def __getattr__(self, name: str) -> Callable[..., float]:
        def function(*_: float) -> float:
            raise ValueError("math domain error")

        return function


@ROWS
def test_wherever_python_raises_the_careful_path_takes_over(
    op: Op, monkeypatch: pytest.MonkeyPatch
) -> None:
    def results() -> list[str]:
        operation = getattr(mg, op.name)
        node = operation(*[Value(0.5)] * op.arity)
        return bits(node.data, node.dx, node.dy, operation(*[0.5] * op.arity))

    expected = results()
    monkeypatch.setattr(value_module, "math", Raising())
    assert results() == expected


def test_apply_records_any_row_and_equals_the_generated_operation() -> None:
    x, y = Value(2.0), Value(3.0)
    for op in mg.OPS.values():
        recorded = mg.apply(op, x) if op.arity == 1 else mg.apply(op, x, y)
        generated = getattr(mg, op.name)(*(x, y)[: op.arity])
        for slot in ("data", "op", "x", "y", "dx", "dy"):  # repr: nan is not equal to itself
            assert repr(getattr(recorded, slot)) == repr(getattr(generated, slot))


def test_apply_records_a_row_of_ones_own_with_higher_derivatives() -> None:
    cube = mg.Op("cube", "³", "x to the third power.", "x * x * x", "3.0 * x * x")
    x = Value(2.0)
    mg.apply(cube, x).backward(create_graph=True)
    first = x.grad
    x.zero_grad()
    first.backward()
    assert (first.data, x.grad) == (12.0, 12.0)


@pytest.mark.parametrize("function", [mg.add, mg.sub, mg.mul, mg.div, mg.pow])
def test_a_function_of_a_value_and_something_foreign_is_a_type_error(function: Any) -> None:
    with pytest.raises(TypeError, match="unsupported operand"):
        function(Value(1.0), object())
    with pytest.raises(TypeError, match="unsupported operand"):
        function(object(), Value(1.0))


def test_an_integer_beyond_the_largest_float_is_infinite() -> None:
    assert Value(10**400).data == math.inf
    assert (Value(1.0) + -(10**400)).data == -math.inf
    assert (10**400 * Value(1.0)).data == math.inf


@pytest.mark.parametrize(
    ("row", "message"),
    [
        (Op("a", "a", "", "x * y", "y"), "a, column value: unknown name 'y'"),
        (Op("a", "a", "", "x", "1.0 if x > 0 else 2.0"), "a, column dx: 0 is not a float"),
        (Op("a", "a", "", "round(x)", "1.0"), "a, column value: 'round' is not an operation"),
        (Op("a", "a", "", "x +", "1.0"), "a, column value: invalid syntax"),
    ],
)
def test_a_row_of_ones_own_is_checked_when_it_is_applied(row: Op, message: str) -> None:
    with pytest.raises(ExpressionError, match=re.escape(message)):
        mg.apply(row, Value(1.0))


def test_a_rule_is_a_text() -> None:
    rule: Any = math.sin
    with pytest.raises(ExpressionError, match=r"a, column value: .* is not a text"):
        mg.apply(Op("a", "a", "", rule, "1.0"), Value(1.0))


def test_apply_refuses_another_number_of_operands_and_what_is_no_row() -> None:
    with pytest.raises(ArgumentError, match="sin is given 2 of 1 operands"):
        mg.apply(OPS["sin"], Value(1.0), 2.0)
    with pytest.raises(ArgumentError, match="mul is given 1 of 2 operands"):
        mg.apply(OPS["mul"], Value(1.0))
    not_a_row: Any = "mul"
    with pytest.raises(ArgumentError, match="apply takes a row"):
        mg.apply(not_a_row, Value(1.0), 2.0)
