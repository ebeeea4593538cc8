"""A picture with a caption below and words in its place for those who do not see it. Floor 8."""

from __future__ import annotations

import base64
from dataclasses import dataclass
from html import escape
from typing import Protocol

from microgradlab.errors import ArgumentError


class Drawn(Protocol):
    """What `draw` and the plots return."""

    @property
    def svg(self) -> str:
        """The picture as SVG."""
        ...

    @property
    def alternative(self) -> str:
        """What it shows, in words."""
        ...


@dataclass(frozen=True, repr=False)
class Figure:
    """A picture with its caption; in a notebook it shows itself.

    It is HTML with the picture as an image: this is what JupyterLab, code hosts and converters all
    show in the same way, alternative text included, which images of type SVG have in none of them.

    Attributes:
        svg: the picture.
        caption: what to see in it.
        alternative: what it shows, for those who do not see it.
    """

    svg: str
    caption: str
    alternative: str

    def __repr__(self) -> str:
        return f"Figure: {self.caption} [{self.alternative}]"

    def _repr_html_(self) -> str:
        data = base64.b64encode(self.svg.encode()).decode()
        image = f'<img alt="{escape(self.alternative)}" src="data:image/svg+xml;base64,{data}">'
        return f"<figure>{image}<figcaption>{escape(self.caption)}</figcaption></figure>"


def figure(picture: Drawn, caption: str, *, alt: str = "") -> Figure:
    """A picture with a caption and alternative text, for a notebook.

    Args:
        picture: what `draw` or one of the plots returns.
        caption: one or two sentences: what to see in it.
        alt: what it shows, for those who do not see it; the graph's or the curves' numbers follow
            by themselves.

    Raises:
        ArgumentError: it is no picture, or the caption is empty.
        MissingExtraError: the extra `lab`, which brings what draws it, is not installed.

    >>> from microgradlab import Value, draw
    >>> figure(draw(Value(2.0, label="x") ** 2), "A power.", alt="Two boxes joined by an arrow.")
    Figure: A power. [Two boxes joined by an arrow. Graph of v1 = 4.0: 1 input, 1 operation; \
no gradients yet]
    """
    if not (hasattr(picture, "svg") and hasattr(picture, "alternative")):
        raise ArgumentError(
            f"a figure is made of a picture, not of {type(picture).__name__}",
            hint="give what mg.draw or mg.plots returns; own axes come from mg.plots.panels",
        )
    if not caption.strip():
        raise ArgumentError("the caption is empty", hint="say in a sentence what there is to see")
    words = [text.strip() for text in (alt, picture.alternative) if text.strip()]
    return Figure(picture.svg, caption.strip(), " ".join(words))
