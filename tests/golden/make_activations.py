"""Writes activations.json with PyTorch: activations and functions of lists, with gradients.

pip install torch==2.13.0
python tests/golden/make_activations.py
"""

from __future__ import annotations

import json
import platform
from collections.abc import Callable
from pathlib import Path
from typing import Any

import torch
from torch.nn import functional as F  # noqa: N812  # its usual name

TARGET = Path(__file__).with_name("activations.json")
POINTS = [-800.0, -30.0, -5.0, -3.7, -1.0, -0.5, -1e-8, 0.0, 1e-8, 0.5, 1.0, 2.3, 6.0, 30.0, 800.0]

ACTIVATIONS: dict[str, Callable[[torch.Tensor], torch.Tensor]] = {
    "linear": lambda x: x * 1.0,
    "relu": F.relu,
    "leaky_relu": F.leaky_relu,
    "elu": F.elu,
    "selu": F.selu,
    "silu": F.silu,
    "gelu": F.gelu,
    "gelu_tanh": lambda x: F.gelu(x, approximate="tanh"),
    "sigmoid": torch.sigmoid,
    "tanh": torch.tanh,
    "hardtanh": F.hardtanh,
    "softplus": lambda x: F.softplus(x, threshold=100.0),  # its default is a straight line from 20
    "softsign": F.softsign,
    "mish": F.mish,
    "log_sigmoid": F.logsigmoid,
}

LISTS = [
    [0.3],
    [1.0, -2.0, 0.5],
    [1.0, 3.0, 3.0, -1.0],
    [1000.0, 999.0, -1000.0],
    [-1000.0, -1001.0, -1000.5],
    [0.0, 0.0, 0.0, 0.0],
    [40.0, 0.0, -40.0],
]

REDUCTIONS: dict[str, Callable[[torch.Tensor], torch.Tensor]] = {
    "sum": torch.sum,
    "mean": torch.mean,
    "logsumexp": lambda x: torch.logsumexp(x, 0),
    "softmax": lambda x: torch.softmax(x, 0),
    "log_softmax": lambda x: torch.log_softmax(x, 0),
    # max and min of a tensor share the derivative on a tie; with a dimension the first has it all
    "max": lambda x: torch.max(x, 0).values,
    "min": lambda x: torch.min(x, 0).values,
}


def main() -> None:
    activations: dict[str, list[list[float]]] = {}
    for name, function in ACTIVATIONS.items():
        activations[name] = []
        for point in POINTS:
            x = torch.tensor(point, dtype=torch.float64, requires_grad=True)
            out = function(x)
            (slope,) = torch.autograd.grad(out, x)
            activations[name].append([point, out.item(), slope.item()])

    lists: dict[str, list[Any]] = {}
    for name, reduction in REDUCTIONS.items():
        lists[name] = []
        for numbers in LISTS:
            x = torch.tensor(numbers, dtype=torch.float64, requires_grad=True)
            out = reduction(x)
            # A list of outputs is differentiated along the direction 1, 2, 3, ...
            seed = torch.arange(1.0, out.numel() + 1.0, dtype=torch.float64).reshape(out.shape)
            (slopes,) = torch.autograd.grad(out, x, seed)
            lists[name].append([numbers, out.tolist(), slopes.tolist()])

    made_with = f"torch {torch.__version__}, Python {platform.python_version()}"
    rows = [f'"made with": "{made_with}"']
    for kind, table in (("activations", activations), ("lists", lists)):
        entries = ",\n".join(f'"{name}": {json.dumps(found)}' for name, found in table.items())
        rows.append(f'"{kind}": {{\n{entries}\n}}')
    TARGET.write_text("{\n" + ",\n".join(rows) + "\n}\n", encoding="utf-8")


if __name__ == "__main__":
    main()
