"""The examples that peers print in their documentation give the same numbers here."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import pytest

import microgradlab as mg
from microgradlab import Value


def printed(numbers: Any) -> Any:
    """JAX's examples are computed in single precision, mostly from numbers near 1."""
    return pytest.approx(numbers, rel=4e-6, abs=1e-7)


# --- micrograd's test_engine.py; its other case is the example of its README


def test_micrograds_sanity_check() -> None:
    x = Value(-4.0)
    z = 2 * x + 2 + x
    q = z.relu() + z * x
    h = (z * z).relu()
    y = h + q + q * x
    y.backward()
    assert (y.data, x.grad) == (-20.0, 46.0)


# --- HIPS autograd's README


def test_tanh_written_out() -> None:
    def tanh(x: Any) -> Any:
        return (1.0 - mg.exp(-2 * x)) / (1.0 + mg.exp(-(2 * x)))

    assert mg.grad(tanh)(1.0) == pytest.approx(0.419974341614026, rel=1e-15)


# --- JAX's docstrings


@pytest.mark.parametrize(
    ("order", "at", "expected"),
    [(1, 0.2, 0.961043), (1, 2.0, 0.070650935), (2, 2.0, -0.13621889), (3, 2.0, 0.2526544)],
)
def test_derivatives_of_tanh(order: int, at: float, expected: float) -> None:
    f: Callable[..., Any] = mg.tanh
    for _ in range(order):
        f = mg.grad(f)
    assert f(at) == printed(expected)


def test_derivatives_of_a_polynomial_end_with_0() -> None:
    f: Callable[..., Any] = lambda x: x**3 + 2 * x**2 - 3 * x + 1  # noqa: E731  # replaced below
    found = []
    for _ in range(4):
        f = mg.grad(f)
        found.append(f(1.0))
    assert found == [4.0, 10.0, 6.0, 0.0]


def test_jacobian() -> None:
    def f(x: Sequence[Any]) -> list[Any]:
        return [x[0], 5 * x[2], 4 * x[1] ** 2 - 2 * x[2], x[2] * mg.sin(x[0])]

    *exact, last = mg.jacobian(f)([1.0, 2.0, 3.0])
    assert exact == [[1.0, 0.0, 0.0], [0.0, 0.0, 5.0], [0.0, 16.0, -2.0]]
    assert last == pytest.approx([1.6209, 0.0, 0.84147], abs=1e-5)


def test_hessian_and_its_products() -> None:
    def g(x: Sequence[Any]) -> Any:
        return x[0] ** 3 - 2 * x[0] * x[1] - x[1] ** 6

    at = [1.0, 2.0]
    assert mg.hessian(g)(at) == [[6.0, -2.0], [-2.0, -480.0]]
    assert mg.hvp(g)((at,), ([1.0, 0.0],)) == [6.0, -2.0]
    assert mg.hvp(g)((at,), ([0.0, 1.0],)) == [-2.0, -480.0]


@pytest.mark.parametrize(
    ("a", "b", "expected"),
    [
        (1.0, 2.0, [[2.0, 1.0], [1.0, 0.0]]),
        (2.0, 3.0, [[12.0, 12.317766], [12.317766, 3.843624]]),
    ],
)
def test_hessian_of_a_power_in_a_dict(a: float, b: float, expected: list[list[float]]) -> None:
    hessian = mg.hessian(lambda p: p["a"] ** p["b"])({"a": a, "b": b})
    assert [[hessian[row][column] for column in "ab"] for row in "ab"] == [
        printed(row) for row in expected
    ]


def test_jvp() -> None:
    assert mg.jvp(mg.sin)((0.1,), (0.2,)) == printed((0.09983342, 0.19900084))


def test_jvp_along_a_longer_tangent() -> None:
    def f(x: Any) -> Any:
        return 3.0 * mg.sin(x) + mg.cos(x / 2.0)

    assert mg.jvp(f)((2.0,), (3.0,)) == printed((3.2681944, -5.007528))
    assert mg.jvp(f)((2.0,), (4.0,))[1] == printed(-6.676704)


def test_vjp() -> None:
    _, pullback = mg.vjp(lambda x, y: (mg.sin(x), mg.cos(y)))(0.5, 1.0)
    assert pullback((-0.7, 0.3)) == printed((-0.61430776, -0.2524413))


# --- JAX's Autodiff Cookbook: logistic regression, at the point that its generator draws

INPUTS = [[0.52, 1.12, 0.77], [0.88, -1.08, 0.15], [0.52, 0.06, -1.30], [0.74, -2.49, 1.39]]
TARGETS = [True, True, False, True]
W, B = [-0.36838785, -2.27568889, 0.01144757], 0.85355163


def predict(w: Sequence[Any], b: Any) -> list[Any]:
    return [0.5 * (mg.tanh((mg.dot(row, w) + b) / 2) + 1) for row in INPUTS]


def loss(w: Sequence[Any], b: Any) -> Any:
    predictions = zip(predict(w, b), TARGETS, strict=True)
    return -mg.sum(mg.log(p * target + (1 - p) * (1 - target)) for p, target in predictions)


def test_value_and_gradients_of_a_logistic_regression() -> None:
    value, (dw, db) = mg.value_and_grad(loss, (0, 1))(W, B)
    assert value == printed(3.051939)
    assert dw == printed([-0.16965576, -0.8774645, -1.4901344])
    assert db == printed(-0.29227236)


def test_jacobian_of_the_predictions() -> None:
    by_w, by_b = zip(*mg.jacobian(predict, (0, 1))(W, B), strict=True)
    assert list(by_w) == [
        printed([0.05981756, 0.12883782, 0.088576]),
        printed([0.04015914, -0.04928622, 0.00684531]),
        printed([0.12188289, 0.01406341, -0.3047072]),
        printed([0.00140428, -0.00472522, 0.00263777]),
    ]
    assert by_b == printed((0.11503378, 0.04563539, 0.23439017, 0.00189768))


def test_hessian_of_a_prediction() -> None:
    assert mg.hessian(lambda w: predict(w, B)[0])(W) == [
        printed([0.02285465, 0.0492254, 0.03384246]),
        printed([0.0492254, 0.10602394, 0.07289147]),
        printed([0.03384246, 0.07289147, 0.05011288]),
    ]


def test_the_gradient_of_a_sum_by_a_pullback_of_ones() -> None:
    _, pullback = mg.vjp(lambda x: [[3 * number**2 for number in row] for row in x])(
        [[1.0] * 2] * 2
    )
    assert pullback([[1.0] * 2] * 2) == ([[6.0, 6.0], [6.0, 6.0]],)
