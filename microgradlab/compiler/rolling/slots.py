"""Where each number of a program lives, and the statements that this makes of groups. Floor 4."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from microgradlab.compiler.kernel import (
    Index,
    Map,
    Operand,
    Shape,
    Space,
    Statement,
    Steps,
    Sum,
    Total,
)
from microgradlab.compiler.program import COPY, NONE, Ids, Program
from microgradlab.compiler.rolling.chains import Chains
from microgradlab.compiler.rolling.indices import Places, index_of, runs, shape_of
from microgradlab.compiler.rolling.totals import Totals
from microgradlab.expressions import OPERANDS

_MOST_RUNS = 4  # pieces that a group is cut into before its places become tables
_SHORTEST_RUN = 2  # items of such a piece, on average
_REPEATS = 4  # reads of a number, on average, that make it worth a copy into a regular place


class Slots:
    """Gives out slots, statement by statement.

    Attributes:
        count: the number of slots so far.
    """

    def __init__(self, program: Program) -> None:
        self.program = program
        self.count = program.inputs
        self._boundary = program.leaves + program.forward
        parameters, inputs = program.parameters, program.inputs
        self._place = np.full(program.leaves + len(program), NONE, np.int64)
        self._place[:parameters] = np.arange(parameters)
        self._place[parameters : parameters + inputs] = np.arange(inputs)
        constants = np.arange(len(program.constants))
        self._place[parameters + inputs : program.leaves] = parameters + constants
        self._copy = np.full(program.leaves + len(program), NONE, np.int64)  # a slot, for steps

    def slot(self, number: int) -> int:
        """The slot of a number."""
        return int(self._place[number])

    def copies(self, ids: Ids) -> list[Statement]:
        """Copies of the shared numbers that steps read, which have slots as operands alone.

        Args:
            ids: of the operations that become steps.
        """
        read = np.unique(self._operands(ids))
        read = read[self.program.is_shared(read) & (read != NONE) & (self._copy[read] == NONE)]
        if not len(read):
            return []
        source, shape = self._operand(read), (len(read),)
        self._copy[read] = self.count + np.arange(len(read))
        self.count += len(read)
        return [Map(shape, COPY, index_of(self._copy[read]), source)]

    def steps(self, ids: Ids) -> Steps:
        """The statement of operations one after the other, in ascending order; they get slots."""
        program = self.program
        self._target(ids, (len(ids),))
        used, code = np.unique(program.operations.code[ids - program.leaves], return_inverse=True)
        operands = self._operands(ids)
        copies = self._copy[operands]
        places = np.where(copies != NONE, copies, self._place[operands])
        places[operands == NONE] = NONE
        rows = np.column_stack([code, self._place[ids], *places]).astype(np.int32)
        expressions = tuple(program.expressions[each] for each in used.tolist())
        return Steps(expressions, rows, backward=bool(ids[0] >= self._boundary))

    def _operands(self, ids: Ids) -> Ids:
        """The ids of the x, y and out of operations, a row each."""
        columns = self.program.operations.columns[1:]
        return np.stack([column[ids - self.program.leaves] for column in columns])

    def maps(self, ids: Ids) -> list[Statement]:
        """The statements of a group of operations, which get their slots."""
        program, found = self.program, list[Statement]()
        code, *operands = (column[ids - program.leaves] for column in program.operations.columns)
        named = zip(OPERANDS, operands, strict=True)
        columns = {name: column for name, column in named if column[0] != NONE}
        expression = program.expressions[code[0]]
        places = [self._place[column] for column in columns.values()]
        for members, shape in _parts(places, len(ids)):
            reads: dict[str, Any] = {
                name: self._operand(column[members].reshape(shape))
                for name, column in columns.items()
            }
            target = self._target(ids[members], shape)
            backward = bool(ids[0] >= self._boundary)
            found.append(Map(shape, expression, target, backward=backward, **reads))
        return found

    def sums(self, chains: Chains, numbers: Ids) -> list[Statement]:
        """The statements of a group of sums, which get their slots."""
        found: list[Statement] = []
        last, start = chains.last[numbers], chains.start[numbers]
        terms = chains.first[numbers][:, None] + np.arange(chains.count[numbers[0]])
        x, y = (factor[terms] for factor in chains.factors)
        begins = start[0] != NONE
        places = [self._place[x[:, 0]]]
        places += [self._place[column] for column in (y[:, 0], start) if column[0] != NONE]
        for members, shape in _parts(places, len(numbers)):
            found.append(
                Sum(
                    shape=shape,
                    terms=terms.shape[1],
                    x=self._factor(x[members], shape, found),
                    y=self._factor(y[members], shape, found) if y[0, 0] != NONE else None,
                    start=self._operand(start[members].reshape(shape)) if begins else None,
                    target=self._target(last[members], shape),
                    backward=bool(last[0] >= self._boundary),
                )
            )
        return found

    def totals(self, totals: Totals, levels: NDArray[np.int32], cost: int) -> list[Statement]:
        """The statements of the gradients by parameters, and that of the cost."""
        found: list[Statement] = []
        for targets, x, y in totals.groups(levels):
            places = [targets.astype(np.int64), self._place[x[:, 0]]]
            if y[0, 0] != NONE:
                places.append(self._place[y[:, 0]])
            for members, shape in _parts(places, len(targets)):
                found.append(
                    Total(
                        shape=shape,
                        terms=x.shape[1],
                        target=index_of(places[0][members].reshape(shape)),
                        x=self._factor(x[members], shape, found),
                        y=self._factor(y[members], shape, found) if y[0, 0] != NONE else None,
                    )
                )
        result, seed = (
            Operand(Space.SLOT, Index(slot, (0, 0))) for slot in (cost, self.program.inputs - 1)
        )
        found.append(Total((1,), 1, Index(self.program.parameters, (0,)), result, seed))
        return sorted(found, key=lambda statement: isinstance(statement, Total))

    def outputs(self, numbers: Sequence[int]) -> list[Statement]:
        """What it takes for results to have slots: copies of those that are shared numbers."""
        distinct = np.unique(np.array(numbers, np.int32))
        ids = distinct[self.program.is_shared(distinct)]
        if not len(ids):
            return []
        source = self._operand(ids)
        return [Map((len(ids),), COPY, self._target(ids, (len(ids),)), source)]

    def _factor(self, ids: Ids, shape: Shape, statements: list[Statement]) -> Operand:
        """A factor of a sum's terms; what is read often, from irregular slots, is copied first."""
        ids = ids.reshape(*shape, -1)
        operand = self._operand(ids)
        if operand.space is Space.SHARED or operand.index.table is None:
            return operand
        distinct, first = np.unique(ids, return_index=True)
        if len(distinct) * _REPEATS > ids.size:
            return operand
        ordered = distinct[np.argsort(first)]
        source, backward = self._operand(ordered), bool(distinct[-1] >= self._boundary)
        target = self._target(ordered, (len(ordered),))  # from now on they are read there
        statements.append(Map((len(ordered),), COPY, target, source, backward=backward))
        return self._operand(ids)

    def _operand(self, ids: Ids) -> Operand:
        """The operand that reads these numbers, one for each iteration."""
        shared = bool(self.program.is_shared(ids.flat[:1])[0])
        return Operand(Space.SHARED if shared else Space.SLOT, index_of(self._place[ids]))

    def _target(self, ids: Ids, shape: Shape) -> Index:
        """Further slots, for these numbers."""
        self._place[ids] = self.count + np.arange(len(ids))
        self.count += len(ids)
        return index_of(self._place[ids].reshape(shape))


def _parts(columns: Sequence[Places], count: int) -> list[tuple[NDArray[np.int64], Shape]]:
    """The items in an order that makes columns regular, in one piece or a few, with its shape.

    The pieces are a few where the whole is not regular and they are.
    """
    if not columns or count == 1:
        return [(np.arange(count), (count,))]
    order = np.lexsort(list(columns)[::-1])
    ordered = [column[order] for column in columns]
    shape = shape_of(ordered)
    pieces = runs(ordered) if len(shape) == 1 else []
    if not (1 < len(pieces) <= _MOST_RUNS and count >= _SHORTEST_RUN * len(pieces)):
        return [(order, shape)]
    return [(order[piece], (piece.stop - piece.start,)) for piece in pieces]
