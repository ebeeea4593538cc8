"""Where a kernel's numbers lie in memory. Floor 4.

Samples are computed in groups of two vector registers. A slot holds the numbers of a chunk of
groups, one behind the other. Whatever a sample computes is computed group by group; the totals,
which need all samples, chunk by chunk, so that they are added up in registers and not in memory.
"""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import dataclass
from enum import Enum
from functools import cached_property
from typing import TypeAlias

import numpy as np

from microgradlab.compiler.accesses import accesses, places
from microgradlab.compiler.arrays import padded
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

_VECTORS = 2  # of a group: with a tile's items as many as hide the latency of an addition
_CHUNK = 16  # groups; with twice as many, or half, nets of all sizes are hardly faster or slower
_BLOCK = 4  # groups: what is written in the forward pass is in the cache still in the backward pass
_NUMBER, _PLACE = 8, 4  # bytes of a double, and of a table's entry


class Memory(Enum):
    """What is pointed to, and the parameter of all generated functions that does so."""

    SLOTS = "%slots"
    SHARED = "%shared"
    TOTALS = "%totals"
    TABLES = "%tables"


Path: TypeAlias = tuple[Memory, Shape]
"""What is walked, and the strides of the walk: routes with the same path share a pointer."""


@dataclass(frozen=True, slots=True)
class Route:
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
    def path(self) -> Path:
        """What is walked, and how."""
        return (Memory.TABLES if self.table else self.memory), self.strides


@dataclass(frozen=True)
class Layout:
    """A kernel's numbers in the memory of a machine."""

    kernel: Kernel
    machine: Machine

    @property
    def columns(self) -> int:
        """The numbers in a sample's row: its inputs without the seed."""
        return self.kernel.inputs - (self.kernel.seed is not None)

    @property
    def lanes(self) -> int:
        """Doubles per vector register; one where samples do not differ."""
        return self.machine.lanes if self.columns else 1

    @property
    def samples(self) -> int:
        """The number of samples in a group."""
        return self.lanes * _VECTORS if self.columns else 1

    @property
    def chunk(self) -> int:
        """The number of groups in a chunk."""
        return _CHUNK if self.columns else 1

    @property
    def block(self) -> int:
        """The number of groups for which all statements are computed, but for totals."""
        return min(_BLOCK, self.chunk)

    @property
    def line(self) -> int:
        """The bytes of a group in a slot."""
        return self.samples * _NUMBER

    @property
    def slot(self) -> int:
        """The bytes from slot to slot: an odd number of lines, to use all sets of the cache."""
        return (self.chunk | 1) * self.line

    @property
    def packed(self) -> int:
        """Where, behind all slots, a vector of numbers for each sample of a chunk finds room."""
        return self.kernel.slots * self.slot

    @property
    def scratch(self) -> int:
        """The bytes of all that a run writes for itself."""
        return self.packed + self.chunk * self.samples * self.line

    @property
    def constants(self) -> int:
        """The place of the first constant, behind the parameters."""
        return padded(self.kernel.parameters)

    def unit(self, memory: Memory) -> int:
        """The bytes from one place to the next."""
        return self.slot if memory is Memory.SLOTS else _NUMBER

    def operand(self, operand: Operand, shape: Shape) -> Route:
        """How an operand is reached in loops of these extents."""
        return self.route(_memory(operand), operand.index, shape)

    def route(self, memory: Memory, index: Index, shape: Shape) -> Route:
        """How the places of an index are reached in loops of these extents."""
        start = self._starts.get((memory, id(index), shape))
        if start is not None:
            strides = [_PLACE * math.prod(shape[axis:]) for axis in range(1, len(shape) + 1)]
            return Route(memory, _PLACE * start, tuple(strides), table=True)
        unit = self.unit(memory)
        base = int(self._moved(memory, np.array(index.base)))
        return Route(memory, unit * base, tuple(unit * stride for stride in index.strides))

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
        tables.append(np.array(self.kernel.outputs, np.int32))
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
        first, last = index.span(shape)
        return first < self.kernel.parameters <= last

    def _moved(self, memory: Memory, places: Table) -> Table:
        """Places as they are in memory: constants lie behind a gap."""
        if memory is not Memory.SHARED:
            return places
        gap = self.constants - self.kernel.parameters
        return np.where(places < self.kernel.parameters, places, places + gap)


def _memory(operand: Operand) -> Memory:
    return Memory.SLOTS if operand.space is Space.SLOT else Memory.SHARED


def _indices(statement: Statement) -> Iterator[tuple[Memory, Index, Shape]]:
    """The indices of a statement that is a loop, with what they lead to and their loops."""
    target = Memory.TOTALS if isinstance(statement, Total) else Memory.SLOTS
    for access in accesses(statement):
        yield target, access.target, access.shape
        for operand, shape in access.reads:
            yield _memory(operand), operand.index, shape
