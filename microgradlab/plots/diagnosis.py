"""What is wrong with a network's gradients, as sentences that name the layer or the neuron."""

from __future__ import annotations

from collections.abc import Sequence

from microgradlab.data import Dataset
from microgradlab.drawing.numerals import numeral
from microgradlab.metrics import Samples
from microgradlab.module import Module
from microgradlab.plots.sources import Recorded, dataset_of, recording_of
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


def diagnose(
    model: Module, data: Dataset | Samples, recording: Recorded | None = None
) -> list[str]:
    """Names dead and saturated neurons, and layers whose gradients vanish or explode.

    Args:
        model: made of layers, as an `MLP` is.
        data: samples to run it on.
        recording: of its training, for the gradients by layer.

    Returns:
        Sentences; none when nothing is wrong.

    Raises:
        ArgumentError: the model is not made of layers, or there are no epochs.

    >>> from microgradlab import MLP
    >>> model = MLP(1, [2, 1], seed=0)
    >>> model.layers[0].neurons[1].bias.data = -100.0
    >>> print(*diagnose(model, [([0.5], 0), ([1.0], 1)]))
    layers.0.neurons.1: relu is 0 for all 2 samples: dead, no gradient reaches its weights
    """
    sentences = about_units(units(model, dataset_of(data).features))
    if recording is not None:
        recording = recording_of(recording)
        sentences += about_gradients(recording) + about_updates(recording)
    return sentences


def about_units(layers: dict[str, list[Unit]]) -> list[str]:
    """Sentences about neurons that pass on no gradient, or next to none."""
    sentences = []
    for layer, found in layers.items():
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
    sentences = []
    epoch = recording.epochs[-1]
    last = {layer: norms[-1] for layer, norms in recording.gradient_norms.items()}
    strongest = max(last, key=lambda layer: last[layer])
    for layer, norms in recording.gradient_norms.items():
        norm = numeral(last[layer])
        if last[layer] == 0.0:
            sentences.append(f"{layer}: its gradient is exactly 0 in epoch {epoch}")
        elif last[layer] < _VANISHING * last[strongest]:
            share = numeral(last[layer] / last[strongest], 2)
            sentences.append(
                f"{layer}: the gradient's norm is {norm} in epoch {epoch}, "
                f"{share} of that of {strongest}: vanishing"
            )
        elif last[layer] > _EXPLODING * norms[0] > 0.0:
            sentences.append(
                f"{layer}: the gradient's norm grew from {numeral(norms[0])} to {norm} "
                f"in epoch {epoch}: exploding"
            )
    return sentences


def about_updates(recording: Recording) -> list[str]:
    """Sentences about layers that updates move too far, or hardly at all."""
    sentences = []
    for layer, ratios in recording.update_ratios.items():
        median = sorted(ratios)[len(ratios) // 2]
        moved = (
            f"{layer}: in half of the epochs an update moves it by {{}} {median:.1%} of its size"
        )
        if median >= _LARGE_UPDATE:
            sentences.append(f"{moved.format('at least')}: too far, lower the learning rate")
        elif median <= _SMALL_UPDATE:
            sentences.append(
                f"{layer}: in half of the epochs an update moves it by at most "
                f"{numeral(median, 2)} of its size: it hardly learns"
            )
    return sentences
