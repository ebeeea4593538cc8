"""Any list of instructions is an expression, and stands where it was asked to."""

from __future__ import annotations

import re
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from microgradlab import OPS, Op
from microgradlab.checking.decoding import At, Instruction, decode, is_smooth, rows
from microgradlab.checking.program import Expression
from microgradlab.errors import ArgumentError
from microgradlab.ops import TABLE

NAN = float("nan")
CLIP = Op(
    "clip",
    "clip",
    "x, but at least -1.",
    "x if x > -1.0 else -1.0",
    "1.0 if x > -1.0 else 0.0",
    smooth="x != -1.0",
    kink="x == -1.0",
)

WHOLE = st.integers(-1000, 1000)
FLOATS = st.floats(-1e3, 1e3)
INSTRUCTIONS = st.lists(
    st.builds(
        Instruction,
        row=WHOLE,
        x=WHOLE,
        y=WHOLE,
        constant_at=st.sampled_from([None, 0, 1]),
        constant=FLOATS,
        special=st.none() | WHOLE,
    ),
    max_size=8,
)
INPUTS = st.lists(FLOATS, min_size=1, max_size=3)


def decoded(names: str, *inputs: float, at: At = "smooth", **fields: Any) -> Expression:
    """One instruction for each named operation, all with these fields."""
    operations = rows(names.split())
    instructions = [Instruction(row, **fields) for row in range(len(operations))]
    return decode(inputs, instructions, operations=operations, at=at)


@given(INPUTS, INSTRUCTIONS, st.sampled_from(["smooth", "kinks", "edges"]), st.booleans())
def test_whatever_the_numbers_they_decode(
    inputs: list[float], instructions: list[Instruction], at: At, sum_unused: bool
) -> None:
    expression = decode(inputs, instructions, at=at, sum_unused=sum_unused)
    assert expression.inputs == tuple(inputs)


def test_operands_are_counted_backwards_and_modulo() -> None:
    expression = decode([1.0, 2.0], [Instruction(0, x=0, y=1), Instruction(0, x=3, y=5)])
    assert [step.operands for step in expression.steps] == [(1, 0), (2, 0)]


def test_constants_stand_on_their_side() -> None:
    assert decoded("sub", 2.0, constant_at=0, constant=7.0).steps[0].operands == (7.0, 0)
    assert decoded("sub", 2.0, constant_at=1, constant=7.0).steps[0].operands == (0, 7.0)


@pytest.mark.parametrize(
    ("name", "at"), [("log", -1.0), ("sqrt", 0.0), ("relu", 0.0), ("asin", 1.0)]
)
def test_an_instruction_outside_its_smooth_domain_is_skipped(name: str, at: float) -> None:
    assert decoded(name, at).steps == ()
    assert len(decoded(name, 0.5).steps) == 1


def test_an_instruction_that_makes_a_large_number_is_skipped() -> None:
    assert decoded("exp", 20.0).steps == ()


def test_an_instruction_that_makes_a_large_slope_is_skipped() -> None:
    tripled = [Instruction(0, constant_at=0, constant=3.0)] * 20
    expression = decode([1e-6], tripled, operations=rows(["mul"]))
    assert len(expression.steps) == 12  # 3 ** 12 < 1e6 < 3 ** 13


@pytest.mark.parametrize(
    ("x", "y", "constant_y", "expected"),
    [
        (-3.0, 2.0, True, True),
        (0.0, 2.0, True, True),
        (0.0, 0.0, True, True),
        (-3.0, -1.0, True, True),
        (0.0, -1.0, True, False),
        (-3.0, 0.5, True, False),
        (-3.0, 2.0, False, False),
        (3.0, 0.5, False, True),
    ],
)
def test_powers_are_smooth_on_positive_bases_and_with_constant_whole_exponents(
    x: float, y: float, constant_y: bool, expected: bool
) -> None:
    assert is_smooth(OPS["pow"], x, y, constant_y=constant_y) == expected


def test_constant_exponents_of_negative_numbers_are_rounded_to_whole_ones() -> None:
    expression = decoded("pow", -3.0, constant_at=1, constant=1.7)
    assert expression.steps[0].operands == (0, 2.0)


def test_unused_results_are_added_up_when_asked() -> None:
    both = [Instruction(1), Instruction(2, x=1)]
    operations = rows(["add", "sin", "cos"])
    summed = decode([0.5], both, operations=operations, sum_unused=True)
    assert [(step.op.name, step.operands) for step in summed.steps] == [
        ("sin", (0,)),
        ("cos", (0,)),
        ("add", (1, 2)),
    ]


@pytest.mark.parametrize("name", ["relu", "abs"])
def test_at_kinks_an_operand_is_moved_to_zero(name: str) -> None:
    expression = decoded(name, 1.7, at="kinks")
    assert [step.op.name for step in expression.steps] == ["sub", name]
    assert expression.numbers(1.7)[1] == 0.0


@pytest.mark.parametrize("name", ["maximum", "minimum"])
def test_at_kinks_two_operands_are_tied(name: str) -> None:
    expression = decoded(name, 0.3, 1.7, at="kinks", y=1)
    x, y = expression.steps[-1].operands
    numbers = expression.numbers(0.3, 1.7)
    assert x != y
    assert (numbers[int(x)], numbers[int(y)]) == (1.7, 1.7)


@pytest.mark.parametrize("side", [0, 1])
def test_at_kinks_a_constant_may_be_one_side_of_the_tie(side: int) -> None:
    expression = decoded("maximum", 1.7, at="kinks", constant_at=side, constant=9.0)
    operands = expression.steps[-1].operands
    numbers = expression.numbers(1.7)
    assert type(operands[side]) is float
    assert operands[side] == numbers[int(operands[1 - side])]


def test_what_is_at_its_kink_already_is_not_moved() -> None:
    assert len(decoded("relu", 0.0, at="kinks").steps) == 1
    assert len(decoded("maximum", 1.5, at="kinks").steps) == 1


def test_kinks_of_ones_own_rows_are_found_in_their_condition() -> None:
    expression = decode([1.7], [Instruction(0)], operations=[CLIP], at="kinks")
    assert expression(1.7) == -1.0
    assert expression.numbers(1.7)[-2] == -1.0


def test_a_kink_that_cannot_be_found_is_refused() -> None:
    hidden = Op("hidden", "h", "", "x", "1.0", kink="x * x == 2.0")
    with pytest.raises(ArgumentError, match="no operands of hidden were found at its kink"):
        decode([1.7], [Instruction(0)], operations=[hidden], at="kinks")


EDGES = [(op, i) for op in TABLE for i in range(len(op.edges))]


@pytest.mark.parametrize(("op", "i"), EDGES, ids=[f"{op.name}{op.edges[i]}" for op, i in EDGES])
def test_at_edges_the_operands_are_moved_onto_them_exactly(op: Op, i: int) -> None:
    expression = decode([0.3, -1.7], [Instruction(0, y=1, special=i)], operations=[op], at="edges")
    numbers = expression.numbers(0.3, -1.7)
    operands = expression.steps[-1].operands
    point = tuple(numbers[o] if type(o) is int else o for o in operands)
    assert repr(point) == repr(op.edges[i])  # -0.0 is not 0.0


def test_unknown_operations_and_places_are_named() -> None:
    with pytest.raises(ArgumentError, match="did you mean 'relu'"):
        rows(["rellu"])
    with pytest.raises(ArgumentError, match="no operations were given"):
        rows([])
    with pytest.raises(ArgumentError, match="unknown place 'corners'"):
        decode([1.0], [], at="corners")  # type: ignore[arg-type]  # wrong on purpose


def test_operations_without_kinks_cannot_be_put_there() -> None:
    message = "none of the operations has kinks\nhint: these have: abs, maximum, minimum, relu"
    with pytest.raises(ArgumentError, match=re.escape(message)):
        decode([1.0], [], operations=rows(["mul", "sin"]), at="kinks")
