"""Schedules: shape, range, composition and errors; their numbers are in the golden test."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from hypothesis import given
from hypothesis import strategies as st

from microgradlab import optim
from microgradlab.errors import ArgumentError

FALLING = ["step", "exponential", "cosine"]


@given(
    name=st.sampled_from(list(optim.SCHEDULES)),
    total_steps=st.integers(1, 500),
    warmup_steps=st.integers(0, 50),
    beyond=st.integers(0, 100),
)
def test_a_named_schedule_stays_between_zero_and_its_rate(
    name: str, total_steps: int, warmup_steps: int, beyond: int
) -> None:
    schedule = optim.schedule_by_name(name, 0.5, total_steps + warmup_steps, warmup_steps)
    rates = [schedule(updates) for updates in range(total_steps + warmup_steps + beyond)]
    assert all(0.0 <= rate <= 0.5 * (1.0 + 1e-15) for rate in rates)


@pytest.mark.parametrize("name", FALLING)
@given(total_steps=st.integers(1, 500))
def test_a_falling_schedule_starts_at_its_rate_and_never_rises(name: str, total_steps: int) -> None:
    schedule = optim.schedule_by_name(name, 0.5, total_steps)
    rates = [schedule(updates) for updates in range(2 * total_steps)]
    assert rates[0] == 0.5
    assert rates == sorted(rates, reverse=True)


def test_the_named_exponential_ends_at_a_hundredth() -> None:
    assert optim.schedule_by_name("exponential", 0.5, 80)(80) == pytest.approx(0.005)


def test_the_warm_up_of_a_named_schedule_is_part_of_the_run() -> None:
    schedule = optim.schedule_by_name("cosine", 0.5, total_steps=50, warmup_steps=10)
    assert (schedule(10), schedule(50)) == (0.5, 0.0)
    assert schedule(30) == pytest.approx(0.25)


def test_cosine_stays_at_its_end() -> None:
    schedule = optim.CosineAnnealingLR(0.1, total_steps=10, min_lr=0.01)
    assert schedule(10) == schedule(11) == schedule(1000) == 0.01


@pytest.mark.parametrize("total_steps", [1, 2, 3, 10])
def test_one_cycle_ends_at_the_last_rate_and_stays(total_steps: int) -> None:
    schedule = optim.OneCycleLR(0.1, total_steps)
    assert schedule(total_steps - 1) == pytest.approx(0.1 / 25.0 / 1e4)
    assert schedule(total_steps + 5) == schedule(total_steps - 1)


def test_one_cycle_without_a_rise_starts_at_the_peak() -> None:
    """PyTorch divides by zero here: the rise ends at update 0."""
    assert optim.OneCycleLR(0.1, total_steps=10, pct_start=0.1)(0) == 0.1


def test_warm_up_hands_over_to_any_schedule_at_its_start() -> None:
    schedule = optim.WarmupLR(lambda updates: 1.0 + updates, warmup_steps=2, start_factor=0.0)
    assert [schedule(updates) for updates in range(4)] == [0.0, 0.5, 1.0, 2.0]


def test_schedules_are_values_that_print_and_compare() -> None:
    assert repr(optim.StepLR(0.1, 5)) == "StepLR(lr=0.1, step_size=5, gamma=0.1)"
    assert optim.StepLR(0.1, 5) == optim.StepLR(0.1, 5)


Make = Callable[[], object]
BAD: dict[str, tuple[Make, str]] = {
    "constant": (lambda: optim.ConstantLR(-0.1), "lr is -0.1"),
    "step size": (lambda: optim.StepLR(0.1, 0), "step_size is 0"),
    "part of a step": (lambda: optim.StepLR(0.1, 2.5), "step_size is 2.5"),  # type: ignore[arg-type]
    "step gamma": (lambda: optim.StepLR(0.1, 5, gamma=1.5), "gamma is 1.5"),
    "exponential": (lambda: optim.ExponentialLR(0.1, gamma=0.0), "gamma is 0.0"),
    "cosine": (lambda: optim.CosineAnnealingLR(0.1, 0), "total_steps is 0"),
    "cosine's end": (lambda: optim.CosineAnnealingLR(0.1, 5, min_lr=-1.0), "min_lr is -1.0"),
    "one cycle": (lambda: optim.OneCycleLR(0.1, 5, pct_start=1.0), "pct_start is 1.0"),
    "one cycle's start": (lambda: optim.OneCycleLR(0.1, 5, div_factor=0.0), "div_factor is 0.0"),
    "warm-up": (lambda: optim.WarmupLR(optim.ConstantLR(0.1), 0), "warmup_steps is 0"),
    "no schedule": (lambda: optim.WarmupLR(0.1, 5), "after is 0.1"),  # type: ignore[arg-type]
    "unknown name": (lambda: optim.schedule_by_name("cosin", 0.1, 5), "did you mean 'cosine'"),
    "no updates": (lambda: optim.schedule_by_name("cosine", 0.1, 0), "total_steps is 0"),
    "all warm-up": (lambda: optim.schedule_by_name("cosine", 0.1, 5, 5), "warmup_steps is 5 of 5"),
}


@pytest.mark.parametrize("case", BAD)
def test_a_bad_argument_is_named_at_once(case: str) -> None:
    make, message = BAD[case]
    with pytest.raises(ArgumentError, match=message) as caught:
        make()
    assert caught.value.hint
