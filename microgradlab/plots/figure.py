"""The figure that all plots return: Matplotlib's own, which shows and saves itself.

The only module that imports Matplotlib at its top; `panels` loads it with the first plot.
"""

from __future__ import annotations

import io
import re
import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import matplotlib.style
from matplotlib.figure import Figure

from microgradlab.errors import ArgumentError
from microgradlab.files import write_atomically
from microgradlab.plots.description import description
from microgradlab.plots.style import STYLE

_COORDINATES = re.compile(r'(?<=[\w"]) (?:d|x|y)="[^"]*"(?=[^<>]*>)')
_INDENTATION = re.compile(r"\n +")
_LONG = re.compile(r"\d+\.\d{3,}")

_LEFT_OUT = {
    "svg": ("Creator", "Date", "Format", "Type"),
    "pdf": ("CreationDate",),
    "ps": ("CreationDate",),
}
"""Metadata that would change with the time, or say nothing of the plot."""


@contextmanager
def styled() -> Iterator[None]:
    """Matplotlib's defaults and the plots' style, whatever the reader's settings are."""
    with matplotlib.style.context(["default", STYLE]), warnings.catch_warnings():
        # A character that Matplotlib's font lacks is left to the viewer's, and a model that sees
        # one class everywhere has no boundary.
        warnings.filterwarnings("ignore", "Glyph .* missing")
        warnings.filterwarnings("ignore", "No contour levels were found")
        yield


class Plot(Figure):
    """A Matplotlib figure that shows itself in notebooks, without pyplot.

    Titles, axes and artists are there to be changed, as in `plot.axes[0].set_title("run 3")`.
    """

    is_laid_out = False

    def savefig(self, fname: Any, **options: Any) -> None:
        """Matplotlib's own, in the plots' style; the same plot gives the same bytes of SVG."""
        with styled():
            if not self.is_laid_out:  # once: at each drawing anew, all would move by a hair
                self.draw_without_rendering()
                self.set_layout_engine("none")
                self.is_laid_out = True
            super().savefig(fname, **options)

    def save(self, path: str | Path) -> None:
        """Writes the plot, the whole of it or nothing; the format follows from the file's name.

        Raises:
            ArgumentError: Matplotlib knows no such format.
            OSError: the file cannot be written.
        """
        kind = Path(path).suffix.lower().removeprefix(".")
        known = self.canvas.get_supported_filetypes()
        if kind not in known:
            raise ArgumentError(
                f"a plot cannot be saved as {str(path)!r}",
                hint=f"end the file name in .svg, .png or .pdf; possible are {', '.join(known)}",
            )
        write_atomically(path, self.svg if kind == "svg" else self._rendered(kind))

    def _rendered(self, kind: str) -> bytes:
        file = io.BytesIO()
        metadata: dict[str, Any] = dict.fromkeys(_LEFT_OUT.get(kind, ()))
        if kind == "svg":
            metadata["Description"] = self.alternative
        self.savefig(file, format=kind, metadata=metadata or None)
        return file.getvalue()

    @property
    def svg(self) -> str:
        """The plot as SVG."""
        return _compact(self._rendered("svg").decode("utf-8"))

    @property
    def alternative(self) -> str:
        """What it shows, in words and numbers, for those who do not see it."""
        return description(self)

    def _repr_svg_(self) -> str:
        return self.svg


def _compact(svg: str) -> str:
    r"""The same picture in half of the size: coordinates to a hundredth of a point, flush left.

    >>> _compact('<g>\n  <path d="M 1.234567 -0.5 L 20 3.999999" id="p1.234567"/>')
    '<g>\n<path d="M 1.23 -0.5 L 20 4" id="p1.234567"/>'
    >>> _compact('<g transform="scale(0.015625)"><text>with d="1.23456"</text>')
    '<g transform="scale(0.015625)"><text>with d="1.23456"</text>'
    """
    flush = _INDENTATION.sub("\n", svg)
    return _COORDINATES.sub(lambda found: _LONG.sub(_hundredth, found[0]), flush)


def _hundredth(number: re.Match[str]) -> str:
    return f"{float(number[0]):.2f}".rstrip("0").rstrip(".")
