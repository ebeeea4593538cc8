"""Which statements share a nest of loops, and which slots then stay in registers. Floor 4."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from microgradlab.compiler.accesses import accesses, places
from microgradlab.compiler.kernel import (
    Index,
    Kernel,
    Map,
    Space,
    Statement,
    Steps,
    Sum,
    Table,
    Total,
)
from microgradlab.expressions import calls_in

_MOST = 64  # statements in a nest, so that the code of a tile stays short


@dataclass(frozen=True, slots=True)
class Nest:
    """Statements over the same items, computed item by item.

    Attributes:
        statements: in their order.
        stored: for each whether its slots are read outside of the nest.
    """

    statements: tuple[Map | Sum, ...]
    stored: tuple[bool, ...]


def fused(kernel: Kernel) -> list[Nest | Steps | Total]:
    """The statements of a kernel, neighbours put together where one nest of loops can serve them.

    A statement may read of those before it in its nest only what was written for the same item.
    """
    runs: list[list[Statement]] = []
    for statement in kernel.statements:
        if runs and len(runs[-1]) < _MOST and _joins(statement, runs[-1]):
            runs[-1].append(statement)
        else:
            runs.append([statement])
    last = _last_readers(kernel, runs)
    return [_part(run, number, last) for number, run in enumerate(runs)]


def _part(run: Sequence[Statement], number: int, last: Table) -> Nest | Steps | Total:
    if isinstance(run[0], (Steps, Total)):
        return run[0]
    nest = [statement for statement in run if isinstance(statement, (Map, Sum))]
    stored = (
        bool((last[places(statement.target, statement.shape)] > number).any()) for statement in nest
    )
    return Nest(tuple(nest), tuple(stored))


def _last_readers(kernel: Kernel, runs: Sequence[Sequence[Statement]]) -> Table:
    """For each slot the number of the last run that reads it; outputs are read behind all."""
    last = np.full(kernel.slots, -1, np.int32)
    for number, run in enumerate(runs):
        if isinstance(run[0], Steps):
            read = run[0].rows[:, 2:]
            last[read[read >= 0]] = number
            continue
        for access in (access for statement in run for access in accesses(statement)):
            for index, shape in access.slots():
                last[places(index, shape)] = number
    last[list(kernel.outputs)] = len(runs)
    return last


def _joins(statement: Statement, run: Sequence[Statement]) -> bool:
    """Whether a statement can be computed item by item, together with those of a run."""
    if not isinstance(statement, (Map, Sum)):
        return False
    shape = statement.shape
    nest = (*shape, statement.terms) if isinstance(statement, Sum) else shape
    names = ("x", "y", "out") if isinstance(statement, Map) else ("start",)
    slots = [
        (operand.index, name in names)
        for name in ("x", "y", "out", "start")
        if (operand := getattr(statement, name, None)) and operand.space is Space.SLOT
    ]
    reads = [(index, by_item, *index.span(shape if by_item else nest)) for index, by_item in slots]
    for other in run:
        if not isinstance(other, (Map, Sum)) or other.shape != shape:
            return False
        if isinstance(other, Sum) != isinstance(statement, Sum) and _calls(other, statement):
            return False
        start, stop = other.target.span(shape)
        for index, by_item, first, last in reads:
            overlaps = first <= stop and start <= last
            if overlaps and not (by_item and _is_same(index, other.target)):
                return False
    return True


def _calls(*statements: Statement) -> bool:
    """Whether a function is called: beside a sum's inner loop that costs it its registers."""
    return any(
        isinstance(statement, Map) and calls_in(statement.expression) for statement in statements
    )


def _is_same(index: Index, target: Index) -> bool:
    """Whether what is read for each item is what was written for it."""
    if index.table is not None or target.table is not None:
        return index.table is target.table
    return (index.base, index.strides) == (target.base, target.strides)
