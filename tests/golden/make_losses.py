"""Writes losses.json with PyTorch: losses of single samples and their gradients.

pip install torch==2.13.0
python tests/golden/make_losses.py
"""

from __future__ import annotations

import json
import platform
from collections.abc import Callable
from pathlib import Path
from typing import Any

import torch
from torch.nn import functional as F  # noqa: N812  # its usual name

TARGET = Path(__file__).with_name("losses.json")


def hinge(p: torch.Tensor, t: torch.Tensor) -> torch.Tensor:
    return F.relu(1.0 - (2.0 * t - 1.0) * p)


def cross_entropy(p: torch.Tensor, t: torch.Tensor, label_smoothing: float = 0.0) -> torch.Tensor:
    target = t.long() if t.ndim == 0 else t[None]
    return F.cross_entropy(p[None], target.reshape(1, *t.shape), label_smoothing=label_smoothing)


def gaussian_nll(p: torch.Tensor, t: torch.Tensor) -> torch.Tensor:
    return F.gaussian_nll_loss(p[0], t, p[1])


LOSSES: dict[str, Callable[..., torch.Tensor]] = {
    "squared_error": F.mse_loss,
    "absolute_error": F.l1_loss,
    "huber": F.huber_loss,
    "hinge": hinge,
    "squared_hinge": lambda p, t: hinge(p, t) ** 2,
    "binary_cross_entropy": F.binary_cross_entropy_with_logits,
    "cross_entropy": cross_entropy,
    "poisson_nll": F.poisson_nll_loss,
    "gaussian_nll": gaussian_nll,
}

REAL = [(3.0, 1.0), (-0.2, 0.1), (1.0, 1.0), (1e8, -1e8), (1e-9, 0.0)]
SEVERAL = [([3.0, -0.5, 1.0], [1.0, 0.25, 1.0]), ([0.1, 2.0], [0.3, -4.0]), ([0.5], [2.0])]
CLASSES = [(p, t) for p in (-2.5, -1.0, 0.0, 0.3, 1.0, 7.0) for t in (0.0, 1.0)]
LOGITS = [-800.0, -40.0, -3.0, -0.2, 0.0, 0.2, 3.0, 40.0, 800.0]
MANY = [[0.2, -1.3, 2.5], [40.0, 0.0, -40.0], [1000.0, -1000.0, 999.0], [2.0, 2.0, 2.0]]

CASES: list[tuple[str, Any, Any, dict[str, float]]] = [
    *[(name, p, t, {}) for name in ("squared_error", "absolute_error") for p, t in REAL + SEVERAL],
    *[("huber", p, t, {"delta": d}) for d in (1.0, 0.25, 5.0) for p, t in REAL + SEVERAL],
    *[("huber", p, 0.0, {"delta": 1.0}) for p in (1.0, -1.0)],
    *[(name, p, t, {}) for name in ("hinge", "squared_hinge") for p, t in CLASSES],
    *[("binary_cross_entropy", p, t, {}) for p in LOGITS for t in (0.0, 1.0, 0.3)],
    *[
        ("cross_entropy", p, t, {"label_smoothing": s})
        for p in MANY
        for t in (0, 1, 2, [0.2, 0.5, 0.3], [0.0, 1.0, 0.0])
        for s in (0.0, 0.1, 1.0)
    ],
    *[("poisson_nll", p, t, {}) for p in (-30.0, -1.0, 0.0, 0.7, 5.0, 30.0) for t in (0.0, 3.0)],
    *[
        ("gaussian_nll", [mean, variance], t, {})
        for mean, t in ((0.5, 0.5), (2.0, -1.0), (1e4, 0.0))
        for variance in (1.0, 0.01, 1e-6, 50.0)
    ],
]


def solve(name: str, prediction: Any, target: Any, options: dict[str, float]) -> list[Any]:
    p = torch.tensor(prediction, dtype=torch.float64, requires_grad=True)
    loss = LOSSES[name](p, torch.tensor(target, dtype=torch.float64), **options)
    (gradient,) = torch.autograd.grad(loss, p)
    return [name, prediction, target, options, loss.item(), gradient.tolist()]


def main() -> None:
    made_with = f"torch {torch.__version__}, Python {platform.python_version()}"
    rows = ",\n".join(json.dumps(solve(*case)) for case in CASES)
    TARGET.write_text(f'{{"made with": "{made_with}", "cases": [\n{rows}\n]}}\n', encoding="utf-8")


if __name__ == "__main__":
    main()
