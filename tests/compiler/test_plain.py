"""Compiled training is compared with training with Values before it begins."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

import microgradlab as mg
from microgradlab import Value, optim
from microgradlab.compiler.build import rows_of
from microgradlab.compiler.plain import check_targets, plain_outputs
from microgradlab.compiler.training import CompiledRun
from microgradlab.errors import ArgumentError
from microgradlab.events import EpochEnded
from tests.compiler.training_runs import MOONS, given, network, run

SAMPLES = [([float(place)], 1.0) for place in range(200)]


class Model(mg.Module):
    """A weight, and a function of it and the feature."""

    def __init__(self, function: Callable[[Value, Any], Any]) -> None:
        self.weight = Value(0.5)
        self.function = function

    def __call__(self, x: Any) -> Any:
        return self.function(self.weight, x[0])


def train(function: Callable[[Value, Any], Any], samples: Any = SAMPLES, **options: Any) -> Any:
    model = Model(function)
    optimizer = optim.SGD(model.parameters(), lr=1e-6)
    options = {"loss": "squared_error", "epochs": 1, **options}
    return run(given(model, optimizer), samples, compiled=True, **options)


def data_of(x: Any) -> float:
    return x.data if isinstance(x, Value) else x


@pytest.mark.parametrize(
    ("function", "place"),
    [
        (lambda w, x: w * x if isinstance(x, Value) else w * 2.0, 0),
        (lambda w, x: w * (5.0 if data_of(x) == 50.0 else 1.0), 50),
        (lambda w, x: w * 5.0 if data_of(x) == 51.0 else w * 1.0, 51),
    ],
)
@pytest.mark.parametrize("fast", [False, True])
def test_a_sample_with_another_prediction_is_named(
    function: Callable[[Value, Any], Any], place: int, fast: bool
) -> None:
    with pytest.raises(ArgumentError, match=rf"(?s)predictions of sample {place} are .*isinstance"):
        train(function, fast=fast)


def test_a_loss_that_takes_another_way_is_found() -> None:
    def loss(prediction: Any, target: Any) -> Any:
        return prediction * (3.0 if isinstance(target, Value) else 2.0)

    with pytest.raises(ArgumentError, match="predictions of sample 199 are"):
        train(lambda w, x: w * x, loss=loss)


def test_losses_that_are_not_finite_are_the_same() -> None:
    train(lambda w, x: w * x + 0.0, [([0.0], 1.0), ([1.0], 1.0)])
    with pytest.raises(mg.errors.DivergedError):
        train(lambda w, x: mg.log(w * x) * 0.0, [([1.0], 1.0), ([0.0], 1.0)])


def test_the_comparison_changes_nothing() -> None:
    model, optimizer = network()
    before = model.state_dict(), optimizer.state_dict()
    CompiledRun(model, MOONS, "hinge", optimizer, None, None, (), None)
    assert (model.state_dict(), optimizer.state_dict()) == before


def test_the_first_and_the_last_sample_are_the_first_to_be_compared() -> None:
    plain = plain_outputs(lambda x: x[0], lambda output, target: output - target, SAMPLES)
    assert list(plain)[:2] == [0, 199]
    assert plain[199] == (198.0, 199.0)


@pytest.mark.parametrize(
    ("targets", "shown"),
    [
        ([0, 1] * 50, 2),
        ([[0.0, 1.0], [1.0, 0.0]] * 50, 2),
        (list(range(100)), 100),
        (list(range(101)), 0),
        (list(range(150)) * 4, 150),
    ],
)
def test_each_class_is_shown_to_the_loss_and_numbers_are_not(
    targets: list[Any], shown: int
) -> None:
    seen: list[Any] = []
    check_targets(lambda _, target: seen.append(target), 0.0, targets)
    assert len(seen) == shown


def test_options_that_change_in_the_run_are_refused() -> None:
    model, optimizer = network("adamw")

    def decays(event: Any) -> None:
        if isinstance(event, EpochEnded):
            optimizer.options["weight_decay"] = 5.0

    with pytest.raises(ArgumentError, match=r"options were .*'weight_decay': 5\.0"):
        run(given(model, optimizer), compiled=True, epochs=2, callbacks=[decays])


def test_ints_beyond_all_floats_and_arrays_without_dimensions() -> None:
    assert rows_of([([10**400], 1)]).tolist() == [[float("inf"), 1.0]]
    with pytest.raises(ArgumentError, match=r"its target is array\(1\.\)"):
        train(lambda w, x: w * x, [([1.0], np.array(1.0))])
