"""A flat program: operations in single-assignment form, as arrays. Floor 4.

Every number has an id: the parameters first, then the inputs, the constants, and the operations in
an order in which operands come first. An operation is an expression of the table, applied to up to
three earlier numbers, its x, y and out.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from typing import TypeAlias

import numpy as np
from numpy.typing import NDArray

Ids: TypeAlias = NDArray[np.int32]

NONE = -1
"""The id of an operand that is not there."""

ADD, MUL, NEG, COPY = "x + y", "x * y", "-x", "x"
"""The expressions that derivatives and loops are made of."""

_MIXERS = (0x9E3779B97F4A7C15, 0xC2B2AE3D27D4EB4F, 0x165667B19E3779F9, 0x27D4EB2F165667C5)
_MAX_ROUNDS = 8  # of merging; what is still computed twice then costs time, but is not wrong


@dataclass(frozen=True, eq=False)
class Operations:
    """Operations in a row.

    Attributes:
        code: for each operation the number of its expression.
        x, y, out: the ids of its operands, `NONE` where the expression does not name it.
    """

    code: Ids
    x: Ids
    y: Ids
    out: Ids

    @property
    def columns(self) -> tuple[Ids, Ids, Ids, Ids]:
        """All columns."""
        return self.code, self.x, self.y, self.out

    def __len__(self) -> int:
        return len(self.code)

    def __add__(self, other: Operations) -> Operations:
        pairs = zip(self.columns, other.columns, strict=True)
        return Operations(*(np.concatenate(pair) for pair in pairs))


@dataclass(frozen=True, eq=False)
class Program:
    """What is computed for one sample.

    Attributes:
        parameters: the number of parameters, shared by all samples.
        inputs: the number of inputs of a sample.
        constants: the constants.
        expressions: the distinct expressions of the operations.
        operations: in an order in which operands come first.
        outputs: the ids of the results.
        forward: the number of operations that belong to the forward pass; they come first.
        gradients: ids by parameter: the derivative of the first output; `NONE` where it is 0.
            Empty for a program without derivatives by parameters.
        names: of the parameters, then of the inputs; there may be none.
    """

    parameters: int
    inputs: int
    constants: tuple[float, ...]
    expressions: tuple[str, ...]
    operations: Operations
    outputs: tuple[int, ...]
    forward: int
    gradients: Ids
    names: tuple[str, ...] = ()

    @property
    def leaves(self) -> int:
        """The number of parameters, inputs and constants: the id of the first operation."""
        return self.parameters + self.inputs + len(self.constants)

    def __len__(self) -> int:
        return len(self.operations)

    @cached_property
    def uses(self) -> NDArray[np.int64]:
        """How often each number is an operand or a result."""
        used = (*self.operations.columns[1:], self.gradients, np.array(self.outputs, np.int32))
        ids = np.concatenate(used)
        return np.bincount(ids[ids != NONE], minlength=self.leaves + len(self))

    def with_room(self, first: int, count: int) -> Program:
        """The program with ids from `first` on moved up, for further leaves."""

        def moved(ids: Ids) -> Ids:
            return ids + count * (ids >= first).astype(np.int32)

        code, *operands = self.operations.columns
        return replace(
            self,
            operations=Operations(code, *map(moved, operands)),
            outputs=tuple(moved(np.array(self.outputs, np.int32)).tolist()),
            gradients=moved(self.gradients),
        )

    def evaluates(self, expression: str) -> NDArray[np.bool_]:
        """Whether operations evaluate an expression."""
        if expression not in self.expressions:
            return np.zeros(len(self), np.bool_)
        found: NDArray[np.bool_] = self.operations.code == self.expressions.index(expression)
        return found

    def is_shared(self, ids: Ids) -> NDArray[np.bool_]:
        """Whether numbers are the same for all samples by their kind: parameters and constants."""
        first, last = self.parameters + self.inputs, self.leaves
        found: NDArray[np.bool_] = ids < self.parameters
        if first < last:
            found = found | ((ids >= first) & (ids < last))
        return found


def merged(program: Program) -> Program:
    """The program with each operation on the same operands computed once.

    The derivative of a program whose common parts were merged before would add the same terms in
    another order; so programs are differentiated first, and merged then.
    """
    for _ in range(_MAX_ROUNDS):
        representative = _representatives(program)
        if representative is None:
            break
        program = _compacted(program, representative)
    return program


def _representatives(program: Program) -> Ids | None:
    """For each operation the first one that computes the same; None if all differ."""
    columns = program.operations.columns
    key = np.zeros(len(program), np.uint64)
    for column, mixer in zip(columns, _MIXERS, strict=True):
        key = (key ^ (key >> np.uint64(29))) * np.uint64(0xBF58476D1CE4E5B9)
        key += column.astype(np.uint64) * np.uint64(mixer)
    order = np.argsort(key)
    same = np.zeros(len(program), np.bool_)  # as the one before, in that order
    same[1:] = key[order[1:]] == key[order[:-1]]
    for column in columns:  # equal keys of different operations are possible, if improbable
        same[1:] &= column[order[1:]] == column[order[:-1]]
    if not same.any():
        return None
    starts = np.flatnonzero(~same)
    sizes = np.diff([*starts, len(program)])
    found = np.empty(len(program), np.int32)
    found[order] = np.repeat(np.minimum.reduceat(order, starts), sizes)
    return found


def _compacted(program: Program, representative: Ids) -> Program:
    """The program without the operations that are represented by others."""
    leaves, kept = program.leaves, representative == np.arange(len(program))
    code, *operands = program.operations.columns
    places = np.cumsum(kept, dtype=np.int32) - 1
    new = np.empty(leaves + len(program) + 1, np.int32)  # by old id; the last for NONE, which is -1
    new[:leaves] = np.arange(leaves)
    new[leaves:-1] = leaves + places[representative]
    new[-1] = NONE
    return replace(
        program,
        operations=Operations(code[kept], *(new[column[kept]] for column in operands)),
        outputs=tuple(int(new[output]) for output in program.outputs),
        forward=int(np.count_nonzero(kept[: program.forward])),
        gradients=new[program.gradients],
    )


class Expressions:
    """Numbers for expressions, in the order in which they are first met.

    >>> expressions = Expressions()
    >>> expressions["x + y"], expressions["x * y"], expressions["x + y"]
    (0, 1, 0)
    """

    def __init__(self, known: Sequence[str] = ()) -> None:
        self._numbers: dict[str, int] = {source: number for number, source in enumerate(known)}

    def __getitem__(self, source: str) -> int:
        return self._numbers.setdefault(source, len(self._numbers))

    @property
    def sources(self) -> tuple[str, ...]:
        """The expressions by number."""
        return tuple(self._numbers)
