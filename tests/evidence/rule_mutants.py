"""Plausible mistakes in the table's derivatives."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from functools import cache
from random import Random
from typing import Any

from microgradlab.checking.decoding import is_smooth
from microgradlab.checking.precise import precise
from microgradlab.checking.program import Expression, Step
from microgradlab.expressions import names_in
from microgradlab.ops import TABLE, Op

SIGN = "sign"
DROPPED_FACTOR = "dropped factor"
OPERAND = "x, y or out for another"
CONSTANT = "constant 1"
FACTORS = {"factor 1 + 1e-2": 1e-2, "factor 1 + 1e-4": 1e-4, "factor 1 + 1e-6": 1e-6}
TINY_FACTOR = {"factor 1 + 1e-12": 1e-12}
"""Told for information: where a derivative is ill-conditioned, rounding may be as large."""

Point = tuple[Any, Any, Any]  # x, y and out in mpmath; y is None where there is one operand

_POINTS = 50


@dataclass(frozen=True)
class RuleMutant:
    """A mistake in one partial derivative.

    Attributes:
        kind: of mistake.
        column: of the derivative, "dx" or "dy".
        op: the wrong row; it has the name of the right one.
    """

    kind: str
    column: str
    op: Op

    def __str__(self) -> str:
        return f"{self.op.name}'s {self.column} = {getattr(self.op, self.column)} ({self.kind})"

    def concerns(self, expression: Expression) -> bool:
        """Whether the expression has the operation."""
        return any(op.name == self.op.name for op, _ in expression.steps)

    @contextmanager
    def planted(self, expression: Expression) -> Iterator[Expression]:
        """The expression with the wrong row in the place of the right one."""
        steps = (
            Step(self.op if op.name == self.op.name else op, operands)
            for op, operands in expression.steps
        )
        yield Expression(expression.inputs, tuple(steps))


def rule_mutants() -> tuple[list[RuleMutant], int]:
    """All mistakes of the table, and how many rewritings are none: they equal the right rule."""
    mutants, equal = [], 0
    for op in TABLE:
        for column in ("dx", "dy")[: op.arity]:
            right = _plain(getattr(op, column))
            kinds = {_plain(rule): kind for kind, rule in reversed([*_mistakes(op, right)])}
            seen = {_numbers(op, right)}
            for rule, kind in reversed(kinds.items()):
                numbers = _numbers(op, rule)
                equal += rule != right and numbers == _numbers(op, right)
                if numbers not in seen:
                    seen.add(numbers)
                    wrong = replace(op, dx=rule) if column == "dx" else replace(op, dy=rule)
                    mutants.append(RuleMutant(kind, column, wrong))
    return mutants, equal


def _mistakes(op: Op, rule: str) -> Iterator[tuple[str, str]]:
    """Wrong rules in the place of a right one, with their kinds; some say the same."""
    yield SIGN, f"-({rule})"
    yield CONSTANT, "1.0"
    for kind, error in (FACTORS | TINY_FACTOR).items():
        yield kind, f"({rule}) * {1.0 + error!r}"
    for part in ast.walk(ast.parse(rule, mode="eval")):
        match part:
            case ast.UnaryOp(operand=operand):
                yield SIGN, _with(rule, part, ast.unparse(operand))
            case ast.BinOp(left=left, op=ast.Add(), right=right):
                yield SIGN, _with(rule, part, f"{ast.unparse(left)} - ({ast.unparse(right)})")
            case ast.BinOp(left=left, op=ast.Sub(), right=right):
                yield SIGN, _with(rule, part, f"{ast.unparse(left)} + ({ast.unparse(right)})")
            case ast.BinOp(left=left, op=ast.Mult(), right=right):
                yield DROPPED_FACTOR, _with(rule, part, ast.unparse(left))
                yield DROPPED_FACTOR, _with(rule, part, ast.unparse(right))
            case ast.BinOp(left=left, op=ast.Div(), right=right):
                yield DROPPED_FACTOR, _with(rule, part, ast.unparse(left))
                yield DROPPED_FACTOR, _with(rule, part, f"1.0 / ({ast.unparse(right)})")
    names = ("x", "out") if op.arity == 1 else ("x", "y", "out")
    for name in sorted(names_in(rule)):
        for other in names:
            if other != name:
                yield OPERAND, _renamed(rule, {name: other})
    yield OPERAND, _renamed(rule, {"x": "y", "y": "x"} if op.arity == 2 else {})


def _plain(rule: str) -> str:
    return ast.unparse(ast.parse(rule, mode="eval"))


def _with(rule: str, part: ast.expr, other: str) -> str:
    return f"{rule[: part.col_offset]}({other}){rule[part.end_col_offset :]}"


def _renamed(rule: str, names: dict[str, str]) -> str:
    tree = ast.parse(rule, mode="eval")
    for part in ast.walk(tree):
        if isinstance(part, ast.Name):
            part.id = names.get(part.id, part.id)
    return ast.unparse(tree)


def _numbers(op: Op, rule: str) -> tuple[str, ...]:
    """A rule's numbers at many points of the smooth domain, to 60 digits."""
    numbers = precise()
    found = (numbers.number(numbers.expression(rule)(*point)) for point in _points(op))  # no -0.0
    return tuple(numbers.mp.nstr(number, 60) for number in found)


@cache
def _points(op: Op) -> list[Point]:
    """Random points of the operation's smooth domain."""
    random, numbers = Random(0), precise()
    points: list[Point] = []
    while len(points) < _POINTS:
        x, y = random.uniform(-3.0, 3.0), random.uniform(-3.0, 3.0)
        if is_smooth(op, x, y, constant_y=False):
            point = numbers.number(x), numbers.number(y) if op.arity == 2 else None
            points.append((*point, numbers.value(op, *point)))
    return points
