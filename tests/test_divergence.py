"""Nan and infinities stop a run, with an error that says where they come from."""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any

import pytest

from microgradlab import data, optim
from microgradlab.errors import DivergedError
from microgradlab.events import BatchCost, Event, Updated
from microgradlab.functions import sum as total
from microgradlab.module import Module
from microgradlab.nn import MLP
from microgradlab.training import train
from microgradlab.value import Value, log, sqrt


class Scale(Module):
    """w * x, then a function."""

    def __init__(
        self, function: Callable[[Value], Value] = lambda x: x, start: float = 1.0
    ) -> None:
        self.w = Value(start)
        self.function = function

    def __call__(self, x: float) -> Value:
        return self.function(self.w * x)


def first(prediction: Value, _: float) -> Value:
    return prediction


def diverge(
    model: Module, features: list[float], lr: float = 1e-3, **options: Any
) -> tuple[DivergedError, list[Event]]:
    """The error that ends the run, and the events before it."""
    samples = [(x, 0.0) for x in features]
    optimizer = optim.SGD(model.parameters(), lr=lr, momentum=0.9)
    options = {"batch_size": 2, "shuffle": False, **options}
    events: list[Event] = []
    with pytest.raises(DivergedError) as caught:
        events.extend(event for event in train(model, samples, first, optimizer, **options))
    return caught.value, events


@pytest.mark.parametrize(
    ("function", "features", "message"),
    [
        (
            log,
            [1.0, 1.0, 1.0, 0.0],
            "the cost is not finite: log(x) = -inf at x = 0.0 (sample 3, batch 2, epoch 1)",
        ),
        (
            sqrt,
            [1.0, -4.0],
            "the cost is not finite: sqrt(x) = nan at x = -4.0 (sample 1, batch 1, epoch 1)",
        ),
        (
            lambda x: x,
            [1.0, 1.0, math.nan],
            "the cost is not finite: mul(x, y) = nan at x = 1.0 ('w'), y = nan "
            "(sample 2, batch 2, epoch 1)",
        ),
        (
            lambda x: x * 1e308,
            [1.0, 2.0],
            "the cost is not finite: mul(x, y) = inf at x = 2.0, y = 1e+308 "
            "(sample 1, batch 1, epoch 1)",
        ),
        (
            sqrt,
            [1.0, 0.0],
            "a gradient is not finite: backward through sqrt(x) = 0.0 at x = 0.0 gives inf for x: "
            "gradient 1.0 times local derivative inf (sample 1, batch 1, epoch 1)",
        ),
    ],
    ids=["inf", "nan", "nan in the data", "overflow", "gradient"],
)
def test_the_error_names_operation_operands_sample_batch_and_epoch(
    function: Callable[[Value], Value], features: list[float], message: str
) -> None:
    model = Scale(function)
    error, events = diverge(model, features, lr=0.0)
    assert error.message == message
    assert "smaller learning rate" in error.hint
    assert (
        len([event for event in events if isinstance(event, Updated)]) == (len(features) - 1) // 2
    )


def test_the_sample_is_known_by_its_index_in_the_data_when_shuffled() -> None:
    error, _ = diverge(Scale(log), [1.0] * 8 + [0.0], shuffle=True, seed=3, epochs=1)
    assert "sample 8, batch" in error.message


def test_the_epoch_is_the_one_in_which_it_happens() -> None:
    error, events = diverge(Scale(lambda x: x * x), [10.0], lr=1.0, epochs=1000)
    updates = [event for event in events if isinstance(event, Updated)]
    assert f"batch 1, epoch {len(updates) + 1})" in error.message
    assert len(updates) > 10


def test_a_penalty_that_is_not_finite_is_named_without_a_sample() -> None:
    def penalty(parameters: Any) -> Any:
        return -log(total(parameters) - 1.0)

    error, events = diverge(Scale(), [1.0, 2.0], penalty=penalty)
    expected = "the cost is not finite: log(x) = -inf at x = 0.0 (batch 1, epoch 1)"
    assert error.message == expected
    assert not [event for event in events if isinstance(event, BatchCost)]


def test_a_penalty_whose_gradient_is_not_finite_is_named() -> None:
    def penalty(parameters: Any) -> Any:
        return sqrt(parameters[0] - 1.0)

    error, _ = diverge(Scale(), [1.0, 2.0], penalty=penalty)
    assert "a gradient is not finite: backward through sqrt(x) = 0.0" in error.message
    assert "(batch 1, epoch 1)" in error.message


def test_a_gradient_may_overflow_as_a_sum_of_finite_parts() -> None:
    def penalty(parameters: Any) -> Any:
        return parameters[0] * 1.5e308

    error, _ = diverge(Scale(start=0.0), [1.5e308, 1.5e308], penalty=penalty)
    assert error.message == (
        "a gradient is not finite: finite parts of a gradient overflow in their sum "
        "(batch 1, epoch 1)"
    )


def test_an_update_that_overflows_is_taken_back() -> None:
    model = Scale()
    optimizer = optim.SGD(model.parameters(), lr=0.1, momentum=0.9)
    for _ in train(model, [(1.0, 0.0)], first, optimizer, epochs=3):
        pass
    before = (model.state_dict(), optimizer.state_dict())
    with pytest.raises(DivergedError) as caught:
        list(train(model, [(-1e308, 0.0)], lambda p, _: p * 10.0, optimizer, epochs=1))
    assert "not finite" in caught.value.message
    optimizer.schedule = optim.ConstantLR(1e10)
    with pytest.raises(DivergedError) as caught:
        list(train(model, [(-1e300, 0.0)], first, optimizer, epochs=1))
    assert "the update is not finite: w = " in caught.value.message
    assert "with gradient -1e+300 became inf (batch 1, epoch 1)" in caught.value.message
    assert (model.state_dict(), optimizer.state_dict()) == before


@pytest.mark.parametrize("name", optim.OPTIMIZERS)
def test_a_huge_learning_rate_never_leaves_parameters_that_are_not_finite(name: str) -> None:
    model = MLP(2, [4, 1], activation="tanh", seed=0)
    optimizer = optim.by_name(name, model.parameters(), lr=1e307)
    moons = data.moons(20, seed=0)
    events: list[Event] = []
    with pytest.raises(DivergedError):
        events.extend(train(model, moons, "squared_error", optimizer, epochs=100, batch_size=1))
    updates = [event for event in events if isinstance(event, Updated)]
    now = {name: parameter.data for name, parameter in model.named_parameters()}
    assert all(map(math.isfinite, now.values()))
    assert not updates or now == updates[-1].after
