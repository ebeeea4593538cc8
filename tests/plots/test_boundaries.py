"""Decision boundaries: the areas are what the model says, at every epoch that was kept."""

from __future__ import annotations

import math

import pytest

from microgradlab import plots
from microgradlab.data import Dataset
from microgradlab.errors import ArgumentError
from microgradlab.nn import MLP
from microgradlab.plots.boundaries import Grid
from tests.plots.conftest import Run
from tests.plots.reading import contour, dots, hatches, notes, shapes

SQUARE = Dataset([[0.0, 0.0], [10.0, 0.0], [0.0, 10.0], [10.0, 10.0]], [0, 0, 1, 1])
THREE = Dataset([[0.0, 0.0], [10.0, 0.0], [0.0, 10.0]], [0, 1, 2], classes=("a", "b", "c"))


def square(targets: list[int] | None = None) -> Dataset:
    return Dataset(SQUARE.features, targets or [0, 0, 1, 1], ("left", "up"), ("low", "high"))


def horizontal(height: float) -> MLP:
    """A model that says class 1 above a height."""
    model = MLP(2, [1])
    neuron = model.layers[0].neurons[0]
    neuron.weights[0].data, neuron.weights[1].data, neuron.bias.data = 0.0, 1.0, -height
    return model


def test_the_black_line_is_where_the_logit_is_zero() -> None:
    panel = plots.boundary(horizontal(4.0), square(), resolution=9).axes[0]
    assert {round(y, 12) for _, y in contour(panel)} == {4.0}


def test_samples_are_shown_by_class_with_markers_of_their_own() -> None:
    panel = plots.boundary(horizontal(4.0), square(), resolution=5).axes[0]
    assert dots(panel) == {
        "low": [(0.0, 0.0), (10.0, 0.0)],
        "high": [(0.0, 10.0), (10.0, 10.0)],
    }
    low, high = shapes(panel)
    assert low != high


def test_axes_are_features_and_the_title_is_the_accuracy() -> None:
    panel = plots.boundary(horizontal(4.0), square([0, 1, 1, 1]), resolution=5).axes[0]
    assert (panel.get_xlabel(), panel.get_ylabel()) == ("left", "up")
    assert panel.get_title() == "accuracy 0.75"
    assert plots.boundary(horizontal(4.0), square(), title="mine").axes[0].get_title() == "mine"


def test_the_margin_of_a_class_is_its_lead_over_the_next() -> None:
    assert Grid([0.0], [0.0], [[[3.0, 1.0, 5.0]]]).margins(2) == [[2.0]]
    assert Grid([0.0], [0.0], [[[3.0, 1.0, 5.0]]]).margins(0) == [[-2.0]]
    assert Grid([0.0], [0.0], [[0.5]]).margins(1) == [[0.5]]
    assert Grid([0.0], [0.0], [[0.5]]).margins(0) == [[-0.5]]


@pytest.mark.parametrize("outputs", [2, 3])
def test_several_logits_have_an_area_for_each_class(outputs: int) -> None:
    data = THREE if outputs == 3 else square()
    panel = plots.boundary(MLP(2, [outputs], seed=0), data, resolution=5).axes[0]
    assert len(set(hatches(panel))) == len(hatches(panel)) == outputs


def test_a_model_that_sees_one_class_everywhere_is_drawn() -> None:
    assert plots.boundary(horizontal(99.0), square(), resolution=5).svg


@pytest.mark.parametrize("outputs", [1, 2])
def test_where_the_output_is_not_finite_the_plane_is_white_and_it_is_said(outputs: int) -> None:
    model = MLP(2, [outputs], seed=0)
    model.layers[0].neurons[0].bias.data = math.nan
    plot = plots.boundary(model, square(), resolution=5)
    assert plot.svg
    assert "nan or infinite at 25 of 25 points" in notes(plot.axes[0])


def test_features_that_do_not_vary_still_have_a_plane() -> None:
    flat = Dataset([[1.0, 2.0], [1.0, 2.0]], [0, 1], classes=("a", "b"))
    assert plots.boundary(horizontal(0.0), flat, resolution=5).axes[0].get_xlim() == (0.0, 2.0)


# --- over epochs


def test_epochs_are_shown_side_by_side_with_the_accuracy_they_had(run: Run) -> None:
    plot = plots.boundaries(run.model, run.data, run.recording, epochs=[0, 6], resolution=5)
    expected = []
    for epoch in (0, 6):
        with run.recording.at(epoch, run.model):
            title = plots.boundary(run.model, run.data, resolution=5).axes[0].get_title()
        expected.append(f"epoch {epoch}: {title}")
    assert [panel.get_title() for panel in plot.axes] == expected


def test_the_model_is_as_it_was(run: Run) -> None:
    before = run.model.state_dict()
    plots.boundaries(run.model, run.data, run.recording, resolution=5)
    assert run.model.state_dict() == before


def test_without_epochs_there_are_four_most_of_them_early(run: Run) -> None:
    plot = plots.boundaries(run.model, run.data, run.recording, resolution=5)
    assert [panel.get_title().split(":")[0] for panel in plot.axes] == [
        "epoch 0", "epoch 1", "epoch 2", "epoch 6"
    ]  # fmt: skip


def test_five_epochs_stand_in_two_rows(run: Run) -> None:
    plot = plots.boundaries(
        run.model, run.data, run.recording, epochs=[0, 1, 2, 3, 4], resolution=5
    )
    assert [panel.get_visible() for panel in plot.axes] == [True] * 5 + [False]


# --- mistakes


def test_other_than_two_features_are_refused() -> None:
    data = Dataset([[0.0, 1.0, 2.0], [1.0, 1.0, 2.0]], [0, 1], classes=("a", "b"), name="cube")
    with pytest.raises(ArgumentError, match="over 2 features, and cube has 3"):
        plots.boundary(MLP(3, [1]), data)


def test_a_model_of_other_classes_is_refused() -> None:
    with pytest.raises(ArgumentError, match="the model has 1 output for 3 classes"):
        plots.boundary(horizontal(1.0), THREE)
    with pytest.raises(ArgumentError, match="the model has 4 outputs for 3 classes"):
        plots.boundary(MLP(2, [4]), THREE)


def test_epochs_that_are_none_or_not_kept_are_refused(run: Run) -> None:
    with pytest.raises(ArgumentError, match="epochs is empty"):
        plots.boundaries(run.model, run.data, run.recording, epochs=[])
    with pytest.raises(ArgumentError, match="no frame was kept of epoch 7"):
        plots.boundaries(run.model, run.data, run.recording, epochs=[7])


def test_a_resolution_that_makes_no_grid_is_refused(run: Run) -> None:
    with pytest.raises(ArgumentError, match="resolution is 1"):
        plots.boundary(run.model, run.data, resolution=1)
