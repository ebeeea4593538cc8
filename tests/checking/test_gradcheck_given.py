"""gradcheck(..., gradient=): derivatives of another origin, such as an engine of one's own."""

from __future__ import annotations

import cmath
import math
from collections.abc import Callable
from typing import Any

import pytest
from micrograd.engine import Value as MicrogradValue

import microgradlab as mg
from microgradlab.checking import Report, Verdict, gradcheck
from microgradlab.errors import ArgumentError

F = Callable[..., Any]


def verdicts(report: Report) -> list[Verdict]:
    return [row.verdict for row in report.rows]


def f(x: float, y: float) -> float:
    return math.sin(x) * y


def gradient_of_f(x: float, y: float) -> tuple[float, float]:
    return math.cos(x) * y, math.sin(x)


# --- functions of plain floats


def test_a_right_gradient_of_a_plain_function_passes() -> None:
    report = gradcheck(f, 1.0, 2.0, gradient=gradient_of_f)
    assert verdicts(report) == [Verdict.OK, Verdict.OK]
    assert [row.name for row in report.rows] == ["x", "y"]
    assert report.method.startswith("Reference: values of the function alone, by ")


@pytest.mark.parametrize("factor", [-1.0, 0.0, 1.0001, 1.0 + 1e-9])
def test_a_wrong_one_does_not(factor: float) -> None:
    def wrong(x: float, y: float) -> tuple[float, float]:
        return math.cos(x) * y, math.sin(x) * factor

    assert verdicts(gradcheck(f, 1.0, 2.0, gradient=wrong)) == [Verdict.OK, Verdict.WRONG]


def test_a_function_that_takes_no_values_is_said_to() -> None:
    report = gradcheck(lambda x: math.exp(x), 1.0, gradient=math.exp)
    assert report
    assert report.findings == ("f takes no Values: f returned a number, not a Value.",)


@pytest.mark.parametrize("slope", [4e-9, 5e-9, -1e-9])
def test_a_slope_hidden_by_rounding_is_inconclusive_of_any_sign(slope: float) -> None:
    report = gradcheck(lambda x: 1e6 + 1e-9 * float(x) ** 2, 2.0, gradient=lambda _: slope)
    assert verdicts(report) == [Verdict.INCONCLUSIVE]


def test_an_analytic_function_is_checked_by_the_complex_step() -> None:
    report = gradcheck(lambda x: cmath.tanh(x), 0.4, gradient=lambda x: 1.0 - math.tanh(x) ** 2)
    assert "by complex step (" in report.method
    assert report.rows[0].allowed < 1e-14


def test_one_input_has_one_derivative_and_several_have_a_tuple_or_a_list() -> None:
    assert gradcheck(lambda x: math.exp(x), 1.0, gradient=math.exp)
    assert gradcheck(f, 1.0, 2.0, gradient=lambda x, y: list(gradient_of_f(x, y)))


def test_derivatives_have_the_structure_of_the_inputs() -> None:
    def loss(w: list[float], data: dict[str, float]) -> float:
        return math.tanh(w[0] * data["x"] + w[1])

    def gradient(w: list[float], data: dict[str, float]) -> Any:
        slope = 1.0 - loss(w, data) ** 2
        return [slope * data["x"], slope], {"x": slope * w[0]}

    report = gradcheck(loss, [0.5, 0.1], {"x": 2.0}, gradient=gradient)
    assert report
    assert [row.name for row in report.rows] == ["w[0]", "w[1]", "data['x']"]


# --- functions that compute with Values as well


def test_a_function_of_values_has_the_recorded_graph_as_reference() -> None:
    report = gradcheck(
        lambda x, y: x * mg.sin(y), 1.0, 2.0, gradient=lambda x, y: (math.sin(y), x * math.cos(y))
    )
    assert verdicts(report) == [Verdict.OK, Verdict.OK]
    assert report.method.startswith("Reference: the recorded graph")


def test_its_derivatives_are_judged_to_the_last_bits() -> None:
    off = gradcheck(lambda x: x * x, 3.0, gradient=lambda x: 2.0 * x * (1.0 + 1e-14))
    assert verdicts(off) == [Verdict.WRONG]


@pytest.mark.parametrize("slope", [0.0, 0.5, 1.0])
def test_at_a_kink_another_engine_may_have_another_convention(slope: float) -> None:
    report = gradcheck(mg.relu, 0.0, gradient=lambda _: slope)
    assert verdicts(report) == [Verdict.KINK]


@pytest.mark.parametrize("slope", [-0.5, 1.5, math.nan])
def test_at_a_kink_a_slope_beyond_its_sides_is_wrong(slope: float) -> None:
    assert verdicts(gradcheck(mg.relu, 0.0, gradient=lambda _: slope)) == [Verdict.WRONG]


# --- another engine


def network(*numbers: Any) -> Any:
    """Something of what micrograd can do, with sharing."""
    x, y, w = numbers
    hidden = (x * w + y).relu() + x**3 / y
    return hidden * hidden - hidden


def value_by_micrograd(x: float, y: float, w: float) -> float:
    value: float = network(*map(MicrogradValue, (x, y, w))).data
    return value


def gradient_by_micrograd(x: float, y: float, w: float) -> tuple[float, ...]:
    leaves = list(map(MicrogradValue, (x, y, w)))
    network(*leaves).backward()
    return tuple(leaf.grad for leaf in leaves)


def test_microgradgrads_engine_is_right() -> None:
    report = gradcheck(value_by_micrograd, 1.2, 0.7, -0.3, gradient=gradient_by_micrograd)
    assert verdicts(report) == [Verdict.OK] * 3


def test_its_gradient_would_be_wrong_if_it_forgot_to_add() -> None:
    def forgetful(x: float, y: float, w: float) -> tuple[float, ...]:
        dx, dy, dw = gradient_by_micrograd(x, y, w)
        return dx - 3.0 * x * x / y, dy, dw

    report = gradcheck(value_by_micrograd, 1.2, 0.7, -0.3, gradient=forgetful)
    assert verdicts(report) == [Verdict.WRONG, Verdict.OK, Verdict.OK]


# --- bad input


@pytest.mark.parametrize(
    ("gradient", "message"),
    [
        (lambda *_: [1.0], "gradient's result is a tuple of 1, but the inputs have a tuple of 2"),
        (lambda *_: None, "gradient's result is None, but the inputs have a tuple of 2"),
        (lambda *_: 1.0, "gradient's result is a number, but the inputs have a tuple of 2"),
        (
            lambda *_: (1.0, [2.0]),
            "gradient's result[1] is a list of 1, but the inputs have a number",
        ),
        (lambda *_: (1.0, "a"), "gradient's result[1] is a str, not a number"),
        (lambda *_: (None, 1.0), "gradient's result[0] is None, not a number"),
        (3.0, "gradient is a number, not a function"),
    ],
)
def test_a_result_of_another_structure_is_refused(gradient: Any, message: str) -> None:
    with pytest.raises(ArgumentError) as caught:
        gradcheck(f, 1.0, 2.0, gradient=gradient)
    assert caught.value.message == message


def test_what_the_gradient_raises_comes_through() -> None:
    with pytest.raises(ZeroDivisionError):
        gradcheck(f, 1.0, 2.0, gradient=lambda *_: 1 / 0)


def test_a_gradient_of_several_results_is_refused() -> None:
    with pytest.raises(ArgumentError, match="gradient= needs a function that returns one number"):
        gradcheck(lambda x: [x, x * x], 1.0, gradient=lambda _: 1.0)


def test_thorough_does_not_go_with_it() -> None:
    with pytest.raises(ArgumentError, match="does not go with gradient="):
        gradcheck(f, 1.0, 2.0, gradient=gradient_of_f, thorough=True)
