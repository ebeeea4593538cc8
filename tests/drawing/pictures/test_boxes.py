"""Every number, gradient and role is told from the others, and texts are drawn as they are."""

from __future__ import annotations

import math
from collections.abc import Iterable
from xml.etree.ElementTree import Element

import pytest
from hypothesis import given
from hypothesis import strategies as st

from microgradlab import MLP, Value, log, relu
from microgradlab.drawing import draw
from microgradlab.drawing.pictures.boxes import one_line
from microgradlab.drawing.pictures.picture import picture_of
from microgradlab.drawing.scene import scene_of
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
