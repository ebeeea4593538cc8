"""Writes micrograd.json with micrograd: the first steps of its demo, which ours must repeat.

pip install micrograd==0.1.0
python tests/golden/make_micrograd.py
"""

from __future__ import annotations

import json
import math
import platform
from pathlib import Path
from random import Random
from typing import Any

from micrograd.engine import Value
from micrograd.nn import MLP

TARGET = Path(__file__).with_name("micrograd.json")
SEED, STEPS, SIZES = 1337, 4, [16, 16, 1]


def moons(samples: int, noise: float, rng: Random) -> list[list[float]]:
    """Two half circles as [x, y, class -1 or 1], shaken, and rounded to be short in the file."""
    points = []
    for i in range(samples):
        angle, upper = math.pi * rng.random(), i % 2 == 0
        x, y = math.cos(angle), math.sin(angle)
        center = (x, y) if upper else (1.0 - x, 0.5 - y)
        points.append([round(c + rng.gauss(0.0, noise), 3) for c in center] + [1 - 2 * upper])
    return points


def main() -> None:
    rng = Random(SEED)
    points = moons(100, 0.1, rng)
    model = MLP(2, SIZES)
    for parameter in model.parameters():
        parameter.data = rng.uniform(-1.0, 1.0)
    start = [parameter.data for parameter in model.parameters()]

    steps: list[dict[str, Any]] = []
    for k in range(STEPS):
        scores = [model([Value(x), Value(y)]) for x, y, _ in points]
        losses = [
            (1 + -label * score).relu() for (_, _, label), score in zip(points, scores, strict=True)
        ]
        data_loss = sum(losses) * (1.0 / len(losses))
        reg_loss = 1e-4 * sum(p * p for p in model.parameters())
        total = data_loss + reg_loss
        model.zero_grad()
        total.backward()
        rate = 1.0 - 0.9 * k / 100
        for parameter in model.parameters():
            parameter.data -= rate * parameter.grad
        shown = {place: model.parameters()[place].data for place in (0, 100, 336)}
        steps.append({"loss": total.data, "parameters after": shown})

    made_with = f"micrograd 0.1.0, Python {platform.python_version()}"
    content = {"made with": made_with, "points": points, "start": start, "steps": steps}
    lines = ",\n".join(f"{json.dumps(key)}: {json.dumps(value)}" for key, value in content.items())
    TARGET.write_text(f"{{\n{lines}\n}}\n", encoding="utf-8")


if __name__ == "__main__":
    main()
