"""The confusion matrix: which classes are taken for which."""

from __future__ import annotations

from typing import TYPE_CHECKING

from microgradlab.data import Dataset
from microgradlab.drawing.numerals import numeral
from microgradlab.metrics import Samples, accuracy, confusion_matrix
from microgradlab.module import Module
from microgradlab.plots.panels import panels
from microgradlab.plots.sources import classified, outputs_of
from microgradlab.text import counted

if TYPE_CHECKING:
    from matplotlib.axes import Axes

    from microgradlab.plots.figure import Plot

_DARK = 0.6  # from this share on, numbers are white


def confusion(
    model: Module, data: Dataset | Samples, *, ax: Axes | None = None, title: str | None = None
) -> Plot:
    r"""How often each class is predicted as each: counts, and shares of the actual class.

    Args:
        model: one logit per class; for two classes a single one will do.
        data: samples with classes.
        ax: axes to draw in.
        title: of the plot; None for the accuracy.

    Raises:
        ArgumentError: the targets are numbers, or the model predicts a class that there is not.

    >>> from microgradlab import MLP, data
    >>> plot = confusion(MLP(2, [1], init="zeros"), data.moons(20, noise=0.1, seed=0))
    >>> [text.get_text() for text in plot.axes[0].texts]
    ['10\n100%', '0\n0%', '10\n100%', '0\n0%']
    """
    dataset, classes = classified(data, "a confusion matrix")
    outputs = outputs_of(model, dataset)
    counts = confusion_matrix(outputs, dataset.targets, len(classes))
    shares = [[count / max(1, sum(row)) for count in row] for row in counts]
    side = max(3.2, 0.62 * len(classes) + 1.2)
    with panels(1, 1, (side + 0.6, side), ax) as (figure, [panel]):
        panel.imshow(shares, cmap="Blues", aspect="auto", vmin=0.0, vmax=1.0)
        for actual, row in enumerate(counts):
            for predicted, count in enumerate(row):
                share = shares[actual][predicted]
                panel.text(
                    predicted,
                    actual,
                    f"{count}\n{share:.0%}",
                    ha="center",
                    va="center",
                    fontsize=9,
                    color="white" if share > _DARK else "black",
                )
        for edge in range(1, len(classes)):
            panel.axhline(edge - 0.5, color="white")
            panel.axvline(edge - 0.5, color="white")
        places = range(len(classes))
        tilt = 0 if max(map(len, classes)) < 8 else 30
        panel.set_xticks(places, classes, rotation=tilt, ha="right" if tilt else "center")
        panel.set_yticks(places, classes)
        panel.grid(visible=False)
        panel.tick_params(length=0)
        share = accuracy(outputs, dataset.targets)
        right = f"accuracy {numeral(share, 3)} of {counted(len(dataset), 'sample')}"
        panel.set(xlabel="predicted", ylabel="actual", title=title or right)
        return figure
