"""Makes the README's pictures: `python docs/pictures.py` (needs the extra `lab`)."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import microgradlab as mg
from microgradlab.plots import boundary, curves
from microgradlab.plots.figure import Plot, styled
from microgradlab.recorder import Recorder

HERE = Path(__file__).parent
EPOCHS_SHOWN = (1, 8, 20)


def neuron() -> None:
    """One neuron and its loss, after backward()."""
    inputs = [mg.Value(2.0, label="x1"), mg.Value(-1.0, label="x2")]
    weights = [mg.Value(0.5, label="w1"), mg.Value(1.5, label="w2")]
    bias = mg.Value(1.0, label="b")
    output = mg.tanh(mg.dot(weights, inputs, start=bias))
    output.label = "output"
    loss = (output - 1.0) ** 2
    loss.label = "loss"
    loss.backward()
    parameters = {value.label: value for value in (*weights, bias)}
    mg.draw(loss, parameters).save(HERE / "neuron.svg")


def moons() -> None:
    """The boundary between two moons as it is learned, and the cost."""
    data = mg.data.moons(200, noise=0.1, seed=0)
    model = mg.MLP(2, [16, 16, 1], seed=0)
    adam = mg.optim.Adam(model.parameters(), lr=0.02)
    recorder = Recorder(model)
    options: Any = {"epochs": EPOCHS_SHOWN[-1], "batch_size": 10, "callbacks": [recorder]}
    history = mg.fit(model, data, "binary_cross_entropy", adam, **options)
    with styled():
        figure = Plot(figsize=(12.0, 3.0), layout="constrained")
        axes = figure.subplots(1, len(EPOCHS_SHOWN) + 1)
    for panel, epoch in zip(axes, EPOCHS_SHOWN, strict=False):
        with recorder.recording.at(epoch, model):
            boundary(model, data, ax=panel, resolution=40)
        panel.set(title=f"epoch {epoch}: {panel.get_title()}", xlabel="", ylabel="")
    curves(history, ax=axes[-1])
    axes[-1].set(title="cost by epoch, logarithmic", ylabel="")
    axes[-1].get_legend().remove()
    figure.save(HERE / "moons.svg")


if __name__ == "__main__":
    neuron()
    moons()
    print("wrote neuron.svg and moons.svg")
