"""Short training runs with what they left, for the tests of reports."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache

from microgradlab import optim
from microgradlab.data import Dataset, Standardisation, moons, standardise
from microgradlab.data.schema import load_table
from microgradlab.data.sources import IRIS
from microgradlab.drawing.report.predictions import Units, predictions_of
from microgradlab.drawing.report.report import Chart, Line, Report
from microgradlab.drawing.report.sample_graphs import sample_graphs
from microgradlab.fitting import fit
from microgradlab.history import History
from microgradlab.losses import LOSSES
from microgradlab.nn import MLP
from microgradlab.recorder import Recorder
from microgradlab.recording import Recording


@dataclass(frozen=True)
class Run:
    """A model that was trained for a few epochs."""

    model: MLP
    train: Dataset
    test: Dataset
    loss: str
    history: History
    recording: Recording
    units: Units


def trained(data: Dataset, loss: str, sizes: Sequence[int], epochs: int = 4) -> Run:
    """A run over standardised data."""
    train, test = data.split(0.8)
    scaling = Standardisation.fit(train.features)
    target = None if data.classes is not None else Standardisation.fit_column(train.targets)
    train, test = (standardise(part, scaling, target) for part in (train, test))
    model = MLP(data.inputs, sizes, activation="tanh", seed=0)
    recorder = Recorder(model)
    adam = optim.Adam(model.parameters(), lr=0.05)
    history = fit(
        model,
        train,
        loss,
        adam,
        epochs=epochs,
        metrics=["accuracy"] * (target is None),
        callbacks=[recorder],
    )
    units = Units(scaling, float if target is None else lambda z: target.undo((z,))[0], "target")
    return Run(model, train, test, loss, history, recorder.recording, units)


@cache
def moons_run() -> Run:
    """Two classes in the plane; 49 samples."""
    return trained(moons(60, noise=0.1, seed=0), "binary_cross_entropy", [3, 1])


@cache
def iris_run() -> Run:
    """Three classes of four features."""
    return trained(load_table(IRIS)[0], "cross_entropy", [3, 3])


@cache
def line_run() -> Run:
    """A number between 100 and 200, from one feature."""
    rows = [[float(x)] for x in range(40)]
    return trained(Dataset(rows, [100.0 + 2.5 * x for (x,) in rows]), "squared_error", [2, 1])


def report_of(run: Run) -> Report:
    """The report of a run, with a chart of its cost."""
    epochs = [int(epoch) for epoch in run.history["epoch"]]
    cost = Chart("Cost", "cost", epochs, [Line("training", run.history["cost"])])
    return Report(
        title=f"{run.train.name}: a training run",
        model=repr(run.model),
        verdict="The network is ahead.",
        scores=[["accuracy", "test"], ["this network", 0.5]],
        notes=[],
        command="microgradlab train moons",
        facts={"Configuration": {"seed": "0"}},
        frames=list(run.recording.frames),
        best=len(run.history),
        kept="lowest cost, kept",
        charts=[cost],
        predictions=predictions_of(run.model, run.recording, run.train, run.test, run.units),
        samples=sample_graphs(run.model, run.train, LOSSES[run.loss], run.recording, run.units),
    )


@cache
def moons_report() -> Report:
    """The report with a decision boundary."""
    return report_of(moons_run())


@cache
def iris_report() -> Report:
    """The report with a table of mistakes."""
    return report_of(iris_run())


@cache
def line_report() -> Report:
    """The report with predicted beside true numbers."""
    return report_of(line_run())
