"""The table's expressions as LLVM code, against the same expressions over Python's floats."""

from __future__ import annotations

from collections.abc import Callable
from functools import cache
from math import inf, nan
from random import Random

import numpy as np
import pytest

from microgradlab import ieee
from microgradlab.compiler.llvm.code import Code, constant
from microgradlab.compiler.llvm.expressions import lower
from microgradlab.ops import OPS, TABLE, Op
from tests.compiler.llvm.vectors import Array, Function, compiled, differences

SPECIAL = (0.0, -0.0, 1.0, -1.0, 0.5, -2.0, 3.0, 5e-324, -1e-310, 1e300, 710.0, -746.0, inf, nan)
exp = ieee.PRIMITIVES["exp"]
COLUMNS = ("value", "dx", "dy")


def numbers(op: Op) -> tuple[Array, Array]:
    """Operands: the row's edges, all pairs of special numbers, and random ones of all sizes."""
    draw = Random(op.name)

    def any_size() -> float:
        return (
            draw.choice((-1.0, 1.0))
            * draw.random()
            * 10.0 ** draw.choice((0, 0, 0, 1, 2, -3, -8, -300, 300))
        )

    pairs = [(edge[0], edge[-1]) for edge in op.edges]
    pairs += [(x, y) for x in (*SPECIAL, -inf) for y in (*SPECIAL, -inf)]
    pairs += [(any_size(), any_size()) for _ in range(1000)]
    x, y = np.array(pairs).T.copy()
    return x, y


def expected(op: Op, source: str, x: Array, y: Array) -> tuple[Array, Array]:
    """The row's results, and what Python computes for an expression of the row."""
    two = op.arity == 2
    outs = [
        ieee.value(op, a, b if two else None) for a, b in zip(x.tolist(), y.tolist(), strict=True)
    ]
    over_floats = ieee.FLOATS.expression(source)
    given = zip(x.tolist(), y.tolist(), outs, strict=True)
    return np.array(outs), np.array([over_floats(*each) for each in given])


@cache
def table(lanes: int, fast: bool) -> dict[str, Function]:
    """All the table's expressions, compiled together."""
    sources = (getattr(op, column) for op in TABLE for column in COLUMNS)
    return compiled({source: source for source in sources if source}, lanes=lanes, fast=fast)


def columns() -> list[tuple[Op, str]]:
    return [(op, column) for op in TABLE for column in COLUMNS if getattr(op, column)]


@pytest.mark.parametrize(
    ("op", "column"), columns(), ids=lambda each: str(getattr(each, "name", each))
)
@pytest.mark.parametrize("lanes", [2, 8])
def test_strict_code_computes_the_very_bits_of_python(op: Op, column: str, lanes: int) -> None:
    source = getattr(op, column)
    x, y = numbers(op)
    out, theirs = expected(op, source, x, y)
    ours = table(lanes, fast=False)[source](x, y, out)
    assert [(x[i], y[i], ours[i], theirs[i]) for i in differences(ours, theirs)] == []


@pytest.mark.parametrize(
    ("op", "column"), columns(), ids=lambda each: str(getattr(each, "name", each))
)
def test_fast_code_is_within_1e_12_and_has_the_same_infinities(op: Op, column: str) -> None:
    source = getattr(op, column)
    x, y = numbers(op)
    out, theirs = expected(op, source, x, y)
    ours = table(8, fast=True)[source](x, y, out)
    # The absolute part is for 1 - out * out, where a fused product differs in bits that cancel.
    assert ours == pytest.approx(theirs, rel=1e-12, abs=1e-15, nan_ok=True)


def test_fast_quotients_of_the_smallest_numbers_are_right() -> None:
    quotient = compiled({"x / y": "x / y"}, lanes=4, fast=True)["x / y"]
    x, y = np.array([0.0, 1e-310, 3e-308]), np.array([5e-324, 1e-309, 1e-308])
    assert quotient(x, y, x).tolist() == (x / y).tolist()


OWN: dict[str, Callable[[float, float], float]] = {
    "-x ** 2.0 + y": lambda x, y: -ieee.pow(x, 2.0) + y,
    "1e999 - x * y": lambda x, y: inf - x * y,
    "x if x != y else - -y": lambda x, y: x if x != y else y,
    "0.0 if x < y < 1.0 else x": lambda x, y: 0.0 if x < y < 1.0 else x,
    "0.0 if x == 0.0 and y >= 0.0 else x": lambda x, y: 0.0 if x == 0.0 and y >= 0.0 else x,
    "relu(x) - sqrt(abs(y))": lambda x, y: (
        ieee.value(OPS["relu"], x) - ieee.PRIMITIVES["sqrt"](abs(y))
    ),
    "exp(x) + exp(y) if x > y else exp(y) - exp(x + exp(y))": lambda x, y: (
        exp(x) + exp(y) if x > y else exp(y) - exp(x + exp(y))
    ),
}


def test_rows_of_ones_own_may_use_the_whole_grammar() -> None:
    functions = compiled({source: source for source in OWN}, lanes=4)
    x, y = numbers(OPS["add"])
    for source, theirs in OWN.items():
        wanted = np.array([theirs(a, b) for a, b in zip(x.tolist(), y.tolist(), strict=True)])
        assert differences(functions[source](x, y, x), wanted) == [], source


def called(source: str, *, fast: bool = False) -> list[str]:
    """The functions that the code of an expression calls."""
    code = Code(4, fast)
    lower(code, source, {"x": "%x", "y": "%y", "out": "%out"})
    return [line.partition("@")[2].partition("(")[0] for line in code.lines if " call " in line]


def test_a_function_that_both_branches_call_is_called_once() -> None:
    assert called(OPS["sigmoid"].value) == ["exp.x4"]
    assert called(OPS["softplus"].value) == ["exp.x4", "log1p.x4"]
    assert called("exp(x) if x > 0.0 else 1.0") == ["exp.x4"]
    assert called("exp(x) if x > 0.0 else log(x)") == ["exp.x4", "log.x4"]


def test_what_is_computed_already_is_not_computed_again() -> None:
    assert called("tanh(x) * tanh(x) + tanh(y)") == ["tanh.x4", "tanh.x4"]


def test_square_roots_and_absolute_values_are_instructions() -> None:
    assert called("sqrt(abs(x))") == ["llvm.fabs.v4f64", "llvm.sqrt.v4f64"]


def test_only_fast_code_multiplies_small_powers_out() -> None:
    assert called("x ** 3.0") == called("x ** 5.0", fast=True) == called("x ** y") == ["pow.x4"]
    assert called("x ** 3.0", fast=True) == []


def test_an_operand_may_be_a_constant() -> None:
    code = Code(4, fast=True)
    lower(code, "x ** y", {"x": "%x", "y": constant(2.0)})
    assert code.lines == ["  %v1 = fmul contract <4 x double> %x, %x"]


def test_the_same_expression_has_the_same_text() -> None:
    texts = []
    for _ in range(2):
        code = Code(4)
        lower(code, OPS["sigmoid"].value, {"x": "%x"})
        texts.append(code.lines)
    assert texts[0] == texts[1]
