"""backward(create_graph=True): gradients that are Values, differentiated again."""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any

import pytest
from mpmath import MPContext

import microgradlab as mg
from microgradlab import Value
from microgradlab.engine import NOT_COMPUTED
from microgradlab.errors import ArgumentError
from microgradlab.ops import TABLE, Op

mp = MPContext()
mp.dps = 40


def nth(f: Callable[[Value], Value], at: float, order: int) -> float:
    """The derivative of the given order, by repeated backward passes."""
    x = Value(at)
    out = f(x)
    for _ in range(order):
        x.zero_grad()
        out.backward(create_graph=True)
        out = x.grad if isinstance(x.grad, Value) else Value(0.0)
    return out.data


@pytest.mark.parametrize(("order", "expected"), [(0, 0.0), (1, 0.0), (2, 2.0), (3, 0.0), (4, 0.0)])
def test_x_squared_at_0(order: int, expected: float) -> None:
    assert nth(lambda x: x**2, 0.0, order) == expected


@pytest.mark.parametrize("at", [-2.0, 1e-310, math.inf])
def test_the_third_derivative_of_x_squared_is_0_everywhere(at: float) -> None:
    assert nth(lambda x: x**2, at, 3) == 0.0


@pytest.mark.parametrize(("order", "expected"), [(1, 0.0), (2, 0.0), (3, 6.0), (4, 0.0)])
def test_x_cubed_at_0(order: int, expected: float) -> None:
    assert nth(lambda x: x**3, 0.0, order) == expected


@pytest.mark.parametrize("at", [-2.0, 3.0])
def test_a_power_is_differentiated_until_nothing_is_left(at: float) -> None:
    derivatives = [nth(lambda x: x**3, at, order) for order in range(6)]
    assert derivatives == [at**3, 3 * at**2, 6 * at, 6.0, 0.0, 0.0]


@pytest.mark.parametrize("order", [1, 2, 3, 4])
@pytest.mark.parametrize("at", [-1.3, 0.0, 0.4])
def test_tanh(order: int, at: float) -> None:
    exact = float(mp.diff(mp.tanh, at, order))
    # The terms of the fourth derivative are polynomials in tanh with coefficients up to 40.
    assert nth(mg.tanh, at, order) == pytest.approx(exact, rel=1e-13, abs=40 * 2.3e-16)


SMOOTH = [op for op in TABLE if op.arity == 1 and op.name not in ("relu", "abs", "neg")]
OTHER_NAMES: dict[str, Callable[[Any], Any]] = {
    "sigmoid": lambda x: 1 / (1 + mp.exp(-x)),
    "softplus": lambda x: mp.log(1 + mp.exp(x)),
}


@pytest.mark.parametrize("op", SMOOTH, ids=repr)
@pytest.mark.parametrize("order", [2, 3])
def test_every_smooth_row_is_differentiated_again_and_again(op: Op, order: int) -> None:
    reference = OTHER_NAMES.get(op.name) or getattr(mp, op.name)
    ours = nth(getattr(mg, op.name), 0.3, order)
    assert ours == pytest.approx(float(mp.diff(reference, 0.3, order)), rel=1e-13)


@pytest.mark.parametrize(
    ("name", "at", "first"), [("relu", 2.0, 1.0), ("relu", -2.0, 0.0), ("abs", -2.0, -1.0)]
)
def test_piecewise_linear_functions_have_no_second_derivative(
    name: str, at: float, first: float
) -> None:
    assert nth(getattr(mg, name), at, 1) == first
    assert nth(getattr(mg, name), at, 2) == 0.0


@pytest.mark.parametrize("exponent", [2.3, 0.0])
def test_all_second_derivatives_of_a_power_with_a_value_as_exponent(exponent: float) -> None:
    x, y = Value(1.7), Value(exponent)
    (x**y).backward(create_graph=True)
    dx, dy = x.grad, y.grad

    def second(gradient: Value) -> list[float]:
        x.zero_grad()
        y.zero_grad()
        gradient.backward()
        return [x.grad, y.grad]

    def exact(*order: int) -> float:
        return float(mp.diff(lambda a, b: a**b, (1.7, exponent), order))

    assert second(dx) == pytest.approx([exact(2, 0), exact(1, 1)], rel=1e-14)
    assert second(dy) == pytest.approx([exact(1, 1), exact(0, 2)], rel=1e-14)


def test_a_zero_base_with_a_value_as_exponent_stays_finite() -> None:
    x, y = Value(0.0), Value(2.0)
    (x**y).backward(create_graph=True)
    gradient = x.grad
    x.zero_grad()
    y.zero_grad()
    gradient.backward()
    assert (x.grad, y.grad) == (2.0, 0.0)


def test_a_gradient_penalty_is_trained_through() -> None:
    """d/dw of (d/dx tanh(w x))²: what a double backward pass is for."""
    x, w = Value(0.3), Value(0.8)
    mg.tanh(w * x).backward(create_graph=True)
    penalty = x.grad**2
    w.zero_grad()
    penalty.backward()
    exact = mp.diff(lambda v: (v * (1 - mp.tanh(v * 0.3) ** 2)) ** 2, 0.8)
    assert w.grad == pytest.approx(float(exact), rel=1e-14)


def test_gradient_values_accumulate_in_leaves_and_restart_inside() -> None:
    x = Value(3.0)
    h = x * x
    y = h * 2.0
    y.backward(create_graph=True)
    y.backward(create_graph=True)
    assert (x.grad.data, h.grad.data, y.grad.data) == (24.0, 2.0, 1.0)


def test_the_gradient_of_a_leaf_by_itself_is_1() -> None:
    x = Value(3.0)
    x.backward(create_graph=True)
    assert x.grad.data == 1.0


def test_local_derivatives_at_kinks_and_constants_are_the_tables() -> None:
    x = Value(2.0)
    (mg.maximum(x, 2.0) + mg.minimum(x, 2.0) * 3.0).backward(create_graph=True)
    assert x.grad.data == 4.0


def test_no_grad_makes_gradients_without_graphs() -> None:
    x = Value(2.0)
    y = x**3
    with mg.no_grad():
        y.backward(create_graph=True)
    assert (x.grad.data, x.grad.op) == (12.0, None)


def test_zero_grad_lets_go_of_the_gradients_graph() -> None:
    x = Value(2.0)
    (x * x).backward(create_graph=True)
    x.zero_grad()
    assert x.grad is NOT_COMPUTED


def test_repr_shows_a_gradient_that_is_a_value_as_its_number() -> None:
    x = Value(2.0)
    (x * x).backward(create_graph=True)
    assert repr(x) == "Value(data=2.0, grad=4.0)"


def test_a_hessian_vector_product_of_a_network_agrees_with_differences() -> None:
    model = mg.MLP(2, [5, 1], "tanh", seed=3)
    parameters = model.parameters()

    def gradient() -> list[float]:
        model.zero_grad()
        mg.losses.squared_error(model([0.4, -0.9]), 0.5).backward()
        return [p.grad for p in parameters]

    model.zero_grad()
    mg.losses.squared_error(model([0.4, -0.9]), 0.5).backward(create_graph=True)
    gradients = [p.grad for p in parameters]
    product = mg.dot(gradients, [math.sin(i) for i in range(len(gradients))])
    model.zero_grad()
    product.backward()
    ours = [p.grad for p in parameters]

    step = 1e-5
    start = [p.data for p in parameters]
    sides = []
    for sign in (1.0, -1.0):
        for i, p in enumerate(parameters):
            p.data = start[i] + sign * step * math.sin(i)
        sides.append(gradient())
    differences = [(a - b) / (2 * step) for a, b in zip(*sides, strict=True)]
    assert ours == pytest.approx(differences, rel=1e-6, abs=1e-8)


def test_a_graph_whose_operand_was_changed_is_refused_rather_than_half_new() -> None:
    x = Value(2.0)
    y = x * x
    x.data = 5.0
    with pytest.raises(ArgumentError, match="was changed after the forward pass"):
        y.backward(create_graph=True)
