"""Training: the seven steps as a stream of events, to be looked at one by one. Floor 7."""

from __future__ import annotations

import gc
import math
from collections.abc import Callable, Generator, Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import Any

from microgradlab import modes
from microgradlab.data.batching import batches
from microgradlab.engine import describe, first_non_finite
from microgradlab.errors import ArgumentError, DivergedError, NonFiniteError
from microgradlab.events import (
    Backpropagated,
    BatchCost,
    EpochEnded,
    Event,
    Finished,
    Initialized,
    Predicted,
    SampleLoss,
    Updated,
)
from microgradlab.losses import Loss, Penalty, cost, loss_by_name
from microgradlab.metrics import Metric, Samples, evaluate, metrics_by_name
from microgradlab.module import Module
from microgradlab.optim import Optimizer
from microgradlab.value import Value

Clip = Callable[[Sequence[Value]], Any]

_WHAT_TO_TRY = "try a smaller learning rate, clipped gradients, or standardised features"


@contextmanager
def paused_gc() -> Iterator[None]:
    """Keeps Python's cyclic garbage collector away, and restores it however the block ends.

    Graphs of Values have no cycles and are freed without it; searching them for cycles costs more
    than the training itself.
    """
    was_enabled = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if was_enabled:
            gc.enable()


def train(
    model: Module,
    data: Samples,
    loss: str | Loss,
    optimizer: Optimizer,
    *,
    epochs: int = 10,
    batch_size: int | None = 32,
    seed: int = 0,
    shuffle: bool = True,
    penalty: Penalty | None = None,
    clip: Clip | None = None,
    metrics: Sequence[str] | Mapping[str, Metric] = (),
    validation: Samples | None = None,
    first_epoch: int = 1,
) -> Iterator[Event]:
    """Trains a model, and yields each of the seven steps as it happens.

    Args:
        model: its parameters are updated.
        data: samples (features, target), such as a `Dataset`.
        loss: of one sample: a function of (prediction, target), or the name of one.
        optimizer: updates the model's parameters.
        epochs: how often the data is gone through.
        batch_size: samples per update; None for all (batch gradient descent), 1 for stochastic.
            1,000 samples with a batch size of 100 give 10 updates per epoch.
        seed: of the order of the samples; the order depends on it and on the epoch alone.
        shuffle: False keeps the order of the data.
        penalty: a term of the cost made of the parameters, such as `losses.l2(1e-4)`.
        clip: called with the parameters between backpropagation and update, as in
            `lambda parameters: optim.clip_grad_norm(parameters, 1.0)`.
        metrics: names such as "accuracy", or functions of (predictions, targets) by name.
        validation: samples to measure cost and metrics on after each epoch.
        first_epoch: where to go on, for a run that is resumed.

    Raises:
        ArgumentError: an argument cannot be used; raised at the call, before any training.
        DivergedError: a cost or gradient is nan or infinite; names operation, sample, batch, epoch.

    >>> from microgradlab import MLP, data, optim
    >>> moons, model = data.moons(50, noise=0.1, seed=0), MLP(2, [4, 1], seed=0)
    >>> adam = optim.Adam(model.parameters(), lr=0.05)
    >>> for event in train(model, moons, "hinge", adam, epochs=2, batch_size=25):
    ...     if isinstance(event, Updated):
    ...         print("epoch", event.epoch, "batch", event.batch, "update", event.update)
    epoch 1 batch 1 update 1
    epoch 1 batch 2 update 2
    epoch 2 batch 1 update 3
    epoch 2 batch 2 update 4
    """
    run = _Run(model, data, loss, optimizer, penalty, clip, metrics, validation)
    if isinstance(epochs, bool) or not isinstance(epochs, int) or epochs < 1:
        raise ArgumentError(f"epochs is {epochs!r}", hint="give a whole number from 1 up")
    batches(len(run.samples), batch_size, seed, 1)  # complains about a bad batch size right now
    return run.events(epochs, batch_size, seed, shuffle, first_epoch)


class _Run:
    """One training run: what stays the same from update to update."""

    def __init__(
        self,
        model: Module,
        data: Samples,
        loss: str | Loss,
        optimizer: Optimizer,
        penalty: Penalty | None,
        clip: Clip | None,
        metrics: Sequence[str] | Mapping[str, Metric],
        validation: Samples | None,
    ) -> None:
        self.model = model
        self.samples = list(data)
        self.loss = loss_by_name(loss)
        self.optimizer = optimizer
        self.penalty = penalty
        self.clip = clip
        self.metrics = metrics if isinstance(metrics, Mapping) else metrics_by_name(metrics)
        self.validation = None if validation is None else list(validation)
        if not self.samples:
            raise ArgumentError("there are no samples to train on")
        named = dict(model.named_parameters())
        if not named:
            raise ArgumentError(f"{type(model).__name__} has no parameters to train")
        for name, parameter in named.items():
            parameter.label = parameter.label or name  # messages and pictures name it
        self.names, self.parameters = list(named), list(named.values())

    def numbers(self) -> dict[str, float]:
        return dict(zip(self.names, [p.data for p in self.parameters], strict=True))

    def events(
        self, epochs: int, batch_size: int | None, seed: int, shuffle: bool, first_epoch: int
    ) -> Iterator[Event]:
        with paused_gc():
            scheme, model_seed = (getattr(self.model, name, None) for name in ("scheme", "seed"))
            yield Initialized(self.numbers(), repr(self.model), scheme, model_seed)
            ended = None
            for epoch in range(first_epoch, epochs + 1):
                order = batches(len(self.samples), batch_size, seed, epoch, shuffle)
                ended = yield from self.epoch(epoch, order)
                gc.collect(1)  # cycles that consumers of the events have made
            if ended is not None:
                yield Finished(ended.epoch, ended.updates, ended.cost, ended.metrics)

    def epoch(self, epoch: int, order: Iterator[list[int]]) -> Generator[Event, None, EpochEnded]:
        total, outputs, targets = 0.0, [], []
        lr = self.optimizer.lr
        for batch, indices in enumerate(order, start=1):
            lr = self.optimizer.lr
            for event in self.update(epoch, batch, indices):
                yield event
                if isinstance(event, SampleLoss):
                    outputs.append(_numbers(event.prediction))
                    targets.append(event.target)
                elif isinstance(event, BatchCost):
                    total += event.cost.data * len(indices)
        scores = {name: metric(outputs, targets) for name, metric in self.metrics.items()}
        if self.validation is not None:
            measured = evaluate(self.model, self.validation, self.loss, self.metrics)
            scores |= {f"validation_{name}": score for name, score in measured.items()}
        updates = self.optimizer.updates
        ended = EpochEnded(epoch, updates, lr, total / len(self.samples), scores)
        yield ended
        return ended

    def update(self, epoch: int, batch: int, indices: list[int]) -> Iterator[Event]:
        """Steps 2 to 6 for one batch."""
        losses: list[Value] = []
        for sample in indices:
            features, target = self.samples[sample]
            prediction = self.model(features)
            yield Predicted(epoch, batch, sample, features, target, prediction)
            loss = self.loss(prediction, target)
            yield SampleLoss(epoch, batch, sample, features, target, prediction, loss)
            losses.append(loss)
        penalty = None if self.penalty is None else self.penalty(self.parameters)
        batch_cost = cost(losses, penalty)
        if not math.isfinite(batch_cost.data):
            raise _diverged("the cost", batch_cost, losses, epoch, batch, indices)
        yield BatchCost(epoch, batch, indices, losses, penalty, batch_cost)

        self.optimizer.zero_grad()
        batch_cost.backward()
        gradients = [parameter.grad for parameter in self.parameters]
        if not all(map(math.isfinite, gradients)):
            raise _diverged("a gradient", batch_cost, losses, epoch, batch, indices)
        yield Backpropagated(
            epoch, batch, batch_cost, dict(zip(self.names, gradients, strict=True))
        )

        if self.clip is not None:
            self.clip(self.parameters)
        before, lr = self.numbers(), self.optimizer.lr
        self.optimizer.step()
        yield Updated(epoch, batch, self.optimizer.updates, lr, before, self.numbers())


def _numbers(prediction: Any) -> Any:
    if isinstance(prediction, (list, tuple)):
        return [float(output) for output in prediction]
    return float(prediction)


def _diverged(
    what: str, batch_cost: Value, losses: list[Value], epoch: int, batch: int, indices: list[int]
) -> DivergedError:
    """The error that names the first operation that went wrong, and the sample it came from."""
    for sample, loss in zip(indices, losses, strict=True):
        culprit = _first_failure(loss)
        if culprit is not None:
            where = f"sample {sample}, batch {batch}, epoch {epoch}"
            return DivergedError(f"{what} is not finite: {culprit} ({where})", _WHAT_TO_TRY)
    culprit = _first_failure(batch_cost) or "the sum of the batch's gradients overflows"
    return DivergedError(
        f"{what} is not finite: {culprit} (batch {batch}, epoch {epoch})", _WHAT_TO_TRY
    )


def _first_failure(root: Value) -> str | None:
    node = first_non_finite(root)
    if node is not None:
        return describe(node)
    try:
        with modes.detect_anomaly():
            root.backward()
    except NonFiniteError as error:
        return error.message
    return None
