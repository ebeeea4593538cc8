"""Where a kernel's numbers live in C: the inputs with the caller, the others in a buffer. Floor 4.

Slots that one operand reaches stay together, for its loop walks through them: they are a block. A
block has its place in the buffer from the first time it is written until the last time it is read;
then others take the place.
"""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np

from microgradlab.compiler.accesses import Access, accesses, places
from microgradlab.compiler.kernel import Index, Kernel, Shape, Space


@dataclass(slots=True, eq=False)
class Block:
    """Neighbouring slots that stay together.

    Attributes:
        first, last: the slots.
        born: the number of the access that first writes it; -1 where inputs are part of it.
        dies: the number of the access that last reads it.
        offset: its place in the buffer; None for inputs alone, which are read where they are.
    """

    first: int
    last: int
    born: int
    dies: int = -1
    offset: int | None = None

    @property
    def size(self) -> int:
        return self.last - self.first + 1


class Memory:
    """The places of a kernel's slots.

    Args:
        kernel: has neither a seed nor totals.

    Attributes:
        length: how many numbers the buffer holds.
    """

    def __init__(self, kernel: Kernel) -> None:
        self._inputs = kernel.inputs
        self._accesses = [access for one in kernel.statements for access in accesses(one)]
        self._blocks = self._joined(kernel.outputs)
        self._starts = [block.first for block in self._blocks]
        self._find_lifetimes(kernel.outputs)
        self.length = self._placed()

    def where(self, slot: int) -> tuple[str, int]:
        """The array of a slot, `x` or `s`, and what its block's places there differ by."""
        block = self._block(slot)
        return ("x", 0) if block.offset is None else ("s", block.offset - block.first)

    def copies(self) -> Iterator[tuple[int, int, int]]:
        """Inputs that are moved to the buffer first: their slot, their place, their count."""
        for block in self._blocks:
            if block.first < self._inputs and block.offset is not None:
                yield block.first, block.offset, self._inputs - block.first

    def _block(self, slot: int) -> Block:
        return self._blocks[bisect_right(self._starts, slot) - 1]

    def _joined(self, outputs: tuple[int, ...]) -> list[Block]:
        """The blocks, in the order of their slots: whatever overlaps is one."""
        spans = [(slot, slot) for slot in outputs]
        for access in self._accesses:
            spans.append(_span(access.target, access.shape))
            reads = [(read.index, nest) for read, nest in access.reads if read.space is Space.SLOT]
            spans += [_span(index, nest) for index, nest in reads]
        blocks: list[Block] = []
        for first, last in sorted(spans):
            if blocks and first <= blocks[-1].last:
                blocks[-1].last = max(blocks[-1].last, last)
            else:
                blocks.append(Block(first, last, born=-1 if first < self._inputs else len(spans)))
        return blocks

    def _find_lifetimes(self, outputs: tuple[int, ...]) -> None:
        for time, access in enumerate(self._accesses):
            written = self._block(_span(access.target, access.shape)[0])
            written.born = min(written.born, time)
            written.dies = time
            for read, nest in access.reads:
                if read.space is Space.SLOT:
                    self._block(_span(read.index, nest)[0]).dies = time
        for slot in outputs:
            self._block(slot).dies = len(self._accesses)

    def _placed(self) -> int:
        """Gives each block the lowest place that is free; returns the length of the buffer."""
        length = 0
        alive: list[Block] = []
        moved = [block for block in self._blocks if block.last >= self._inputs]
        for block in sorted(moved, key=lambda block: block.born):
            alive = [other for other in alive if other.dies >= block.born]
            block.offset = self._inherited(block, alive)
            if block.offset is None:
                block.offset = _first_gap(block.size, alive)
            alive.append(block)
            length = max(length, block.offset + block.size)
        return length

    def _inherited(self, block: Block, alive: list[Block]) -> int | None:
        """The place of a block that is read for the last time while this one is written.

        Each item must be read in the very iteration that overwrites it.
        """
        if block.born < 0:
            return None
        access = self._accesses[block.born]
        written = places(access.target, access.shape) - block.first
        for other in alive:
            if (other.dies, other.size) == (block.born, block.size) and all(
                np.array_equal(read - other.first, written) for read in self._reads(access, other)
            ):
                return other.offset
        return None

    def _reads(self, access: Access, block: Block) -> Iterator[np.ndarray]:
        for operand, nest in access.reads:
            if operand.space is Space.SLOT:
                found = places(operand.index, nest)
                if self._block(int(found.flat[0])) is block:
                    yield found


def _span(index: Index, nest: Shape) -> tuple[int, int]:
    found = places(index, nest)
    return int(found.min()), int(found.max())


def _first_gap(size: int, alive: list[Block]) -> int:
    start = 0
    for other in sorted(alive, key=lambda block: block.offset or 0):
        assert other.offset is not None
        if start + size <= other.offset:
            break
        start = max(start, other.offset + other.size)
    return start
