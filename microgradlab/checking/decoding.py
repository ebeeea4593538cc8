"""Random expressions from plain numbers, as Hypothesis draws and shrinks them. Floor 7.

`decode` makes an expression of any list of instructions: places are counted backwards and modulo,
and an instruction that would leave its row's domain is skipped. So a search that deletes
instructions and lowers numbers never meets a list that means nothing.
"""

from __future__ import annotations

import ast
import math
from collections.abc import Iterable, Sequence
from typing import Literal, NamedTuple, TypeAlias

from microgradlab import ieee
from microgradlab.checking.program import Expression, Operands, Step, partials, point
from microgradlab.errors import ArgumentError, unknown_name
from microgradlab.ops import OPS, TABLE, Op

At: TypeAlias = Literal["smooth", "kinks", "edges"]

LARGE = 1e6
"""Where all is smooth, no number is larger, nor the sum of the slopes along all paths to it."""


class Instruction(NamedTuple):
    """Plain numbers that stand for an operation; every one of them is valid.

    Attributes:
        row: the operation, counted modulo.
        x, y: its operands, counted backwards from the last number and modulo.
        constant_at: 0 or 1 when that operand is the constant instead, if there are two.
        constant: the constant.
        special: which edge of its row it is put on, counted modulo, where `decode` is asked for
            edges; any number puts it onto its kink, where it is asked for kinks; None: neither.
    """

    row: int
    x: int = 0
    y: int = 0
    constant_at: int | None = None
    constant: float = 1.0
    special: int | None = None


def rows(operations: Iterable[str | Op]) -> tuple[Op, ...]:
    """Rows of the table by their names, and rows as they are.

    Raises:
        ArgumentError: a name is not in the table, or there are none.
    """
    found = []
    for operation in operations:
        if not isinstance(operation, Op) and operation not in OPS:
            raise unknown_name("operation", operation, OPS)
        found.append(operation if isinstance(operation, Op) else OPS[operation])
    if not found:
        raise ArgumentError("no operations were given", hint='as in ["mul", "sin"]')
    return tuple(found)


def special_rows(operations: Iterable[Op], at: At) -> tuple[Op, ...]:
    """The rows that can be put where `at` says: onto a kink, or an edge; none if all is smooth.

    Raises:
        ArgumentError: no row can be put there, or there is no such `at`.
    """
    if at == "smooth":
        return ()
    if at not in ("kinks", "edges"):
        raise unknown_name("place", at, ["smooth", "kinks", "edges"])

    def having(ops: Iterable[Op]) -> tuple[Op, ...]:
        return tuple(op for op in ops if (op.kink if at == "kinks" else op.edges))

    found = having(operations)
    if not found:
        names = ", ".join(op.name for op in having(TABLE))
        raise ArgumentError(f"none of the operations has {at}", hint=f"these have: {names}")
    return found


def decode(
    inputs: Iterable[float],
    instructions: Iterable[Instruction],
    *,
    operations: Sequence[Op] = TABLE,
    at: At = "smooth",
    sum_unused: bool = False,
) -> Expression:
    """The expression that a list of instructions stands for; any list stands for one.

    Args:
        inputs: the numbers that the expression begins with.
        instructions: those that would leave their row's smooth domain, or make numbers or slopes
            beyond `LARGE`, are skipped.
        operations: the rows that instructions choose from.
        at: "smooth": everything has all derivatives. "kinks": the first instruction, and those
            that are special, are put onto a kink of their row: the operands are moved there by
            adding constants. "edges": likewise onto its edges, and nothing is skipped, so that
            infinities and nan spread.
        sum_unused: add up all results that no instruction uses; always so at kinks and edges,
            where the special ones shall not be lost.

    >>> print(decode([2.0], [Instruction(0), Instruction(1)], operations=rows(["mul", "sin"])))
    import microgradlab as mg
    x0 = mg.Value(2.0, label="x0")
    x1 = x0 * x0
    z = mg.sin(x1)
    """
    special = special_rows(operations, at)
    program = _Decoder(inputs, operations)
    for index, instruction in enumerate(instructions):
        choice = special if special and index == 0 else operations
        op = choice[instruction.row % len(choice)]
        wanted = op in special and (index == 0 or instruction.special is not None)
        if wanted and program.has_finite_numbers():
            program.append_special(op, instruction, at)
        else:
            operands = program.operands(op, instruction, range(len(program.numbers)))
            if at == "edges" or program.stays_moderate(op, operands):
                program.append(op, *operands)
    if sum_unused or special:
        program.sum_unused()
    return Expression(program.inputs, tuple(program.steps))


class _Decoder:
    """A program in the making, with its numbers at its own inputs."""

    def __init__(self, inputs: Iterable[float], operations: Iterable[Op]) -> None:
        self.inputs = tuple(inputs)
        self.rows = OPS | {op.name: op for op in operations}
        self.steps: list[Step] = []
        self.numbers = list(self.inputs)
        self.slopes = [1.0] * len(self.inputs)
        self.unused: set[int] = set()

    def operands(self, op: Op, instruction: Instruction, places: Sequence[int]) -> Operands:
        """The instruction's operands, of these places."""
        operands: list[int | float] = [
            places[-1 - back % len(places)] for back in (instruction.x, instruction.y)[: op.arity]
        ]
        if op.arity == 2 and instruction.constant_at is not None:
            operands[instruction.constant_at] = instruction.constant
            base, exponent = operands
            is_constant = type(base) is int and math.isfinite(exponent)
            if op.name == "pow" and is_constant and self.numbers[int(base)] <= 0.0:
                operands[1] = float(round(exponent))  # smooth, see is_smooth()
        return tuple(operands)

    def has_finite_numbers(self) -> bool:
        """Whether there is a number that can be moved."""
        return any(map(math.isfinite, self.numbers))

    def append(self, op: Op, *operands: int | float) -> int:
        """Adds a step, and returns its place."""
        value = ieee.value(op, *point(operands, self.numbers))
        self.slopes.append(self.slope(op, operands, value))
        self.numbers.append(value)
        self.steps.append(Step(op, operands))
        self.unused.difference_update(o for o in operands if type(o) is int)
        self.unused.add(len(self.numbers) - 1)
        return len(self.numbers) - 1

    def slope(self, op: Op, operands: Operands, value: float) -> float:
        """What bounds the derivative of the result by any number before it.

        It is the sum over the paths from that number of the products of their slopes. A number has
        slope 1 by itself, so a bound for all of them starts again wherever it falls below.
        """
        total = 0.0
        for place, partial in partials(op, operands, self.numbers, value):
            total += abs(partial) * self.slopes[place]
        return max(1.0, total)

    def stays_moderate(self, op: Op, operands: Operands) -> bool:
        """Whether the step is smooth, and its number and slope are not too large."""
        x, y = point(operands, self.numbers)
        if not is_smooth(op, x, y, constant_y=type(operands[-1]) is float):
            return False
        value = ieee.value(op, x, y)
        return abs(value) <= LARGE and self.slope(op, operands, value) <= LARGE

    def append_special(self, op: Op, instruction: Instruction, at: At) -> None:
        """Adds a step whose operands are moved onto the row's kink, or onto one of its edges."""
        finite = [place for place, number in enumerate(self.numbers) if math.isfinite(number)]
        operands = self.operands(op, instruction, finite)
        if at == "edges":
            targets = op.edges[(instruction.special or 0) % len(op.edges)]
        else:
            targets = _nearest_kink(op, *point(operands, self.numbers))
        self.append(op, *map(self.moved, operands, targets))

    def moved(self, operand: int | float, target: float) -> int | float:
        """The operand with another number: h becomes (h - its number) + target, which is exact."""
        if type(operand) is not int:
            return target
        number = self.numbers[operand]
        if repr(number) == repr(target):  # tells -0.0 from 0.0
            return operand
        zero = self.append(self.rows["sub"], operand, number)
        if target == 0.0:
            is_positive = math.copysign(1.0, target) > 0.0
            return zero if is_positive else self.append(self.rows["neg"], zero)
        return self.append(self.rows["add"], zero, target)

    def sum_unused(self) -> None:
        """Adds up all results that no step uses."""
        total, *rest = sorted(self.unused) or [0]
        for place in rest:
            total = self.append(self.rows["add"], total, place)


def is_smooth(op: Op, x: float, y: float | None, *, constant_y: bool) -> bool:
    """Whether the operation has all derivatives at a point.

    For powers the table asks for a positive base. Where the exponent is a constant whole number,
    as in x ** 2, they are smooth on every base (but 0, if it is negative).

    >>> is_smooth(OPS["pow"], -3.0, 2.0, constant_y=True)
    True
    """
    if op.name == "pow" and constant_y and y is not None and y.is_integer():
        return x != 0.0 or y >= 0.0
    return op.smooth == "all" or bool(ieee.FLOATS.expression(op.smooth)(x, y, None))


def _nearest_kink(op: Op, x: float, y: float | None) -> tuple[float, ...]:
    """Operands at a kink of the row: these if they are, else with another y, else another x.

    The other number is that of the other operand, or a constant of the condition, as in "x == 0.0".
    """
    assert op.kink is not None
    is_kink = ieee.FLOATS.expression(op.kink)
    others = [number for number in (x, y) if number is not None]
    for node in ast.walk(ast.parse(op.kink, mode="eval")):
        if isinstance(node, ast.Constant) and isinstance(node.value, float):
            others += [node.value, -node.value]
    pairs = [(x, y), *((x, other) for other in others), *((other, y) for other in others)]
    for a, b in pairs:
        if is_kink(a, b, None):
            return (a,) if b is None else (a, b)
    raise ArgumentError(
        f"no operands of {op.name} were found at its kink, {op.kink}",
        hint="write the condition with the numbers themselves, as in x == 0.0",
    )
