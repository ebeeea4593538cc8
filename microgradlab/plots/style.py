"""How plots look, in one place: colours, lines, markers, and Matplotlib's settings.

Nothing is told by hue alone: series differ in line and marker too, classes in marker and hatching.
The colours are those of the graph pictures and of Okabe and Ito: the colour-blind tell them apart.
"""

from __future__ import annotations

from typing import Any

POSITIVE, NEGATIVE, GREY, BLACK = "#1f5fa8", "#b34a00", "#8a8a8a", "#000000"
_COLOURS = (POSITIVE, NEGATIVE, "#009e73", "#cc79a7", BLACK, "#56b4e9")

STYLE: dict[str, Any] = {
    "axes.axisbelow": True,
    "axes.edgecolor": "#555555",
    "axes.grid": True,
    "axes.prop_cycle": f"cycler('color', {[*_COLOURS]})",
    "axes.spines.right": False,
    "axes.spines.top": False,
    "axes.titlesize": 10.5,
    "font.family": "sans-serif",
    "font.sans-serif": ["DejaVu Sans", "Verdana", "Arial"],  # a short list: each text repeats it
    "font.size": 10.0,
    "grid.color": "#e4e4e4",
    "grid.linewidth": 0.7,
    "hatch.color": "#9a9a9a",
    "hatch.linewidth": 0.5,
    "legend.frameon": False,
    "legend.fontsize": 9.0,
    "lines.linewidth": 1.6,
    "lines.markersize": 5.0,
    "savefig.dpi": 150,
    "svg.fonttype": "none",  # text stays text
    "svg.hashsalt": "microgradlab",  # the same plot, the same bytes
    "text.parse_math": False,  # a class may be called $x$
}

_DASHES: tuple[Any, ...] = ("-", "--", "-.", ":", (0, (6, 1)), (0, (3, 1, 1, 1)))
MARKERS = ("o", "s", "^", "D", "v", "P", "X")

PALE = ("#d8e6f3", "#fbe3cf", "#d5eee6", "#f5e4ee", "#dddddd", "#dff0fa")
"""Areas, in the order of the colours."""

HATCHES = ("", "////", "....", "\\\\\\\\", "----", "||||")


def colour(number: int) -> str:
    """The colour of a series or class."""
    return _COLOURS[number % len(_COLOURS)]


def class_number(number: int) -> int:
    """The place of a class among the colours: class 0 is orange and 1 blue, as logits are.

    >>> [class_number(number) for number in range(4)]
    [1, 0, 2, 3]
    """
    return 1 - number if number < 2 else number


def line(number: int, points: int) -> dict[str, Any]:
    """How a series of so many points is drawn: colour, dashes, and about ten markers.

    >>> line(1, 100)["linestyle"], line(1, 100)["marker"], line(1, 100)["markevery"]
    ('--', 's', 10)
    """
    return {
        "color": colour(number),
        "linestyle": _DASHES[number % len(_DASHES)],
        "marker": MARKERS[number % len(MARKERS)],
        "markevery": max(1, points // 10),
    }
