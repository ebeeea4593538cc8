"""`fit`: training to the end, with history, early stopping and checkpoints. Floor 9."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from contextlib import closing
from functools import partial
from pathlib import Path
from typing import Any, TypedDict, Unpack

from microgradlab import checkpoint as checkpoints
from microgradlab.checks import whole
from microgradlab.errors import ArgumentError, CheckpointError, optional_import
from microgradlab.events import EpochEnded, Event, Finished
from microgradlab.history import History
from microgradlab.losses import Loss, Penalty
from microgradlab.metrics import Metric, Samples
from microgradlab.module import Module
from microgradlab.optim import Optimizer
from microgradlab.preconditions import checked_parameters
from microgradlab.training import Clip, Engine, train

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
    compiled: bool = False,
    threads: int = 1,
    fast: bool = False,
    **options: Unpack[TrainOptions],
) -> History:
    """Trains a model to the end, and returns the history of its epochs.

    The monitored cost is that of the validation data if there is any, else of the training data.

    Compiled training (extra `jit`) gives the same run, but for the last bits of sums over a batch,
    hundreds of times as fast and more: an epoch is one native call. Data and the optimizer's
    options are read, and model, loss, penalty and the optimizer's rule recorded, once at the start,
    so what these do must not depend on the data or change in the run. A comparison, an `if` or
    float() of a number that is recorded is refused, and so are recordings that differ from sample
    to sample, and losses and predictions other than without compilation, for as many samples as
    some 30 ms allow. Not noticed is a branch by `.data`, or by a variable of another kind, that
    only goes another way for samples or parameters that were not compared.

    Of the events there are `Initialized`, `EpochEnded` and `Finished`; a callback whose attribute
    `wants` is a set that names `Backpropagated` or `Updated` gets these too (they come from a call
    for each update, the cost without its graph). The others carry the graphs of single samples,
    which are never made. Ctrl-C ends the run between epochs.

    Args:
        model: as for `train`, like the next three.
        data: samples (features, target).
        loss: of one sample, or its name.
        optimizer: updates the model's parameters.
        patience: stop when the monitored cost was not lowered for this many epochs; implies
            keep_best.
        keep_best: end with the parameters of the epoch with the lowest monitored cost.
        checkpoint: a file that model, optimizer and history are saved to at the start and after
            each epoch; an existing one is replaced.
        resume: go on from that file if it exists; the run ends with the same bits as one that was
            never stopped, given the same arguments.
        callbacks: functions of an event; all events pass through them in order. A checkpoint is
            saved after the callbacks of its epoch.
        history: an empty one, filled as the run goes, for callbacks that look at it.
        compiled: train with native loops instead of Values.
        threads: of compiled training, at most: a small batch is not worth several. The last bits
            depend on their number.
        fast: lets compiled training fuse and reorder arithmetic inside of a sample.
        options: all other arguments of `train`.

    Raises:
        ArgumentError: an argument cannot be used.
        CheckpointError: the checkpoint to resume from does not fit.
        DivergedError: as for `train`.
        MissingExtraError: compiled training without its extra.
        OSError: the checkpoint cannot be written.

    >>> from microgradlab import MLP, data, optim
    >>> moons, model = data.moons(50, noise=0.1, seed=0), MLP(2, [8, 1], seed=0)
    >>> adam = optim.Adam(model.parameters(), lr=0.05)
    >>> history = fit(model, moons, "hinge", adam, epochs=10, batch_size=10)
    >>> history["cost"][-1] < history["cost"][0]
    True
    """
    if patience is not None:
        whole("patience", patience)
    if not isinstance(callbacks, (list, tuple)):
        raise ArgumentError(f"callbacks is {callbacks!r}", hint="give a list of functions")
    if resume and checkpoint is None:
        raise ArgumentError("resume needs a checkpoint", hint='as in checkpoint="run.json"')
    keep_best = keep_best or patience is not None
    history = History() if history is None else history  # an empty one counts
    if len(history):
        raise ArgumentError(f"history has {len(history)} epochs already", hint="give History()")
    checked_parameters(model, optimizer)
    engine = _engine(compiled, threads, fast, callbacks)
    best = model.state_dict()
    if resume and checkpoint is not None and Path(checkpoint).exists():
        columns, best = _resumed(checkpoint, model, optimizer, keep_best)
        history.extend(columns)

    def save() -> None:
        if checkpoint is not None:
            extra = {"history": history.columns, "best": best if keep_best else None}
            checkpoints.save(checkpoint, model, optimizer, extra=extra)

    def out_of_patience() -> bool:
        return patience is not None and history.epochs_since_best() >= patience

    def tell(event: Event) -> None:
        for callback in callbacks:
            callback(event)

    # Closed whatever happens: a traceback would keep the generator, and the garbage collector off.
    first_epoch = len(history) + 1
    events = train(model, data, loss, optimizer, first_epoch=first_epoch, engine=engine, **options)
    with closing(events):
        save()
        for event in () if out_of_patience() else events:
            if not isinstance(event, EpochEnded):
                tell(event)
                continue
            history.append(event)
            if keep_best and history.epochs_since_best() == 0:
                best = model.state_dict()
            tell(event)
            save()
            if out_of_patience():
                tell(Finished(event.epoch, event.updates, event.cost, event.metrics))
                break
    if keep_best:
        model.load_state_dict(best)
    return history


def _engine(
    compiled: bool, threads: int, fast: bool, callbacks: Sequence[Callback]
) -> Engine | None:
    """What trains: the compiler with its options, or None for Values."""
    if not compiled:
        if threads != 1 or fast:
            raise ArgumentError("threads and fast are for compiled training", "add compiled=True")
        return None
    for library in ("numpy", "llvmlite"):
        optional_import(library, extra="jit", purpose="compiled training")
    from microgradlab.compiler.training import CompiledRun

    wants = {kind for callback in callbacks for kind in _wants(callback)}
    return partial(CompiledRun, threads=threads, fast=fast, wants=wants)


def _wants(callback: Callback) -> Iterable[type[Event]]:
    """The kinds of events that a callback asks compiled training for."""
    wants: Any = getattr(callback, "wants", ())
    is_listed = isinstance(wants, (set, frozenset, tuple, list))
    if is_listed and all(isinstance(kind, type) for kind in wants):
        kinds: Iterable[type[Event]] = wants
        return kinds
    raise ArgumentError(
        f"a callback's wants is {wants!r}",
        hint="give a set of classes of events, as in wants = {microgradlab.events.Updated}",
    )


def _resumed(
    path: str | Path, model: Module, optimizer: Optimizer, keep_best: bool
) -> tuple[dict[str, list[float]], dict[str, Any]]:
    """The history and the best parameters of a run; model and optimizer go back to its state."""
    extra = checkpoints.read(path)["extra"]
    if not isinstance(extra.get("history"), dict):
        raise CheckpointError(
            f"{path} holds no history, so it cannot be resumed", hint="resume what fit() has saved"
        )
    if keep_best and extra.get("best") is None:
        raise CheckpointError(
            f"{path} holds no best parameters: its run did not keep them",
            hint="resume without patience and keep_best, or start anew",
        )
    columns = History(extra["history"]).columns
    checkpoints.load(path, model, optimizer)
    return columns, extra.get("best") or model.state_dict()
