"""The table over intervals: how tight it is, what stays exact, what happens at branches."""

from __future__ import annotations

import math
import random
from dataclasses import replace
from math import inf, nan

import pytest

from microgradlab.checking.intervals import INTERVALS, PRIMITIVES, Interval, IntervalArithmetic
from microgradlab.expressions import compile_over
from microgradlab.ieee import FLOATS
from microgradlab.ops import OPS, TABLE, Op
from microgradlab.ops import PRIMITIVES as PRIMITIVE_NAMES

# --- tightness

WIDTHS: dict[str, tuple[int, ...]] = {
    "add": (2, 0, 0),
    "sub": (2, 0, 0),
    "mul": (2, 0, 0),
    "div": (2, 2, 6),
    "neg": (0, 0),
    "pow": (8, 32, 28),
    "abs": (0, 0),
    "maximum": (0, 0, 0),
    "minimum": (0, 0, 0),
    "greater": (0, 0, 0),
    "equal": (0, 0, 0),
    "gate": (0, 0, 0),
    "exp": (8, 8),
    "expm1": (8, 8),
    "log": (8, 2),
    "log1p": (8, 7),
    "sqrt": (2, 6),
    "sin": (8, 8),
    "cos": (8, 8),
    "tan": (8, 15),
    "asin": (8, 10),
    "acos": (8, 10),
    "atan": (8, 9),
    "sinh": (8, 8),
    "cosh": (8, 8),
    "tanh": (8, 30),
    "sigmoid": (20, 48),
    "relu": (0, 0),
    "softplus": (20, 20),
    "erf": (8, 16),
}
"""How many ulps wide the value and the partials are at points up to 1, at most."""


@pytest.mark.parametrize("op", TABLE, ids=repr)
def test_results_at_points_are_some_ulps_wide(op: Op) -> None:
    draw = random.Random(0)
    widest = [0.0] * (op.arity + 1)
    for _ in range(300):
        point = [draw.uniform(-1.0, 1.0) * draw.random() for _ in range(op.arity)]
        if not is_smooth(op, point):
            continue
        out, enclosure = FLOATS.value(op, *point), INTERVALS.value(op, *point)
        x, y = (*point, None)[:2]
        results = (enclosure, *INTERVALS.partials(op, x, y, enclosure))
        for place, number in enumerate((out, *FLOATS.partials(op, x, y, out))):
            if number is not None:
                widest[place] = max(widest[place], results[place].width / math.ulp(number))
    # The width itself is rounded up: 2 ulps are a little more than 2.
    assert all(math.floor(w) <= most for w, most in zip(widest, WIDTHS[op.name], strict=True))


def is_smooth(op: Op, point: list[float]) -> bool:
    x, y = (*point, None)[:2]
    condition = compile_over(op.smooth, {"primal": float, "cos": math.cos, "all": True})
    return bool(condition(x, y, None))


# --- what is exact


@pytest.mark.parametrize(
    ("name", "point", "result"),
    [
        *[(name, (0.0,), 0.0) for name in ("sin", "tan", "asin", "atan", "sinh", "tanh", "erf")],
        *[(name, (0.0,), 0.0) for name in ("expm1", "log1p", "sqrt", "relu", "abs")],
        *[(name, (0.0,), 1.0) for name in ("exp", "cos", "cosh")],
        ("log", (1.0,), 0.0),
        ("acos", (1.0,), 0.0),
        ("sigmoid", (0.0,), 0.5),
        ("sqrt", (144.0,), 12.0),
        ("pow", (3.7, 0.0), 1.0),
        ("pow", (3.7, 1.0), 3.7),
        ("pow", (1.0, 2.5), 1.0),
        ("pow", (-1.0, 3.0), -1.0),
        ("pow", (0.0, 2.5), 0.0),
        ("maximum", (0.1, 0.2), 0.2),
        ("div", (0.3, 4.0), 0.075),
    ],
)
def test_exact_values_have_no_width(name: str, point: tuple[float, ...], result: float) -> None:
    enclosure = INTERVALS.value(OPS[name], *point)
    assert (enclosure.low, enclosure.high) == (result, result)


@pytest.mark.parametrize(
    ("name", "point", "partials"),
    [
        ("add", (0.1, 0.2), (1.0, 1.0)),
        ("sub", (0.1, 0.2), (1.0, -1.0)),
        ("mul", (0.1, 0.2), (0.2, 0.1)),
        ("pow", (0.3, 2.0), (0.6, nan)),
        ("relu", (0.1,), (1.0,)),
        ("relu", (-0.1,), (0.0,)),
        ("tanh", (0.0,), (1.0,)),
        ("sigmoid", (0.0,), (0.25,)),
        ("sqrt", (4.0,), (0.25,)),
        ("maximum", (0.1, 0.2), (0.0, 1.0)),
    ],
)
def test_exact_partials_have_no_width(
    name: str, point: tuple[float, ...], partials: tuple[float, ...]
) -> None:
    x, y = (*point, None)[:2]
    found = INTERVALS.partials(OPS[name], x, y, INTERVALS.value(OPS[name], *point))
    for enclosure, partial in zip(found, partials, strict=False):
        assert math.isnan(partial) or (enclosure.low, enclosure.high) == (partial, partial)


def test_a_root_that_was_rounded_has_width_though_its_square_rounds_back() -> None:
    assert math.sqrt(11.0) * math.sqrt(11.0) == 11.0
    assert INTERVALS.value(OPS["sqrt"], 11.0).width > 0.0


# --- domains, poles, branches


@pytest.mark.parametrize(
    ("name", "x", "low", "high"),
    [
        ("log", (-2.0, -1.0), -inf, inf),
        ("log", (-1.0, 1.0), -inf, 0.0),
        ("sqrt", (-1.0, 4.0), 0.0, 2.0),
        ("asin", (-5.0, 0.0), -1.5707963267948974, 0.0),
        ("acos", (2.0, 3.0), -inf, inf),
        ("sin", (-inf, inf), -1.0, 1.0),
        ("cos", (0.0, 7.0), -1.0, 1.0),
        ("sin", (inf, inf), -inf, inf),
        ("tan", (1.5, 1.6), -inf, inf),
        ("tan", (0.0, 4.0), -inf, inf),
        ("cosh", (-1.0, 0.0), 1.0, 1.5430806348152446),
        ("abs", (-1.0, 2.0), 0.0, 2.0),
        ("tanh", (0.0, 1e300), 0.0, 1.0),
        ("relu", (-1.0, 2.0), -1.0, 2.0),
    ],
)
def test_what_can_be_said_is_said(
    name: str, x: tuple[float, float], low: float, high: float
) -> None:
    enclosure = INTERVALS.value(OPS[name], Interval(*x))
    assert (enclosure.low, enclosure.high) == (low, high)


@pytest.mark.parametrize(
    ("x", "y", "low", "high"),
    [
        ((-1.0, 2.0), 2.0, 0.0, 4.0000000000000036),
        ((-1.0, 2.0), 3.0, -1.0000000000000009, 8.000000000000007),
        ((-1.0, 2.0), -1.0, -inf, inf),
        ((0.0, 2.0), -3.0, -inf, inf),
        ((-1.0, 2.0), -2.0, 0.24999999999999978, inf),
        ((-1.0, 4.0), 0.5, 0.0, 2.0000000000000018),
        ((-4.0, -1.0), 0.5, -inf, inf),
        ((-1.0, 1.0), inf, -inf, inf),
    ],
)
def test_powers_know_whole_exponents(
    x: tuple[float, float], y: float, low: float, high: float
) -> None:
    enclosure = INTERVALS.value(OPS["pow"], Interval(*x), y)
    assert (enclosure.low, enclosure.high) == (low, high)


def test_a_tie_of_maximum_lies_between_its_operands() -> None:
    x, y = Interval(1.0, 1.5), Interval(1.25, 2.0)
    enclosure = INTERVALS.value(OPS["maximum"], x, y)
    assert (enclosure.low, enclosure.high) == (1.0, 2.0)


def test_the_derivative_at_a_kink_reaches_from_side_to_side() -> None:
    x = Interval(-1e-300, 1e-300)
    slope, _ = INTERVALS.partials(OPS["abs"], x, None, INTERVALS.value(OPS["abs"], x))
    assert (slope.low, slope.high) == (-1.0, 1.0)


# --- rows of one's own


def test_the_rules_of_a_row_are_taken_as_they_stand() -> None:
    planted = replace(OPS["mul"], dx="x")
    slope, _ = INTERVALS.partials(planted, 3.0, 5.0, 15.0)
    assert (slope.low, slope.high) == (3.0, 3.0)


def test_a_row_of_ones_own_may_be_undecided_inside_of_the_rows_it_calls() -> None:
    leaky = Op("leaky", "leaky", "Leaky.", "relu(x) - 0.5 * relu(-x)", "1.0 if x > 0.0 else 0.5")
    enclosure = INTERVALS.value(leaky, Interval(-1.0, 1.0))
    assert enclosure.low <= -0.5 < 1.0 <= enclosure.high


def test_two_floats_are_not_added_with_rounding() -> None:
    assert INTERVALS.value(OPS["add"], 0.1, 0.2).width > 0.0


def test_a_decided_comparison_costs_one_evaluation() -> None:
    calls = []

    def exp(x: Interval) -> Interval:
        calls.append(x)
        return x

    counting = IntervalArithmetic({**PRIMITIVES, "exp": exp})
    counting.value(OPS["softplus"], Interval(1.0, 2.0))
    assert len(calls) == 1


def test_every_primitive_of_the_table_has_an_interval_version() -> None:
    assert PRIMITIVES.keys() == PRIMITIVE_NAMES | {"div"}
