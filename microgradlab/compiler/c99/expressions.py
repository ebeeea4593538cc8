"""The table's expressions in C, over doubles or floats. Floor 4."""

from __future__ import annotations

import ast
import math
from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

from microgradlab.compiler.conditions import condition
from microgradlab.errors import ArgumentError
from microgradlab.expressions import OPERANDS, tree_of
from microgradlab.ops import PRIMITIVES, TABLE

_SYMBOLS: Mapping[type[ast.AST], str] = {
    ast.Add: "+",
    ast.Sub: "-",
    ast.Mult: "*",
    ast.Div: "/",
    ast.Lt: "<",
    ast.LtE: "<=",
    ast.Gt: ">",
    ast.GtE: ">=",
    ast.Eq: "==",
    ast.NotEq: "!=",
}

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
        return self._lowered(tree_of(source), operands)

    def functions(self) -> list[str]:
        """Definitions of the rows that the expressions so far call, and of those that they call."""
        found = []
        for op in reversed(TABLE):  # a row calls only rows before it
            if op.name in self._called:
                names = OPERANDS[: op.arity]
                tree, operands = tree_of(op.value), dict(zip(names, names, strict=True))
                if isinstance(tree, ast.IfExp):  # not as a call of itself
                    body = self._choice(tree, operands)
                else:
                    body = self._lowered(tree, operands)
                arguments = ", ".join(f"{self.real.name} {name}" for name in names)
                head = f"static inline {self.real.name} {op.name}({arguments})"
                found.append(f"{head}\n{{\n    return {body};\n}}\n")
        return found[::-1]

    def _lowered(self, tree: ast.AST, operands: Mapping[str, str]) -> str:
        """The code of a whole expression, of an argument, of what stands in parentheses."""
        match tree:
            case ast.Constant(value=float() as number):
                return self.real.literal(number)
            case ast.Name(id=name):
                return operands[name]
            case ast.Call(func=ast.Name(id=name), args=arguments):
                return self._call(name, [self._lowered(part, operands) for part in arguments])
            case ast.UnaryOp(op=ast.USub(), operand=operand):
                return f"-{self._part(operand, operands)}"
            case ast.BinOp(left=left, op=ast.Pow(), right=right):
                return self._call("pow", [self._lowered(part, operands) for part in (left, right)])
            case ast.BinOp(left=left, op=operator, right=right):
                x, y = self._part(left, operands), self._part(right, operands)
                return f"{x} {_SYMBOLS[type(operator)]} {y}"
            case ast.BoolOp(op=ast.And(), values=conditions):
                return " && ".join(self._part(part, operands) for part in conditions)
            case ast.Compare(left=left, ops=comparisons, comparators=comparators):
                pairs = zip([left, *comparators], comparisons, comparators, strict=False)
                parts = (
                    f"{self._part(x, operands)} {_SYMBOLS[type(op)]} {self._part(y, operands)}"
                    for x, op, y in pairs
                )
                return " && ".join(parts)
            case ast.IfExp():
                row = condition(tree)
                if row is None or row.column != "value":
                    return self._choice(tree, operands)
                return self._call(row.op.name, [operands[name] for name in row.operands.values()])
        raise AssertionError(f"outside the grammar: {ast.dump(tree)}")

    def _choice(self, tree: ast.IfExp, operands: Mapping[str, str]) -> str:
        test = self._lowered(tree.test, operands)
        body, orelse = (self._part(part, operands) for part in (tree.body, tree.orelse))
        return f"{test} ? {body} : {orelse}"

    def _part(self, tree: ast.AST, operands: Mapping[str, str]) -> str:
        """The code of a part of a larger expression; no precedence is relied on."""
        is_power = isinstance(tree, ast.BinOp) and isinstance(tree.op, ast.Pow)  # a call as well
        is_whole = is_power or isinstance(tree, (ast.Constant, ast.Name, ast.Call))
        text = self._lowered(tree, operands)
        return text if is_whole else f"({text})"

    def _call(self, name: str, arguments: list[str]) -> str:
        if name in PRIMITIVES:
            name = f"{'fabs' if name == 'abs' else name}{self.real.suffix}"
        else:
            self._called.add(name)
        return f"{name}({', '.join(arguments)})"
