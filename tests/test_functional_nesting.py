"""Derivatives within derivatives, and over Values from outside.

The first examples are those of Siskind and Pearlmutter 2005, "Perturbation confusion and
referential transparency", where an engine that mixes up the variables gives 2 instead of 1.
"""

from __future__ import annotations

from collections.abc import Callable
from itertools import product
from typing import Any

import pytest
from mpmath import MPContext

import microgradlab as mg
from microgradlab import Value
from microgradlab.engine import NOT_COMPUTED, topological_order

Derivative = Callable[[Callable[[Any], Any]], Callable[[Any], Any]]

WAYS: dict[str, Derivative] = {
    "grad": mg.grad,
    "value_and_grad": lambda f: lambda x: mg.value_and_grad(f)(x)[1],
    "jacobian": mg.jacobian,
    "jvp": lambda f: lambda x: mg.jvp(f)((x,), (1.0,))[1],
    "vjp": lambda f: lambda x: mg.vjp(f)(x)[1](1.0)[0],
}
PAIRS = list(product(WAYS, WAYS))


def composed(outer: Derivative, inner: Derivative) -> Derivative:
    return lambda f: outer(inner(f))


SECOND: dict[str, Derivative] = {
    **{f"{a} of {b}": composed(WAYS[a], WAYS[b]) for a, b in PAIRS},
    "hessian": mg.hessian,
    "hvp": lambda f: lambda x: mg.hvp(f)((x,), (1.0,)),
}

ways = pytest.mark.parametrize("way", WAYS.values(), ids=WAYS)
outer_and_inner = pytest.mark.parametrize(
    ("outer", "inner"),
    [(WAYS[a], WAYS[b]) for a, b in PAIRS],
    ids=[f"{a} of {b}" for a, b in PAIRS],
)
second_derivative = pytest.mark.parametrize("second", SECOND.values(), ids=SECOND)


# --- perturbation confusion


@outer_and_inner
def test_an_inner_derivative_that_closes_over_the_outer_variable(
    outer: Derivative, inner: Derivative
) -> None:
    result = outer(lambda x: x * inner(lambda y: x + y)(1.0))(1.0)
    assert (result, type(result)) == (1.0, float)
    result = outer(lambda x: x * inner(lambda y: x * y)(2.0))(3.0)
    assert (result, type(result)) == (6.0, float)


@outer_and_inner
def test_an_inner_derivative_at_the_outer_variable(outer: Derivative, inner: Derivative) -> None:
    assert outer(lambda x: x * inner(lambda y: x * y * y)(x))(3.0) == 54.0  # (x * 2x²)'
    assert outer(lambda x: inner(lambda y: y * y * y)(x * x))(2.0) == 96.0  # (3x⁴)'


@pytest.mark.parametrize(
    ("first", "second", "third"),
    list(product(WAYS.values(), repeat=3)),
    ids=["-".join(names) for names in product(WAYS, repeat=3)],
)
def test_three_derivatives_within_each_other(
    first: Derivative, second: Derivative, third: Derivative
) -> None:
    def middle(x: Any) -> Any:
        return second(lambda y: y * third(lambda z: x * y * z * z)(3.0))(2.0)

    assert first(lambda x: x * middle(x))(5.0) == 240.0  # ∂z: 6xy; ∂y(y·6xy) = 24x; ∂x(24x²) = 48x


@second_derivative
@ways
def test_a_second_derivative_within_a_first(way: Derivative, second: Derivative) -> None:
    assert way(lambda x: x * second(lambda y: x * y**3)(2.0))(5.0) == 120.0  # (12x²)'


@second_derivative
def test_second_derivatives_of_every_combination(second: Derivative) -> None:
    result = second(lambda x: x**4)(2.0)
    assert (result, type(result)) == (48.0, float)


@second_derivative
@ways
def test_a_first_derivative_within_a_second(way: Derivative, second: Derivative) -> None:
    assert second(lambda x: x * way(lambda y: x * y**3)(2.0))(5.0) == 24.0  # (12x²)''


@outer_and_inner
def test_an_inner_function_that_ignores_its_variable(outer: Derivative, inner: Derivative) -> None:
    assert outer(lambda x: x * inner(lambda _: x * x)(2.0) + x)(3.0) == 1.0


@outer_and_inner
def test_a_constant_inner_derivative_is_a_constant_outside(
    outer: Derivative, inner: Derivative
) -> None:
    assert outer(lambda x: x * inner(lambda y: y * y)(4.0))(3.0) == 8.0


@ways
def test_tangents_and_cotangents_may_depend_on_the_outer_variable(way: Derivative) -> None:
    assert way(lambda x: mg.jvp(lambda y: y * y)((3.0,), (x,))[1])(2.0) == 6.0
    assert way(lambda x: mg.jvp(lambda y: y * y * x)((x,), (x,))[1])(2.0) == 24.0  # (2x³)'
    assert way(lambda x: mg.vjp(lambda y: y * y)(3.0)[1](x)[0])(2.0) == 6.0
    assert way(lambda x: mg.hvp(lambda y: y**3)((x,), (x,)))(2.0) == 24.0  # (6x²)'


@ways
def test_the_value_beside_a_derivative_depends_on_the_outer_variable(way: Derivative) -> None:
    assert way(lambda x: mg.value_and_grad(lambda y: x * y * y)(x)[0])(2.0) == 12.0
    assert way(lambda x: mg.jvp(lambda y: x * y * y)((x,), (1.0,))[0])(2.0) == 12.0
    assert way(lambda x: mg.vjp(lambda y: x * y * y)(x)[0])(2.0) == 12.0


@ways
def test_other_arguments_may_be_outer_variables(way: Derivative) -> None:
    assert way(lambda x: mg.grad(lambda y, z: y * y * z)(3.0, x))(2.0) == 6.0
    assert way(lambda x: mg.grad(lambda y, z: y * y * z[0])(3.0, [x * x]))(2.0) == 24.0
    assert way(lambda x: mg.grad(lambda y, *, z: y * y * z)(3.0, z=x))(2.0) == 6.0


def test_a_solver_is_differentiated_through() -> None:
    """Newton's method for z² = a, which converges to √a: its derivative to 1 / (2√a)."""

    def root(a: Any) -> Any:
        def residual(y: Any) -> Any:
            return y * y - a

        z = a
        for _ in range(8):
            z = z - residual(z) / mg.grad(residual)(z)
        return z

    value, derivative = mg.value_and_grad(root)(2.0)
    assert (value, derivative) == pytest.approx((2**0.5, 0.5 / 2**0.5), rel=1e-15)


# --- Values from outside


def test_floats_come_back_as_floats_and_values_as_values_with_graphs() -> None:
    w = Value(3.0)
    assert type(mg.grad(lambda x: x * x)(2.0)) is float
    assert isinstance(mg.grad(lambda x: x * x)(Value(2.0)), Value)
    assert isinstance(mg.grad(lambda x: x * w)(2.0), Value)
    assert isinstance(mg.grad(lambda x, y: x * y)(2.0, w), Value)
    value, gradient = mg.value_and_grad(lambda x: x * w)(2.0)
    assert (value.data, gradient.data) == (6.0, 3.0)
    assert w in topological_order(value, gradient)


def test_an_entry_that_no_outside_value_takes_part_in_is_a_float() -> None:
    w = Value(3.0)
    gradient = mg.grad(lambda v: v[0] * w + v[1] * 2.0)([1.0, 1.0])
    assert [type(entry) for entry in gradient] == [Value, float]


def test_a_result_over_outside_values_holds_none_of_the_fresh_values() -> None:
    w = Value(3.0)
    value, gradient = mg.value_and_grad(lambda x: mg.sin(x * w) * x)(2.0)
    leaves = {node for node in topological_order(value, gradient) if node.op is None}
    assert leaves == {w}


def test_a_gradient_penalty_is_differentiated_by_the_parameters() -> None:
    """d/dw of (d/dx tanh(w x))², as in training with a penalty on the gradient."""
    w = Value(0.8)
    penalty = mg.grad(lambda x: mg.tanh(w * x))(0.3) ** 2
    assert w.grad is NOT_COMPUTED
    penalty.backward()
    mp = MPContext()
    exact = mp.diff(lambda v: (v * (1 - mp.tanh(v * 0.3) ** 2)) ** 2, 0.8)
    assert w.grad == pytest.approx(float(exact), rel=1e-13)


@second_derivative
def test_a_second_derivative_over_a_parameter_is_differentiated_by_it(second: Derivative) -> None:
    w = Value(5.0)
    result: Value = second(lambda x: w * w * x**3)(2.0)
    result.backward()
    assert (result.data, w.grad) == (300.0, 120.0)


def test_nothing_outside_is_changed() -> None:
    model = mg.MLP(2, [3, 1], "tanh", seed=1)
    point = [Value(0.5), Value(-0.2) * 2.0]
    outside = [*model.parameters(), *topological_order(*point), model([0.1, 0.2])]
    for value in outside[:3]:
        value.grad = 7.0

    def state() -> list[tuple[Any, ...]]:
        return [(v.data, v.op, v.x, v.y, v.dx, v.dy, v.label) for v in outside]

    before, gradients = state(), [value.grad for value in outside]
    mg.grad(lambda v: model(v) * outside[-1])(point)
    mg.grad(lambda v: model(v) * outside[-1])([1.0, 2.0])
    mg.hvp(lambda v: model(v))((point,), ([1.0, point[0]],))
    mg.vjp(lambda v: model(v))(point)[1](point[1])
    mg.hessian(lambda v: model(v))(point)
    assert state() == before
    assert all(value.grad is known for value, known in zip(outside, gradients, strict=True))


def test_under_no_grad_results_over_outside_values_have_no_graph() -> None:
    w = Value(3.0)
    with mg.no_grad():
        gradient = mg.grad(lambda x: x * x * w)(2.0)
    assert (gradient.data, gradient.op) == (12.0, None)


def test_parameters_of_a_model_as_an_argument() -> None:
    def loss(parameters: list[Any]) -> Any:
        w, b = parameters
        return mg.losses.squared_error(mg.tanh(w * 0.5 + b), 1.0)

    w, b = Value(0.3), Value(-0.1)
    loss([w, b]).backward()
    assert mg.grad(loss)([0.3, -0.1]) == pytest.approx([w.grad, b.grad], rel=1e-15)
