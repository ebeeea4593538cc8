"""Learning-rate schedules: the rate as a function of the number of updates done so far. Floor 3.

A schedule is any function `updates -> lr`. These are closed forms, so that training can go on from
any update without replaying those before it; the numbers are those of PyTorch's schedulers of the
same names, stepped once per update.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass
from typing import TypeAlias

from microgradlab.checks import number, whole
from microgradlab.errors import ArgumentError, unknown_name

Schedule: TypeAlias = Callable[[int], float]


@dataclass(frozen=True)
class ConstantLR:
    """The same rate throughout; an optimizer makes it from a plain number.

    >>> ConstantLR(0.1)(1000)
    0.1
    """

    lr: float

    def __post_init__(self) -> None:
        number("lr", self.lr, "[0, inf)")

    def __call__(self, updates: int) -> float:  # noqa: ARG002  # every schedule takes it
        return self.lr


@dataclass(frozen=True)
class StepLR:
    """Multiplies the rate by `gamma` after every `step_size` updates.

    >>> schedule = StepLR(1.0, step_size=10, gamma=0.5)
    >>> schedule(9), schedule(10), schedule(20)
    (1.0, 0.5, 0.25)
    """

    lr: float
    step_size: int
    gamma: float = 0.1

    def __post_init__(self) -> None:
        number("lr", self.lr, "[0, inf)")
        whole("step_size", self.step_size)
        number("gamma", self.gamma, "(0, 1]")

    def __call__(self, updates: int) -> float:
        return self.lr * self.gamma ** (updates // self.step_size)


@dataclass(frozen=True)
class ExponentialLR:
    """Multiplies the rate by `gamma` after every update.

    >>> ExponentialLR(1.0, gamma=0.5)(3)
    0.125
    """

    lr: float
    gamma: float

    def __post_init__(self) -> None:
        number("lr", self.lr, "[0, inf)")
        number("gamma", self.gamma, "(0, 1]")

    def __call__(self, updates: int) -> float:
        return self.lr * self.gamma**updates


@dataclass(frozen=True)
class CosineAnnealingLR:
    """Falls from `lr` to `min_lr` along half a cosine in `total_steps` updates, and stays there.

    Source: Loshchilov and Hutter 2017, arXiv:1608.03983; PyTorch names the last two T_max, eta_min.

    >>> schedule = CosineAnnealingLR(1.0, total_steps=100)
    >>> schedule(0), schedule(50), schedule(100), schedule(101)
    (1.0, 0.5, 0.0, 0.0)
    """

    lr: float
    total_steps: int
    min_lr: float = 0.0

    def __post_init__(self) -> None:
        number("lr", self.lr, "[0, inf)")
        whole("total_steps", self.total_steps)
        number("min_lr", self.min_lr, "[0, inf)")

    def __call__(self, updates: int) -> float:
        return _cosine(self.lr, self.min_lr, min(updates / self.total_steps, 1.0))


@dataclass(frozen=True)
class OneCycleLR:
    """Rises from a low rate to `max_lr` and falls to almost none, along two half cosines.

    Source: Smith and Topin 2018, arXiv:1708.07120.

    Args:
        max_lr: the rate at the peak.
        total_steps: the number of updates in the cycle; the last rate stays after it.
        pct_start: the part of the cycle that rises, from 0 up to but not 1.
        div_factor: the first rate is max_lr / div_factor.
        final_div_factor: the last rate is the first divided by this.

    >>> schedule = OneCycleLR(1.0, total_steps=100)
    >>> [round(schedule(updates), 6) for updates in (0, 29, 99)]
    [0.04, 1.0, 4e-06]
    """

    max_lr: float
    total_steps: int
    pct_start: float = 0.3
    div_factor: float = 25.0
    final_div_factor: float = 1e4

    def __post_init__(self) -> None:
        number("max_lr", self.max_lr, "[0, inf)")
        whole("total_steps", self.total_steps)
        number("pct_start", self.pct_start, "[0, 1)")
        number("div_factor", self.div_factor, "(0, inf)")
        number("final_div_factor", self.final_div_factor, "(0, inf)")

    def __call__(self, updates: int) -> float:
        first_lr = self.max_lr / self.div_factor
        peak, last = self.pct_start * self.total_steps - 1.0, self.total_steps - 1.0
        if updates < peak:
            return _cosine(first_lr, self.max_lr, updates / peak)
        fallen = (updates - peak) / (last - peak)
        return _cosine(self.max_lr, first_lr / self.final_div_factor, min(fallen, 1.0))


@dataclass(frozen=True)
class WarmupLR:
    """Rises in a straight line to the first rate of another schedule, which then takes over.

    The rise is PyTorch's `LinearLR`; one after the other is its `SequentialLR`. Goyal et al. 2017,
    arXiv:1706.02677, say what it is good for.

    Args:
        after: the schedule that follows, counted from the end of the warm-up.
        warmup_steps: the number of updates with a smaller rate.
        start_factor: the part of the full rate at the first update.

    >>> schedule = WarmupLR(CosineAnnealingLR(1.0, 10), warmup_steps=4, start_factor=0.5)
    >>> schedule(0), schedule(2), schedule(4), schedule(9)
    (0.5, 0.75, 1.0, 0.5)
    """

    after: Schedule
    warmup_steps: int
    start_factor: float = 1.0 / 3.0

    def __post_init__(self) -> None:
        if not callable(self.after):
            raise ArgumentError(
                f"after is {self.after!r}, not a schedule",
                hint="give a schedule, such as ConstantLR(0.1)",
            )
        whole("warmup_steps", self.warmup_steps)
        number("start_factor", self.start_factor, "[0, 1]")

    def __call__(self, updates: int) -> float:
        if updates >= self.warmup_steps:
            return self.after(updates - self.warmup_steps)
        risen = updates / self.warmup_steps
        return self.after(0) * (self.start_factor + (1.0 - self.start_factor) * risen)


SCHEDULES: dict[str, Callable[[float, int], Schedule]] = {
    "constant": lambda lr, _: ConstantLR(lr),
    "step": lambda lr, total_steps: StepLR(lr, step_size=math.ceil(total_steps / 3)),
    "exponential": lambda lr, total_steps: ExponentialLR(lr, gamma=0.01 ** (1.0 / total_steps)),
    "cosine": CosineAnnealingLR,
    "one_cycle": OneCycleLR,
}
"""Schedules by name for a highest rate and a number of updates.

The step schedule drops by ten after each third; the exponential one falls to a hundredth.
"""


def schedule_by_name(name: str, lr: float, total_steps: int, warmup_steps: int = 0) -> Schedule:
    """The schedule of that name for a training run, as a command line needs it.

    Args:
        name: a key of SCHEDULES.
        lr: the highest rate.
        total_steps: the number of updates in the whole run, warm-up included.
        warmup_steps: how many of them warm up, before the named schedule.

    Raises:
        ArgumentError: no schedule has that name, or an argument is out of range.

    >>> schedule_by_name("cosine", 0.1, total_steps=200)
    CosineAnnealingLR(lr=0.1, total_steps=200, min_lr=0.0)
    """
    if name not in SCHEDULES:
        raise unknown_name("schedule", name, SCHEDULES)
    whole("total_steps", total_steps)
    if whole("warmup_steps", warmup_steps, least=0) >= total_steps:
        raise ArgumentError(
            f"warmup_steps is {warmup_steps!r} of {total_steps!r} updates in all",
            hint="leave some updates to the schedule",
        )
    schedule = SCHEDULES[name](lr, total_steps - warmup_steps)
    return WarmupLR(schedule, warmup_steps) if warmup_steps else schedule


def _cosine(start: float, end: float, progress: float) -> float:
    """From start to end along half a cosine, as progress goes from 0 to 1."""
    return end + (start - end) / 2.0 * (1.0 + math.cos(math.pi * progress))
