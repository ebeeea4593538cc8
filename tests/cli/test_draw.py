"""`draw`: a formula at a point becomes a picture, and two lines that say what it shows."""

from __future__ import annotations

from pathlib import Path
from typing import Any
from xml.etree import ElementTree

import pytest

import microgradlab as mg

Call = Any

NEURON = ["tanh(w*x + b)", "w=2", "x=-1", "b=0.5"]
SUMMARY = "tanh(w*x + b) = -0.9051\n∂/∂w = -0.1807, ∂/∂x = 0.3614, ∂/∂b = 0.1807\n"


def values(path: Path) -> dict[str, list[str]]:
    """The texts of each value in an SVG file, by title."""
    texts = {}
    for group in ElementTree.parse(path).iter("{http://www.w3.org/2000/svg}g"):
        if "value" in group.get("class", "").split():
            found = [text.text or "" for text in group.iter("{http://www.w3.org/2000/svg}text")]
            texts[found[0]] = found[1:]
    return texts


def roles(path: Path) -> dict[str, int]:
    """How many values of each role an SVG file shows."""
    text = path.read_text(encoding="utf-8")
    return {role: text.count(f" role-{role}") for role in ("input", "parameter", "hidden", "root")}


def test_the_picture_shows_numbers_and_gradients_and_the_command_says_them(
    call: Call, tmp_path: Path
) -> None:
    called = call("draw", *NEURON, "-o", "n.svg")
    assert (called.code, called.out, called.err) == (0, f"n.svg: {SUMMARY}", "")
    shown = values(tmp_path / "n.svg")
    assert shown["w"] == ["2.0", "∂ -0.1807"]
    assert shown["x"] == ["-1.0", "∂ 0.3614"]
    assert shown["b"] == ["0.5", "∂ 0.1807"]


def test_without_a_file_name_it_is_graph_svg(call: Call, tmp_path: Path) -> None:
    assert call("draw", *NEURON).out.startswith("graph.svg: ")
    assert [path.name for path in tmp_path.iterdir()] == ["graph.svg"]


def test_json_is_the_file_the_value_and_the_gradient(call: Call) -> None:
    data = call("draw", "x / y", "y=0", "x=1", "--json").data
    gradient = {"x": "inf", "y": "-inf"}
    assert data == {"file": "graph.svg", "formula": "x / y", "value": "inf", "gradient": gradient}


def test_quiet_still_says_what_was_written(call: Call) -> None:
    assert call("draw", *NEURON, "-q").out == f"graph.svg: {SUMMARY}"


def test_variables_are_inputs_unless_they_are_named_as_parameters(
    call: Call, tmp_path: Path
) -> None:
    call("draw", *NEURON)
    assert roles(tmp_path / "graph.svg") == {"input": 3, "parameter": 0, "hidden": 2, "root": 1}
    call("draw", *NEURON, "--parameters", "w,b")
    assert roles(tmp_path / "graph.svg") == {"input": 1, "parameter": 2, "hidden": 2, "root": 1}


def test_digits_hold_for_the_picture_and_the_summary(call: Call, tmp_path: Path) -> None:
    assert "∂/∂x = 0.36141328" in call("draw", *NEURON, "--digits", "8").out
    assert values(tmp_path / "graph.svg")["x"] == ["-1.0", "∂ 0.36141328"]


def test_the_file_name_says_the_format(call: Call, tmp_path: Path) -> None:
    call("draw", *NEURON, "-o", "n.dot")
    assert (tmp_path / "n.dot").read_text(encoding="utf-8").startswith("digraph")
    call("draw", *NEURON, "-o", "n.html")
    assert "<svg" in (tmp_path / "n.html").read_text(encoding="utf-8")


@pytest.mark.parametrize(
    ("words", "options"),
    [
        ("--flow", {"flow": True}),
        ("--flat", {"flat": True}),
        ("--direction tb", {"direction": "TB"}),
        ("--theme dark", {"theme": "dark"}),
    ],
)
def test_the_look_is_that_of_mg_draw(
    call: Call, tmp_path: Path, words: str, options: dict[str, Any]
) -> None:
    x = mg.Value(3.0, label="x")
    root = x * mg.sin(x)
    root.backward()
    assert call("draw", "x * sin(x)", "x=3", *words.split(), "-o", "x.svg").code == 0
    assert (tmp_path / "x.svg").read_text(encoding="utf-8") == mg.draw(root, **options).svg
    assert mg.draw(root, **options).svg != mg.draw(root).svg


@pytest.mark.parametrize(
    ("words", "code", "why"),
    [
        (["x*y", "x=1"], 2, "the formula has no value for y"),
        (["x", "x=1", "--direction", "up"], 2, "unknown direction 'UP'"),
        (["x", "x=1", "--theme", "drak"], 2, "unknown theme 'drak'"),
        (["x", "x=1", "--parameters", "w"], 2, "unknown variable 'w'"),
        (["x", "x=1", "-o", "x.bmp"], 2, "x.bmp"),
        (["x", "x=1", "-o", "graph"], 2, "graph"),
        (["x", "x=1", "-o", "gone/x.svg"], 1, "gone/x.svg"),
    ],
)
def test_mistakes_are_told_in_a_sentence_and_leave_no_file(
    call: Call, tmp_path: Path, words: list[str], code: int, why: str
) -> None:
    assert why in call("draw", *words).check_mistake(code, why)
    assert list(tmp_path.iterdir()) == []
