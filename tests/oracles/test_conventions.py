"""Kinks, ties, poles and infinities: what IEEE 754 says, and where libraries choose differently."""

from __future__ import annotations

import math
import sys
from collections.abc import Sequence
from math import inf, nan
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from microgradlab import Value
from microgradlab.checking.program import Expression
from microgradlab.checking.strategies import expressions
from microgradlab.ops import TABLE, Op

if TYPE_CHECKING:
    from tests.oracles.conftest import Oracle

pytestmark = pytest.mark.oracle

Point = tuple[float, ...]
Derivatives = dict[tuple[str, Point], list[float]]

ONE = [(nan,), (inf,), (-inf,), (-0.0,)]
TWO = [(nan, 1.0), (1.0, nan), (nan, 0.0), (inf, inf), (inf, -inf), (-inf, 0.0), (0.0, inf)]

EXTREMA = ("maximum", "minimum")
TIES: Derivatives = {
    (name, tie): [0.5, 0.5] for name in EXTREMA for tie in [(1.0, 1.0), (0.0, -0.0), (inf, inf)]
}
UNORDERED: Derivatives = {
    (name, point): [0.0, 0.0] for name in EXTREMA for point in [(nan, 1.0), (1.0, nan), (nan, 0.0)]
}

OTHER_DERIVATIVES: dict[str, Derivatives] = {
    # On a tie all halve the derivative; here the first operand has it all.
    "torch": TIES
    | {
        ("pow", (nan, 0.0)): [0.0, nan],  # nan ** 0 is 1, whatever the nan stands for
    },
    "jax": TIES
    | UNORDERED
    | {
        ("abs", (0.0,)): [1.0],  # the slope from the right
        ("abs", (nan,)): [-1.0],
        ("relu", (nan,)): [0.0],
        ("pow", (0.0, 0.0)): [nan, 0.0],  # 0 * inf
        ("pow", (0.0, -1.0)): [-inf, nan],  # inf * log(0), with a log that was made finite
        ("sqrt", (5e-324,)): [inf],  # subnormal numbers count as 0
    },
    "autograd": TIES
    | UNORDERED
    | {
        ("abs", (nan,)): [nan],
        ("pow", (0.0, -1.0)): [-inf, nan],
        ("pow", (-inf, 0.0)): [nan, nan],
        ("sqrt", (-inf,)): [0.0],  # 0.5 * x ** -0.5
        ("sqrt", (-0.0,)): [inf],
        ("softplus", (inf,)): [nan],  # exp(x - out)
        ("tanh", (30.0,)): [1 / math.cosh(30.0) ** 2],  # which is 1.0 - out * out here, rounded
    },
}
OTHER_VALUES = {
    # Subnormal numbers count as 0.
    "jax": {("log", (5e-324,)): -inf, ("sqrt", (5e-324,)): 0.0},
}


@pytest.mark.parametrize("op", TABLE, ids=repr)
def test_every_operation_at_its_edges(oracle: Oracle, op: Op) -> None:
    for point in [*op.edges, *(ONE if op.arity == 1 else TWO)]:
        inputs = [Value(x) for x in point]
        result = Value.functions[op.name](*inputs)
        result.backward()
        gradient = [x.grad for x in inputs]

        def f(x: Sequence[Any]) -> list[Any]:
            return [oracle.operations[op.name](*x)]

        value = OTHER_VALUES.get(oracle.name, {}).get((op.name, point), result.data)
        partials = OTHER_DERIVATIVES[oracle.name].get((op.name, point), gradient)
        found = [*oracle.values(f, point), *oracle.jacobian(f, point)[0]]
        assert found == pytest.approx([value, *partials], rel=1e-14, abs=0.0, nan_ok=True), point


@given(
    expressions(
        max_operations=20,
        operations=["add", "sub", "mul", "neg", "abs", "relu", *EXTREMA],
        at="kinks",
        numbers=st.integers(-3, 3).map(float),  # on them, nothing here is rounded
    )
)
@settings(max_examples=50)
def test_where_a_library_follows_our_conventions_it_agrees_at_kinks_to_the_last_bit(
    oracle: Oracle, expression: Expression
) -> None:
    where = oracle.where
    f = oracle.function(
        expression,
        abs=lambda x: where(x > 0.0, x, where(x < 0.0, -x, oracle.number(0.0))),
        maximum=lambda x, y: where(x < y, y, x),
        minimum=lambda x, y: where(x > y, y, x),
    )
    root, leaves = expression.record()
    root.backward()
    assert oracle.values(f, expression.inputs)[-1] == root.data
    assert oracle.jacobian(f, expression.inputs)[-1] == [leaf.grad for leaf in leaves]


@given(
    expressions(
        max_operations=20,
        operations=["add", "sub", "mul", "div", "neg", "abs", "sqrt"],
        at="edges",
    )
)
@settings(max_examples=50)
def test_operations_that_ieee_754_defines_give_the_same_bits_infinities_and_nan(
    oracle: Oracle, expression: Expression
) -> None:
    numbers = expression.numbers(*expression.inputs)
    assume(not any(0.0 < abs(x) < sys.float_info.min for x in numbers))  # 0 to JAX
    found = oracle.values(oracle.function(expression), expression.inputs)
    assert repr(found) == repr(numbers[-3:])
