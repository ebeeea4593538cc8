"""The pictures of a run folder: the learning curve, and the graph of one sample. Floor 9."""

from __future__ import annotations

import io
import warnings
from pathlib import Path

from microgradlab.data import Dataset
from microgradlab.drawing import draw
from microgradlab.errors import optional_import
from microgradlab.files import write_atomically
from microgradlab.history import History
from microgradlab.losses import Loss
from microgradlab.nn import MLP
from microgradlab.value import Value

# Text stays text, for any viewer's fonts; the same run gives the same bytes.
_STYLE = {"svg.fonttype": "none", "svg.hashsalt": "microgradlab"}


def save_learning_curve(path: Path, history: History, title: str) -> None:
    """Draws cost by epoch, of training and validation, legible in black and white."""
    matplotlib = optional_import("matplotlib", extra="lab", purpose="the learning curve")
    matplotlib.use("svg")
    pyplot = optional_import("matplotlib.pyplot", extra="lab", purpose="the learning curve")
    figure, axes = pyplot.subplots(figsize=(6.0, 3.6), layout="constrained")
    axes.plot(history["epoch"], history["cost"], "-", color="#1f5fa8", label="training")
    if "validation_cost" in history.columns:
        axes.plot(
            history["epoch"], history["validation_cost"], "--", color="#c4570e", label="validation"
        )
    best = history.best_index()
    if best is not None:
        lowest = history[history.monitored][best]
        axes.plot(history["epoch"][best], lowest, "ko", label=f"lowest: {lowest:.4g}")
    axes.set(xlabel="epoch", ylabel="cost (mean loss)")
    axes.set_title(title, parse_math=False)  # a file may be called $x$.csv
    axes.set_ylim(bottom=0.0)
    axes.spines[["top", "right"]].set_visible(False)
    axes.legend(frameon=False)
    svg = io.BytesIO()
    with warnings.catch_warnings(), pyplot.rc_context(_STYLE):
        warnings.simplefilter("ignore")  # a glyph that matplotlib lacks is left to the viewer
        figure.savefig(svg, metadata={"Date": None})
    pyplot.close(figure)
    write_atomically(path, svg.getvalue())


def save_sample_graph(path: Path, model: MLP, data: Dataset, loss: Loss) -> None:
    """Draws the graph of the first sample's loss, with the gradients of a backward pass."""
    features, target = data[0]
    inputs = [
        Value(number, label=name) for number, name in zip(features, data.feature_names, strict=True)
    ]
    for name, parameter in model.named_parameters():
        parameter.label = parameter.label or name
    sample_loss = loss(model(inputs), target)
    sample_loss.label = "loss"
    model.zero_grad()
    sample_loss.backward()
    wanted = f"{target:.4g} (standardised)" if data.classes is None else data.classes[int(target)]
    caption = (
        f"{data.name}: the loss of one sample after training; wanted: {wanted}\n"
        "∂ is the gradient of the loss (blue: positive, orange: negative); "
        "on the arrows stand local derivatives"
    )
    draw(sample_loss, limit=500, caption=caption).save(path)
