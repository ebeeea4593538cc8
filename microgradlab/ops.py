"""The table of scalar operations, and of their derivatives. Floor 1: the engine is this table.

Each row is one operation of one or two operands `x` and `y` with the result `out`: its symbol, its
value and its partial derivatives as expressions over numbers of any kind. Everything else follows
from the row: the methods and functions on `Value` (`python -m microgradlab.codegen` writes them
into value.py), higher derivatives, pictures, checks and compiled code. To add an operation, add a
row, run that command, and name it in __init__.py; one that no row can express, such as erf, is a
primitive that also needs a line in ieee.py.

At a kink the expressions state the convention: relu'(0) = 0, abs'(0) = 0, and on a tie maximum and
minimum give the whole derivative to the first operand. Conditions are written so that nan passes
through: `0.0 if x <= 0.0 else x` is nan at nan. Only greater and equal answer about nan, with 0, as
Python does. These two and gate jump; the derivative that they pass on is that beside the jump.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache
from math import inf
from typing import Any

from microgradlab.expressions import ExpressionError, parse


@dataclass(frozen=True, slots=True, eq=False, repr=False)
class Op:
    """One row of the table.

    Attributes:
        name: the function's name.
        symbol: what is drawn on the node.
        summary: one line in words.
        value: the result, in x and y.
        dx: the partial derivative by x, in x, y and out.
        dy: the partial derivative by y; None when the operation has one operand.
        smooth: a condition on x and y under which all derivatives exist.
        kink: where it is continuous without a derivative, and `dx` and `dy` state a convention.
        edges: operands at poles, ends of the domain, and overflow, worth testing.
    """

    name: str
    symbol: str
    summary: str
    value: str
    dx: str
    dy: str | None = None
    smooth: str = "all"
    kink: str | None = None
    edges: tuple[tuple[float, ...], ...] = ()

    @property
    def arity(self) -> int:
        """The number of operands, 1 or 2."""
        return 1 if self.dy is None else 2

    def __repr__(self) -> str:
        return f"Op({self.name})"

    def __str__(self) -> str:
        return self.symbol

    def __reduce__(self) -> Any:
        """A row of the table is copied and pickled by its name, so that it stays that very row."""
        if OPS.get(self.name) is self:
            return _row_named, (self.name,)
        return Op, tuple(getattr(self, column) for column in self.__slots__)


def _row_named(name: str) -> Op:
    return OPS[name]


def check(op: Op, functions: Mapping[str, int], value_functions: Mapping[str, int]) -> None:
    """Refuses a row whose expressions are outside the grammar.

    Args:
        op: the row.
        functions: what its derivatives may call: names, and numbers of operands.
        value_functions: what its value may call: the rows before it, and a primitive itself.

    Raises:
        ExpressionError: names the row and the column, with a caret under the place.
    """
    operands = ("x",) if op.arity == 1 else ("x", "y")
    columns = (
        ("value", op.value, operands),
        ("dx", op.dx, (*operands, "out")),
        ("dy", op.dy, (*operands, "out")),
        ("smooth", None if op.smooth == "all" else op.smooth, operands),
        ("kink", op.kink, operands),
    )
    for column, source, names in columns:
        if source is not None:
            if not isinstance(source, str):
                raise ExpressionError(f"{op.name}, column {column}: {source!r} is not a text")
            known = value_functions if column == "value" else functions
            where, condition = f"{op.name}, column {column}", column in ("smooth", "kink")
            parse(source, names=names, functions=known, where=where, condition=condition)


PRIMITIVES = frozenset(
    ("pow", "abs", "exp", "expm1", "log", "log1p", "sqrt", "sin", "cos", "tan", "asin", "acos")
    + ("atan", "sinh", "cosh", "tanh", "erf")
)
"""The operations that Python's math module computes; all others are made of rows before them."""

TABLE: tuple[Op, ...] = (
    # --- arithmetic
    Op("add", "+", "The sum of x and y.", "x + y", "1.0", "1.0"),
    Op("sub", "-", "The difference of x and y.", "x - y", "1.0", "-1.0"),
    Op("mul", "×", "The product of x and y.", "x * y", "y", "x"),
    Op(
        "div",
        "÷",
        "The quotient of x and y.",
        "x / y",
        "1.0 / y",
        "-out / y",
        smooth="y != 0.0",
        edges=((1.0, 0.0), (-1.0, 0.0), (0.0, 0.0), (1.0, -0.0)),
    ),
    Op("neg", "-", "Minus x.", "-x", "-1.0"),
    Op(
        "pow",
        "**",
        "x to the power y; nan for a negative x with a fractional y.",
        "x ** y",
        # The guards keep 0 * inf from turning x ** 2, differentiated three times at 0, into nan.
        # Where y is 0, so is this; y / x * out says so in a form whose own derivatives are right.
        "y * x ** (y - 1.0) if y != 0.0 else 0.0 if x == 0.0 else y / x * out",
        "0.0 if x == 0.0 and y >= 0.0 else out * log(x)",
        smooth="x > 0.0",
        edges=((0.0, 0.0), (0.0, 2.0), (0.0, 0.5), (0.0, -1.0), (-8.0, 1.0 / 3.0), (-2.0, 3.0)),
    ),
    Op(
        "abs",
        "abs",
        "The absolute value of x.",
        "abs(x)",
        "1.0 if x > 0.0 else -1.0 if x < 0.0 else 0.0",
        smooth="x != 0.0",
        kink="x == 0.0",
        edges=((0.0,), (-0.0,)),
    ),
    Op(
        "maximum",
        "max",
        "The larger of x and y; nan if either is nan.",
        # x + y is reached only when x and y are unordered, and then it is nan.
        "x if x >= y else y if y > x else x + y",
        "0.0 if x < y else 1.0",
        "0.0 if x >= y else 1.0",
        smooth="x != y",
        kink="x == y",
        edges=((1.0, 1.0), (0.0, -0.0)),
    ),
    Op(
        "minimum",
        "min",
        "The smaller of x and y; nan if either is nan.",
        "x if x <= y else y if y < x else x + y",
        "0.0 if x > y else 1.0",
        "0.0 if x <= y else 1.0",
        smooth="x != y",
        kink="x == y",
        edges=((1.0, 1.0), (0.0, -0.0)),
    ),
    # --- comparisons as numbers, and what they choose
    Op(
        "greater",
        ">",
        "1 where x is larger than y, else 0.",
        "1.0 if x > y else 0.0",
        "0.0",
        "0.0",
        smooth="x != y",
        edges=((1.0, 1.0), (0.0, -0.0)),
    ),
    Op(
        "equal",
        "==",
        "1 where x and y are the same number, else 0.",
        "1.0 if x == y else 0.0",
        "0.0",
        "0.0",
        smooth="x != y",
        edges=((1.0, 1.0), (0.0, -0.0)),
    ),
    Op(
        "gate",
        "gate",
        "x where y is not 0, else 0, whatever x is.",
        "x if y != 0.0 else 0.0",
        "1.0 if y != 0.0 else 0.0",
        "0.0",
        smooth="y != 0.0",
        edges=((2.0, 0.0), (2.0, -0.0), (0.0, 0.0), (inf, 0.0)),
    ),
    # --- exponentials and logarithms
    Op("exp", "exp", "e to the power x.", "exp(x)", "out", edges=((710.0,), (-746.0,), (0.0,))),
    Op(
        "expm1",
        "expm1",
        "exp(x) - 1, accurate near 0.",
        "expm1(x)",
        "exp(x)",
        edges=((710.0,), (-746.0,), (0.0,), (1e-300,)),
    ),
    Op(
        "log",
        "log",
        "The natural logarithm of x.",
        "log(x)",
        "1.0 / x",
        smooth="x > 0.0",
        edges=((0.0,), (-1.0,), (5e-324,)),
    ),
    Op(
        "log1p",
        "log1p",
        "log(1 + x), accurate near 0.",
        "log1p(x)",
        "1.0 / (1.0 + x)",
        smooth="x > -1.0",
        edges=((-1.0,), (-2.0,), (0.0,), (1e-300,)),
    ),
    Op(
        "sqrt",
        "√",
        "The square root of x.",
        "sqrt(x)",
        "0.5 / out",
        smooth="x > 0.0",
        edges=((0.0,), (-1.0,), (5e-324,)),
    ),
    # --- trigonometric and hyperbolic functions
    Op("sin", "sin", "The sine of x, in radians.", "sin(x)", "cos(x)", edges=((0.0,), (inf,))),
    Op("cos", "cos", "The cosine of x, in radians.", "cos(x)", "-sin(x)", edges=((0.0,), (inf,))),
    Op(
        "tan",
        "tan",
        "The tangent of x, in radians.",
        "tan(x)",
        "1.0 + out * out",
        smooth="cos(x) != 0.0",
        edges=((0.0,), (inf,)),
    ),
    Op(
        "asin",
        "asin",
        "The angle in radians whose sine is x.",
        "asin(x)",
        "1.0 / sqrt((1.0 - x) * (1.0 + x))",
        smooth="-1.0 < x and x < 1.0",
        edges=((1.0,), (-1.0,), (1.5,)),
    ),
    Op(
        "acos",
        "acos",
        "The angle in radians whose cosine is x.",
        "acos(x)",
        "-1.0 / sqrt((1.0 - x) * (1.0 + x))",
        smooth="-1.0 < x and x < 1.0",
        edges=((1.0,), (-1.0,), (1.5,)),
    ),
    Op(
        "atan",
        "atan",
        "The angle in radians whose tangent is x.",
        "atan(x)",
        "1.0 / (1.0 + x * x)",
        edges=((0.0,), (inf,), (1e200,)),
    ),
    Op("sinh", "sinh", "The hyperbolic sine of x.", "sinh(x)", "cosh(x)", edges=((711.0,),)),
    Op("cosh", "cosh", "The hyperbolic cosine of x.", "cosh(x)", "sinh(x)", edges=((711.0,),)),
    Op(
        "tanh",
        "tanh",
        "The hyperbolic tangent of x.",
        "tanh(x)",
        "1.0 - out * out",
        edges=((0.0,), (30.0,), (inf,)),
    ),
    # --- what networks are made of
    Op(
        "sigmoid",
        "σ",
        "The logistic function 1 / (1 + exp(-x)).",
        # Each branch keeps exp's argument negative: accurate, and without overflow.
        "1.0 / (1.0 + exp(-x)) if x >= 0.0 else exp(x) / (1.0 + exp(x))",
        "out * (1.0 - out)",
        edges=((0.0,), (-800.0,), (800.0,), (-inf,), (inf,)),
    ),
    Op(
        "relu",
        "relu",
        "The rectifier: x where positive, else 0.",
        "0.0 if x <= 0.0 else x",
        "0.0 if x <= 0.0 else 1.0",
        smooth="x != 0.0",
        kink="x == 0.0",
        edges=((0.0,), (-0.0,), (-inf,), (inf,)),
    ),
    Op(
        "softplus",
        "softplus",
        "log(1 + exp(x)), a smooth rectifier.",
        "x + log1p(exp(-x)) if x > 0.0 else log1p(exp(x))",
        "sigmoid(x)",
        edges=((0.0,), (-800.0,), (800.0,), (-inf,), (inf,)),
    ),
    Op(
        "erf",
        "erf",
        "The error function 2/√π ∫ exp(-t²) dt from 0 to x.",
        "erf(x)",
        "1.1283791670955126 * exp(-(x * x))",  # 2/√π
        edges=((0.0,), (inf,), (1e200,)),
    ),
)

_ARITIES = {op.name: op.arity for op in TABLE}
_earlier: dict[str, int] = {}
for _row in TABLE:
    _itself = {_row.name: _row.arity} if _row.name in PRIMITIVES else {}
    check(_row, _ARITIES, _earlier | _itself)
    _earlier[_row.name] = _row.arity

OPS: dict[str, Op] = {op.name: op for op in TABLE}
"""The rows by name."""


@lru_cache(maxsize=1024)
def check_own(op: Op) -> None:
    """Refuses a row of one's own that is outside the grammar; it may call all rows of the table.

    Raises:
        ExpressionError: names the row and the column, with a caret under the place.
    """
    check(op, _ARITIES, _ARITIES)
