"""The picture of a graph: its elements, arrows, flow and groups."""

from __future__ import annotations

import math
from dataclasses import replace
from typing import Any
from xml.etree.ElementTree import Element

import pytest

from microgradlab import MLP, Value, tanh
from microgradlab.drawing import draw
from microgradlab.drawing.pictures.picture import picture_of
from microgradlab.drawing.pictures.style import THEMES
from microgradlab.drawing.scene import Scene, SceneNode, Use
from tests.drawing.pictures.elements import (
    SVG,
    classes,
    groups,
    height,
    lines,
    neuron,
    of_class,
    shape,
    titled,
)

# --- ids and classes, by which pages find what they change


def test_each_value_operation_and_arrow_has_its_id() -> None:
    x = Value(2.0, label="x")
    shown = groups(draw(x * 3.0))
    assert {name for name in shown if name.startswith("v")} == {
        *("v0", "v1", "v1y", "v1-op", "v1-0", "v1-1", "v1-out")
    }


def test_classes_say_what_an_element_is() -> None:
    root, parameters = neuron()
    shown = groups(draw(root, parameters))
    expected = {
        "v0": "node value role-parameter grad-negative titled",
        "v1": "node value role-input grad-positive titled",
        "v2": "node value role-hidden grad-positive",
        "v2-op": "node op",
        "v2-0": "edge use",
        "v2-out": "edge out",
        "v5": "node value role-root grad-positive titled",
    }
    assert {name: shown[name].get("class") for name in expected} == expected


def test_parts_of_a_model_have_frames_with_their_names() -> None:
    output = MLP(1, [2, 1], seed=0)([1.0])
    frames = of_class(draw(output), "cluster")
    assert all(classes(frame) == ["cluster", "group"] for frame in frames)
    assert [text for frame in frames for text in lines(frame)].count("neuron 0") == 2
    assert {"layer 0", "layer 1"} <= {text for frame in frames for text in lines(frame)}


# --- arrows


def test_arrows_show_local_derivatives() -> None:
    shown = groups(draw(Value(2.0) * 7.0))
    assert lines(shown["v1-0"]) == ["7.0"]
    assert lines(shown["v1-1"]) == []


def test_an_operand_that_is_used_twice_has_two_arrows() -> None:
    a = Value(1.0, label="a")
    assert [each.get("id") for each in of_class(draw(a + a), "use")] == ["v1-0", "v1-1"]


def test_constants_stay_on_their_side() -> None:
    x = Value(2.0, label="x")
    after, before = draw(x - 3.0), draw(3.0 - x)
    assert height(titled(after, "x")) < height(titled(after, "3.0"))
    assert height(titled(before, "3.0")) < height(titled(before, "x"))


def test_constants_are_bare_numbers() -> None:
    constant = titled(draw(Value(2.0) * 3.0), "3.0")
    assert classes(constant) == ["node", "value", "role-constant"]
    assert [element.tag for element in constant] == [f"{SVG}text"]


def test_the_first_operand_stands_above_the_second_also_where_both_share_a_part() -> None:
    a, b = Value(2.0, label="a"), Value(3.0, label="b")
    first, second = groups(draw(a * b - b)), groups(draw(b - a * b))
    assert height(first["v2"]) < height(first["v1"])
    assert height(second["v0"]) < height(second["v2"])


@pytest.mark.parametrize(
    ("direction", "axis", "sign"),
    [("LR", "x", 1), ("RL", "x", -1), ("TB", "y", 1), ("BT", "y", -1)],
)
def test_the_direction_is_where_the_arrows_point(direction: Any, axis: str, sign: int) -> None:
    shown = groups(draw(Value(2.0).tanh(), direction=direction))
    leaf, operation, root = (
        float(next(shown[name].iter(f"{SVG}text")).get(axis, "nan"))
        for name in ("v0", "v1-op", "v1")
    )
    assert sign * leaf < sign * operation < sign * root


def test_inside_of_frames_the_first_operand_stands_above_the_second_too() -> None:
    shown = groups(draw(MLP(2, [2, 2, 1], seed=0)([1.0, 2.0])))
    assert height(shown["v5"]) < height(shown["v6y"])
    assert height(shown["v8"]) < height(shown["v9y"])


def test_where_frames_may_change_the_order_marks_tell_it() -> None:
    shown = groups(draw(MLP(1, [1], seed=0)([1.0]) - 3.0))
    last = max(int(name[1:]) for name in shown if name[1:].isdigit() and name.startswith("v"))
    assert lines(shown[f"v{last}-0"]) == ["① 1.0"]
    assert lines(shown[f"v{last}-1"]) == ["②"]


# --- flow


def flow_of(value: Value) -> dict[str, Element]:
    return {name: group for name, group in groups(draw(value, flow=True)).items() if "-" in name}


def test_flow_shows_each_contribution_with_its_sign() -> None:
    root, _ = neuron()
    shown = flow_of(root)
    assert lines(shown["v2-0"]) == ["-0.1807"]
    assert lines(shown["v2-1"]) == ["+0.3614"]


def test_flow_is_dashed_and_points_back_while_forward_is_solid() -> None:
    a = Value(2.0, label="a")
    root = a * 3.0
    root.backward()
    flow, forward = flow_of(root), groups(draw(root))
    assert shape(flow["v1-0"]).get("stroke-dasharray")
    assert shape(flow["v1-out"]).get("stroke-dasharray")
    assert not shape(flow["v1-1"]).get("stroke-dasharray")  # a constant receives nothing
    assert not shape(forward["v1-0"]).get("stroke-dasharray")
    assert _head(flow["v1-0"]) < min(_line(flow["v1-0"]))
    assert _head(forward["v1-0"]) > max(_line(forward["v1-0"]))


def _head(arrow: Element) -> float:
    """The tip's place from left to right: the point of the arrowhead farthest from the line."""
    polygon = arrow.find(f"{SVG}polygon")
    assert polygon is not None
    across = [float(point.split(",")[0]) for point in polygon.get("points", "").split()]
    middle = sum(_line(arrow)) / len(_line(arrow))
    return max(across, key=lambda place: abs(place - middle))


def _line(arrow: Element) -> list[float]:
    points = shape(arrow).get("d", "").replace("C", " ").replace("M", "").split()
    return [float(point.split(",")[0]) for point in points]


def test_flow_is_wider_where_the_gradient_is_larger() -> None:
    a, b, c = Value(1.0), Value(1.0), Value(1.0)
    root = a * 100.0 + b * -1.0 + c * 0.0
    root.backward()
    arrows = {text: group for group in flow_of(root).values() for text in lines(group)}
    widths = [
        float(shape(arrows[text]).get("stroke-width", "1")) for text in ("+100.0", "-1.0", "0.0")
    ]
    assert widths[0] > widths[1] > widths[2]
    assert len({shape(arrows[text]).get("stroke") for text in ("+100.0", "-1.0", "0.0")}) == 3


def test_a_flow_counts_each_use_of_a_value() -> None:
    a = Value(3.0, label="a")
    root = a * a
    root.backward()
    shown = flow_of(root)
    assert [lines(shown[name]) for name in ("v1-0", "v1-1")] == [["+3.0"], ["+3.0"]]


# --- groups and what is left out


def group_of(count: int, grad: float | None) -> Scene:
    group = SceneNode("g0", "group", "layer 0", "layer 0", math.nan, grad, count=count)
    uses = (Use("g0", None, -0.5, count=3),)
    root = SceneNode("v9", "root", "loss", "loss", 1.0, 1.0, uses=uses)
    return Scene((group, root))


def test_a_group_shows_how_many_values_it_is_and_their_mean_gradient() -> None:
    shown = groups(picture_of(group_of(12, 0.25)))
    assert lines(shown["g0"]) == ["layer 0", "12 values", "mean |∂| 0.25"]
    assert "role-group" in classes(shown["g0"])
    assert lines(shown["v9-0"]) == ["3 ×"]
    assert "v9-op" not in shown


def test_a_group_of_one_is_not_counted() -> None:
    assert lines(groups(picture_of(group_of(1, 0.25)))["g0"]) == ["layer 0", "mean |∂| 0.25"]


def test_the_arrows_into_a_group_show_weights_where_there_are_some() -> None:
    inputs = tuple(SceneNode(name, "input", name, name, 1.0, None) for name in ("a", "b"))
    uses = (Use("a", 2.0, None), Use("b", -0.1, None))
    neuron = SceneNode("n", "group", "neuron 0", "neuron 0", math.nan, None, None, uses, (), 3)
    shown = groups(picture_of(Scene((*inputs, neuron))))
    positive, negative = shape(shown["n-0"]), shape(shown["n-1"])
    assert [lines(shown[name]) for name in ("n-0", "n-1", "n")] == [
        ["2.0"],
        ["-0.1"],
        ["neuron 0", "3 values"],
    ]
    assert positive.get("stroke") != negative.get("stroke")
    assert float(positive.get("stroke-width", "1")) > float(negative.get("stroke-width", "1"))
    assert not positive.get("stroke-dasharray")


def test_the_flow_into_a_group_is_a_mean_without_a_sign() -> None:
    scene = group_of(12, 0.25)
    root = replace(scene.root, uses=(Use("g0", None, 0.5, 3), Use("g0", None, 0.5)))
    shown = groups(picture_of(replace(scene, nodes=(scene.nodes[0], root)), flow=True))
    several, one = shown["v9-0"], shown["v9-1"]
    assert (lines(several), lines(one)) == (["mean |∂| 0.5"], ["+0.5"])
    assert shape(several).get("stroke") == THEMES["light"].muted
    assert shape(one).get("stroke") == THEMES["light"].lines["positive"]
    assert shape(several).get("stroke-width") == shape(one).get("stroke-width")


def test_a_limit_keeps_the_numbers_nearest_to_the_root() -> None:
    x = Value(0.5, label="x")
    y = x
    for _ in range(50):
        y = tanh(y)
    picture = draw(y, limit=4)
    assert len(of_class(picture, "value")) == 4
    (cut,) = of_class(picture, "role-cut")
    assert lines(cut)[0] == "…"
