"""Compiled training that cannot go on, or cannot begin: the errors of training with Values."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from microgradlab import losses, optim
from microgradlab.errors import ArgumentError, DivergedError, LabError, MissingExtraError
from microgradlab.events import Updated
from microgradlab.functions import sum as total
from microgradlab.module import Module
from microgradlab.nn import MLP
from microgradlab.value import Value, exp, log, maximum, sqrt
from tests.compiler.test_training_events import Watcher
from tests.compiler.training_runs import MOONS, Scale, given, network, run

Made = tuple[Module, optim.Optimizer]


def failing(start: Callable[[], Made], samples: Any, **options: Any) -> tuple[str, Any]:
    """The sentence of the error, and what model and optimizer are like after it."""
    model, optimizer = start()
    with pytest.raises(LabError) as caught:
        run(given(model, optimizer), samples, **options)
    return str(caught.value), (model.state_dict(), optimizer.state_dict())


def first(prediction: Value, _: Any) -> Value:
    return prediction


def scaled(function: Callable[[Value], Value], start: float = 1.0, lr: float = 1e-3) -> Any:
    def make() -> Made:
        model = Scale(function, start)
        return model, optim.SGD(model.parameters(), lr=lr, momentum=0.9)

    return make


DIVERGING: dict[str, tuple[Any, list[float], dict[str, Any]]] = {
    "inf": (scaled(log, lr=0.0), [1.0, 1.0, 1.0, 0.0], {}),
    "nan": (scaled(sqrt, lr=0.0), [1.0, -4.0], {}),
    "overflow": (scaled(lambda x: x * 1e308, lr=0.0), [1.0, 2.0], {}),
    "a gradient": (scaled(sqrt, lr=0.0), [1.0, 0.0], {}),
    "a sum": (
        scaled(lambda x: x, start=0.0),
        [1.5e308, 1.5e308],
        {"penalty": lambda parameters: parameters[0] * 1.5e308},
    ),
    "a penalty": (
        scaled(lambda x: x),
        [1.0, 2.0],
        {"penalty": lambda parameters: -log(total(parameters) - 1.0)},
    ),
    "an update": (scaled(lambda x: x, lr=1e10), [1.0, 1.0, -1e300], {}),
    "growing": (scaled(lambda x: x * x, lr=1.0), [8.0], {"epochs": 1000}),
}


@pytest.mark.parametrize("wants", [(), (Updated,)], ids=["epochs", "updates"])
@pytest.mark.parametrize("case", DIVERGING)
def test_a_run_that_diverges_tells_and_leaves_the_same(case: str, wants: Any) -> None:
    make, features, options = DIVERGING[case]
    samples = [([x], 0.0) for x in features]
    options = {"loss": first, "batch_size": 2, "shuffle": False, **options}
    eager = failing(make, samples, **options)
    compiled = failing(make, samples, compiled=True, callbacks=[Watcher(*wants)], **options)
    assert compiled == eager
    assert "not finite" in eager[0]


def test_the_sample_is_named_when_the_order_is_shuffled() -> None:
    samples = [([x], 0.0) for x in [1.0] * 20 + [0.0]]
    options: dict[str, Any] = {"loss": first, "batch_size": 4, "seed": 3, "epochs": 1}
    message, _ = failing(scaled(log), samples, compiled=True, **options)
    assert "(sample 20, batch" in message
    assert message == failing(scaled(log), samples, **options)[0]


def test_the_error_of_a_metric_among_targets_is_the_same() -> None:
    samples = [(features, [1.0]) for features, _ in MOONS]
    options = {"metrics": ["r2"]}
    eager, _ = failing(network, samples, **options)
    assert failing(network, samples, compiled=True, **options)[0] == eager


@pytest.mark.parametrize(
    "options",
    [
        {"epochs": 0},
        {"batch_size": 0},
        {"loss": "hing"},
        {"metrics": ["acuracy"]},
        {"penalty": 1e-4},
        {"clip": 1.0},
        {"samples": []},
        {"validation": []},
        {"samples": [([1.0, 2.0], 0), ([1.0], 1)]},
        {"validation": [([1.0, 2.0, 3.0], 0)]},
        {"samples": [([1.0, float("nan")], 0)]},
        {"samples": [*MOONS, ([1.0, 1.0], float("nan"))]},
        {"start": lambda: (Module(), optim.SGD([Value(0.0)]))},
        {"start": lambda: (network()[0], optim.SGD([Value(0.0)]))},
        {"loss": "cross_entropy"},
        {"loss": "hinge", "samples": [*MOONS, ([0.0, 0.0], 2)]},
        {"loss": "hinge", "validation": [([0.0, 0.0], 3)]},
        {"loss": "binary_cross_entropy", "samples": [*MOONS, ([0.0, 0.0], 1.5)]},
        {"loss": lambda prediction, _: prediction.data},
        {"loss": lambda prediction, _: Value(prediction.data)},
    ],
    ids=lambda options: ", ".join(map(str, options)),
)
def test_what_is_refused_is_refused_in_the_same_words(options: dict[str, Any]) -> None:
    options = {"start": network, "samples": MOONS, "shuffle": False, **options}
    eager, _ = failing(**options)
    model, optimizer = options["start"]()
    before = (model.state_dict(), optimizer.state_dict())
    assert failing(**options, compiled=True) == (eager, before)


def test_a_class_that_is_none_is_refused() -> None:
    def start() -> Made:
        model = MLP(2, [2], seed=0)
        return model, optim.SGD(model.parameters())

    samples = [*MOONS, ([0.0, 0.0], 2)]
    eager = failing(start, samples, loss="cross_entropy")
    assert "the target 2 is not the index of one of 2 classes" in eager[0]
    assert failing(start, samples, loss="cross_entropy", compiled=True)[0] == eager[0]


def test_an_optimizer_with_a_step_of_its_own_is_refused() -> None:
    class Frozen(optim.SGD):
        def step(self) -> None:
            self.updates += 1

    def start() -> Made:
        model, _ = network()
        return model, Frozen(model.parameters())

    message, _ = failing(start, MOONS, compiled=True)
    assert "Frozen has a step() of its own, which cannot be compiled" in message


def test_features_that_are_no_numbers_are_refused() -> None:
    class Letters(Module):
        def __init__(self) -> None:
            self.weights = {letter: Value(0.0) for letter in "abc"}

        def __call__(self, word: str) -> Value:
            return self.weights[word[0]] * 1.0

    def start() -> Made:
        model = Letters()
        return model, optim.SGD(model.parameters())

    message, _ = failing(start, [("apple", 1), ("bread", 0)], compiled=True)
    assert "data[0] cannot be compiled: its features are 'apple'" in message
    assert "give a flat list of numbers, or train without compiled=True" in message


@pytest.mark.parametrize(
    ("samples", "said"),
    [
        ([(1.0, 1), (2.0, 0)], "data[0] cannot be compiled: its features are 1.0"),
        ([([[1.0], [2.0]], 1)], "data[0] cannot be compiled: its features are [[1.0], [2.0]]"),
        ([([1.0], 1), ([1.0], None)], "data[1] cannot be compiled: its target is None"),
    ],
    ids=["a number", "nested", "a target"],
)
def test_features_and_targets_of_another_form_are_shown(samples: Any, said: str) -> None:
    message, _ = failing(scaled(lambda x: x), samples, loss=first, compiled=True)
    assert said in message
    assert message.endswith("list of numbers, or train without compiled=True")


def test_an_output_of_lists_in_lists_is_refused() -> None:
    class Nested(Module):
        def __init__(self) -> None:
            self.w = Value(1.0)

        def __call__(self, x: Any) -> list[Any]:
            return [self.w * x[0], [self.w]]

    def start() -> Made:
        model = Nested()
        return model, optim.SGD(model.parameters())

    message, _ = failing(start, MOONS, loss=lambda p, _: p[0], compiled=True)
    assert "the model's output is a list of lists" in message


def test_a_model_that_branches_on_the_data_is_refused() -> None:
    class Branching(Module):
        def __init__(self) -> None:
            self.w = Value(1.0)

        def __call__(self, x: Any) -> Value:
            return self.w * x[0] if x[0] > 0.5 else self.w * 2.0

    def start() -> Made:
        model = Branching()
        return model, optim.SGD(model.parameters())

    message, _ = failing(start, MOONS, compiled=True)
    assert "where" in message


@pytest.mark.parametrize("options", [{"threads": 2}, {"fast": True}], ids=str)
def test_options_of_the_compiler_are_refused_without_it(options: dict[str, Any]) -> None:
    with pytest.raises(ArgumentError, match="threads and fast are for compiled training"):
        run(**options)


@pytest.mark.parametrize("threads", [0, -1, True, 1.5])
def test_threads_are_a_count(threads: Any) -> None:
    with pytest.raises(ArgumentError, match="threads is"):
        run(compiled=True, threads=threads)


@pytest.mark.parametrize("library", ["numpy", "llvmlite"])
def test_a_missing_extra_is_named(library: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(__import__("sys").modules, library, None)
    with pytest.raises(MissingExtraError) as caught:
        run(compiled=True)
    assert caught.value.message == f"compiled training needs {library}, which is not installed"
    assert caught.value.hint == "pip install 'microgradlab[jit]'"


def test_an_error_that_only_compiled_numbers_have_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    from microgradlab.compiler.native import NativeTraining

    monkeypatch.setattr(NativeTraining, "step", lambda *_: False)
    message, after = failing(network, MOONS, compiled=True, callbacks=[Watcher(Updated)])
    assert "if only in compiled training (batch 1, epoch 1)" in message
    model, optimizer = network()
    assert after == (model.state_dict(), optimizer.state_dict())


def test_losses_are_recorded_once_with_targets_as_numbers() -> None:
    """No branch on the target is taken for all samples unseen."""

    def loss(prediction: Any, target: Any) -> Any:
        return losses.hinge(prediction, target) if target > 0.5 else exp(maximum(prediction, 0.0))

    message, _ = failing(network, MOONS, loss=loss, compiled=True)
    assert "where" in message


def test_divergence_is_a_diverged_error() -> None:
    with pytest.raises(DivergedError):
        run(scaled(log, lr=0.0), [([0.0], 0.0)], loss=first, compiled=True)
