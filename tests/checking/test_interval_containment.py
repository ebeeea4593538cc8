"""The table over intervals encloses the exact results and those of floats."""

from __future__ import annotations

import math
from collections.abc import Callable
from math import inf, nextafter
from typing import Any

import pytest
from hypothesis import assume, example, given, settings
from hypothesis import strategies as st
from mpmath import MPContext

from microgradlab.arithmetic import Arithmetic
from microgradlab.checking.intervals import INTERVALS, Interval
from microgradlab.expressions import compile_over
from microgradlab.ieee import FLOATS
from microgradlab.ops import OPS, TABLE, Op
from microgradlab.ops import PRIMITIVES as PRIMITIVE_NAMES

mp = MPContext()
mp.dps = 60
ROWS = pytest.mark.parametrize("op", TABLE, ids=repr)


def real(function: Callable[..., Any]) -> Callable[..., Any]:
    """The function with nan where mpmath raises or gives a complex number."""

    def total(*numbers: Any) -> Any:
        try:
            result = function(*numbers)
        except (ZeroDivisionError, ValueError):
            return mp.nan
        return mp.nan if isinstance(result, mp.mpc) else result

    return total


EXACT = Arithmetic(
    {
        "div": real(lambda x, y: x / y),
        "pow": real(lambda x, y: mp.mpf(x) ** y),
        "abs": abs,
        **{name: real(getattr(mp, name)) for name in PRIMITIVE_NAMES - {"pow", "abs"}},
    }
)
"""The table in mpmath, at 60 digits."""

Enclosed = tuple[Interval, float]
"""An operand, and a float inside."""

BRANCHES = [0.0, -0.0, 1.0, -1.0, 2.0, 3.0, -2.0, 0.5]
ANY = st.floats(allow_nan=False) | st.sampled_from(BRANCHES) | st.floats(-2.0, 2.0)
MODERATE = (st.floats(-40.0, 40.0) | st.floats(-1.0, 1.0) | st.sampled_from(BRANCHES)).map(
    lambda x: x if abs(x) > 1e-12 else 0.0
)


def enclosed(numbers: st.SearchStrategy[float]) -> st.SearchStrategy[Enclosed]:
    """Operands that are points, some floats wide, or wide; often across a branch point."""

    def around(x: float, steps: int) -> tuple[float, ...]:
        low = high = x
        for _ in range(steps):
            low, high = nextafter(low, -inf), nextafter(high, inf)
        return low, x, high

    near = st.builds(around, numbers, st.integers(0, 4))
    wide = st.tuples(numbers, numbers, numbers).map(lambda three: tuple(sorted(three)))
    place = st.integers(0, 2)
    return st.builds(lambda t, i: (Interval(t[0], t[2]), t[i]), near | wide, place)


def operands(op: Op, numbers: st.SearchStrategy[float]) -> st.SearchStrategy[tuple[Enclosed, ...]]:
    return st.tuples(*[enclosed(numbers)] * op.arity)


def holds(enclosure: Interval, number: Any, slack: Any = 0) -> bool:
    """Whether a number, if it is one, is inside."""
    return bool(math.isnan(number) or enclosure.low - slack <= number <= enclosure.high + slack)


def two(numbers: list[Any]) -> tuple[Any, Any]:
    """x and y, which is None for one operand."""
    x, y = (*numbers, None)[:2]
    return x, y


# --- containment


@ROWS
@settings(max_examples=50)
@given(data=st.data())
def test_what_floats_compute_lies_inside(op: Op, data: st.DataObject) -> None:
    drawn = data.draw(operands(op, ANY))
    (big_x, big_y), (x, y) = two([i for i, _ in drawn]), two([number for _, number in drawn])
    enclosure, out = INTERVALS.value(op, big_x, big_y), FLOATS.value(op, x, y)
    assert holds(enclosure, out)
    if not math.isnan(out):
        slopes = INTERVALS.partials(op, big_x, big_y, enclosure)
        for big, slope in zip(slopes, FLOATS.partials(op, x, y, out), strict=True):
            assert slope is None or holds(big, slope)


@ROWS
@settings(max_examples=30)
@given(data=st.data(), share=st.floats(0.0, 1.0))
def test_exact_values_lie_inside(op: Op, data: st.DataObject, share: float) -> None:
    intervals = [interval for interval, _ in data.draw(operands(op, MODERATE))]
    inside = [i.low + mp.mpf(share) * (mp.mpf(i.high) - i.low) for i in intervals]
    assert holds(INTERVALS.value(op, *intervals), EXACT.value(op, *inside))


@ROWS
@settings(max_examples=15)
@given(data=st.data())
def test_exact_derivatives_of_the_value_lie_inside(op: Op, data: st.DataObject) -> None:
    drawn = data.draw(operands(op, MODERATE))
    assume(op.smooth == "all" or smooth(op, *two([number for _, number in drawn])))
    big_x, big_y = two([interval for interval, _ in drawn])
    inside = tuple(mp.mpf(number) for _, number in drawn)
    partials = INTERVALS.partials(op, big_x, big_y, INTERVALS.value(op, big_x, big_y))
    for place in range(op.arity):
        order = tuple(int(place == k) for k in range(op.arity))
        exact = mp.diff(lambda *numbers: EXACT.value(op, *numbers), inside, order)
        digits = 2.0**-52 if op.name == "erf" else 1e-35  # 2/√π stands there as a float
        assert holds(partials[place], exact, digits * max(1, abs(exact)))


def smooth(op: Op, x: float, y: float | None) -> bool:
    """Whether derivatives exist, and differences in mpmath do not reach across a jump or kink."""
    distances = [x] if y is None else [x, y, x - y]
    holds = compile_over(op.smooth, {"primal": float, "cos": math.cos})(x, y, None)
    return bool(holds) and all(abs(distance) > 1e-30 for distance in distances)


Program = list[tuple[int, int, int]]
"""Instructions: a row, and two operands, counted back from the last result."""


def run(
    program: Program, arithmetic: Arithmetic, start: list[Any], largest: float = inf
) -> tuple[Program, list[tuple[Any, Any]]]:
    """Values and derivatives by the first input; instructions with results too large are left out.

    Returns:
        The instructions that were run, and for each number its value and derivative.
    """
    numbers: list[tuple[Any, Any]] = [(x, 0.0 if n else 1.0) for n, x in enumerate(start)]
    kept = []
    for row, i, j in program:
        op = TABLE[row]
        (x, slope_x), (y, slope_y) = numbers[-1 - i % len(numbers)], numbers[-1 - j % len(numbers)]
        second = y if op.arity == 2 else None
        out = arithmetic.value(op, x, second)
        dx, dy = arithmetic.partials(op, x, second, out)
        slope = dx * slope_x if dy is None else dx * slope_x + dy * slope_y
        if largest < inf and not (abs(out) < largest and abs(slope) < largest):
            continue
        kept.append((row, i, j))
        numbers.append((out, slope))
    return kept, numbers


KINK = [("neg", 2, 0), ("relu", 0, 0), ("relu", 4, 0), ("sub", 0, 1)]
"""relu(x) - relu(-x)"""


@settings(max_examples=150)
@given(
    start=st.tuples(enclosed(MODERATE), enclosed(MODERATE), enclosed(MODERATE)),
    program=st.lists(
        st.tuples(st.integers(0, len(TABLE) - 1), st.integers(0, 7), st.integers(0, 7)),
        min_size=1,
        max_size=12,
    ),
)
@example(
    start=((Interval(-1e-9, 1e-9), 0.0),) * 3,
    program=[(TABLE.index(OPS[n]), i, j) for n, i, j in KINK],
)
def test_programs_enclose_exact_and_float_results_and_derivatives(
    start: tuple[Enclosed, ...], program: Program
) -> None:
    inside = [number for _, number in start]
    kept, exact = run(program, EXACT, [mp.mpf(number) for number in inside], largest=1e6)
    _, enclosures = run(kept, INTERVALS, [interval for interval, _ in start])
    _, floats = run(kept, FLOATS, inside)
    for (big, big_slope), precise, rounded in zip(enclosures, exact, floats, strict=True):
        for number, slope in (precise, rounded):
            assert holds(big, number, 1e-40 * abs(number))
            assert isinstance(big_slope, float) or holds(big_slope, slope, 1e-40 * abs(slope))
