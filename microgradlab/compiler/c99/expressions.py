"""The table's expressions in C, over doubles or floats. Floor 4."""

from __future__ import annotations

import ast
import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from microgradlab.compiler.conditions import condition
from microgradlab.errors import ArgumentError
from microgradlab.expressions import OPERANDS, tree_of
from microgradlab.infix import Infix
from microgradlab.ops import PRIMITIVES, TABLE

_TOO_LARGE = (2.0 - 2.0**-24) * 2.0**127  # what is rounded to infinity as a float


@dataclass(frozen=True, slots=True)
class Real:
    """A type of numbers in C.

    Attributes:
        name: "double" or "float".
        suffix: of its literals, and of its functions in math.h.
        bytes: its size.
    """

    name: str
    suffix: str
    bytes: int

    def holds(self, number: float) -> bool:
        """Whether the number is finite, also when it is rounded."""
        return math.isfinite(number) and (self.name == "double" or abs(number) < _TOO_LARGE)

    def rounded(self, number: float) -> float:
        """The number as the type holds it.

        Raises:
            ArgumentError: it is too large for the type.
        """
        if self.name == "double" or not math.isfinite(number):
            return number
        if abs(number) >= _TOO_LARGE:
            raise ArgumentError(f"{number} is too large for a float", hint='use number="double"')
        return float(np.float32(number))

    def literal(self, number: float) -> str:
        """The shortest decimal number that is read as this very number.

        >>> REALS["double"].literal(0.1), REALS["float"].literal(0.1), REALS["float"].literal(1e30)
        ('0.1', '0.1f', '1e+30f')
        """
        if math.isfinite(number):
            shortest = number if self.name == "double" else np.float32(self.rounded(number))
            return f"{shortest!s}{self.suffix}"
        text = "NAN" if math.isnan(number) else "INFINITY"
        minus = "-" if number < 0.0 else ""
        return f"{minus}({self.name}){text}"


REALS: Mapping[str, Real] = {"double": Real("double", "", 8), "float": Real("float", "f", 4)}
"""The types that a model can be written in."""


class Lowering:
    """Writes expressions of the table in C.

    Args:
        real: the type of all numbers.
    """

    def __init__(self, real: Real) -> None:
        self.real = real
        self._called: set[str] = set()

    def expression(self, source: str, operands: Mapping[str, str]) -> str:
        """An expression with its operands put in.

        >>> Lowering(REALS["float"]).expression("1.0 - exp(x)", {"x": "s[i]"})
        '1.0f - expf(s[i])'
        """
        return _C(self.real, self._called, operands).whole(tree_of(source))

    def functions(self) -> list[str]:
        """Definitions of the rows that the expressions so far call, and of those that they call."""
        found = []
        for op in reversed(TABLE):  # a row calls only rows before it
            if op.name in self._called:
                names = OPERANDS[: op.arity]
                printer = _C(self.real, self._called, dict(zip(names, names, strict=True)))
                arguments = ", ".join(f"{self.real.name} {name}" for name in names)
                head = f"static inline {self.real.name} {op.name}({arguments})"
                found.append(f"{head}\n{{\n    return {printer.body(tree_of(op.value))};\n}}\n")
        return found[::-1]


class _C(Infix):
    """Prints one expression.

    Args:
        real: the type of all numbers.
        called: is told the rows that it calls.
        operands: what stands for x, y and out.
    """

    def __init__(self, real: Real, called: set[str], operands: Mapping[str, str]) -> None:
        super().__init__()
        self._real, self._called, self._operands = real, called, operands

    def literal(self, number: float) -> str:
        return self._real.literal(number)

    def name(self, name: str) -> str:
        return self._operands[name]

    def call(self, name: str, arguments: Sequence[str]) -> str:
        if name in PRIMITIVES:
            name = f"{'fabs' if name == 'abs' else name}{self._real.suffix}"
        else:
            self._called.add(name)
        return super().call(name, arguments)

    def choice(self, tree: ast.IfExp) -> str:
        row = condition(tree)
        if row is None or row.column != "value":
            return super().choice(tree)
        return self.call(row.op.name, [self.name(name) for name in row.operands.values()])

    def body(self, tree: ast.expr) -> str:
        """The value of a row: its conditional is not a call of itself."""
        return super().choice(tree) if isinstance(tree, ast.IfExp) else self.whole(tree)
