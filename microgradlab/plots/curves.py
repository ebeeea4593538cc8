"""Curves over epochs: cost and metrics, gradients and updates by layer."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from microgradlab.drawing.numerals import numeral
from microgradlab.errors import ArgumentError
from microgradlab.history import COLUMNS, History
from microgradlab.plots.diagnosis import USUAL_RATIO, about_gradients, about_updates
from microgradlab.plots.panels import (
    finite,
    gaps,
    note,
    number_epochs,
    panels,
    set_log_scale,
    zeros,
)
from microgradlab.plots.sources import Recorded, history_of, recording_of
from microgradlab.plots.style import BLACK, GREY, line

if TYPE_CHECKING:
    from matplotlib.axes import Axes

    from microgradlab.plots.figure import Plot

_COSTS = ("cost", "validation_cost")
_WIDE_RANGE = 100.0  # from here on a logarithmic axis shows more


def curves(
    history: History | str | Path, *, ax: Axes | None = None, title: str = "cost by epoch"
) -> Plot:
    """Cost by epoch, of training and validation, and each metric in a panel below.

    Args:
        history: what `fit` returns, or a run folder.
        ax: axes to draw the cost in; the metrics are left out then.
        title: of the whole.

    Raises:
        ArgumentError: there are no epochs, or no cost is finite.
        CheckpointError: the run folder has no metrics, or they are damaged.

    >>> from microgradlab import MLP, data, fit, optim
    >>> moons, model = data.moons(50, noise=0.1, seed=0), MLP(2, [4, 1], seed=0)
    >>> adam = optim.Adam(model.parameters(), lr=0.05)
    >>> plot = curves(fit(model, moons, "hinge", adam, epochs=3, metrics=["accuracy"]))
    >>> [panel.get_ylabel() for panel in plot.axes]
    ['cost (mean loss)', 'accuracy']
    """
    history = history_of(history)
    metrics = [
        name
        for name in history.columns
        if name not in COLUMNS and not name.startswith("validation_")
    ]
    costs = [cost for name in _COSTS for cost in history.columns.get(name, ())]
    if not any(map(math.isfinite, costs)):
        raise ArgumentError("no epoch has a finite cost, so there is no curve to draw")
    rows = ["cost", *(metrics if ax is None else ())]
    with panels(len(rows), 1, (6.0, 2.6 if len(rows) > 1 else 3.6), ax) as (figure, axes):
        for column, panel in zip(rows, axes, strict=True):
            _draw_column(panel, history, column)
        axes[0].set_title(title)
        axes[0].set_ylabel("cost (mean loss)" + _log_if_wide(axes[0], costs))
        return figure


def _draw_column(panel: Axes, history: History, column: str) -> None:
    """A column and its twin of the validation data, the best epoch marked."""
    epochs, missing = history["epoch"], []
    twins = [(column, "training"), (f"validation_{column}", "validation")]
    shown = [(name, label) for name, label in twins if name in history.columns]
    for number, (name, label) in enumerate(shown):
        panel.plot(epochs, finite(history[name]), label=label, **line(number, len(epochs)))
        missing += gaps(f"{label} {column}", epochs, history[name])
    best = history.best_index()
    if best is not None and math.isfinite(finite(history[history.monitored])[best]):
        there = finite(history[shown[-1][0]])[best]
        lowest = f"lowest {history.monitored.replace('_', ' ')}"
        style: Any = {"markersize": 11, "markerfacecolor": "none", "markeredgecolor": BLACK}
        style["label"] = f"epoch {epochs[best]:g} ({lowest}): {numeral(there)}"
        panel.plot(epochs[best], there, "o", **style)
    panel.set_ylabel(column.replace("_", " "))
    panel.legend()
    number_epochs(panel, epochs)
    note(panel, missing)


def _log_if_wide(panel: Axes, costs: Sequence[float]) -> str:
    """Makes the axis of cost logarithmic where that shows more; what its label says of it."""
    known = [cost for cost in finite(costs) if math.isfinite(cost)]
    if not known:
        return ""
    if min(known) > 0.0 and max(known) / min(known) > _WIDE_RANGE:
        set_log_scale(panel, known)
        return " (log)"
    if min(known) >= 0.0:
        panel.set_ylim(bottom=0.0)
    return ""


def gradient_norms(
    recording: Recorded, *, ax: Axes | None = None, title: str = "gradient by layer"
) -> Plot:
    """The norm of each layer's gradient by epoch; what vanishes or explodes is named below.

    Args:
        recording: of a `Recorder`, its file, or a run folder.
        ax: axes to draw in.
        title: of the plot.

    Raises:
        ArgumentError: there are no epochs.
        CheckpointError: the file is missing or damaged.
    """
    recording = recording_of(recording)
    with panels(1, 1, (6.0, 3.6), ax) as (figure, [panel]):
        _draw_layers(panel, recording.epochs, recording.gradient_norms, about_gradients(recording))
        panel.set(ylabel="norm of the gradient (log)", title=title)
        return figure


def update_ratios(
    recording: Recorded, *, ax: Axes | None = None, title: str = "update to weight by layer"
) -> Plot:
    """How far updates move each layer, relative to its weights, by epoch; about 1e-3 is usual.

    Args:
        recording: of a `Recorder`, its file, or a run folder.
        ax: axes to draw in.
        title: of the plot.

    Raises:
        ArgumentError: there are no epochs.
        CheckpointError: the file is missing or damaged.
    """
    recording = recording_of(recording)
    with panels(1, 1, (6.0, 3.6), ax) as (figure, [panel]):
        panel.axhspan(USUAL_RATIO / 10.0, USUAL_RATIO * 10.0, color="#eeeeee", zorder=0)
        panel.axhline(USUAL_RATIO, color=GREY, linewidth=1.0, label="usual: about 1e-3")
        _draw_layers(panel, recording.epochs, recording.update_ratios, about_updates(recording))
        panel.set(ylabel="|Δw| / |w| per update (log)", title=title)
        return figure


def _draw_layers(
    panel: Axes,
    epochs: Sequence[int],
    columns: Mapping[str, Sequence[float]],
    notes: Sequence[str],
) -> None:
    """A line for each layer on a logarithmic axis; notes, and what it cannot show, below."""
    for number, (layer, numbers) in enumerate(columns.items()):
        shown = [entry if entry > 0.0 else math.nan for entry in finite(numbers)]
        panel.plot(epochs, shown, label=layer, **line(number, len(epochs)))
    set_log_scale(panel, [entry for numbers in columns.values() for entry in numbers])
    number_epochs(panel, epochs)
    panel.legend(loc="upper left", bbox_to_anchor=(1.0, 1.0))
    missing = [
        text
        for layer, column in columns.items()
        for text in (*gaps(layer, epochs, column), *zeros(layer, epochs, column))
    ]
    note(panel, [*notes, *missing])
