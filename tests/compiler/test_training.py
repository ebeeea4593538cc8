"""Compiled training: the same run as with Values, in a few native calls."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any, ClassVar

import pytest

from microgradlab import losses, optim
from microgradlab.functions import ACTIVATIONS
from microgradlab.module import Module
from microgradlab.nn import MLP
from microgradlab.optim.base import Rule
from microgradlab.value import Value, softplus
from tests.compiler.training_runs import MOONS, check_agreement, network, run

LONG = {"epochs": 100}


@pytest.mark.parametrize("name", optim.OPTIMIZERS)
def test_every_optimizer_agrees_after_100_epochs(name: str) -> None:
    check_agreement(lambda: network(name), **LONG)


@pytest.mark.parametrize("name", ACTIVATIONS)
def test_every_activation_agrees_after_100_epochs(name: str) -> None:
    check_agreement(lambda: network(activation=name), **LONG)


@pytest.mark.parametrize("name", optim.SCHEDULES)
def test_every_schedule_agrees_after_100_epochs(name: str) -> None:
    schedule = optim.schedule_by_name(name, 0.02, total_steps=250, warmup_steps=20)
    check_agreement(lambda: network("nesterov", schedule), **LONG)


class MeanAndVariance(Module):
    """A network with the two outputs that `gaussian_nll` takes."""

    def __init__(self) -> None:
        self.network = MLP(2, [3, 2], activation="tanh", seed=1)

    def __call__(self, x: Any) -> list[Value]:
        mean, spread = self.network(x)
        return [mean, softplus(spread) + 0.1]


def classifier() -> MLP:
    return MLP(2, [3, 3], activation="tanh", seed=1)


def regressor() -> MLP:
    return network()[0]


OUTPUTS: dict[str, tuple[Callable[[], Module], Callable[[int], Any]]] = {
    "cross_entropy": (classifier, lambda number: number % 3),
    "gaussian_nll": (MeanAndVariance, lambda number: number / 5.0),
    "binary_cross_entropy": (regressor, lambda number: number % 2),
    "hinge": (regressor, lambda number: number % 2),
    "squared_hinge": (regressor, lambda number: 2 * (number % 2) - 1),
}


@pytest.mark.parametrize("name", losses.LOSSES)
def test_every_loss_agrees_after_100_epochs(name: str) -> None:
    make, target = OUTPUTS.get(name, (regressor, float))
    samples = [(features, target(number)) for number, (features, _) in enumerate(MOONS)]

    def start() -> tuple[Module, optim.Optimizer]:
        model = make()
        return model, optim.Adam(model.parameters(), lr=0.01)

    check_agreement(start, samples, loss=name, **LONG)


@pytest.mark.parametrize("loss", ["squared_error", "absolute_error", "huber", "cross_entropy"])
def test_targets_may_be_lists(loss: str) -> None:
    samples = [(features, [0.25, 0.5, 0.25 * features[0]]) for features, _ in MOONS]

    def start() -> tuple[Module, optim.Optimizer]:
        model = classifier()
        return model, optim.SGD(model.parameters(), lr=0.1)

    check_agreement(start, samples, loss=loss)


@pytest.mark.parametrize("batch_size", [1, 4, 7, 14, 100, None])
@pytest.mark.parametrize("shuffle", [True, False])
def test_the_batches_are_the_same(batch_size: int | None, shuffle: bool) -> None:
    options = {"batch_size": batch_size, "shuffle": shuffle, "seed": 3}
    check_agreement(lambda: network("momentum", 0.1), **options)


@pytest.mark.parametrize(
    "options",
    [
        {"penalty": losses.l2(0.01)},
        {"penalty": losses.l1(0.01)},
        {"penalty": lambda parameters: parameters[1] * parameters[1]},
        {"penalty": lambda _: 0.25},
        {"clip": lambda parameters: optim.clip_grad_norm(parameters, 0.5)},
        {"clip": lambda parameters: optim.clip_grad_value(parameters, 0.1)},
        {"metrics": ["r2", "mean_absolute_error"]},
        {"metrics": {"mine": lambda outputs, targets: max(outputs) - targets[-1]}},
        {"validation": MOONS[:6], "metrics": ["accuracy"]},
        {"validation": MOONS[:6]},
    ],
    ids=lambda options: ", ".join(options),
)
def test_the_options_of_training_have_the_same_effects(options: dict[str, Any]) -> None:
    check_agreement(**options)


def test_fast_arithmetic_agrees_but_for_rounding() -> None:
    compiled, fast = (run(compiled=True, fast=fast).numbers() for fast in (False, True))
    for name, numbers in compiled.items():
        assert fast[name] == pytest.approx(numbers, rel=1e-9, abs=1e-12)


def test_metrics_get_several_outputs_as_lists() -> None:
    def last(outputs: Any, targets: Any) -> float:
        first, _, third = outputs[-1]
        return float(first + 10.0 * third + 100.0 * targets[-1])

    def start() -> tuple[Module, optim.Optimizer]:
        model = classifier()
        return model, optim.SGD(model.parameters(), lr=0.1)

    options: dict[str, Any] = {"metrics": {"last": last}, "validation": MOONS[3:9]}
    check_agreement(start, loss="cross_entropy", **options)


def test_a_penalty_sees_the_models_parameters_in_their_order() -> None:
    def penalty(parameters: Any) -> Any:
        return parameters[0] * 0.5 + parameters[-1] * parameters[-1]

    def backwards() -> tuple[Module, optim.Optimizer]:
        model = regressor()
        return model, optim.SGD(model.parameters()[::-1], lr=0.1)

    check_agreement(backwards, penalty=penalty)


def test_parameters_that_the_optimizer_leaves_out_stay() -> None:
    def start() -> tuple[Module, optim.Optimizer]:
        model = regressor()
        return model, optim.Adam(model.layers[1].parameters(), lr=0.1)

    check_agreement(start)
    assert run(start, compiled=True).model.parameters()[0].data == start()[0].parameters()[0].data


def test_a_loss_may_have_parameters_of_its_own() -> None:
    def start() -> tuple[Module, optim.Optimizer]:
        model = regressor()
        return model, optim.Adam([*model.parameters(), scale], lr=0.1)

    def loss(prediction: Any, target: Any) -> Any:
        return losses.squared_error(prediction * scale, target)

    ended = []
    for compiled in (False, True):
        scale = Value(2.0, label="scale")
        run(start, loss=loss, compiled=compiled)
        ended.append(scale.data)
    assert ended[1] == pytest.approx(ended[0], rel=1e-12)
    assert ended[1] != 2.0


def signed(
    parameter: Any, gradient: Any, state: Any, lr: Any, half: Any, *, mix: float
) -> tuple[Any, tuple[Any]]:
    """A rule of one's own, with a state, and a scalar that changes besides the learning rate."""
    (memory,) = state
    memory = mix * memory + (1.0 - mix) * gradient
    return parameter - lr * half * memory / (memory * memory + 1.0), (memory,)


class Signed(optim.Optimizer):
    rule: ClassVar[Rule] = staticmethod(signed)

    def __init__(self, parameters: Any, lr: float) -> None:
        super().__init__(parameters, lr, state_names=("memory",), mix=0.9)

    def step_scalars(self) -> tuple[float, ...]:
        return self.lr, 0.5**self.updates


def test_an_optimizer_of_ones_own_is_compiled_by_its_rule() -> None:
    def start() -> tuple[Module, optim.Optimizer]:
        model = regressor()
        return model, Signed(model.parameters(), lr=0.3)

    check_agreement(start)


def test_two_threads_agree_but_for_rounding_and_repeat_exactly() -> None:
    samples = MOONS * 40
    options: dict[str, Any] = {"samples": samples, "batch_size": 256, "compiled": True}
    one = run(**options).numbers()
    two = [run(**options, threads=2).numbers() for _ in range(3)]
    assert two[0] == two[1] == two[2]
    for name, numbers in one.items():
        assert two[0][name] == pytest.approx(numbers, rel=1e-9, abs=1e-12)


def test_the_same_call_gives_the_same_bits() -> None:
    assert run(compiled=True).numbers() == run(compiled=True).numbers()


@pytest.mark.parametrize("options", [{"patience": 2}, {"keep_best": True}], ids=str)
def test_early_stopping_acts_at_the_same_epoch(options: dict[str, Any]) -> None:
    options = {**options, "epochs": 40, "validation": MOONS[:4]}
    eager = run(lambda: network(lr=0.3), **options)
    compiled = run(lambda: network(lr=0.3), compiled=True, **options)
    assert compiled.history["epoch"] == eager.history["epoch"]
    assert compiled.history.best_index() == eager.history.best_index()
    numbers = eager.numbers()["parameters"]
    assert compiled.numbers()["parameters"] == pytest.approx(numbers, rel=1e-9)


@pytest.mark.parametrize("first", [False, True])
def test_a_checkpoint_of_one_engine_resumes_in_the_other(first: bool, tmp_path: Path) -> None:
    options: dict[str, Any] = {"checkpoint": tmp_path / "run.json", "keep_best": True}
    run(compiled=first, epochs=2, **options)
    resumed = run(compiled=not first, epochs=5, resume=True, **options).numbers()
    for name, numbers in run(epochs=5, keep_best=True).numbers().items():
        assert resumed[name] == pytest.approx(numbers, rel=1e-9, abs=1e-12)


def test_a_compiled_run_resumes_bit_for_bit(tmp_path: Path) -> None:
    options: dict[str, Any] = {"checkpoint": tmp_path / "run.json", "compiled": True}
    run(epochs=2, **options)
    resumed = run(epochs=5, resume=True, **options).numbers()
    assert resumed == run(epochs=5, compiled=True).numbers()
