"""What a plot shows, read from Matplotlib's objects, which are hardly typed."""

from __future__ import annotations

from itertools import pairwise
from typing import Any

from matplotlib.axes import Axes


def line(panel: Axes, label: str) -> list[tuple[float, float]]:
    """The points of the line whose label begins so."""
    (found,) = [found for found in panel.lines if str(found.get_label()).startswith(label)]
    points: Any = found.get_xydata()
    return [(float(x), float(y)) for x, y in points]


def heights(panel: Axes, label: str) -> list[float]:
    """The same, without the positions."""
    return [y for _, y in line(panel, label)]


def notes(panel: Axes) -> str:
    """The sentences below a panel."""
    return " ".join(text.get_text() for text in panel.texts).replace("\n", " ")


def counted(panel: Axes) -> list[int]:
    """How many numbers each outline of a histogram counts."""
    sums = []
    for patch in panel.patches:
        corners: Any = patch.get_path().vertices
        steps = [y for (x, y), (after, _) in pairwise(corners) if after > x]
        sums.append(round(sum(steps)))
    return sums


def dots(panel: Axes) -> dict[str, list[tuple[float, float]]]:
    """The samples of a panel, by the label of their class."""
    found: dict[str, list[tuple[float, float]]] = {}
    for collection in panel.collections:
        offsets: Any = collection.get_offsets()
        if not str(collection.get_label()).startswith("_"):
            found[str(collection.get_label())] = [(float(x), float(y)) for x, y in offsets]
    return found


def shapes(panel: Axes) -> list[list[list[float]]]:
    """The outlines of the markers of each class."""
    found = []
    for collection in panel.collections:
        if not str(collection.get_label()).startswith("_"):
            corners: Any = collection.get_paths()[0].vertices
            found.append(corners.tolist())
    return found


def contour(panel: Axes) -> list[tuple[float, float]]:
    """The corners of the contours that have one level."""
    found: Any = [found for found in panel.collections if len(getattr(found, "levels", [])) == 1]
    corners = [corner for one in found for path in one.get_paths() for corner in path.vertices]
    return [(float(x), float(y)) for x, y in corners]


def hatches(panel: Axes) -> list[tuple[str, ...]]:
    """The hatching of each filled contour."""
    areas: list[Any] = [area for area in panel.collections if getattr(area, "filled", False)]
    return [tuple(area.hatches) for area in areas]
