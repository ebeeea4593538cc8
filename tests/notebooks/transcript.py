"""What the outputs of a notebook say, as text: the words and numbers that follow from the code.

Coordinates in pictures are left out, for they depend on the versions of Graphviz and Matplotlib. A
graph is told by its texts and its arrows. A plot is told by its alternative text, which the library
makes of the numbers that it draws.
"""

from __future__ import annotations

import base64
import re
from collections.abc import Iterator
from dataclasses import dataclass
from html.parser import HTMLParser
from typing import Any
from xml.etree import ElementTree

from tests.notebooks.comparison import disagreement
from tests.notebooks.course import Book, Fault, Output, as_text, head_of

_SVG = "data:image/svg+xml;base64,"
_UNSEEN = ("script", "style", "title")
_VARIES = "varies"
_MACHINE = re.compile(
    r"""(?<![\w.:/]) (?:/ (?:home|root|tmp|usr|opt|var|private|work|Users|Volumes) /|[A-Z]:\\) \S*
    | \S*ipykernel_\d+ \S*
    | \b at\ 0x[0-9a-fA-F]{6,}
    """,
    re.VERBOSE,
)


@dataclass(frozen=True)
class Said:
    """What one output says.

    Attributes:
        kind: which stream it is, or of which types its representations are.
        lines: its words and numbers.
    """

    kind: str
    lines: tuple[str, ...]


def said_by(output: Output) -> Said:
    """The text of an output."""
    if output["output_type"] == "stream":
        return Said(output["name"], tuple(as_text(output["text"]).splitlines()))
    if output["output_type"] == "error":
        return Said("error", (f"{output['ename']}: {output['evalue']}",))
    data: dict[str, Any] = output["data"]
    page = _Page(as_text(data.get("text/html", "")))
    plain = as_text(data.get("text/plain", "")).splitlines()
    lines = page.lines if page.has_pictures else [*page.lines, *plain]
    return Said(", ".join([output["output_type"], *sorted(data)]), tuple(lines))


def differences(stored: Book, fresh: Book) -> list[Fault]:
    """Where the outputs of a notebook that was executed are not those that are stored in it."""
    return [
        Fault(number, head_of(cell), message)
        for number, (cell, again) in enumerate(zip(stored.cells, fresh.cells, strict=True), 1)
        if cell.cell_type == "code"
        for message in _differences(
            [said_by(output) for output in cell.outputs],
            [said_by(output) for output in again.outputs],
            varies=_VARIES in cell.metadata.get("tags", ()),
        )
    ]


def _differences(stored: list[Said], fresh: list[Said], *, varies: bool) -> Iterator[str]:
    kinds = [[said.kind for said in outputs] for outputs in (stored, fresh)]
    if kinds[0] != kinds[1]:
        was, now = ("; ".join(outputs) or "nothing" for outputs in kinds)
        yield f"other outputs\n  expected: {was}\n  found:    {now}"
    elif not varies:
        for said, again in zip(stored, fresh, strict=True):
            if wrong := disagreement(said.lines, again.lines):
                more = f"\n  and {wrong.lines - 1} more lines" if wrong.lines > 1 else ""
                yield (
                    f"another output ({said.kind})\n"
                    f"  expected: {wrong.expected}\n  found:    {wrong.found}{more}"
                )


def improper(book: Book) -> list[Fault]:
    """Outputs that no notebook may have: errors, warnings, and what depends on the machine."""
    return [
        Fault(number, head_of(cell), message)
        for number, cell in enumerate(book.cells, 1)
        if cell.cell_type == "code"
        for output in cell.outputs
        for message in _improper(said_by(output))
    ]


def _improper(said: Said) -> Iterator[str]:
    if said.kind in ("stderr", "error"):
        yield f"writes to {said.kind}\n" + "\n".join(f"  {line}" for line in said.lines)
    elif found := _MACHINE.search("\n".join(said.lines)):
        yield f"shows what depends on the machine: {found[0]}"


class _Page(HTMLParser):
    """The text of some HTML, and of the pictures in it.

    Attributes:
        lines: one for each piece of text, in their order.
        has_pictures: whether there are any.
    """

    def __init__(self, html: str) -> None:
        super().__init__()
        self.lines: list[str] = []
        self.has_pictures = False
        self._open: list[str] = []
        self.feed(html)
        self.close()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        if tag == "img":
            known = {name: value or "" for name, value in attrs}
            self.has_pictures = True
            self.lines += [f"alternative text: {known.get('alt', '')}"]
            self.lines += _picture(known.get("src", ""))
        else:
            self._open.append(tag)

    def handle_endtag(self, tag: str) -> None:
        while tag in self._open and self._open.pop() != tag:
            pass

    def handle_data(self, data: str) -> None:
        tag = self._open[-1] if self._open else ""
        if data.strip() and tag not in _UNSEEN:
            name = "caption: " if tag == "figcaption" else ""
            self.lines.append(name + data.strip())


def _picture(source: str) -> Iterator[str]:
    if not source.startswith(_SVG):
        yield f"picture: {source.partition(',')[0]}"
        return
    try:
        root = ElementTree.fromstring(base64.b64decode(source.removeprefix(_SVG), validate=True))
    except (ValueError, ElementTree.ParseError) as error:
        yield f"picture: no SVG ({error})"
        return
    if root.find(".//*[@id='figure_1']") is not None:
        described = root.find(".//{*}description")
        yield f"picture: a plot, {'' if described is None else described.text}"
    else:
        yield "picture: a graph"
        yield from _graph(root)


def _graph(element: ElementTree.Element) -> Iterator[str]:
    """Parts and texts of a graph in their order, and its arrows with their colours and widths."""
    for child in element:
        tag = child.tag.rpartition("}")[2]
        kinds = child.get("class", "").split()
        if tag in ("text", "title"):
            yield " ".join("".join(child.itertext()).split())
        elif "edge" in kinds:
            line = child.find("{*}path")
            looks = () if line is None else (line.get("stroke", ""), line.get("stroke-width", ""))
            yield " ".join([child.get("id", ""), *kinds, *looks]).strip()
            yield from _graph(child)
        else:
            if kinds:
                yield " ".join([child.get("id", ""), *kinds])
            yield from _graph(child)
