"""Large graphs made small: how much is drawn as one, and that nothing is lost in it."""

from __future__ import annotations

import math
import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from microgradlab import MLP, Value, losses
from microgradlab.drawing.grouping.collapse import collapsed, title
from microgradlab.drawing.grouping.reduction import Collapse, reduced
from microgradlab.drawing.scene import Scene, SceneNode, Use, scene_of
from microgradlab.errors import ArgumentError


def visible(scene: Scene) -> list[SceneNode]:
    return [node for node in scene.nodes if node.role != "constant"]


def names(scene: Scene, role: str) -> list[str]:
    return [node.name for node in scene.nodes if node.role == role]


def chain(length: int) -> Value:
    node = Value(1.0)
    for _ in range(length):
        node = node * 0.5
    return node


def cost(
    samples: int, penalty: losses.Penalty | None = None, sizes: tuple[int, ...] = (3, 1)
) -> Value:
    """The cost of a small network, with its gradients."""
    model = MLP(2, sizes, "tanh", seed=1)
    each = [losses.squared_error(model([0.1 * k, 1.0]), k % 2) for k in range(samples)]
    total: Value = losses.cost(each, penalty and penalty(model.parameters()))
    total.backward()
    return total


def assert_whole(small: Scene, scene: Scene) -> None:
    """Operands come before results, the root is the last, and every Value is counted once."""
    seen: set[str] = set()
    for node in small.nodes:
        assert seen.issuperset(use.source for use in node.uses)
        seen.add(node.id)
    assert (small.root.role, small.root.data) == ("root", scene.root.data)
    assert len(seen) == len(small.nodes)
    assert sum(node.count for node in visible(small)) == len(scene.ids)


# --- how little is drawn as one


def test_a_small_graph_is_shown_in_full() -> None:
    scene = scene_of(cost(2))
    assert [node.id for node in reduced(scene).nodes] == [node.id for node in scene.nodes]


def test_other_samples_are_the_first_to_be_drawn_as_one_then_neurons_then_layers() -> None:
    scene = scene_of(cost(20, sizes=(16, 16, 1)))
    assert "19 other samples" in names(reduced(scene, limit=2000), "group")
    assert "v1000" not in reduced(scene, limit=2000).by_id
    assert "sample 0, layer 1, neuron 15" in names(reduced(scene, limit=300), "group")
    assert names(reduced(scene, limit=20), "group") == [
        "parameters, layer 0",
        "parameters, layer 1",
        "parameters, layer 2",
        "sample 0, layer 0",
        "19 other samples",
        "sample 0, layer 1",
        "sample 0, layer 2",
        "sum of 20 samples",
    ]


def test_groups_with_more_arrows_than_can_be_followed_are_drawn_as_layers() -> None:
    model = MLP(64, [16, 10], seed=0)
    inputs = [Value(1.0, label=f"pixel {number}") for number in range(64)]
    small = reduced(scene_of(losses.cross_entropy(model(inputs), 3)))
    assert names(small, "group") == ["layer 0", "layer 1"]


@pytest.mark.parametrize("collapse", ["none", "sample", "neuron", "layer", "auto"])
@pytest.mark.parametrize("samples", [1, 2, 7])
def test_nothing_is_lost_by_collapsing(collapse: Collapse, samples: int) -> None:
    scene = scene_of(cost(samples, losses.l2(0.1)))
    assert_whole(reduced(scene, collapse=collapse), scene)


def test_what_flows_from_a_group_into_one_value_is_added_up() -> None:
    scene = scene_of(cost(5, losses.l2(0.1)))
    small = reduced(scene, collapse="sample")
    weight = next(node for node in small.nodes if node.name == "layers.0.neurons.1.weights.0")
    uses = [use for node in small.nodes for use in node.uses if use.source == weight.id]
    assert sorted(use.count for use in uses) == [1, 2, 4]  # sample 0, p * p, the other samples
    assert math.fsum(use.flow or 0.0 for use in uses) == pytest.approx(weight.grad)


def test_what_flows_between_groups_is_a_mean_magnitude_as_signs_would_cancel() -> None:
    inner = [SceneNode(f"v{k}", "hidden", f"a{k}", "", 1.0, 5.0 - 10.0 * k) for k in range(2)]
    outer = [
        SceneNode(
            f"v{k + 2}", "hidden", f"b{k}", "", 1.0, 1.0, uses=(Use(f"v{k}", 1.0, node.grad),)
        )
        for k, node in enumerate(inner)
    ]
    scene = Scene((*inner, *outer))
    groups = {node.id: (("layers.0" if node in inner else "layers.1",), 0) for node in scene.nodes}
    first, second = collapsed(scene, groups).nodes
    assert first.grad == 5.0
    assert second.uses == (Use(first.id, None, 5.0, count=2),)


def test_a_group_knows_the_mean_magnitude_of_its_gradients() -> None:
    scene = scene_of(cost(1))
    group = next(n for n in reduced(scene, collapse="layer").nodes if n.name == "layer 0")
    inside = [
        node.grad for node in reduced(scene).nodes if node.path[:1] == ("layers.0",) and node.grad
    ]
    assert group.grad == pytest.approx(math.fsum(map(abs, inside)) / group.count)
    assert math.isnan(group.data)


def test_a_group_without_gradients_has_none() -> None:
    small = reduced(scene_of(MLP(2, [3, 1])([1.0, 2.0])), collapse="neuron")
    assert {node.grad for node in visible(small)} == {None}


def test_neuron_2_comes_before_neuron_10() -> None:
    small = reduced(scene_of(MLP(1, [12, 1])([1.0])), collapse="neuron")
    assert names(small, "group")[:12] == [f"layer 0, neuron {number}" for number in range(12)]


def test_a_result_keeps_its_two_arrows_from_one_group() -> None:
    small = reduced(scene_of(MLP(2, [1])([1.0, 2.0])), collapse="neuron")
    assert [use.source for use in small.root.uses] == ["g0", "g0"]
    assert [use.partial for use in small.root.uses] == [1.0, 1.0]


def test_only_values_that_are_shown_have_ids() -> None:
    small = reduced(scene_of(cost(3)), collapse="layer")
    assert set(small.ids.values()) == {node.id for node in visible(small) if node.role != "group"}


def test_a_chain_without_names_is_cut_nearest_to_the_root() -> None:
    small = reduced(scene_of(chain(100_000)), limit=10)
    assert [node.role for node in visible(small)] == ["cut"] + ["hidden"] * 8 + ["root"]
    assert small.nodes[0].uses == ()


def test_collapse_none_knows_no_limit() -> None:
    scene = scene_of(chain(1000))
    assert reduced(scene, collapse="none").nodes == scene.nodes


@given(st.integers(2, 12), st.integers(1, 40))
def test_the_limit_holds_whatever_is_drawn(samples: int, limit: int) -> None:
    assert len(visible(reduced(scene_of(cost(samples)), limit=limit))) <= limit


# --- near the root, or around a node


def test_depth_counts_arrows_from_the_root() -> None:
    a, b = Value(2.0, label="a"), Value(3.0, label="b")
    c = a * b
    small = reduced(scene_of((c + 1.0).tanh()), depth=2)
    assert [(node.role, node.data) for node in visible(small)] == [
        ("cut", 6.0),
        ("hidden", 7.0),
        ("root", math.tanh(7.0)),
    ]


def test_depth_0_is_the_root_alone() -> None:
    small = reduced(scene_of(Value(2.0) * 3.0), depth=0)
    assert [(node.role, node.uses) for node in small.nodes] == [("root", ())]


def test_the_nearest_way_counts() -> None:
    a = Value(2.0, label="a")
    deep = a.exp().log().tanh()
    assert {node.role for node in visible(reduced(scene_of(deep + a), depth=1))} == {
        "cut",
        "input",
        "root",
    }


@pytest.mark.parametrize("by_name", [True, False])
def test_the_focus_is_shown_with_what_it_is_made_of_and_what_it_flows_into(by_name: bool) -> None:
    a, b, far = Value(2.0, label="a"), Value(3.0, label="b"), Value(4.0, label="far")
    c = a * b
    c.label = "c"
    root = ((c + far.exp()).tanh() * 2.0).log()
    small = reduced(scene_of(root), focus="c" if by_name else c, depth=1)
    assert [(node.role, node.data) for node in visible(small)] == [
        ("input", 2.0),
        ("input", 3.0),
        ("hidden", 6.0),
        ("cut", math.exp(4.0)),  # so that the sum can be understood
        ("hidden", 6.0 + math.exp(4.0)),
    ]


def test_all_uses_of_the_focus_are_shown_though_nothing_joins_them() -> None:
    x, y = Value(2.0, label="x"), Value(3.0, label="y")
    root = x.tanh() + (x * y).relu() * 2.0
    small = reduced(scene_of(root), focus="x", depth=1)
    assert [node.data for node in visible(small)] == [2.0, math.tanh(2.0), 3.0, 6.0]
    assert small.center.name == "x"


def used_often(times: int) -> Value:
    """A weight that is multiplied by many inputs."""
    w = Value(0.5, label="w")
    root = Value(0.0)
    for number in range(times):
        root = (root + w * Value(float(number), label=f"x{number}")).tanh()
    return root


def test_of_many_uses_as_many_are_shown_as_there_is_room_for_each_with_its_operands() -> None:
    small = reduced(scene_of(used_often(500)), focus="w", depth=1, limit=101)
    products = [node for node in small.nodes if node.op]
    assert len(products) == 50
    assert {len(node.uses) for node in products} == {2}


@given(st.integers(0, 4), st.sampled_from(["w", "x3", "v5", "v14"]))
def test_where_there_is_room_the_limit_takes_nothing_from_around_a_focus(
    depth: int, focus: str
) -> None:
    scene = scene_of(used_often(8))
    limitless = reduced(scene, focus=focus, depth=depth, collapse="none")
    assert reduced(scene, focus=focus, depth=depth) == limitless


@pytest.mark.parametrize("collapse", ["sample", "neuron", "layer"])
def test_the_focus_is_in_no_group(collapse: Collapse) -> None:
    name = "layers.0.neurons.1.weights.0"
    small = reduced(scene_of(cost(5)), focus=name, collapse=collapse)
    assert small.center.name == name
    assert any(use.source == small.focus for node in small.nodes for use in node.uses)


def test_around_a_focus_two_arrows_are_shown() -> None:
    middle = Value(1.0).exp().exp().exp()
    root = middle.exp().exp().exp()
    assert len(visible(reduced(scene_of(root), focus=middle))) == 5


def test_a_parameter_is_found_by_its_whole_name() -> None:
    scene = scene_of(cost(1))
    assert len(visible(reduced(scene, focus="layers.0.neurons.2.bias", depth=1))) == 3


@pytest.mark.parametrize(
    ("focus", "message"),
    [
        ("layers.0.neurons.2.bais", "did you mean 'layers.0.neurons.2.bias'?"),
        ("nowhere to be found", "give a Value of the graph, or its label"),
        (Value(1.0, label="stranger"), "is not in this graph"),
    ],
)
def test_an_unknown_focus_is_an_error_with_a_hint(focus: str | Value, message: str) -> None:
    with pytest.raises(ArgumentError, match=re.escape(message)):
        reduced(scene_of(cost(1)), focus=focus)


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"limit": 0}, "limit is 0"),
        ({"depth": -1}, "depth is -1"),
        ({"collapse": "neurons"}, "did you mean 'neuron'?"),
    ],
)
def test_options_that_cannot_be_used_are_errors(options: dict[str, int], message: str) -> None:
    with pytest.raises(ArgumentError) as error:
        reduced(scene_of(Value(1.0) + 2.0), **options)  # type: ignore[arg-type]  # wrong on purpose
    assert message in str(error.value)


def test_parts_of_a_path_are_written_as_they_are_said() -> None:
    assert [title(part) for part in ("layers.0", "blocks.12", "decoder")] == [
        "layer 0",
        "block 12",
        "decoder",
    ]
