"""Kernels as native functions over arrays, and training with them. Floor 4."""

from __future__ import annotations

import ctypes
import threading
from collections.abc import Callable
from functools import partial

import numpy as np
from numpy.typing import ArrayLike

from microgradlab.checks import whole
from microgradlab.compiler.arrays import (
    Numbers,
    aligned,
    as_numbers,
    as_order,
    check_outputs,
    fill,
    padded,
)
from microgradlab.compiler.batches import NativeBatches, Progress
from microgradlab.compiler.kernel import Kernel
from microgradlab.compiler.llvm.compiled import CompiledKernel
from microgradlab.compiler.llvm.machine import host
from microgradlab.compiler.llvm.training_loop import ABANDONED, SYNC_LENGTH, Work, training_loop
from microgradlab.compiler.team import Team
from microgradlab.errors import ArgumentError


class NativeFunction:
    """A kernel's outputs for many samples at once.

    Args:
        kernel: what is computed; a seed is taken as 1.
        fast: whether arithmetic inside of a sample may be fused and reordered.
        threads: that share the samples.

    Raises:
        ArgumentError: `threads` is no whole number from 1 up.
        MissingExtraError: llvmlite is not installed.
        LabError: compiled code cannot be made for this computer.

    >>> import microgradlab.compiler.kernel as k
    >>> x, w = (k.Operand(space, k.Index(0, (0,))) for space in (k.Space.SLOT, k.Space.SHARED))
    >>> product = k.Map((1,), "x * y", k.Index(1, (0,)), x, w)
    >>> triple = NativeFunction(k.Kernel(1, 2, 1, (), (product,), (1,)))
    >>> triple([[1.0], [2.0]], [3.0]).tolist()
    [[3.0], [6.0]]
    """

    def __init__(self, kernel: Kernel, *, fast: bool = False, threads: int = 1) -> None:
        self._team = Team(threads)
        self._code = CompiledKernel(kernel, host(), fast=fast)
        self._slots = aligned(threads, self._code.slots_length)
        self._totals = aligned(threads, padded(kernel.totals))  # which nobody asks for
        self._shared = self._code.shared()
        self._calling = threading.Lock()  # for there is one set of slots

    def __call__(self, rows: ArrayLike, parameters: ArrayLike) -> Numbers:
        """Computes the outputs.

        Args:
            rows: the inputs, samples x columns.
            parameters: the parameters' numbers, as many as the kernel has.

        Returns:
            The outputs, samples x outputs.

        Raises:
            ArgumentError: an array has another shape, or does not hold numbers.
        """
        code, kernel = self._code, self._code.kernel
        inputs = as_numbers("rows", rows, (None, code.columns))
        given = as_numbers("parameters", parameters, (kernel.parameters,))
        samples, part = len(inputs), code.part(len(inputs), self._team.threads)
        outputs = np.empty((samples, len(kernel.outputs)))
        arrays = (inputs, self._shared, code.tables, outputs)
        rows_at, shared_at, tables_at, outputs_at = (array.ctypes.data for array in arrays)

        def compute(thread: int) -> None:
            first = thread * part
            own = self._slots[thread].ctypes.data, self._totals[thread].ctypes.data
            span = first, min(part, samples - first), 1.0
            code.function(rows_at, None, *span, shared_at, tables_at, *own, outputs_at)

        with self._calling:
            self._shared[: kernel.parameters] = given
            self._team.run(compute, threads=-(-samples // part))
        return outputs


class NativeTraining:
    """A model's numbers, and the native loops that train them.

    Args:
        kernel: adds up gradients, by the places of its parameters, and behind them the cost.
        rule: the optimizer's, where a "sample" is a parameter: its inputs are parameter, gradient
            and state, its parameters what changes from update to update, its outputs parameter and
            state.
        updated: how many of the parameters belong to the optimizer; they come first.
        penalty: a kernel without samples, for a term of the cost made of the same parameters.
        threads: that share each batch, where it is large enough.
        fast: whether arithmetic inside of a sample may be fused and reordered.

    Attributes:
        parameters: the kernel's; may be written between calls.
        state: the optimizer's, columns x updated; may be written between calls.
        totals: the gradients of the last batch, by the places of the parameters, and its cost; may
            be written between `gradient` and `step`.

    Raises:
        ArgumentError: an argument does not fit the others.
        MissingExtraError: llvmlite is not installed.
        LabError: compiled code cannot be made for this computer.

    >>> from microgradlab import Value, optim
    >>> from microgradlab.compiler.build import rows_of, rule_kernel, training_kernel
    >>> weight, samples = Value(0.0), [([1.0], 2.0), ([2.0], 4.0)]
    >>> square = lambda prediction, target: (prediction - target) ** 2.0
    >>> kernel = training_kernel(lambda x: weight * x[0], square, samples, [weight])
    >>> native = NativeTraining(kernel, rule_kernel(optim.SGD([weight])), updated=1)
    >>> batches = native.prepare(rows_of(samples), [0, 1] * 50, batch_size=2)
    >>> native.run(batches, [[0.1]] * 50).updates
    50
    >>> native.parameters.round(6).tolist()
    [2.0]
    """

    def __init__(
        self,
        kernel: Kernel,
        rule: Kernel,
        *,
        updated: int,
        penalty: Kernel | None = None,
        threads: int = 1,
        fast: bool = False,
    ) -> None:
        _check_kernels(kernel, rule, whole("updated", updated), penalty)
        self._team = Team(threads)
        self._code = code = CompiledKernel(kernel, host(), fast=fast)
        self._loop = training_loop(rule, host(), fast=fast)
        self._scalars = aligned(rule.parameters)
        self._computing = threading.Lock()  # for there is one set of slots and totals
        length = padded(kernel.totals)  # which the rule goes through in all of its arrays
        self._shared = code.shared(length)
        self._totals = aligned(threads, length)
        self._state = aligned(rule.inputs - 2, length)
        self._slots = aligned(threads, code.slots_length)
        self._sync = aligned(SYNC_LENGTH).view(np.int64)
        self.parameters = self._shared[: kernel.parameters]
        self.state = self._state[:, :updated]
        self.totals = self._totals[0, : kernel.totals]
        self._work = Work(
            kernel=code.address,
            tables=code.tables.ctypes.data,
            shared=self._shared.ctypes.data,
            slots=self._slots.ctypes.data,
            totals=self._totals.ctypes.data,
            state=self._state.ctypes.data,
            scalars=self._scalars.ctypes.data,
            sync=self._sync.ctypes.data,
            slots_length=code.slots_length,
            length=length,
            cost=kernel.totals - 1,
            updated=updated,
            scalars_length=rule.parameters,
        )
        if penalty is not None:
            self._add_penalty(CompiledKernel(penalty, host(), fast=fast))

    def _add_penalty(self, penalty: CompiledKernel) -> None:
        self._penalty = penalty
        self._penalty_shared = penalty.shared()
        self._penalty_slots = aligned(penalty.slots_length)
        self._work.penalty = penalty.address
        self._work.penalty_tables = penalty.tables.ctypes.data
        self._work.penalty_shared = self._penalty_shared.ctypes.data
        self._work.penalty_slots = self._penalty_slots.ctypes.data

    def prepare(
        self,
        rows: ArrayLike,
        order: ArrayLike,
        batch_size: int | None = None,
        *,
        outputs: Numbers | None = None,
    ) -> NativeBatches:
        """Checks what `run` and `gradient` take, once for any number of calls.

        Args:
            rows: the data, samples x columns; an array of float64 is not copied.
            order: the places of samples in `rows`, batch by batch.
            batch_size: the samples in a batch; the last one may be smaller. None: all are one.
            outputs: is filled with the kernel's outputs, a row for each place of the order.

        Raises:
            ArgumentError: an array has another shape or type, or a sample does not exist.
        """
        code, threads = self._code, self._team.threads
        inputs = as_numbers("rows", rows, (None, code.columns))
        chosen = as_order(order, len(inputs))
        samples = len(chosen)
        if outputs is not None:
            check_outputs(outputs, (samples, len(code.kernel.outputs)))
        size = samples if batch_size is None else min(whole("batch_size", batch_size), samples)
        updates = -(-samples // size) if size else 0
        scalars, costs = np.empty((updates, len(self._scalars))), np.empty(updates)
        work = Work.from_buffer_copy(self._work)
        work.rows, work.order = inputs.ctypes.data, chosen.ctypes.data
        work.outputs = None if outputs is None else outputs.ctypes.data
        work.scalars, work.costs = scalars.ctypes.data, costs.ctypes.data
        work.samples, work.batch_size, work.part = samples, size, code.part(size, threads)
        # Where one thread computes the whole batch, the others had better not even wait.
        work.threads = threads if work.part < size else 1
        work.share = padded(-(-work.length // work.threads))
        epoch, gradient = self._call("epoch", work), self._call("gradient", work, 0, samples)
        arrays = inputs, chosen, outputs
        return NativeBatches(self, updates, epoch, gradient, work, scalars, costs, arrays)

    def run(self, batches: NativeBatches, scalars: ArrayLike) -> Progress:
        """An update for each batch, until something is not finite.

        The same number of threads gives the same result, to the last bit. The native loop always
        runs to its end; Ctrl-C is noticed behind it.

        Args:
            batches: as `prepare` makes them.
            scalars: what the rule takes, updates x numbers.

        Raises:
            ArgumentError: the scalars have another shape, or the batches are another training's.
        """
        if batches.training is not self:
            raise _of_another()
        work, updates = batches.work, batches.updates
        with self._computing:
            fill("scalars", batches.scalars, scalars)
            work.updates = 0
            if updates:
                batches.epoch()
            done = work.updates
            if done == updates:
                return Progress(done, batches.costs.copy(), True)
            self._sync.fill(0)
            return Progress(done, batches.costs[:done].copy(), False)

    def gradient(self, batches: NativeBatches) -> float:
        """The first half of one update: leaves the gradients in `totals`, and returns the cost.

        Args:
            batches: a single one, as `prepare` makes it.

        Raises:
            ArgumentError: there are none or several, or they are another training's.
        """
        if batches.training is not self:
            raise _of_another()
        if batches.updates != 1:
            raise ArgumentError(
                f"there are {batches.updates} batches, and gradient() takes one",
                hint="leave out batch_size, and give one sample at least",
            )
        with self._computing:
            batches.gradient()
            return float(self.totals[-1])

    def step(self, scalars: ArrayLike) -> bool:
        """The second half: applies the rule to the gradients in `totals`.

        Args:
            scalars: what the rule takes.

        Returns:
            Whether gradients, cost and new parameters are finite; if not, parameters and state are
            spoilt.

        Raises:
            ArgumentError: it is another number of scalars.
        """
        with self._computing:
            fill("scalars", self._scalars, scalars)
            is_finite: bool = self._loop["step"](ctypes.addressof(self._work))
        return is_finite

    def _call(self, name: str, work: Work, *arguments: int) -> Callable[[], object]:
        """A call of a function of the training loop, on all threads of the work."""
        function, address = self._loop[name], ctypes.addressof(work)
        if work.threads == 1:
            return partial(function, address, 0, *arguments)

        def abandon() -> None:
            self._sync[ABANDONED] = 1

        def together() -> None:
            try:
                self._team.run(lambda own: function(address, own, *arguments), threads, abandon)
            finally:
                self._sync.fill(0)  # as it is before every call

        threads: int = work.threads
        return together


def _of_another() -> ArgumentError:
    return ArgumentError(
        "these batches were prepared by another training", hint="prepare them by this one"
    )


def _check_kernels(kernel: Kernel, rule: Kernel, updated: int, penalty: Kernel | None) -> None:
    """Whether the kernels belong together; others would write outside of the arrays."""
    parameters = kernel.parameters
    if updated > parameters:
        raise ArgumentError(
            f"updated is {updated}, but the kernel has {parameters} parameters",
            hint="give the number of parameters that the optimizer has",
        )
    for name, each in (("kernel", kernel), ("penalty", penalty)):
        if each is not None and (each.parameters, each.totals) != (parameters, parameters + 1):
            raise ArgumentError(
                f"the {name} has {each.parameters} parameters and {each.totals} totals "
                f"instead of {parameters} and {parameters + 1}",
                hint="it adds up a gradient for each of the same parameters, then the cost",
            )
    if len(rule.outputs) != rule.inputs - 1:
        raise ArgumentError(
            f"the rule gives {len(rule.outputs)} numbers for {rule.inputs}",
            hint="it takes parameter, gradient and state, and gives parameter and state",
        )
