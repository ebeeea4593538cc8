"""Pages: one file each, nothing from elsewhere, and no text that breaks out."""

from __future__ import annotations

import base64
import hashlib
import json
import re
from html.parser import HTMLParser
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from microgradlab.drawing.page import asset, module, page, stepper_page


class Reader(HTMLParser):
    """The tags of a page, with their attributes, and the text in each."""

    def __init__(self, html: str) -> None:
        super().__init__()
        self.tags: list[tuple[str, dict[str, str | None]]] = []
        self.texts: list[str] = []
        self.is_open = False
        self.feed(html)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append((tag, dict(attrs)))
        self.texts.append("")
        self.is_open = True

    def handle_data(self, data: str) -> None:
        if self.is_open:
            self.texts[-1] += data

    def handle_endtag(self, tag: str) -> None:  # noqa: ARG002
        self.is_open = False

    def only(self, tag: str, **attributes: str) -> str:
        """The text in the only tag of a kind."""
        found = [
            text
            for (name, given), text in zip(self.tags, self.texts, strict=True)
            if name == tag and attributes.items() <= given.items()
        ]
        assert len(found) == 1
        return found[0]


def read(title: str = "", body: str = "", script: str = "", data: Any = None) -> Reader:
    return Reader(page(title, body, script=script, style="", data=data))


BREAKING_OUT = (
    "</script>",
    "</SCRIPT >",
    "<!--",
    "<script>",
    "]]>",
    "\u2028",
    "&lt;",
    "\ud800",
    '"',
)
TEXTS = st.lists(st.sampled_from(BREAKING_OUT) | st.text(max_size=5)).map("".join)


@given(TEXTS)
def test_data_is_read_as_it_was_written(text: str) -> None:
    reader = read(data={text: [text, 1.5, None]})
    assert json.loads(reader.only("script", id="data")) == {text: [text, 1.5, None]}
    assert [tag for tag, _ in reader.tags].count("script") == 2


@given(TEXTS.filter(lambda text: "\ud800" not in text and "\r" not in text))
def test_a_title_is_text(text: str) -> None:
    html = page(text, "", script="", style="", data=None)
    before, after = html.split("<title>")[1].split("</title>", 1)
    assert "<" not in before
    assert "<title>" not in after


def test_a_script_cannot_end_itself() -> None:
    reader = read(script='const label = "</script><!-- </SCRIPT>";')
    expected = r'const label = "<\/script><\!-- <\/SCRIPT>";'
    assert reader.only("script", type="module").strip() == expected


def test_numbers_that_json_lacks_are_refused() -> None:
    with pytest.raises(ValueError, match="JSON"):
        read(data=float("nan"))


def test_only_the_pages_own_script_may_run_and_nothing_may_be_fetched() -> None:
    reader = read(script="let ∂ = 1;")
    policy = next(a["content"] or "" for _, a in reader.tags if "http-equiv" in a)
    digest = hashlib.sha256(reader.only("script", type="module").encode()).digest()
    assert policy.startswith("default-src 'none'; ")
    assert f"script-src 'sha256-{base64.b64encode(digest).decode()}';" in policy
    assert "http" not in policy


def test_a_page_says_its_encoding_language_and_width() -> None:
    tags = read().tags
    assert ("meta", {"charset": "utf-8"}) in tags
    assert tags[0][1]["lang"] == "en"
    assert any(attributes.get("name") == "viewport" for _, attributes in tags)


def test_a_stepper_page_has_nothing_from_elsewhere() -> None:
    explanation = {"title": "a < b", "digits": 4, "svg": "", "nodes": [], "ops": {}, "steps": []}
    html = stepper_page(explanation, "const OPERATIONS = {};")
    reader = Reader(html)
    assert not [attrs for _, attrs in reader.tags if {"src", "href"} & attrs.keys()]
    assert not re.search(r"@import|url\((?!#)", reader.only("style"))
    assert "<h1>a &lt; b</h1>" in html
    assert html == stepper_page(explanation, "const OPERATIONS = {};")


def test_the_module_is_primitives_then_operations_then_what_uses_them() -> None:
    text = module("const OPERATIONS = {};")
    places = [
        text.index(part) for part in ("const PRIMITIVES", "const OPERATIONS", "function mount")
    ]
    assert places == sorted(places)
    assert text.count("export default") == 1


def test_the_module_depends_on_nothing_and_evaluates_no_text() -> None:
    text = module("const OPERATIONS = {};").replace("http://www.w3.org/2000/svg", "")
    code = re.sub(r"//.*|/\*(?s:.*?)\*/", "", text)
    forbidden = r"\b(?:import|eval|fetch|XMLHttpRequest|innerHTML|require)\b|new Function|https?:"
    assert "export function mount" in code
    assert re.findall(forbidden, code) == []


def test_assets_are_read_by_their_names() -> None:
    assert "mount" in asset("stepper.js")
