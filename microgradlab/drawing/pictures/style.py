"""How gradients and roles look: colours in a light and a dark theme, shapes, widths. Floor 8.

Nothing is told by hue alone. A role has a shape or border of its own, the sign of a gradient stands
in the text beside its colour, and what is nan or infinite stands light on dark.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Literal, TypeAlias, get_args

from microgradlab.checks import whole
from microgradlab.drawing.numerals import DIGITS
from microgradlab.drawing.scene import Role
from microgradlab.errors import unknown_name

Kind: TypeAlias = Literal["none", "zero", "tiny", "positive", "negative", "nan", "inf"]
"""What a gradient is: not computed, exactly 0, next to nothing, of a sign, or not finite."""

Direction: TypeAlias = Literal["LR", "TB", "RL", "BT"]
"""Where the arrows of the forward pass point: to the right, down, to the left, or up."""

TINY = 1e-4
"""A gradient is drawn as next to nothing where the picture's largest is so many times larger."""

_THINNEST, _THICKEST = 0.6, 3.0  # of arrows that show a gradient, in points


@dataclass(frozen=True)
class Theme:
    """The colours of a picture. Blue and orange, as in PuOr, are told apart by all eyes.

    Attributes:
        background: behind everything.
        text: of titles and numbers.
        muted: of what matters less: arrows, constants, gradients that are not computed.
        plain: inside of operations and groups.
        fills: inside of a box, by the kind of its gradient.
        lines: of arrows and texts that show a gradient, by its kind.
        borders: of a box, by its role.
    """

    background: str
    text: str
    muted: str
    plain: str
    fills: Mapping[Kind, str]
    lines: Mapping[Kind, str]
    borders: Mapping[Role, str]


THEMES = {
    "light": Theme(
        background="#ffffff",
        text="#1a1a1a",
        muted="#5d636b",
        plain="#f2f2f2",
        fills={
            "none": "#ffffff",
            "zero": "#e4e4e4",
            "tiny": "#f7f7f7",
            "positive": "#d8e6f3",
            "negative": "#fbe3cf",
            "nan": "#1a1a1a",
            "inf": "#8c1d40",
        },
        lines={
            "none": "#5d636b",
            "zero": "#5d636b",
            "tiny": "#5d636b",
            "positive": "#1f5fa8",
            "negative": "#b34a00",
            "nan": "#1a1a1a",
            "inf": "#8c1d40",
        },
        borders={"input": "#00795b", "parameter": "#7a3f98", "root": "#1a1a1a"},
    ),
    "dark": Theme(
        background="#17191d",
        text="#ececec",
        muted="#a3a8b0",
        plain="#2a2d33",
        fills={
            "none": "#17191d",
            "zero": "#3a3d42",
            "tiny": "#23262b",
            "positive": "#1d3f63",
            "negative": "#5f3412",
            "nan": "#ececec",
            "inf": "#f0a3bb",
        },
        lines={
            "none": "#a3a8b0",
            "zero": "#a3a8b0",
            "tiny": "#a3a8b0",
            "positive": "#7db8f2",
            "negative": "#f5a55f",
            "nan": "#ececec",
            "inf": "#f0a3bb",
        },
        borders={"input": "#4cc9a0", "parameter": "#c99be0", "root": "#ececec"},
    ),
}


@dataclass(frozen=True)
class Look:
    """How a scene is drawn.

    Attributes:
        flow: arrows show the gradient that flows back, rather than local derivatives.
        direction: where the forward pass points.
        digits: significant digits of the numbers.
        flat: the operation stands inside of its value's box.
        theme: the name of the colours.
        caption: lines of text for the bottom left of the picture.
        names: values without a label bear their names, and there is room for other numbers.
        partial: ids of the values whose gradients lack what comes from outside of the picture.
    """

    flow: bool = False
    direction: Direction = "LR"
    digits: int = DIGITS
    flat: bool = False
    theme: str = "light"
    caption: str = ""
    names: bool = False
    partial: frozenset[str] = frozenset()

    def __post_init__(self) -> None:
        whole("digits", self.digits)
        if self.direction not in get_args(Direction):
            raise unknown_name("direction", self.direction, get_args(Direction))
        if self.theme not in THEMES:
            raise unknown_name("theme", self.theme, THEMES)

    @property
    def colours(self) -> Theme:
        """The colours of the theme."""
        return THEMES[self.theme]


def kind_of(gradient: float | None, largest: float) -> Kind:
    """What a gradient is, beside the largest one of the picture.

    >>> [kind_of(gradient, 1.0) for gradient in (None, 0.0, -1e-9, -0.5, float("-inf"))]
    ['none', 'zero', 'tiny', 'negative', 'inf']
    """
    if gradient is None:
        return "none"
    if not math.isfinite(gradient):
        return "nan" if math.isnan(gradient) else "inf"
    if gradient == 0.0:
        return "zero"
    if abs(gradient) < TINY * largest:
        return "tiny"
    return "positive" if gradient > 0.0 else "negative"


def largest_of(gradients: Iterable[float | None]) -> float:
    """The largest finite magnitude; 0 where there is none.

    >>> largest_of([None, -3.0, 2.0, float("inf")])
    3.0
    """
    known = (abs(gradient) for gradient in gradients if gradient is not None)
    return max((size for size in known if math.isfinite(size)), default=0.0)


def width_of(gradient: float | None, largest: float) -> float:
    """The width in points of an arrow that shows a gradient: the same step for each factor of 10.

    From the largest gradient of the picture down to the tiny ones, which are the thinnest.

    >>> [round(width_of(gradient, 10.0), 2) for gradient in (10.0, -1.0, 0.1, 1e-3, 0.0)]
    [3.0, 2.4, 1.8, 0.6, 0.6]
    """
    kind = kind_of(gradient, largest)
    if kind in ("nan", "inf"):
        return _THICKEST
    if gradient is None or kind in ("none", "zero", "tiny"):
        return _THINNEST
    fraction = 1.0 - math.log10(abs(gradient) / largest) / math.log10(TINY)
    return _THINNEST + (_THICKEST - _THINNEST) * fraction
