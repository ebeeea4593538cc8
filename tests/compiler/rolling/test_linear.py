"""Compiling takes time in proportion to the program: no pass looks twice at everything."""

from __future__ import annotations

import time
from collections.abc import Callable
from random import Random
from typing import Any

import numpy as np
import pytest

import microgradlab as mg
from microgradlab import Value
from microgradlab.compiler.derivative import by_parameters
from microgradlab.compiler.kernel import Steps
from microgradlab.compiler.program import merged
from microgradlab.compiler.rolling import rolled
from microgradlab.compiler.rolling.indices import runs
from microgradlab.compiler.tape import Tape, record

_SLACK = 3.0  # of the time per operation; a pass that is quadratic has 8
_GROWTH = 8
_MOST_COSTLY = 20.0  # times what an operation of a layer costs; with a statement for each it is 300


def chain(size: int) -> Tape:
    """Each operation on the result of the one before."""
    weight = Value(0.5)

    def function(x: list[Value]) -> list[Value]:
        number = x[0]
        for _ in range(size // 2):
            number = mg.sin(number) * weight
        return [number]

    return record(function, [[0.5]], [weight])


def wide(size: int) -> Tape:
    """A sum of many terms, in irregular places."""
    weights = [Value(0.5) for _ in range(size // 4)]
    order = list(range(len(weights)))
    Random(0).shuffle(order)

    def function(x: list[Value]) -> list[Value]:
        pairs = zip(weights, (weights[place] for place in order), strict=True)
        return [mg.sum([mg.tanh(one * x[0]) / other for one, other in pairs])]

    return record(function, [[0.5]], weights)


def perceptron(size: int) -> Tape:
    """A model with two hidden layers."""
    width = int((size / 4) ** 0.5)
    model = mg.MLP(width, [width, width, 1], seed=0)
    return record(lambda x: [model(x)], [[0.5] * width], model.parameters())


def recurrence(size: int) -> Tape:
    """Four numbers, carried on."""
    weights = [[Value(0.1 * (i - j)) for i in range(4)] for j in range(4)]

    def function(x: list[Value]) -> list[Value]:
        state: list[Any] = [x[0]] * 4
        for _ in range(size // 36):
            state = [mg.tanh(mg.dot(row, state, start=0.5)) for row in weights]
        return [mg.sum(state)]

    return record(function, [[0.5]], [weight for row in weights for weight in row])


def time_per_operation(tape: Tape) -> float:
    """Seconds of this process, at the best of three attempts."""
    seconds = []
    for _ in range(3):
        begin = time.process_time()
        rolled(merged(by_parameters(tape)))
        seconds.append(time.process_time() - begin)
    return min(seconds) / len(tape.code)


@pytest.mark.parametrize("program", [chain, wide, perceptron, recurrence])
def test_the_time_per_operation_does_not_grow(program: Callable[[int], Tape]) -> None:
    small, large = (time_per_operation(program(size)) for size in (4_000, 4_000 * _GROWTH))
    assert large < _SLACK * small


def test_an_operation_of_a_chain_costs_no_more_than_some_of_a_layer() -> None:
    irregular, regular = (time_per_operation(program(16_000)) for program in (chain, perceptron))
    assert irregular < _MOST_COSTLY * regular


def test_the_time_to_cut_irregular_places_into_runs_does_not_grow() -> None:
    def time_per_item(count: int) -> float:
        places = np.random.default_rng(0).integers(0, 9, count)
        begin = time.process_time()
        runs([places])
        return (time.process_time() - begin) / count

    small, large = (min(time_per_item(count) for _ in range(3)) for count in (5_000, 80_000))
    assert large < _SLACK * small


def test_a_chain_of_operations_is_one_table_for_each_pass() -> None:
    kernel = rolled(merged(by_parameters(chain(1_000))))
    passes = [statement.backward for statement in kernel.statements if isinstance(statement, Steps)]
    assert passes == [False, True]
