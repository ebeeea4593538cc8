"""Short runs whose recordings are tested."""

from __future__ import annotations

from pathlib import Path

from microgradlab import data, optim
from microgradlab.events import Event
from microgradlab.fitting import fit
from microgradlab.nn import MLP
from microgradlab.recorder import Recorder
from microgradlab.recording import Recording
from microgradlab.training import train

MOONS = data.moons(30, noise=0.2, seed=0)
BIAS = "layers.0.neurons.0.bias"


def network() -> tuple[MLP, optim.Optimizer]:
    model = MLP(2, [3, 1], activation="tanh", seed=0)
    return model, optim.Adam(model.parameters(), lr=0.05)


def recorded(
    epochs: int = 4,
    recording: Recording | None = None,
    checkpoint: Path | None = None,
    frames: int = 60,
    numbers: int = 300_000,
) -> Recording:
    """The recording of a run, or of one that goes on from a checkpoint."""
    model, optimizer = network()
    path = [BIAS] if recording is None else []
    recorder = Recorder(model, path=path, frames=frames, numbers=numbers, recording=recording)
    fit(
        model,
        MOONS,
        "binary_cross_entropy",
        optimizer,
        epochs=epochs,
        batch_size=10,
        callbacks=[recorder],
        checkpoint=checkpoint,
        resume=checkpoint is not None,
    )
    return recorder.recording


def events(epochs: int = 1) -> list[Event]:
    model, optimizer = network()
    return list(
        train(model, MOONS, "binary_cross_entropy", optimizer, epochs=epochs, batch_size=10)
    )
