"""The cost over two parameters, and the optimizer's path on it."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from microgradlab.checks import whole
from microgradlab.errors import ArgumentError, unknown_name
from microgradlab.losses import Loss
from microgradlab.metrics import Samples, evaluate
from microgradlab.module import Module
from microgradlab.plots.panels import finite, note, panels, spread
from microgradlab.plots.sources import Recorded, recording_of
from microgradlab.plots.style import BLACK, GREY
from microgradlab.recording import Recording
from microgradlab.text import counted
from microgradlab.value import Value

if TYPE_CHECKING:
    from matplotlib.axes import Axes

    from microgradlab.plots.figure import Plot

_LEVELS = 12
_NAMED = 4  # parameters in the hint of an error
_MARGIN = 0.25  # of the path's extent, on each side


def cost_surface(
    model: Module,
    data: Samples,
    loss: str | Loss,
    *,
    parameters: tuple[str, str] | None = None,
    path: Recorded | None = None,
    span: float | None = None,
    resolution: int = 25,
    ax: Axes | None = None,
    title: str = "cost",
) -> Plot:
    """Contours of the cost over two parameters, all others held as they are, and the path there.

    Args:
        model: as it is after training; it stays as it is.
        data: samples (features, target).
        loss: of one sample, or its name; the cost is its mean, without penalty.
        parameters: the names of two; None for those that moved most in the recording (of the ones
            that it followed, where there are two), or for the first two without one.
        path: a recording of the training. Parameters that its recorder followed are shown after
            each update, others after each epoch that has a frame.
        span: how far to go from the middle, in both directions; None for a little more than the
            path, or 1 without one.
        resolution: points of the grid on each side; each costs a run through the data.
        ax: axes to draw in.
        title: of the plot, before what is held.

    Raises:
        ArgumentError: a parameter is unknown, or the recording is of another model.

    >>> from microgradlab import data, Module, Value
    >>> class Line(Module):
    ...     def __init__(self):
    ...         self.w, self.b = Value(1.0), Value(0.0)
    ...     def __call__(self, x):
    ...         return self.w * x[0] + self.b
    >>> samples = [([0.0], 1.0), ([1.0], 3.0)]
    >>> plot = cost_surface(Line(), samples, "squared_error", resolution=5)
    >>> plot.axes[0].get_xlabel(), plot.axes[0].get_ylabel()
    ('w', 'b')
    """
    whole("resolution", resolution, least=3)
    recording = None if path is None else recording_of(path)
    if parameters is None:
        parameters = _two(model, recording)
    pair = _pair(model, parameters)
    here = [parameter.data for parameter in pair]
    points, each = ([], "") if recording is None else _path(recording, model, parameters)
    xs, ys = (_range([*points, here], axis, span, resolution) for axis in (0, 1))
    samples = list(data)
    costs = _costs(model, samples, loss, pair, xs, ys)
    others = len(model.parameters()) - 2
    with panels(1, 1, (5.4, 4.4), ax) as (figure, [panel]):
        _draw_costs(panel, xs, ys, costs)
        if points:
            _draw_path(panel, points, each)
        if not points or points[-1] != here:
            panel.plot(*here, "X", color=BLACK, markersize=8, label="now")
        panel.legend(loc="upper left", bbox_to_anchor=(1.0, 1.0))
        held = f", {counted(others, 'other parameter')} held as now" if others else ""
        panel.set(xlabel=parameters[0], ylabel=parameters[1], title=f"{title}{held}")
        panel.grid(visible=False)
        return figure


def _two(model: Module, recording: Recording | None) -> tuple[str, str]:
    """The names of the parameters that moved most from start to end, or of the first, in order."""
    names = [name for name, _ in model.named_parameters()]
    if len(names) < 2:
        raise ArgumentError(
            f"a surface is drawn over 2 parameters, and the model has {len(names)}",
            hint="plots.curves shows its cost by epoch",
        )
    if recording is not None:
        recording.checked_parameters(model)
        frames = list(recording.frames.values())
        moves = [abs(end - start) for start, end in zip(frames[0], frames[-1], strict=True)]
        known = {
            name: move if math.isfinite(move) else -1.0
            for name, move in zip(names, moves, strict=True)
        }
        followed = [name for name in names if name in recording.path]
        candidates = followed if len(followed) > 1 else names
        most = sorted(candidates, key=lambda name: -known[name])[:2]
        names = [name for name in names if name in most]
    return names[0], names[1]


def _pair(model: Module, names: Sequence[str]) -> tuple[Value, Value]:
    """The two parameters of these names."""
    named = dict(model.named_parameters())
    if len(names) != 2 or names[0] == names[1]:
        raise ArgumentError(f"parameters is {names!r}, not two names", hint='as in ("w", "b")')
    for name in names:
        if name not in named:
            raise unknown_name("parameter", name, named, most=_NAMED)
    return named[names[0]], named[names[1]]


def _path(
    recording: Recording, model: Module, names: Sequence[str]
) -> tuple[list[list[float]], str]:
    """Where the two parameters went, and how often that was noted."""
    recording.checked_parameters(model)
    if recording.path.keys() >= set(names):
        pairs = zip(recording.path[names[0]], recording.path[names[1]], strict=True)
        return [list(pair) for pair in pairs], "update"
    places = [recording.names.index(name) for name in names]
    return [[frame[place] for place in places] for frame in recording.frames.values()], "epoch"


def _range(
    points: Sequence[Sequence[float]], axis: int, span: float | None, resolution: int
) -> list[float]:
    numbers = [point[axis] for point in points]
    if span is None:
        return spread(numbers, resolution, _MARGIN)
    middle = (min(numbers) + max(numbers)) / 2.0
    return spread([middle - span, middle + span], resolution, 0.0)


def _costs(
    model: Module,
    samples: Samples,
    loss: str | Loss,
    pair: tuple[Value, Value],
    xs: Sequence[float],
    ys: Sequence[float],
) -> list[list[float]]:
    """The cost at each point, row by row; the parameters are as they were afterwards."""
    x, y = pair
    before = x.data, y.data
    rows = []
    try:
        for y.data in ys:
            row = []
            for x.data in xs:
                row.append(evaluate(model, samples, loss)["cost"])
            rows.append(finite(row))
    finally:
        x.data, y.data = before
    return rows


def _draw_costs(
    panel: Axes, xs: Sequence[float], ys: Sequence[float], costs: Sequence[Sequence[float]]
) -> None:
    known = sorted(cost for row in costs for cost in row if math.isfinite(cost))
    total = len(xs) * len(ys)
    if not known:
        raise ArgumentError("the cost is nan or infinite everywhere", hint="give a smaller span")
    # As much area between any two lines: a plain step would leave the valley empty.
    levels = sorted({known[(len(known) - 1) * step // _LEVELS] for step in range(_LEVELS + 1)})
    if len(levels) > 1:
        panel.contourf(xs, ys, costs, levels, cmap="Blues", alpha=0.45)
        lines = panel.contour(xs, ys, costs, levels[1:-1:2], colors=GREY, linewidths=0.8)
        digits = _digits(levels)
        panel.clabel(lines, fmt=lambda cost: f"{cost:.{digits}g}", fontsize=7.5)
    if len(known) < total:
        note(panel, [f"nan or infinite at {total - len(known)} of {total} points: left white"])


def _digits(levels: Sequence[float]) -> int:
    """As many digits, from 3, as tell numbers apart.

    >>> _digits([0.1, 0.2]), _digits([1.00001, 1.00002])
    (3, 6)
    """
    return next(n for n in range(3, 18) if len({f"{x:.{n}g}" for x in levels}) == len(levels))


def _draw_path(panel: Axes, points: Sequence[Sequence[float]], each: str) -> None:
    xs, ys = zip(*points, strict=True)
    style: Any = {"color": BLACK, "linewidth": 1.0, "markersize": 2.5}
    panel.plot(xs, ys, "-o", label=f"after each {each}", **style)
    ends: Any = {"color": BLACK, "linestyle": "none", "zorder": 3}  # above the path
    panel.plot(xs[0], ys[0], "o", markerfacecolor="white", markersize=8, label="start", **ends)
    panel.plot(xs[-1], ys[-1], "s", markeredgecolor="white", markersize=9, label="end", **ends)
