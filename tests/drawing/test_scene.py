"""A scene is the recorded graph as data: the same numbers, arrows and names."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given

from microgradlab import MLP, Value, losses, mean, no_grad
from microgradlab.checking.strategies import expressions
from microgradlab.drawing.scene import Scene, backpropagated, foreign_gradients, scene_of
from microgradlab.errors import ArgumentError


def named(scene: Scene) -> dict[str, Any]:
    return {node.name: node for node in scene.nodes}


def test_operands_stand_before_results_and_the_root_last() -> None:
    a, b = Value(2.0, label="a"), Value(3.0, label="b")
    root = a * b + a
    root.label = "root"
    scene = scene_of(root)
    assert [node.name for node in scene.nodes] == ["a", "b", "v1", "root"]
    places = {node.id: place for place, node in enumerate(scene.nodes)}
    for node in scene.nodes:
        assert all(places[use.source] < places[node.id] for use in node.uses)


def test_both_uses_of_one_operand_are_there() -> None:
    a = Value(2.0, label="a")
    (double,) = [node for node in scene_of(a + a).nodes if node.uses]
    assert [use.source for use in double.uses] == ["v0", "v0"]


def test_a_constant_stays_on_its_side() -> None:
    x = Value(2.0, label="x")
    left, right = scene_of(3.0 - x), scene_of(x - 3.0)
    assert [left.by_id[use.source].role for use in left.root.uses] == ["constant", "input"]
    assert [right.by_id[use.source].role for use in right.root.uses] == ["input", "constant"]


def test_a_constant_has_no_gradient_and_no_derivative() -> None:
    x = Value(2.0)
    root = x * 3.0
    root.backward()
    scene = scene_of(root)
    constant = scene.by_id[scene.root.uses[1].source]
    assert (constant.data, constant.grad) == (3.0, None)
    assert scene.root.uses[1].partial is None


def test_roles_follow_from_a_models_parameters() -> None:
    w, x = Value(2.0), Value(3.0)
    scene = scene_of(w * x + 1.0, {"w": w})
    roles = [node.role for node in scene.nodes]
    assert roles == ["parameter", "input", "hidden", "constant", "root"]


def test_a_networks_parameters_are_known_without_the_model() -> None:
    model = MLP(2, [2, 1], seed=0)
    root = model([1.0, 2.0])
    assert scene_of(root) == scene_of(root, model)
    weight = named(scene_of(root))["layers.0.neurons.1.weights.0"]
    assert (weight.role, weight.path) == ("parameter", ("layers.0", "neurons.1"))
    assert weight.label == "weights.0"


@pytest.mark.parametrize(
    "label", ["2.5", "Petal.Length", "layers.0.size", "layers.0.neurons.1.weights", "x.bias"]
)
def test_a_dot_in_a_label_makes_no_parameter(label: str) -> None:
    leaf = scene_of(Value(2.5, label=label) * 2.0).nodes[0]
    assert (leaf.role, leaf.name, leaf.label, leaf.path) == ("input", label, label, ())


def test_what_is_no_model_is_refused() -> None:
    wrong: Any = [Value(1.0)]
    with pytest.raises(ArgumentError, match="model is a list, not a model"):
        scene_of(Value(1.0), wrong)


def test_names_are_unique_whatever_the_labels() -> None:
    values = [Value(1.0, label=label) for label in ("x", "x", "v1", "", "x (2)")]
    root = mean(values)
    names = [node.name for node in scene_of(root).nodes if node.role != "constant"]
    assert len(set(names)) == len(names)
    assert {"x", "v1", "x (2)"} <= set(names)


def test_gradients_are_those_that_the_values_hold() -> None:
    x = Value(3.0, label="x")
    root = x * x
    assert named(scene_of(root))["x"].grad is None
    root.backward()
    scene = scene_of(root)
    assert named(scene)["x"].grad == 6.0
    assert [use.flow for use in scene.root.uses] == [3.0, 3.0]


def test_a_result_without_a_graph_is_a_leaf() -> None:
    x = Value(2.0)
    with no_grad():
        root = x * 3.0
    (only,) = scene_of(root).nodes
    assert (only.role, only.op, only.data) == ("root", None, 6.0)


@given(expressions())
def test_a_fresh_backward_pass_gives_the_engines_bits(expression: Any) -> None:
    root, inputs = expression.record()
    scene = backpropagated(scene_of(root))
    assert all(value.grad == 0.0 for value in inputs)
    root.backward()
    for value, node_id in scene.ids.items():
        assert repr(scene.by_id[node_id].grad) == repr(float(value.grad))


def test_a_fresh_backward_pass_forgets_older_gradients() -> None:
    x = Value(3.0, label="x")
    (x * 5.0).backward()
    assert named(backpropagated(scene_of(x * x)))["x"].grad == 6.0


def test_the_same_computation_gives_the_same_scene() -> None:
    def scene() -> Scene:
        model = MLP(2, [3, 1], seed=0)
        return scene_of(losses.hinge(model([0.5, -1.0]), 1))

    assert scene() == scene()


def test_gradients_of_one_backward_pass_are_its_own() -> None:
    model = MLP(2, [3, 1], seed=0)
    cost = mean([losses.hinge(model([x, 1.0]), 1) for x in (0.5, -0.5)])
    assert foreign_gradients(scene_of(cost)) == []
    cost.backward()
    assert foreign_gradients(scene_of(cost)) == []


def test_gradients_of_another_result_are_foreign() -> None:
    x, y = Value(3.0, label="x"), Value(2.0, label="y")
    (x * 5.0).backward()
    assert [leaf.name for leaf in foreign_gradients(scene_of(x * y))] == ["x"]
