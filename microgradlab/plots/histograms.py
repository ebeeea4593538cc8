"""Histograms by layer: weights, and what neurons put out."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

from microgradlab.errors import ArgumentError
from microgradlab.meters import layer_of
from microgradlab.metrics import Samples
from microgradlab.module import Module
from microgradlab.plots.diagnosis import about_units
from microgradlab.plots.panels import note, panels
from microgradlab.plots.sources import Recorded, recording_of
from microgradlab.plots.style import PALE, line
from microgradlab.plots.units import FLAT, Unit, units
from microgradlab.text import counted

if TYPE_CHECKING:
    from matplotlib.axes import Axes

    from microgradlab.plots.figure import Plot

_MOST_BINS = 30
_PANEL = (5.6, 2.1)


def weights(
    source: Module | Recorded, *, epochs: Sequence[int] | None = None, title: str = "weights"
) -> Plot:
    """Histograms of each layer's weights, without its biases.

    Args:
        source: a model as it is now; or a recording, a recorder, its file or a run folder.
        epochs: of a recording, which to compare; 0 is before the first update. None for the first
            and the last.
        title: of the whole.

    Raises:
        ArgumentError: there are no weights, no epochs, or an epoch has no frame.
        CheckpointError: the file is missing or damaged.

    >>> from microgradlab import MLP
    >>> [panel.get_title() for panel in weights(MLP(2, [4, 1], seed=0)).axes]
    ['layers.0: 8 weights', 'layers.1: 4 weights']
    """
    if isinstance(source, Module):
        named = {name: parameter.data for name, parameter in source.named_parameters()}
        moments = {"now": _by_layer(list(named), list(named.values()))}
    else:
        recording = recording_of(source)
        chosen = [min(recording.frames), max(recording.frames)] if epochs is None else list(epochs)
        moments = {
            f"epoch {epoch}": _by_layer(recording.names, recording.frame(epoch)) for epoch in chosen
        }
    if not any(moments.values()):
        raise ArgumentError("there are no weights to count", hint="give a model, or an epoch")
    layers = list(next(iter(moments.values())))
    with panels(len(layers), 1, _PANEL) as (figure, axes):
        for layer, panel in zip(layers, axes, strict=True):
            shown = {moment: found[layer] for moment, found in moments.items()}
            left_out = _draw(panel, shown)
            count = counted(len(next(iter(shown.values()))), "weight")
            panel.set_title(f"{layer}: {count}{left_out}")
        axes[-1].set_xlabel("weight")
        figure.suptitle(title, fontsize=11)
        return figure


def _by_layer(names: Sequence[str], numbers: Sequence[float]) -> dict[str, list[float]]:
    layers: dict[str, list[float]] = {}
    for name, number in zip(names, numbers, strict=True):
        if name.rpartition(".")[2] != "bias":
            layers.setdefault(layer_of(name), []).append(number)
    return layers


def activations(model: Module, data: Samples, *, title: str = "what neurons put out") -> Plot:
    """Histograms of what each layer's neurons put out, with the shares that are dead and flat.

    Args:
        model: made of layers, as an `MLP` is.
        data: samples to run it on.
        title: of the whole.

    Raises:
        ArgumentError: the model is not made of layers, or there are no samples.

    >>> from microgradlab import MLP, data
    >>> plot = activations(MLP(2, [4, 1], seed=0), data.moons(20, noise=0.1, seed=0))
    >>> plot.axes[1].get_title()
    'layers.1: 1 linear neuron; flat for 0% of the samples, 0 dead'
    """
    layers = units(model, data)
    with panels(len(layers), 1, _PANEL) as (figure, axes):
        for (layer, found), panel in zip(layers.items(), axes, strict=True):
            left_out = _draw(panel, {"now": [number for unit in found for number in unit.outputs]})
            panel.set_title(f"{layer}: {_shares(found)}{left_out}")
        axes[-1].set_xlabel("output of a neuron for a sample")
        note(
            axes[-1],
            [f"flat: the activation's slope is below {FLAT:g}", *about_units(layers)],
        )
        figure.suptitle(title, fontsize=11)
        return figure


def _shares(found: Sequence[Unit]) -> str:
    flat = 0.0
    for unit in found:
        flat += unit.flat_share / len(found)
    dead = [unit for unit in found if unit.is_dead]
    neurons = counted(len(found), f"{found[0].activation} neuron")
    return f"{neurons}; flat for {flat:.0%} of the samples, {len(dead)} dead"


def _draw(panel: Axes, columns: Mapping[str, Sequence[float]]) -> str:
    """One histogram filled, several as outlines, in shared bins; says what is left out."""
    several = len(columns) > 1
    numbers = [n for column in columns.values() for n in column if math.isfinite(n)]
    bins = min(_MOST_BINS, 2 * math.isqrt(len(numbers)) + 2)
    limits = _limits(numbers, bins)
    for number, (name, column) in enumerate(columns.items()):
        series = line(number, 1)
        style: Any = {"linewidth": 1.4, "edgecolor": series["color"], "label": name}
        if several:
            style |= {"histtype": "step", "linestyle": series["linestyle"]}
        else:
            style |= {"histtype": "stepfilled", "facecolor": PALE[0]}
        panel.hist(column, bins=bins, range=limits, **style)
    if several:
        panel.legend()
    panel.set_ylabel("count")
    panel.locator_params(axis="x", nbins=7)
    left_out = sum(map(len, columns.values())) - len(numbers)
    return f"; {left_out} not finite" if left_out else ""


def _limits(numbers: Sequence[float], bins: int) -> tuple[float, float]:
    """The least and the greatest, moved apart where floats leave no room for bins between them.

    >>> _limits([1.0, 3.0], 4), _limits([2.0, 2.0], 4), _limits([1e20], 4)
    ((1.0, 3.0), (1.5, 2.5), (9.9e+19, 1.01e+20))
    """
    low, high = min(numbers, default=0.0), max(numbers, default=1.0)
    size = max(abs(low), abs(high))
    if high - low > 2.0 * bins * math.ulp(size):
        return low, high
    reach = max(0.5, 0.01 * size)
    return low - reach, high + reach
