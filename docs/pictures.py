"""Makes the README's pictures: `python docs/pictures.py` (needs the extra `lab`)."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import matplotlib as mpl
import matplotlib.pyplot as plt
from matplotlib.axes import Axes
from matplotlib.colors import TwoSlopeNorm

import microgradlab as mg
from microgradlab.history import History
from microgradlab.nn import MLP

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
    mg.draw(loss).save(HERE / "neuron.svg")


def moons() -> None:
    """The boundary between two moons as it is learned, and the cost."""
    data = mg.data.moons(200, noise=0.1, seed=0)
    model = mg.MLP(2, [16, 16, 1], seed=0)
    adam = mg.optim.Adam(model.parameters(), lr=0.02)
    figure, axes = plt.subplots(1, 4, figsize=(12.0, 3.0), layout="constrained")
    history = History()
    options: Any = {"epochs": EPOCHS_SHOWN[-1], "batch_size": 10, "metrics": ["accuracy"]}
    events = mg.train(model, data, "binary_cross_entropy", adam, **options)
    for event in events:
        if isinstance(event, mg.events.EpochEnded):
            history.append(event)
            if event.epoch in EPOCHS_SHOWN:
                panel = axes[EPOCHS_SHOWN.index(event.epoch)]
                accuracy = event.metrics["accuracy"]
                _boundary(panel, model, data, f"epoch {event.epoch}: accuracy {accuracy:.2f}")
    axes[3].plot(history["epoch"], history["cost"], color="black")
    axes[3].set(title="cost by epoch", ylim=(0.0, None))
    axes[3].spines[["top", "right"]].set_visible(False)
    figure.savefig(HERE / "moons.svg", metadata={"Date": None})


def _boundary(axes: Axes, model: MLP, data: mg.data.Dataset, title: str) -> None:
    columns = [-1.6 + 4.2 * i / 59 for i in range(60)]
    rows = [-1.1 + 2.7 * i / 39 for i in range(40)]
    logits = [[model.predict([x, y]) for x in columns] for y in rows]
    axes.contourf(columns, rows, logits, levels=12, cmap="PuOr", norm=TwoSlopeNorm(0.0), alpha=0.8)
    axes.contour(columns, rows, logits, levels=[0.0], colors="black", linewidths=1.0)
    for target, marker in ((0, "o"), (1, "^")):
        points = [x for x, y in data if y == target]
        style: Any = {"s": 14, "edgecolors": "white", "linewidths": 0.4, "c": "black"}
        axes.scatter([p[0] for p in points], [p[1] for p in points], marker=marker, **style)
    axes.set(title=title, xticks=[], yticks=[])


if __name__ == "__main__":
    mpl.use("svg")
    mpl.rcParams.update({"svg.hashsalt": "microgradlab", "svg.fonttype": "none", "font.size": 10})
    neuron()
    moons()
    print("wrote neuron.svg and moons.svg")
