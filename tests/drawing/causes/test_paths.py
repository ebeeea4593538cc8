"""The paths from a root to a value: all are counted, and the strongest are found."""

from __future__ import annotations

import math

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from microgradlab.drawing.causes.paths import MANY, Flow, flow_to
from microgradlab.drawing.causes.reason import why
from microgradlab.drawing.scene import scene_of
from microgradlab.ops import OPS
from microgradlab.value import Value, apply, tanh


def leaf(data: float, label: str = "w") -> Value:
    return Value(data, label=label)


def flow(value: Value, root: Value, most: int = 3) -> Flow:
    scene = scene_of(root)
    found = flow_to(scene, scene.ids[value], most)
    assert found is not None
    return found


def test_paths_are_those_with_the_largest_products() -> None:
    w = leaf(1.0)
    root = w * 5.0 + w * -7.0 + w * 2.0 + w * 3.0
    assert [path.product for path in flow(w, root).paths] == [-7.0, 5.0, 3.0]


def test_a_doubling_chain_has_too_many_paths_to_count_and_is_still_searched() -> None:
    w = root = leaf(1.0)
    for _ in range(200):
        root = root + root
    found = flow(w, root)
    assert found.count == MANY
    assert found.gradient == 2.0**200
    assert found.size == pytest.approx(200 * math.log(2.0))
    assert [len(path.links) for path in found.paths] == [200, 200, 200]


@st.composite
def graphs(draw: st.DrawFn) -> tuple[Value, Value]:
    """A value and a root, with many paths between them."""
    w = leaf(draw(st.floats(-2.0, 2.0)))
    values = [w, Value(draw(st.floats(-2.0, 2.0)))]
    for _ in range(draw(st.integers(1, 8))):
        x, y = draw(st.sampled_from(values)), draw(st.sampled_from(values))
        name = draw(st.sampled_from(["mul", "add", "sub", "maximum", "tanh", "relu", "neg"]))
        op = OPS[name]
        values.append(apply(op, x) if op.arity == 1 else apply(op, x, y))
    return w, values[-1]


def all_products(root: Value, value: Value) -> list[float]:
    """The product on every path, one by one: what `flow_to` must find without listing them."""
    products = []
    waiting = [(root, 1.0)]
    while waiting:
        node, product = waiting.pop()
        if node is value:
            products.append(product)
        for operand, partial in ((node.x, node.dx), (node.y, node.dy)):
            if isinstance(operand, Value) and partial is not None:
                waiting.append((operand, product * partial))
    return products


@settings(max_examples=100)
@given(graphs())
def test_number_sizes_and_strongest_paths_are_those_of_a_list_of_all_paths(
    graph: tuple[Value, Value],
) -> None:
    w, root = graph
    products = all_products(root, w)
    scene = scene_of(root)
    found = flow_to(scene, scene.ids[w], 3) if w in scene.ids else None
    assert (found is None) == (not products)
    if found is not None:
        sizes = sorted(map(math.fabs, products), reverse=True)
        assert found.count == len(products)
        assert math.exp(found.size) == pytest.approx(math.fsum(sizes), rel=1e-9, abs=1e-300)
        assert [abs(path.product) for path in found.paths] == pytest.approx(sizes[:3])
        assert found.gets_by == (sizes[0] > 0.0)
        root.backward()
        assert repr(found.gradient) == repr(w.grad)


@settings(max_examples=100)
@given(graphs())
def test_where_no_path_gets_by_every_path_has_a_blocked_arrow(graph: tuple[Value, Value]) -> None:
    w, root = graph
    scene = scene_of(root)
    found = flow_to(scene, scene.ids[w], 50) if w in scene.ids else None
    if found is not None and not found.gets_by:
        for path in found.paths:
            assert set(path.links) & set(found.blocked)


def test_a_chain_of_a_hundred_thousand_operations_is_followed_to_its_end() -> None:
    w = root = leaf(0.5)
    for _ in range(100_000):
        root = tanh(root)
    reason = why(w, root)
    assert reason.count == 1
    assert len(reason.paths[0].links) == 100_000
