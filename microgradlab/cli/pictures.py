"""The pictures of a run folder: the learning curve, and the graph of one sample. Floor 9."""

from __future__ import annotations

from pathlib import Path

from microgradlab.data import Dataset
from microgradlab.drawing import draw
from microgradlab.drawing.report.sample_graphs import loss_of_sample
from microgradlab.history import History
from microgradlab.losses import Loss
from microgradlab.nn import MLP
from microgradlab.plots import curves

_LIMIT = 100  # values; in a larger graph each neuron is drawn as one


def save_learning_curve(path: Path, history: History, title: str) -> None:
    """Draws cost and metrics by epoch, of training and validation."""
    curves(history, title=title).save(path)


def save_sample_graph(path: Path, model: MLP, data: Dataset, loss: Loss) -> None:
    """Draws the graph of the first sample's loss, with the gradients of a backward pass."""
    target = data.targets[0]
    sample_loss = loss_of_sample(model, data, loss, 0)
    sample_loss.backward()
    wanted = f"{target:.4g} (standardised)" if data.classes is None else data.classes[int(target)]
    caption = (
        f"{data.name}: the loss of one sample after training; wanted: {wanted}\n"
        "∂ is the gradient of the loss (blue: positive, orange: negative); "
        "on the arrows stand local derivatives"
    )
    draw(sample_loss, model, limit=_LIMIT, caption=caption).save(path)
