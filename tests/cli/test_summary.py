"""The verdict on a run says what its scores mean, and what to try next."""

from __future__ import annotations

from typing import Any

import pytest

from microgradlab.cli.summary import verdict


def scored(train: float, test: float) -> dict[str, Any]:
    """The summary of a network beside a linear model of 0.8 and 0.7."""
    linear, dummy = {"train": 0.8, "test": 0.7}, {"train": 0.5, "test": 0.5}
    scores = {"train": {"accuracy": train}, "test": {"accuracy": test}}
    return {"scores": scores, "baselines": {"accuracy": {"linear": linear, "dummy": dummy}}}


@pytest.mark.parametrize(
    ("train", "test", "said"),
    [
        (0.9, 0.8, "ahead of the linear model by 0.1000"),
        (0.8, 0.7, "as good on the test part: these data need no network"),
        (0.6, 0.6, "prefer it, or train longer"),
        (0.95, 0.6, "prefer it, or try --validation 0.2 --patience 10, or --l2 0.001"),
        (0.5, 0.9, "has learned nothing"),
    ],
)
def test_verdicts(train: float, test: float, said: str) -> None:
    assert said in verdict(scored(train, test))
