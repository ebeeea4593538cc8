"""Decision boundaries of two features: what a classifier makes of every point of the plane."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from microgradlab.checks import whole
from microgradlab.data import Dataset
from microgradlab.drawing.numerals import numeral
from microgradlab.errors import ArgumentError
from microgradlab.metrics import Samples, accuracy
from microgradlab.module import Module
from microgradlab.plots.panels import note, panels, spread
from microgradlab.plots.sources import Recorded, classified, outputs_of, recording_of
from microgradlab.plots.style import BLACK, HATCHES, MARKERS, PALE, class_number, colour
from microgradlab.text import counted

if TYPE_CHECKING:
    from matplotlib.axes import Axes

    from microgradlab.plots.figure import Plot

_LOGITS = (-4.0, -2.0, -1.0, 0.0, 1.0, 2.0, 4.0)  # odds of 55:1, 7:1, 3:1 and even
_SHADES = (
    *("#f0b98a", "#f5cca8", "#f9dfc8", "#fdf1e6"),
    *("#ebf2f9", "#d0e1f1", "#b5d0e8", "#9abfdf"),
)
_MARGIN = 0.1  # of the range of the data, on each side


@dataclass(frozen=True, slots=True)
class Grid:
    """Points over the plane of two features, and a model's outputs there, row by row."""

    xs: list[float]
    ys: list[float]
    outputs: list[list[Any]]

    def margins(self, number: int) -> list[list[float]]:
        """By how much a class is ahead of the next: above 0 where it is predicted."""
        return [[_margin(output, number) for output in row] for row in self.outputs]


def _margin(output: Any, number: int) -> float:
    if isinstance(output, list):
        return float(output[number] - max(output[:number] + output[number + 1 :]))
    return float(output if number else -output)


def boundary(
    model: Module,
    data: Dataset | Samples,
    *,
    ax: Axes | None = None,
    title: str | None = None,
    resolution: int = 60,
) -> Plot:
    """The classes that a model sees in the plane of two features, and the samples.

    Two classes from one logit are shaded by how sure it is: even odds at the black line.

    Args:
        model: takes two inputs; one logit, or one per class.
        data: samples of two features; classes are told by marker and colour.
        ax: axes to draw in; `ax.legend()` is left to you then.
        title: of the plot; None for the accuracy.
        resolution: points of the grid on each side.

    Raises:
        ArgumentError: the data have other than two features, or no classes, or the model does not
            fit them.

    >>> from microgradlab import MLP, data
    >>> boundary(MLP(2, [4, 1], seed=0), data.moons(20, noise=0.1, seed=0)).axes[0].get_xlabel()
    'x1'
    """
    dataset, _ = _planar(model, data)
    with panels(1, 1, (4.8, 4.2), ax) as (figure, [panel]):
        _draw(panel, model, dataset, resolution, title or _accuracy(model, dataset))
        if ax is None:
            panel.legend(loc="upper left", bbox_to_anchor=(1.0, 1.0))
        return figure


def boundaries(
    model: Module,
    data: Dataset | Samples,
    recording: Recorded,
    *,
    epochs: Sequence[int] | None = None,
    resolution: int = 60,
) -> Plot:
    """The decision boundary after several epochs, side by side; the model stays as it is.

    Args:
        model: the one that was recorded, or one of the same architecture.
        data: samples of two features.
        recording: of its training.
        epochs: which; 0 is before the first update. None for four, most of them early.
        resolution: points of the grid on each side.

    Raises:
        ArgumentError: as `boundary`; or an epoch has no frame, or the recording is of another
            model.
    """
    recording = recording_of(recording)
    chosen = _four(list(recording.frames)) if epochs is None else list(epochs)
    if not chosen:
        raise ArgumentError("epochs is empty", hint="as in epochs=[1, 5, 20]")
    dataset, classes = _planar(model, data)
    rows = math.ceil(len(chosen) / 4)
    columns = math.ceil(len(chosen) / rows)
    with panels(rows, columns, (3.0, 3.0)) as (figure, axes):
        for epoch, panel in zip(chosen, axes, strict=False):
            with recording.at(epoch, model):
                title = f"epoch {epoch}: {_accuracy(model, dataset)}"
                _draw(panel, model, dataset, resolution, title)
        for number, panel in enumerate(axes):
            panel.set_visible(number < len(chosen))
            if number % columns:
                panel.set_ylabel("")
                panel.tick_params(labelleft=False)
        handles, labels = axes[0].get_legend_handles_labels()
        figure.legend(handles, labels, loc="outside lower center", ncols=len(classes))
        return figure


def _four(epochs: list[int]) -> list[int]:
    """The first of the epochs, the last, and two between: training moves most at its beginning.

    >>> _four(list(range(101))), _four([0, 1])
    ([0, 1, 10, 100], [0, 1])
    """
    later = epochs[1:]
    nearest = [
        min(later, key=lambda epoch: abs(epoch - wanted))
        for wanted in (1.0, math.sqrt(later[-1]), later[-1])
    ]
    return list(dict.fromkeys([epochs[0], *nearest]))


def _planar(model: Module, data: Dataset | Samples) -> tuple[Dataset, tuple[str, ...]]:
    """Data of two features and classes that the model's outputs fit."""
    dataset, classes = classified(data, "a boundary")
    if dataset.inputs != 2:
        raise ArgumentError(
            f"a boundary is drawn over 2 features, and {dataset.name} has {dataset.inputs}",
            hint="train on two of them; plots.confusion takes any number",
        )
    output = outputs_of(model, dataset.subset([0]))[0]
    found = len(output) if isinstance(output, list) else 1
    if found != dataset.outputs and found != len(classes):
        raise ArgumentError(
            f"the model has {counted(found, 'output')} for {len(classes)} classes",
            hint="one logit per class; for two classes a single one will do",
        )
    return dataset, classes


def _draw(panel: Axes, model: Module, data: Dataset, resolution: int, title: str) -> None:
    grid = _grid(model, data, whole("resolution", resolution, least=2))
    logits = grid.margins(1)
    unknown = len([number for row in logits for number in row if not math.isfinite(number)])
    if unknown:
        note(
            panel, [f"the output is nan or infinite at {unknown} of {resolution**2} points: white"]
        )
    if not isinstance(grid.outputs[0][0], list):
        panel.contourf(grid.xs, grid.ys, logits, _LOGITS, colors=_SHADES, extend="both")
        panel.contour(grid.xs, grid.ys, logits, [0.0], colors=BLACK, linewidths=1.4)
    else:
        for number in range(len(grid.outputs[0][0])):
            margins = grid.margins(number)
            style: Any = {
                "colors": [PALE[class_number(number) % len(PALE)]],
                "hatches": [HATCHES[number % len(HATCHES)]],
            }
            panel.contourf(grid.xs, grid.ys, margins, [0.0, math.inf], **style)
            panel.contour(grid.xs, grid.ys, margins, [0.0], colors=BLACK, linewidths=1.0)
    _draw_samples(panel, data)
    names = list(data.feature_names)
    panel.set(xlabel=names[0], ylabel=names[1], title=title)
    panel.grid(visible=False)


def _draw_samples(panel: Axes, data: Dataset) -> None:
    for number, name in enumerate(data.classes or ()):
        rows = [row for row, target in data if target == number]
        style: Any = {
            "marker": MARKERS[number % len(MARKERS)],
            "color": colour(class_number(number)),
            "edgecolors": "white",
            "linewidths": 0.6,
            "s": 26,
        }
        panel.scatter([row[0] for row in rows], [row[1] for row in rows], label=name, **style)


def _grid(model: Module, data: Dataset, resolution: int) -> Grid:
    columns = ([row[axis] for row in data.features] for axis in (0, 1))
    xs, ys = (spread(column, resolution, _MARGIN) for column in columns)
    return Grid(xs, ys, [[model.predict([x, y]) for x in xs] for y in ys])


def _accuracy(model: Module, data: Dataset) -> str:
    share = accuracy(outputs_of(model, data), data.targets)
    return f"accuracy {numeral(share, 3)}"
