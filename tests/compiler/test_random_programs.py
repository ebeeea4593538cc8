"""Random expressions through tape, derivative and loops: the eager engine's very bits."""

from __future__ import annotations

import math
from collections.abc import Sequence

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from microgradlab.checking.decoding import At
from microgradlab.checking.program import Expression
from microgradlab.checking.strategies import expressions
from microgradlab.compiler.build import function_kernel
from microgradlab.compiler.interpreter import check, run
from microgradlab.compiler.kernel import Kernel
from microgradlab.compiler.native import NativeFunction
from microgradlab.compiler.rolling import irregular


def eager(expression: Expression) -> list[float]:
    """The value, and the derivatives by the inputs, as the engine computes them."""
    root, leaves = expression.record()
    if root.op is not None:
        root.backward()
        return [root.data, *(float(leaf.grad) for leaf in leaves)]
    return [root.data, *(float(leaf is root) for leaf in leaves)]


def assert_same_bits(computed: Sequence[float], expected: Sequence[float]) -> None:
    """Equal numbers; nan equals nan, and -0.0 equals 0.0."""
    for ours, theirs in zip(computed, expected, strict=True):
        assert ours == theirs or (math.isnan(ours) and math.isnan(theirs))


def kernel_of(expression: Expression, point: Sequence[float]) -> Kernel:
    return function_kernel(lambda x: [expression(*x)], [point], gradient=True)


@settings(max_examples=200, deadline=None)
@given(expressions(max_operations=60))
def test_the_loops_of_a_random_expression_compute_the_bits_of_the_engine(
    expression: Expression,
) -> None:
    point = list(expression.inputs)
    kernel = kernel_of(expression, point)
    check(kernel)
    assert_same_bits(run(kernel, [], [point]).outputs[0], eager(expression))


@pytest.mark.parametrize("at", ["kinks", "edges"])
def test_so_do_they_at_kinks_poles_and_overflow(at: At) -> None:
    @settings(max_examples=100, deadline=None)
    @given(expressions(max_operations=10, at=at))
    def holds(expression: Expression) -> None:
        point = list(expression.inputs)
        kernel = kernel_of(expression, point)
        check(kernel)
        assert_same_bits(run(kernel, [], [point]).outputs[0], eager(expression))

    holds()


@settings(max_examples=100, deadline=None)
@given(expressions(max_operations=60), st.sampled_from([1, 2, 64]))
def test_a_table_of_steps_computes_the_same(expression: Expression, terms: int) -> None:
    point = list(expression.inputs)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(irregular, "_LIMITS", ((0, terms),))
        kernel = kernel_of(expression, point)
    check(kernel)
    assert_same_bits(run(kernel, [], [point]).outputs[0], eager(expression))


@settings(max_examples=25, deadline=None)
@given(expressions(max_operations=30))
def test_machine_code_computes_the_same(expression: Expression) -> None:
    rows = [list(expression.inputs), [number + 0.25 for number in expression.inputs]]
    computed = NativeFunction(kernel_of(expression, rows[0]))(rows, [])
    for row, outputs in zip(rows, computed.tolist(), strict=True):
        assert_same_bits(outputs, eager(Expression(tuple(row), expression.steps)))


@settings(max_examples=25, deadline=None)
@given(expressions(max_operations=8, at="edges"))
def test_machine_code_computes_the_same_at_poles_and_in_overflow(expression: Expression) -> None:
    row = list(expression.inputs)
    computed = NativeFunction(kernel_of(expression, row))([row], [])
    assert_same_bits(computed[0].tolist(), eager(expression))
