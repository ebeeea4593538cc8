"""Curves of any numbers."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING

from microgradlab.errors import ArgumentError
from microgradlab.plots.panels import finite, panels, set_log_scale
from microgradlab.plots.style import line

if TYPE_CHECKING:
    from matplotlib.axes import Axes

    from microgradlab.plots.figure import Plot

Series = list[float] | tuple[Sequence[float], Sequence[float]]
"""The heights of a curve at 1, 2, 3, ...; or its x and its y."""


def lines(
    series: Mapping[str, Series],
    *,
    xlabel: str = "",
    ylabel: str = "",
    title: str = "",
    log: str = "",
    ax: Axes | None = None,
) -> Plot:
    """Curves that differ in colour, dashes and markers.

    Args:
        series: by its name each curve's y, for x = 1, 2, 3, ..., or a tuple of its x and its y.
        xlabel: of the x axis.
        ylabel: of the y axis.
        title: of the plot.
        log: the axes that are logarithmic: "", "x", "y" or "xy".
        ax: axes to draw in.

    Raises:
        ArgumentError: there is no curve, one has not as many x as y, or a logarithmic axis has
            nothing above 0 to show.
        MissingExtraError: Matplotlib is not installed.

    >>> plot = lines({"x²": ([0.0, 1.0, 2.0], [0.0, 1.0, 4.0])}, xlabel="x", title="a parabola")
    >>> plot.alternative.partition(', y')[0]
    'a parabola (x: x): x²: 3 points from (0, 0) to (2, 4)'
    """
    if log not in ("", "x", "y", "xy"):
        raise ArgumentError(f"log is {log!r}", hint='give "", "x", "y" or "xy"')
    if not series:
        raise ArgumentError("there is no curve to draw", hint='as in lines({"cost": costs})')
    points = {name: _points(name, curve, log) for name, curve in series.items()}
    for axis, name in enumerate("xy"):
        numbers = [number for curve in points.values() for number in curve[axis]]
        if name in log and all(map(math.isnan, numbers)):
            raise ArgumentError(
                f"no {name} is above 0, so a logarithmic axis has nothing to show",
                hint="leave out log=",
            )
    with panels(1, 1, (6.0, 3.6), ax) as (figure, [panel]):
        for number, (name, (xs, ys)) in enumerate(points.items()):
            panel.plot(xs, ys, label=name, **line(number, len(xs)))
        if "x" in log:
            set_log_scale(panel, [x for xs, _ in points.values() for x in xs], "x")
        if "y" in log:
            set_log_scale(panel, [y for _, ys in points.values() for y in ys])
        panel.set(xlabel=xlabel, ylabel=ylabel, title=title)
        panel.legend()
        return figure


def _points(name: str, curve: Series, log: str) -> tuple[list[float], list[float]]:
    """The x and y of a curve; nan, which is a gap, where an axis cannot show them."""
    pair = curve if isinstance(curve, tuple) else (range(1, 1 + len(curve)), curve)
    try:
        xs, ys = ([float(number) for number in numbers] for numbers in pair)
        if len(xs) != len(ys):
            raise ValueError
    except (TypeError, ValueError):
        raise ArgumentError(
            f"the curve {name!r} is not a list of numbers, nor a tuple of as many x as y",
            hint="give a list of y, or a tuple of two lists: (xs, ys)",
        ) from None
    return _shown(xs, "x" in log), _shown(ys, "y" in log)


def _shown(numbers: list[float], is_log: bool) -> list[float]:
    return [n if n > 0.0 or not is_log else math.nan for n in finite(numbers)]
