"""Expressions as data: run, recorded, printed, differentiated."""

from __future__ import annotations

from dataclasses import replace
from math import inf
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

import microgradlab as mg
from microgradlab import OPS, Value
from microgradlab.checking.program import Expression, Step
from microgradlab.checking.strategies import expressions
from microgradlab.errors import ArgumentError

ANY = st.one_of(
    expressions(max_operations=30),
    expressions(max_operations=10, at="kinks"),
    expressions(max_operations=10, at="edges"),
)
CUBE = mg.Op("cube", "³", "x to the third power.", "x * x * x", "3.0 * x * x")


def one(name: str, *operands: int | float, inputs: tuple[float, ...] = (0.5,)) -> Expression:
    """A single operation of the table."""
    return Expression(inputs, (Step(OPS[name], operands),))


def bits(root: Value, leaves: list[Value]) -> list[str]:
    """The result and the gradient, to the last bit."""
    root.backward()
    return [repr(number) for number in (root.data, *(leaf.grad for leaf in leaves))]


@given(ANY)
def test_floats_give_the_numbers_that_values_hold(expression: Expression) -> None:
    recorded = expression.numbers(*expression.leaves())
    plain = expression.numbers(*expression.inputs)
    assert [repr(number) for number in plain] == [repr(value.data) for value in recorded]


@given(ANY)
def test_its_text_run_as_python_gives_the_same_bits(expression: Expression) -> None:
    names: dict[str, Any] = {}
    exec(str(expression), names)
    leaves = [names[f"x{place}"] for place in range(len(expression.inputs))]
    assert bits(names["z"], leaves) == bits(*expression.record())


@given(ANY)
def test_its_repr_makes_it_again(expression: Expression) -> None:
    names = {"Expression": Expression, "Step": Step, "mg": mg, "inf": inf}
    again = eval(repr(expression), names)
    assert repr(again) == repr(expression)
    assert bits(*again.record()) == bits(*expression.record())


def test_rows_that_are_not_in_the_table_are_recorded_and_printed() -> None:
    wrong = replace(OPS["mul"], dx="x")
    expression = Expression((2.0, 3.0), (Step(wrong, (0, 1)), Step(CUBE, (2,))))
    names: dict[str, Any] = {}
    exec(str(expression), names)
    assert bits(*expression.record()) == ["216.0", "216.0", "216.0"]
    assert bits(names["z"], [names["x0"], names["x1"]]) == ["216.0", "216.0", "216.0"]
    assert expression(2.0, 3.0) == 216.0


def test_a_changed_row_of_the_table_is_printed_by_its_changes() -> None:
    expression = Expression((2.0,), (Step(replace(OPS["mul"], dx="x"), (0, 0)),))
    assert str(expression).splitlines()[-1] == (
        "z = mg.apply(dataclasses.replace(mg.OPS['mul'], dx='x'), x0, x0)"
    )


@pytest.mark.parametrize(
    ("expression", "last_line"),
    [
        (one("sub", 0, 3.0), "z = x0 - 3.0"),
        (one("sub", 3.0, 0), "z = 3.0 - x0"),
        (one("pow", -2.0, 0), "z = (-2.0) ** x0"),
        (one("maximum", 0, 0), "z = mg.maximum(x0, x0)"),
        (one("neg", 0), "z = mg.neg(x0)"),
        (Expression((0.5, 2.0), ()), "z = x1"),
    ],
    ids=str,
)
def test_operators_and_constants_stand_as_one_writes_them(
    expression: Expression, last_line: str
) -> None:
    assert str(expression).splitlines()[-1] == last_line


def test_infinities_are_imported_by_the_text_only_where_they_occur() -> None:
    assert str(one("add", 0, inf)).startswith("from math import inf, nan\n")
    assert str(one("add", 0, 1.0)).startswith("import microgradlab as mg\n")


def test_leaves_are_labelled_by_their_places() -> None:
    _, leaves = one("add", 0, 1, inputs=(1.0, 2.0)).record()
    assert [leaf.label for leaf in leaves] == ["x0", "x1"]


def test_the_number_of_inputs_is_checked() -> None:
    with pytest.raises(ArgumentError, match="the expression takes 1 inputs, not 2"):
        one("sin", 0)(1.0, 2.0)


@pytest.mark.parametrize(
    "operands", [(1,), (-1,), (0, 0), (2.0,), ()], ids=["later", "negative", "two", "constant", "0"]
)
def test_a_step_that_does_not_fit_is_refused(operands: tuple[int | float, ...]) -> None:
    with pytest.raises(ArgumentError, match="the step at place 1 is sin"):
        one("sin", *operands)


def test_an_expression_without_inputs_is_refused() -> None:
    with pytest.raises(ArgumentError, match="needs an input"):
        Expression((), ())


def test_derivatives_add_up_the_products_over_all_paths() -> None:
    """z = (x + x) - 3 x, with x * x beside it: the terms 1, 1 and -3 cancel to -1."""
    steps = [("add", (0, 0)), ("mul", (3.0, 0)), ("mul", (0, 0)), ("sub", (1, 2))]
    expression = Expression((5.0,), tuple(Step(OPS[name], places) for name, places in steps))
    tangents, sizes = expression.derivatives(by=0)
    assert tangents == [1.0, 2.0, 3.0, 10.0, -1.0]
    assert sizes == [1.0, 2.0, 3.0, 10.0, 5.0]


def test_derivatives_by_a_number_in_between_start_there() -> None:
    expression = Expression((5.0,), (Step(OPS["mul"], (0, 0)), Step(OPS["mul"], (1, 0))))
    assert expression.derivatives(by=1)[0] == [0.0, 1.0, 5.0]
