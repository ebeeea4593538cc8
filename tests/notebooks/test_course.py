"""The form of the course: what each notebook has, and how they hang together."""

from __future__ import annotations

import ast
import base64
import re
from collections.abc import Iterator
from functools import cache
from html import unescape
from itertools import pairwise
from pathlib import Path
from typing import Any

import pytest

from tests.notebooks.books import needs_jupyter
from tests.notebooks.course import FOLDER, Book, as_text, notebooks, read
from tests.notebooks.transcript import improper

pytestmark = needs_jupyter

TITLES = [
    "Values and the chain rule",
    "From a neuron to a network",
    "The seven steps of training",
    "Batches and epochs",
    "Optimizers and learning rates",
    "Gradient flow",
    "Checking gradients",
    "Machine learning and deep learning",
    "Compiling the graph",
    "A GPT made of scalars",
]
NAMES = [
    f"{number:02}-{title.lower().replace(' ', '-')}.ipynb"
    for number, title in enumerate(TITLES, start=1)
]
README = (FOLDER.parent / "README.md").read_text(encoding="utf-8")
PUBLIC = {"microgradlab", *re.findall(r"^from (microgradlab\S*) ", README, re.MULTILINE)}

each = pytest.mark.parametrize("path", notebooks(), ids=lambda path: path.stem)


@cache
def book(path: Path) -> Book:
    return read(path)


def prose(path: Path) -> list[str]:
    return [cell.source for cell in book(path).cells if cell.cell_type == "markdown"]


def code(path: Path) -> list[Any]:
    return [cell for cell in book(path).cells if cell.cell_type == "code"]


def html(path: Path) -> list[str]:
    """Every output that is HTML."""
    pages = [out.get("data", {}).get("text/html") for cell in code(path) for out in cell.outputs]
    return [as_text(page) for page in pages if page]


def syntax(path: Path) -> Iterator[ast.AST]:
    for cell in code(path):
        yield from ast.walk(ast.parse(cell.source))


def links(path: Path) -> str:
    """The line that leads to the notebooks before and after."""
    place = NAMES.index(path.name)
    ends = []
    if place > 0:
        ends.append(f"[← {place}. {TITLES[place - 1]}]({NAMES[place - 1]})")
    if place < len(NAMES) - 1:
        ends.append(f"[{place + 2}. {TITLES[place + 1]} →]({NAMES[place + 1]})")
    return " · ".join(ends)


def test_the_course_is_ten_notebooks() -> None:
    assert [path.name for path in notebooks()] == NAMES


@each
def test_it_begins_with_its_title_a_question_what_it_needs_and_links(path: Path) -> None:
    first = prose(path)[0]
    assert first == book(path).cells[0].source
    place = NAMES.index(path.name)
    assert first.startswith(f"# {place + 1}. {TITLES[place]}\n")
    quotation = " ".join(re.findall(r"^> (.*)", first, re.MULTILINE))
    assert quotation.endswith("?")
    assert re.search(r"^\*\*Needs:\*\* (.|\n)*\b15 minutes\b", first, re.MULTILINE)
    assert first.splitlines()[-1] == links(path)


@each
def test_it_ends_with_what_was_seen_what_to_try_and_links(path: Path) -> None:
    last = book(path).cells[-1].source
    _, seen, try_ = re.split(r"^## (?:What you have seen|Try)$", last, flags=re.MULTILINE)
    assert 3 <= len(re.findall(r"^- ", seen, re.MULTILINE)) <= 5
    assert 2 <= len(re.findall(r"^(?:-|\d\.) ", try_, re.MULTILINE)) <= 3
    assert last.splitlines()[-1] == links(path)


@each
def test_its_links_lead_to_files_that_are_there(path: Path) -> None:
    targets = re.findall(r"\]\(((?!https?:)[^)#]+)", "\n".join(prose(path)))
    assert [target for target in targets if not (path.parent / target).exists()] == []


@each
def test_the_reader_changes_a_number_at_least_twice(path: Path) -> None:
    cells = book(path).cells
    asked = [
        (paragraph, following.source)
        for cell, following in pairwise(cells)
        for paragraph in cell.source.split("\n\n")
        if cell.cell_type == "markdown" and paragraph.startswith("**Change a number.**")
    ]
    assert len(asked) >= 2
    assert [paragraph for paragraph, _ in asked if "?" not in paragraph] == []
    marked = re.compile("# ← .*change this$", re.MULTILINE)
    assert [paragraph for paragraph, source in asked if not marked.search(source)] == []


@each
def test_it_claims_at_least_five_things_each_in_words(path: Path) -> None:
    claims = [node for node in syntax(path) if isinstance(node, ast.Assert)]
    assert len(claims) >= 5
    assert [ast.unparse(claim) for claim in claims if claim.msg is None] == []


@each
def test_every_picture_is_a_figure_with_caption_and_alternative_text(path: Path) -> None:
    kinds = {kind for cell in code(path) for out in cell.outputs for kind in out.get("data", {})}
    assert kinds <= {"text/plain", "text/html"}
    pages = html(path)
    assert [page[:80] for page in pages if "<svg" in page or "<canvas" in page] == []
    figures = [page for page in pages if "<img" in page]
    assert figures
    form = r'<figure><img alt="([^"]+)" src="[^"]+"><figcaption>(.+)</figcaption></figure>'
    for page in figures:
        match = re.fullmatch(form, page, re.DOTALL)
        assert match, f"no mg.figure: {page[:80]}"
        assert all(len(unescape(text).split()) >= 4 for text in match.groups()), match.groups()


@each
def test_it_uses_what_a_user_would(path: Path) -> None:
    modules = {node.module or "" for node in syntax(path) if isinstance(node, ast.ImportFrom)} | {
        name.name for node in syntax(path) if isinstance(node, ast.Import) for name in node.names
    }
    ours = {name for name in modules if name.partition(".")[0] == "microgradlab"}
    assert ours <= PUBLIC
    assert not any("pyplot" in cell.source for cell in code(path))
    private = {node.attr for node in syntax(path) if isinstance(node, ast.Attribute)} | {
        name.name
        for node in syntax(path)
        if isinstance(node, ast.ImportFrom)
        for name in node.names
    }
    assert {name for name in private if re.match(r"_(?!_)", name)} == set()


@each
def test_it_is_short_and_small(path: Path) -> None:
    assert len(" ".join(prose(path)).split()) < 1800
    assert path.stat().st_size < 350_000
    pictures = re.findall(r'base64,([^"]+)', "".join(html(path)))
    assert [size for one in pictures if (size := len(base64.b64decode(one))) > 80_000] == []


@each
def test_its_outputs_are_there_and_in_order(path: Path) -> None:
    missing = [cell.source for cell in code(path) if _shows(cell.source) and not cell.outputs]
    assert missing == []
    assert improper(book(path)) == []


def _shows(source: str) -> bool:
    """Whether a cell has to have an output: it prints, or ends in an expression.

    Calls of methods are left out, for many return nothing: their outputs are compared when the
    notebook is executed.
    """
    tree = ast.parse(source)
    *_, last = [None, *tree.body]
    calls = [node.func for node in ast.walk(tree) if isinstance(node, ast.Call)]
    if any(isinstance(call, ast.Name) and call.id == "print" for call in calls):
        return True
    if not isinstance(last, ast.Expr):
        return False
    shown = last.value
    return not isinstance(shown, ast.Call) or ast.unparse(shown.func) in ("mg.figure", "mg.explain")


@each
def test_the_index_has_its_title_its_question_and_a_link(path: Path) -> None:
    title, question = re.findall(r"^(?:#|>) (.+)$", prose(path)[0], re.MULTILINE)[:2]
    index = (FOLDER / "README.md").read_text(encoding="utf-8")
    assert f"| [{title}]({path.name}) | {question} |" in index
    assert f"(notebooks/{path.name})" in README
