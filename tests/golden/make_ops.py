"""Writes ops.json with PyTorch: every operation at poles, ends of domains, overflow, inf and nan.

pip install torch==2.13.0
python tests/golden/make_ops.py
"""

from __future__ import annotations

import json
import platform
from collections.abc import Callable
from math import inf, nan
from pathlib import Path
from typing import Any

import torch

from microgradlab.ops import TABLE, Op

TARGET = Path(__file__).with_name("ops.json")
ONE = [(nan,), (inf,), (-inf,), (-0.0,)]
TWO = [(nan, 1.0), (1.0, nan), (inf, inf), (inf, -inf), (-inf, 0.0), (0.0, inf)]


OTHER_NAMES: dict[str, Callable[..., Any]] = {
    "softplus": torch.nn.functional.softplus,
    "greater": lambda x, y: torch.gt(x, y).double(),
    "equal": lambda x, y: torch.eq(x, y).double(),
    "gate": lambda x, y: torch.where(y != 0.0, x, 0.0),
}


def at(op: Op, operands: tuple[float, ...]) -> dict[str, Any]:
    """The operation's value and partial derivatives at one point."""
    function = OTHER_NAMES.get(op.name) or getattr(torch, op.name)
    inputs = [torch.tensor(x, dtype=torch.float64, requires_grad=True) for x in operands]
    out = function(*inputs)
    if out.requires_grad:
        out.backward()
    partials = [0.0 if x.grad is None else x.grad.item() for x in inputs]
    return {"operands": operands, "value": out.item(), "partials": partials}


def main() -> None:
    points = {op.name: [*op.edges, *(ONE if op.arity == 1 else TWO)] for op in TABLE}
    rows = [(op.name, at(op, operands)) for op in TABLE for operands in points[op.name]]
    lines = ",\n".join(json.dumps([name, *found.values()]) for name, found in rows)
    made_with = f"torch {torch.__version__}, Python {platform.python_version()}"
    TARGET.write_text(f'{{"made with": "{made_with}", "points": [\n{lines}\n]}}\n', "utf-8")


if __name__ == "__main__":
    main()
