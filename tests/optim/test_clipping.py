"""Clipping: what it bounds, what it keeps, and gradients that are not finite."""

from __future__ import annotations

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from microgradlab.errors import ArgumentError
from microgradlab.optim import clip_grad_norm, clip_grad_value
from microgradlab.value import Value

gradients = st.lists(st.floats(-1e300, 1e300), max_size=5)
limits = st.floats(0.001, 1000.0)


def with_gradients(gradients: list[float]) -> list[Value]:
    parameters = [Value(0.0) for _ in gradients]
    for parameter, gradient in zip(parameters, gradients, strict=True):
        parameter.grad = gradient
    return parameters


def gradients_of(parameters: list[Value]) -> list[float]:
    return [float(parameter.grad) for parameter in parameters]


def test_a_large_norm_is_scaled_down_as_pytorch_does() -> None:
    parameters = with_gradients([3.0, -4.0])
    assert clip_grad_norm(parameters, max_norm=1.0) == 5.0
    assert gradients_of(parameters) == pytest.approx([3.0 / 5.000001, -4.0 / 5.000001], rel=1e-15)


@given(gradients=gradients, max_norm=limits)
def test_the_norm_is_bounded_after_clipping(gradients: list[float], max_norm: float) -> None:
    parameters = with_gradients(gradients)
    norm = clip_grad_norm(iter(parameters), max_norm)
    assert norm == pytest.approx(math.dist(gradients, [0.0] * len(gradients)))
    assert math.hypot(*gradients_of(parameters)) <= max_norm * (1.0 + 1e-12)


@given(gradients=st.lists(st.floats(-0.1, 0.1), max_size=5))
def test_a_small_norm_is_left_alone(gradients: list[float]) -> None:
    parameters = with_gradients(gradients)
    clip_grad_norm(parameters, max_norm=1.0)
    assert gradients_of(parameters) == gradients


def test_an_infinite_bound_only_measures() -> None:
    parameters = with_gradients([3.0, 4.0])
    assert clip_grad_norm(parameters, math.inf) == 5.0
    assert gradients_of(parameters) == [3.0, 4.0]


@pytest.mark.parametrize("odd", [math.nan, math.inf, -math.inf])
def test_a_norm_that_is_not_finite_is_returned_and_changes_nothing(odd: float) -> None:
    parameters = with_gradients([3.0, odd])
    assert not math.isfinite(clip_grad_norm(parameters, max_norm=1.0))
    assert repr(gradients_of(parameters)) == repr([3.0, odd])


@given(gradients=gradients, limit=limits)
def test_each_gradient_is_moved_to_the_nearest_in_range(
    gradients: list[float], limit: float
) -> None:
    parameters = with_gradients(gradients)
    clip_grad_value(parameters, limit)
    assert gradients_of(parameters) == [sorted((-limit, g, limit))[1] for g in gradients]


def test_clipping_by_value_bounds_infinities_and_keeps_nan() -> None:
    parameters = with_gradients([math.inf, -math.inf, math.nan])
    clip_grad_value(parameters, 2.0)
    assert repr(gradients_of(parameters)) == "[2.0, -2.0, nan]"


@pytest.mark.parametrize("bound", [0.0, -1.0, math.nan, "1", None])
def test_a_bad_bound_is_refused(bound: float) -> None:
    with pytest.raises(ArgumentError, match="max_norm is"):
        clip_grad_norm(with_gradients([1.0]), bound)
    with pytest.raises(ArgumentError, match="limit is"):
        clip_grad_value(with_gradients([1.0]), bound)
