"""What plots share: panels to draw in, axes, notes."""

from __future__ import annotations

import math
import textwrap
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any, Literal

from microgradlab.errors import ArgumentError, optional_import

if TYPE_CHECKING:
    from matplotlib.axes import Axes

    from microgradlab.plots.figure import Plot


_BEYOND = 1e150  # Matplotlib's margins and ticks would overflow near the largest float


@contextmanager
def panels(
    rows: int, columns: int, size: tuple[float, float], ax: Axes | None = None
) -> Iterator[tuple[Plot, list[Axes]]]:
    """A figure with panels in rows and columns, or one panel in axes that are given.

    Args:
        rows: of panels.
        columns: of panels.
        size: of one panel in inches: width, height.
        ax: axes of another figure to draw in.

    Yields:
        The figure, and its panels row by row; the plots' style holds inside the block.

    Raises:
        ArgumentError: `ax` is no axes.
        MissingExtraError: Matplotlib is not installed.
    """
    optional_import("matplotlib", extra="lab", purpose="a plot")
    from microgradlab.plots.figure import Plot, styled

    if ax is not None and not hasattr(ax, "get_figure"):
        raise ArgumentError(f"ax is {ax!r}", hint="give the axes of a Matplotlib figure")
    with styled():
        if ax is not None:
            figure: Any = ax.get_figure()
            yield figure, [ax]
        else:
            plot = Plot(figsize=(size[0] * columns, size[1] * rows), layout="constrained")
            grid = plot.subplots(rows, columns, squeeze=False)
            yield plot, [panel for row in grid for panel in row]


def note(panel: Axes, sentences: Sequence[str]) -> None:
    """Writes sentences below a panel; a figure of our own grows for them."""
    figure: Any = panel.get_figure(root=True)
    if not sentences:
        return
    width = panel.get_window_extent().width / figure.dpi  # inches
    lines = [line for sentence in sentences for line in textwrap.wrap(sentence, int(width * 17))]
    if not getattr(figure, "is_laid_out", True):
        figure.set_figheight(figure.get_figheight() + 0.15 * len(lines))
    panel.annotate(
        "\n".join(lines),
        (0.0, 0.0),
        (0.0, -36.0),
        xycoords="axes fraction",
        textcoords="offset points",
        va="top",
        fontsize=8.5,
        color="#444444",
        annotation_clip=False,
    )


def set_log_scale(panel: Axes, numbers: Sequence[float], which: Literal["x", "y"] = "y") -> None:
    """Makes an axis logarithmic, with enough ticks for these numbers, written plainly."""
    ticker = optional_import("matplotlib.ticker", extra="lab", purpose="a plot")
    positive = [number for number in finite(numbers) if number > 0.0]
    decades = math.log10(max(positive)) - math.log10(min(positive)) if positive else 0.0
    panel.set(**{f"{which}scale": "log"})
    axis = panel.xaxis if which == "x" else panel.yaxis
    axis.set_major_locator(ticker.LogLocator(subs=(1.0,) if decades > 2.0 else (1.0, 2.0, 5.0)))
    axis.set_major_formatter(lambda number, _: f"{number:g}")
    axis.set_minor_formatter(ticker.NullFormatter())


def number_epochs(panel: Axes, epochs: Sequence[float]) -> None:
    """Labels the x axis with epochs: whole numbers."""
    ticker = optional_import("matplotlib.ticker", extra="lab", purpose="a plot")
    panel.xaxis.set_major_locator(ticker.MaxNLocator("auto", integer=True, steps=[1, 2, 5, 10]))
    if len(epochs) == 1:
        panel.set_xticks(epochs)
    panel.set_xlabel("epoch")


def finite(numbers: Sequence[float]) -> list[float]:
    """The numbers, with nan for infinite and huge ones: Matplotlib leaves gaps there."""
    return [number if abs(number) <= _BEYOND else math.nan for number in numbers]


def gaps(name: str, epochs: Sequence[float], numbers: Sequence[float]) -> list[str]:
    """Sentences that name the epochs where numbers are nan, infinite or huge, if there are any.

    >>> gaps("cost", [1, 2, 3], [0.5, float("nan"), float("inf")])
    ['cost is nan or infinite in epochs 2, 3: a gap']
    >>> gaps("cost", [1, 2, 3], [0.5, 1e200, 1.0])
    ['cost is beyond 1e+150 in epoch 2: a gap']
    """
    huge = [math.isfinite(number) and abs(number) > _BEYOND for number in numbers]
    return [
        *_named(name, "is nan or infinite", epochs, [not math.isfinite(n) for n in numbers]),
        *_named(name, f"is beyond {_BEYOND:g}", epochs, huge),
    ]


def zeros(name: str, epochs: Sequence[float], numbers: Sequence[float]) -> list[str]:
    """A sentence that names the epochs where numbers are 0, which a logarithmic axis cannot show.

    >>> zeros("layers.0", [1, 2], [0.5, 0.0])
    ['layers.0 is 0 in epoch 2: a gap']
    """
    return _named(name, "is 0", epochs, [number == 0.0 for number in numbers])


def _named(name: str, what: str, epochs: Sequence[float], missing: Sequence[bool]) -> list[str]:
    where = [f"{epoch:g}" for epoch, is_missing in zip(epochs, missing, strict=True) if is_missing]
    if not where:
        return []
    shown = ", ".join(where[:6]) + (f" and {len(where) - 6} more" if len(where) > 6 else "")
    return [f"{name} {what} in epoch{'s' if len(where) > 1 else ''} {shown}: a gap"]


def spread(numbers: Sequence[float], count: int, margin: float) -> list[float]:
    """Evenly spaced numbers over the range of others, and a share of it more on each side.

    >>> spread([0.0, 2.0], 5, 0.5), spread([3.0], 3, 0.1)
    ([-1.0, 0.0, 1.0, 2.0, 3.0], [2.0, 3.0, 4.0])
    """
    low, high = min(numbers), max(numbers)
    beyond = margin * (high - low) if high > low else 1.0
    step = (high - low + 2.0 * beyond) / (count - 1)
    return [low - beyond + step * place for place in range(count)]
