"""Where a kernel's numbers live in C: the inputs with the caller, the others in a buffer. Floor 4.

Slots that one operand reaches stay together, for its loop walks through them: they are a block. A
block has its place in the buffer from the first time it is written until the last time it is read;
then others take the place.
"""

from __future__ import annotations

from bisect import bisect_right
from dataclasses import dataclass

import numpy as np

from microgradlab.compiler.accesses import accesses, places
from microgradlab.compiler.kernel import Index, Kernel, Shape


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


class Buffer:
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
        self._moved = self._find_moved()
        self.length = self._placed()

    def where(self, slot: int) -> tuple[str, int]:
        """The array of a slot, `x` or `s`, and its place there."""
        block = self._block(slot)
        return ("x", slot) if block.offset is None else ("s", slot - block.first + block.offset)

    def copies(self) -> list[tuple[int, int, int]]:
        """Inputs that are copied to the buffer first: runs of slots, their places, how many."""
        runs: list[tuple[int, int, int]] = []
        for block in self._blocks:
            if block.first < self._inputs and block.offset is not None:
                slot, place = block.first, block.offset
                count = min(block.last + 1, self._inputs) - slot
                if runs:
                    first, start, before = runs[-1]
                    if (slot, place) == (first + before, start + before):
                        slot, place, count = first, start, before + count
                        runs.pop()
                runs.append((slot, place, count))
        return runs

    def _block(self, slot: int) -> Block:
        return self._blocks[bisect_right(self._starts, slot) - 1]

    def _reached(self, index: Index, nest: Shape) -> list[Block]:
        """The blocks of an index: one, but for a table."""
        return list(dict.fromkeys(self._block(first) for first, _ in _spans(index, nest)))

    def _joined(self, outputs: tuple[int, ...]) -> list[Block]:
        """The blocks, in the order of their slots: whatever overlaps is one."""
        spans = {(slot, slot) for slot in outputs}
        for access in self._accesses:
            spans.update(_spans(access.target, access.shape))
            spans.update(*(_spans(index, nest) for index, nest in access.slots()))
        blocks: list[Block] = []
        for first, last in sorted(spans):
            if blocks and first <= blocks[-1].last:
                blocks[-1].last = max(blocks[-1].last, last)
            else:
                born = -1 if first < self._inputs else len(self._accesses)
                blocks.append(Block(first, last, born))
        return blocks

    def _find_lifetimes(self, outputs: tuple[int, ...]) -> None:
        for time, access in enumerate(self._accesses):
            for block in self._reached(access.target, access.shape):
                block.born = min(block.born, time)
                block.dies = time
            for index, nest in access.slots():
                for block in self._reached(index, nest):
                    block.dies = time
        for slot in outputs:
            self._block(slot).dies = len(self._accesses)

    def _find_moved(self) -> set[Block]:
        """The blocks in the buffer; with inputs where a loop or a table goes on beyond these."""
        moved = {block for block in self._blocks if block.last >= self._inputs}
        tables = [
            set(self._reached(index, nest))
            for access in self._accesses
            for index, nest in access.slots()
            if index.table is not None
        ]
        mixed = tables
        while mixed:
            mixed = [blocks for blocks in tables if not moved.isdisjoint(blocks) and blocks - moved]
            moved = moved.union(*mixed)
        return moved

    def _placed(self) -> int:
        """Gives all blocks their places, the largest first; returns the length of the buffer."""
        groups = sorted(self._groups(), key=lambda group: -group[0].size)
        born = np.array([group[0].born for group in groups])
        dies = np.array([group[-1].dies for group in groups])
        taken: list[tuple[int, int]] = []  # from, to, by group
        for number, group in enumerate(groups):
            meets = (born[:number] <= dies[number]) & (dies[:number] >= born[number])
            neighbours = (taken[other] for other in np.flatnonzero(meets))
            start = _first_gap(group[0].size, sorted(neighbours))
            taken.append((start, start + group[0].size))
            for block in group:
                block.offset = start
        return max((end for _, end in taken), default=0)

    def _groups(self) -> list[list[Block]]:
        """Blocks that have one place, one after the other.

        A block takes the place of one that is read for the last time while it is written, where
        each item is read in the very iteration that overwrites it.
        """
        groups: list[list[Block]] = []
        dying: dict[int, list[list[Block]]] = {}
        for block in sorted(self._moved, key=lambda block: (block.born, block.first)):
            for group in dying.get(block.born, []):
                if self._can_follow(block, group[-1]):
                    group.append(block)
                    break
            else:
                group = [block]
                groups.append(group)
            dying.setdefault(block.dies, []).append(group)
        return groups

    def _can_follow(self, block: Block, other: Block) -> bool:
        if other.dies != block.born or other.size != block.size:
            return False
        access = self._accesses[block.born]
        written = places(access.target, access.shape) - block.first
        reads = (places(index, nest) for index, nest in access.slots())
        there = (read for read in reads if ((read >= other.first) & (read <= other.last)).any())
        return access.target.table is None and all(
            np.array_equal(read - other.first, written) for read in there
        )


def _spans(index: Index, nest: Shape) -> set[tuple[int, int]]:
    """The first and the last slot of an index; of a table, whose places may lie apart, of each."""
    if index.table is None:
        return {index.span(nest)}
    return {(slot, slot) for slot in index.table.ravel().tolist()}


def _first_gap(size: int, taken: list[tuple[int, int]]) -> int:
    start = 0
    for first, end in taken:
        if start + size <= first:
            break
        start = max(start, end)
    return start
