"""The cost surface: the cost at every point, the path, and a model that is left as it was."""

from __future__ import annotations

import math

import pytest

from microgradlab import optim, plots
from microgradlab.errors import ArgumentError
from microgradlab.fitting import fit
from microgradlab.module import Module
from microgradlab.nn import MLP
from microgradlab.plots.surface import _costs
from microgradlab.recorder import Recorder
from microgradlab.value import Value
from tests.plots.reading import line, notes

SAMPLES = [([0.0], 1.0), ([1.0], 3.0)]


class Line(Module):
    def __init__(self) -> None:
        self.w, self.b = Value(-1.0), Value(0.0)

    def __call__(self, x: list[float]) -> Value:
        return self.w * x[0] + self.b


def trained(follow: bool) -> tuple[Line, Recorder]:
    line = Line()
    recorder = Recorder(line, path=["w", "b"] if follow else [])
    sgd = optim.SGD(line.parameters(), lr=0.1)
    fit(line, SAMPLES, "squared_error", sgd, epochs=3, batch_size=1, callbacks=[recorder])
    return line, recorder


def test_the_surface_is_the_mean_loss_at_each_point() -> None:
    line = Line()
    costs = _costs(line, SAMPLES, "squared_error", (line.w, line.b), [0.0, 2.0], [0.0, 1.0, 3.0])
    assert costs == [[5.0, 1.0], [2.0, 0.0], [2.0, 4.0]]
    assert (line.w.data, line.b.data) == (-1.0, 0.0)


def test_the_model_is_as_it_was_even_after_an_error() -> None:
    line = Line()

    def failing(prediction: Value, target: float) -> Value:
        if prediction.data > 0.0:
            raise RuntimeError
        return prediction * target

    with pytest.raises(RuntimeError):
        plots.cost_surface(line, SAMPLES, failing, resolution=4)
    assert (line.w.data, line.b.data) == (-1.0, 0.0)


def test_the_path_of_followed_parameters_has_a_point_for_each_update() -> None:
    model, recorder = trained(follow=True)
    (panel,) = plots.cost_surface(model, SAMPLES, "squared_error", path=recorder, resolution=4).axes
    path = recorder.recording.path
    expected = list(zip(path["w"], path["b"], strict=True))
    assert len(expected) == 7
    assert line(panel, "after each update") == expected
    assert line(panel, "start") == [(-1.0, 0.0)]
    assert line(panel, "end") == [(model.w.data, model.b.data)]


def test_the_path_of_others_has_a_point_for_each_epoch() -> None:
    model, recorder = trained(follow=False)
    (panel,) = plots.cost_surface(model, SAMPLES, "squared_error", path=recorder, resolution=4).axes
    expected = [(frame[0], frame[1]) for frame in recorder.recording.frames.values()]
    assert line(panel, "after each epoch") == expected


def test_the_path_lies_inside_the_surface() -> None:
    model, recorder = trained(follow=True)
    (panel,) = plots.cost_surface(model, SAMPLES, "squared_error", path=recorder, resolution=4).axes
    left, right = panel.get_xlim()
    assert all(left < x < right for x in recorder.recording.path["w"])


def test_a_span_goes_as_far_from_the_middle() -> None:
    (panel,) = plots.cost_surface(Line(), SAMPLES, "squared_error", span=3.0, resolution=4).axes
    assert (panel.get_xlim(), panel.get_ylim()) == ((-4.0, 2.0), (-3.0, 3.0))
    assert line(panel, "now") == [(-1.0, 0.0)]


def test_without_names_the_two_are_those_that_moved_most() -> None:
    model = MLP(1, [3, 1], seed=0)
    recorder = Recorder(model)
    sgd = optim.SGD(model.parameters(), lr=0.1)
    fit(model, SAMPLES, "squared_error", sgd, epochs=2, callbacks=[recorder])
    (panel,) = plots.cost_surface(model, SAMPLES, "huber", path=recorder, resolution=4).axes
    start, *_, end = recorder.recording.frames.values()
    moves = {
        name: abs(b - a) for name, a, b in zip(recorder.recording.names, start, end, strict=True)
    }
    assert {panel.get_xlabel(), panel.get_ylabel()} == set(
        sorted(moves, key=moves.__getitem__)[-2:]
    )


def test_without_names_the_two_are_those_that_were_followed() -> None:
    model = MLP(1, [2, 1], seed=0)
    names = ["layers.0.neurons.1.bias", "layers.1.neurons.0.bias"]
    recorder = Recorder(model, path=names)
    sgd = optim.SGD(model.parameters(), lr=0.1)
    fit(model, SAMPLES, "squared_error", sgd, epochs=2, callbacks=[recorder])
    (panel,) = plots.cost_surface(model, SAMPLES, "huber", path=recorder, resolution=4).axes
    assert [panel.get_xlabel(), panel.get_ylabel()] == names


def test_without_names_and_recording_the_two_are_the_first() -> None:
    (panel,) = plots.cost_surface(MLP(1, [2, 1], seed=0), SAMPLES, "huber", resolution=4).axes
    assert panel.get_xlabel() == "layers.0.neurons.0.weights.0"
    assert panel.get_ylabel() == "layers.0.neurons.0.bias"


def test_a_model_of_one_parameter_has_no_surface() -> None:
    class Scale(Module):
        def __init__(self) -> None:
            self.w = Value(1.0)

    with pytest.raises(ArgumentError, match="2 parameters, and the model has 1"):
        plots.cost_surface(Scale(), SAMPLES, "huber")


def test_the_hint_for_an_unknown_parameter_names_a_few() -> None:
    with pytest.raises(ArgumentError, match="and 29 more") as caught:
        plots.cost_surface(MLP(2, [8, 1]), SAMPLES, "huber", parameters=("u", "v"))
    assert caught.value.hint.count("layers") == 4


def test_the_labels_of_contours_differ_where_costs_hardly_do() -> None:
    def nearly_flat(prediction: Value, _: float) -> Value:
        return 1000.0 + prediction * prediction * 1e-3

    (panel,) = plots.cost_surface(Line(), SAMPLES, nearly_flat, resolution=9).axes
    assert len({text.get_text() for text in panel.texts}) > 2


def test_the_markers_of_start_and_end_stand_above_the_path() -> None:
    model, recorder = trained(follow=True)
    (panel,) = plots.cost_surface(model, SAMPLES, "squared_error", path=recorder, resolution=4).axes
    above = {str(found.get_label()): found.get_zorder() for found in panel.lines}
    assert min(above["start"], above["end"]) > above["after each update"]


def test_the_title_says_what_is_held() -> None:
    names = ("layers.0.neurons.0.weights.0", "layers.0.neurons.0.bias")
    model = MLP(1, [2, 1], seed=0)
    plot = plots.cost_surface(model, SAMPLES, "huber", parameters=names, resolution=4)
    assert plot.axes[0].get_title() == "cost, 5 other parameters held as now"
    assert (plot.axes[0].get_xlabel(), plot.axes[0].get_ylabel()) == names


def test_points_whose_cost_is_not_finite_are_left_white_and_counted() -> None:
    def cliff(prediction: Value, target: float) -> Value:
        return prediction * target + (math.inf if prediction.data > 0.0 else 0.0)

    plot = plots.cost_surface(Line(), SAMPLES[:1], cliff, resolution=4)
    assert plot.svg
    assert "nan or infinite at 8 of 16 points" in notes(plot.axes[0])


def test_a_flat_surface_is_drawn() -> None:
    assert plots.cost_surface(Line(), SAMPLES, lambda p, _: p * 0.0, resolution=4).svg


def test_a_surface_without_a_finite_cost_is_refused() -> None:
    with pytest.raises(ArgumentError, match="nan or infinite everywhere"):
        plots.cost_surface(Line(), SAMPLES, lambda p, _: p * math.nan, resolution=4)


@pytest.mark.parametrize(
    ("parameters", "message"),
    [
        (("w", "c"), "unknown parameter 'c'"),
        (("w", "w"), "not two names"),
        (("w",), "not two names"),
    ],
)
def test_parameters_that_are_no_pair_are_refused(parameters: tuple[str, str], message: str) -> None:
    with pytest.raises(ArgumentError, match=message):
        plots.cost_surface(Line(), SAMPLES, "hinge", parameters=parameters)


def test_a_recording_of_another_model_is_refused() -> None:
    _, recorder = trained(follow=True)
    model = MLP(1, [1])
    names = ("layers.0.neurons.0.weights.0", "layers.0.neurons.0.bias")
    with pytest.raises(ArgumentError, match="the recording is of 2 parameters"):
        plots.cost_surface(model, SAMPLES, "huber", parameters=names, path=recorder)
