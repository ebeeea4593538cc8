"""Loops recovered: few statements, regular indices, and the numbers of the engine."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from random import Random
from typing import Any

import pytest

import microgradlab as mg
from microgradlab import ACTIVATIONS, Module, Value
from microgradlab.compiler.accesses import accesses
from microgradlab.compiler.build import rows_of, training_kernel
from microgradlab.compiler.interpreter import check, run
from microgradlab.compiler.kernel import Kernel, Map, Steps, Sum, Total
from microgradlab.losses import LOSSES

Sample = tuple[list[float], Any]


def samples(features: int, target: Callable[[Random], Any], count: int = 4) -> list[Sample]:
    random = Random(7)
    return [
        ([random.uniform(-1, 1) for _ in range(features)], target(random)) for _ in range(count)
    ]


def checked_kernel(model: Module, loss: mg.losses.Loss, data: Sequence[Sample]) -> Kernel:
    """The training kernel, after comparing it with the engine bit by bit, sample by sample."""
    parameters = model.parameters()
    kernel = training_kernel(model, loss, data, parameters)
    check(kernel)
    numbers = [parameter.data for parameter in parameters]
    for row, (features, target) in zip(rows_of(data).tolist(), data, strict=True):
        model.zero_grad()
        value = loss(model(features), target)
        value.backward()
        computed = run(kernel, numbers, [row], seed=1.0)
        assert computed.outputs[0][0] == value.data
        assert computed.totals == [*(parameter.grad for parameter in parameters), value.data]
    return kernel


def extents(kernel: Kernel, kind: type[Sum | Total]) -> list[tuple[tuple[int, ...], int]]:
    return [(s.shape, s.terms) for s in kernel.statements if isinstance(s, kind)]


@pytest.mark.parametrize("activation", ACTIVATIONS)
def test_every_activation_gives_the_engine_s_bits(activation: str) -> None:
    model = mg.MLP(3, [5, 4, 1], activation=activation, seed=1)
    checked_kernel(model, mg.losses.squared_error, samples(3, Random.random))


@pytest.mark.parametrize("loss", sorted(LOSSES))
def test_every_loss_gives_the_engine_s_bits(loss: str) -> None:
    outputs = {"cross_entropy": 4, "gaussian_nll": 2}.get(loss, 1)
    data = samples(3, lambda random: random.randrange(outputs) if outputs == 4 else 1.0)
    checked_kernel(mg.MLP(3, [5, outputs], activation="tanh", seed=1), LOSSES[loss], data)


def test_a_layer_is_one_sum_of_products_over_its_neurons() -> None:
    model = mg.MLP(2, [16, 16, 1], seed=0)
    kernel = checked_kernel(model, mg.losses.squared_error, samples(2, Random.random))
    forward = [s for s in kernel.statements if isinstance(s, Sum) and not s.backward]
    assert [(s.shape, s.terms) for s in forward] == [((16,), 2), ((16,), 16), ((1,), 16)]
    assert all(s.start is not None for s in forward)


def test_the_gradients_of_a_layer_are_one_outer_product_without_tables() -> None:
    model = mg.MLP(2, [16, 16, 1], seed=0)
    kernel = checked_kernel(model, mg.losses.squared_error, samples(2, Random.random))
    assert {((16, 16), 1), ((16, 2), 1)} <= set(extents(kernel, Total))
    reached = [access for one in kernel.statements for access in accesses(one)]
    indices = [operand.index for access in reached for operand, _ in access.reads]
    indices += [access.target for access in reached]
    assert all(index.table is None for index in indices)


@pytest.mark.parametrize("loss", ["squared_error", "cross_entropy"])
def test_statements_depend_on_the_number_of_layers_and_not_of_weights(loss: str) -> None:
    def statements(width: int) -> int:
        model = mg.MLP(width, [width, 2 * width, 3], seed=0)
        data = samples(width, lambda random: [random.random() for _ in range(3)])
        return len(training_kernel(model, LOSSES[loss], data, model.parameters()).statements)

    assert statements(8) == statements(32)


class Convolution(Module):
    """Four filters of 3 x 3 over 6 x 6 pixels."""

    def __init__(self) -> None:
        random = Random(3)
        self.filters = [[Value(random.uniform(-1, 1)) for _ in range(9)] for _ in range(4)]
        self.weights = [Value(random.uniform(-1, 1)) for _ in range(4 * 16)]

    def __call__(self, x: Sequence[Any]) -> Any:
        rows = [x[start : start + 6] for start in range(0, 36, 6)]
        patches = [
            [rows[top + down][left + right] for down in range(3) for right in range(3)]
            for top in range(4)
            for left in range(4)
        ]
        features = [mg.relu(mg.dot(f, patch)) for f in self.filters for patch in patches]
        return mg.dot(self.weights, features)


def test_shared_weights_keep_the_order_of_their_contributions() -> None:
    kernel = checked_kernel(Convolution(), mg.losses.squared_error, samples(36, Random.random))
    assert ((4, 16), 9) in extents(kernel, Sum) or ((64,), 9) in extents(kernel, Sum)
    assert any(terms == 16 for _, terms in extents(kernel, Total))
    assert len(kernel.statements) < 25


class Recurrence(Module):
    """Three hidden numbers, carried from input to input."""

    def __init__(self) -> None:
        self.weights = [[Value(0.3 - 0.1 * (i + j)) for i in range(3)] for j in range(3)]
        self.inputs = [Value(0.5 + 0.1 * i) for i in range(3)]

    def __call__(self, x: Sequence[Any]) -> Any:
        state: list[Any] = [0.0, 0.0, 0.0]
        for number in x:
            state = [
                mg.tanh(mg.dot(row, state, start=weight * number))
                for row, weight in zip(self.weights, self.inputs, strict=True)
            ]
        return mg.sum(state)


def test_a_recurrence_is_unrolled_over_time_and_rolled_over_its_state() -> None:
    kernel = checked_kernel(Recurrence(), mg.losses.squared_error, samples(5, Random.random))
    assert not any(isinstance(s, Steps) for s in kernel.statements)
    assert ((3,), 3) in extents(kernel, Sum)


def test_a_long_recurrence_becomes_a_table_of_steps() -> None:
    kernel = checked_kernel(Recurrence(), mg.losses.squared_error, samples(80, Random.random))
    assert any(isinstance(s, Steps) for s in kernel.statements)
    assert len(kernel.statements) < 20


def test_numbers_in_irregular_slots_that_are_read_often_are_copied_into_a_row() -> None:
    model = mg.MLP(4, [8, 3], activation="tanh", seed=1)
    kernel = checked_kernel(model, mg.losses.cross_entropy, samples(4, lambda r: r.randrange(3)))
    assert any(isinstance(s, Map) and s.expression == "x" for s in kernel.statements)
    assert ((3, 8), 1) in extents(kernel, Total)
