"""Training as native loops: the compiler's engine for `train`. Floor 8."""

from __future__ import annotations

import math
from collections.abc import Collection, Generator, Sequence
from reprlib import repr as shortened
from typing import Any, TypeAlias

import numpy as np
from numpy.typing import NDArray

from microgradlab.compiler.build import (
    evaluation_kernel,
    penalty_kernel,
    rows_of,
    rule_kernel,
    training_kernel,
)
from microgradlab.compiler.kernel import Kernel
from microgradlab.compiler.mirror import Mirror
from microgradlab.compiler.native import NativeFunction, NativeTraining
from microgradlab.compiler.plain import (
    Plain,
    check_same,
    check_targets,
    output_width,
    plain_outputs,
)
from microgradlab.compiler.shuffle import shuffled
from microgradlab.compiler.team import checked_threads
from microgradlab.data.batching import epoch_seed, split
from microgradlab.divergence import WHAT_TO_TRY
from microgradlab.errors import ArgumentError, DivergedError
from microgradlab.events import (
    Backpropagated,
    EpochEnded,
    Event,
    Finished,
    Initialized,
    Updated,
)
from microgradlab.functions import mean
from microgradlab.metrics import scores
from microgradlab.optim import Optimizer
from microgradlab.preconditions import checked_loss
from microgradlab.training import Batches, Epoch, Run
from microgradlab.value import Value

Rows: TypeAlias = NDArray[np.float64]

_PER_UPDATE = frozenset({Backpropagated, Updated})
_PER_EPOCH = frozenset({Initialized, EpochEnded, Finished})


class CompiledRun(Run):
    """One training run, computed by native loops: all updates of an epoch in one call.

    Between the calls the numbers are in the Values and in the optimizer, where callbacks and
    checkpoints see them, and may change them. An update that is not finite is computed once more
    with Values, which tell the operation and the sample.

    Args:
        arguments: those of `Run`.
        threads: that share each batch, where it is large enough.
        fast: whether arithmetic inside of a sample may be fused and reordered.
        wants: the kinds of events that are looked at; `Backpropagated` and `Updated` take a call
            for each update, as clipping does.

    Raises:
        ArgumentError: what `train` refuses; events that cannot be; an optimizer with a `step` of
            its own; a program that depends on the data, as far as that can be noticed.

    >>> from functools import partial
    >>> from microgradlab import MLP, data, optim, train
    >>> moons, model = data.moons(50, noise=0.1, seed=0), MLP(2, [4, 1], seed=0)
    >>> adam = optim.Adam(model.parameters(), lr=0.05)
    >>> for event in train(model, moons, "hinge", adam, epochs=2, engine=CompiledRun):
    ...     print(type(event).__name__)
    Initialized
    EpochEnded
    EpochEnded
    Finished
    """

    def __init__(
        self,
        *arguments: Any,
        threads: int = 1,
        fast: bool = False,
        wants: Collection[type[Event]] = (),
    ) -> None:
        super().__init__(*arguments)
        checked_threads(threads)
        self.wanted = _PER_UPDATE.intersection(_checked_wants(wants))
        self.fast = fast
        _check_step(self.optimizer)
        self.options = dict(self.optimizer.options)
        self.rows = _rows("data", self.samples)
        plain = plain_outputs(self.model, self.loss, self.samples)
        output = plain[0][1]
        self.width = output_width(output)
        samples = [*self.samples, *(self.validation or ())]
        check_targets(self.loss, output, [target for _, target in samples])
        self.native = NativeTraining(
            training_kernel(self.model, self._loss, self.samples, self.leaves),
            rule_kernel(self.optimizer),
            updated=len(self.optimizer.parameters),
            penalty=self._penalty_kernel(),
            threads=threads,
            fast=fast,
        )
        self.mirror = Mirror(self.native, self.leaves, self.optimizer)
        self._check_plain(plain)
        if self.validation is not None:
            self.validation_rows = _rows("validation", self.validation)
            kernel = evaluation_kernel(self.model, self._loss, self.validation, self.leaves)
            self.evaluation = NativeFunction(kernel, threads=threads, fast=fast)

    def _loss(self, prediction: Any, target: Any) -> Value:
        return checked_loss(self.loss(prediction, target))

    def _penalty_kernel(self) -> Kernel | None:
        penalty = self.penalty
        if penalty is None:
            return None
        return penalty_kernel(lambda _: penalty(self.parameters), self.leaves)

    def _check_plain(self, plain: Plain) -> None:
        """Compares the compiled loss and predictions of some samples with those of Values."""
        self.mirror.load()
        outputs = np.empty((len(plain), 1 + (self.width or 1)))
        self.native.gradient(self.native.prepare(self.rows, list(plain), outputs=outputs))
        check_same(outputs.tolist(), plain, fast=self.fast)

    def order(self, batch_size: int | None, seed: int, epoch: int, shuffle: bool) -> Batches:
        """The indices of an epoch's samples, batch by batch: the same, drawn faster."""
        size = len(self.samples)
        order = shuffled(size, epoch_seed(seed, epoch)) if shuffle else np.arange(size)
        return list(split(order, batch_size))

    def updates(self, epoch: int, order: Batches) -> Generator[Event, None, Epoch]:
        """All batches in one native call, or in one each where something happens in between."""
        if self.wanted or self.clip is not None:
            return (yield from super().updates(epoch, order))
        self.mirror.load()
        samples, size = np.concatenate(order), len(order[0])
        scalars, lr = self._scalars(len(order))
        outputs = self._room_for_outputs(len(samples))
        batches = self.native.prepare(self.rows, samples, size, outputs=outputs)
        progress = self.native.run(batches, scalars)
        if not progress.finite:
            done = progress.updates
            self._rewind()
            if done:
                good = self.native.prepare(self.rows, samples[: done * size], size)
                self.native.run(good, scalars[:done])
                self.mirror.store(done)
            raise self._diverged(epoch, done + 1, order[done])
        self.mirror.store_gradients()
        self.mirror.store(len(order))
        return progress.costs.tolist(), lr, self._predictions(outputs)

    def update(
        self, epoch: int, batch: int, indices: Any
    ) -> Generator[Event, None, tuple[float, float, list[Any]]]:
        """One batch in two native halves."""
        mirror, native = self.mirror, self.native
        mirror.load()
        outputs = self._room_for_outputs(len(indices))
        cost = native.gradient(native.prepare(self.rows, indices, outputs=outputs))
        mirror.store_gradients()
        if not (math.isfinite(cost) and all(map(math.isfinite, mirror.gradients))):
            raise self._diverged(epoch, batch, indices)
        if Backpropagated in self.wanted:
            yield Backpropagated(epoch, batch, Value(cost), self.named(mirror.gradients))
        if self.clip is not None:
            self.clip(self.optimizer.parameters)
        mirror.load()  # the clip, or who saw the gradients, may have changed something
        mirror.load_gradients()
        before = mirror.numbers
        scalars, lr = self._scalars(1)
        if not native.step(scalars[0]):
            self._rewind()
            raise self._diverged(epoch, batch, indices)
        mirror.store(1)
        if Updated in self.wanted:
            updates, after = self.optimizer.updates, self.named(mirror.numbers)
            yield Updated(epoch, batch, updates, lr, self.named(before), after)
        return cost, lr, self._predictions(outputs)

    def validate(self, samples: list[tuple[Any, Any]]) -> dict[str, float]:
        """Cost and metrics of samples that the model is not trained on."""
        numbers = [leaf.data for leaf in self.leaves]
        outputs = self.evaluation(self.validation_rows, np.array(numbers))
        targets = [target for _, target in samples]
        predictions = self._predictions(outputs)
        return {"cost": mean(outputs[:, 0].tolist()), **scores(self.metrics, predictions, targets)}

    def _scalars(self, updates: int) -> tuple[Rows, float]:
        """What the rule takes in each of the next updates, and the learning rate of the last."""
        optimizer, done = self.optimizer, self.optimizer.updates
        if optimizer.options != self.options:
            raise ArgumentError(
                f"the optimizer's options were {self.options}, and are {optimizer.options} now",
                hint="compiled training reads them once; others need compiled=False",
            )
        scalars = []
        try:
            for update in range(done, done + updates):
                optimizer.updates = update
                scalars.append(optimizer.step_scalars())
            return np.array(scalars), optimizer.lr
        finally:
            optimizer.updates = done

    def _room_for_outputs(self, samples: int) -> Rows | None:
        """An array for each sample's loss and prediction, if a metric asks for them."""
        return np.empty((samples, 1 + (self.width or 1))) if self.metrics else None

    def _predictions(self, outputs: Rows | None) -> list[Any]:
        if not self.metrics or outputs is None:
            return []
        numbers: list[Any] = (outputs[:, 1:] if self.width else outputs[:, 1]).tolist()
        return numbers

    def _rewind(self) -> None:
        """The native numbers, spoilt by an update, as they are in Values and optimizer."""
        self.mirror.forget()
        self.mirror.load()

    def _diverged(self, epoch: int, batch: int, indices: Any) -> DivergedError:
        """The error that the same update gives with Values; it changes nothing."""
        numbers, optimizer = self.numbers(), self.optimizer
        state, updates = optimizer.state[:], optimizer.updates
        try:
            for _ in super().update(epoch, batch, indices):
                pass
        except DivergedError as error:
            return error
        for leaf, number in zip(self.leaves, numbers, strict=True):
            leaf.data = number
        optimizer.state, optimizer.updates = state, updates
        return DivergedError(
            f"a number is not finite, if only in compiled training (batch {batch}, epoch {epoch})",
            hint=WHAT_TO_TRY,
        )


def _rows(name: str, samples: Sequence[tuple[Any, Any]]) -> Rows:
    try:
        return rows_of(samples)
    except TypeError as error:
        place = next(place for place in range(len(samples)) if _is_refused(samples[place]))
        features, target = samples[place]
        is_target = not _is_refused((features, 0.0))
        what, given = ("target is", target) if is_target else ("features are", features)
        form = "one or a flat list" if is_target else "a flat list"
        raise ArgumentError(
            f"{name}[{place}] cannot be compiled: its {what} {shortened(given)}",
            hint=f"give {form} of numbers, or train without compiled=True",
        ) from error


def _is_refused(sample: tuple[Any, Any]) -> bool:
    try:
        rows_of([sample])
    except TypeError:
        return True
    return False


def _checked_wants(wants: Collection[type[Event]]) -> Collection[type[Event]]:
    if others := set(wants) - _PER_UPDATE - _PER_EPOCH:
        names = ", ".join(sorted(getattr(kind, "__name__", repr(kind)) for kind in others))
        raise ArgumentError(
            f"a callback wants {names}, and in compiled training there is none",
            hint="train without compiled=True to look at single samples",
        )
    return wants


def _check_step(optimizer: Optimizer) -> None:
    if type(optimizer).step is not Optimizer.step:
        raise ArgumentError(
            f"{type(optimizer).__name__} has a step() of its own, which cannot be compiled",
            hint="write it as a rule, as in optim/rules.py, or train without compiled=True",
        )
