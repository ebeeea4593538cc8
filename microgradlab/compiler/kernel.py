"""A program as loops: the compiler's middle, between recorded graphs and machine code. Floor 4.

A kernel computes the same for every sample. Its numbers live in two places:

- slots: one number per sample; the inputs come first, and each statement writes slots of its own;
- shared: numbers that are the same for all samples: the parameters, then the constants.

Each statement is a loop, or a nest of loops, over an expression of the operations' table. What a
statement means is said, in plain Python, by `interpreter.py`.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum
from operator import mul
from typing import TypeAlias

import numpy as np
from numpy.typing import NDArray

Table: TypeAlias = NDArray[np.int32]
Shape: TypeAlias = tuple[int, ...]


class Space(Enum):
    """Where an operand lives."""

    SLOT = "slot"
    SHARED = "shared"


@dataclass(frozen=True, slots=True, eq=False)
class Index:
    """A place for each iteration of a loop nest: base + Σ stride * counter, or a table's entry.

    Attributes:
        base: the place at the first iteration; 0 with a table.
        strides: one for each axis of the loop nest, outermost first.
        table: the places instead, an array with the loop nest's extents.
    """

    base: int
    strides: Shape = ()
    table: Table | None = None

    def at(self, counters: Shape) -> int:
        """The place at one iteration.

        >>> Index(3, (10, 1)).at((2, 4))
        27
        """
        if self.table is not None:
            return int(self.table[counters])
        place: int = self.base + sum(map(mul, self.strides, counters))
        return place

    def span(self, shape: Shape) -> tuple[int, int]:
        """The least and the largest place over loops of these extents.

        >>> Index(10, (-5, 1)).span((3, 4))
        (0, 13)
        """
        if self.table is not None:
            return int(self.table.min()), int(self.table.max())
        reaches = [
            stride * (extent - 1) for stride, extent in zip(self.strides, shape, strict=True)
        ]
        least = self.base + sum(reach for reach in reaches if reach < 0)
        return least, self.base + sum(reach for reach in reaches if reach > 0)


@dataclass(frozen=True, slots=True, eq=False)
class Operand:
    """What a statement reads: a place in the slots or in the shared numbers."""

    space: Space
    index: Index


@dataclass(frozen=True, slots=True, eq=False)
class Map:
    """For each item: slot[target] = expression(x, y, out).

    Attributes:
        shape: the extents of the loops over the items, one or two.
        expression: an expression of the table, such as "1.0 - out * out".
        target: the slots that are written.
        x, y, out: the operands that the expression names; None for others.
        backward: whether it belongs to the backward pass.
    """

    shape: Shape
    expression: str
    target: Index
    x: Operand | None = None
    y: Operand | None = None
    out: Operand | None = None
    backward: bool = False


@dataclass(frozen=True, slots=True, eq=False)
class Sum:
    """For each item: slot[target] = start + Σ x * y, added in the order of the terms.

    Attributes:
        shape: the extents of the loops over the items, one or two.
        terms: the number of terms, the innermost loop.
        target: the slots that are written; over the items alone.
        start: what the sum begins with, over the items alone; None: with the first term.
        x: the left factors, over items and terms; shared where only one factor is.
        y: the right factors; None where the terms are x alone.
        backward: whether it belongs to the backward pass.
    """

    shape: Shape
    terms: int
    target: Index
    start: Operand | None
    x: Operand
    y: Operand | None
    backward: bool = False


@dataclass(frozen=True, slots=True, eq=False)
class Total:
    """For each item: totals[target] += Σ over samples of (Σ x * y over the terms).

    The inner sum is that of `Sum`. The order of the samples is not specified, and it is the only
    thing that is not. Samples that only fill up a vector have the seed 0 and add 0.

    Attributes:
        shape: the extents of the loops over the items, one or two.
        terms: the number of terms; 1 for a plain product.
        target: the totals that are written, over the items alone: a parameter's gradient is at the
            parameter's place, the cost behind them.
        x, y: as for `Sum`.
    """

    shape: Shape
    terms: int
    target: Index
    x: Operand
    y: Operand | None
    backward: bool = True


@dataclass(frozen=True, slots=True, eq=False)
class Steps:
    """Operations too irregular for loops, one after the other: a table and an interpreter loop.

    Attributes:
        expressions: the distinct expressions.
        rows: an array with one row per step: the expression's number, the target slot, and the
            slots of x, y and out (-1 where there is none).
        backward: whether they belong to the backward pass.
    """

    expressions: tuple[str, ...]
    rows: Table
    backward: bool = False


Statement: TypeAlias = Map | Sum | Total | Steps


@dataclass(frozen=True, eq=False)
class Kernel:
    """What is computed for each sample, as loops.

    Attributes:
        inputs: the number of inputs: slots 0, 1, ..., filled for each sample.
        slots: the number of slots.
        parameters: the number of shared numbers that may change from run to run.
        constants: the shared numbers behind the parameters.
        statements: in an order in which each finds what it reads; all `Total`s at the end.
        outputs: the slots that are results, a sample at a time.
        totals: the length of the array that `Total`s add to.
        seed: the input that is the weight of a sample in the totals: 1 / n in a batch of n, and 0
            for samples that only fill up; the last input. None where nothing is totalled.
        slot_names: of the inputs, for descriptions, such as "target"; "" and () for none.
        shared_names: of the parameters, such as "layers.0.bias"; likewise.
    """

    inputs: int
    slots: int
    parameters: int
    constants: tuple[float, ...]
    statements: tuple[Statement, ...]
    outputs: tuple[int, ...]
    totals: int = 0
    seed: int | None = None
    slot_names: tuple[str, ...] = ()
    shared_names: tuple[str, ...] = ()
