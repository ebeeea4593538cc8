"""Which numbers the statements of a kernel read and write, loop by loop. Floor 4."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np

from microgradlab.compiler.kernel import (
    Index,
    Map,
    Operand,
    Shape,
    Space,
    Statement,
    Steps,
    Sum,
    Table,
    Total,
)


@dataclass(frozen=True, slots=True, eq=False)
class Access:
    """What one statement, or one of `Steps`, reads and writes.

    Attributes:
        target: where it writes: slots, or for a `Total` totals.
        shape: the extents of the loops over the items.
        reads: the operands, each with the extents of its loops.
    """

    target: Index
    shape: Shape
    reads: tuple[tuple[Operand, Shape], ...]

    def slots(self) -> Iterator[tuple[Index, Shape]]:
        """Those of the operands that are slots."""
        for operand, nest in self.reads:
            if operand.space is Space.SLOT:
                yield operand.index, nest


def accesses(statement: Statement) -> Iterator[Access]:
    """One access, or one for each of `Steps`: what it writes is not read before the next."""
    match statement:
        case Map(x=x, y=y, out=out, shape=shape):
            yield _access(statement.target, shape, [(x, shape), (y, shape), (out, shape)])
        case Sum(start=start, x=x, y=y, shape=shape, terms=terms):
            nest = (*shape, terms)
            yield _access(statement.target, shape, [(start, shape), (x, nest), (y, nest)])
        case Total(x=x, y=y, shape=shape, terms=terms):
            nest = (*shape, terms)
            yield _access(statement.target, shape, [(x, nest), (y, nest)])
        case Steps():
            for _, target, *operands in statement.rows.tolist():
                slots = (Operand(Space.SLOT, Index(place)) for place in operands if place >= 0)
                yield _access(Index(target), (), [(slot, ()) for slot in slots])


def _access(target: Index, shape: Shape, operands: list[tuple[Operand | None, Shape]]) -> Access:
    reads = tuple((operand, nest) for operand, nest in operands if operand is not None)
    return Access(target, shape, reads)


def places(index: Index, shape: Shape) -> Table:
    """All places of an index, an array with the extents of its loop nest.

    >>> places(Index(3, (10, 1)), (2, 3))
    array([[ 3,  4,  5],
           [13, 14, 15]], dtype=int32)
    """
    if index.table is not None:
        return index.table
    result = np.full(shape, index.base, np.int32)
    for stride, counter in zip(
        index.strides, np.indices(shape, np.int32, sparse=True), strict=True
    ):
        result += stride * counter
    return result
