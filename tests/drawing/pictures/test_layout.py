"""Places for what Graphviz cannot lay out, and how that is known beforehand."""

from __future__ import annotations

import time
from dataclasses import replace
from itertools import combinations

import pytest
from hypothesis import given
from hypothesis import strategies as st

import microgradlab as mg
from microgradlab import MLP, Value, losses
from microgradlab.drawing.grouping.reduction import reduced
from microgradlab.drawing.pictures.columns import arranged, levels_of
from microgradlab.drawing.pictures.layout import estimated_seconds, is_dense, layout_of
from microgradlab.drawing.scene import Scene, scene_of
from microgradlab.errors import ArgumentError


def loss(*sizes: int) -> Scene:
    return scene_of(losses.squared_error(MLP(2, sizes)([1.0, 2.0]), 1.0))


def cost(samples: int) -> Scene:
    model = MLP(2, [3, 1])
    each = [losses.squared_error(model([float(k), 1.0]), 1.0) for k in range(samples)]
    return scene_of(losses.cost(each, losses.l2(0.1)(model.parameters())))


# --- what it would cost


def test_dot_is_quick_for_a_small_graph_and_slow_for_a_large_one() -> None:
    assert estimated_seconds(scene_of(Value(1.0) + 2.0)) < 0.001
    assert estimated_seconds(loss(4, 4, 1)) < 0.1
    assert estimated_seconds(loss(16, 16, 1)) > 2.0


def test_not_the_number_of_nodes_counts_but_the_length_of_the_arrows() -> None:
    def sum_of(*, far: bool) -> Scene:
        first = Value(1.0)
        total = first
        for k in range(100):
            total = total.tanh() + (first if far else Value(float(k)))
        return scene_of(total)

    assert len(sum_of(far=True).nodes) < len(sum_of(far=False).nodes)
    assert estimated_seconds(sum_of(far=True)) > 10 * estimated_seconds(sum_of(far=False))


def test_layers_of_neurons_are_dense_and_single_numbers_are_not() -> None:
    scene = loss(16, 16, 1)
    assert is_dense(reduced(scene, collapse="neuron"))
    assert not is_dense(reduced(scene, collapse="layer"))
    assert not is_dense(scene)


# --- columns


def test_a_leaf_stands_next_to_what_takes_it() -> None:
    x, b = Value(1.0, label="x"), Value(2.0, label="b")
    places = layout_of(scene_of(x.tanh().tanh() + b)).positions
    assert places["v0"][0] < places["v1"][0] < places["v2"][0] == places["v3"][0] < places["v4"][0]


def test_the_first_operand_stands_above_the_second() -> None:
    a, b = Value(1.0), Value(2.0)
    for scene in (scene_of(a - b), scene_of(b - a)):
        places = layout_of(scene).positions
        assert places["v0"][1] > places["v1"][1]


def test_an_arrow_that_passes_a_column_has_room_there() -> None:
    sizes = dict.fromkeys("abcz", (20.0, 20.0))
    way = arranged({"a": [], "b": ["a"], "c": ["b", "a"], "z": ["c"]}, sizes).centers
    assert way["b"][1] != way["a"][1] == way["c"][1]


def test_what_goes_round_in_a_circle_still_has_places() -> None:
    circle = {"a": ["b"], "b": ["a"]}
    assert set(levels_of(circle)) == {"a", "b"}
    assert set(arranged(circle, dict.fromkeys("ab", (1.0, 1.0))).centers) == {"a", "b"}


@given(st.lists(st.tuples(st.integers(0, 30), st.integers(0, 30)), min_size=1, max_size=30))
def test_operands_stand_to_the_left_of_results_and_nothing_overlaps(
    choices: list[tuple[int, int]],
) -> None:
    nodes = [Value(1.0, label="a"), Value(2.0, label="b")]
    for x, y in choices:
        nodes.append(nodes[x % len(nodes)] * nodes[y % len(nodes)])
    scene = scene_of(mg.sum(nodes))
    places = layout_of(scene).positions
    for node in scene.nodes:
        for use in node.uses:
            assert places[use.source][0] < places[node.id][0]
    for one, other in combinations(places.values(), 2):
        assert abs(one[0] - other[0]) >= 84.0 or abs(one[1] - other[1]) >= 40.0


# --- frames


@pytest.mark.parametrize("scene", [reduced(loss(4, 3, 1)), reduced(cost(3))])
def test_frames_hold_what_is_theirs_and_do_not_cross(scene: Scene) -> None:
    layout = layout_of(scene)
    assert set(layout.positions) == {node.id for node in scene.nodes}
    for node in scene.nodes:
        x, y = layout.positions[node.id]
        for path, (left, bottom, right, top) in layout.frames.items():
            is_inside = left < x < right and bottom < y < top
            assert is_inside == (node.path[: len(path)] == path)
    for (path, box), (other, its) in combinations(layout.frames.items(), 2):
        if path[: len(other)] != other and other[: len(path)] != path:
            apart = box[2] < its[0] or its[2] < box[0] or box[3] < its[1] or its[3] < box[1]
            assert apart


def test_neurons_stand_in_their_order() -> None:
    scene = reduced(loss(12, 1), collapse="neuron")
    heights = [layout_of(scene).positions[f"g{number}"][1] for number in range(1, 13)]
    names = [scene.by_id[f"g{number}"].label for number in range(1, 13)]
    assert names == [f"neuron {number}" for number in range(12)]
    assert heights == sorted(heights, reverse=True)


def test_the_same_scene_has_the_same_layout() -> None:
    assert layout_of(reduced(cost(3))) == layout_of(reduced(cost(3)))


# --- large graphs


def test_thousands_of_nodes_take_a_moment() -> None:
    node = Value(1.0)
    for _ in range(5000):
        node = (node * 0.5).tanh()
    scene = scene_of(node)
    start = time.process_time()
    layout_of(scene)
    assert time.process_time() - start < 5.0


def test_too_many_nodes_to_look_at_are_refused_with_a_way_out() -> None:
    scene = scene_of(Value(1.0) + 2.0)
    crowd = Scene(tuple(replace(scene.nodes[0], id=f"v{k}") for k in range(20_001)))
    with pytest.raises(ArgumentError, match="a picture of 20,001 nodes cannot be looked at") as e:
        layout_of(crowd)
    assert "depth=4" in str(e.value)
