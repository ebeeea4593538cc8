"""Random expressions: their values, first and second derivatives as other libraries have them.

How far two libraries may be apart is not a fixed tolerance: both results, rounded in their own
ways, lie inside the enclosure of the graph.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import assume, given, settings

import microgradlab as mg
from microgradlab import OPS, Value
from microgradlab.checking.intervals import INTERVALS, as_interval
from microgradlab.checking.program import Expression, Step
from microgradlab.checking.reference import enclosure
from microgradlab.checking.strategies import expressions
from microgradlab.engine import gradient_graph, topological_order
from microgradlab.replay import replay

if TYPE_CHECKING:
    from tests.oracles.conftest import Function, Oracle

pytestmark = pytest.mark.oracle

SEVERAL = settings(max_examples=50)
EXPRESSIONS = expressions(max_operations=30)
ALONG = [1.0, -0.5, 3.0]  # a direction

# Rules as the libraries have them that round more than ours.
COARSER = {
    "expm1": "out + 1.0",
    "asin": "1.0 / sqrt(1.0 - x * x)",
    "acos": "-1.0 / sqrt(1.0 - x * x)",
    "softplus": "exp(x - out)",
}


def in_ours(expression: Expression) -> Function:
    """The expression as a function of a list of Values; its last three numbers are the results."""
    return lambda x: expression.numbers(*x)[-3:]


def coarser(expression: Expression) -> tuple[Sequence[Value], list[Value]]:
    """The results recorded with the coarser rules, and the leaves."""
    steps = [
        Step(replace(op, dx=COARSER[op.name]) if op.name in COARSER else op, operands)
        for op, operands in expression.steps
    ]
    leaves = expression.leaves()
    return in_ours(Expression(expression.inputs, tuple(steps)))(leaves), leaves


def widths(root: Value | None, leaves: Sequence[Value]) -> list[float]:
    """How far rounding can move the derivatives of the root."""
    found = {} if root is None else enclosure(topological_order(root), leaves)
    return [found[leaf].width if leaf in found else 0.0 for leaf in leaves]


def second_widths(expression: Expression) -> list[list[float]]:
    """How far rounding can move the second derivatives of the last result."""
    results, leaves = coarser(expression)
    gradients = gradient_graph(results[-1])
    return [widths(gradients.get(leaf), leaves) for leaf in leaves]


def assert_agree(ours: Sequence[float], theirs: Sequence[float], widths: Sequence[float]) -> None:
    for a, b, width in zip(ours, theirs, widths, strict=True):
        assert abs(a - b) <= width + math.ulp(a)


def assert_agree_along(
    ours: Sequence[float], theirs: Sequence[Sequence[float]], widths: Sequence[Sequence[float]]
) -> None:
    """Compares with the products of their rows with the direction."""
    for a, row, width in zip(ours, theirs, widths, strict=True):
        terms = [number * factor for number, factor in zip(row, ALONG, strict=False)]
        allowed = [
            (w + 2.0 * math.ulp(number)) * abs(factor)
            for w, number, factor in zip(width, row, ALONG, strict=False)
        ]
        assert abs(a - math.fsum(terms)) <= math.fsum(allowed)


@SEVERAL
@given(EXPRESSIONS)
def test_values(oracle: Oracle, expression: Expression) -> None:
    results, _ = coarser(expression)
    enclosed = replay(topological_order(*results), INTERVALS, {}, as_interval)
    theirs = oracle.values(oracle.function(expression), expression.inputs)
    ours = [result.data for result in results]
    assert_agree(ours, theirs, [enclosed[result].width for result in results])


@SEVERAL
@given(EXPRESSIONS)
def test_first_derivatives(oracle: Oracle, expression: Expression) -> None:
    f, x = in_ours(expression), list(expression.inputs)
    theirs = oracle.jacobian(oracle.function(expression), x)
    results, leaves = coarser(expression)
    allowed = [widths(result, leaves) for result in results]

    root, inputs = expression.record()
    root.backward()
    assert_agree([leaf.grad for leaf in inputs], theirs[-1], allowed[-1])
    for row, their_row, row_widths in zip(mg.jacobian(f)(x), theirs, allowed, strict=True):
        assert_agree(row, their_row, row_widths)

    _, tangents = mg.jvp(f)((x,), (ALONG[: len(x)],))
    assert_agree_along(tangents, theirs, allowed)
    value, pullback = mg.vjp(f)(x)
    (cotangents,) = pullback(ALONG[: len(value)])
    columns, column_widths = zip(*theirs, strict=True), zip(*allowed, strict=True)
    assert_agree_along(cotangents, list(columns), list(column_widths))


@SEVERAL
@given(EXPRESSIONS)
def test_second_derivatives(oracle: Oracle, expression: Expression) -> None:
    assume(not has_a_zero_exponent(expression))
    x = list(expression.inputs)
    theirs = oracle.hessian(oracle.function(expression), x)
    allowed = second_widths(expression)

    def f(x: Sequence[Any]) -> Any:
        return expression(*x)

    for row, their_row, row_widths in zip(mg.hessian(f)(x), theirs, allowed, strict=True):
        assert_agree(row, their_row, row_widths)
    assert_agree_along(mg.hvp(f)((x,), (ALONG[: len(x)],)), theirs, allowed)

    root, leaves = expression.record()
    root.backward(create_graph=True)
    gradients = [leaf.grad for leaf in leaves]
    for gradient, their_row, row_widths in zip(gradients, theirs, allowed, strict=True):
        for leaf in leaves:
            leaf.zero_grad()
        if isinstance(gradient, Value):
            gradient.backward()
        assert_agree([leaf.grad for leaf in leaves], their_row, row_widths)


def has_a_zero_exponent(expression: Expression) -> bool:
    """Whether a power is computed at y = 0, where some have lost a second derivative: see below."""
    numbers = expression.numbers(*expression.inputs)
    return any(
        op is OPS["pow"] and type(operands[1]) is int and numbers[operands[1]] == 0.0
        for op, operands in expression.steps
    )


def test_the_mixed_second_derivative_of_a_power_at_exponent_0(oracle: Oracle) -> None:
    """∂²(x ** y)/∂x∂y is 1 / x at y = 0; the guards of PyTorch and HIPS autograd lose it."""
    lost = {"torch": 0.0, "autograd": 2.0}.get(oracle.name, 0.5)
    theirs = oracle.hessian(lambda x: [oracle.operations["pow"](*x)], [2.0, 0.0])
    ours = mg.hessian(lambda x: x[0] ** x[1])([2.0, 0.0])
    assert (ours[0][1], theirs[0][1]) == (0.5, lost)
    assert (ours[1][0], theirs[1][0]) == (0.5, 0.5)
