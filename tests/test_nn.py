"""Neurons, layers and multi-layer perceptrons."""

from __future__ import annotations

import math
from collections.abc import Callable
from random import Random
from time import perf_counter
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import microgradlab as mg
from microgradlab import ACTIVATIONS, MLP, Layer, Neuron, Value
from microgradlab.errors import ArgumentError


def test_a_neuron_is_its_activation_of_the_bias_and_the_weighted_inputs() -> None:
    neuron = Neuron(2, "tanh", weights=[0.5, -2.0])
    neuron.bias.data = 0.25
    assert neuron([3.0, 0.1]).data == math.tanh(0.25 + 0.5 * 3.0 + -2.0 * 0.1)
    assert neuron.predict([3.0, 0.1]) == neuron([3.0, 0.1]).data


def test_inputs_may_be_values_and_receive_gradients() -> None:
    x = [Value(3.0), Value(0.1)]
    Neuron(2, weights=[0.5, -2.0])(x).backward()
    assert [value.grad for value in x] == [0.5, -2.0]


def test_a_layer_gives_one_output_per_neuron() -> None:
    layer = Layer(3, 2, "relu", seed=Random(1))
    assert [out.data for out in layer([1.0, 2.0, 3.0])] == layer.predict([1.0, 2.0, 3.0])
    assert len(layer.parameters()) == 2 * (3 + 1)


def test_one_output_is_a_value_and_several_are_a_list() -> None:
    assert isinstance(MLP(2, [3, 1])([1.0, 2.0]), Value)
    assert isinstance(MLP(2, [3, 1]).predict([1.0, 2.0]), float)
    assert [type(out) for out in MLP(2, [3, 2])([1.0, 2.0])] == [Value, Value]
    assert [type(out) for out in MLP(2, [3, 2]).predict([1.0, 2.0])] == [float, float]


@pytest.mark.parametrize("activation", ACTIVATIONS)
@settings(max_examples=30, deadline=None)
@given(
    seed=st.integers(0, 100),
    x=st.lists(st.floats(allow_nan=False) | st.floats(-3.0, 3.0), min_size=3, max_size=3),
)
def test_predict_is_the_forward_pass_to_the_bit(activation: str, seed: int, x: list[float]) -> None:
    model = MLP(3, [4, 3, 2], activation=activation, output=activation, seed=seed)
    assert [repr(number) for number in model.predict(x)] == [repr(out.data) for out in model(x)]


@pytest.mark.parametrize("kind", [int, np.float64, np.float32, np.int64, Value])
def test_predict_is_the_forward_pass_for_other_numbers_too(kind: Callable[[Any], Any]) -> None:
    model = MLP(2, [4, 1], "tanh", seed=1)
    x = [kind(1), kind(0.7)]
    assert model.predict(x) == model(x).data == model([float(x[0]), float(x[1])]).data
    assert type(model.predict(x)) is float
    neuron = Neuron(2, seed=1)
    assert neuron.predict(x) == neuron(x).data
    assert type(neuron.predict(x)) is float


def test_an_array_is_an_input() -> None:
    model = MLP(2, [4, 1], seed=1)
    x: Any = np.array([0.5, 2.0])
    assert model.predict(x) == model(x).data == model([0.5, 2.0]).data


def test_predict_is_much_faster_than_a_forward_pass() -> None:
    """The benchmark shows at least 5 times; 2.5 leaves room for a busy machine."""

    def best(function: Callable[[list[float]], object]) -> float:
        times = []
        for _ in range(15):
            start = perf_counter()
            function([0.3, -0.8])
            times.append(perf_counter() - start)
        return min(times)

    model = MLP(2, [16, 16, 1], "tanh", seed=0)
    assert best(model) > 2.5 * best(model.predict)


# --- making one


def test_the_same_seed_gives_the_same_weights_and_another_seed_others() -> None:
    assert MLP(2, [5, 1], seed=7).state_dict() == MLP(2, [5, 1], seed=7).state_dict()
    assert MLP(2, [5, 1], seed=7).state_dict() != MLP(2, [5, 1], seed=8).state_dict()
    assert Neuron(3, seed=1).state_dict() == Neuron(3, seed=1).state_dict()
    assert Neuron(3, seed=1).state_dict() != Neuron(3, seed=2).state_dict()


def test_no_two_neurons_start_alike_and_biases_start_at_0() -> None:
    model = MLP(2, [8, 8, 1], seed=0)
    weights = [p.data for name, p in model.named_parameters() if "weights" in name]
    biases = [p.data for name, p in model.named_parameters() if "bias" in name]
    assert len(set(weights)) == len(weights)
    assert set(biases) == {0.0}


def test_the_scheme_follows_the_activation_unless_it_is_given() -> None:
    def weights(**options: Any) -> Any:
        return Neuron(3, seed=5, **options).state_dict()["weights"]

    assert weights(activation="relu") == weights(activation="relu", init="he")
    assert weights(activation=mg.relu) == weights(activation="relu")
    assert weights(activation="selu") == weights(activation="selu", init="lecun")
    assert weights(activation="tanh") == weights(activation="tanh", init="glorot")
    assert weights(activation="relu") != weights(activation="relu", init="glorot")
    assert (
        weights(init=lambda fan_in, _, rng: [[rng.random()] * fan_in]) == [Random(5).random()] * 3
    )


def test_activations_by_layer() -> None:
    model = MLP(2, [3, 4, 1], activation=["relu", "tanh"], output="sigmoid")
    assert [layer.activation_name for layer in model.layers] == ["relu", "tanh", "sigmoid"]
    assert repr(model) == "MLP(2 → 3 relu → 4 tanh → 1 sigmoid: 30 parameters)"
    first = model.layers[0]([1.0, -1.0])
    assert all(out.op is mg.OPS["relu"] for out in first)


def test_a_function_may_be_the_activation() -> None:
    def cube(x: Any) -> Any:
        return x * x * x

    model = MLP(2, [3, 1], activation=cube, seed=0)
    assert model.layers[0].activation_name == "cube"
    assert model.predict([1.0, 2.0]) == model([1.0, 2.0]).data


def test_the_config_makes_a_model_of_the_same_architecture() -> None:
    model = MLP(2, [3, 4, 2], activation=["relu", "tanh"], output="sigmoid", seed=3)
    twin = MLP(**model.config)
    assert repr(twin) == repr(model)
    twin.load_state_dict(model.state_dict())
    assert twin.predict([0.1, 0.2]) == model.predict([0.1, 0.2])


def test_a_single_layer_is_a_linear_model() -> None:
    model = MLP(2, [1])
    weights, bias = model.layers[0].neurons[0].weights, model.layers[0].neurons[0].bias
    bias.data = 0.5
    assert model.predict([1.0, 2.0]) == 0.5 + weights[0].data + 2.0 * weights[1].data


# --- what makes no sense


@pytest.mark.parametrize("x", [[], [1.0], [1.0, 2.0, 3.0]])
@pytest.mark.parametrize("use", ["__call__", "predict"])
@pytest.mark.parametrize(
    "model", [MLP(2, [3, 1]), Layer(2, 3), Neuron(2)], ids=["MLP", "Layer", "Neuron"]
)
def test_inputs_of_the_wrong_length_are_refused(model: Any, use: str, x: list[float]) -> None:
    with pytest.raises(ArgumentError, match=f"takes 2 inputs, not {len(x)}"):
        getattr(model, use)(x)


@pytest.mark.parametrize("use", ["__call__", "predict"])
@pytest.mark.parametrize("x", [1.0, Value(1.0), None])
def test_a_single_number_is_no_list_of_inputs(use: str, x: Any) -> None:
    with pytest.raises(ArgumentError, match=r"takes a list of numbers, not .*\n.*model\(\[x\]\)"):
        getattr(MLP(1, [3, 1]), use)(x)


@pytest.mark.parametrize("use", ["__call__", "predict"])
def test_inputs_that_are_no_numbers_are_type_errors(use: str) -> None:
    with pytest.raises(TypeError):
        getattr(MLP(2, [3, 1]), use)(["a", "b"])


@pytest.mark.parametrize(
    ("inputs", "sizes", "message"),
    [
        (2, [], "at least one layer"),
        (2, 16, "sizes is 16, not a list"),
        (0, [1], "a layer cannot have 0 neurons"),
        (2, [3, -1], "a layer cannot have -1 neurons"),
        (2, [3.0, 1], "a layer cannot have 3.0 neurons"),
        (2, [True], "a layer cannot have True neurons"),
        (2, ["16"], "a layer cannot have '16' neurons"),
    ],
)
def test_bad_sizes_are_refused(inputs: int, sizes: Any, message: str) -> None:
    with pytest.raises(ArgumentError, match=message):
        MLP(inputs, sizes)


@pytest.mark.parametrize(
    ("make", "message"),
    [
        (lambda: MLP(2, [3, 1], "rellu"), "did you mean 'relu'"),
        (lambda: MLP(2, [3, 1], output="softmx"), "unknown activation 'softmx'"),
        (lambda: MLP(2, [3, 1], ["relu", "tanh"]), "2 activations were given"),
        (lambda: MLP(2, [3, 1], init="hee"), "did you mean 'he'"),
        (lambda: Layer(2, 0), "is 0"),
        (lambda: Layer(0, 2), "is 0"),
        (lambda: Neuron(2, weights=[1.0]), "1 weights are given for 2 inputs"),
    ],
)
def test_unknown_names_and_empty_layers_are_refused(make: Callable[[], Any], message: str) -> None:
    with pytest.raises(ArgumentError, match=message):
        make()


def test_predict_takes_one_sample_and_says_so() -> None:
    samples: Any = [[0.0, 1.0], [1.0, 0.0]]
    with pytest.raises(ArgumentError, match="predict takes one sample"):
        MLP(2, [1]).predict(samples)


def test_an_activation_that_takes_no_float_is_refused_when_the_model_is_made() -> None:
    with pytest.raises(ArgumentError, match=r"write mg\.tanh\(v\) instead of v\.tanh\(\)"):
        MLP(2, [3, 1], activation=lambda v: v.tanh())


def test_predict_gives_a_float_also_when_the_activation_holds_a_value() -> None:
    slope = Value(0.5)
    model = MLP(1, [1], output=lambda v: slope * v)
    assert type(model.predict([2.0])) is float


def test_modules_print_as_their_class_and_size() -> None:
    assert repr(Neuron(2)) == "Neuron(3 parameters)"
