"""The loop over batches, with kernels written in Python."""

from __future__ import annotations

import ctypes
import threading
import time
from collections.abc import Callable
from math import inf, nan
from typing import Any

import numpy as np
import pytest

from microgradlab.compiler.arrays import Numbers, aligned
from microgradlab.compiler.llvm.compiled import PROTOTYPE
from microgradlab.compiler.llvm.machine import host
from microgradlab.compiler.llvm.machine_code import Native
from microgradlab.compiler.llvm.training_loop import ABANDONED, SYNC_LENGTH, Work, training_loop
from microgradlab.compiler.team import Team
from tests.compiler.llvm.test_rule import sgd

PARAMETERS = 21
LENGTH = 24  # of the totals: a gradient for each parameter, the cost, and what fills up the line

Part = tuple[int, int]
Kernel = Callable[..., None]


@pytest.fixture(scope="module")
def native() -> Native:
    return training_loop(sgd(), host())


class Loop:
    """Work of the loop over a kernel: a function of (first, count, seed, shared, totals)."""

    def __init__(
        self, native: Native, kernel: Kernel, *, threads: int = 1, penalty: Kernel | None = None
    ) -> None:
        self.native = native
        self.team = Team(threads)
        self.shared, self.totals = aligned(LENGTH), aligned(threads, LENGTH)
        self.penalty_shared = aligned(LENGTH)
        self.sync = aligned(SYNC_LENGTH).view(np.int64)
        self.callbacks = [_callback(each) for each in (kernel, penalty) if each is not None]
        addresses = [ctypes.cast(each, ctypes.c_void_p).value for each in self.callbacks]
        self.work = Work(
            kernel=addresses[0],
            penalty=addresses[1] if penalty else None,
            penalty_shared=self.penalty_shared.ctypes.data,
            shared=self.shared.ctypes.data,
            totals=self.totals.ctypes.data,
            sync=self.sync.ctypes.data,
            threads=threads,
            share=-(-LENGTH // 8 // threads) * 8,
            length=LENGTH,
            cost=PARAMETERS,
            updated=PARAMETERS,
            scalars_length=1,
        )

    def epoch(
        self, samples: int, batch_size: int, *, part: int | None = None, lr: float = 1.0
    ) -> list[float]:
        """The costs of the updates that were done."""
        updates = -(-samples // batch_size)
        costs, scalars = np.zeros(updates), np.full(updates, lr)
        self.work.samples, self.work.batch_size = samples, batch_size
        self.work.part = part or batch_size
        self.work.costs, self.work.scalars = costs.ctypes.data, scalars.ctypes.data
        self.work.updates = 0
        self.sync[:] = 0
        epoch, address = self.native["epoch"], ctypes.addressof(self.work)
        self.team.run(lambda thread: epoch(address, thread), self.work.threads)
        done: list[float] = costs[: self.work.updates].tolist()
        return done


def _callback(kernel: Kernel) -> Any:
    def call(*arguments: Any) -> None:
        _, _, first, count, seed, shared, _, _, totals, _ = arguments
        kernel(first, count, seed, _array(shared), _array(totals))

    return PROTOTYPE(call)


def _array(address: int) -> Numbers:
    numbers = ctypes.cast(address, ctypes.POINTER(ctypes.c_double))
    return np.ctypeslib.as_array(numbers, (LENGTH,))


def nothing(*_: object) -> None:
    """A kernel of gradients that are all 0."""


def count_samples(_: int, count: int, seed: float, shared: Numbers, totals: Numbers) -> None:
    """Each parameter's gradient is 1, whatever the batch size; the cost is the first parameter."""
    totals[:PARAMETERS] += seed * count
    totals[PARAMETERS] += seed * count * shared[0]


# --- batches


@pytest.mark.parametrize(
    ("samples", "batch_size", "wanted"),
    [
        (6, 2, [(0, 2), (2, 2), (4, 2)]),
        (5, 2, [(0, 2), (2, 2), (4, 1)]),
        (3, 1, [(0, 1), (1, 1), (2, 1)]),
        (4, 4, [(0, 4)]),
        (4, 9, [(0, 4)]),
    ],
)
def test_batches_follow_each_other_and_the_last_may_be_smaller(
    native: Native, samples: int, batch_size: int, wanted: list[Part]
) -> None:
    seen: list[Part] = []

    def kernel(first: int, count: int, seed: float, *_: object) -> None:
        assert seed == 1.0 / count
        seen.append((first, count))

    Loop(native, kernel).epoch(samples, batch_size)
    assert seen == wanted


def test_each_update_starts_from_the_parameters_of_the_one_before(native: Native) -> None:
    loop = Loop(native, count_samples)
    assert loop.epoch(6, 2, lr=0.5) == [0.0, -0.5, -1.0]
    assert loop.shared[:PARAMETERS].tolist() == [-1.5] * PARAMETERS
    assert loop.totals[0, : PARAMETERS + 1].tolist() == [*[1.0] * PARAMETERS, -1.0]


def test_each_update_has_its_own_scalars(native: Native) -> None:
    loop = Loop(native, count_samples)
    loop.epoch(2, 2)  # sets up the work
    scalars, costs = np.array([1.0, 10.0, 100.0]), np.zeros(3)
    loop.work.samples, loop.work.batch_size = 3, 1
    loop.work.scalars, loop.work.costs = scalars.ctypes.data, costs.ctypes.data
    native["epoch"](ctypes.addressof(loop.work), 0)
    assert costs.tolist() == [-1.0, -2.0, -12.0]


# --- a penalty


def test_a_penalty_is_added_once_per_batch_with_the_parameters_of_the_moment(
    native: Native,
) -> None:
    seen: list[tuple[int, int, float, float]] = []

    def penalty(first: int, count: int, seed: float, shared: Numbers, totals: Numbers) -> None:
        seen.append((first, count, seed, shared[0]))
        shared[0] = nan  # its own copy
        totals[PARAMETERS] += 100.0

    loop = Loop(native, count_samples, penalty=penalty)
    assert loop.epoch(4, 2) == [100.0, 99.0]
    assert seen == [(0, 1, 1.0, 0.0), (0, 1, 1.0, -1.0)]


# --- what is not finite


@pytest.mark.parametrize("place", [0, 13, PARAMETERS])
@pytest.mark.parametrize("threads", [1, 2])
def test_the_loop_stops_before_an_update_whose_gradient_or_cost_is_not_finite(
    native: Native, place: int, threads: int
) -> None:
    def kernel(first: int, count: int, seed: float, shared: Numbers, totals: Numbers) -> None:
        count_samples(first, count, seed, shared, totals)
        if first == 4:
            totals[place] = nan

    loop = Loop(native, kernel, threads=threads)
    assert loop.epoch(8, 2, part=2 // threads) == [0.0, -1.0]


@pytest.mark.parametrize("threads", [1, 2])
def test_the_loop_stops_at_an_update_that_makes_a_parameter_infinite(
    native: Native, threads: int
) -> None:
    loop = Loop(native, count_samples, threads=threads)
    assert loop.epoch(8, 2, lr=inf) == []


def test_a_run_that_stopped_can_be_repeated(native: Native) -> None:
    loop = Loop(native, count_samples)
    loop.epoch(2, 1, lr=inf)
    loop.shared[:] = 0.0
    assert loop.epoch(2, 1) == [0.0, -1.0]


# --- threads


@pytest.mark.parametrize("threads", [2, 3, 5])
@pytest.mark.parametrize("part", [8, 16, 40])
def test_threads_share_the_samples_of_each_batch(native: Native, threads: int, part: int) -> None:
    seen: list[Part] = []

    def kernel(first: int, count: int, *_: object) -> None:
        seen.append((first, count))

    Loop(native, kernel, threads=threads).epoch(50, 40, part=max(part, -(-40 // threads)))
    covered = sorted(place for first, count in seen for place in range(first, first + count))
    assert covered == list(range(50))
    assert all(count > 0 for _, count in seen)


@pytest.mark.parametrize("threads", [1, 2, 3, 4, 7])
def test_threads_come_to_the_same_result(native: Native, threads: int) -> None:
    loop = Loop(native, count_samples, threads=threads)
    costs = loop.epoch(320, 32, part=-(-32 // threads), lr=0.25)
    assert costs == [-0.25 * update for update in range(10)]
    assert loop.shared[:PARAMETERS].tolist() == [-2.5] * PARAMETERS
    assert loop.totals[0, :PARAMETERS].tolist() == [1.0] * PARAMETERS


def test_totals_are_added_in_the_order_of_the_threads(native: Native) -> None:
    terms = {0: 1e16, 8: 1.0, 16: -1e16, 24: 1.0}

    def kernel(first: int, *others: Any) -> None:
        time.sleep(0.002 * (24 - first) / 8)  # the last one is ready first
        others[-1][:PARAMETERS] += terms[first]

    loop = Loop(native, kernel, threads=4)
    loop.epoch(32, 32, part=8)
    assert loop.totals[0, :PARAMETERS].tolist() == [1e16 + 1.0 - 1e16 + 1.0] * PARAMETERS


def test_threads_that_wait_for_one_that_never_comes_can_be_told(native: Native) -> None:
    loop = Loop(native, nothing, threads=2)
    loop.work.samples, loop.work.batch_size, loop.work.part = 4, 4, 2
    waiting = threading.Thread(target=native["epoch"], args=(ctypes.addressof(loop.work), 1))
    waiting.start()
    waiting.join(0.05)
    assert waiting.is_alive()
    loop.sync[ABANDONED] = 1
    waiting.join(5.0)
    assert not waiting.is_alive()
    assert loop.work.updates == 0


# --- one batch in two halves


def test_gradient_and_step_are_the_halves_of_an_update(native: Native) -> None:
    loop = Loop(native, count_samples)
    scalars = np.array([0.5])
    loop.work.part, loop.work.scalars = 4, scalars.ctypes.data
    address = ctypes.addressof(loop.work)
    assert native["gradient"](address, 0, 0, 4)
    assert loop.totals[0, :PARAMETERS].tolist() == [1.0] * PARAMETERS
    loop.totals[0, :PARAMETERS] = 2.0  # as clipping might
    assert native["step"](address)
    assert loop.shared[:PARAMETERS].tolist() == [-1.0] * PARAMETERS
    loop.totals[0, 3] = inf
    assert not native["step"](address)
