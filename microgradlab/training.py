"""Training: the seven steps as a stream of events, to be looked at one by one. Floor 8."""

from __future__ import annotations

import gc
import math
from collections.abc import Callable, Generator, Mapping, Sequence
from typing import Any, TypeAlias

from microgradlab.checks import whole
from microgradlab.collector import paused_gc
from microgradlab.data.batching import batches
from microgradlab.divergence import WHAT_TO_TRY, diverged
from microgradlab.engine import NOT_COMPUTED
from microgradlab.errors import DivergedError
from microgradlab.events import (
    Backpropagated,
    BatchCost,
    EpochEnded,
    Event,
    Finished,
    Initialized,
    NamedNumbers,
    Predicted,
    SampleLoss,
    Updated,
)
from microgradlab.losses import Loss, Penalty, cost
from microgradlab.metrics import Metric, Samples, evaluate, scores
from microgradlab.module import Module, floats
from microgradlab.optim import Optimizer
from microgradlab.preconditions import (
    checked_function,
    checked_loss,
    checked_metrics,
    checked_parameters,
    checked_samples,
    fitting_loss,
)
from microgradlab.value import Value

Clip: TypeAlias = Callable[[Sequence[Value]], Any]
Events: TypeAlias = Generator[Event, None, None]
Engine: TypeAlias = Callable[..., "Run"]
Batches: TypeAlias = list[Any]  # of lists, or arrays, of indices
Epoch: TypeAlias = tuple[list[float], float, list[Any]]


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
    engine: Engine | None = None,
) -> Events:
    """Trains a model, and yields each of the seven steps as it happens.

    Python's cyclic garbage collector is off until the events end or are closed: see collector.py.

    Args:
        model: its parameters are updated.
        data: samples (features, target), such as a `Dataset`.
        loss: of one sample: a function of (prediction, target), or the name of one.
        optimizer: updates the model's parameters.
        epochs: how often the data is gone through, in all.
        batch_size: samples per update; None for all (batch gradient descent), 1 for stochastic.
            1,000 samples with a batch size of 100 give 10 updates per epoch.
        seed: of the order of the samples; the order depends on it and on the epoch alone.
        shuffle: False keeps the order of the data.
        penalty: a term of the cost made of the parameters, such as `losses.l2(1e-4)`.
        clip: called with the parameters between backpropagation and update, as in
            `lambda parameters: optim.clip_grad_norm(parameters, 1.0)`.
        metrics: names such as "accuracy", or functions of (predictions, targets) by name.
        validation: samples to measure cost and metrics on after each epoch.
        first_epoch: the epoch to go on with, in a run that is resumed.
        engine: makes the run; None for `Run`, which computes with Values and yields every step.

    Raises:
        ArgumentError: an argument cannot be used; raised at the call, before any training.
        DivergedError: a cost, gradient or parameter became nan or infinite; names operation,
            sample, batch and epoch. Model and optimizer are as they were after the update before.

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
    whole("epochs", epochs)
    whole("first_epoch", first_epoch)
    batches(0, batch_size, seed, 1)  # complains about a bad batch size right now
    run = (engine or Run)(model, data, loss, optimizer, penalty, clip, metrics, validation)
    return run.events(epochs, batch_size, seed, shuffle, first_epoch)


class Run:
    """One training run, computed with Values: what stays the same from update to update.

    Another engine computes `order`, `updates` and `validate` in a way of its own.
    """

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
        named = checked_parameters(model, optimizer)
        self.model = model
        self.samples = checked_samples("data", data, model)
        self.loss = fitting_loss(loss, model)
        self.optimizer = optimizer
        self.penalty = checked_function("penalty", penalty)
        self.clip = checked_function("clip", clip)
        self.metrics = checked_metrics(metrics)
        self.validation = (
            None if validation is None else checked_samples("validation", validation, model)
        )
        self.parameters = list(named.values())
        # An optimizer may leave out some of the model's parameters, and have others besides.
        self.leaves = list(dict.fromkeys([*optimizer.parameters, *self.parameters]))
        places = {leaf: place for place, leaf in enumerate(self.leaves)}
        self.places = {name: places[parameter] for name, parameter in named.items()}

    def numbers(self) -> list[float]:
        return [leaf.data for leaf in self.leaves]

    def named(self, numbers: list[float]) -> NamedNumbers:
        return NamedNumbers(self.places, numbers)

    def events(
        self, epochs: int, batch_size: int | None, seed: int, shuffle: bool, first_epoch: int
    ) -> Events:
        with paused_gc():
            scheme, model_seed = (getattr(self.model, name, None) for name in ("scheme", "seed"))
            yield Initialized(self.named(self.numbers()), repr(self.model), scheme, model_seed)
            ended = None
            for epoch in range(first_epoch, epochs + 1):
                order = self.order(batch_size, seed, epoch, shuffle)
                ended = yield from self.epoch(epoch, order)
                gc.collect(1)  # cycles that consumers of the events have made
            if ended is not None:
                yield Finished(ended.epoch, ended.updates, ended.cost, ended.metrics)

    def order(self, batch_size: int | None, seed: int, epoch: int, shuffle: bool) -> Batches:
        """The indices of an epoch's samples, batch by batch."""
        return list(batches(len(self.samples), batch_size, seed, epoch, shuffle))

    def epoch(self, epoch: int, order: Batches) -> Generator[Event, None, EpochEnded]:
        costs, lr, outputs = yield from self.updates(epoch, order)
        average = 0.0
        for number, indices in zip(costs, order, strict=True):
            average += number * (len(indices) / len(self.samples))
        measured: dict[str, float] = {}
        if self.metrics:
            targets = [self.samples[sample][1] for indices in order for sample in indices]
            measured |= scores(self.metrics, outputs, targets)
        if self.validation is not None:
            validated = self.validate(self.validation)
            measured |= {f"validation_{name}": score for name, score in validated.items()}
        ended = EpochEnded(epoch, self.optimizer.updates, lr, average, measured)
        yield ended
        return ended

    def updates(self, epoch: int, order: Batches) -> Generator[Event, None, Epoch]:
        """Steps 2 to 6 for each batch in turn.

        Returns:
            Each batch's cost, the last learning rate, and each sample's prediction as floats, in
            the order in which they were met; no predictions where no metric asks for them.
        """
        costs: list[float] = []
        outputs: list[Any] = []
        lr = 0.0
        for batch, indices in enumerate(order, start=1):
            number, lr, predictions = yield from self.update(epoch, batch, indices)
            costs.append(number)
            outputs += predictions
        return costs, lr, outputs

    def validate(self, samples: list[tuple[Any, Any]]) -> dict[str, float]:
        """Cost and metrics of samples that the model is not trained on."""
        return evaluate(self.model, samples, self.loss, self.metrics)

    def update(
        self, epoch: int, batch: int, indices: list[int]
    ) -> Generator[Event, None, tuple[float, float, list[Any]]]:
        """The same for one batch; returns its cost, learning rate and predictions."""
        losses: list[Value] = []
        predictions: list[Any] = []
        for sample in indices:
            features, target = self.samples[sample]
            prediction = self.model(features)
            yield Predicted(epoch, batch, sample, features, target, prediction)
            loss = checked_loss(self.loss(prediction, target))
            yield SampleLoss(epoch, batch, sample, features, target, prediction, loss)
            losses.append(loss)
            if self.metrics:
                predictions.append(floats(prediction))
        penalty = None if self.penalty is None else self.penalty(self.parameters)
        batch_cost = cost(losses, penalty)
        if not math.isfinite(batch_cost.data):
            raise diverged("the cost", batch_cost, losses, indices, batch, epoch)
        yield BatchCost(epoch, batch, indices, losses, penalty, batch_cost)

        for leaf in self.leaves:
            leaf.grad = NOT_COMPUTED
        batch_cost.backward()
        gradients = [leaf.grad for leaf in self.leaves]
        if not all(map(math.isfinite, gradients)):
            raise diverged("a gradient", batch_cost, losses, indices, batch, epoch)
        yield Backpropagated(epoch, batch, batch_cost, self.named(gradients))

        if self.clip is not None:
            self.clip(self.optimizer.parameters)
        lr, before = self.optimizer.lr, self.numbers()
        after = self.step(before, f"batch {batch}, epoch {epoch}")
        updates = self.optimizer.updates
        yield Updated(epoch, batch, updates, lr, self.named(before), self.named(after))
        return batch_cost.data, lr, predictions

    def step(self, before: list[float], where: str) -> list[float]:
        """Moves the parameters, but takes the update back if one of them is not finite then."""
        optimizer = self.optimizer
        state, updates = optimizer.state[:], optimizer.updates
        optimizer.step()
        after = self.numbers()
        if all(map(math.isfinite, after)):
            return after
        optimizer.state, optimizer.updates = state, updates
        for leaf, number in zip(self.leaves, before, strict=True):
            leaf.data = number
        place = next(i for i, number in enumerate(after) if not math.isfinite(number))
        leaf = self.leaves[place]
        raise DivergedError(
            f"the update is not finite: {leaf.label or 'a parameter'} = {leaf.data!r} with "
            f"gradient {leaf.grad!r} became {after[place]!r} ({where})",
            hint=WHAT_TO_TRY,
        )
