"""Notebooks are kept in one form, which does not change from run to run or between machines."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.notebooks.books import book, code, needs_jupyter, result, stream
from tests.notebooks.course import normalised, notebooks, number_of, read, text_of, write

pytestmark = needs_jupyter


def test_counts_and_what_an_editor_adds_are_left_out() -> None:
    cell = code("1 + 1", result(plain="2"), tags=("varies",))
    cell.execution_count = 12
    cell.metadata.collapsed = True
    cell.metadata.execution = {"shell.execute_reply": "2026-01-01T00:00:00Z"}
    before = book(cell)
    before.metadata.language_info = {"name": "python", "version": "3.14.1"}
    before.metadata.widgets = {}
    after = normalised(before)
    (kept,) = after.cells
    assert kept.execution_count is None
    assert kept.metadata == {"tags": ["varies"]}
    assert kept.id == "cell-1"
    assert kept.outputs == [{**result(plain="2"), "execution_count": None}]
    assert set(after.metadata) == {"kernelspec", "language_info"}
    assert after.metadata.language_info == {"name": "python"}


def test_a_frame_is_left_out_but_for_its_text() -> None:
    page = result(html="<iframe srcdoc='a page'></iframe>", plain="Forward and backward pass")
    (kept,) = normalised(book(code("mg.explain(z)", page))).cells[0].outputs
    assert kept.data == {"text/plain": "Forward and backward pass"}


def test_pieces_of_a_stream_are_joined() -> None:
    pieces = [stream("1"), stream("2\n"), stream("oh", "stderr"), stream("3")]
    kept = normalised(book(code("f()", *pieces))).cells[0].outputs
    assert [dict(output) for output in kept] == [
        stream("12\n"),
        stream("oh", "stderr"),
        stream("3"),
    ]


def test_what_is_normalised_stays_as_it_is(tmp_path: Path) -> None:
    path = tmp_path / "01.ipynb"
    write(path, book(code("1", result(plain="1", html="<p>\n1\n</p>")), "x = 1\n\ny = 2"))
    text = path.read_text(encoding="utf-8")
    assert text.endswith("}\n")
    write(path, read(path))
    assert path.read_text(encoding="utf-8") == text == text_of(read(path))


@pytest.mark.parametrize("path", notebooks(), ids=lambda path: path.stem)
def test_the_course_is_in_this_form(path: Path) -> None:
    is_in_form = path.read_text(encoding="utf-8") == text_of(normalised(read(path)))
    assert is_in_form, f"python -m tests.notebooks --write {number_of(path)}"
