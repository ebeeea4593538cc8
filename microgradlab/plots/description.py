"""What a plot shows, in words and numbers: its text for those who do not see it.

The numbers are those of the data, in their own coordinates; so two plots of the same data have the
same description, whatever version of Matplotlib draws them.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Iterator
from typing import TYPE_CHECKING, Any

import numpy as np
from matplotlib.collections import PathCollection
from matplotlib.container import BarContainer
from matplotlib.contour import ContourSet
from matplotlib.lines import Line2D
from matplotlib.patches import Polygon
from matplotlib.path import Path
from matplotlib.text import Annotation

from microgradlab.text import counted

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

_LISTED = 8  # numbers that are given one by one; of more, their range and mean


def description(figure: Figure) -> str:
    """Titles, axes and numbers of all panels, as sentences."""
    panels = [panel for panel in figure.axes if panel.get_label() != "<colorbar>"]
    title = figure.get_suptitle()
    return " ".join([*([f"{title}:"] if title else []), *map(_sentence, panels)])


def _sentence(panel: Axes) -> str:
    title = panel.get_title() or "Plot"
    axes = [
        f"{name}: {label}{' (logarithmic)' if scale == 'log' and 'log' not in label else ''}"
        for name, label, scale in (
            ("x", panel.get_xlabel(), panel.get_xscale()),
            ("y", panel.get_ylabel(), panel.get_yscale()),
        )
        if label
    ]
    head = f"{title} ({', '.join(axes)})" if axes else title
    parts = "; ".join(_parts(panel))
    return f"{head}: {parts}." if parts else f"{head}."


def _parts(panel: Axes) -> Iterator[str]:
    for line in panel.get_lines():
        yield _line(line, panel)
    for bars in panel.containers:
        if isinstance(bars, BarContainer):
            yield f"{_name(bars, 'bars')}: {_numbers(bars.datavalues)}"
    for area in panel.collections:
        if isinstance(area, ContourSet):
            yield f"contours at {_numbers(area.levels)}, {_vertices(area.get_paths())}"
        elif isinstance(area, PathCollection):
            points = np.asarray(area.get_offsets(), float)
            name = _name(area, "markers")
            yield f"{name}: {counted(len(points), 'point')} around {_point(points.mean(axis=0))}"
        elif (numbers := area.get_array()) is not None:
            yield f"{_name(area, 'colours')}: {_numbers(numbers)}"
        else:
            yield f"{_name(area, 'area')}: {_vertices(area.get_paths())}"
    for shape in panel.patches:
        if isinstance(shape, Polygon):  # a histogram is one
            yield f"{_name(shape, 'area')}: centre {_point(_centre(shape.get_xy()))}"
    for image in panel.get_images():
        yield f"image of {_numbers(image.get_array())}"
    yield from (text.get_text() for text in panel.texts if isinstance(text, Annotation))


def _line(line: Line2D, panel: Axes) -> str:
    name = _name(line, "line")
    xs, ys = (np.asarray(numbers, float).ravel() for numbers in line.get_data())
    if line.get_transform() == panel.get_yaxis_transform():
        return f"{name}: level at y = {_number(ys[0])}"
    if line.get_transform() == panel.get_xaxis_transform():
        return f"{name}: level at x = {_number(xs[0])}"
    if len(xs) == 0:
        return f"{name}: no points"
    if len(xs) == 1:
        return f"{name}: at {_point((xs[0], ys[0]))}"
    ends = f"from {_point((xs[0], ys[0]))} to {_point((xs[-1], ys[-1]))}"
    return f"{name}: {counted(len(xs), 'point')} {ends}, y {_range(ys)}"


def _vertices(outlines: Iterable[Path]) -> str:
    """The number of an area's corners, and their middle."""
    points = np.concatenate([np.empty((0, 2)), *(np.asarray(path.vertices) for path in outlines)])
    if not len(points):
        return "nowhere"
    return f"{counted(len(points), 'corner')} around {_point(points.mean(axis=0))}"


def _centre(corners: Any) -> tuple[float, float]:
    """The centre of a polygon's area.

    Source: https://en.wikipedia.org/wiki/Centroid#Of_a_polygon
    """
    x, y = np.asarray(corners, float).T
    after_x, after_y = np.roll(x, -1), np.roll(y, -1)
    cross = x * after_y - after_x * y
    area = 3.0 * cross.sum()
    if area == 0.0:
        return float(x.mean()), float(y.mean())
    return float(((x + after_x) * cross).sum() / area), float(((y + after_y) * cross).sum() / area)


def _name(artist: Any, otherwise: str) -> str:
    label = artist.get_label()
    return otherwise if not label or label.startswith("_") else str(label)


def _numbers(numbers: Any) -> str:
    known = np.asarray(numbers, float).ravel().tolist()
    if len(known) <= _LISTED:
        return ", ".join(map(_number, known))
    return f"{len(known)} numbers {_range(known)}"


def _range(numbers: Iterable[float]) -> str:
    """Extent and mean of the finite numbers, and how many there are besides."""
    numbers = list(numbers)
    finite = [number for number in numbers if math.isfinite(number)]
    if not finite:
        return "never finite"
    extent = f"between {_number(min(finite))} and {_number(max(finite))}"
    mean = _number(math.fsum(finite) / len(finite))
    missing = len(numbers) - len(finite)
    gaps = f", {counted(missing, 'gap')}" if missing else ""
    return f"{extent}, mean {mean}{gaps}"


def _point(point: Iterable[float]) -> str:
    return f"({', '.join(map(_number, point))})"


def _number(number: float) -> str:
    return f"{number:.4g}"
