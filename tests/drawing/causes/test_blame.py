"""What is to blame for a gradient, kind by kind."""

from __future__ import annotations

import math
from collections.abc import Callable
from math import nan

import pytest

from microgradlab.drawing.causes.reason import why
from microgradlab.nn import MLP
from microgradlab.ops import OPS, Op
from microgradlab.value import (
    Value,
    apply,
    exp,
    gate,
    greater,
    log,
    maximum,
    minimum,
    relu,
    sigmoid,
    tanh,
)


def leaf(data: float, label: str = "w") -> Value:
    return Value(data, label=label)


def test_a_dead_relu_is_named_with_its_input() -> None:
    w = leaf(0.3)
    reason = why(w, relu(w * -1.0) * 2.0)
    assert reason.gradient == 0.0
    assert reason.verdict == "the only path from L back to w meets a local derivative of 0"
    assert reason.causes == (
        "v2 = relu(v1): relu passes nothing on unless its input is above 0, and here v1 = -0.3",
    )


def test_a_product_with_zero_is_named_with_how_that_zero_came_about() -> None:
    w, x = leaf(1.0), leaf(-2.0, "x")
    (cause,) = why(w, w * relu(x)).causes
    assert cause == "L = w × v1: the other factor is v1 = relu(x) = 0.0"


def test_maximum_names_the_operand_that_it_takes() -> None:
    (cause,) = why(w := leaf(1.0), maximum(2.0, w)).causes
    assert cause == "L = maximum(2.0, w): maximum takes 2.0, not w = 1.0"


@pytest.mark.parametrize("function", [tanh, sigmoid])
def test_a_saturated_unit_is_named_with_its_result_and_slope(
    function: Callable[[Value], Value],
) -> None:
    w = leaf(20.0)
    reason = why(w, function(w) * 2.0)
    assert reason.verdict == "vanishing, along its only path" or reason.gradient == 0.0
    assert "is saturated at w = 20.0, where its result is 1" in reason.causes[0]


def test_another_operation_is_named_with_its_operands() -> None:
    w = leaf(0.0)
    assert why(w, apply(OPS["cos"], w)).causes == ("L = cos(w): at w = 0.0",)


@pytest.mark.parametrize(
    ("function", "cause"),
    [
        (lambda w: apply(OPS["sqrt"], w), "the slope of sqrt is 0.5 / sqrt(x), and here w = 0.0"),
        (lambda w: 3.0 / w, "by y is -x/y², here with 3.0 for x and w = 0.0 for y"),
        (lambda w: (w + 3.0) / w, "by x is 1/y, here with w = 0.0 for y"),
        (lambda w: w**0.5, "by x is y × x ** (y - 1), here with w = 0.0 for x and 0.5 for y"),
        (lambda w: 0.0 ** (w - 1.0), "by y is log(x) × x ** y, here with 0.0 for x and"),
    ],
)
def test_a_slope_without_bound_is_told_with_its_formula(
    function: Callable[[Value], Value], cause: str
) -> None:
    w = leaf(0.0)
    assert cause in why(w, function(w)).causes[-1]


@pytest.mark.parametrize("function", [maximum, minimum])
def test_at_a_tie_the_convention_is_told(function: Callable[[float, Value], Value]) -> None:
    (cause,) = why(w := leaf(1.0), function(1.0, w)).causes
    assert cause.endswith(" takes 1.0, not w = 1.0: at a tie it takes the first, by convention")


def test_each_number_that_is_nan_by_itself_is_named() -> None:
    w, n, i = leaf(1.0), leaf(nan, "n"), leaf(math.inf, "i")
    difference = i - i
    assert why(w, w * n + difference).causes[0] == (
        "in the forward pass already: n = nan and v2 = i - i = inf - inf = nan"
    )
    assert why(w, w * nan).causes[0] == (
        "in the forward pass already: L = w × nan = 1.0 × nan = nan"
    )


def test_of_many_such_numbers_the_rest_is_counted() -> None:
    w = leaf(1.0)
    root = w
    for number in range(5):
        root = root * leaf(nan, f"n{number}")
    cause = why(w, root).causes[0]
    assert cause.endswith("n0 = nan and n1 = nan and n2 = nan and 2 more like these")


def test_a_name_that_is_a_formula_stands_in_parentheses_in_a_cause() -> None:
    total = leaf(0.0, "x1w1 + b")
    assert why(total, log(total)).causes[-1].endswith("; ∂L/∂(x1w1 + b) = inf")


def test_a_row_of_ones_own_is_not_taken_for_the_tables() -> None:
    mine = Op("relu", "relu", "Not the table's.", "0.0 * x", "0.0")
    w = leaf(1.0)
    assert why(w, apply(mine, w)).causes == ("L = relu(w): at w = 1.0",)


def test_of_all_places_that_block_the_fewest_are_named() -> None:
    model = MLP(2, [8, 8, 1], activation="relu", seed=0)
    root = model([1.0, 2.0])
    assert isinstance(root, Value)
    parameters = dict(model.named_parameters())
    dead = parameters["layers.0.neurons.0.bias"]
    dead.data = -100.0
    reason = why(dead, model([1.0, 2.0]))
    assert reason.count == 8
    assert len(reason.causes) == 1
    assert "relu passes nothing on" in reason.causes[0]
    assert reason.verdict.startswith("all 8 paths from L back to layers.0.neurons.0.bias meet")


def test_more_places_than_three_are_counted() -> None:
    w = leaf(-1.0)
    total = relu(w * 0.5)
    for factor in (1.0, 2.0, 3.0, 4.0):
        total = total + relu(w * factor)
    reason = why(w, total)
    assert len(reason.causes) == 4
    assert reason.causes[-1] == "and 2 more places like these"


def test_paths_that_cancel_are_told_from_a_derivative_of_zero() -> None:
    w = leaf(0.3)
    reason = why(w, w * 3.0 - w * 3.0)
    assert reason.gradient == 0.0
    assert reason.total == pytest.approx(6.0)
    assert reason.verdict == "both paths from L back to w cancel: their sizes add up to 6.0"


def test_many_factors_below_one_make_a_gradient_vanish_together() -> None:
    w = root = leaf(0.3)
    for _ in range(50):
        root = sigmoid(root)
    reason = why(w, root)
    assert reason.verdict == "vanishing, along its only path"
    (cause,) = reason.causes
    assert cause.startswith("no single factor is to blame: the 50 factors")


def test_a_gradient_too_small_for_a_float_is_given_as_a_power_of_ten() -> None:
    w = root = leaf(0.3)
    for _ in range(1000):
        root = sigmoid(root)
    reason = why(w, root)
    assert reason.gradient == 0.0
    assert reason.verdict.startswith("it is too small for a float, about 10^-648")
    assert reason.paths[0].product == 0.0
    assert reason.paths[0].size == pytest.approx(-648.4 * math.log(10.0), rel=1e-3)


def test_vanishing_is_measured_against_the_roots_own_gradient_of_1() -> None:
    verdicts = [why(w := leaf(1.0), w * size).verdict for size in (1.1e-5, 0.9e-5)]
    assert verdicts == ["along its only path", "vanishing, along its only path"]


def test_a_large_factor_makes_a_gradient_explode_and_is_named() -> None:
    w = leaf(20.0)
    reason = why(w, exp(w) + w)
    assert reason.verdict == "exploding, the sum over 2 paths"
    assert reason.causes[0].startswith("v1 = exp(w): exp is its own slope, at w = 20.0; ∂v1/∂w =")


def test_the_first_nan_is_named_forward_and_backward() -> None:
    w = leaf(0.0)
    reason = why(w, log(w) * 0.0)
    assert math.isnan(reason.gradient)
    assert reason.causes == (
        "in the forward pass already: v1 = log(w) = log(0.0) = -inf",
        "on the way back first here: 0.0 × inf = nan",
        "v1 = log(w): the slope of log is 1/x, and here w = 0.0; ∂v1/∂w = inf",
    )


def test_an_overflow_on_the_way_back_is_named() -> None:
    w = leaf(1e-200)
    reason = why(w, w * 1e200 * 1e200)
    assert reason.gradient == math.inf
    assert "on the way back first here: 1e+200 × 1e+200 = inf" in reason.causes


def test_a_unit_whose_input_is_nan_is_not_called_saturated() -> None:
    w = leaf(nan)
    assert why(w, tanh(w)).causes[-1] == "L = tanh(w): at w = nan; ∂L/∂w = nan"


def test_a_value_times_itself_is_named_once() -> None:
    w = leaf(0.0)
    assert why(w, w * w).causes == ("L = w × w: the other factor is w = 0.0",)


def test_an_ordinary_gradient_is_the_sum_over_its_paths() -> None:
    w = leaf(0.5)
    reason = why(w, w * w + w)
    assert (reason.gradient, reason.count) == (2.0, 3)
    assert reason.total == pytest.approx(2.0)
    assert reason.verdict == "the sum over 3 paths"
    assert reason.causes == ()


def test_blocked_paths_beside_open_ones_are_mentioned() -> None:
    w = leaf(1.0)
    reason = why(w, relu(-w) + w)
    assert reason.causes == ("other paths add nothing: at 1 place a local derivative is 0",)


def test_the_root_itself_has_the_derivative_one() -> None:
    z = tanh(leaf(1.0))
    reason = why(z, z)
    assert (reason.gradient, reason.verdict) == (1.0, "it is the root itself")


def test_a_shut_gate_is_named_with_what_shuts_it() -> None:
    (cause,) = why(w := leaf(1.0), gate(w, leaf(0.0, "c"))).causes
    assert cause == "L = gate(w, c): the gate is closed by c = 0.0"


def test_a_comparison_has_no_slope() -> None:
    (cause,) = why(w := leaf(1.0), greater(w, 2.0)).causes
    assert cause == (
        "L = greater(w, 2.0): a comparison has no slope: its result jumps between 0.0 and 1.0"
    )
    (cause,) = why(w, gate(leaf(3.0, "x"), w)).causes
    assert cause == "L = gate(x, w): a gate passes nothing on to what opens it"
