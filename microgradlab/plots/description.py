"""What a plot shows, in words and numbers: its text for those who do not see it.

The numbers are those of the data, in their own coordinates: they do not depend on the size of the
plot, nor (but for the outlines of contours) on the version of Matplotlib that draws it.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Iterator
from typing import TYPE_CHECKING, Any

import numpy as np
from matplotlib.category import StrCategoryFormatter
from matplotlib.collections import PathCollection
from matplotlib.container import BarContainer
from matplotlib.contour import ContourSet
from matplotlib.lines import Line2D
from matplotlib.patches import Polygon
from matplotlib.path import Path
from matplotlib.ticker import FixedFormatter

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
    axes = ", ".join(filter(None, (_axis(panel, "x"), _axis(panel, "y"))))
    head = f"{title} ({axes})" if axes else title
    parts = "; ".join(_parts(panel))
    return f"{head}: {parts}." if parts else f"{head}."


def _axis(panel: Axes, name: str) -> str:
    axis: Any = getattr(panel, f"{name}axis")
    label = axis.get_label_text()
    scale = "(logarithmic)" if axis.get_scale() == "log" and "(log" not in label else ""
    return f"{name}: {' '.join(filter(None, (label, scale)))}" if label or scale else ""


def _parts(panel: Axes) -> Iterator[str]:
    for line in panel.get_lines():
        yield _line(line, panel)
    for bars in panel.containers:
        if isinstance(bars, BarContainer):
            yield f"{_name(bars, 'bars')}: {_bars(bars, panel)}"
    labels = set()  # of contours: they only say the levels again
    for area in panel.collections:
        if isinstance(area, ContourSet):
            labels |= set(getattr(area, "labelTexts", ()))
            yield f"contours at {_numbers(area.levels)}, {_outlines(area.get_paths())}"
        elif isinstance(area, PathCollection):
            yield f"{_name(area, 'markers')}: {_markers(area)}"
        elif (numbers := area.get_array()) is not None:
            yield f"{_name(area, 'colours')}: {_image(numbers)}"
        else:
            yield f"{_name(area, 'area')}: {_outlines(area.get_paths())}"
    for shape in panel.patches:
        if isinstance(shape, Polygon):  # a histogram is one
            yield f"{_name(shape, 'area')}: centre {_point(_centre(shape.get_xy()))}"
    for image in panel.get_images():
        yield f"image of {_image(image.get_array())}"
    texts = [" ".join(text.get_text().split()) for text in panel.texts if text not in labels]
    yield from (text for text in texts if text and not _is_number(text))


def _line(line: Line2D, panel: Axes) -> str:
    name = _name(line, "line")
    xs, ys = map(_floats, line.get_data(orig=False))
    if line.get_transform() == panel.get_yaxis_transform():
        return f"{name}: level at y = {_number(ys[0])}"
    if line.get_transform() == panel.get_xaxis_transform():
        return f"{name}: level at x = {_number(xs[0])}"
    if len(xs) == 0:
        return f"{name}: no points"
    if len(xs) == 1:
        return f"{name}: at {_point((xs[0], ys[0]))}"
    ends = f"from {_point((xs[0], ys[0]))} to {_point((xs[-1], ys[-1]))}"
    steps = _finite(np.abs(np.diff(ys)))
    turns = f", mean step {_number(steps.mean())}" if len(steps) > 1 else ""
    return f"{name}: {counted(len(xs), 'point')} {ends}, y {_range(ys)}{turns}"


def _bars(bars: BarContainer, panel: Axes) -> str:
    """The heights of bars, with their names if they have any."""
    axis = panel.yaxis if bars.orientation == "horizontal" else panel.xaxis
    names = [label.get_text() for label in axis.get_ticklabels()]
    heights = _floats(bars.datavalues)
    if not isinstance(axis.get_major_formatter(), (StrCategoryFormatter, FixedFormatter)):
        return _numbers(heights)
    if len(names) != len(heights) or not all(names):
        return _numbers(heights)
    return ", ".join(f"{name} {_number(n)}" for name, n in zip(names, heights, strict=True))


def _markers(markers: PathCollection) -> str:
    points: Any = np.ma.filled(np.ma.asarray(markers.get_offsets(), float), math.nan)
    points = points[np.isfinite(points).all(axis=1)]
    if not len(points):
        return "no points"
    middle, spread = _point(points.mean(axis=0)), _point(points.std(axis=0))
    numbers = markers.get_array()
    colours = "" if numbers is None else f", colours {_numbers(numbers)}"
    return f"{counted(len(points), 'point')} around {middle}, spread {spread}{colours}"


def _image(cells: Any) -> str:
    """The numbers of cells, and the column and row about which they are heaviest."""
    weights = np.atleast_2d(np.abs(np.ma.filled(np.ma.asarray(cells, float), 0.0)))
    weights = np.where(np.isfinite(weights), weights, 0.0)
    rows, columns = np.indices(weights.shape)[:2]
    total = weights.sum()
    if weights.ndim != 2 or total == 0.0:
        return _numbers(cells)
    middle = (columns * weights).sum() / total, (rows * weights).sum() / total
    return f"{_numbers(cells)}, heaviest about column and row {_point(middle)}"


def _outlines(paths: Iterable[Path]) -> str:
    """The extent of an area, and the middle of its outline."""
    points = np.concatenate([np.empty((0, 2)), *(np.asarray(path.vertices) for path in paths)])
    if not len(points):
        return "nowhere"
    ends = f"from {_point(points.min(axis=0))} to {_point(points.max(axis=0))}"
    return f"{ends} around {_point(points.mean(axis=0))}"


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


def _floats(numbers: Any) -> Any:
    """Numbers in a row; nan where they are masked."""
    return np.ma.filled(np.ma.asarray(numbers, float), math.nan).ravel()


def _finite(numbers: Any) -> Any:
    return numbers[np.isfinite(numbers)]


def _numbers(numbers: Any) -> str:
    known = _floats(numbers)
    if len(known) <= _LISTED:
        return ", ".join(map(_number, known))
    return f"{len(known)} numbers {_range(known)}"


def _range(numbers: Any) -> str:
    """Extent and mean of the finite numbers, and how many there are besides."""
    finite = _finite(numbers)
    if not len(finite):
        return "never finite"
    extent = f"between {_number(finite.min())} and {_number(finite.max())}"
    missing = len(numbers) - len(finite)
    gaps = f", {counted(missing, 'gap')}" if missing else ""
    return f"{extent}, mean {_number(math.fsum(finite) / len(finite))}{gaps}"


def _point(point: Iterable[float]) -> str:
    return f"({', '.join(map(_number, point))})"


def _number(number: float) -> str:
    return f"{number:.4g}"


def _is_number(text: str) -> bool:
    """Whether a text is a number that stands in the plot, as at the end of a bar."""
    try:
        float(text)
    except ValueError:
        return False
    return True
