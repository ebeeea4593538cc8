"""Writes optimizers.json and schedules.json with PyTorch: the numbers that ours must agree with.

pip install torch==2.13.0
python tests/golden/make_optimizers.py
"""

from __future__ import annotations

import json
import platform
from collections.abc import Callable
from pathlib import Path
from typing import Any

import torch
from torch.nn.utils import clip_grad_norm_, clip_grad_value_
from torch.optim import lr_scheduler

HERE = Path(__file__).parent
START = [1.5, -0.7, 0.02, -3.0]
STEPS = [1, 2, 3, 10, 30, 100]

# Name: the class, its options. `max_norm`, `limit` and `cycle` are not PyTorch's: they ask for
# clipping before each update, and for a one-cycle schedule of so many updates.
OPTIMIZERS: dict[str, tuple[str, dict[str, Any]]] = {
    "sgd": ("SGD", {"lr": 0.05}),
    "sgd, weight decay": ("SGD", {"lr": 0.05, "weight_decay": 0.1}),
    "momentum": ("SGD", {"lr": 0.02, "momentum": 0.9}),
    "momentum, weight decay": ("SGD", {"lr": 0.02, "momentum": 0.5, "weight_decay": 0.1}),
    "nesterov": ("SGD", {"lr": 0.02, "momentum": 0.9, "nesterov": True}),
    "nesterov, weight decay": (
        "SGD",
        {"lr": 0.02, "momentum": 0.9, "nesterov": True, "weight_decay": 0.1},
    ),
    "rmsprop": ("RMSprop", {"lr": 0.01}),
    "rmsprop, options": ("RMSprop", {"lr": 0.02, "alpha": 0.9, "eps": 1e-3, "weight_decay": 0.1}),
    "adagrad": ("Adagrad", {"lr": 0.1}),
    "adagrad, options": ("Adagrad", {"lr": 0.2, "eps": 1e-3, "weight_decay": 0.1}),
    "adam": ("Adam", {"lr": 0.01}),
    "adam, options": (
        "Adam",
        {"lr": 0.02, "betas": [0.8, 0.95], "eps": 1e-3, "weight_decay": 0.1},
    ),
    "adam, small betas": ("Adam", {"lr": 0.02, "betas": [0.3, 0.4]}),
    "adamw": ("AdamW", {"lr": 0.01}),
    "adamw, options": (
        "AdamW",
        {"lr": 0.02, "betas": [0.8, 0.95], "eps": 1e-3, "weight_decay": 0.1},
    ),
    "sgd, clipped by norm": ("SGD", {"lr": 0.05, "max_norm": 0.8}),
    "sgd, clipped by value": ("SGD", {"lr": 0.05, "limit": 0.5}),
    "adamw, one cycle": ("AdamW", {"lr": 0.05, "weight_decay": 0.1, "cycle": 100}),
    "momentum, one cycle": ("SGD", {"lr": 0.05, "momentum": 0.9, "cycle": 100}),
}

# Name: makes the scheduler for an optimizer whose rate is 0.1, and how many rates to record.
SCHEDULES: dict[str, tuple[Callable[[torch.optim.Optimizer], Any], int]] = {
    "step": (lambda o: lr_scheduler.StepLR(o, step_size=7, gamma=0.3), 30),
    "exponential": (lambda o: lr_scheduler.ExponentialLR(o, gamma=0.93), 30),
    "cosine": (lambda o: lr_scheduler.CosineAnnealingLR(o, T_max=20), 21),
    "cosine, minimum": (lambda o: lr_scheduler.CosineAnnealingLR(o, T_max=29, eta_min=0.003), 30),
    "linear": (lambda o: lr_scheduler.LinearLR(o, start_factor=0.2, total_iters=6), 12),
    "warm-up, cosine": (
        lambda o: lr_scheduler.SequentialLR(
            o,
            [
                lr_scheduler.LinearLR(o, start_factor=1.0 / 3.0, total_iters=5),
                lr_scheduler.CosineAnnealingLR(o, T_max=20),
            ],
            milestones=[5],
        ),
        26,
    ),
    "one cycle": (
        lambda o: lr_scheduler.OneCycleLR(o, max_lr=0.1, total_steps=30, cycle_momentum=False),
        30,
    ),
    "one cycle, options": (
        lambda o: lr_scheduler.OneCycleLR(
            o,
            max_lr=0.1,
            total_steps=23,
            pct_start=0.45,
            div_factor=10.0,
            final_div_factor=100.0,
            cycle_momentum=False,
        ),
        23,
    ),
}


def gradients(x: list[float], step: int) -> list[float]:
    """A double well in each direction, coupled, with a shake that repeats; plain arithmetic only.

    The test computes the same, so that all that can differ is the optimizer.
    """
    return [
        (0.3 + 0.4 * i) * (x[i] * x[i] * x[i] - x[i])
        + 0.2 * x[(i + 1) % len(x)]
        + ((7 * step + 3 * i) % 11 - 5) / 4.0
        for i in range(len(x))
    ]


def trajectory(kind: str, options: dict[str, Any]) -> dict[str, list[float]]:
    """The parameters after each of STEPS updates."""
    options = dict(options)
    max_norm, limit = options.pop("max_norm", None), options.pop("limit", None)
    cycle = options.pop("cycle", None)
    parameters = [torch.tensor(x, dtype=torch.float64, requires_grad=True) for x in START]
    optimizer = getattr(torch.optim, kind)(parameters, foreach=False, **options)
    schedule = cycle and lr_scheduler.OneCycleLR(
        optimizer, max_lr=options["lr"], total_steps=cycle, cycle_momentum=False
    )
    found = {}
    for step in range(1, max(STEPS) + 1):
        slopes = gradients([parameter.item() for parameter in parameters], step)
        for parameter, slope in zip(parameters, slopes, strict=True):
            parameter.grad = torch.tensor(slope, dtype=torch.float64)
        if max_norm:
            clip_grad_norm_(parameters, max_norm)
        if limit:
            clip_grad_value_(parameters, limit)
        optimizer.step()
        if schedule:
            schedule.step()
        if step in STEPS:
            found[str(step)] = [parameter.item() for parameter in parameters]
    return found


def rates(make: Callable[[torch.optim.Optimizer], Any], count: int) -> list[float]:
    """The learning rates of the first updates, counted from 0 updates done."""
    optimizer = torch.optim.SGD([torch.zeros(1, requires_grad=True)], lr=0.1)
    schedule = make(optimizer)
    found = []
    for _ in range(count):
        found.append(optimizer.param_groups[0]["lr"])
        optimizer.step()
        schedule.step()
    return found


def main() -> None:
    made_with = f"torch {torch.__version__}, Python {platform.python_version()}"
    optimizers = {
        name: {"kind": kind, "options": options, "parameters": trajectory(kind, options)}
        for name, (kind, options) in OPTIMIZERS.items()
    }
    schedules = {name: rates(make, count) for name, (make, count) in SCHEDULES.items()}
    write("optimizers.json", {"made with": made_with, "start": START, **optimizers})
    write("schedules.json", {"made with": made_with, "lr": 0.1, **schedules})


def write(name: str, content: dict[str, Any]) -> None:
    lines = ",\n".join(f"{json.dumps(key)}: {json.dumps(value)}" for key, value in content.items())
    (HERE / name).write_text(f"{{\n{lines}\n}}\n", encoding="utf-8")


if __name__ == "__main__":
    main()
