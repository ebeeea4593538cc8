"""Small notebooks made by hand, for the tests of what reads and executes them."""

from __future__ import annotations

import re
from importlib.util import find_spec
from typing import Any

import pytest

from tests.notebooks.course import Book, Output

needs_jupyter = pytest.mark.skipif(
    find_spec("nbclient") is None,
    reason="nbclient is not installed: pip install 'microgradlab[notebook]' brings it",
)


def book(*cells: Any) -> Book:
    """A notebook of these cells; a text is a code cell without outputs."""
    import nbformat

    known = [code(cell) if isinstance(cell, str) else cell for cell in cells]
    for number, cell in enumerate(known, start=1):
        cell.id = f"cell-{number}"
    return nbformat.v4.new_notebook(cells=known)


def code(source: str, *outputs: Output, tags: tuple[str, ...] = ()) -> Any:
    """A code cell with its outputs."""
    import nbformat

    nodes = [nbformat.from_dict(output) for output in outputs]
    metadata = nbformat.from_dict({"tags": [*tags]} if tags else {})
    return nbformat.v4.new_code_cell(source, outputs=nodes, metadata=metadata)


def stream(text: str, name: str = "stdout") -> Output:
    """What a cell prints."""
    return {"output_type": "stream", "name": name, "text": text}


def result(**data: str) -> Output:
    """What a cell's last expression shows, by type: plain, html, png."""
    types = {"plain": "text/plain", "html": "text/html", "png": "image/png"}
    return {
        "output_type": "execute_result",
        "execution_count": 3,
        "metadata": {},
        "data": {types[kind]: content for kind, content in data.items()},
    }


def shown(figure: Any) -> Output:
    """What a cell shows whose last expression is a figure."""
    return result(html=figure._repr_html_(), plain=repr(figure))


def words(text: str) -> str:
    """A text with single spaces, without colours."""
    assert "\x1b" not in text
    return re.sub(r"\s+", " ", text)
