"""What a model is made of: its neurons and weights, or its parts."""

from __future__ import annotations

import math

import pytest

from microgradlab import MLP, Layer, Module, Neuron, Value
from microgradlab.drawing.pictures.architecture import architecture
from microgradlab.drawing.scene import Scene
from microgradlab.errors import ArgumentError


def labels(scene: Scene) -> list[str]:
    return [node.label for node in scene.nodes]


def test_an_mlp_is_its_inputs_and_neurons_in_layers_with_their_activation() -> None:
    scene = architecture(MLP(2, [2, 1], "tanh"))
    assert [(*node.path, node.label, node.count) for node in scene.nodes] == [
        ("inputs", "input 0", 1),
        ("inputs", "input 1", 1),
        ("layer 0, tanh", "neuron 0, bias 0.0", 3),
        ("layer 0, tanh", "neuron 1, bias 0.0", 3),
        ("layer 1, linear", "neuron 0, bias 0.0", 3),
    ]


def test_each_arrow_has_its_weight() -> None:
    model = MLP(3, [2, 1], seed=4)
    scene = architecture(model)
    for layer, neurons in enumerate(model.layers):
        for number, neuron in enumerate(neurons.neurons):
            uses = scene.by_id[f"n{layer}-{number}"].uses
            assert [use.partial for use in uses] == [weight.data for weight in neuron.weights]
    assert [use.source for use in scene.root.uses] == ["n0-0", "n0-1"]


def test_the_bias_is_told() -> None:
    neuron = Neuron(1, weights=[1.0])
    neuron.bias.data = -0.25
    assert architecture(neuron).root.label == "neuron 0, bias -0.25"


def test_a_layer_is_drawn_like_a_network_of_one() -> None:
    assert labels(architecture(Layer(1, 2, "relu"))) == [
        "input 0",
        "neuron 0, bias 0.0",
        "neuron 1, bias 0.0",
    ]


def test_wide_layers_are_shortened_and_nothing_is_lost() -> None:
    model = MLP(64, [100, 10])
    scene = architecture(model)
    assert "49 more inputs" in labels(scene)
    assert "85 more neurons" in labels(scene)
    assert len(scene.nodes) <= 300
    neurons = [node for node in scene.nodes if node.path != ("inputs",)]
    assert sum(node.count for node in neurons) == len(model.parameters())
    weights = sum(use.count for node in neurons for use in node.uses)
    assert weights == 64 * 100 + 100 * 10
    assert all((use.partial is None) == (use.count > 1) for n in neurons for use in n.uses)


def test_the_tightest_limit_leaves_one_box_for_each_layer() -> None:
    assert labels(architecture(MLP(5, [4, 3]), limit=3)) == ["5 inputs", "4 neurons", "3 neurons"]


class Mixed(Module):
    def __init__(self) -> None:
        self.scale = Value(2.0)
        self.offsets = [Value(1.0), Value(2.0)]
        self.encoder = MLP(2, [3, 1])


def test_of_another_model_the_parts_are_shown_without_invented_arrows() -> None:
    scene = architecture(Mixed())
    assert [(*node.path, node.label, node.count) for node in scene.nodes] == [
        ("scale", 1),
        ("encoder", "layers.0", "neuron 0", 3),
        ("encoder", "layers.0", "neuron 1", 3),
        ("encoder", "layers.0", "neuron 2", 3),
        ("encoder", "layers.1", "neuron 0", 4),
        ("offsets", 2),
    ]
    assert not any(node.uses for node in scene.nodes)


def test_a_parameter_alone_shows_its_number_and_gradient() -> None:
    model = Mixed()
    assert architecture(model).nodes[0].grad is None
    (model.scale * 3.0).backward()
    scale = architecture(model).nodes[0]
    assert (scale.role, scale.data, scale.grad) == ("parameter", 2.0, 3.0)


def test_parts_are_drawn_as_one_where_there_are_too_many() -> None:
    assert labels(architecture(Mixed(), limit=3)) == ["scale", "encoder", "offsets"]


def test_names_and_ids_are_unique() -> None:
    for model in (MLP(3, [2, 2]), Mixed()):
        nodes = architecture(model).nodes
        assert len({node.id for node in nodes}) == len({node.name for node in nodes}) == len(nodes)


def test_a_group_has_no_number() -> None:
    assert math.isnan(architecture(MLP(1, [1])).root.data)


def test_a_model_without_parameters_cannot_be_drawn() -> None:
    with pytest.raises(ArgumentError, match="Module has no parameters to draw"):
        architecture(Module())
