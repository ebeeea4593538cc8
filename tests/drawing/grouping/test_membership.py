"""Which sample, layer and neuron a number belongs to: found from the parameters alone."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from typing import Any

import pytest

import microgradlab as mg
from microgradlab import MLP, Module, Value, losses
from microgradlab.drawing.grouping.reduction import reduced
from microgradlab.drawing.scene import Named, Scene, scene_of

FIRST, LAST = ("layers.0", "neurons.0"), ("layers.1", "neurons.0")


def whole(root: Value, model: Named | None = None) -> Scene:
    return reduced(scene_of(root, model), collapse="none")


def operations(scene: Scene, path: tuple[str, ...]) -> list[str]:
    """The operations with this path, in their order."""
    return [node.op.name for node in scene.nodes if node.op and node.path == path]


# --- neurons


@pytest.mark.parametrize("activation", ["relu", "tanh", "linear", "sigmoid"])
def test_a_neuron_is_its_sum_of_products_and_its_activation(activation: str) -> None:
    model = MLP(2, [3, 1], activation, output=activation)
    scene = whole(losses.squared_error(model([1.0, 2.0]), 0.5))
    activated = [] if activation == "linear" else [activation]
    assert operations(scene, FIRST) == ["mul", "add", "mul", "add", *activated]
    assert operations(scene, LAST) == ["mul", "add"] * 3 + activated
    assert operations(scene, ()) == ["sub", "mul"]


@pytest.mark.parametrize("activation", ["silu", "elu", "leaky_relu", "gelu", "mish", "hardtanh"])
def test_an_activation_of_several_operations_is_in_the_neuron_too(activation: str) -> None:
    scene = whole(MLP(1, [2, 1], activation)([1.0]))
    hidden = [node for node in scene.nodes if node.op and node.role == "hidden"]
    assert {node.path for node in hidden} == {FIRST, ("layers.0", "neurons.1"), LAST}


@pytest.mark.parametrize(
    ("loss", "target"),
    [
        (losses.hinge, 1),
        (losses.squared_hinge, 0),
        (losses.binary_cross_entropy, 1),
        (losses.poisson_nll, 3),
        (losses.huber, 0.5),
        (losses.absolute_error, 0.5),
    ],
)
def test_the_loss_is_in_no_neuron(loss: Callable[..., Value], target: float) -> None:
    output = MLP(2, [3, 1])([1.0, 2.0])
    before, after = whole(output), whole(loss(output, target))
    assert Counter(node.path for node in after.nodes if node.path == LAST) == Counter(
        {LAST: len([node for node in before.nodes if node.path == LAST])}
    )


def test_softmax_and_cross_entropy_are_in_no_neuron() -> None:
    outputs = MLP(2, [3, 4])([1.0, 2.0])
    scene = whole(losses.cross_entropy(outputs, 2))
    for number in range(4):
        assert operations(scene, ("layers.1", f"neurons.{number}")) == ["mul", "add"] * 3
    assert not {"maximum", "exp", "log"} & {
        node.op.name for node in scene.nodes if node.op and node.path
    }


class LateBias(Module):
    """Adds the bias last, and bears it in a list of parts."""

    def __init__(self) -> None:
        self.parts = [{"weights": [Value(0.5), Value(-1.0)], "bias": Value(0.1)} for _ in "ab"]

    def __call__(self, x: list[Any]) -> Any:
        for part in self.parts:
            weights: Any = part["weights"]
            y = mg.tanh(mg.dot(weights, x) + part["bias"])
            x = [y, y * 2.0]
        return x[0]


def test_a_bias_may_be_added_last() -> None:
    model = LateBias()
    scene = whole(model([1.0, 2.0]) * 3.0, model)
    paths = {node.path for node in scene.nodes if node.role == "parameter"}
    assert paths == {("parts.0",), ("parts.1",)}
    assert operations(scene, ("parts.0",)) == ["mul", "mul", "add", "add", "tanh", "mul"]
    assert operations(scene, ("parts.1",)) == ["mul", "mul", "add", "add", "tanh"]


def test_a_model_applied_twice_has_two_uses_of_its_neurons() -> None:
    model = MLP(2, [3, 1])
    scene = whole(model([1.0, 2.0]) * model([3.0, 4.0]))
    assert operations(scene, ("use 0", *FIRST)) == operations(scene, ("use 1", *FIRST))
    assert operations(scene, ("use 1", *LAST)) == ["mul", "add"] * 3
    assert next(node.path for node in scene.nodes if node.role == "parameter") == (
        "parameters",
        *LAST,
    )


class Recurrent(Module):
    """Two neurons, each of which sees both at every step."""

    def __init__(self) -> None:
        self.cells = [{"w": [Value(0.3), Value(0.2), Value(0.1)]} for _ in range(2)]

    def __call__(self, x: list[float]) -> Any:
        state: list[Any] = [0.0, 0.0]
        for number in x:
            inputs = [number, *state]
            state = [mg.tanh(mg.dot(cell["w"], inputs)) for cell in self.cells]
        return state[0] + state[1]


def test_each_step_of_a_recurrent_model_is_a_use_of_its_own() -> None:
    model = Recurrent()
    scene = scene_of(model([1.0, 2.0, 3.0]), model)
    small = reduced(scene, collapse="neuron")
    groups = [node.name for node in small.nodes if node.role == "group"]
    assert [name for name in groups if name.startswith("use 2")] == [
        "use 2, cell 0",
        "use 2, cell 1",
    ]


class Skipping(Module):
    """A part that is left and entered again: no order has the whole part before what is between."""

    def __init__(self) -> None:
        self.outer = {"a": Value(2.0), "b": Value(3.0)}
        self.inner = {"c": Value(4.0), "d": Value(5.0)}

    def __call__(self, x: Any) -> Any:
        first = self.outer["a"] * x
        between = self.inner["c"] * first
        return self.outer["b"] * (between + first * 0.5) + self.inner["d"]


def test_a_part_that_is_left_and_entered_again_is_drawn_in_several_parts() -> None:
    model = Skipping()
    scene = scene_of(model(1.0).tanh(), {f"m.{n}": p for n, p in model.named_parameters()})
    small = reduced(scene, collapse="neuron")
    seen: set[str] = set()
    for node in small.nodes:
        assert seen.issuperset(use.source for use in node.uses)
        seen.add(node.id)
    assert sum(node.count for node in small.nodes if node.role != "constant") == len(scene.ids)


# --- samples and penalties


def model_and_losses(samples: int, sizes: tuple[int, ...] = (3, 1)) -> tuple[MLP, list[Value]]:
    model = MLP(2, sizes, "tanh")
    each = [losses.squared_error(model([0.1 * k, 1.0]), 1.0) for k in range(samples)]
    return model, each


def frames(scene: Scene) -> Counter[str]:
    """How many operations are in each outermost group."""
    return Counter(node.path[0] if node.path else "" for node in scene.nodes if node.op)


def test_samples_are_the_terms_of_a_mean() -> None:
    _, each = model_and_losses(3)
    assert frames(whole(losses.cost(each))) == {
        "sample 0": 23,
        "sample 1": 23,
        "sample 2": 23,
        "sum of 3 samples": 2,
        "": 1,
    }


def test_inputs_are_in_their_samples_and_shared_ones_in_none() -> None:
    model = MLP(2, [2, 1])
    shared = Value(1.0, label="shared")
    each = [model([Value(float(k), label=f"x{k}"), shared]) ** 2 for k in range(3)]
    scene = whole(mg.mean(each))
    paths = {node.name: node.path for node in scene.nodes if node.role == "input"}
    assert paths == {"x0": ("sample 0",), "x1": ("sample 1",), "x2": ("sample 2",), "shared": ()}


@pytest.mark.parametrize("penalty", [losses.l1(0.1), losses.l2(0.1)])
@pytest.mark.parametrize("samples", [1, 3])
def test_a_penalty_is_apart_from_neurons_and_samples(penalty: losses.Penalty, samples: int) -> None:
    model, each = model_and_losses(samples)
    scene = whole(losses.cost(each, penalty(model.parameters())))
    assert frames(scene)["penalty"] == 2 * len(model.parameters())
    place = ("layers.0", "neurons.0") if samples == 1 else ("sample 0", "layers.0", "neurons.0")
    assert operations(scene, place) == ["mul", "add"] * 2 + ["tanh"]


def test_a_norm_is_a_penalty_too() -> None:
    model, each = model_and_losses(2)
    norm = mg.sqrt(mg.sum(p * p for p in model.parameters()))
    found = frames(whole(losses.cost(each, 0.1 * norm)))
    assert found["penalty"] == 2 * len(model.parameters()) + 1
    assert found["sample 0"] == 23


def test_the_root_of_a_mean_still_has_samples() -> None:
    _, each = model_and_losses(4)
    assert "sample 3" in frames(whole(mg.sqrt(losses.cost(each))))


def test_several_outputs_are_one_sample() -> None:
    model = MLP(2, [3])
    each = [losses.squared_error(model([1.0, 2.0]), [0.0, 1.0, 2.0]) for _ in range(2)]
    scene = whole(losses.cost(each))
    assert {name for name in frames(scene) if name.startswith("sample")} == {"sample 0", "sample 1"}


def test_parameters_without_labels_make_terms() -> None:
    w = Value(2.0)
    each = [(w * float(k) - 1.0) ** 2 for k in range(100)]
    assert "99 other terms" in [
        node.name for node in reduced(scene_of(mg.mean(each)), collapse="sample").nodes
    ]


def test_a_formula_has_no_frames() -> None:
    w, x, b = Value(2.0, label="w"), Value(3.0, label="x"), Value(1.0, label="b")
    for formula in ((w * x - 1.0) ** 2 + b * w, mg.relu(2.0 * x) + mg.tanh(w), w * x + b * x):
        assert {node.path for node in reduced(scene_of(formula)).nodes} == {()}


def test_a_neuron_alone_has_no_samples() -> None:
    weights = {f"w{k}": Value(1.0) for k in range(4)}
    root = mg.dot(list(weights.values()), [1.0, 2.0, 3.0, 4.0])
    assert set(frames(whole(root, weights))) == {""}
