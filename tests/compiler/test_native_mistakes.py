"""What native code is not given: it would read and write without looking."""

from __future__ import annotations

from dataclasses import replace
from random import Random
from typing import Any

import numpy as np
import pytest

from microgradlab import optim
from microgradlab.compiler.build import rule_kernel
from microgradlab.compiler.kernel import Kernel
from microgradlab.compiler.native import NativeFunction, NativeTraining
from microgradlab.errors import ArgumentError
from microgradlab.value import Value
from tests.compiler.kernels import relu_mlp, relu_mlp_training
from tests.compiler.native_runs import MLP_PARAMETERS, ORDER, ROWS, training


@pytest.fixture(scope="module")
def idle() -> NativeTraining:
    """For tests of what is refused."""
    return training()


@pytest.fixture(scope="module")
def function() -> NativeFunction:
    return NativeFunction(relu_mlp())


def test_a_function_names_the_shape_that_it_takes(function: NativeFunction) -> None:
    with pytest.raises(ArgumentError, match=r"rows has the shape \(5, 3\)") as caught:
        function(np.zeros((5, 3)), np.zeros(MLP_PARAMETERS))
    assert caught.value.hint == "give an array of any x 2 numbers"
    with pytest.raises(ArgumentError, match=r"parameters has the shape \(2,\)"):
        function(np.zeros((5, 2)), [1.0, 2.0])


@pytest.mark.parametrize("rows", [[["a", "b"]], [[1.0], [1.0, 2.0]], [[None, {}]]])
def test_what_is_no_number_is_refused(function: NativeFunction, rows: Any) -> None:
    with pytest.raises(ArgumentError, match="rows is no array of numbers"):
        function(rows, np.zeros(MLP_PARAMETERS))


@pytest.mark.parametrize(
    ("order", "message"),
    [
        ([0, 100], "order goes from 0 to 100, but there are 100 rows"),
        ([-1, 5], "order goes from -1 to 5"),
        ([0.5], "order is an array of float64"),
        ([[0, 1]], r"with the shape \(1, 2\)"),
    ],
)
def test_samples_that_do_not_exist_are_refused(
    idle: NativeTraining, order: Any, message: str
) -> None:
    with pytest.raises(ArgumentError, match=message):
        idle.prepare(ROWS, order)


def test_a_batch_has_samples(idle: NativeTraining) -> None:
    with pytest.raises(ArgumentError, match="batch_size is 0"):
        idle.prepare(ROWS, ORDER, 0)
    with pytest.raises(ArgumentError, match=r"there are 0 batches, and gradient\(\) takes one"):
        idle.gradient(idle.prepare(ROWS, []))
    assert idle.run(idle.prepare(ROWS, [], 10), np.empty((0, 1))).updates == 0


def test_a_gradient_is_that_of_one_batch(idle: NativeTraining) -> None:
    with pytest.raises(ArgumentError, match="there are 2 batches"):
        idle.gradient(idle.prepare(ROWS, ORDER, 50))


def test_batches_are_for_the_training_that_prepared_them(idle: NativeTraining) -> None:
    batches = training().prepare(ROWS, ORDER)
    for call in (idle.gradient, lambda batches: idle.run(batches, [[0.1]])):
        with pytest.raises(ArgumentError, match="prepared by another training"):
            call(batches)


def test_batches_serve_for_many_runs_and_keep_their_order() -> None:
    once, twice = training(), training()
    order = ORDER.copy()
    batches = twice.prepare(ROWS, order, 50)
    order[:] = -(10**9)  # which nobody had looked at again
    for _ in range(2):
        wanted = once.run(once.prepare(ROWS, ORDER, 50), [[0.05], [0.05]])
        assert twice.run(batches, [[0.05], [0.05]]).costs.tolist() == wanted.costs.tolist()
    assert twice.parameters.tolist() == once.parameters.tolist()


def test_there_are_scalars_for_each_update(idle: NativeTraining) -> None:
    with pytest.raises(ArgumentError, match=r"scalars has the shape \(1, 1\)") as caught:
        idle.run(idle.prepare(ROWS, ORDER, 30), [[0.1]])
    assert caught.value.hint == "give an array of 4 x 1 numbers"
    with pytest.raises(ArgumentError, match="scalars has the shape"):
        idle.step([0.1, 0.2])


@pytest.mark.parametrize(
    "outputs",
    [
        np.empty((99, 2)),
        np.empty((100, 2), np.float32),
        np.empty((2, 100)).T,
        np.broadcast_to(0.0, (100, 2)),
        [[0.0, 0.0]] * 100,
    ],
)
def test_outputs_must_have_room_for_all(idle: NativeTraining, outputs: Any) -> None:
    with pytest.raises(ArgumentError, match="outputs is no array that can be filled") as caught:
        idle.prepare(ROWS, ORDER, outputs=outputs)
    assert caught.value.hint == "give np.empty((100, 2))"


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"updated": 14}, "updated is 14, but the kernel has 13 parameters"),
        ({"updated": 0}, "updated is 0"),
        ({"threads": 0}, "threads is 0"),
        ({"threads": 100_000}, "threads is 100000, and 256 is the most"),
        ({"penalty": relu_mlp()}, "the penalty has 13 parameters and 0 totals instead of 13"),
    ],
)
def test_arguments_that_do_not_fit_are_refused(change: dict[str, Any], message: str) -> None:
    with pytest.raises(ArgumentError, match=message):
        training(**change)


def test_a_rule_gives_what_it_takes() -> None:
    rule = rule_kernel(optim.Adam([Value(0.0)]))
    short = replace(rule, outputs=rule.outputs[:1])
    with pytest.raises(ArgumentError, match="the rule gives 1 numbers for 4"):
        NativeTraining(relu_mlp_training(), short, updated=1)


def test_a_kernel_without_totals_cannot_be_trained() -> None:
    kernel: Kernel = relu_mlp()
    with pytest.raises(ArgumentError, match="the kernel has 13 parameters and 0 totals"):
        NativeTraining(kernel, rule_kernel(optim.SGD([Value(0.0)])), updated=1)


def test_random_shapes_of_work_end() -> None:
    draw = Random(0)
    native = training(threads=2)
    for _ in range(50):
        samples, batch_size = draw.randint(1, 100), draw.randint(1, 120)
        updates = -(-samples // batch_size)
        batches = native.prepare(ROWS, ORDER[:samples], batch_size)
        progress = native.run(batches, np.full((updates, 1), 0.001))
        assert progress.updates == updates
