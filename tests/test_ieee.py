"""The table over floats, at operands where Python's own functions raise."""

from __future__ import annotations

import math
from math import inf, nan

import numpy as np
import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from microgradlab import ieee
from microgradlab.ops import OPS, TABLE, Op

ANY = st.floats() | st.sampled_from([0.0, -0.0, 1.0, -1.0, 2.0, -3.0, 0.5, inf, -inf, nan])


def same(ours: float, theirs: float) -> bool:
    """Equality of floats, in which nan equals nan and 0.0 differs from -0.0."""
    return (math.isnan(ours) and math.isnan(theirs)) or (
        ours == theirs and math.copysign(1.0, ours) == math.copysign(1.0, theirs)
    )


@given(x=ANY, y=ANY)
@example(x=1.0, y=-0.0)
@example(x=-1.0, y=-0.0)
@example(x=0.0, y=-0.0)
def test_division_is_numpys(x: float, y: float) -> None:
    with np.errstate(all="ignore"):
        assert same(ieee.div(x, y), float(np.float64(x) / np.float64(y)))


@given(x=ANY, y=ANY)
def test_power_is_numpys(x: float, y: float) -> None:
    with np.errstate(all="ignore"):
        expected = float(np.float64(x) ** np.float64(y))
    ours = ieee.pow(x, y)
    assert same(ours, expected) or ours == pytest.approx(expected, rel=1e-15)


@pytest.mark.parametrize(
    ("x", "y", "expected"),
    [
        (0.0, -1.0, inf),
        (-0.0, -1.0, -inf),
        (-0.0, -2.0, inf),
        (0.0, -inf, inf),
        (-8.0, 1.0 / 3.0, nan),
        (-10.0, 401.0, -inf),
        (-10.0, 400.0, inf),
        (10.0, 400.0, inf),
        (nan, 0.0, 1.0),
        (1.0, nan, 1.0),
        (-1.0, inf, 1.0),
    ],
)
def test_power_at_poles_and_overflow_is_c99s(x: float, y: float, expected: float) -> None:
    assert same(ieee.pow(x, y), expected)


NUMPY_NAMES = {"asin": "arcsin", "acos": "arccos", "atan": "arctan"}


@pytest.mark.parametrize("name", sorted(ieee.PRIMITIVES.keys() - {"div", "pow", "erf"}))
@pytest.mark.parametrize(
    "x", [0.0, -0.0, 1.0, -1.0, 1.5, -1.5, -2.0, 710.0, -710.0, 711.0, -746.0, inf, -inf, nan]
)
def test_functions_give_numpys_results_where_python_raises(name: str, x: float) -> None:
    with np.errstate(all="ignore"):
        expected = float(getattr(np, NUMPY_NAMES.get(name, name))(np.float64(x)))
    ours = ieee.PRIMITIVES[name](x)
    assert same(ours, expected) or ours == pytest.approx(expected, rel=4e-16)


@pytest.mark.parametrize("op", TABLE, ids=repr)
@given(x=ANY, y=ANY)
def test_no_row_ever_raises(op: Op, x: float, y: float) -> None:
    second = y if op.arity == 2 else None
    out = ieee.value(op, x, second)
    dx, dy = ieee.partials(op, x, second, out)
    assert type(out) is type(dx) is float
    assert (dy is None) == (op.arity == 1)


@pytest.mark.parametrize("op", TABLE, ids=repr)
def test_nan_passes_through_every_row_but_is_neither_greater_nor_equal(op: Op) -> None:
    result = ieee.value(op, nan, 2.0 if op.arity == 2 else None)
    assert result == 0.0 if op.name in ("greater", "equal") else math.isnan(result)


def test_rows_made_of_other_rows_find_them() -> None:
    out = ieee.value(OPS["softplus"], 0.0)
    assert ieee.partials(OPS["softplus"], 0.0, None, out) == (0.5, None)
