"""Activations and functions of lists, against PyTorch's numbers and mpmath."""

from __future__ import annotations

import json
import math
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from mpmath import MPContext

import microgradlab as mg
from microgradlab import ACTIVATIONS, Value
from microgradlab.engine import topological_order
from microgradlab.errors import ArgumentError
from microgradlab.functions import activation_by_name

mp = MPContext()
mp.dps = 50
EPS = sys.float_info.epsilon
GOLDEN = json.loads((Path(__file__).parent / "golden" / "activations.json").read_text("utf-8"))


def close(ours: float, theirs: float, scale: float, ulps: float = 2.0) -> bool:
    """Whether two numbers agree to a few ulps of the largest term that both are made of."""
    return abs(ours - theirs) <= ulps * EPS * max(1.0, scale)


# --- activations


def test_every_activation_has_golden_numbers() -> None:
    assert set(GOLDEN["activations"]) == set(ACTIVATIONS)


@pytest.mark.parametrize("name", ACTIVATIONS)
def test_activations_and_their_slopes_are_pytorchs_at_kinks_and_large_arguments_too(
    name: str,
) -> None:
    for point, value, slope in GOLDEN["activations"][name]:
        x = Value(point)
        out = ACTIVATIONS[name](x)
        out.backward()
        assert close(out.data, value, abs(point)), point
        assert close(x.grad, slope, abs(point)), point


REFERENCES: dict[str, Callable[[Any], Any]] = {
    "leaky_relu": lambda x: x if x > 0 else mp.mpf(0.01) * x,
    "elu": lambda x: x if x > 0 else mp.expm1(x),
    "selu": lambda x: (
        mp.mpf("1.0507009873554804934193349852946")
        * (x if x > 0 else mp.mpf("1.6732632423543772848170429916717") * mp.expm1(x))
    ),
    "silu": lambda x: x / (1 + mp.exp(-x)),
    "gelu": lambda x: x * (1 + mp.erf(x / mp.sqrt(2))) / 2,
    "gelu_tanh": lambda x: (
        x * (1 + mp.tanh(mp.sqrt(2 / mp.pi) * (x + mp.mpf("0.044715") * x**3))) / 2
    ),
    "softsign": lambda x: x / (1 + abs(x)),
    "mish": lambda x: x * mp.tanh(mp.log(1 + mp.exp(x))),
    "log_sigmoid": lambda x: -mp.log(1 + mp.exp(-x)),
}


@pytest.mark.parametrize("name", REFERENCES)
@settings(deadline=None, max_examples=50)
@given(point=st.floats(-30.0, 30.0).filter(lambda x: abs(x) > 1e-12))
def test_composed_activations_are_right_to_a_few_ulps(name: str, point: float) -> None:
    x = Value(point)
    out = ACTIVATIONS[name](x)
    out.backward()
    # gelu_tanh's slope has a term in x³ times 1 - tanh², which cancels to half an ulp of 1
    scale = abs(point) ** 3 if name == "gelu_tanh" else abs(point)
    assert close(out.data, float(REFERENCES[name](mp.mpf(point))), abs(point), ulps=4.0)
    assert close(x.grad, float(mp.diff(REFERENCES[name], point)), scale, ulps=4.0)


@pytest.mark.parametrize("name", ACTIVATIONS)
@given(point=st.floats(allow_nan=False))
def test_activations_of_floats_are_floats_and_the_same_numbers(name: str, point: float) -> None:
    result = ACTIVATIONS[name](point)
    assert type(result) is float
    assert repr(result) == repr(ACTIVATIONS[name](Value(point)).data)


@pytest.mark.parametrize("name", ACTIVATIONS)
def test_activations_pass_nan_through(name: str) -> None:
    assert math.isnan(ACTIVATIONS[name](math.nan))


@pytest.mark.parametrize("name", sorted(set(ACTIVATIONS) - {"linear", "hardtanh"}))
@pytest.mark.parametrize("point", [-1e200, -1e6, 1e6, 1e200])
def test_activations_do_not_overflow(name: str, point: float) -> None:
    assert math.isfinite(ACTIVATIONS[name](point))


def test_hardtanh_has_slope_0_at_its_ends_and_1_between() -> None:
    for point, slope in ((-1.0, 0.0), (-0.5, 1.0), (1.0, 0.0), (2.0, 0.0)):
        x = Value(point)
        mg.hardtanh(x).backward()
        assert x.grad == slope


def test_slopes_and_scales_can_be_chosen() -> None:
    assert mg.leaky_relu(-2.0, slope=0.5) == -1.0
    assert mg.leaky_relu(2.0, slope=0.5) == 2.0
    assert mg.elu(-1.0, alpha=2.0) == 2.0 * math.expm1(-1.0)


def test_activations_are_found_by_name_or_taken_as_they_are() -> None:
    assert activation_by_name("gelu") is mg.gelu
    assert activation_by_name(mg.tanh) is mg.tanh


def test_an_unknown_activation_suggests_the_nearest() -> None:
    with pytest.raises(ArgumentError, match="did you mean 'sigmoid'"):
        activation_by_name("sigmiod")


# --- choices

ANY = st.floats() | st.sampled_from([0.0, -0.0, 1.0, math.inf, -math.inf, math.nan])


def choice(condition: float, x: float, y: float) -> str:
    """Python's own conditional; a sum with 0.0 makes 0.0 of -0.0, and changes nothing else."""
    return repr((x if condition != 0.0 else y) + 0.0)


@given(ANY, ANY, ANY)
def test_where_is_pythons_conditional_but_for_the_sign_of_zero(
    condition: float, x: float, y: float
) -> None:
    result = mg.where(condition, x, y)
    assert type(result) is float
    assert repr(result) == choice(condition, x, y)


@given(ANY, ANY, ANY, st.sampled_from(range(1, 8)))
def test_where_takes_values_and_floats_in_any_mix(
    condition: float, x: float, y: float, values: int
) -> None:
    operands = [
        Value(number) if values >> place & 1 else number
        for place, number in enumerate((condition, x, y))
    ]
    assert repr(mg.where(*operands).data) == choice(condition, x, y)


@given(ANY, ANY)
def test_comparisons_are_pythons_as_numbers(x: float, y: float) -> None:
    assert mg.greater(x, y) == mg.greater(Value(x), y).data == float(x > y)
    assert mg.equal(x, y) == mg.equal(x, Value(y)).data == float(x == y)


def test_a_condition_may_be_a_bool() -> None:
    x = Value(2.0)
    assert (mg.where(True, 1.0, 2.0), mg.where(x > 3.0, 1.0, 2.0)) == (1.0, 2.0)
    assert mg.where(True, x, 0.0).data == 2.0


@given(*[st.floats(allow_nan=False, allow_infinity=False)] * 3)
def test_the_derivative_goes_to_the_chosen_side_alone(condition: float, x: float, y: float) -> None:
    c, a, b = Value(condition), Value(x), Value(y)
    mg.where(c, a, b).backward()
    held = float(condition != 0.0)
    assert (c.grad, a.grad, b.grad) == (0.0, held, 1.0 - held)


def test_what_is_recorded_does_not_depend_on_which_side_is_chosen() -> None:
    def operations(number: float) -> list[Any]:
        x = Value(number)
        root = mg.where(mg.greater(x, 1.0), mg.sin(x), x * x)
        return [node.op for node in topological_order(root)]

    assert operations(3.0) == operations(1.0) == operations(-3.0)


def test_a_choice_is_differentiated_again_and_again() -> None:
    slope = mg.grad(mg.grad(lambda x: mg.where(mg.greater(x, 1.0), x**3, x)))
    assert (slope(2.0), slope(0.5)) == (12.0, 0.0)


def test_an_infinite_slope_of_the_other_side_is_kept_away_by_keeping_its_operand() -> None:
    def gradient(f: Callable[[Value], Any]) -> float:
        x = Value(0.0)
        mg.where(mg.greater(x, 0.0), f(x), 2.0 * x).backward()
        return float(x.grad)

    assert math.isnan(gradient(mg.log))
    assert gradient(lambda x: mg.log(mg.maximum(x, 1e-300))) == 2.0


# --- lists


@pytest.mark.parametrize(
    ("name", "numbers", "outputs", "slopes"),
    [(name, *case) for name, cases in GOLDEN["lists"].items() for case in cases],
)
def test_functions_of_lists_are_pytorchs(
    name: str, numbers: list[float], outputs: Any, slopes: list[float]
) -> None:
    xs = [Value(number) for number in numbers]
    result = getattr(mg, name)(xs)
    results = result if isinstance(result, list) else [result]
    expected = outputs if isinstance(outputs, list) else [outputs]
    largest = max(abs(number) for number in numbers)
    mg.dot(results, [1.0, 2.0, 3.0, 4.0][: len(results)]).backward()
    for out, value in zip(results, expected, strict=True):
        assert close(out.data, value, largest)
    # PyTorch's slopes of logsumexp come from its rounded result: exp(x - out).
    scale = largest if name == "logsumexp" else 1.0
    for x, slope in zip(xs, slopes, strict=True):
        assert close(float(x.grad), slope, scale)


LISTS = st.lists(st.floats(-50.0, 50.0), min_size=1, max_size=6)


@given(LISTS)
def test_functions_of_lists_take_floats_and_give_floats(numbers: list[float]) -> None:
    for name in ("sum", "mean", "max", "min", "logsumexp"):
        function = getattr(mg, name)
        result = function(numbers)
        assert type(result) is float
        assert result == function([Value(number) for number in numbers]).data
    for name in ("softmax", "log_softmax"):
        function = getattr(mg, name)
        recorded = function([Value(number) for number in numbers])
        assert function(numbers) == [value.data for value in recorded]


@given(LISTS)
def test_softmax_is_a_distribution_and_log_softmax_its_logarithm(numbers: list[float]) -> None:
    probabilities = mg.softmax(numbers)
    assert mg.sum(probabilities) == pytest.approx(1.0, rel=len(numbers) * EPS)
    assert all(0.0 <= p <= 1.0 for p in probabilities)
    assert [math.exp(v) for v in mg.log_softmax(numbers)] == pytest.approx(probabilities)


@given(LISTS)
def test_logsumexp_is_right_and_above_the_maximum(numbers: list[float]) -> None:
    exact = float(mp.log(sum((mp.exp(number) for number in numbers), mp.mpf(0))))
    assert close(mg.logsumexp(numbers), exact, abs(exact) + abs(max(numbers)))
    assert mg.logsumexp(numbers) >= max(numbers)


def test_softmax_does_not_overflow() -> None:
    assert mg.softmax([1e308, -1e308]) == [1.0, 0.0]
    assert mg.log_softmax([1e300, 0.0]) == [0.0, -1e300]
    assert mg.logsumexp([1e300, 1e300]) == 1e300


def test_sums_run_from_left_to_right() -> None:
    assert mg.sum([0.1] * 10) == 0.9999999999999999
    assert mg.sum([1e16, 1.0, -1e16]) == 0.0
    assert mg.sum([]) == 0.0
    a, b, c = Value(1.0), Value(2.0), Value(3.0)
    total = mg.sum([a, b, c])
    assert total.y is c
    assert total.x.operands == (a, b)


def test_dot_adds_products_from_left_to_right_after_the_start() -> None:
    w, b = [Value(2.0), Value(3.0)], Value(1.0)
    out = mg.dot(w, [10.0, 100.0], start=b)
    out.backward()
    assert out.data == 321.0
    assert [w[0].grad, w[1].grad, b.grad] == [10.0, 100.0, 1.0]
    assert mg.dot([1.0, 2.0], [3.0, 4.0]) == 11.0
    assert mg.dot([], []) == 0.0
    assert mg.dot([], [], start=5.0) == 5.0


def test_on_a_tie_the_first_of_a_list_has_the_whole_derivative() -> None:
    for function in (mg.max, mg.min):
        xs = [Value(1.0), Value(1.0), Value(1.0)]
        function(xs).backward()
        assert [x.grad for x in xs] == [1.0, 0.0, 0.0]


def test_values_and_floats_mix_and_any_iterable_will_do() -> None:
    x = Value(2.0)
    assert mg.max(number for number in (1.0, x, 0.5)).data == 2.0
    assert mg.mean(number for number in (x, 4.0)).data == 3.0
    assert mg.logsumexp(np.array([0.0, 0.0])) == math.log(2.0)
    assert [p.data for p in mg.softmax((x, 2.0))] == [0.5, 0.5]


@pytest.mark.parametrize("name", ["mean", "max", "min", "logsumexp", "softmax", "log_softmax"])
def test_an_empty_list_is_refused(name: str) -> None:
    with pytest.raises(ArgumentError, match=f"{name} needs at least one value"):
        getattr(mg, name)([])


def test_dot_refuses_lists_of_different_lengths() -> None:
    with pytest.raises(ArgumentError, match="not 2 and 1"):
        mg.dot([1.0, 2.0], [1.0])
