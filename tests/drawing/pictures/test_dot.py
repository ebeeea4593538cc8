"""The picture of a graph: every number, operation and gradient, each told from the others."""

from __future__ import annotations

import math
from collections.abc import Iterable
from dataclasses import replace
from typing import Any
from xml.etree import ElementTree
from xml.etree.ElementTree import Element

import pytest
from hypothesis import given
from hypothesis import strategies as st

from microgradlab import MLP, Value, log, relu, tanh
from microgradlab.drawing import Picture, draw
from microgradlab.drawing.pictures.boxes import one_line
from microgradlab.drawing.pictures.picture import picture_of
from microgradlab.drawing.pictures.style import THEMES
from microgradlab.drawing.scene import Scene, SceneNode, Use, scene_of

SVG = "{http://www.w3.org/2000/svg}"


def groups(picture: Picture) -> dict[str, Element]:
    """The elements of a picture by id, in the order they are drawn in."""
    found = ElementTree.fromstring(picture.svg).iter(f"{SVG}g")
    return {group.get("id", ""): group for group in found}


def classes(group: Element) -> list[str]:
    return group.get("class", "").split()


def lines(group: Element) -> list[str]:
    """The texts of an element, without the space around them."""
    texts = [(text.text or "").strip() for text in group.iter(f"{SVG}text")]
    return [text for text in texts if text]


def shape(group: Element) -> Element:
    """The outline of a box; of an arrow, its line."""
    tags = [f"{SVG}{tag}" for tag in ("polygon", "path", "ellipse")]
    return next(element for element in group if element.tag in tags)


def height(group: Element) -> float:
    """How far down an element is drawn."""
    return float(next(group.iter(f"{SVG}text")).get("y", "nan"))


def of_class(picture: Picture, name: str) -> list[Element]:
    return [group for group in groups(picture).values() if name in classes(group)]


def titled(picture: Picture, title: str) -> Element:
    (found,) = [group for group in of_class(picture, "value") if lines(group)[0] == title]
    return found


def neuron() -> tuple[Value, dict[str, Value]]:
    """z = tanh(w * x + b) after a backward pass, and its parameters."""
    w, x, b = Value(2.0, label="w"), Value(-1.0, label="x"), Value(0.5, label="b")
    z = tanh(w * x + b)
    z.label = "z"
    z.backward()
    return z, {"w": w, "b": b}


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


# --- boxes


def test_a_box_shows_label_data_and_gradient() -> None:
    x = Value(2.0, label="x")
    y = x * 3.0
    y.label = "y"
    y.backward()
    assert lines(titled(draw(y), "y")) == ["y", "6.0", "∂ 1.0"]
    assert lines(titled(draw(y), "x")) == ["x", "2.0", "∂ 3.0"]


def test_a_value_without_a_graph_is_one_box() -> None:
    (only,) = of_class(draw(Value(1.5)), "node")
    assert lines(only) == ["1.5", "∂ not yet"]
    assert classes(only) == ["node", "value", "role-root", "grad-none"]


def test_a_shared_value_is_drawn_once() -> None:
    a = Value(1.0, label="a")
    assert len(of_class(draw(a * a + a), "value")) == 3


def test_operations_are_nodes_between_the_values() -> None:
    root, parameters = neuron()
    assert [lines(each) for each in of_class(draw(root, parameters), "op")] == [
        ["×"],
        ["+"],
        ["tanh"],
    ]


def test_flat_puts_operations_into_the_boxes() -> None:
    root, parameters = neuron()
    picture = draw(root, parameters, flat=True)
    assert not of_class(picture, "op")
    assert not of_class(picture, "out")
    assert lines(titled(picture, "tanh z"))[1:] == ["-0.9051", "∂ 1.0"]
    assert lines(groups(picture)["v2"])[0] == "×"
    assert lines(groups(picture)["v2-0"]) == ["-1.0"]


def test_names_title_all_values_and_leave_room_for_other_numbers() -> None:
    root, _ = neuron()
    plain, named = picture_of(scene_of(root)), picture_of(scene_of(root), names=True)
    assert [lines(each)[0] for each in of_class(named, "value")] == ["w", "x", "v1", "b", "v2", "z"]
    widths = [_width(each) for each in of_class(named, "value")]
    assert max(widths) - min(widths) < 0.1
    assert min(widths) > max(_width(each) for each in of_class(plain, "value"))


def _width(group: Element) -> float:
    """The width of a box, from the points of its outline; of a double one the inner."""
    outline = shape(group)
    points = str(outline.get("points") or outline.get("d")).replace("C", " ").replace("M", " ")
    across = [float(point.split(",")[0]) for point in points.split()]
    return max(across) - min(across)


def test_digits_hold_for_all_numbers() -> None:
    x = Value(1.23456, label="x")
    picture = draw(x * x, digits=2)
    assert lines(titled(picture, "x"))[1] == "1.2"
    assert lines(groups(picture)["v1-0"]) == ["1.2"]


def test_roles_differ_in_outline_as_well_as_in_colour() -> None:
    root, parameters = neuron()
    shown = groups(draw(root, parameters))
    outlines = {
        name: (
            shape(shown[name]).tag,
            shape(shown[name]).get("stroke-width"),
            sum(element.tag == f"{SVG}polygon" for element in shown[name]),
        )
        for name in ("v0", "v1", "v2", "v5", "v2-op")
    }
    assert len(set(outlines.values())) == 5


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


# --- gradients


@pytest.mark.parametrize(
    ("gradient", "text", "kind"),
    [
        (0.0, "0.0", "zero"),
        (1e-300, "1e-300", "tiny"),
        (-2.5, "-2.5", "negative"),
        (2.5, "2.5", "positive"),
        (math.nan, "nan", "nan"),
        (-math.inf, "-inf", "inf"),
    ],
)
def test_gradients_are_told_apart_by_text_and_look(gradient: float, text: str, kind: str) -> None:
    x = Value(1.0, label="x")
    root = x * gradient
    before = titled(draw(root), "x")
    root.backward()
    after = titled(draw(root), "x")
    assert (lines(before)[2], lines(after)[2]) == ("∂ not yet", f"∂ {text}")
    assert f"grad-{kind}" in classes(after)
    assert shape(before).get("fill") != shape(after).get("fill")


@pytest.mark.parametrize("theme", ["light", "dark"])
def test_each_kind_of_gradient_has_a_colour_of_its_own(theme: str) -> None:
    p, x, tiny = Value(0.0, label="p"), Value(1.0), Value(1e-9, label="tiny")
    root = log(p) * relu(x * -2.0) + tiny * 1e-9 - x
    values = [root, Value(1.0)]
    root.backward()
    fills: dict[str, set[str | None]] = {}
    for value in values:
        for group in of_class(draw(value, theme=theme), "value"):
            for name in classes(group):
                if name.startswith("grad-"):
                    fills.setdefault(name, set()).add(shape(group).get("fill"))
    assert len(fills) >= 6
    assert all(len(colours) == 1 for colours in fills.values())
    assert len(set.union(*fills.values())) == len(fills)


def test_gradients_that_are_values_are_drawn_too() -> None:
    x = Value(3.0, label="x")
    (x * x).backward(create_graph=True)
    assert lines(titled(draw(x), "x"))[2] == "∂ 6.0"


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


# --- text


@pytest.mark.parametrize(
    "label",
    [
        '<b>&"',
        "<b>bold</b>",
        "back\\slash",
        "\\n\\l\\N\\G",
        "ünïcödé 长 🎉",
        "a;b->c{}[]",
        "'",
        "&amp; &alpha;",
        "<!-- -->",
        '" id="v0" titled"',
        "a  b",
    ],
)
def test_labels_are_drawn_as_they_are(label: str) -> None:
    picture = draw(Value(1.0, label=label))
    assert lines(groups(picture)["v0"])[0].replace("\u00a0", " ") == label


def test_line_breaks_and_control_characters_become_spaces() -> None:
    assert lines(groups(draw(Value(1.0, label="a\nb\x00c\x1bd")))["v0"])[0] == "a b c d"


@given(st.text(max_size=60))
def test_any_label_gives_one_line_of_xml(label: str) -> None:
    line = one_line(label)
    assert len(line) <= 40
    assert line.isprintable()
    line.encode("utf-8")


def captions(caption: str) -> list[Element]:
    """The lines of a caption, which stand in no group of their own."""
    value = Value(2.0, label="a") * Value(3.0, label="b")
    return list(groups(draw(value, caption=caption))["graph0"].findall(f"{SVG}text"))


def texts(elements: Iterable[Element]) -> list[str]:
    return [element.text or "" for element in elements]


def test_a_caption_stands_below_the_graph_line_by_line() -> None:
    first, second = captions("the product\nof a and b")
    assert texts([first, second]) == ["the product", "of a and b"]
    assert first.get("text-anchor") == second.get("text-anchor") == "start"
    lowest = max(height(each) for each in of_class(draw(Value(2.0) * Value(3.0)), "value"))
    assert lowest < float(first.get("y", "nan")) < float(second.get("y", "nan"))


def test_without_a_caption_there_is_none() -> None:
    assert captions("") == []


@pytest.mark.parametrize(
    "caption", ["<b>bold</b>", "\\l \\G \\", "&alpha;", '"x" -> y', "ends in \\"]
)
def test_captions_are_drawn_as_they_are(caption: str) -> None:
    assert texts(captions(caption)) == [caption]


def test_a_caption_may_be_long_and_loses_only_its_control_characters() -> None:
    assert texts(captions("long " * 50 + "a\x00b")) == ["long " * 50 + "a b"]


def test_the_same_graph_gives_the_same_bytes() -> None:
    def picture() -> str:
        loss = MLP(2, [3, 1], seed=0)([1.0, -2.0]) ** 2
        loss.backward()
        return draw(loss).svg

    assert picture() == picture()
