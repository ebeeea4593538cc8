"""What is computed for each sample: `Map`s and `Sum`s over the same items, in one nest of loops.

A statement may read what the one before it has computed for the same item: then that is still in
registers. Items are computed in tiles, so that what is read once serves several. Floor 4.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import partial

from microgradlab.compiler.kernel import Map, Shape, Sum
from microgradlab.compiler.llvm.code import constant
from microgradlab.compiler.llvm.expressions import lower
from microgradlab.compiler.llvm.layout import Access, Layout, Memory
from microgradlab.compiler.llvm.memory import Frame, Pointers, Reader, store, tiles, walk
from microgradlab.compiler.llvm.sums import Factor, sum_terms

_MAPPED = 2  # items of a tile without sums


@dataclass(frozen=True, slots=True)
class Part:
    """A statement with its accesses over the items.

    Attributes:
        statement: the statement.
        target: where it writes.
        operands: what it reads once for an item, by the expression's names; a sum's "start".
        factors: what it reads for each term.
    """

    statement: Map | Sum
    target: Access
    operands: dict[str, Access]
    factors: tuple[Factor, ...] = ()

    @classmethod
    def of(cls, statement: Map | Sum, layout: Layout) -> Part:
        """The part of a statement."""
        shape = statement.shape
        names = ("x", "y", "out") if isinstance(statement, Map) else ("start",)
        operands = {
            name: layout.operand(operand, shape)
            for name in names
            if (operand := getattr(statement, name)) is not None
        }
        target = layout.access(Memory.SLOTS, statement.target, shape)
        if isinstance(statement, Map):
            return cls(statement, target, operands)
        factors = tuple(
            Factor.of(operand, layout, shape, statement.terms)
            for operand in (statement.x, statement.y)
            if operand is not None
        )
        return cls(statement, target, operands, factors)

    def accesses(self) -> list[Access]:
        """All of them."""
        return [self.target, *self.operands.values(), *(each.access for each in self.factors)]


def write(frame: Frame, statements: Sequence[Map | Sum]) -> None:
    """Appends the code of statements over the same items, for one group of samples.

    Args:
        frame: what it is appended to.
        statements: they have the same shape, and read nothing of each other but what was written
            for the same item.
    """
    shape = statements[0].shape
    parts = [Part.of(statement, frame.layout) for statement in statements]
    axis = _tiled_axis(parts, len(shape))
    has_sums = any(part.factors for part in parts)
    extent = frame.layout.machine.registers // 4 if has_sums else _MAPPED
    tile = partial(_tile, frame, parts, axis)

    def within(now: Pointers) -> None:
        tiles(frame.code, now, axis, shape[axis], extent, tile)

    pointers = frame.pointers(access.path for part in parts for access in part.accesses())
    if len(shape) == 1:
        within(pointers)
    else:
        walk(frame.code, pointers, 1 - axis, shape[1 - axis], within)


def _tiled_axis(parts: Iterable[Part], axes: int) -> int:
    """The last axis along which a sum's slots stay the same: what is read serves a whole tile."""
    for part in parts:
        for axis in reversed(range(axes)):
            for each in part.factors:
                if each.access.memory is Memory.SLOTS and not each.access.strides[axis]:
                    return axis
    return axes - 1


def _tile(frame: Frame, parts: Sequence[Part], axis: int, now: Pointers, count: int) -> None:
    """Appends the code of some neighbouring items."""
    code = frame.code
    known: dict[Access, list[str]] = {}
    for part in parts:
        strides = part.target.strides
        items: list[Shape] = [
            tuple(item if each == axis else 0 for each in range(len(strides)))
            for item in range(count)
        ]
        operands = {
            name: known.get(access) or _read(frame, access, now, axis, count)
            for name, access in part.operands.items()
        }
        if isinstance(part.statement, Sum):
            start = operands.get("start", [constant(-0.0)] * count)  # -0.0 + x is x, for every x
            results = sum_terms(frame, part.factors, part.statement.terms, now, items, start)
        else:
            source = part.statement.expression
            each = ({name: values[item] for name, values in operands.items()} for item in range(count))
            results = [lower(code, source, operand) for operand in each]
        reader = Reader(frame)
        for item, result in enumerate(results):
            address = reader.address(part.target, now[part.target.path], item * strides[axis])
            store(code, result, address)
        known[part.target] = results


def _read(frame: Frame, access: Access, now: Pointers, axis: int, count: int) -> list[str]:
    reader = Reader(frame)
    pointer, stride = now[access.path], access.strides[axis]
    return [reader.value(access, pointer, item * stride) for item in range(count)]
