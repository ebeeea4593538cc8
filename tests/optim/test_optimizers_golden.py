"""Optimizers and schedules against the numbers that PyTorch gave: golden/make_optimizers.py."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from microgradlab import optim
from microgradlab.value import Value

GOLDEN = Path(__file__).parents[1] / "golden"


def golden(name: str) -> dict[str, Any]:
    content: dict[str, Any] = json.loads((GOLDEN / name).read_text(encoding="utf-8"))
    del content["made with"]
    return content


OPTIMIZERS = golden("optimizers.json")
START = OPTIMIZERS.pop("start")
RATES = golden("schedules.json")
LR = RATES.pop("lr")

SCHEDULES: dict[str, optim.Schedule] = {
    "step": optim.StepLR(LR, step_size=7, gamma=0.3),
    "exponential": optim.ExponentialLR(LR, gamma=0.93),
    "cosine": optim.CosineAnnealingLR(LR, total_steps=20),
    "cosine, minimum": optim.CosineAnnealingLR(LR, total_steps=29, min_lr=0.003),
    "linear": optim.WarmupLR(optim.ConstantLR(LR), warmup_steps=6, start_factor=0.2),
    "warm-up, cosine": optim.WarmupLR(optim.CosineAnnealingLR(LR, 20), warmup_steps=5),
    "one cycle": optim.OneCycleLR(LR, total_steps=30),
    "one cycle, options": optim.OneCycleLR(
        LR, total_steps=23, pct_start=0.45, div_factor=10.0, final_div_factor=100.0
    ),
}


def gradients(x: list[float], step: int) -> list[float]:
    """The same arithmetic as in make_optimizers.py."""
    return [
        (0.3 + 0.4 * i) * (x[i] * x[i] * x[i] - x[i])
        + 0.2 * x[(i + 1) % len(x)]
        + ((7 * step + 3 * i) % 11 - 5) / 4.0
        for i in range(len(x))
    ]


@pytest.mark.parametrize("name", OPTIMIZERS)
def test_one_hundred_updates_agree_with_pytorch(name: str) -> None:
    case = OPTIMIZERS[name]
    options = dict(case["options"])
    max_norm, limit = options.pop("max_norm", None), options.pop("limit", None)
    if cycle := options.pop("cycle", None):
        options["lr"] = optim.OneCycleLR(options["lr"], total_steps=cycle)
    parameters = [Value(x) for x in START]
    optimizer = optim.by_name(case["kind"].lower(), parameters, **options)
    for step in range(1, 101):
        slopes = gradients([parameter.data for parameter in parameters], step)
        for parameter, slope in zip(parameters, slopes, strict=True):
            parameter.grad = slope
        if max_norm:
            optim.clip_grad_norm(parameters, max_norm)
        if limit:
            optim.clip_grad_value(parameters, limit)
        optimizer.step()
        if expected := case["parameters"].get(str(step)):
            found = [parameter.data for parameter in parameters]
            assert found == pytest.approx(expected, rel=1e-12, abs=0.0), f"after update {step}"


@pytest.mark.parametrize("name", RATES)
def test_schedules_agree_with_pytorch(name: str) -> None:
    schedule = SCHEDULES[name]
    found = [schedule(updates) for updates in range(len(RATES[name]))]
    assert found == pytest.approx(RATES[name], rel=1e-12, abs=0.0)
