"""Every row of the table: its derivatives, its values in floats, its kinks and its edges."""

from __future__ import annotations

import copy
import json
import math
import pickle
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st
from mpmath import MPContext

import microgradlab as mg
from microgradlab import Value, ieee
from microgradlab.expressions import ExpressionError, compile_over
from microgradlab.ops import OPS, PRIMITIVES, TABLE, Op, check

mp = MPContext()
mp.dps = 60
mpf = mp.mpf

REFERENCES: dict[str, Callable[..., Any]] = {
    "add": lambda x, y: x + y,
    "sub": lambda x, y: x - y,
    "mul": lambda x, y: x * y,
    "div": lambda x, y: x / y,
    "neg": lambda x: -x,
    "pow": lambda x, y: x**y,
    "abs": abs,
    "maximum": max,
    "minimum": min,
    "greater": lambda x, y: mpf(x > y),
    "equal": lambda x, y: mpf(x == y),
    "gate": lambda x, y: x if y != 0 else mpf(0),
    **{name: getattr(mp, name) for name in ("exp", "expm1", "log", "log1p", "sqrt", "erf")},
    **{name: getattr(mp, name) for name in ("sin", "cos", "tan", "asin", "acos", "atan")},
    **{name: getattr(mp, name) for name in ("sinh", "cosh", "tanh")},
    "sigmoid": lambda x: 1 / (1 + mp.exp(-x)),
    "relu": lambda x: max(x, mpf(0)),
    "softplus": lambda x: mp.log(1 + mp.exp(x)),
}
"""The operations in mpmath, written without the table."""

ROWS = pytest.mark.parametrize("op", TABLE, ids=repr)
ULP = mpf(2) ** -52
SUBNORMAL = mpf(2) ** -1074


class Bounded:
    """An exact number, and how far from it the same computation in floats may end.

    The first-order error analysis that textbooks do by hand: arithmetic is rounded by half an ulp,
    and functions of the C library by 4 ulps at most (glibc promises 1 for most, 2 for tanh).
    """

    def __init__(self, exact: Any, error: Any = 0) -> None:
        self.exact, self.error = mpf(exact), mpf(error)

    def _rounded(self, exact: Any, error: Any, ulps: float = 0.5) -> Bounded:
        return Bounded(exact, error + ulps * ULP * abs(exact) + SUBNORMAL)

    def __add__(self, other: Any) -> Bounded:
        other = bounded(other)
        return self._rounded(self.exact + other.exact, self.error + other.error)

    def __sub__(self, other: Any) -> Bounded:
        return self + -bounded(other)

    def __rsub__(self, other: Any) -> Bounded:
        return bounded(other) + -self

    def __mul__(self, other: Any) -> Bounded:
        other = bounded(other)
        error = abs(self.exact) * other.error + abs(other.exact) * self.error
        return self._rounded(self.exact * other.exact, error)

    def __neg__(self) -> Bounded:
        return Bounded(-self.exact, self.error)

    __radd__ = __add__
    __rmul__ = __mul__


def bounded(number: Any) -> Bounded:
    return number if isinstance(number, Bounded) else Bounded(number)


def of_bounded(op: Op) -> Callable[..., Bounded]:
    """The operation over Bounded numbers: errors of the operands count by the slope there."""

    def function(*operands: Any) -> Bounded:
        numbers = [bounded(operand) for operand in operands]
        points = [number.exact for number in numbers]
        exact = REFERENCES[op.name](*points)
        error = mpf(0)
        for place, number in enumerate(numbers):
            if number.error:
                order = tuple(int(place == k) for k in range(len(points)))
                error += abs(mp.diff(REFERENCES[op.name], tuple(points), order)) * number.error
        return numbers[0]._rounded(exact, error, ulps=4.0)

    return function


BOUNDED = {
    "primal": lambda number: bounded(number).exact,
    **{op.name: of_bounded(op) for op in TABLE},
}

LIMITS = {"asin": 1.0, "acos": 1.0, "pow": 20.0}  # 1e-12 ** -20.0 is finite


def operands(op: Op) -> st.SearchStrategy[tuple[float, ...]]:
    """Points of the row's smooth domain, from 1e-12 to where nothing overflows yet."""
    limit = LIMITS.get(op.name, 40.0)
    number = st.floats(-limit, limit).map(lambda x: x if abs(x) > 1e-12 else 0.0)
    return st.tuples(*[number] * op.arity)


def is_smooth(op: Op, point: tuple[float, ...]) -> bool:
    if op.smooth == "all":
        return True
    x, y = (*point, None)[:2]
    return bool(compile_over(op.smooth, {"primal": float, "cos": math.cos})(x, y, None))


def recorded(op: Op, point: tuple[float, ...]) -> Value:
    node: Value = getattr(mg, op.name)(*[Value(x) for x in point])
    return node


@ROWS
@settings(max_examples=40, deadline=None)
@given(data=st.data())
def test_value_and_partials_are_right_on_the_smooth_domain(op: Op, data: st.DataObject) -> None:
    point = data.draw(operands(op))
    assume(is_smooth(op, point))
    exact_point = tuple(mpf(x) for x in point)
    reference = REFERENCES[op.name]
    node = recorded(op, point)

    x, y = (*[Bounded(x) for x in point], None)[:2]
    out = bounded(compile_over(op.value, BOUNDED)(x, y, None))
    assert agree(out.exact, reference(*exact_point), op)
    assert abs(node.data - out.exact) <= 8 * ULP * abs(out.exact) + SUBNORMAL

    for place, (rule, local) in enumerate([(op.dx, node.dx), (op.dy, node.dy)][: op.arity]):
        assert rule is not None
        partial = bounded(compile_over(rule, BOUNDED)(x, y, out))
        order = tuple(int(place == k) for k in range(op.arity))
        assert agree(partial.exact, mp.diff(reference, exact_point, order), op)
        assert abs(local - partial.exact) <= partial.error


def agree(ours: Any, theirs: Any, op: Op) -> bool:
    """Equality of two 60-digit computations."""
    tolerance = ULP / 2 if op.name == "erf" else mpf(10) ** -35  # 2/√π stands there as a float
    return bool(abs(ours - theirs) <= tolerance * max(1, abs(theirs)))


KINKS: dict[str, list[tuple[tuple[float, ...], tuple[float, ...]]]] = {
    "abs": [((0.0,), (0.0,)), ((-0.0,), (0.0,))],
    "relu": [((0.0,), (0.0,)), ((-0.0,), (0.0,))],
    "maximum": [((2.0, 2.0), (1.0, 0.0)), ((0.0, -0.0), (1.0, 0.0))],
    "minimum": [((2.0, 2.0), (1.0, 0.0)), ((-0.0, 0.0), (1.0, 0.0))],
}
"""Operands at a kink, and the derivatives that are the convention there."""


def test_the_kinks_are_those_that_the_table_names() -> None:
    assert set(KINKS) == {op.name for op in TABLE if op.kink is not None}


@pytest.mark.parametrize(
    ("name", "point", "partials"),
    [(name, point, partials) for name in KINKS for point, partials in KINKS[name]],
)
def test_derivatives_at_a_kink_follow_the_convention(
    name: str, point: tuple[float, ...], partials: tuple[float, ...]
) -> None:
    node = recorded(OPS[name], point)
    assert (node.dx, node.dy)[: len(point)] == partials
    assert not is_smooth(OPS[name], point)


JUMPS: dict[str, list[tuple[float, float]]] = {
    "greater": [(2.0, 2.0), (0.0, -0.0)],
    "equal": [(2.0, 2.0), (0.0, -0.0)],
    "gate": [(2.0, 0.0), (2.0, -0.0)],
}
"""Operands where the result is another than beside them."""


@pytest.mark.parametrize(("name", "point"), [(name, at) for name in JUMPS for at in JUMPS[name]])
def test_where_an_operation_jumps_it_is_not_smooth_and_passes_nothing_on(
    name: str, point: tuple[float, float]
) -> None:
    node = recorded(OPS[name], point)
    assert (node.dx, node.dy) == (0.0, 0.0)
    assert not is_smooth(OPS[name], point)


def test_a_gate_passes_x_on_where_it_is_open_and_nothing_to_what_opens_it() -> None:
    for y in (1.0, -1e-300, math.inf, math.nan):
        node = recorded(OPS["gate"], (2.0, y))
        assert (node.data, node.dx, node.dy) == (2.0, 1.0, 0.0)


GOLDEN = json.loads((Path(__file__).parent / "golden" / "ops.json").read_text("utf-8"))["points"]

OTHER_THAN_PYTORCH: dict[tuple[str, tuple[float, ...]], list[float]] = {
    # PyTorch halves the derivative on a tie; here the first operand has it all.
    ("maximum", (1.0, 1.0)): [1.0, 0.0],
    ("maximum", (0.0, -0.0)): [1.0, 0.0],
    ("maximum", (math.inf, math.inf)): [1.0, 0.0],
    ("minimum", (1.0, 1.0)): [1.0, 0.0],
    ("minimum", (0.0, -0.0)): [1.0, 0.0],
    ("minimum", (math.inf, math.inf)): [1.0, 0.0],
}


@pytest.mark.parametrize(("name", "point", "value", "partials"), GOLDEN)
def test_edge_values_agree_with_pytorch(
    name: str, point: list[float], value: float, partials: list[float]
) -> None:
    partials = OTHER_THAN_PYTORCH.get((name, tuple(point)), partials)
    node = recorded(OPS[name], tuple(point))
    assert [node.data, node.dx, node.dy][: 1 + len(point)] == pytest.approx(
        [value, *partials], rel=2e-15, abs=0.0, nan_ok=True
    )


def test_every_edge_of_the_table_is_among_the_golden_points() -> None:
    golden = {(name, tuple(point)) for name, point, _, _ in GOLDEN}
    assert {(op.name, edge) for op in TABLE for edge in op.edges} <= golden


ARITIES = {op.name: op.arity for op in TABLE}


@pytest.mark.parametrize(
    ("column", "source", "why", "caret"),
    [
        ("value", "tanh(x) % 2.0", "Mod is not allowed here", 0),
        ("dx", "1.0 - out.real", "Attribute is not allowed here", 6),
        ("dx", "1.0 - y", "unknown name 'y'; known: out, x", 6),
        ("value", "out", "unknown name 'out'; known: x", 0),
        ("smooth", "x > 0", "0 is not a float: numbers are written as 2.0", 4),
        ("kink", "x == tangent(x)", "'tangent' is not an operation of the table", 5),
        ("value", "0.5 * log(x, x)", "log is given 2 operands instead of 1", 6),
    ],
)
def test_a_row_outside_the_grammar_is_refused_by_row_column_and_caret(
    column: str, source: str, why: str, caret: int
) -> None:
    change: Any = {column: source}
    with pytest.raises(ExpressionError) as refusal:
        check(replace(OPS["tanh"], **change), ARITIES, ARITIES)
    assert str(refusal.value).splitlines() == [
        f"tanh, column {column}: {why}",
        f"    {source}",
        "    " + " " * caret + "^",
    ]


def test_the_second_derivative_column_is_checked_as_well() -> None:
    with pytest.raises(ExpressionError, match="mul, column dy: "):
        check(replace(OPS["mul"], dy="z"), ARITIES, ARITIES)


def test_a_row_may_not_call_itself_or_a_later_one_in_its_value() -> None:
    known = {"add": 2}
    with pytest.raises(ExpressionError, match="cbrt, column value: 'cbrt' is not an operation"):
        check(Op("cbrt", "∛", "The cube root.", "cbrt(x)", "1.0"), known, known)


def test_a_row_of_the_table_is_copied_and_pickled_as_itself() -> None:
    own = Op("cube", "³", "x to the third power.", "x * x * x", "3.0 * x * x")
    assert copy.deepcopy(OPS["mul"]) is OPS["mul"] is pickle.loads(pickle.dumps(OPS["mul"]))
    assert copy.deepcopy(own).dx == own.dx


def test_the_primitives_are_those_that_have_ieee_results_of_their_own() -> None:
    assert set(ieee.PRIMITIVES) == PRIMITIVES | {"div"}


def test_rows_are_found_by_name_and_print_as_their_symbol() -> None:
    assert [op.name for op in OPS.values()] == list(OPS) == [op.name for op in TABLE]
    assert str(OPS["mul"]) == "×"
    assert repr(OPS["mul"]) == "Op(mul)"
    assert (OPS["mul"].arity, OPS["tanh"].arity) == (2, 1)
