"""Random expressions: their values, first and second derivatives as other libraries have them.

How far two libraries may be apart is not a fixed tolerance: both results, rounded in their own
ways, lie inside the enclosure of the graph.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import assume, given, settings

import microgradlab as mg
from microgradlab import OPS, Value
from microgradlab.checking.program import Expression, Step
from microgradlab.checking.reference import enclosed_value, enclosure, enclosure_along
from microgradlab.checking.strategies import expressions
from microgradlab.engine import Node, gradient_graph, topological_order

if TYPE_CHECKING:
    from tests.oracles.conftest import Function, Matrix, Oracle

pytestmark = pytest.mark.oracle

SEVERAL = settings(max_examples=50)
EXPRESSIONS = expressions(max_operations=30)
ALONG = [1.0, -0.5, 4.0]  # a direction; multiplication by it is exact

# Rules as the libraries have them that round more than ours.
COARSER = {
    "expm1": "out + 1.0",
    "asin": "1.0 / sqrt(1.0 - x * x)",
    "acos": "-1.0 / sqrt(1.0 - x * x)",
    "softplus": "exp(x - out)",
}


def results_of(expression: Expression) -> Function:
    """The expression as a function of a list of Values; its last three numbers are the results."""
    return lambda x: expression.numbers(*x)[-3:]


# --- how far apart two results may be


@dataclass(frozen=True)
class Bounds:
    """How far rounding can move what is computed on a recorded graph."""

    results: Sequence[Value]
    leaves: list[Value]

    @classmethod
    def of(cls, expression: Expression) -> Bounds:
        leaves = expression.leaves()
        return cls(results_of(expression)(leaves), leaves)

    def values(self) -> list[float]:
        return [enclosed_value(topological_order(result)).width for result in self.results]

    def jacobian(self) -> Matrix:
        return [self._gradient(result) for result in self.results]

    def hessian(self) -> Matrix:
        return [self._gradient(gradient) for gradient in self._gradients()]

    def jvp(self) -> list[float]:
        return [self._along(result) for result in self.results]

    def vjp(self) -> list[float]:
        return self._gradient(mg.dot(self.results, ALONG[: len(self.results)]))

    def hvp(self) -> list[float]:
        return [self._along(gradient) for gradient in self._gradients()]

    def _gradients(self) -> list[Value]:
        found = gradient_graph(self.results[-1])
        return [found.get(leaf, Value(0.0)) for leaf in self.leaves]

    def _gradient(self, root: Value) -> list[float]:
        found = enclosure(topological_order(root), self.leaves)
        return [found[leaf].width if leaf in found else 0.0 for leaf in self.leaves]

    def _along(self, root: Value) -> float:
        direction: dict[Node, float] = dict(zip(self.leaves, ALONG, strict=False))
        return enclosure_along(topological_order(root), direction).width


def bounds(expression: Expression) -> tuple[Bounds, Bounds]:
    """How far our results may be off, and theirs."""
    steps = [
        Step(replace(op, dx=COARSER[op.name]) if op.name in COARSER else op, operands)
        for op, operands in expression.steps
    ]
    return Bounds.of(expression), Bounds.of(Expression(expression.inputs, tuple(steps)))


def assert_agree(ours: Sequence[float], theirs: Sequence[float], *allowed: Sequence[float]) -> None:
    for a, b, *widths in zip(ours, theirs, *allowed, strict=True):
        assert abs(a - b) <= math.fsum(widths) + math.ulp(a)


def assert_rows_agree(ours: Matrix, theirs: Matrix, *allowed: Matrix) -> None:
    for rows in zip(ours, theirs, *allowed, strict=True):
        assert_agree(*rows)


def along(rows: Matrix, direction: Sequence[float] = ALONG) -> list[float]:
    """The products of the rows with a direction."""
    return [math.fsum(x * y for x, y in zip(row, direction, strict=False)) for row in rows]


def along_at_most(widths: Matrix) -> list[float]:
    return along(widths, [abs(x) for x in ALONG])


def transposed(rows: Matrix) -> Matrix:
    return [list(column) for column in zip(*rows, strict=True)]


# --- the tests


@SEVERAL
@given(EXPRESSIONS)
def test_values(oracle: Oracle, expression: Expression) -> None:
    own, other = bounds(expression)
    ours = [result.data for result in own.results]
    theirs = oracle.values(oracle.function(expression), expression.inputs)
    assert_agree(ours, theirs, own.values(), other.values())


@SEVERAL
@given(EXPRESSIONS)
def test_first_derivatives(oracle: Oracle, expression: Expression) -> None:
    f, x = results_of(expression), list(expression.inputs)
    own, other = bounds(expression)
    theirs, widths = oracle.jacobian(oracle.function(expression), x), other.jacobian()

    own.results[-1].backward()
    gradient = [leaf.grad for leaf in own.leaves]
    assert_agree(gradient, theirs[-1], own.jacobian()[-1], widths[-1])
    assert_rows_agree(mg.jacobian(f)(x), theirs, own.jacobian(), widths)

    _, tangents = mg.jvp(f)((x,), (ALONG[: len(x)],))
    assert_agree(tangents, along(theirs), own.jvp(), along_at_most(widths))
    value, pullback = mg.vjp(f)(x)
    (cotangents,) = pullback(ALONG[: len(value)])
    allowed = along_at_most(transposed(widths))
    assert_agree(cotangents, along(transposed(theirs)), own.vjp(), allowed)


@SEVERAL
@given(EXPRESSIONS)
def test_second_derivatives(oracle: Oracle, expression: Expression) -> None:
    assume(not is_lost(expression))
    x = list(expression.inputs)
    own, other = bounds(expression)
    theirs, widths = oracle.hessian(oracle.function(expression), x), other.hessian()

    def f(x: Sequence[Any]) -> Any:
        return expression(*x)

    assert_rows_agree(mg.hessian(f)(x), theirs, own.hessian(), widths)
    assert_rows_agree(by_backward_twice(expression), theirs, own.hessian(), widths)
    product = mg.hvp(f)((x,), (ALONG[: len(x)],))
    assert_agree(product, along(theirs), own.hvp(), along_at_most(widths))


def by_backward_twice(expression: Expression) -> Matrix:
    root, leaves = expression.record()
    root.backward(create_graph=True)
    rows = []
    for gradient in [leaf.grad for leaf in leaves]:
        for leaf in leaves:
            leaf.zero_grad()
        if isinstance(gradient, Value):
            gradient.backward()
        rows.append([leaf.grad for leaf in leaves])
    return rows


def is_lost(expression: Expression) -> bool:
    """Whether some library loses a second derivative.

    That of a power at exponent 0, see below; and of tanh, where 1 / cosh(x) ** 2 overflows.
    """
    numbers = expression.numbers(*expression.inputs)
    for op, operands in expression.steps:
        *_, last = [numbers[o] if type(o) is int else o for o in operands]
        if (op is OPS["pow"] and last == 0.0) or (op is OPS["tanh"] and abs(last) > 300.0):
            return True
    return False


def test_the_mixed_second_derivative_of_a_power_at_exponent_0(oracle: Oracle) -> None:
    """∂²(x ** y)/∂x∂y is 1 / x at y = 0; the guards of PyTorch and HIPS autograd lose it."""
    lost = {"torch": 0.0, "autograd": 2.0}.get(oracle.name, 0.5)
    theirs = oracle.hessian(lambda x: [oracle.operations["pow"](*x)], [2.0, 0.0])
    ours = mg.hessian(lambda x: x[0] ** x[1])([2.0, 0.0])
    assert (ours[0][1], theirs[0][1]) == (0.5, lost)
    assert (ours[1][0], theirs[1][0]) == (0.5, 0.5)
