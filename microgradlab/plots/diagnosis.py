"""What is wrong with a network's gradients, as sentences that name the layer or the neuron."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from microgradlab.drawing.numerals import numeral
from microgradlab.metrics import Samples
from microgradlab.module import Module
from microgradlab.plots.sources import Recorded, recording_of
from microgradlab.plots.units import FLAT, Unit, units
from microgradlab.recording import Recording
from microgradlab.text import counted

USUAL_RATIO = 1e-3
"""The update-to-weight ratio of a healthy run, give or take a factor of ten: Stanford's CS231n,
"Ratio of weights:updates"."""

_VANISHING = 1e-3  # of the strongest layer's gradient
_EXPLODING = 100.0  # times the first epoch's gradient
_LARGE_UPDATE, _SMALL_UPDATE = 1e-1, 1e-6
_SATURATED = 0.95  # of the samples
_NAMED = 3  # neurons of a layer that get a sentence each


def diagnose(model: Module, data: Samples, recording: Recorded | None = None) -> list[str]:
    """Names dead and saturated neurons, and layers whose gradients vanish or explode.

    Args:
        model: made of layers, as an `MLP` is.
        data: samples to run it on.
        recording: of its training, for the gradients by layer.

    Returns:
        Sentences; none when nothing is wrong.

    Raises:
        ArgumentError: the model is not made of layers, or there are no samples or epochs.

    >>> from microgradlab import MLP
    >>> model = MLP(1, [2, 1], seed=0)
    >>> model.layers[0].neurons[1].bias.data = -100.0
    >>> print(*diagnose(model, [([0.5], 0), ([1.0], 1)]))
    layers.0.neurons.1: relu is 0 for all 2 samples: dead, no gradient reaches its weights
    """
    sentences = about_units(units(model, data))
    if recording is not None:
        recording = recording_of(recording)
        sentences += about_gradients(recording) + about_updates(recording)
    return sentences


def about_units(layers: dict[str, list[Unit]]) -> list[str]:
    """Sentences about neurons that pass on no gradient, or next to none."""
    sentences: list[str] = []
    for layer, found in layers.items():
        lost = [unit for unit in found if not unit.is_finite]
        if lost:  # and so are all that follow
            return [
                *sentences,
                f"{layer}: nan or infinity comes first from neurons {_numbers(lost)}",
            ]
        dead = [unit for unit in found if unit.is_dead]
        saturated = [
            unit
            for unit in found
            if unit.is_smooth and not unit.is_dead and unit.flat_share >= _SATURATED
        ]
        many = f"{layer}: {{}} of {len(found)} neurons are {{}}: {{}}"
        if len(dead) > _NAMED:
            sentences.append(many.format(len(dead), "dead", _numbers(dead)))
        else:
            sentences += map(_about_dead, dead)
        if len(saturated) > _NAMED:
            sentences.append(many.format(len(saturated), "saturated", _numbers(saturated)))
        else:
            sentences += map(_about_saturated, saturated)
    return sentences


def _about_dead(unit: Unit) -> str:
    samples = f"all {counted(len(unit.outputs), 'sample')}"
    constant = len(set(unit.outputs)) == 1
    what = f"is {unit.outputs[0]:.4g}" if constant else "is flat"
    return (
        f"{unit.name}: {unit.activation} {what} for {samples}: "
        "dead, no gradient reaches its weights"
    )


def _about_saturated(unit: Unit) -> str:
    return (
        f"{unit.name}: {unit.activation} is saturated (its slope below {FLAT:g}) for "
        f"{unit.flat_share:.0%} of {counted(len(unit.outputs), 'sample')}"
    )


def _numbers(found: Sequence[Unit]) -> str:
    return ", ".join(unit.name.rpartition(".")[2] for unit in found)


def about_gradients(recording: Recording) -> list[str]:
    """Sentences about layers whose gradients vanish or explode."""
    epoch = recording.epochs[-1]
    first = {layer: norms[0] for layer, norms in recording.gradient_norms.items()}
    last = {layer: norms[-1] for layer, norms in recording.gradient_norms.items()}
    strongest = max(last, key=lambda layer: last[layer])
    gone = [layer for layer, norm in last.items() if norm == 0.0]
    weak = {layer: n for layer, n in last.items() if 0.0 < n < _VANISHING * last[strongest]}
    grown = {layer: n for layer, n in last.items() if n > _EXPLODING * first[layer] > 0.0}
    sentences = []
    if gone:
        sentences.append(f"{', '.join(gone)}: the gradient is exactly 0 in epoch {epoch}")
    if weak:
        sentences.append(
            f"{', '.join(weak)}: the gradient vanishes; in epoch {epoch} its norm is "
            f"{_extent(weak)}, less than a thousandth of that of {strongest}"
        )
    if grown:
        sentences.append(
            f"{', '.join(grown)}: the gradient explodes; in epoch {epoch} its norm is "
            f"{_extent(grown)}, more than a hundred times that of epoch {recording.epochs[0]}"
        )
    return sentences


def about_updates(recording: Recording) -> list[str]:
    """Sentences about layers that updates move too far, or hardly at all."""
    medians = {
        layer: sorted(ratios)[len(ratios) // 2] for layer, ratios in recording.update_ratios.items()
    }
    far = {layer: ratio for layer, ratio in medians.items() if ratio >= _LARGE_UPDATE}
    near = {layer: ratio for layer, ratio in medians.items() if ratio <= _SMALL_UPDATE}
    sentences = []
    if far:
        sentences.append(
            f"{', '.join(far)}: an update moves the weights by {_extent(far)} of their size, "
            "where about 1e-3 is usual: lower the learning rate"
        )
    if near:
        sentences.append(
            f"{', '.join(near)}: an update moves the weights by {_extent(near)} of their size, "
            "where about 1e-3 is usual: they hardly learn"
        )
    return sentences


def _extent(numbers: Mapping[str, float]) -> str:
    """The least and the greatest of some numbers, as one text."""
    low, high = numeral(min(numbers.values())), numeral(max(numbers.values()))
    return low if low == high else f"{low} to {high}"
