"""micrograd's own examples give micrograd's numbers."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

import microgradlab as mg
from microgradlab import Value


def test_the_example_of_its_readme() -> None:
    a = Value(-4.0)
    b = Value(2.0)
    c = a + b
    d = a * b + b**3
    c += c + 1
    c += 1 + c + (-a)
    d += d * 2 + (b + a).relu()
    d += 3 * d + (b - a).relu()
    e = c - d
    f = e**2
    g = f / 2.0
    g += 10.0 / f
    g.backward()
    assert f"{g.data:.4f}" == "24.7041"
    assert f"{a.grad:.4f}" == "138.8338"
    assert f"{b.grad:.4f}" == "645.5773"


def test_the_demo_of_its_repository() -> None:
    """Moons, an MLP 2-16-16-1, hinge loss and L2, gradient descent with a falling rate."""
    golden = json.loads(
        (Path(__file__).parent / "golden" / "micrograd.json").read_text(encoding="utf-8")
    )
    model = mg.MLP(2, [16, 16, 1], activation="relu", output="linear")
    parameters = model.parameters()
    for parameter, number in zip(parameters, golden["start"], strict=True):
        parameter.data = number
    penalty = mg.losses.l2(1e-4)

    for k, step in enumerate(golden["steps"]):
        losses = [mg.losses.hinge(model([x, y]), label) for x, y, label in golden["points"]]
        total = mg.losses.cost(losses, penalty(parameters))
        assert total.data == pytest.approx(step["loss"], rel=1e-12)
        model.zero_grad()
        total.backward()
        for parameter in parameters:
            parameter.data -= (1.0 - 0.9 * k / 100) * parameter.grad
        for place, number in step["parameters after"].items():
            assert parameters[int(place)].data == pytest.approx(number, rel=1e-12)
