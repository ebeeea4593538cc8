"""Programs without loops to recover: many tiny statements become a table of steps. Floor 4.

A statement costs time to compile, whatever its extent. Where there are hundreds that do almost
nothing, a table and one interpreter loop take their place.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace
from itertools import groupby, product

import numpy as np

from microgradlab.compiler.kernel import Index, Kernel, Map, Operand, Space, Statement, Steps, Sum
from microgradlab.compiler.program import ADD, COPY, MUL, NONE, Expressions

_TINY = 16  # terms of all items together
_MOST = 120  # tiny statements that are compiled as they are


def with_steps(kernel: Kernel) -> Kernel:
    """The kernel with its tiny statements as `Steps`, if there are many."""
    if sum(map(_is_tiny, kernel.statements)) <= _MOST:
        return kernel
    table = _Table(kernel)
    statements: list[Statement] = []
    for (tiny, backward), run in groupby(
        kernel.statements, lambda statement: (_is_tiny(statement), statement.backward)
    ):
        members = list(run)
        statements += [table.steps(members, backward)] if tiny else members
    return replace(kernel, slots=table.slots, statements=(*table.copies(), *statements))


def _is_tiny(statement: Statement) -> bool:
    if not isinstance(statement, (Map, Sum)):
        return False
    terms = statement.terms if isinstance(statement, Sum) else 1
    return int(np.prod(statement.shape)) * terms <= _TINY


class _Table:
    """Writes steps; shared numbers that they read are copied into slots first."""

    def __init__(self, kernel: Kernel) -> None:
        self.slots = kernel.slots
        self.shared: dict[int, int] = {}  # the slot of the copy, by place

    def steps(self, statements: Sequence[Statement], backward: bool) -> Steps:
        """A run of tiny statements."""
        expressions = Expressions()
        rows = [
            (expressions[source], *places)
            for statement in statements
            for source, *places in self._rows(statement)
        ]
        return Steps(expressions.sources, np.array(rows, np.int32), backward)

    def copies(self) -> list[Statement]:
        """The statement that copies the shared numbers."""
        if not self.shared:
            return []
        sources, targets = (
            Index(0, (), np.array(list(places), np.int32))
            for places in (self.shared.keys(), self.shared.values())
        )
        return [Map((len(self.shared),), COPY, targets, Operand(Space.SHARED, sources))]

    def _rows(self, statement: Statement) -> Iterator[tuple[str, int, int, int, int]]:
        """The steps of a statement: expression, target, x, y, out."""
        assert isinstance(statement, (Map, Sum))
        for item in product(*map(range, statement.shape)):
            target = statement.target.at(item)
            if isinstance(statement, Map):
                operands = (statement.x, statement.y, statement.out)
                x, y, out = (self._slot(operand, item) for operand in operands)
                yield statement.expression, target, x, y, out
            else:
                yield from self._sum(statement, item, target)

    def _sum(
        self, statement: Sum, item: tuple[int, ...], target: int
    ) -> Iterator[tuple[str, int, int, int, int]]:
        total = self._slot(statement.start, item)
        for term in range(statement.terms):
            value = self._slot(statement.x, (*item, term))
            is_last = term == statement.terms - 1
            if statement.y is not None:
                place = target if is_last and total == NONE else self._new()
                yield MUL, place, value, self._slot(statement.y, (*item, term)), NONE
                value = place
            if total == NONE:
                total = value
                continue
            place = target if is_last else self._new()
            yield ADD, place, total, value, NONE
            total = place

    def _slot(self, operand: Operand | None, at: tuple[int, ...]) -> int:
        if operand is None:
            return NONE
        place = operand.index.at(at)
        if operand.space is Space.SLOT:
            return place
        if place not in self.shared:
            self.shared[place] = self._new()
        return self.shared[place]

    def _new(self) -> int:
        self.slots += 1
        return self.slots - 1
