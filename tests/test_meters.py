"""Meters of layers: which parameters belong together, and numbers at the ends of the range."""

from __future__ import annotations

import math

import pytest

from microgradlab.meters import LayerMeter, layer_of
from microgradlab.value import Value


@pytest.mark.parametrize(
    ("name", "layer"),
    [
        ("layers.0.neurons.3.weights.1", "layers.0"),
        ("layers.10.neurons.3.bias", "layers.10"),
        ("encoder.layers.1.neurons.0.bias", "encoder.layers.1"),
        ("neurons.2.bias", "neurons"),
        ("weights.1", "weights"),
        ("encoder.gains.3.1", "encoder"),
        ("slope", "slope"),
    ],
)
def test_parameters_are_grouped_by_the_module_that_holds_them(name: str, layer: str) -> None:
    assert layer_of(name) == layer


def measured(gradients: list[float], moves: list[float]) -> LayerMeter:
    """A meter of one parameter that starts at 1, after these updates."""
    parameter = Value(1.0)
    meter = LayerMeter([parameter])
    for gradient, move in zip(gradients, moves, strict=True):
        parameter.grad = gradient
        meter.record_gradient()
        parameter.data += move
        meter.record_update()
    return meter


def test_measures_are_root_mean_squares_over_updates() -> None:
    meter = measured([3.0, -5.0], [1.0, -2.0])
    assert meter.gradient_norm() == pytest.approx(math.sqrt((9.0 + 25.0) / 2.0))
    assert meter.update_ratio() == pytest.approx(math.sqrt((1.0 + 4.0) / (4.0 + 0.0)))


def test_very_large_and_very_small_gradients_neither_overflow_nor_vanish() -> None:
    assert measured([1e300, 1e300], [0.0, 0.0]).gradient_norm() == pytest.approx(1e300)
    assert measured([1e-300, 1e-300], [0.0, 0.0]).gradient_norm() == pytest.approx(1e-300)


def test_a_parameter_that_is_zero_and_stays_so_has_the_ratio_zero() -> None:
    meter = LayerMeter([Value(0.0)])
    meter.record_update()
    assert meter.update_ratio() == 0.0


def test_a_new_epoch_starts_from_where_the_parameters_are() -> None:
    parameter = Value(1.0)
    meter = LayerMeter([parameter])
    parameter.data = 3.0
    meter.start_epoch()
    parameter.data = 4.0
    meter.record_update()
    assert meter.update_ratio() == 0.25
