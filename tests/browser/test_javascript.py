"""The table's rows as JavaScript compute what Python computes from them."""

from __future__ import annotations

import math
import random
import struct
from collections.abc import Iterator
from math import inf, nan
from typing import TypeAlias

import pytest

from microgradlab.drawing.page import module, page
from microgradlab.ieee import FLOATS
from microgradlab.javascript import operations
from microgradlab.ops import TABLE, Op
from tests.browser.window import Browser

CLOSE = 4  # units in the last place: two libraries may each be off by one, and a row calls several
SPECIAL = [0.0, -0.0, 1.0, -1.0, 0.5, 2.0, -3.0, 1.0 / 3.0, inf, -inf, nan]
FAR = [5e-324, 1e-300, 1e200, -1e200, 710.0, -746.0, 0.46875, 5.99, 6.0]

OWN = Op(
    "ours",
    "∘",
    "All of the grammar at once.",
    "x if 0.0 < x < 1e999 and y != 0.0 else -x * (x - y) / 2.0",
    "1.0 if x <= 0.0 else softplus(y) ** 2.0",
    "maximum(x, -y) - (0.0 if x == y else 1.0)",
    kink="x == 0.0",
)
ROWS = {op.name: op for op in (*TABLE, OWN)}

Case: TypeAlias = tuple[str, str, float, float | None, float | None]
"""A row, one of its columns, and x, y and out."""


def cases() -> Iterator[Case]:
    """Every column of every row, at its edges and at all kinds of numbers."""
    chance = random.Random(0)
    for op in ROWS.values():
        some = [chance.gauss(0.0, 1.0) * 10.0 ** chance.uniform(-6.0, 3.0) for _ in range(60)]
        pairs: list[tuple[float, float | None]]
        if op.arity == 1:
            pairs = [(x, None) for x in (*SPECIAL, *FAR, *some)]
        else:
            pairs = [(x, y) for x in (*SPECIAL, *FAR) for y in SPECIAL]
            pairs += [(x, chance.gauss(0.0, 3.0)) for x in some]
        pairs += [(edge[0], edge[1] if op.arity == 2 else None) for edge in op.edges]
        for x, y in pairs:
            out = FLOATS.value(op, x, y)
            yield op.name, "value", x, y, None
            yield op.name, "dx", x, y, out
            if op.dy is not None:
                yield op.name, "dy", x, y, out


def in_python(name: str, column: str, x: float, y: float | None, out: float | None) -> float:
    number: float = FLOATS.expression(getattr(ROWS[name], column))(x, y, out)
    return number


def bits(number: float | None) -> str | None:
    return None if number is None else struct.pack(">d", number).hex()


def distance(a: float, b: float) -> float:
    """How many doubles lie between two: 0 if they are the same, and inf where only one is nan."""
    if math.isnan(a) or math.isnan(b):
        return 0.0 if math.isnan(a) and math.isnan(b) else inf
    if a == b == 0.0:
        return 0.0 if math.copysign(1.0, a) == math.copysign(1.0, b) else inf
    ranks = [struct.unpack(">q", struct.pack(">d", abs(n)))[0] for n in (a, b)]
    return abs(math.copysign(ranks[0], a) - math.copysign(ranks[1], b))


@pytest.fixture
def computed(browser: Browser) -> list[tuple[Case, float]]:
    """The cases with what Chromium makes of them."""
    given = list(cases())
    script = """
    { // a block of its own, beside the module's names
      const { cases } = JSON.parse(document.getElementById("data").textContent);
      const view = new DataView(new ArrayBuffer(8));
      const read = (bits) => {
        view.setBigUint64(0, BigInt(`0x${bits ?? "0"}`));
        return view.getFloat64(0);
      };
      const write = (number) => {
        view.setFloat64(0, number);
        return view.getBigUint64(0).toString(16).padStart(16, "0");
      };
      window.results = cases.map(([name, column, ...operands]) =>
        write(OPERATIONS[name][column](...operands.map(read))));
    }
    """
    data = {"cases": [(name, column, *map(bits, operands)) for name, column, *operands in given]}
    code = module(operations(ROWS.values())) + script
    browser.open(page("operations", "", script=code, style="", data=data))
    results = browser.run("return window.results")
    numbers = [struct.unpack(">d", bytes.fromhex(result))[0] for result in results]
    return list(zip(given, numbers, strict=True))


def test_every_column_of_every_row_agrees_with_python(computed: list[tuple[Case, float]]) -> None:
    apart = [
        (case, number, in_python(*case))
        for case, number in computed
        if distance(number, in_python(*case)) > CLOSE
    ]
    assert apart == []


def test_the_edges_of_the_table_agree_to_the_last_bit(browser: Browser) -> None:
    edges = [(op, edge) for op in TABLE for edge in op.edges]
    script = """
    const { edges } = JSON.parse(document.getElementById("data").textContent);
    window.results = edges.map(([name, ...operands]) =>
      String(OPERATIONS[name].value(...operands.map((word) => Number(word)))));
    """
    words = {inf: "Infinity", -inf: "-Infinity"}
    data = {"edges": [[op.name, *(words.get(x, repr(x)) for x in edge)] for op, edge in edges]}
    code = module(operations(TABLE)) + script
    browser.open(page("edges", "", script=code, style="", data=data))
    results = map(float, browser.run("return window.results"))
    assert [
        (op.name, edge, result)
        for (op, edge), result in zip(edges, results, strict=True)
        if distance(result, FLOATS.value(op, *edge)) > 0.0
    ] == []


def test_a_kink_is_where_the_table_has_it(browser: Browser) -> None:
    code = module(operations(ROWS.values())) + "window.operations = OPERATIONS;"
    browser.open(page("kinks", "", script=code, style="", data={}))
    ask = "const [name, x, y] = arguments; return window.operations[name].kink(x, y);"
    assert browser.run(ask, "relu", 0.0, None) is True
    assert browser.run(ask, "relu", 1.0, None) is False
    assert browser.run(ask, "maximum", 2.0, 2.0) is True
    assert browser.run(ask, "ours", 0.0, 1.0) is True
