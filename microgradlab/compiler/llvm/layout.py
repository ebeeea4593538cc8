"""Where a kernel's numbers lie in memory. Floor 4.

Samples are computed in groups of two vector registers: each slot is a line of memory that holds the
numbers of a group's samples. The slots of a group stand one behind the other, the groups of a chunk
likewise. Whatever a sample computes is computed group by group; the totals, which need all samples,
chunk by chunk, so that they are gathered in registers and not in memory.
"""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import dataclass
from enum import Enum
from functools import cached_property

import numpy as np

from microgradlab.compiler.accesses import accesses, places
from microgradlab.compiler.kernel import (
    Index,
    Kernel,
    Operand,
    Shape,
    Space,
    Statement,
    Steps,
    Table,
    Total,
)
from microgradlab.compiler.llvm.machine import Machine

import os
RES = int(os.environ.get("RES", "25"))
_VECTORS = 2  # of a group: as many as hide an addition's latency, with a tile's items
_CHUNK = 16  # groups: enough for a total's sum over lanes, at the end of a chunk, to be no burden
_NUMBER, _PLACE = 8, 4  # bytes of a double, and of a table's entry


class Memory(Enum):
    """What is pointed to, and the parameter of all generated functions that does so."""

    SLOTS = "%slots"
    SHARED = "%shared"
    TOTALS = "%totals"
    TABLES = "%tables"


@dataclass(frozen=True, slots=True)
class Access:
    """How the numbers of an operand are reached in a nest of loops.

    Attributes:
        memory: where they are.
        base: the distance, in bytes, of the first from the memory's beginning.
        strides: in bytes, one for each loop.
        table: whether these lead to a table's entries, which are the numbers' places.
    """

    memory: Memory
    base: int
    strides: Shape
    table: bool = False

    @property
    def path(self) -> tuple[Memory, Shape]:
        """What is walked, and how: accesses with the same path share a pointer."""
        return (Memory.TABLES if self.table else self.memory), self.strides


@dataclass(frozen=True)
class Layout:
    """A kernel's numbers in the memory of a machine."""

    kernel: Kernel
    machine: Machine

    @cached_property
    def lanes(self) -> int:
        """Doubles per vector register; one where there are no samples that differ."""
        return self.machine.lanes if self.columns else 1

    @property
    def samples(self) -> int:
        """The number of samples in a group."""
        return self.lanes * _VECTORS if self.lanes > 1 else 1

    @property
    def columns(self) -> int:
        """The numbers in a sample's row: its inputs without the seed."""
        return self.kernel.inputs - (self.kernel.seed is not None)

    @property
    def line(self) -> int:
        """The bytes of a slot: one number for each sample of a group."""
        return self.samples * _NUMBER

    @property
    def group(self) -> int:
        """The bytes of a group. An odd number of lines: groups do not compete for cache sets."""
        lines = self.kernel.slots + (RES - self.kernel.slots) % 64
        return lines * self.line

    @property
    def chunk(self) -> int:
        """The number of groups in a chunk."""
        return _CHUNK if self.samples > 1 else 1

    @property
    def constants(self) -> int:
        """The place of the first constant, behind the parameters."""
        return padded(self.kernel.parameters)

    def unit(self, memory: Memory) -> int:
        """The bytes from one place to the next."""
        return self.line if memory is Memory.SLOTS else _NUMBER

    def operand(self, operand: Operand, shape: Shape) -> Access:
        """How an operand is reached in loops of these extents."""
        return self.access(_memory(operand), operand.index, shape)

    def access(self, memory: Memory, index: Index, shape: Shape) -> Access:
        """How the places of an index are reached in loops of these extents."""
        start = self._starts.get((memory, id(index), shape))
        if start is not None:
            strides = [_PLACE * math.prod(shape[axis:]) for axis in range(1, len(shape) + 1)]
            return Access(memory, _PLACE * start, tuple(strides), table=True)
        unit = self.unit(memory)
        base = int(self._moved(memory, np.array(index.base)))
        return Access(memory, unit * base, tuple(unit * stride for stride in index.strides))

    def start(self, table: Table) -> int:
        """Where the rows of `Steps` begin in the tables, in bytes."""
        return _PLACE * self._starts[Memory.TABLES, id(table), ()]

    @property
    def outputs(self) -> int:
        """Where the slots of the outputs begin in the tables, in bytes."""
        return _PLACE * (len(self.tables) - len(self.kernel.outputs))

    @property
    def tables(self) -> Table:
        """All tables, one behind the other; the slots of the outputs at the end."""
        return self._tables[1]

    @property
    def _starts(self) -> dict[tuple[Memory, int, Shape], int]:
        return self._tables[0]

    @cached_property
    def _tables(self) -> tuple[dict[tuple[Memory, int, Shape], int], Table]:
        starts: dict[tuple[Memory, int, Shape], int] = {}
        tables: list[Table] = []
        length = 0
        for key, table in self._find_tables():
            if key not in starts:
                starts[key] = length
                tables.append(table.ravel())
                length += table.size
        tables.append(np.array(self.kernel.outputs))
        return starts, np.concatenate(tables).astype(np.int32)

    def _find_tables(self) -> Iterator[tuple[tuple[Memory, int, Shape], Table]]:
        for statement in self.kernel.statements:
            if isinstance(statement, Steps):
                yield (Memory.TABLES, id(statement.rows), ()), statement.rows
                continue
            for memory, index, shape in _indices(statement):
                if index.table is not None or self._is_torn(memory, index, shape):
                    table = self._moved(memory, places(index, shape))
                    yield (memory, id(index), shape), table

    def _is_torn(self, memory: Memory, index: Index, shape: Shape) -> bool:
        """Whether an index reaches from the parameters into the constants, which lie apart."""
        if memory is not Memory.SHARED or self.constants == self.kernel.parameters:
            return False
        steps = [stride * (extent - 1) for stride, extent in zip(index.strides, shape, strict=True)]
        first = index.base + sum(step for step in steps if step < 0)
        last = index.base + sum(step for step in steps if step > 0)
        return first < self.kernel.parameters <= last

    def _moved(self, memory: Memory, places: Table) -> Table:
        """Places as they are in memory: constants lie behind a gap."""
        if memory is not Memory.SHARED:
            return places
        gap = self.constants - self.kernel.parameters
        return np.where(places < self.kernel.parameters, places, places + gap)


def padded(length: int) -> int:
    """A length, rounded up to a whole number of cache lines."""
    return -(-length // 8) * 8


def _memory(operand: Operand) -> Memory:
    return Memory.SLOTS if operand.space is Space.SLOT else Memory.SHARED


def _indices(statement: Statement) -> Iterator[tuple[Memory, Index, Shape]]:
    """The indices of a statement that is a loop, with what they lead to and their loops."""
    for access in accesses(statement):
        yield (
            Memory.TOTALS if isinstance(statement, Total) else Memory.SLOTS,
            access.target,
            access.shape,
        )
        for operand, shape in access.reads:
            yield _memory(operand), operand.index, shape
