"""Expressions over the table as data: run over Values or floats, printed as Python. Floor 7."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, NamedTuple, TypeAlias

from microgradlab import ieee
from microgradlab.errors import ArgumentError
from microgradlab.ops import OPS, Op
from microgradlab.value import Operand, Value, apply

Operands: TypeAlias = tuple[int | float, ...]

_OPERATORS = {"add": "+", "sub": "-", "mul": "*", "div": "/", "pow": "**"}


class Step(NamedTuple):
    """One operation of a program: an int is the place of an earlier number, a float a constant."""

    op: Op
    operands: Operands


@dataclass(frozen=True, repr=False, eq=False)  # place 1 and constant 1.0 are equal: compare repr()
class Expression:
    """A straight-line program: numbers, and steps that each compute one more; the last is returned.

    Args:
        inputs: the numbers at places 0, 1, ...; where the expression was made to be evaluated.
        steps: operations on earlier places and constants, of the table or of one's own.

    Raises:
        ArgumentError: there are no inputs, or a step does not fit its row or its place.

    >>> from math import pi
    >>> expression = Expression((0.5,), (Step(OPS["mul"], (0, pi)), Step(OPS["sin"], (1,))))
    >>> print(expression)
    import microgradlab as mg
    x0 = mg.Value(0.5, label="x0")
    x1 = x0 * 3.141592653589793
    z = mg.sin(x1)
    >>> expression(0.5), expression(Value(0.5))
    (1.0, Value(data=1.0, grad=0.0))
    """

    inputs: tuple[float, ...]
    steps: tuple[Step, ...]

    def __post_init__(self) -> None:
        if not self.inputs:
            raise ArgumentError("an expression needs an input", hint="give one number or more")
        for place, (op, operands) in enumerate(self.steps, start=len(self.inputs)):
            places = [operand for operand in operands if type(operand) is int]
            if len(operands) != op.arity or not places or not set(places) <= set(range(place)):
                raise ArgumentError(
                    f"the step at place {place} is {op.name}{operands!r}",
                    hint=f"{op.name} takes {op.arity} of the places 0 to {place - 1} and of "
                    "constants (floats), at least one of them a place",
                )

    def __len__(self) -> int:
        return len(self.inputs) + len(self.steps)

    def numbers(self, *inputs: Operand) -> list[Any]:
        """Every number of the program, by place: Values for Values, floats for floats."""
        if len(inputs) != len(self.inputs):
            raise ArgumentError(
                f"the expression takes {len(self.inputs)} inputs, not {len(inputs)}"
            )
        numbers: list[Any] = list(inputs)
        for op, operands in self.steps:
            point = [numbers[o] if type(o) is int else o for o in operands]
            if OPS.get(op.name) is op:
                numbers.append(Value.functions[op.name](*point))
            else:
                record = any(isinstance(number, Value) for number in point)
                numbers.append((apply if record else ieee.value)(op, *point))
        return numbers

    def over(self, functions: Mapping[str, Callable[..., Any]], *inputs: Any) -> Any:
        """The result over another engine's numbers.

        Args:
            functions: the operations by the names of their rows; each takes that engine's numbers
                and, for constants, floats, as its operands.
            inputs: that engine's numbers.

        >>> from fractions import Fraction
        >>> expression = Expression((0.5,), (Step(OPS["mul"], (0, 3.0)),))
        >>> expression.over({"mul": lambda x, y: x * Fraction(y)}, Fraction(1, 3))
        Fraction(1, 1)
        """
        numbers = list(inputs)
        for op, operands in self.steps:
            point = [numbers[o] if type(o) is int else o for o in operands]
            numbers.append(functions[op.name](*point))
        return numbers[-1]

    def __call__(self, *inputs: Operand) -> Any:
        return self.numbers(*inputs)[-1]

    def leaves(self) -> list[Value]:
        """The inputs as labelled leaves."""
        return [Value(number, label=f"x{place}") for place, number in enumerate(self.inputs)]

    def record(self) -> tuple[Value, list[Value]]:
        """The program as a graph of Values: its root, and its leaves."""
        leaves = self.leaves()
        return self(*leaves), leaves

    def derivatives(self, by: int) -> tuple[list[float], list[float]]:
        """The derivative of every number by the one at place `by`, forwards along the program.

        An oracle for backward passes: there is no order, no mark and no sharing to get wrong here.

        Returns:
            The derivatives by place, and for each the sum of the sizes of its terms, which bounds
            the rounding errors of a sum in any order.

        >>> Expression((3.0,), (Step(OPS["mul"], (0, 0)),)).derivatives(by=0)
        ([1.0, 6.0], [1.0, 6.0])
        """
        numbers = self.numbers(*self.inputs)
        tangents = [float(place == by) for place in range(len(self))]
        sizes = list(tangents)
        for place, (op, operands) in enumerate(self.steps, start=len(self.inputs)):
            for operand, partial in partials(op, operands, numbers, numbers[place]):
                if place != by:
                    tangents[place] += partial * tangents[operand]
                    sizes[place] += abs(partial) * sizes[operand]
        return tangents, sizes

    def _lines(self) -> Iterator[str]:
        """The right-hand side of each step."""
        for op, operands in self.steps:
            x, *y = [f"x{o}" if type(o) is int else repr(o) for o in operands]
            if OPS.get(op.name) is not op:
                yield f"mg.apply({_source(op)}, {', '.join([x, *y])})"
            elif op.name in _OPERATORS:
                left = f"({x})" if x.startswith("-") else x  # -2.0 ** x would be -(2.0 ** x)
                yield f"{left} {_OPERATORS[op.name]} {y[0]}"
            else:
                yield f"mg.{op.name}({', '.join([x, *y])})"

    def __str__(self) -> str:
        """Python that computes the same bits, and calls the result z."""
        lines = [
            f'x{place} = mg.Value({number!r}, label="x{place}")'
            for place, number in enumerate(self.inputs)
        ]
        for place, line in enumerate(self._lines(), start=len(self.inputs)):
            lines.append(f"{'z' if place == len(self) - 1 else f'x{place}'} = {line}")
        if not self.steps:
            lines.append(f"z = x{len(self) - 1}")
        code = "\n".join(lines)
        imports = "import dataclasses\n" if "dataclasses." in code else ""
        imports += "from math import inf, nan\n" if re.search(r"\b(inf|nan)\b", code) else ""
        return f"{imports}import microgradlab as mg\n{code}"

    def __repr__(self) -> str:
        """The expression itself as Python, for Hypothesis's `@example(...)`."""
        if not self.steps:
            return f"Expression({self.inputs!r}, ())"
        steps = "".join(
            f"\n    Step({_source(op)}, {operands!r}),  # x{place} = {line}"
            for place, ((op, operands), line) in enumerate(
                zip(self.steps, self._lines(), strict=True), start=len(self.inputs)
            )
        )
        return f"Expression({self.inputs!r}, ({steps}\n))"

    def _repr_pretty_(self, printer: Any, cycle: bool) -> None:  # noqa: ARG002  # protocol
        """The protocol of Hypothesis and IPython, which would print the fields of a data class."""
        first, *rest = repr(self).split("\n")
        printer.text(first)
        for line in rest:
            printer.break_()
            printer.text(line)


def _source(op: Op) -> str:
    """The row as Python: as it differs from the table's row of its name, if there is one."""
    row = OPS.get(op.name)
    columns = {column: getattr(op, column) for column in op.__slots__}
    changes = [f"{c}={entry!r}" for c, entry in columns.items() if entry != getattr(row, c, None)]
    if row is None:
        return f"mg.Op({', '.join(changes)})"
    known = f"mg.OPS[{op.name!r}]"
    return known if row is op else f"dataclasses.replace({', '.join([known, *changes])})"


def partials(
    op: Op, operands: Operands, numbers: Sequence[float], value: float
) -> Iterator[tuple[int, float]]:
    """The places among the operands, each with the local derivative by it."""
    x, y = point(operands, numbers)
    for operand, partial in zip(operands, ieee.partials(op, x, y, value), strict=False):
        if type(operand) is int and partial is not None:
            yield operand, partial


def point(operands: Operands, numbers: Sequence[float]) -> tuple[float, float | None]:
    """The numbers x and y; y is None where there is one operand."""
    x, *y = [numbers[o] if type(o) is int else float(o) for o in operands]
    return x, y[0] if y else None
