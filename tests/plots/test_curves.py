"""Curves over epochs: the lines show the columns, and notes say what they cannot show."""

from __future__ import annotations

import math
from pathlib import Path

import pytest

from microgradlab import plots
from microgradlab.errors import ArgumentError
from microgradlab.history import History
from microgradlab.plots import style
from microgradlab.recording import Recording
from tests.plots.conftest import Run
from tests.plots.reading import heights, line, notes

NAN, INF = math.nan, math.inf


def history_of(costs: list[float], **columns: list[float]) -> History:
    count = list(range(1, len(costs) + 1))
    rest: list[float] = [0.1] * len(costs)
    return History({"epoch": count, "updates": count, "lr": rest, "cost": costs, **columns})


def recording_of(norms: dict[str, list[float]], ratios: dict[str, list[float]]) -> Recording:
    epochs = list(range(1, 1 + len(next(iter(norms.values())))))
    return Recording(["w"], epochs, epochs, norms, ratios, {0: [0.0]})


# --- cost and metrics


def test_the_lines_are_the_columns_of_the_history(run: Run) -> None:
    cost, accuracy = plots.curves(run.history).axes
    assert line(cost, "training") == list(enumerate(run.history["cost"], start=1))
    assert heights(cost, "validation") == run.history["validation_cost"]
    assert heights(accuracy, "training") == run.history["accuracy"]
    assert heights(accuracy, "validation") == run.history["validation_accuracy"]
    assert accuracy.get_ylabel() == "accuracy"


def test_the_best_epoch_is_marked_by_the_monitored_cost() -> None:
    history = history_of([3.0, 2.0, 1.0], validation_cost=[3.0, 1.5, 2.5], accuracy=[0.1, 0.2, 0.3])
    cost, accuracy = plots.curves(history).axes
    assert line(cost, "epoch 2 (lowest validation cost): 1.5") == [(2.0, 1.5)]
    assert line(accuracy, "epoch 2 (lowest validation cost): 0.2") == [(2.0, 0.2)]


def test_a_wide_range_of_costs_has_a_logarithmic_axis() -> None:
    assert plots.curves(history_of([500.0, 1.0])).axes[0].get_yscale() == "log"
    assert plots.curves(history_of([500.0, 1.0])).axes[0].get_ylabel() == "cost (mean loss) (log)"
    assert plots.curves(history_of([5.0, 1.0])).axes[0].get_yscale() == "linear"
    assert plots.curves(history_of([500.0, 0.0])).axes[0].get_yscale() == "linear"


@pytest.mark.parametrize(
    "costs", [[1.7e308, 1e308], [1e300, 1.0], [5e-324, 1e308, 1e150], [1e150, 1e149], [-1e308, 1.0]]
)
def test_costs_near_the_largest_float_are_gaps_and_drawn_without_a_warning(
    costs: list[float],
) -> None:
    plot = plots.curves(history_of(costs))
    ratios = recording_of({"layers.0": costs}, {"layers.0": costs})
    assert plot.svg
    assert plots.gradient_norms(ratios).svg
    assert ("training cost is beyond 1e+150" in notes(plot.axes[0])) is (
        max(map(abs, costs)) > 1e150
    )


def test_an_axis_of_costs_that_are_not_negative_starts_at_zero() -> None:
    assert plots.curves(history_of([5.0, 1.0])).axes[0].get_ylim()[0] == 0.0
    assert plots.curves(history_of([5.0, -1.0])).axes[0].get_ylim()[0] < -1.0


def test_costs_that_are_not_finite_are_gaps_that_are_named() -> None:
    plot = plots.curves(history_of([3.0, NAN, INF, 1.0]))
    costs = heights(plot.axes[0], "training")
    assert [math.isnan(cost) for cost in costs] == [False, True, True, False]
    assert notes(plot.axes[0]) == "training cost is nan or infinite in epochs 2, 3: a gap"


def test_a_validation_cost_that_is_never_finite_marks_no_epoch() -> None:
    (panel,) = plots.curves(history_of([3.0, 1.0], validation_cost=[NAN, NAN])).axes
    assert heights(panel, "training") == [3.0, 1.0]
    assert len(panel.lines) == 2


def test_a_single_epoch_is_a_point_at_a_whole_number() -> None:
    panel = plots.curves(history_of([3.0])).axes[0]
    assert line(panel, "training") == [(1.0, 3.0)]
    assert panel.lines[0].get_marker() not in ("", "None")
    assert list(panel.get_xticks()) == [1.0]


def test_lines_differ_in_more_than_colour() -> None:
    training, validation, _ = (
        plots.curves(history_of([2.0, 1.0], validation_cost=[2.0, 1.0])).axes[0].lines
    )
    assert training.get_linestyle() != validation.get_linestyle()
    assert training.get_marker() != validation.get_marker()


def test_a_title_can_be_given(run: Run) -> None:
    assert plots.curves(run.history, title="moons: hinge").axes[0].get_title() == "moons: hinge"


def test_without_a_finite_cost_there_is_nothing_to_draw() -> None:
    with pytest.raises(ArgumentError, match="no epoch has a finite cost"):
        plots.curves(history_of([NAN, NAN]))


# --- gradients and updates


def test_each_layer_has_a_line(run: Run) -> None:
    (panel,) = plots.gradient_norms(run.recording).axes
    for layer in ("layers.0", "layers.1"):
        assert heights(panel, layer) == run.recording.gradient_norms[layer]
    assert panel.get_yscale() == "log"


def test_many_layers_can_be_told_apart_in_black_and_white() -> None:
    styles = [style.line(number, 10) for number in range(42)]
    assert len({(str(given["linestyle"]), given["marker"]) for given in styles}) == 42


def test_the_usual_ratio_is_marked(run: Run) -> None:
    (panel,) = plots.update_ratios(run.recording).axes
    assert heights(panel, "usual: about 1e-3") == [1e-3, 1e-3]
    assert heights(panel, "layers.1") == run.recording.update_ratios["layers.1"]


def test_a_gradient_of_zero_is_a_gap_that_is_named() -> None:
    norms = {"a": [1.0, 0.0, 1.0], "b": [1.0, 1.0, 1.0]}
    (panel,) = plots.gradient_norms(recording_of(norms, norms)).axes
    assert notes(panel) == "a is 0 in epoch 2: a gap"


def test_what_vanishes_is_named_below() -> None:
    norms = {"a": [1.0, 1e-5], "b": [1.0, 1.0]}
    (panel,) = plots.gradient_norms(recording_of(norms, norms)).axes
    assert "a: the gradient vanishes" in notes(panel)


def test_gradients_that_are_all_zero_are_drawn_too(tmp_path: Path) -> None:
    norms = {"a": [0.0, 0.0]}
    plot = plots.gradient_norms(recording_of(norms, norms))
    plot.save(tmp_path / "plot.png")
    assert "the gradient is exactly 0 in epoch 2" in notes(plot.axes[0])
