"""What a model said at each recorded epoch, for the pictures of a report."""

from __future__ import annotations

import math
from base64 import b64decode

import pytest

from microgradlab.drawing.report import predictions
from microgradlab.drawing.report.predictions import (
    Boundary,
    Confusion,
    Scatter,
    Units,
    boundary,
    confusion,
    predictions_of,
    scatter,
)
from microgradlab.metrics import evaluate
from microgradlab.nn import MLP
from tests.drawing.report.runs import Run, iris_run, line_run, moons_run


def moons_boundary() -> Boundary:
    run = moons_run()
    return boundary(run.model, run.recording, run.train, run.test, run.units)


@pytest.mark.parametrize(
    ("run", "kind"), [(moons_run, Boundary), (iris_run, Confusion), (line_run, Scatter)]
)
def test_the_view_suits_the_data(run: object, kind: type) -> None:
    assert callable(run)
    made: Run = run()
    view = predictions_of(made.model, made.recording, made.train, made.test, made.units)
    assert type(view) is kind


def test_a_boundary_is_the_probability_of_the_second_class_at_each_grid_point() -> None:
    run, view = moons_run(), moons_boundary()
    assert len(view.shares) == len(run.recording.frames) == 5
    for epoch, share in zip(run.recording.frames, view.shares, strict=True):
        levels = b64decode(share)
        assert len(levels) == view.points**2
        for row, column in ((0, 0), (3, 17), (view.points - 1, view.points - 1)):
            steps = view.points - 1
            x = view.x[0] + (view.x[1] - view.x[0]) * column / steps
            y = view.y[0] + (view.y[1] - view.y[0]) * row / steps
            with run.recording.at(epoch, run.model):
                logit = run.model.predict(run.units.features.apply((x, y)))
            wanted = 254.0 / (1.0 + math.exp(-logit))
            assert levels[row * view.points + column] == pytest.approx(wanted, abs=0.5001)


def test_a_boundary_of_three_classes_has_a_grid_for_each() -> None:
    plane = MLP(2, [3], seed=0)
    run = moons_run()
    recording = type(run.recording)(
        [name for name, _ in plane.named_parameters()],
        frames={0: [p.data for p in plane.parameters()]},
    )
    view = boundary(plane, recording, run.train, run.test, run.units)
    levels = b64decode(view.shares[0])
    grids = [levels[k * view.points**2 : (k + 1) * view.points**2] for k in range(3)]
    assert all(abs(sum(shares) - 254) <= 2 for shares in zip(*grids, strict=True))


def test_the_grid_reaches_around_all_samples_in_their_own_units() -> None:
    run, view = moons_run(), moons_boundary()
    for points, data in ((view.train, run.train), (view.test, run.test)):
        assert points.targets == list(data.targets)
        for x, y, features in zip(points.xs, points.ys, data.features, strict=True):
            assert (x, y) == pytest.approx(run.units.features.undo(features), rel=1e-4)
            assert x is not None
            assert y is not None
            assert view.x[0] < x < view.x[1]
            assert view.y[0] < y < view.y[1]


def test_a_large_model_gets_a_coarser_grid(monkeypatch: pytest.MonkeyPatch) -> None:
    fine = moons_boundary().points
    monkeypatch.setattr(predictions, "_WORK", 1)
    assert moons_boundary().points == predictions._COARSEST < fine


def test_numbers_that_overflowed_are_still_levels() -> None:
    assert predictions._shares(math.inf) == [254]
    assert predictions._shares(-math.inf) == [0]
    assert predictions._shares([0.0, 1.0e9, -math.inf]) == [0, 254, 0]


def test_nan_has_a_level_of_its_own_that_no_probability_has() -> None:
    assert predictions._shares(math.nan) == [255]
    assert predictions._shares([0.0, math.nan]) == [255]
    assert predictions._shares([math.nan, 1.0, -math.inf]) == [255, 255, 255]


def test_a_confusion_counts_the_samples_at_each_epoch() -> None:
    run = iris_run()
    view = confusion(run.model, run.recording, run.test)
    assert view.classes == ("setosa", "versicolor", "virginica")
    for epoch, counts in zip(run.recording.frames, view.counts, strict=True):
        right = sum(counts[k][k] for k in range(3))
        with run.recording.at(epoch, run.model):
            wanted = evaluate(run.model, run.test, run.loss, ["accuracy"])["accuracy"]
        assert right / len(run.test) == wanted


def test_a_scatter_is_in_the_units_of_the_target() -> None:
    run = line_run()
    view = scatter(run.model, run.recording, run.test, run.units)
    assert view.targets == pytest.approx([run.units.target(z) for z in run.test.targets], rel=1e-4)
    assert min(number for number in view.targets if number is not None) >= 100.0
    last = [run.units.target(run.model.predict(x)) for x in run.test.features]
    assert view.predictions[-1] == pytest.approx(last, rel=1e-4)
    assert view.predictions[0] != view.predictions[-1]


def test_what_is_not_finite_is_left_out_of_a_scatter() -> None:
    run = line_run()
    units = Units(run.units.features, lambda _: math.inf)
    assert set(scatter(run.model, run.recording, run.test, units).targets) == {None}


def test_many_samples_are_thinned_evenly(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(predictions, "_POINTS", 3)
    run = line_run()
    assert len(scatter(run.model, run.recording, run.train, run.units).targets) == 3


def test_the_model_keeps_its_parameters() -> None:
    run = moons_run()
    before = run.model.state_dict()
    moons_boundary()
    assert run.model.state_dict() == before
