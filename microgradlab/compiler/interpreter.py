"""What a kernel means, in plain Python: the specification of the compiled code. Floor 4.

`run` is to be read and to be compared with; it is as slow as it is plain. Compiled code computes
the same numbers to the last bit, but for the sums over samples, whose order is left open.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import product
from typing import TypeAlias

import numpy as np
from numpy.typing import NDArray

from microgradlab.compiler.accesses import Access, accesses, places
from microgradlab.compiler.kernel import (
    Index,
    Kernel,
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
from microgradlab.errors import ArgumentError
from microgradlab.expressions import OPERANDS, names_in
from microgradlab.ieee import FLOATS

Flags: TypeAlias = NDArray[np.bool_]


@dataclass(frozen=True, slots=True)
class Result:
    """What a kernel has computed.

    Attributes:
        outputs: for each sample the kernel's outputs.
        totals: the sums over all samples.
        slots: for each sample all of its numbers.
    """

    outputs: list[list[float]]
    totals: list[float]
    slots: list[list[float]]


def run(
    kernel: Kernel,
    parameters: Sequence[float],
    rows: Iterable[Sequence[float]],
    *,
    seed: float | None = None,
) -> Result:
    """Computes a kernel for some samples, one after the other.

    Args:
        kernel: what to compute.
        parameters: the numbers that all samples share; the kernel itself holds the constants.
        rows: for each sample its inputs, without the seed.
        seed: the weight of each sample in the totals, for a kernel that has one.

    Raises:
        ArgumentError: there are too few or too many parameters, inputs or seeds.

    >>> x, w = Operand(Space.SLOT, Index(0, (0,))), Operand(Space.SHARED, Index(0, (1,)))
    >>> scale = Map(shape=(2,), expression="x * y", target=Index(1, (1,)), x=w, y=x)
    >>> kernel = Kernel(1, 3, 2, (), (scale,), outputs=(1, 2))
    >>> run(kernel, [2.0, -1.0], [[3.0], [4.0]]).outputs
    [[6.0, -3.0], [8.0, -4.0]]
    """
    _check_count("parameters", kernel.parameters, len(parameters))
    _check_count("seeds", int(kernel.seed is not None), int(seed is not None))
    seeds = [] if seed is None else [seed]
    totals = [0.0] * kernel.totals
    samples = []
    for row in rows:
        _check_count("inputs in a row", kernel.inputs - len(seeds), len(row))
        slots = [*map(float, row), *seeds, *[0.0] * (kernel.slots - kernel.inputs)]
        numbers = _Numbers(slots, [*map(float, parameters), *kernel.constants], totals)
        for statement in kernel.statements:
            _execute(statement, numbers)
        samples.append(slots)
    return Result(
        [[slots[place] for place in kernel.outputs] for slots in samples], totals, samples
    )


@dataclass(frozen=True, slots=True)
class _Numbers:
    """All numbers while one sample is computed."""

    slots: list[float]
    shared: list[float]
    totals: list[float]

    def read(self, operand: Operand | None, counters: Shape) -> float | None:
        if operand is None:
            return None
        space = self.slots if operand.space is Space.SLOT else self.shared
        return space[operand.index.at(counters)]


def _execute(statement: Statement, numbers: _Numbers) -> None:
    match statement:
        case Map():
            function = FLOATS.expression(statement.expression)
            for item in iterations(statement.shape):
                operands = (statement.x, statement.y, statement.out)
                x, y, out = (numbers.read(operand, item) for operand in operands)
                numbers.slots[statement.target.at(item)] = function(x, y, out)
        case Sum():
            for item in iterations(statement.shape):
                start = numbers.read(statement.start, item)
                numbers.slots[statement.target.at(item)] = _sum(statement, item, start, numbers)
        case Total():
            for item in iterations(statement.shape):
                numbers.totals[statement.target.at(item)] += _sum(statement, item, None, numbers)
        case Steps():
            functions = [FLOATS.expression(source) for source in statement.expressions]
            for number, target, *operands in statement.rows.tolist():
                x, y, out = (None if place < 0 else numbers.slots[place] for place in operands)
                numbers.slots[target] = functions[number](x, y, out)


def iterations(shape: Shape) -> Iterator[Shape]:
    """The counters of a loop nest, the last the fastest.

    >>> list(iterations((2, 2)))
    [(0, 0), (0, 1), (1, 0), (1, 1)]
    """
    return product(*map(range, shape))


def _sum(statement: Sum | Total, item: Shape, start: float | None, numbers: _Numbers) -> float:
    """The start plus the terms, from left to right."""
    result = -0.0 if start is None else start  # -0.0 + x is x, for every x
    for term in range(statement.terms):
        x, y = (numbers.read(factor, (*item, term)) for factor in (statement.x, statement.y))
        assert x is not None
        result += x if y is None else x * y
    return result


def _check_count(what: str, wanted: int, given: int) -> None:
    if given != wanted:
        raise ArgumentError(
            f"the kernel has {wanted} {what}, but is given {given}",
            hint="the seed is no part of a row, and constants are no parameters",
        )


def check(kernel: Kernel) -> None:
    """Refuses a kernel whose statements do not fit together.

    A statement may read the inputs and what the statements before it have written, nothing that it
    writes itself; and each slot is written once.

    Raises:
        ArgumentError: names the first statement that does otherwise.

    >>> x = Operand(Space.SLOT, Index(2, (0,)))
    >>> doubled = Map(shape=(1,), expression="x + x", target=Index(1, (0,)), x=x)
    >>> check(Kernel(1, 3, 0, (), (doubled,), outputs=(1,)))
    Traceback (most recent call last):
    microgradlab.errors.ArgumentError: statement 0 (Map) reads slot 2, which is not written yet
    """
    if kernel.seed not in (None, kernel.inputs - 1):
        raise ArgumentError(
            f"the seed is slot {kernel.seed}, not the last of {kernel.inputs} inputs"
        )
    written = np.arange(kernel.slots) < kernel.inputs
    totalled = False
    for number, statement in enumerate(kernel.statements):
        name = f"statement {number} ({type(statement).__name__})"
        if totalled and not isinstance(statement, Total):
            raise ArgumentError(f"{name} stands behind a Total", hint="Totals stand at the end")
        totalled = isinstance(statement, Total)
        _check_expressions(name, statement)
        for access in accesses(statement):
            _check_reads(name, access, kernel, written)
            if totalled:
                _places(f"{name} writes total", access.target, access.shape, kernel.totals)
            else:
                _check_writes(name, access, written)
    for slot in kernel.outputs:
        if not (0 <= slot < kernel.slots and written[slot]):
            raise ArgumentError(f"the output {slot} is no slot that is written")


def _check_reads(name: str, access: Access, kernel: Kernel, written: Flags) -> None:
    shared = kernel.parameters + len(kernel.constants)
    for operand, nest in access.reads:
        is_slot = operand.space is Space.SLOT
        length = kernel.slots if is_slot else shared
        read = _places(f"{name} reads {operand.space.value}", operand.index, nest, length)
        if is_slot and not written[read].all():
            slot = read[~written[read]][0]
            raise ArgumentError(f"{name} reads slot {slot}, which is not written yet")


def _check_writes(name: str, access: Access, written: Flags) -> None:
    for slot in _places(f"{name} writes slot", access.target, access.shape, len(written)):
        if written[slot]:
            raise ArgumentError(f"{name} writes slot {slot}, which is written already")
        written[slot] = True


def _check_expressions(name: str, statement: Statement) -> None:
    """Refuses an expression whose operands are not those that the statement has."""
    if isinstance(statement, Map):
        given = [operand is not None for operand in (statement.x, statement.y, statement.out)]
        _check_operands(name, statement.expression, given)
    elif isinstance(statement, Steps):
        for number, _, *slots in statement.rows.tolist():
            _check_operands(name, statement.expressions[number], [slot >= 0 for slot in slots])


def _check_operands(name: str, expression: str, given: Sequence[bool]) -> None:
    has = {operand for operand, is_given in zip(OPERANDS, given, strict=True) if is_given}
    if has != names_in(expression):
        listed = ", ".join(sorted(has)) or "nothing"
        raise ArgumentError(f"{name} computes {expression!r}, but is given {listed}")


def _places(what: str, index: Index, nest: Shape, length: int) -> Table:
    """The places of an index, in one row; refuses those outside, and a nest that does not fit."""
    fits = index.table.shape == nest if index.table is not None else len(index.strides) == len(nest)
    if not fits or 0 in nest:
        raise ArgumentError(f"{what}s with an index that does not fit the loops {nest}")
    found = places(index, nest).ravel()
    outside = found[(found < 0) | (found >= length)]
    if outside.size:
        raise ArgumentError(f"{what} {outside[0]}, but there are {length}")
    return found
