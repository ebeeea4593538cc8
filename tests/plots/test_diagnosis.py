"""The diagnosis names what is planted, and says nothing of a healthy network."""

from __future__ import annotations

import math

import pytest

from microgradlab import plots
from microgradlab.errors import ArgumentError
from microgradlab.module import Module
from microgradlab.nn import MLP
from microgradlab.plots.diagnosis import about_gradients, about_updates
from microgradlab.plots.units import units
from microgradlab.recording import Recording
from microgradlab.value import Value
from tests.plots.conftest import Run

SAMPLES = [([0.1 * number], 0.0) for number in range(10)]


def network(activation: str, **biases: float) -> MLP:
    """Five neurons of one input whose weights are 1, their biases as given: `_3=-100.0`."""
    model = MLP(1, [5, 1], activation, seed=0)
    for neuron in model.layers[0].neurons:
        neuron.weights[0].data = 1.0
    for number, bias in biases.items():
        model.layers[0].neurons[int(number[1:])].bias.data = bias
    return model


def of_norms(**norms: list[float]) -> Recording:
    epochs = list(range(1, 1 + len(next(iter(norms.values())))))
    return Recording([], epochs, epochs, gradient_norms=norms, update_ratios=norms)


# --- neurons


@pytest.mark.parametrize("activation", ["relu", "tanh", "sigmoid", "gelu", "leaky_relu", "elu"])
def test_a_healthy_network_has_nothing_wrong(activation: str) -> None:
    assert plots.diagnose(network(activation), SAMPLES) == []


def test_a_dead_relu_is_named() -> None:
    assert plots.diagnose(network("relu", _3=-100.0), SAMPLES) == [
        "layers.0.neurons.3: relu is 0 for all 10 samples: dead, no gradient reaches its weights"
    ]


def test_a_relu_that_lives_for_one_sample_is_not_dead() -> None:
    assert plots.diagnose(network("relu", _3=-0.85), SAMPLES) == []


def test_a_saturated_neuron_is_named() -> None:
    assert plots.diagnose(network("tanh", _1=5.0), SAMPLES) == [
        "layers.0.neurons.1: tanh is saturated (its slope below 0.01) for 100% of 10 samples"
    ]


def test_a_tanh_so_far_out_that_its_slope_is_zero_is_dead() -> None:
    (sentence,) = plots.diagnose(network("tanh", _1=50.0), SAMPLES)
    assert sentence.startswith("layers.0.neurons.1: tanh is 1 for all 10 samples: dead")


def test_many_neurons_of_a_layer_share_a_sentence() -> None:
    dead = {f"_{number}": -100.0 for number in range(4)}
    assert plots.diagnose(network("relu", **dead), SAMPLES) == [
        "layers.0: 4 of 5 neurons are dead: 0, 1, 2, 3"
    ]
    saturated = {f"_{number}": 5.0 for number in range(1, 5)}
    assert plots.diagnose(network("tanh", **saturated), SAMPLES) == [
        "layers.0: 4 of 5 neurons are saturated: 1, 2, 3, 4"
    ]


def test_the_first_neurons_that_put_out_nan_are_named() -> None:
    assert plots.diagnose(network("relu", _2=math.nan), SAMPLES) == [
        "layers.0: nan or infinity comes first from neurons 2"
    ]


@pytest.mark.parametrize("activation", ["relu", "tanh", "softplus", "linear"])
def test_units_put_out_what_the_model_predicts(activation: str) -> None:
    model = MLP(2, [3, 2], activation, seed=1)
    found = units(model, [([0.5, -1.0], 0), ([2.0, 0.25], 0)])
    outputs = [[unit.outputs[row] for unit in found["layers.1"]] for row in range(2)]
    assert outputs == [model.predict([0.5, -1.0]), model.predict([2.0, 0.25])]


def test_slopes_are_the_derivatives_of_the_activation() -> None:
    (unit, *_) = units(network("tanh"), [([0.5], 0)])["layers.0"]
    assert unit.slopes == [1.0 - math.tanh(0.5) * math.tanh(0.5)]


def test_an_activation_that_is_constant_is_dead() -> None:
    model = MLP(1, [1, 1], lambda _: 2.0, seed=0)
    (sentence,) = plots.diagnose(model, SAMPLES)
    assert "is 2 for all 10 samples: dead" in sentence


def test_a_model_without_layers_is_refused() -> None:
    class Line(Module):
        def __call__(self, x: list[float]) -> Value:
            return Value(x[0])

    with pytest.raises(ArgumentError, match="Line is not made of layers of neurons"):
        plots.diagnose(Line(), SAMPLES)


def test_no_samples_are_refused() -> None:
    with pytest.raises(ArgumentError, match="there are no samples"):
        plots.diagnose(network("relu"), [])


# --- gradients by layer


def test_a_vanishing_gradient_is_named_with_its_measure() -> None:
    assert about_gradients(of_norms(a=[1.0, 2e-5], b=[1.0, 4e-6], c=[1.0, 0.5])) == [
        "a, b: the gradient vanishes; in epoch 2 its norm is 4e-06 to 2e-05, "
        "less than a thousandth of that of c"
    ]


def test_an_exploding_gradient_is_named() -> None:
    assert about_gradients(of_norms(a=[1.0, 500.0], b=[1.0, 50.0])) == [
        "a: the gradient explodes; in epoch 2 its norm is 500.0, "
        "more than a hundred times that of epoch 1"
    ]


def test_a_gradient_of_exactly_zero_is_named() -> None:
    assert about_gradients(of_norms(a=[1.0, 0.0], b=[1.0, 1.0])) == [
        "a: the gradient is exactly 0 in epoch 2"
    ]


def test_gradients_that_shrink_together_do_not_vanish() -> None:
    assert about_gradients(of_norms(a=[1.0, 1e-9], b=[1.0, 2e-9])) == []


@pytest.mark.parametrize(
    ("ratios", "words"),
    [([0.5, 0.2, 1e-3], "0.2 of their size"), ([1e-3, 1e-8, 1e-8], "1e-08 of their size")],
)
def test_updates_that_are_too_large_or_too_small_are_named(ratios: list[float], words: str) -> None:
    (sentence,) = about_updates(of_norms(a=ratios, b=[1e-3] * 3))
    assert sentence.startswith("a: an update moves the weights by " + words)


def test_updates_of_the_usual_size_are_fine() -> None:
    assert about_updates(of_norms(a=[0.5, 1e-3, 1e-4])) == []


def test_a_diagnosis_with_a_recording_covers_neurons_and_layers(run: Run) -> None:
    poor = Recording(run.recording.names, [1, 2], [1, 2], {"a": [1.0, 0.0], "b": [1.0, 1.0]})
    sentences = plots.diagnose(run.model, run.data, poor)
    assert sentences[-1] == "a: the gradient is exactly 0 in epoch 2"
    assert len(sentences) == len(plots.diagnose(run.model, run.data)) + 1
