"""Derivatives of functions against references: mpmath, closed forms, exact integers."""

from __future__ import annotations

import operator
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from mpmath import MPContext

import microgradlab as mg

mp = MPContext()
mp.dps = 40

Scalar = Callable[[Any], Any]


def along(f: Scalar) -> Scalar:
    """The derivative of a function of one number by forward mode."""
    return lambda x: mg.jvp(f)((x,), (1.0,))[1]


CASES: dict[str, tuple[Scalar, Scalar, float]] = {
    "sin(x²)": (lambda x: mg.sin(x * x), lambda x: mp.sin(x * x), 0.7),
    "x exp(-x)": (lambda x: x * mg.exp(-x), lambda x: x * mp.exp(-x), 1.3),
    "x / (1 + x²)": (lambda x: x / (1.0 + x * x), lambda x: x / (1 + x * x), -0.4),
    "√(2 + cos x)": (lambda x: mg.sqrt(2.0 + mg.cos(x)), lambda x: mp.sqrt(2 + mp.cos(x)), 2.1),
    "x ** x": (lambda x: x**x, lambda x: x**x, 1.7),
    "log(1 + eˣ)": (mg.softplus, lambda x: mp.log(1 + mp.exp(x)), -0.9),
    "tanh(3x) atan(x)": (
        lambda x: mg.tanh(3.0 * x) * mg.atan(x),
        lambda x: mp.tanh(3 * x) * mp.atan(x),
        0.2,
    ),
}
MODES: dict[str, tuple[Callable[[Scalar], Scalar], ...]] = {
    "reverse": (mg.grad, mg.grad, mg.grad),
    "forward": (along, along, along),
    "mixed": (mg.grad, along, mg.grad),
}


@pytest.mark.parametrize(("ours", "reference", "at"), CASES.values(), ids=CASES)
@pytest.mark.parametrize("mode", MODES)
def test_up_to_the_third_derivative_as_mpmath_has_it(
    ours: Scalar, reference: Scalar, at: float, mode: str
) -> None:
    for order, step in enumerate(MODES[mode], start=1):
        ours = step(ours)
        assert ours(at) == pytest.approx(float(mp.diff(reference, at, order)), rel=1e-13)


# --- closed forms


def test_the_jacobian_of_polar_coordinates() -> None:
    r, angle = 2.0, 0.6
    c, s = mg.cos(angle), mg.sin(angle)
    jacobian = mg.jacobian(lambda p: [p[0] * mg.cos(p[1]), p[0] * mg.sin(p[1])])([r, angle])
    assert jacobian == [[c, -r * s], [s, r * c]]


def test_the_hessian_of_rosenbrocks_function() -> None:
    def rosenbrock(v: Any) -> Any:
        return (1.0 - v[0]) ** 2 + 100.0 * (v[1] - v[0] ** 2) ** 2

    x, y = -1.5, 2.0
    exact = [[2.0 - 400.0 * (y - 3.0 * x * x), -400.0 * x], [-400.0 * x, 200.0]]
    assert mg.hessian(rosenbrock)([x, y]) == exact


def test_the_jacobian_of_softmax() -> None:
    at = [0.3, -1.0, 2.0]
    p = mg.softmax(at)
    exact = [[p[i] * ((i == j) - p[j]) for j in range(3)] for i in range(3)]
    for row, expected in zip(mg.jacobian(mg.softmax)(at), exact, strict=True):
        assert row == pytest.approx(expected, rel=1e-13)


# --- random polynomials at whole numbers, where floats are exact: results must be equal


@dataclass(frozen=True)
class Jet:
    """a + b·s + c·t + d·s·t with s² = t² = 0, over Python's ints: first and second derivatives."""

    a: int
    b: int = 0
    c: int = 0
    d: int = 0

    def __add__(self, other: Jet) -> Jet:
        return Jet(self.a + other.a, self.b + other.b, self.c + other.c, self.d + other.d)

    def __sub__(self, other: Jet) -> Jet:
        return self + other * Jet(-1)

    def __mul__(self, other: Jet) -> Jet:
        mixed = self.a * other.d + self.b * other.c + self.c * other.b + self.d * other.a
        return Jet(
            self.a * other.a,
            self.a * other.b + self.b * other.a,
            self.a * other.c + self.c * other.a,
            mixed,
        )


@dataclass(frozen=True)
class Polynomial:
    """A flat list of operations (operator, two places counted back), summed up at the end."""

    steps: tuple[tuple[Callable[[Any, Any], Any], int, int], ...]

    def __call__(self, inputs: list[Any]) -> Any:
        numbers = list(inputs)
        for operation, first, second in self.steps:
            x, y = numbers[-1 - first % len(numbers)], numbers[-1 - second % len(numbers)]
            numbers.append(operation(x, y))
        total = numbers[0]
        for number in numbers[1:]:
            total = total + number
        return total


STEP = st.tuples(
    st.sampled_from([operator.add, operator.sub, operator.mul]),
    st.integers(0, 9),
    st.integers(0, 9),
)
# Five steps from numbers up to 3 keep every term of every derivative well below 2**53.
POLYNOMIALS = st.builds(Polynomial, st.lists(STEP, max_size=5).map(tuple))
SMALL = st.integers(-3, 3)
TRIPLE = st.tuples(SMALL, SMALL, SMALL)


@given(POLYNOMIALS, TRIPLE, TRIPLE, TRIPLE)
def test_every_mode_gives_the_exact_derivatives_of_a_polynomial(
    f: Polynomial, at: tuple[int, ...], s: tuple[int, ...], t: tuple[int, ...]
) -> None:
    jet = f([Jet(a, b, c) for a, b, c in zip(at, s, t, strict=True)])
    x, u, v = [float(a) for a in at], [float(a) for a in s], [float(a) for a in t]

    value, gradient = mg.value_and_grad(f)(x)
    assert (value, mg.dot(gradient, u), mg.dot(gradient, v)) == (jet.a, jet.b, jet.c)
    assert mg.jvp(f)((x,), (u,)) == (jet.a, jet.b)
    assert mg.vjp(f)(x)[1](1.0) == (gradient,)

    assert mg.dot(mg.hvp(f)((x,), (u,)), v) == jet.d
    assert mg.dot([mg.dot(row, u) for row in mg.hessian(f)(x)], v) == jet.d
    assert mg.jvp(lambda y: mg.jvp(f)((y,), (u,))[1])((x,), (v,))[1] == jet.d
    assert mg.dot(mg.grad(lambda y: mg.jvp(f)((y,), (u,))[1])(x), v) == jet.d


FLOATS = st.floats(-2.0, 2.0)


@given(FLOATS, FLOATS, FLOATS, FLOATS)
def test_forward_and_reverse_agree_on_a_network(x: float, y: float, u: float, v: float) -> None:
    model = mg.MLP(2, [4, 3], "tanh", seed=2)
    at, direction = [x, y], [u, v]
    _, tangents = mg.jvp(lambda p: model(p))((at,), (direction,))
    for row, tangent in zip(mg.jacobian(lambda p: model(p))(at), tangents, strict=True):
        assert float(mg.dot(row, direction)) == pytest.approx(float(tangent), rel=1e-12, abs=1e-14)
