"""Formulas as text: what they compute, the graph they record, and what is refused where."""

from __future__ import annotations

import math
from dataclasses import FrozenInstanceError

import pytest
from hypothesis import given
from hypothesis import strategies as st

from microgradlab import functions
from microgradlab.engine import topological_order
from microgradlab.errors import ArgumentError
from microgradlab.formula import CONSTANTS, FUNCTIONS, LONGEST, parse
from microgradlab.ops import OPS
from microgradlab.value import Value, sigmoid


def refusal(text: str) -> ArgumentError:
    with pytest.raises(ArgumentError) as caught:
        parse(text)
    return caught.value


def graph(text: str, **values: float) -> list[str]:
    """The operations that a formula records, each with its constants and labels."""
    root = parse(text)(**{name: Value(data, label=name) for name, data in values.items()})
    return [
        " ".join(
            [
                node.op.name,
                *(
                    str(operand) if isinstance(operand, float) else operand.label or "..."
                    for operand in node.operands
                ),
            ]
        )
        for node in topological_order(root)
        if node.op is not None
    ]


# --- what a formula computes


@pytest.mark.parametrize(
    ("text", "result"),
    [
        ("2", 2.0),
        ("x**2 * sin(y)", 1.3**2.0 * math.sin(0.2)),
        ("max(x, 3) / -y", 3.0 / -0.2),
        ("sigmoid(y*x + 1)", sigmoid(0.2 * 1.3 + 1.0)),
        ("tanh(2*pi*x)", math.tanh(2.0 * math.pi * 1.3)),
        ("1e-3*x", 1e-3 * 1.3),
        ("-x**2", -(1.3**2.0)),
        ("2**-1", 0.5),
        ("2**3**2", 512.0),
        ("1 - 2 - 3", -4.0),
        ("+x - +y", 1.3 - 0.2),
        ("  (x +\n\ty)  ", 1.3 + 0.2),
        (".5 + 1. + 1_000", 1001.5),
        ("e + pi", math.e + math.pi),
        ("-inf", -math.inf),
        ("max(1, 3, 2) + min(3, 1, 2)", 4.0),
        ("where(greater(x, y), x, y) - where(equal(x, y), x, y)", 1.3 - 0.2),
        ("max(1, 2,)", 2.0),
    ],
)
def test_a_formula_computes_what_it_says(text: str, result: float) -> None:
    formula = parse(text)
    values = {"x": 1.3, "y": 0.2}
    assert formula(**{name: values[name] for name in formula.variables}) == result


@pytest.mark.parametrize("name", OPS)
def test_every_operation_of_the_table_can_be_called(name: str) -> None:
    row = OPS[name]
    text = f"{name}({', '.join('xy'[: row.arity])})"
    assert graph(text, **dict.fromkeys("xy"[: row.arity], 0.5)) == [
        f"{name} {' '.join('xy'[: row.arity])}"
    ]


@pytest.mark.parametrize("name", functions.ACTIVATIONS)
def test_every_activation_can_be_called(name: str) -> None:
    assert parse(f"{name}(x)")(x=-0.5) == functions.ACTIVATIONS[name](-0.5)


@pytest.mark.parametrize(
    ("text", "result"),
    [("1/x", math.inf), ("x**-1", math.inf), ("log(x)", -math.inf), ("exp(1e3 + x)", math.inf)],
)
def test_results_follow_ieee_where_python_raises(text: str, result: float) -> None:
    assert parse(text)(x=0.0) == result
    assert parse(text)(x=Value(0.0)).data == result


def test_what_is_undefined_is_nan() -> None:
    assert math.isnan(parse("x/x")(x=0.0))
    assert math.isnan(parse("x**0.5")(x=-1.0))


@pytest.mark.parametrize("text", ["9**9**9**9", "1" * 400, "1e999"])
def test_huge_numbers_are_infinite_at_once(text: str) -> None:
    assert parse(text)() == math.inf


def test_variables_stand_in_the_order_of_their_first_appearance() -> None:
    assert parse("b*a + sin(c)*a - pi").variables == ("b", "a", "c")


def test_names_may_be_in_any_script() -> None:
    assert parse("σ * é_2")(σ=2.0, é_2=3.0) == 6.0


def test_self_is_a_name_like_any_other() -> None:
    assert parse("self + 1")(self=1) == 2.0


def test_a_variable_hides_the_constant_of_its_name() -> None:
    formula = parse("e * x")
    assert formula.variables == ("x",)
    assert formula(x=1.0) == CONSTANTS["e"]
    assert formula(x=1.0, e=3.0) == 3.0


def test_any_real_number_will_do_and_floats_come_out() -> None:
    assert type(parse("x")(x=True)) is float
    assert parse("x")(x=10**400) == math.inf


def test_a_formula_is_known_by_its_text_and_cannot_change() -> None:
    formula = parse("x +  1")
    assert repr(formula) == "Formula(text='x + 1')"
    assert formula == parse("x + 1")
    with pytest.raises(FrozenInstanceError):
        formula.text = "x"  # type: ignore[misc]


# --- the graph that it records


@pytest.mark.parametrize(
    ("text", "recorded"),
    [
        ("x**2", ["pow x 2.0"]),
        ("3 - x", ["sub 3.0 x"]),
        ("x - 3", ["sub x 3.0"]),
        ("+x * x", ["mul x x"]),
        ("-x", ["neg x"]),
        ("2*pi*x", [f"mul {2 * math.pi} x"]),
        ("x*2*3", ["mul x 2.0", "mul ... 3.0"]),
        ("x + 0 * 1", ["add x 0.0"]),
        ("1 / (x + 0)", ["add x 0.0", "div 1.0 ..."]),
        ("max(x, 1, 2)", ["maximum x 1.0", "maximum ... 2.0"]),
        ("min(3, x)", ["minimum 3.0 x"]),
        ("abs(-x)", ["neg x", "abs ..."]),
    ],
)
def test_the_graph_is_what_the_text_says(text: str, recorded: list[str]) -> None:
    assert graph(text, x=0.7) == recorded


def test_a_variable_is_one_leaf_however_often_it_appears() -> None:
    x = Value(3.0)
    parse("x*x + x")(x=x).backward()
    assert x.grad == 7.0


NUMBERS = st.integers(0, 9).map(str) | st.sampled_from(["x", "y", "0.5"])
FORMULAS = st.recursive(
    NUMBERS,
    lambda inner: (
        st.tuples(inner, st.sampled_from([" + ", "-", "*"]), inner).map("".join)
        | inner.map("({})".format)
        | inner.map("-{}".format)
    ),
    max_leaves=20,
)


@given(FORMULAS, st.floats(-9.0, 9.0), st.floats(-9.0, 9.0))
def test_arithmetic_binds_as_in_python(text: str, x: float, y: float) -> None:
    formula = parse(text)
    values = {name: data for name, data in (("x", x), ("y", y)) if name in formula.variables}
    assert formula(**values) == eval(text, {"x": x, "y": y})
    over_values = formula(**{name: Value(data) for name, data in values.items()})
    assert float(over_values) == formula(**values)


# --- what is refused


@pytest.mark.parametrize(
    ("text", "caret", "why", "hint"),
    [
        ("x^2", 1, "'^' is not part of a formula", "write **"),
        ("x²", 1, "'²' is not part of a formula", "write **"),
        ("2x", 1, "an operator is missing here", "write 2*x"),
        ("1 + 1e-3pi_2", 8, "an operator is missing here", "write 1e-3*pi_2"),
        ("2sin(x)", 1, "an operator is missing here", "write 2*sin"),
        ("1j*x", 1, "an operator is missing here", "write 1*j"),
        ("x y", 2, "cannot be read from here on", "as in 2*x"),
        ("sin x", 4, "cannot be read from here on", "as in sin(x)"),
        ("x * / y", 4, "cannot be read from here on", "hint"),
        ("(x+1)(x-1)", 0, "this is no function", "to multiply, write *"),
        ("2(x+1)", 0, "this is no function", "to multiply, write *"),
        ("y*x(y+1)", 2, "unknown function 'x'", "to multiply, write x*(...)"),
        ("pi(2)", 0, "unknown function 'pi'", "to multiply, write pi*(...)"),
        ("x**2 * sine(y)", 7, "unknown function 'sine'", "did you mean 'sin'?"),
        ("σ * sine(x)", 4, "unknown function 'sine'", "did you mean 'sin'?"),
        ("ln(x)", 0, "unknown function 'ln'", "did you mean 'log'?"),
        ("EXP(x)", 0, "unknown function 'EXP'", "did you mean 'exp'?"),
        ("eval(x)", 0, "unknown function 'eval'", "Known: abs, "),
        ("x + sin", 4, "the function 'sin' has no operands", "write sin(x)"),
        ("max + x", 0, "the function 'max' has no operands", "write max(x, y)"),
        ("sin()", 0, "sin takes 1 operand, not 0", "write sin(x)"),
        ("tanh(x, y)", 0, "tanh takes 1 operand, not 2", "write tanh(x)"),
        ("leaky_relu(x, y)", 0, "leaky_relu takes 1 operand, not 2", "write leaky_relu(x)"),
        ("pow(x)", 0, "pow takes 2 operands, not 1", "write pow(x, y)"),
        ("maximum(x, y, z)", 0, "maximum takes 2 operands, not 3", "write maximum(x, y)"),
        ("where(x, y)", 0, "where takes 3 operands, not 2", "write where(x, y, z)"),
        ("min(x)", 0, "min takes 2 operands or more, not 1", "write min(x, y)"),
        ("2*(x", 2, "this parenthesis is never closed", "add its )"),
        ("x) + 1", 1, "this parenthesis was never opened", "add its ("),
        ("x +", 3, "the formula ends too early", "add the operand"),
        ("x > 0", 2, "'>' is not part of a formula", "write where(greater(x, y)"),
        ("x == 0", 2, "'==' is not part of a formula", "write where(greater(x, y)"),
        ("x if y else 0", 2, "'if' is not part of a formula", "write where(greater(x, y)"),
        ("not x", 0, "'not' is not part of a formula", "write where(greater(x, y)"),
        ("y = x", 2, "'=' is not part of a formula", "without an equals sign"),
        ("lambda*x", 0, "'lambda' cannot be a name", "such as lambda_"),
        ("True", 0, "'True' cannot be a name", "such as True_"),
        ("x // y", 2, "'//' is not part of a formula", "write /"),
        ("x % y", 2, "'%' is not part of a formula", "+ - * / **"),
        ("2×x", 1, "'×' is not part of a formula", "write *"),
        ("−x", 0, "'−' is not part of a formula", "write the hyphen"),
        ("|x|", 0, "'|' is not part of a formula", "write abs(x)"),
        ("max([x, y])", 4, "'[' is not part of a formula", "round parentheses"),
        ("x # y", 2, "'#' is not part of a formula", "+ - * / **"),
        ("x\0", 1, "'\\x00' is not part of a formula", "+ - * / **"),
        ("x + math.sin(x)", 4, "names have no dots in a formula", "write sin(x)"),
        ("x.__class__", 0, "names have no dots in a formula", "+ - * / **"),
        ("__import__('os')", 11, '"\'" is not part of a formula', "+ - * / **"),
        ("x, y", 0, "this is not part of a formula", "+ - * / **"),
        ("max(*x)", 4, "this is not part of a formula", "+ - * / **"),
        ("sin(**x)", 0, "this is not part of a formula", "+ - * / **"),
        ("1 + ...", 4, "this is not part of a formula", "+ - * / **"),
        ("1 + ()", 4, "this is not part of a formula", "+ - * / **"),
    ],
)
def test_anything_else_is_refused_with_a_caret_under_the_place(
    text: str, caret: int, why: str, hint: str
) -> None:
    message, source, arrow, advice = str(refusal(text)).splitlines()
    assert why in message
    assert (source, arrow) == (f"    {text}", f"    {' ' * caret}^")
    assert hint in advice


@pytest.mark.parametrize("text", ["", "  \n "])
def test_an_empty_formula_is_refused_with_an_example(text: str) -> None:
    assert str(refusal(text)) == 'the formula is empty\nhint: write one, as in "x**2 * sin(y)"'


def test_a_number_is_no_formula() -> None:
    with pytest.raises(ArgumentError, match="a formula is a text, not 3"):
        parse(3)  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("text", "why"),
    [
        ("(" * 300 + "x" + ")" * 300, "too many parentheses are open here"),
        ("+".join(["x"] * 10_000), f"the formula has 19999 characters, more than {LONGEST}"),
    ],
)
def test_huge_formulas_are_refused_in_lines_that_fit_a_terminal(text: str, why: str) -> None:
    message, *source = refusal(text).message.splitlines()
    assert message == why
    assert max(map(len, source)) < 80


@pytest.mark.parametrize(
    "text",
    ["-" * 1500 + "x", "x" + "+x" * 990, "x" + "**x" * 660, "x*(" * 150 + "x" + ")" * 150],
)
def test_what_is_deeper_than_pythons_recursion_limit_is_computed(text: str) -> None:
    formula = parse(text)
    assert float(formula(x=Value(1.0))) == formula(x=1.0)


def test_a_parser_that_gives_up_is_a_sentence(monkeypatch: pytest.MonkeyPatch) -> None:
    def give_up(*_: object, **__: object) -> None:
        raise RecursionError

    monkeypatch.setattr("microgradlab.formula.ast.parse", give_up)
    assert refusal("x + y").message.startswith("the formula is nested too deeply\n")


@given(st.text("xye2.0()+-*/,=< sin^²_#", max_size=12) | st.text(max_size=8))
def test_any_text_is_a_formula_or_a_sentence(text: str) -> None:
    try:
        formula = parse(text)
    except ArgumentError:
        return
    assert isinstance(formula(**dict.fromkeys(formula.variables, 0.5)), float)


# --- calls


def test_missing_variables_are_named() -> None:
    with pytest.raises(ArgumentError, match=r"no value for y, z\nhint: give a number .* x, y, z"):
        parse("x*y*z")(x=1.0)


def test_an_unknown_variable_gets_the_nearest_name() -> None:
    with pytest.raises(ArgumentError, match="unknown variable 'widht'\nhint: did you mean 'width'"):
        parse("width * 2")(width=1.0, widht=2.0)


def test_a_value_that_is_no_number_is_named() -> None:
    with pytest.raises(TypeError, match="x takes a real number or a Value, not str"):
        parse("x + 1")(x="1")  # type: ignore[call-overload]


def test_functions_go_by_names_that_formulas_can_spell() -> None:
    assert all(name.isidentifier() for name in FUNCTIONS)
    assert not set(FUNCTIONS) & set(CONSTANTS)
