"""A run to draw: a small network, its data, history and recording."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import matplotlib as mpl
import pytest

from microgradlab import data, optim
from microgradlab.data import Dataset
from microgradlab.fitting import fit
from microgradlab.history import History
from microgradlab.nn import MLP
from microgradlab.recorder import Recorder
from microgradlab.recording import Recording


@dataclass(frozen=True)
class Run:
    model: MLP
    data: Dataset
    history: History
    recording: Recording


@pytest.fixture(scope="session")
def run() -> Run:
    samples, held_out = data.moons(40, noise=0.1, seed=0).split(0.7)
    model = MLP(2, [4, 1], seed=0)
    recorder = Recorder(model)
    history = fit(
        model,
        samples,
        "binary_cross_entropy",
        optim.Adam(model.parameters(), lr=0.05),
        epochs=6,
        batch_size=10,
        metrics=["accuracy"],
        validation=held_out,
        callbacks=[recorder],
    )
    return Run(model, samples, history, recorder.recording)


@pytest.fixture(autouse=True)
def settings_stay_as_they_were() -> Iterator[None]:
    """No plot may change Matplotlib's settings for what a reader draws besides."""
    before = dict(mpl.rcParams)
    yield
    assert dict(mpl.rcParams) == before
