"""Derivatives of opaque functions against mpmath: the bound of the error holds, and is small."""

from __future__ import annotations

import cmath
import math
import statistics
import sys
from collections.abc import Callable, Iterator
from math import inf
from random import Random
from typing import Any

import mpmath
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from microgradlab.arithmetic import Arithmetic
from microgradlab.checking.differences import Estimate, derivative
from microgradlab.ieee import FLOATS
from microgradlab.ops import PRIMITIVES, TABLE, Op

MP = mpmath.mp.clone()
MP.prec = 900
TINY = MP.ldexp(1, -300)

PRECISE = Arithmetic(
    {name: getattr(MP, name) for name in PRIMITIVES - {"pow", "abs"}}
    | {"div": lambda x, y: MP.mpf(x) / y, "pow": lambda x, y: MP.mpf(x) ** y, "abs": abs}
)

Formula = Callable[[Any, Any], Any]  # of a module like math, and a number

SMOOTH: dict[str, Formula] = {
    "exponential": lambda m, x: m.exp(x),
    "sine": lambda m, x: m.sin(x),
    "fast sine": lambda m, x: m.sin(100.0 * x),
    "very fast sine": lambda m, x: m.sin(1e4 * x),
    "small ripple": lambda m, x: m.sin(3.0 * x) + 1e-4 * m.sin(1e4 * x),
    "tangent": lambda m, x: m.tan(x),
    "logarithm": lambda m, x: m.log(x),
    "root": lambda m, x: m.sqrt(x),
    "arcsine": lambda m, x: m.asin(x),
    "reciprocal": lambda _, x: 1.0 / x,
    "bell": lambda m, x: m.exp(-x * x),
    "all derivatives vanish at 0": lambda m, x: m.exp(-1.0 / (x * x)),
    "essential singularity": lambda m, x: m.sin(1.0 / x),
    "steep": lambda m, x: m.exp(1000.0 * (x - 1.0)),
    "step": lambda m, x: m.tanh(1000.0 * (x - 0.3)),
    "narrow peak": lambda _, x: 1.0 / (1e-8 + x * x),
    "Runge": lambda _, x: 1.0 / (1.0 + 25.0 * x * x),
    "power of 100": lambda _, x: x**100,
    "Horner": lambda _, x: ((((x - 3.0) * x + 2.0) * x - 5.0) * x + 1.0) * x - 7.0,
    "expanded (x - 1)⁶": lambda _, x: (
        x**6 - 6.0 * x**5 + 15.0 * x**4 - 20.0 * x**3 + 15.0 * x**2 - 6.0 * x + 1.0
    ),
    "cancellation near 0": lambda m, x: (m.exp(x) - 1.0) / x,
    "worse cancellation near 0": lambda m, x: (1.0 - m.cos(x)) / (x * x),
    "cancellation everywhere": lambda m, x: 1e8 * m.exp(x) - (1e8 - 1.0) * m.exp(x),
    "digits lost in a sum": lambda _, x: (x + 1e5) - 1e5 + x * x,
    "noise alone": lambda _, x: (x + 1.0) ** 3 - x**3 - 3.0 * x * x - 3.0 * x,
    "constant": lambda _, x: 0.0 * x + 3.0,
    "tiny values": lambda m, x: 1e-200 * m.sin(x),
    "huge values": lambda m, x: 1e200 * m.sin(x),
    "log-sum-exp": lambda m, x: m.log(m.exp(x) + m.exp(-x)),
    "mixture": lambda m, x: m.exp(m.sin(3.0 * x)) / (1.0 + x * x) - m.cos(x * x),
}
WELL_CONDITIONED = ("exponential", "sine", "tangent", "reciprocal", "Horner", "Runge", "mixture")
HOPELESS = {
    "cancellation near 0",
    "worse cancellation near 0",
    "digits lost in a sum",
    "noise alone",
}
KINKED = ("abs", "relu", "maximum", "minimum")
JUMPING = ("greater", "equal", "gate")


def points() -> list[float]:
    random = Random(0)
    special = [0.0, 1e-300, 1e-10, -1e-10, 1e-8, 1e-5, 0.01, 0.1, 0.5, 0.999999, 1.0, 3.0, math.pi]
    large = [20.0, -12.4, 100.0, -300.0, 1e4, 1e6, 1e10, -1e10]
    near = [random.uniform(-3.0, 3.0) for _ in range(12)]
    return special + large + near + [10.0 ** random.uniform(-9.0, 3.0) for _ in range(8)]


def exact(f: Callable[[Any], Any], x: float) -> Any:
    """The derivative in mpmath; None where f is not defined, not real, or out of range."""
    try:
        above, below = f(MP.mpf(x) + TINY), f(MP.mpf(x) - TINY)
    except (ZeroDivisionError, ValueError):
        return None
    if not (isinstance(above, MP.mpf) and isinstance(below, MP.mpf)):
        return None
    slope = (above - below) / (2 * TINY)
    return slope if abs(slope) < sys.float_info.max else None


def finite(f: Callable[[float], Any], x: float) -> bool:
    try:
        y = complex(f(x))
    except (ArithmeticError, ValueError):
        return False
    return y.imag == 0.0 and math.isfinite(y.real)


def estimates(formula: Formula, module: Any, precise: Any) -> Iterator[tuple[float, Estimate, Any]]:
    """Every point where the formula has a derivative, the estimate there, and the truth."""
    for x in points():
        truth = exact(lambda t: formula(precise, t), x)
        if truth is not None and finite(lambda t: formula(module, t), x):
            yield x, derivative(lambda t: formula(module, t), x), truth


def holds(estimate: Estimate, truth: Any) -> bool:
    return estimate.error == inf or abs(MP.mpf(estimate.value) - truth) <= estimate.error


# --- the bound


@pytest.mark.parametrize("module", [math, cmath], ids=["floats", "complex"])
@pytest.mark.parametrize("name", SMOOTH)
def test_the_bound_holds_for_every_smooth_function_at_every_point(name: str, module: Any) -> None:
    for x, estimate, truth in estimates(SMOOTH[name], module, MP):
        assert holds(estimate, truth), (x, estimate, float(truth))


@pytest.mark.parametrize("op", [op for op in TABLE if op.arity == 1 and op.name not in KINKED])
def test_the_bound_holds_for_every_operation_of_the_table(op: Op) -> None:
    def formula(arithmetic: Arithmetic, x: Any) -> Any:
        return arithmetic.value(op, x)

    for x, estimate, truth in estimates(formula, FLOATS, PRECISE):
        assert holds(estimate, truth), (x, estimate, float(truth))


OPERATIONS = [op for op in TABLE if op.name not in KINKED + JUMPING]
Instruction = tuple[Op, int, int, float | None]
INSTRUCTIONS = st.lists(
    st.tuples(
        st.sampled_from(OPERATIONS),
        st.integers(0, 5),
        st.integers(0, 5),
        st.none() | st.floats(-3.0, 3.0),
    ),
    min_size=1,
    max_size=8,
)


def step(arithmetic: Arithmetic, instruction: Instruction, results: list[Any]) -> Any:
    """The next result: operands are counted backwards, and y is a constant or a result."""
    op, back_x, back_y, constant = instruction
    x = results[-1 - back_x % len(results)]
    y = results[-1 - back_y % len(results)] if constant is None else constant
    return arithmetic.value(op, x) if op.arity == 1 else arithmetic.value(op, x, y)


def sound(instructions: list[Instruction], x: float) -> tuple[list[Instruction], Any]:
    """The instructions whose results are real, moderate, and follow x; the last derivative."""
    kept: list[Instruction] = []
    at, above, below, slope = [MP.mpf(x)], [MP.mpf(x) + TINY], [MP.mpf(x) - TINY], MP.mpf(1)
    for instruction in instructions:
        try:
            new = [step(PRECISE, instruction, results) for results in (at, above, below)]
        except (ZeroDivisionError, ValueError):
            continue
        if not all(isinstance(value, MP.mpf) and 1e-9 < abs(value) < 1e6 for value in new):
            continue
        change = (new[1] - new[2]) / (2 * TINY)
        # A saturated result has lost x to rounding: no value of f shows its derivative.
        if abs(x * change) > 1e-7 * abs(new[0]):
            slope = change
            kept.append(instruction)
            for results, value in zip((at, above, below), new, strict=True):
                results.append(value)
    return kept, slope


@given(INSTRUCTIONS, st.floats(-4.0, 4.0).filter(lambda x: abs(x) > 1e-6))
@settings(max_examples=150)
def test_the_bound_holds_for_expressions_of_the_table(
    instructions: list[Instruction], x: float
) -> None:
    kept, truth = sound(instructions, x)

    def f(t: float) -> float:
        results = [t]
        for instruction in kept:
            results.append(step(FLOATS, instruction, results))
        return results[-1]

    assert holds(derivative(f, x), truth)


@given(st.floats(0.1, 1e4), st.floats(0.0, 6.0), st.floats(-50.0, 50.0), st.floats(0.0, 1e6))
@settings(max_examples=100)
def test_the_bound_holds_for_oscillations_of_any_frequency_and_phase(
    frequency: float, phase: float, x: float, offset: float
) -> None:
    truth = frequency * MP.cos(MP.mpf(frequency) * x + phase)
    assert holds(derivative(lambda t: offset + math.sin(frequency * t + phase), x), truth)
    assert holds(derivative(lambda t: offset + cmath.sin(frequency * t + phase), x), truth)


@pytest.mark.parametrize(("frequency", "phase"), [(2.0, 0.17810562539474578), (1024.0, 0.3)])
def test_the_bound_holds_when_all_nearby_arguments_are_rounded_alike(
    frequency: float, phase: float
) -> None:
    truth = frequency * MP.cos(MP.mpf(frequency) * 7 + phase)
    assert holds(derivative(lambda t: math.sin(frequency * t + phase), 7.0), truth)
    assert holds(derivative(lambda t: cmath.sin(frequency * t + phase), 7.0), truth)


# --- its size


@pytest.mark.parametrize(
    ("module", "limit"), [(math, 1e-12), (cmath, 3e-14)], ids=["floats", "complex"]
)
def test_the_bound_is_small_where_the_derivative_is_well_conditioned(
    module: Any, limit: float
) -> None:
    errors = [
        estimate.error / float(abs(truth))
        for name in WELL_CONDITIONED
        for x, estimate, truth in estimates(SMOOTH[name], module, MP)
        if 1e-3 < abs(x) < 1e2 and truth
    ]
    assert statistics.median(errors) < limit
    assert max(errors) < 1e-6


def test_the_bound_is_finite_nearly_everywhere() -> None:
    found = [
        estimate
        for name in SMOOTH.keys() - HOPELESS
        for x, estimate, _ in estimates(SMOOTH[name], math, MP)
        if abs(x) < 1e8
    ]
    unknown = [estimate for estimate in found if estimate.error == inf]
    assert len(unknown) < 0.01 * len(found)


def test_noise_of_large_arguments_does_not_hide_the_derivative() -> None:
    random = Random(1)
    places = [random.uniform(-50.0, 50.0) for _ in range(300)]
    assert all(derivative(lambda t: math.sin(1e4 * t), x).error < 1e-3 for x in places)
