"""A formula and NAME=VALUE words become a recorded graph, or an error in one sentence."""

from __future__ import annotations

import json
import math

import pytest

from microgradlab.cli.formulas import at_point, recorded
from microgradlab.errors import ArgumentError

NEURON = ("tanh(w*x + b)", ["x=-1", "w=2", "b=0.5"])


def complaint(text: str, settings: str, parameters: list[str] | None = None) -> ArgumentError:
    with pytest.raises(ArgumentError) as caught:
        recorded(text, settings.split(), parameters or [])
    return caught.value


def test_the_inputs_are_labelled_and_in_the_order_of_the_formula() -> None:
    graph = recorded(*NEURON)
    assert list(graph.inputs) == ["w", "x", "b"]
    assert [value.label for value in graph.inputs.values()] == ["w", "x", "b"]
    assert [value.data for value in graph.inputs.values()] == [2.0, -1.0, 0.5]


def test_backward_was_run_once() -> None:
    graph = recorded(*NEURON)
    slope = 1.0 - math.tanh(-1.5) ** 2
    assert graph.root.data == math.tanh(-1.5)
    assert [value.grad for value in graph.inputs.values()] == pytest.approx(
        [-slope, 2.0 * slope, slope], rel=1e-15
    )


def test_parameters_are_those_that_are_named() -> None:
    graph = recorded(*NEURON, parameters=["b", "w"])
    assert graph.parameters == {"b": graph.inputs["b"], "w": graph.inputs["w"]}
    assert recorded(*NEURON).parameters == {}


def test_a_formula_that_is_one_variable_is_a_leaf_with_gradient_1() -> None:
    graph = recorded("x", ["x=3"])
    assert graph.root is graph.inputs["x"]
    assert graph.root.grad == 1.0


def test_the_summary_is_the_value_and_the_gradient() -> None:
    assert recorded(*NEURON).summary() == (
        "tanh(w*x + b) = -0.9051\n∂/∂w = -0.1807, ∂/∂x = 0.3614, ∂/∂b = 0.1807"
    )
    assert recorded("x*y", ["x=1/3", "y=2"]).summary(digits=8) == (
        "x*y = 0.66666667\n∂/∂x = 2.0, ∂/∂y = 0.33333333"
    )


def test_as_data_nan_and_infinities_are_strings() -> None:
    data = recorded("x/y + e", ["x=0", "y=0", "e=inf"]).as_dict()
    assert data == {
        "formula": "x/y + e",
        "value": "nan",
        "gradient": {"x": "inf", "y": "nan", "e": 1.0},
    }
    assert json.loads(json.dumps(data, allow_nan=False)) == data


@pytest.mark.parametrize(
    ("setting", "number"),
    [
        *(
            ("x=1.3", 1.3),
            ("x=1e-3", 1e-3),
            ("x=-2", -2.0),
            ("x = 1/3", 1 / 3),
            ("x=2*pi", math.tau),
        ),
        *(("x=-inf", -math.inf), ("x=sqrt(2)", 2.0**0.5), ("x=--1", 1.0)),
    ],
)
def test_values_may_be_computed(setting: str, number: float) -> None:
    assert at_point("x", [setting])[1] == {"x": number}


def test_a_constant_may_be_given_another_number() -> None:
    assert at_point("e * x * pi", ["x=2", "e=5"])[1] == {"e": 5.0, "x": 2.0}


def test_the_micro_sign_of_keyboards_is_the_greek_letter() -> None:
    assert at_point("\N{MICRO SIGN}*x", ["\N{MICRO SIGN}=2", "x=1"])[1] == {
        "\N{GREEK SMALL LETTER MU}": 2.0,
        "x": 1.0,
    }


def test_missing_values_are_named_with_words_to_add() -> None:
    error = complaint("x*y - z", "y=1/3")
    assert error.message == "the formula has no value for x, z"
    assert error.hint == "add numbers of your choice: x=0.5 z=0.5"


def test_a_parameter_has_to_be_a_variable() -> None:
    error = complaint("width*x", "width=2 x=1", ["widht"])
    assert error.message == "unknown variable 'widht'"
    assert "did you mean 'width'?" in error.hint
