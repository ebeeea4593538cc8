"""The picture of a graph: every number, operation and gradient, each told from the others."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Any
from xml.etree import ElementTree

import pytest
from hypothesis import given
from hypothesis import strategies as st

from microgradlab import MLP, Value, draw, tanh
from microgradlab.drawing.graph import graph_source, one_line, short
from microgradlab.errors import ArgumentError

SVG = "{http://www.w3.org/2000/svg}"


@dataclass
class Box:
    """A node as it is drawn."""

    lines: list[str]
    y: float
    fill: str | None


def boxes(value: Value, limit: int = 300) -> list[Box]:
    found = []
    for group in ElementTree.fromstring(draw(value, limit).svg).iter(f"{SVG}g"):
        if group.get("class") == "node":
            texts = list(group.iter(f"{SVG}text"))
            shape = group.find(f"{SVG}polygon")
            shape = group.find(f"{SVG}path") if shape is None else shape
            fill = None if shape is None else shape.get("fill")
            lines = [text.text or "" for text in texts]
            found.append(Box(lines, float(texts[0].get("y", "nan")), fill))
    return found


def box(value: Value, title: str) -> Box:
    (found,) = [each for each in boxes(value) if each.lines[0] == title]
    return found


def edges(value: Value) -> list[tuple[str, str]]:
    tree = ElementTree.fromstring(draw(value).svg)
    groups = [group for group in tree.iter(f"{SVG}g") if group.get("class") == "edge"]
    titles = [group.findtext(f"{SVG}title", "") for group in groups]
    return [(start, end) for start, _, end in (title.partition("->") for title in titles)]


def test_a_box_shows_operation_label_data_and_gradient() -> None:
    x = Value(2.0, label="x")
    y = x * 3.0
    y.label = "y"
    y.backward()
    assert box(y, "× y").lines == ["× y", "6", "∂ 1"]
    assert box(y, "x").lines == ["x", "2", "∂ 3"]


def test_edges_show_local_derivatives() -> None:
    x = Value(2.0)
    source = graph_source(x * 7.0)
    assert "n1 -> n0 [label=7]" in source
    assert "n0y -> n0\n" in source.replace(' [label=""]', "")


def test_an_operand_that_is_used_twice_has_two_edges() -> None:
    a = Value(1.0, label="a")
    assert edges(a + a) == [("n1", "n0"), ("n1", "n0")]


def test_a_shared_value_is_drawn_once() -> None:
    a = Value(1.0, label="a")
    assert len(boxes(a * a + a)) == 3


def test_constants_stay_on_their_side() -> None:
    x = Value(2.0, label="x")
    assert box(x - 3.0, "x").y < box(x - 3.0, "3").y
    assert box(3.0 - x, "3").y < box(3.0 - x, "x").y


def test_the_first_operand_stands_above_the_second_also_where_both_share_a_part() -> None:
    a, b = Value(2.0, label="a"), Value(3.0, label="b")
    assert box(a * b - b, "×").y < box(a * b - b, "b").y
    assert box(b - a * b, "b").y < box(b - a * b, "×").y


def test_a_value_without_a_graph_is_one_box() -> None:
    (only,) = boxes(Value(1.5))
    assert only.lines == ["1.5", "∂ not computed"]


@pytest.mark.parametrize(
    ("gradient", "text"),
    [(0.0, "0"), (1e-300, "1e-300"), (-2.5, "-2.5"), (math.nan, "nan"), (-math.inf, "-inf")],
)
def test_gradients_are_told_apart(gradient: float, text: str) -> None:
    x = Value(1.0, label="x")
    assert box(x, "x").lines[2] == "∂ not computed"
    (x * gradient).backward()
    assert box(x, "x").lines[2] == f"∂ {text}"


def test_the_colour_follows_the_gradients_sign() -> None:
    x, y, z = Value(1.0, label="x"), Value(1.0, label="y"), Value(1.0, label="z")
    root = x - y + z * 0.0
    root.backward()
    fills = [box(root, title).fill for title in "xyz"]
    assert len(set(fills)) == 3
    assert box(root, "×").fill == fills[0]


def test_gradients_that_are_values_are_drawn_too() -> None:
    x = Value(3.0, label="x")
    (x * x).backward(create_graph=True)
    assert box(x, "x").lines[2] == "∂ 6"


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
    ],
)
def test_labels_are_drawn_as_they_are(label: str) -> None:
    assert boxes(Value(1.0, label=label))[0].lines[0] == label


def test_line_breaks_and_control_characters_become_spaces() -> None:
    assert boxes(Value(1.0, label="a\nb\x00c\x1bd"))[0].lines[0] == "a b c d"


@given(st.text(max_size=60))
def test_any_label_gives_one_line_of_xml(label: str) -> None:
    line = one_line(label)
    assert len(line) <= 40
    assert line.isprintable()
    line.encode("utf-8")


def test_a_limit_keeps_the_numbers_nearest_to_the_root() -> None:
    x = Value(0.5, label="x")
    y = x
    for _ in range(50):
        y = tanh(y)
    shown = boxes(y, limit=4)
    assert [each.lines[0] for each in shown].count("tanh") == 4
    assert [each.lines for each in shown].count(["…"]) == 1


@pytest.mark.parametrize("limit", [0, -1, 2.5, True, "9"])
def test_a_limit_that_is_no_count_is_refused(limit: Any) -> None:
    with pytest.raises(ArgumentError, match=f"limit is {limit!r}"):
        draw(Value(1.0), limit)


def captions(value: Value, caption: str) -> list[tuple[str, float]]:
    """The lines of the caption with their heights, read from the picture."""
    tree = ElementTree.fromstring(draw(value, caption=caption).svg)
    texts = tree.findall(f"{SVG}g/{SVG}text")
    assert {text.get("text-anchor") for text in texts} <= {"start"}
    return [(text.text or "", float(text.get("y", "nan"))) for text in texts]


def test_a_caption_stands_below_the_graph_line_by_line() -> None:
    value = Value(2.0, label="a") * Value(3.0, label="b")
    (first, first_y), (second, second_y) = captions(value, "the product\nof a and b")
    assert (first, second) == ("the product", "of a and b")
    assert max(each.y for each in boxes(value)) < first_y < second_y


def test_without_a_caption_there_is_none() -> None:
    assert captions(Value(1.0), "") == []


@pytest.mark.parametrize(
    "caption", ["<b>bold</b>", "\\l \\G \\", "&alpha;", '"x" -> y', "ends in \\"]
)
def test_captions_are_drawn_as_they_are(caption: str) -> None:
    assert [line for line, _ in captions(Value(1.0), caption)] == [caption]


def test_a_caption_may_be_long_and_loses_only_its_control_characters() -> None:
    assert captions(Value(1.0), "long " * 50 + "a\x00b")[0][0] == "long " * 50 + "a b"


def test_constants_are_no_wider_than_their_text() -> None:
    source = draw(Value(2.0) * 3.0).source
    (constant,) = [line for line in source.splitlines() if "plaintext" in line]
    assert "width=0" in constant
    assert "height=0" in constant


def test_the_same_graph_gives_the_same_bytes() -> None:
    def picture() -> str:
        loss = MLP(2, [3, 1], seed=0)([1.0, -2.0]) ** 2
        loss.backward()
        return draw(loss).svg

    assert picture() == picture()


def test_short_numbers() -> None:
    numbers = [1234567.0, 0.1 + 0.2, -0.0, 5e-324, math.inf]
    assert [short(number) for number in numbers] == ["1.235e+06", "0.3", "-0", "4.941e-324", "inf"]
