"""Kernels over arrays, and training with them, against the interpreter and the eager engine."""

from __future__ import annotations

import math
import threading
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from itertools import chain
from typing import Any

import numpy as np
import pytest

from microgradlab import optim
from microgradlab.compiler.arrays import Numbers
from microgradlab.compiler.build import penalty_kernel
from microgradlab.compiler.interpreter import run
from microgradlab.compiler.llvm import compiled
from microgradlab.compiler.native import NativeFunction
from microgradlab.losses import cost, l2, squared_error
from microgradlab.nn import MLP
from microgradlab.optim import Optimizer
from microgradlab.value import Value
from tests.compiler.kernels import relu_mlp, relu_mlp_training
from tests.compiler.native_runs import MLP_PARAMETERS, ORDER, ROWS, close_to, drawn, training


class Eager:
    """The same network and loss with Values."""

    def __init__(self, weights: Numbers) -> None:
        self.model = MLP(2, [3, 1], activation="relu", output="linear", seed=0)
        self.parameters = self.model.parameters()
        for parameter, number in zip(self.parameters, weights, strict=True):
            parameter.data = float(number)

    def of(self, places: Any, penalty: float = 0.0) -> Value:
        losses = [squared_error(self.model(features), y) for *features, y in ROWS[places].tolist()]
        result: Value = cost(losses, l2(penalty)(self.parameters) if penalty else None)
        return result

    def update(self, places: Any, optimizer: Optimizer, penalty: float = 0.0) -> float:
        result = self.of(places, penalty)
        optimizer.zero_grad()
        result.backward()
        optimizer.step()
        return result.data


@pytest.fixture(scope="module")
def function() -> NativeFunction:
    return NativeFunction(relu_mlp())


# --- functions


def test_a_function_gives_what_the_interpreter_gives_to_the_last_bit(
    function: NativeFunction,
) -> None:
    weights = drawn(MLP_PARAMETERS)
    wanted = run(relu_mlp(), weights.tolist(), ROWS[:, :2].tolist()).outputs
    assert function(ROWS[:, :2], weights).tolist() == wanted


def test_a_function_takes_lists(function: NativeFunction) -> None:
    assert function([[1, 2]], [0.5] * MLP_PARAMETERS).shape == (1, 1)


def test_no_samples_give_no_outputs(function: NativeFunction) -> None:
    assert function(np.empty((0, 2)), [0.5] * MLP_PARAMETERS).shape == (0, 1)


def test_threads_compute_the_same(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(compiled, "_WORTH_A_THREAD", 1)
    weights = drawn(MLP_PARAMETERS)
    alone, together = (NativeFunction(relu_mlp(), threads=threads) for threads in (1, 3))
    for samples in (1, 8, 50, 100):
        rows = ROWS[:samples, :2]
        assert together(rows, weights).tolist() == alone(rows, weights).tolist()


def test_a_seed_counts_as_1() -> None:
    weights = drawn(MLP_PARAMETERS)
    wanted = run(relu_mlp_training(), weights.tolist(), ROWS.tolist(), seed=1.0).outputs
    assert NativeFunction(relu_mlp_training())(ROWS, weights).tolist() == wanted


# --- training


OPTIMIZERS: dict[str, Callable[[list[Value]], Optimizer]] = {
    "SGD": lambda parameters: optim.SGD(parameters, lr=0.05),
    "momentum": lambda parameters: optim.SGD(parameters, lr=0.01, momentum=0.9),
    "Adam": lambda parameters: optim.Adam(parameters, lr=0.01),
}


@pytest.mark.parametrize("name", OPTIMIZERS)
@pytest.mark.parametrize("threads", [1, 2])
@pytest.mark.parametrize("penalty", [0.0, 0.01])
def test_an_epoch_is_that_of_the_eager_engine(
    name: str, threads: int, penalty: float, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(compiled, "_WORTH_A_THREAD", 1)
    weights = drawn(MLP_PARAMETERS, seed=2)
    eager = Eager(weights)
    optimizer = OPTIMIZERS[name](eager.parameters)
    kernel = penalty_kernel(l2(penalty), eager.parameters) if penalty else None
    native = training(optimizer, weights, threads=threads, penalty=kernel)
    costs, scalars = [], []
    for first in range(0, 100, 30):  # the last batch is of 10
        scalars.append(optimizer.step_scalars())
        costs.append(eager.update(ORDER[first : first + 30], optimizer, penalty))
    progress = native.run(native.prepare(ROWS, ORDER, 30), scalars)
    assert progress.finite
    assert progress.updates == 4
    assert progress.costs.tolist() == close_to(costs)
    assert native.parameters.tolist() == close_to([each.data for each in eager.parameters])
    assert native.totals[:-1].tolist() == close_to([float(p.grad) for p in eager.parameters])
    assert native.state.ravel("F").tolist() == close_to(list(chain(*optimizer.state)))
    assert native.totals[-1] == progress.costs[-1]


@pytest.mark.parametrize("threads", [1, 2, 3])
def test_the_same_number_of_threads_gives_the_same_bits(
    threads: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(compiled, "_WORTH_A_THREAD", 1)
    results = []
    for _ in range(3):
        native = training(threads=threads)
        costs = native.run(
            native.prepare(ROWS, np.tile(ORDER, 20), 50), np.full((40, 1), 0.05)
        ).costs
        results.append((costs.tolist(), native.parameters.tolist()))
    assert results[0] == results[1] == results[2]


def test_halves_make_the_same_update_as_a_whole() -> None:
    whole, halves = training(), training()
    whole.run(whole.prepare(ROWS, ORDER, 50), [[0.05], [0.05]])
    for first in (0, 50):
        cost = halves.gradient(halves.prepare(ROWS, ORDER[first : first + 50]))
        assert halves.step([0.05])
    assert halves.parameters.tolist() == whole.parameters.tolist()
    assert halves.totals.tolist() == whole.totals.tolist()
    assert cost == whole.totals[-1]


def test_gradients_may_be_changed_between_the_halves() -> None:
    native = training()
    native.gradient(native.prepare(ROWS, ORDER))
    before = native.parameters.copy()
    native.totals[:-1] = 1.0
    native.step([0.5])
    assert native.parameters.tolist() == (before - 0.5).tolist()


def test_parameters_that_are_not_the_optimizers_stay() -> None:
    native = training(updated=5)
    before = native.parameters.copy()
    native.run(native.prepare(ROWS, ORDER, 10), np.full((10, 1), 0.05))
    assert (native.parameters[:5] != before[:5]).all()
    assert native.parameters[5:].tolist() == before[5:].tolist()


def test_outputs_are_those_of_the_parameters_before_each_update() -> None:
    native, outputs = training(), np.empty((100, 2))
    before = native.parameters.tolist()
    native.run(native.prepare(ROWS, ORDER, 60, outputs=outputs), [[0.05], [0.05]])
    first = run(relu_mlp_training(), before, ROWS[ORDER[:60]].tolist(), seed=1.0)
    assert outputs[:60].tolist() == first.outputs
    again = run(relu_mlp_training(), before, ROWS[ORDER[60:]].tolist(), seed=1.0)
    assert outputs[60:].tolist() != again.outputs


def test_one_thread_waits_for_the_other(monkeypatch: pytest.MonkeyPatch) -> None:
    native, begun = training(), threading.Event()
    epoch, computing = native._loop["epoch"], threading.Semaphore()

    def slow(work: int, thread: int) -> None:
        assert computing.acquire(blocking=False)  # nobody else is here
        begun.set()
        time.sleep(0.01)
        epoch(work, thread)
        computing.release()

    monkeypatch.setattr(native, "_loop", {**native._loop._functions, "epoch": slow})
    batches = native.prepare(ROWS, ORDER, 50)
    with ThreadPoolExecutor(3) as pool:
        runs = [pool.submit(native.run, batches, [[0.1], [0.1]]) for _ in range(3)]
        assert begun.wait(5.0)
        assert native.step([0.0])  # waits, too
    assert [run.result().updates for run in runs] == [2, 2, 2]
    in_turn = training()
    for _ in range(3):
        in_turn.run(in_turn.prepare(ROWS, ORDER, 50), [[0.1], [0.1]])
    assert native.parameters.tolist() == in_turn.parameters.tolist()


@pytest.mark.parametrize("unlucky", [0, 1])
def test_no_thread_waits_for_one_that_was_interrupted(
    unlucky: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(compiled, "_WORTH_A_THREAD", 1)
    native, untouched = (training(threads=2) for _ in range(2))
    epoch = native._loop["epoch"]

    def interrupted(run: int, thread: int) -> None:
        if thread == unlucky:
            raise KeyboardInterrupt
        epoch(run, thread)

    with monkeypatch.context() as patch:
        patch.setattr(native, "_loop", {**native._loop._functions, "epoch": interrupted})
        with pytest.raises(KeyboardInterrupt):
            native.run(native.prepare(ROWS, ORDER, 50), [[0.1], [0.1]])
    assert native.parameters.tolist() == untouched.parameters.tolist()
    for each in (native, untouched):
        assert each.run(each.prepare(ROWS, ORDER, 50), [[0.1], [0.1]]).updates == 2
    assert native.parameters.tolist() == untouched.parameters.tolist()


# --- what is not finite


def test_a_run_stops_before_an_update_that_is_not_finite_and_tells_how_many_were_done() -> None:
    rows = ROWS.copy()
    rows[ORDER[45]] = math.inf
    native, clean = training(), training()
    progress = native.run(native.prepare(rows, ORDER, 10), np.full((10, 1), 0.05))
    assert not progress.finite
    assert progress.updates == 4
    wanted = clean.run(clean.prepare(ROWS, ORDER[:40], 10), np.full((4, 1), 0.05))
    assert progress.costs.tolist() == wanted.costs.tolist()


@pytest.mark.parametrize("threads", [1, 2])
def test_after_a_run_that_was_not_finite_another_can_be(
    threads: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(compiled, "_WORTH_A_THREAD", 1)
    native, clean = training(threads=threads), training(threads=threads)
    for each in (native, clean):
        batches, before = each.prepare(ROWS, ORDER, 50), each.parameters.copy()
        if each is native:
            assert not each.run(batches, [[0.05], [math.inf]]).finite
            each.parameters[:] = before
        assert each.run(batches, [[0.05], [0.05]]).finite
    assert native.parameters.tolist() == clean.parameters.tolist()


def test_a_step_tells_whether_it_was_finite() -> None:
    native = training()
    native.gradient(native.prepare(ROWS, ORDER))
    assert not native.step([math.inf])
