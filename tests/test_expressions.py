"""The grammar of the table's expressions: what is refused, and what an expression becomes."""

from __future__ import annotations

import math
import operator
from fractions import Fraction

import pytest

from microgradlab.expressions import (
    ExpressionError,
    can_raise,
    compile_over,
    float_code,
    names_in,
    parse,
    pointed,
)

FUNCTIONS = {"log": 1, "pow": 2}


def refusal(source: str) -> list[str]:
    with pytest.raises(ExpressionError) as error:
        parse(source, names=["x", "y"], functions=FUNCTIONS, where="row, column dx")
    return str(error.value).splitlines()


@pytest.mark.parametrize(
    "source",
    [
        "x",
        "2.5",
        "x + y - x * y / x ** y",
        "-x",
        "log(x) * pow(x, y)",
        "x if x > 0.0 else y",
        "1.0 if -1.0 < x < 1.0 and x != y else log(x if x > y else y)",
        "  x + y  ",
    ],
)
def test_the_grammar_holds(source: str) -> None:
    parse(source, names=["x", "y"], functions=FUNCTIONS, where="row, column dx")


@pytest.mark.parametrize("source", ["-1.0 < x < 1.0 and x != y", "x <= y", "x >= y", "x == y"])
def test_conditions_are_held_where_one_is_asked_for(source: str) -> None:
    parse(source, names=["x", "y"], functions={}, where="row, column kink", condition=True)


def test_a_number_where_a_condition_is_asked_for_is_refused() -> None:
    with pytest.raises(ExpressionError, match="row, column kink: a comparison belongs here"):
        parse("x + y", names=["x", "y"], functions={}, where="row, column kink", condition=True)


@pytest.mark.parametrize(
    ("source", "why", "caret"),
    [
        ("x.real", "Attribute is not allowed here", 0),
        ("x + y[0]", "Subscript is not allowed here", 4),
        ("(x, y)", "Tuple is not allowed here", 0),
        ("lambda: x", "Lambda is not allowed here", 0),
        ("log(*x)", "Starred is not allowed here", 4),
        ("log(x, base=y)", "Call is not allowed here", 0),
        ("x.log(y)", "Call is not allowed here", 0),
        ("x + y % x", "Mod is not allowed here", 4),
        ("x // y", "FloorDiv is not allowed here", 0),
        ("x or y", "Or is not allowed here", 0),
        ("not x", "Not is not allowed here", 0),
        ("+x", "UAdd is not allowed here", 0),
        ("x is y", "Is is not allowed here", 0),
        ("x + (x > 0.0)", "a number belongs here", 5),
        ("x if y else 0.0", "a comparison belongs here", 5),
        ("1.0 if x and y > x else x", "a comparison belongs here", 7),
        ("x > y", "a number belongs here", 0),
        ("x + 1", "1 is not a float: numbers are written as 2.0", 4),
        ("True", "True is not a float: numbers are written as 2.0", 0),
        ("'text'", "'text' is not a float: numbers are written as 2.0", 0),
        ("x * z", "unknown name 'z'; known: x, y", 4),
        ("x * exp(x)", "'exp' is not an operation of the table", 4),
        ("log()", "log is given 0 operands instead of 1", 0),
        ("pow(x)", "pow is given 1 operands instead of 2", 0),
        ("log(log(x, y))", "log is given 2 operands instead of 1", 4),
    ],
)
def test_anything_else_is_refused_with_a_caret_under_the_place(
    source: str, why: str, caret: int
) -> None:
    assert refusal(source) == [
        f"row, column dx: {why}",
        f"    {source}",
        "    " + " " * caret + "^",
    ]


def test_text_that_is_no_expression_is_refused_where_it_breaks() -> None:
    first, source, caret = refusal("x + * y")
    assert first == "row, column dx: invalid syntax"
    assert source[caret.index("^")] == "*"


def test_an_empty_expression_is_refused() -> None:
    assert refusal("")[0] == "row, column dx: invalid syntax"


def test_of_a_long_line_the_part_around_the_caret_is_shown() -> None:
    source = "x + " * 60 + "z + " + "y + " * 60 + "y"
    shown, caret = pointed(source, 240).splitlines()
    assert shown[caret.index("^")] == "z"
    assert shown.startswith("    ...")
    assert shown.endswith("...")
    assert len(shown) < 80


@pytest.mark.parametrize("column", [0, 488])
def test_the_ends_of_a_long_line_are_not_cut(column: int) -> None:
    source = "a" + " + x" * 121 + " + z"
    shown, caret = pointed(source, column).splitlines()
    assert shown.count("...") == 1
    assert shown[len(caret) - 1 :].startswith("z" if column else "a +")


def test_division_and_power_go_through_the_namespace() -> None:
    namespace = {"div": lambda a, b: ("div", a, b), "pow": lambda a, b: ("pow", a, b)}
    assert compile_over("x / y", namespace)(1, 2, None) == ("div", 1, 2)
    assert compile_over("x ** (y / 2.0)", namespace)(1, 2, None) == ("pow", 1, ("div", 2, 2.0))


def test_comparisons_compare_primals() -> None:
    namespace = {"primal": abs}
    choose = compile_over("x if 1.0 < x < y else out", namespace)
    assert choose(-2, -3, "out") == -2
    assert choose(-4, -3, "out") == "out"


def test_an_expression_works_over_any_kind_of_number() -> None:
    namespace = {"div": operator.truediv, "primal": lambda x: x}
    mean = compile_over("(x + y) / out", namespace)
    assert mean(Fraction(1), Fraction(2), Fraction(2)) == Fraction(3, 2)


def test_float_code_names_the_primitives_and_leaves_other_functions() -> None:
    primitives = {"pow": "math.pow", "tanh": "math.tanh"}
    assert float_code("tanh(x ** y) / relu(x)", primitives) == (
        "math.tanh(math.pow(x, y)) / relu(x)"
    )


def test_float_code_computes_what_the_expression_says() -> None:
    code = float_code("1.0 / (1.0 + exp(-x)) if x >= 0.0 else x ** 2.0", {
        "pow": "math.pow",
        "exp": "math.exp",
    })  # fmt: skip
    assert eval(code, {"math": math, "x": -3.0}) == 9.0
    assert eval(code, {"math": math, "x": 0.0}) == 0.5


def test_names_in_finds_operands_but_not_functions() -> None:
    assert names_in("log(x) + out") == {"x", "out"}
    assert names_in("1.0") == set()


@pytest.mark.parametrize("source", ["x / y", "x ** y", "log(x)", "x if x > 0.0 else 1.0 / x"])
def test_division_power_and_calls_can_raise(source: str) -> None:
    assert can_raise(source)


@pytest.mark.parametrize("source", ["x * y - x", "-x", "x if x >= y else y"])
def test_other_arithmetic_cannot_raise(source: str) -> None:
    assert not can_raise(source)
