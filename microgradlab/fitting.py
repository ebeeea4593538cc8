"""`fit`: training to the end, with history, early stopping and checkpoints. Floor 8."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any, TypedDict, Unpack

from microgradlab import checkpoint as checkpoints
from microgradlab.errors import ArgumentError, CheckpointError
from microgradlab.events import EpochEnded, Event
from microgradlab.history import History
from microgradlab.losses import Loss, Penalty
from microgradlab.metrics import Metric, Samples
from microgradlab.module import Module
from microgradlab.optim import Optimizer
from microgradlab.training import Clip, train

Callback = Callable[[Event], Any]


class TrainOptions(TypedDict, total=False):
    """The arguments of `train` that `fit` passes on."""

    epochs: int
    batch_size: int | None
    seed: int
    shuffle: bool
    penalty: Penalty | None
    clip: Clip | None
    metrics: Sequence[str] | Mapping[str, Metric]
    validation: Samples | None


def fit(
    model: Module,
    data: Samples,
    loss: str | Loss,
    optimizer: Optimizer,
    *,
    patience: int | None = None,
    keep_best: bool = False,
    checkpoint: str | Path | None = None,
    resume: bool = False,
    callbacks: Sequence[Callback] = (),
    history: History | None = None,
    **options: Unpack[TrainOptions],
) -> History:
    """Trains a model to the end, and returns the history of its epochs.

    The monitored cost is that of the validation data if there is any, else of the training data.

    Args:
        model: as for `train`, like the next three.
        data: samples (features, target).
        loss: of one sample, or its name.
        optimizer: updates the model's parameters.
        patience: stop when the monitored cost was not lowered for this many epochs, and keep_best.
        keep_best: end with the parameters of the epoch with the lowest monitored cost.
        checkpoint: a file that model, optimizer and history are saved to at the start and after
            each epoch.
        resume: go on from that file if it exists; the run ends with the same bits as one that was
            never stopped, given the same arguments.
        callbacks: functions of an event; all events pass through them in order. A checkpoint is
            saved after the callbacks of its epoch.
        history: filled as the run goes, for callbacks that look at the epochs so far.
        options: all other arguments of `train`.

    Raises:
        CheckpointError: the checkpoint to resume from does not fit.
        DivergedError: as for `train`.

    >>> from microgradlab import MLP, data, optim
    >>> moons, model = data.moons(50, noise=0.1, seed=0), MLP(2, [8, 1], seed=0)
    >>> adam = optim.Adam(model.parameters(), lr=0.05)
    >>> history = fit(model, moons, "hinge", adam, epochs=10, batch_size=10)
    >>> history["cost"][-1] < history["cost"][0]
    True
    """
    if patience is not None and patience < 1:
        raise ArgumentError(f"patience is {patience!r}", hint="give a number of epochs from 1 up")
    keep_best = keep_best or patience is not None
    history = History() if history is None else history  # an empty one counts
    best = model.state_dict()
    if resume and checkpoint is not None and Path(checkpoint).exists():
        history.columns, best = _resumed(checkpoint, model, optimizer)
    steps = train(model, data, loss, optimizer, first_epoch=len(history) + 1, **options)

    def save() -> None:
        if checkpoint is not None:
            extra = {"history": history.columns, "best": best if keep_best else None}
            checkpoints.save(checkpoint, model, optimizer, extra=extra)

    def out_of_patience() -> bool:
        return patience is not None and history.epochs_since_best() >= patience

    save()
    for event in () if out_of_patience() else steps:
        if isinstance(event, EpochEnded):
            history.append(event)
            if history.epochs_since_best() == 0:
                best = model.state_dict()
        for callback in callbacks:
            callback(event)
        if isinstance(event, EpochEnded):
            save()
            if out_of_patience():
                break
    if keep_best:
        model.load_state_dict(best)
    return history


def _resumed(
    path: str | Path, model: Module, optimizer: Optimizer
) -> tuple[dict[str, list[float]], dict[str, Any]]:
    extra = checkpoints.load(path, model, optimizer).extra
    if not isinstance(extra.get("history"), dict):
        raise CheckpointError(f"{path} is a checkpoint without a history, so it cannot be resumed")
    return History(extra["history"]).columns, extra.get("best") or model.state_dict()
