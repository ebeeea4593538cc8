"""Values and derivatives of single operations, to a hundred digits and at every special point."""

from __future__ import annotations

import math
import sys
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from math import inf, nan
from random import Random
from typing import Any

import mpmath
import pytest

from microgradlab.checking.precise import Local, Precise, precise
from microgradlab.errors import MissingExtraError
from microgradlab.ieee import FLOATS
from microgradlab.ops import OPS, TABLE, Op

Functions = dict[str, Callable[..., Any]]
Slope = Callable[[Callable[..., Any], list[Any], int], Any]


def smooth_points(op: Op, count: int = 20) -> Iterator[tuple[float, ...]]:
    """Random operands where the row has all derivatives."""
    random = Random(op.name)
    is_smooth = FLOATS.expression("x == x" if op.smooth == "all" else op.smooth)
    while count:
        point = [random.choice((0.9, 3.0, 20.0)) * random.uniform(-1.0, 1.0) for _ in "xy"]
        x, y = point
        if is_smooth(x, y, None):
            count -= 1
            yield tuple(point[: op.arity])


def own(value: str) -> Op:
    """A row that is not in the table; what it says of its derivative does not matter here."""
    return Op("own", "own", "A row of one's own.", value, "nowhere_used")


def local(op: Op, *point: float, by: str = "x") -> Local:
    x, *y = map(precise().number, point)
    return precise().local(op, by, x, *(y or [None]))


def is_close(found: Any, wanted: Any, digits: int = 90) -> bool:
    rounding = mpmath.mpf(10) ** -190  # of a difference of numbers near 1, over a step of 1e-100
    return bool(abs(found - wanted) <= abs(wanted) * mpmath.mpf(10) ** -digits + rounding)


# --- smooth points


@pytest.mark.parametrize("op", TABLE, ids=repr)
def test_values_are_those_of_other_formulas_to_ninety_digits(op: Op, functions: Functions) -> None:
    for point in smooth_points(op):
        numbers = [precise().number(number) for number in point]
        assert is_close(precise().value(op, *numbers), functions[op.name](*numbers))


@pytest.mark.parametrize("op", TABLE, ids=repr)
def test_derivatives_are_those_of_differences_to_ninety_digits(
    op: Op, mp: Any, functions: Functions, slope: Slope
) -> None:
    for point in smooth_points(op):
        for place in range(op.arity):
            found = local(op, *point, by="xy"[place])
            wanted = slope(functions[op.name], [mp.mpf(number) for number in point], place)
            assert is_close(found.value, wanted)
            assert (found.sides, found.why) == (None, "")


@pytest.mark.parametrize(
    ("name", "x", "derivative"),
    [
        ("tan", math.pi / 2, "2.6670937881135711e32"),  # as near to its pole as floats come
        ("tanh", 200.0, "7.6606783868560231e-174"),  # the float rule gives 0
        ("sin", 1e300, "-0.57538611195754901"),
        ("exp", 800.0, "2.7263745721125666e347"),
        ("sigmoid", -300.0, "5.1482002224120138e-131"),
        ("expm1", 1e-300, "1.0"),
        ("softplus", 0.0, "0.5"),
        ("sigmoid", 0.0, "0.25"),
    ],
)
def test_derivatives_keep_their_digits_far_out(name: str, x: float, derivative: str) -> None:
    found = local(OPS[name], x)
    assert is_close(found.value, mpmath.mpf(derivative), digits=15)
    assert (found.sides, found.why) == (None, "")


def test_values_beyond_the_range_of_floats_are_infinite() -> None:
    numbers = precise()
    assert numbers.value(OPS["exp"], numbers.number(709.0)) < inf
    assert numbers.value(OPS["exp"], numbers.number(710.0)) == inf
    assert numbers.value(OPS["neg"], numbers.value(OPS["exp"], numbers.number(710.0))) == -inf


# --- special points


@pytest.mark.parametrize(
    ("name", "point", "by", "sides"),
    [
        ("relu", (0.0,), "x", (0, 1)),
        ("relu", (-0.0,), "x", (0, 1)),
        ("abs", (0.0,), "x", (-1, 1)),
        ("maximum", (1.5, 1.5), "x", (0, 1)),
        ("maximum", (1.5, 1.5), "y", (0, 1)),
        ("minimum", (0.0, 0.0), "x", (1, 0)),
        ("minimum", (-2.0, -2.0), "y", (1, 0)),
    ],
)
def test_at_a_kink_there_are_the_slopes_on_both_sides(
    name: str, point: tuple[float, ...], by: str, sides: tuple[int, int]
) -> None:
    found = local(OPS[name], *point, by=by)
    assert (found.sides, found.why) == (sides, "has a kink")
    assert math.isnan(found.value)


@pytest.mark.parametrize(
    ("name", "point", "by", "derivative", "why"),
    [
        ("sqrt", (0.0,), "x", inf, "is at the end of its domain"),
        ("log", (0.0,), "x", inf, "is at the end of its domain"),
        ("log1p", (-1.0,), "x", inf, "is at the end of its domain"),
        ("asin", (1.0,), "x", inf, "is at the end of its domain"),
        ("acos", (-1.0,), "x", -inf, "is at the end of its domain"),
        ("pow", (0.0, 0.5), "x", inf, "is at the end of its domain"),
        ("pow", (0.0, 1.5), "x", 0.0, "is at the end of its domain"),
        ("pow", (0.0, 1.0), "x", 1.0, ""),
        ("pow", (0.0, 2.0), "x", 0.0, ""),
        ("pow", (0.0, 2.0), "y", 0.0, ""),
        ("pow", (0.0, 0.0), "x", 0.0, ""),
        ("pow", (0.0, 0.0), "y", nan, "jumps"),
        ("pow", (-3.0, 2.0), "x", -6.0, ""),
        ("pow", (-3.0, 2.0), "y", nan, "is defined at this point only"),
        ("pow", (-8.0, 1.0 / 3.0), "x", nan, "is outside its domain (x > 0.0)"),
        ("pow", (0.0, -1.0), "x", -inf, "has a pole"),
        ("pow", (0.0, -1.0), "y", nan, "is infinite"),
        ("div", (1.0, 0.0), "x", nan, "is infinite"),
        ("div", (1.0, 0.0), "y", -inf, "has a pole"),
        ("div", (0.0, 0.0), "y", nan, "is outside its domain (y != 0.0)"),
        ("log", (-1.0,), "x", nan, "is outside its domain (x > 0.0)"),
        ("asin", (1.5,), "x", nan, "is outside its domain (-1.0 < x and x < 1.0)"),
        ("sin", (inf,), "x", nan, "is taken at an infinite operand or nan"),
        ("mul", (2.0, nan), "x", nan, "is taken at an infinite operand or nan"),
        ("greater", (1.0, 1.0), "x", nan, "jumps"),
        ("equal", (1.0, 1.0), "y", nan, "jumps"),
        ("gate", (2.0, 0.0), "y", nan, "jumps"),
        ("gate", (2.0, 0.0), "x", 0.0, ""),
        ("gate", (0.0, 0.0), "y", 0.0, ""),
    ],
)
def test_what_is_special_about_a_point_is_told(
    name: str, point: tuple[float, ...], by: str, derivative: float, why: str
) -> None:
    found = local(OPS[name], *point, by=by)
    assert (found.sides, found.why) == (None, why)
    assert found.value == derivative or (math.isnan(found.value) and math.isnan(derivative))


@pytest.mark.parametrize(
    ("name", "point", "expected"),
    [
        ("greater", (2.0, 1.0), True),
        ("greater", (1.0, math.nextafter(1.0, 2.0)), True),
        ("greater", (5e-324, 0.0), True),
        ("greater", (1.0, 1.0), False),
        ("equal", (0.0, 0.0), False),
        ("relu", (-1.0,), True),
        ("relu", (0.0,), False),
        ("mul", (0.0, 0.0), False),  # though it is along each axis
    ],
)
def test_some_operations_are_constant_all_around_a_point(
    name: str, point: tuple[float, ...], expected: bool
) -> None:
    numbers = precise()
    x, y = [*map(numbers.number, point), None][:2]
    assert numbers.is_constant(OPS[name], x, y, numbers.value(OPS[name], x, y)) is expected


# --- rows of one's own, which are not believed to be smooth


@pytest.mark.parametrize(
    ("value", "x", "derivative"),
    [
        ("x * 3.0 / 7.0", 0.1, "0.428571428571428571428571428571428571"),
        ("log(exp(x))", 0.1, "1.0"),
        ("sin(x) * sin(x) + cos(x) * cos(x)", 1.0, "0.0"),
        ("relu(x) - relu(-x)", 0.0, "1.0"),  # two kinks that cancel
        ("x * abs(x)", 0.0, "0.0"),
        ("x if x > 1.0 else 1.0 * x", 1.0, "1.0"),
        ("exp(exp(exp(x)))", -5.0, "0.018564551407923374548"),
        ("1.0 / (1.0 + exp(-x))", 600.0, "2.6503965530043108163e-261"),
    ],
)
def test_rows_that_are_smooth_have_a_plain_derivative(
    value: str, x: float, derivative: str
) -> None:
    found = local(own(value), x)
    assert (found.sides, found.why) == (None, "")
    assert abs(found.value - mpmath.mpf(derivative)) <= 1e-15 * abs(found.value) + 1e-80


@pytest.mark.parametrize(
    ("value", "x", "sides"),
    [
        ("x if x > 1.0 else 0.5 * x + 0.5", 1.0, (0.5, 1.0)),
        ("sqrt(x * x)", 0.0, (-1.0, 1.0)),
        ("1e-60 * abs(x)", 0.0, (-1e-60, 1e-60)),
    ],
)
def test_rows_with_a_kink_are_recognised(value: str, x: float, sides: tuple[float, float]) -> None:
    found = local(own(value), x)
    assert found.why == "has a kink"
    assert tuple(map(float, found.sides or ())) == sides


@pytest.mark.parametrize("x", [0.0, 1.0])
def test_rows_that_jump_have_no_derivative(x: float) -> None:
    found = local(own("x if x > 0.0 else -1.0" if x == 0.0 else "2.0 if x >= 1.0 else x"), x)
    assert math.isnan(found.value)
    assert found.why == "jumps"


@pytest.mark.parametrize("x", [3.0, 1e300])
def test_towers_of_exponentials_end_in_infinity_and_not_in_a_search_for_its_digits(
    x: float,
) -> None:
    assert precise().value(own("exp(exp(exp(x)))"), precise().number(x)) == inf
    assert not math.isfinite(float(local(own("exp(exp(exp(x)))"), x).value))


# --- mpmath's precision


@pytest.mark.parametrize("bits", [20, 53, 1000])
def test_the_global_precision_is_neither_used_nor_changed(bits: int) -> None:
    wanted = local(OPS["erf"], 0.7).value
    with mpmath.workprec(bits):
        assert local(OPS["erf"], 0.7).value == wanted
        assert mpmath.mp.prec == bits


def test_each_thread_has_numbers_of_its_own() -> None:
    with ThreadPoolExecutor(1) as other:
        theirs = other.submit(precise).result()
        assert theirs is other.submit(precise).result()
    assert precise() is precise()
    assert theirs is not precise()


def test_without_mpmath_the_extra_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "mpmath", None)
    with pytest.raises(MissingExtraError, match=r"microgradlab\[check\]"):
        Precise()
