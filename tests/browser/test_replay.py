"""What pages compute and write is what Python computes and writes, to the last bit."""

from __future__ import annotations

import random
import struct
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import microgradlab as mg
from microgradlab.drawing import Explanation, explain
from microgradlab.drawing.numerals import factor, numeral
from microgradlab.drawing.page import module, page
from tests.browser.window import Browser


def floats() -> st.SearchStrategy[float]:
    """Doubles of all kinds: of any bits, of few digits, halfway between two numerals."""
    bits = st.binary(min_size=8, max_size=8).map(lambda raw: float(struct.unpack("<d", raw)[0]))
    halfway = st.builds(lambda n, power: (n + 0.5) * 2.0**power, st.integers(-99999, 99999), EIGHTS)
    return st.floats() | bits | halfway | st.integers(-(10**6), 10**6).map(float)


EIGHTS = st.integers(-3, 12)


@pytest.fixture(scope="module")
def cases() -> list[tuple[float, int]]:
    """Some thousand numbers, each with a count of digits."""
    found: list[tuple[float, int]] = []

    @settings(max_examples=500, database=None)
    @given(floats(), st.integers(1, 17))
    def collect(number: float, digits: int) -> None:
        found.append((number, digits))

    collect()
    ties = [(n / 8.0, digits) for n in range(-40, 40) for digits in (1, 2, 3)]
    edges = [0.0, -0.0, 5e-324, 1.7976931348623157e308, 9999.5, 99995.0, 0.00009999995, 1e16]
    return found + ties + [(edge, digits) for edge in edges for digits in (1, 4, 17)]


def test_numerals_are_those_of_python(browser: Browser, cases: list[tuple[float, int]]) -> None:
    script = (
        module("const OPERATIONS = {};")
        + """
        const { cases } = JSON.parse(document.getElementById("data").textContent);
        const view = new DataView(new ArrayBuffer(8));
        window.texts = cases.map(([bits, digits]) => {
          view.setBigUint64(0, BigInt(`0x${bits}`));
          const number = view.getFloat64(0);
          return [numeral(number, digits), factor(number, digits)];
        });
    """
    )
    data: dict[str, Any] = {"cases": [(struct.pack(">d", x).hex(), digits) for x, digits in cases]}
    browser.open(page("numerals", "", script=script, style="", data=data))
    texts = browser.run("return window.texts")
    assert texts == [[numeral(x, digits), factor(x, digits)] for x, digits in cases]


def arithmetic(a: float, b: float) -> Explanation:
    """An expression of operations that IEEE 754 defines to the last bit, with many uses of a."""
    x, y = mg.Value(a, label="a"), mg.Value(b, label="b")
    return explain((x * y + x) / (y - 3.0) - mg.maximum(x, y) * mg.relu(x - y) + x * x * 0.1)


def test_both_passes_are_those_of_the_engine_to_the_last_bit(browser: Browser) -> None:
    explanation = arithmetic(2.0, -1.0)
    rng = random.Random(0)
    inputs = [(rng.gauss(0.0, 10.0), rng.gauss(0.0, 10.0)) for _ in range(100)]
    script = (
        module(explanation.operations)
        + """
        const { scene, inputs } = JSON.parse(document.getElementById("data").textContent);
        window.passes = inputs.map(([a, b]) => {
          const { data, partials } = forward(scene.nodes, new Map([["v0", a], ["v1", b]]));
          const arrivals = backward(scene.steps, partials);
          return scene.nodes.map(({ id }) => [data.get(id), gradientAt(arrivals, id, Infinity)]);
        });
    """
    )
    data = {"scene": explanation.to_dict(svg=False), "inputs": inputs}
    browser.open(page("passes", "", script=script, style="", data=data))
    for (a, b), found in zip(inputs, browser.run("return window.passes"), strict=True):
        nodes = arithmetic(a, b).scene.nodes
        assert found == [[node.data, node.grad] for node in nodes]
