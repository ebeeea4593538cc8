"""Histograms count every weight and every output, once."""

from __future__ import annotations

import math

import pytest

from microgradlab import plots
from microgradlab.errors import ArgumentError
from microgradlab.module import Module
from microgradlab.nn import MLP
from microgradlab.value import Value
from tests.plots.conftest import Run
from tests.plots.reading import counted, notes


def test_a_models_weights_are_counted_by_layer_without_biases() -> None:
    plot = plots.weights(MLP(2, [4, 3], seed=0))
    assert [panel.get_title() for panel in plot.axes] == [
        "layers.0: 8 weights",
        "layers.1: 12 weights",
    ]
    assert [counted(panel) for panel in plot.axes] == [[8], [12]]


def test_a_recordings_weights_are_compared_between_first_and_last_epoch(run: Run) -> None:
    panel = plots.weights(run.recording).axes[0]
    legend = panel.get_legend()
    assert legend is not None
    assert [text.get_text() for text in legend.get_texts()] == ["epoch 0", "epoch 6"]
    assert counted(panel) == [8, 8]


def test_epochs_can_be_chosen(run: Run) -> None:
    assert len(plots.weights(run.recording, epochs=[0, 2, 4]).axes[0].patches) == 3
    with pytest.raises(ArgumentError, match="no frame was kept of epoch 9"):
        plots.weights(run.recording, epochs=[9])
    with pytest.raises(ArgumentError, match="there are no weights"):
        plots.weights(run.recording, epochs=[])


def test_outputs_are_counted_by_layer_with_what_is_dead() -> None:
    model = MLP(1, [2, 1], seed=0)
    first, second = model.layers[0].neurons
    first.weights[0].data, first.bias.data = 1.0, 0.0
    second.bias.data = -100.0
    plot = plots.activations(model, [([-1.0], 0), ([1.0], 1), ([2.0], 1)])
    assert [counted(panel) for panel in plot.axes] == [[6], [3]]
    assert plot.axes[0].get_title() == (
        "layers.0: 2 relu neurons; flat for 67% of the samples, 1 dead"
    )
    assert "layers.0.neurons.1: relu is 0 for all 3 samples: dead" in notes(plot.axes[-1])


def test_numbers_that_are_not_finite_are_left_out_and_counted() -> None:
    model = MLP(2, [4, 1], seed=0)
    model.layers[0].neurons[0].weights[0].data = math.nan
    panel = plots.weights(model).axes[0]
    assert panel.get_title() == "layers.0: 8 weights; 1 not finite"
    assert counted(panel) == [7]


def test_weights_that_are_all_alike_are_drawn() -> None:
    assert counted(plots.weights(MLP(2, [4, 1], init="zeros")).axes[0]) == [8]


@pytest.mark.parametrize("number", [4.4e20, -1e100])
def test_outputs_that_floats_hardly_tell_apart_are_drawn(number: float) -> None:
    model = MLP(1, [1], init="zeros")
    model.layers[0].neurons[0].bias.data = number
    panel = plots.activations(model, [([0.0], 0), ([1.0], 1)]).axes[0]
    assert counted(panel) == [2]


def test_a_model_of_biases_alone_has_no_weights() -> None:
    class Offset(Module):
        def __init__(self) -> None:
            self.bias = Value(1.0)

    with pytest.raises(ArgumentError, match="there are no weights"):
        plots.weights(Offset())
