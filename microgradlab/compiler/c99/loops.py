"""A kernel's statements as loops in C. Floor 4.

The code reads `weights` (the shared numbers), `x` (the inputs), `s` (a buffer) and tables of places
`t0`, `t1`, ...; i and j count the items of a loop, k the terms of a sum.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence

import numpy as np

from microgradlab.compiler.c99.buffer import Buffer
from microgradlab.compiler.c99.expressions import Lowering
from microgradlab.compiler.description import sentences
from microgradlab.compiler.kernel import (
    Index,
    Kernel,
    Map,
    Operand,
    Space,
    Statement,
    Steps,
    Sum,
    Table,
)
from microgradlab.compiler.naming import names_of
from microgradlab.expressions import OPERANDS

_ASCII = (
    *(("Σ", "sum of"), ("·", "*"), ("×", "x"), ("σ", "sigmoid"), ("′", "'"), ("…", "...")),
    *(("≤", "<="), ("≥", ">="), ("≠", "!="), ("*/", "* /"), ("??", "? ?")),
)
_LARGEST_INT = 2**15 - 1  # on the smallest of machines

Counters = Sequence[str]


class Loops:
    """Writes what a kernel computes for one sample.

    Args:
        kernel: has neither a seed nor totals.
        buffer: the places of its slots.
        lowering: writes its expressions.

    Attributes:
        tables: places that follow no formula, each for the array `t` with its number.
    """

    def __init__(self, kernel: Kernel, buffer: Buffer, lowering: Lowering) -> None:
        self.tables: list[Table] = []
        self._kernel = kernel
        self._buffer = buffer
        self._lowering = lowering
        longest = max(kernel.slots, kernel.parameters + len(kernel.constants), len(kernel.outputs))
        self._integer = "int" if longest <= _LARGEST_INT else "long"

    def lines(self) -> list[str]:
        """The statements, from the inputs in `x` to the outputs in `y`."""
        names = names_of(self._kernel)
        lines: list[str] = []
        for slot, place, count in self._buffer.copies():
            lines += self._copied(("x", slot), ("s", place), count)
        for statement in self._kernel.statements:
            lines += [f"/* {comment(text)} */" for text in sentences(statement, names)]
            lines += self._statement(statement)
        return lines + self._results()

    def _statement(self, statement: Statement) -> list[str]:
        if isinstance(statement, Steps):
            return self._steps(statement)
        items = _counters("ij", statement.shape)
        target = self._at(Operand(Space.SLOT, statement.target), items)
        if isinstance(statement, Map):
            read = (statement.x, statement.y, statement.out)
            operands = {
                name: self._at(operand, items)
                for name, operand in zip(OPERANDS, read, strict=True)
                if operand is not None
            }
            lines = [f"{target} = {self._lowering.expression(statement.expression, operands)};"]
        else:
            assert isinstance(statement, Sum)
            lines = [*self._sum(statement, items), f"{target} = sum;"]
            if set(items) == {"0"}:
                lines = ["{", *_indented(lines), "}"]
        for counter, extent in reversed(list(zip("ij", statement.shape, strict=False))):
            lines = self._loop(counter, extent, lines)
        return lines

    def _sum(self, statement: Sum, items: Counters) -> list[str]:
        """The variable `sum`, term by term; -0.0 is what any first term can be added to."""
        real, terms = self._lowering.real, (*items, *_counters("k", (statement.terms,)))
        start = statement.start
        first = real.literal(-0.0) if start is None else self._at(start, items)
        factors = (factor for factor in (statement.x, statement.y) if factor is not None)
        product = " * ".join(self._at(factor, terms) for factor in factors)
        adding = self._loop("k", statement.terms, [f"sum += {product};"])
        return [f"{real.name} sum = {first};", *adding]

    def _steps(self, statement: Steps) -> list[str]:
        lines = []
        for number, target, *read in statement.rows.tolist():
            operands = {
                name: self._slot(place)
                for name, place in zip(OPERANDS, read, strict=True)
                if place >= 0
            }
            value = self._lowering.expression(statement.expressions[number], operands)
            lines.append(f"{self._slot(target)} = {value};")
        return lines

    def _results(self) -> list[str]:
        """The outputs, in a loop where they are neighbours."""
        outputs = self._kernel.outputs
        (array, first), count = self._buffer.where(outputs[0]), len(outputs)
        run = [(array, place) for place in range(first, first + count)]
        if [self._buffer.where(slot) for slot in outputs] == run:
            return self._copied((array, first), ("y", 0), count)
        return [f"y[{place}] = {self._slot(slot)};" for place, slot in enumerate(outputs)]

    def _copied(self, source: tuple[str, int], target: tuple[str, int], count: int) -> list[str]:
        """Neighbours of one array, from a place on, put into another."""
        counter = [(1, "i")] if count > 1 else []
        read, written = (f"{array}[{_affine(place, counter)}]" for array, place in (source, target))
        return self._loop("i", count, [f"{written} = {read};"])

    def _slot(self, place: int) -> str:
        return self._at(Operand(Space.SLOT, Index(place)), ())

    def _at(self, operand: Operand, counters: Counters) -> str:
        """An operand as an element of its array."""
        index, is_slot = operand.index, operand.space is Space.SLOT
        first = index.base if index.table is None else int(index.table.flat[0])
        array, base = self._buffer.where(first) if is_slot else ("weights", index.base)
        if index.table is not None:
            table = self._moved(index.table) if is_slot else index.table
            return f"{array}[{self._looked_up(table, counters)}]"
        terms = zip(index.strides, counters, strict=True)
        moving = [(stride, counter) for stride, counter in terms if stride and counter != "0"]
        return f"{array}[{_affine(base, moving)}]"

    def _moved(self, table: Table) -> Table:
        """The places in their array of a table of slots."""
        moved = [self._buffer.where(slot)[1] for slot in table.ravel().tolist()]
        return np.array(moved, np.int32).reshape(table.shape)

    def _looked_up(self, table: Table, counters: Counters) -> str:
        """An element of a table, without the axes along which all is the same."""
        for axis in reversed(range(table.ndim)):
            row = table.take([0], axis)
            if table.ndim > 1 and (table == row).all():
                table = row.squeeze(axis)
                counters = [*counters[:axis], *counters[axis + 1 :]]
        known = (number for number, one in enumerate(self.tables) if np.array_equal(one, table))
        number = next(known, len(self.tables))
        if number == len(self.tables):
            self.tables.append(table)
        return f"t{number}{''.join(f'[{counter}]' for counter in counters)}"

    def _loop(self, counter: str, extent: int, lines: list[str]) -> list[str]:
        """The lines in a loop, where there is more than one iteration."""
        if extent == 1:
            return lines
        head = f"for ({self._integer} {counter} = 0; {counter} < {extent}; {counter}++) {{"
        return [head, *_indented(lines), "}"]


def _counters(letters: str, shape: Iterable[int]) -> list[str]:
    """What counts the loops; there is none for one iteration, whose counter would be 0."""
    return ["0" if extent == 1 else letter for letter, extent in zip(letters, shape, strict=False)]


def _affine(base: int, terms: Sequence[tuple[int, str]]) -> str:
    """A sum of strides times counters, as `3 * i + 2`.

    >>> _affine(4, [(-1, "i"), (3, "k")])
    '3 * k + 4 - i'
    """
    ordered = sorted([*terms, (base, "")] if base else terms, key=lambda term: term[0] < 0)
    text = ""
    for factor, counter in ordered:
        parts = [str(abs(factor))] * (abs(factor) != 1 or not counter) + [counter] * bool(counter)
        text += (" - " if factor < 0 else " + ") + " * ".join(parts)
    return text.removeprefix(" + ") or "0"


def _indented(lines: Iterable[str]) -> list[str]:
    return [f"    {line}" for line in lines]


def comment(text: str) -> str:
    """A text of a description for the inside of a comment, in characters that any compiler has.

    >>> comment("z = Σ w · x")
    'z = sum of w * x'
    """
    for sign, ascii_sign in _ASCII:
        text = text.replace(sign, ascii_sign)
    return text.encode("ascii", "replace").decode()
