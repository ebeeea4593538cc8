"""Sums over the samples, such as the gradients of the parameters. Floor 4.

A chunk's samples are summed in registers, for a tile of items at a time: what is read of the one
factor serves all items along the other. The lanes are added up at the end of the chunk only.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import partial

from microgradlab.compiler.kernel import Shape, Total
from microgradlab.compiler.llvm.code import Code, constant
from microgradlab.compiler.llvm.layout import Access, Layout, Memory
from microgradlab.compiler.llvm.loops import Carried, loop, offset
from microgradlab.compiler.llvm.memory import Frame, Pointers, Reader, tiles, walk
from microgradlab.compiler.llvm.sums import Factor, sum_terms

_BLOCK = 16  # items along the outer axis whose factors, of a whole chunk, stay in the first cache


@dataclass(frozen=True, slots=True)
class Plan:
    """A total with its accesses, and how its items are split into tiles.

    Attributes:
        total: the statement.
        target: where it adds to.
        factors: what is read for each term.
        inner: the axis along which the totals are neighbours, the last one as a rule.
        outer: the other axis; the same where there is only one.
        columns: the extent of a tile along the inner axis.
        rows: its extent along the outer axis.
    """

    total: Total
    target: Access
    factors: tuple[Factor, ...]
    inner: int
    outer: int
    columns: int
    rows: int

    @classmethod
    def of(cls, total: Total, layout: Layout) -> Plan:
        """The plan for a total."""
        shape = total.shape
        factors = tuple(
            Factor.of(operand, layout, shape, total.terms)
            for operand in (total.x, total.y)
            if operand is not None
        )
        target = layout.access(Memory.TOTALS, total.target, shape)
        is_turned = len(shape) == 2 and not target.table and target.strides[0] == 8
        inner = 0 if is_turned else len(shape) - 1
        outer = 1 - inner if len(shape) == 2 else inner
        sums = layout.machine.registers // 2
        across = shape[outer] if outer != inner else 1
        columns = min(shape[inner], sums // 2 if across > 1 else sums)
        return cls(total, target, factors, inner, outer, columns, min(across, sums // columns))

    def item(self, row: int, column: int) -> Shape:
        """The counters of an item of a tile."""
        counters = [0] * len(self.total.shape)
        counters[self.outer] = row
        counters[self.inner] = column
        return tuple(counters)


def write(frame: Frame, groups: str, total: Total) -> None:
    """Appends the code of a total.

    Args:
        frame: what it is appended to; its vectors are registers.
        groups: the number of the chunk's groups.
        total: the statement.
    """
    code = frame.code
    plan = Plan.of(total, frame.layout)
    extent = total.shape[plan.inner]

    def columns(now: Pointers, rows: int, trips: int | str) -> None:
        def column(now: Pointers, count: int) -> None:
            def tile(now: Pointers) -> None:
                _tile(frame, groups, plan, now, rows, count)

            if plan.outer == plan.inner:
                tile(now)
            else:
                walk(code, now, plan.outer, trips, tile, tile=rows)

        tiles(code, now, plan.inner, extent, plan.columns, column)

    accesses = (plan.target, *(each.access for each in plan.factors))
    pointers: Pointers = frame.pointers(access.path for access in accesses)
    if plan.outer == plan.inner:
        columns(pointers, 1, 1)
        return
    trips, rest = divmod(total.shape[plan.outer], plan.rows)
    pointers = _blocks(code, plan, pointers, trips, columns)
    if rest:
        columns(pointers, rest, 1)


def _blocks(code: Code, plan: Plan, pointers: Pointers, trips: int, columns) -> Pointers:
    """Appends a loop over blocks of rows; the last may have fewer."""
    most = max(1, _BLOCK // plan.rows)
    step = min(trips, most)
    left = [trips]

    def block(now: Pointers) -> None:
        columns(now, plan.rows, step)

    if trips <= most or trips % most == 0:
        return walk(code, pointers, plan.outer, trips // step, block, tile=step * plan.rows)
    whole, rest = divmod(trips, most)
    pointers = walk(code, pointers, plan.outer, whole, block, tile=step * plan.rows)
    step = rest
    return walk(code, pointers, plan.outer, 1, block, tile=step * plan.rows)


def _tile(
    frame: Frame, groups: str, plan: Plan, now: Pointers, rows: int, columns: int
) -> None:
    """Appends the code of a tile: the loop over the groups, and the sums of the lanes."""
    code, layout = frame.code, frame.layout
    items = [plan.item(row, column) for row in range(rows) for column in range(columns)]
    paths = list(dict.fromkeys(each.access.path for each in plan.factors))
    moving = [path for path in paths if path[0] is Memory.SLOTS]

    def group(carried: list[str]) -> list[str]:
        slots, *names = carried[: len(moving) + 1]
        sums = carried[len(moving) + 1 :]
        here = {path: now[path] for path in paths} | dict(zip(moving, names, strict=True))
        for half in range(layout.samples // layout.lanes):
            part = replace(frame, slots=slots, shift=8 * layout.lanes * half)
            if plan.total.terms == 1:
                sums = sum_terms(part, plan.factors, 1, here, items, sums)
            else:
                start = [constant(-0.0)] * len(items)
                terms = sum_terms(part, plan.factors, plan.total.terms, here, items, start)
                sums = [
                    code.emit(f"fadd {code.vector} {total}, {term}")
                    for total, term in zip(sums, terms, strict=True)
                ]
        return [*(offset(code, each, layout.group) for each in (slots, *names)), *sums]

    carried = [("ptr", frame.slots), *(("ptr", now[path]) for path in moving)]
    carried += [(code.vector, "zeroinitializer")] * len(items)
    sums = loop(code, groups, carried, group)[len(moving) + 1 :]
    for row in range(rows):
        _add_row(frame, plan, now, row, sums[row * columns : (row + 1) * columns])


def _add_row(frame: Frame, plan: Plan, now: Pointers, row: int, sums: Sequence[str]) -> None:
    """Appends the addition of a tile's row, summed over the lanes, to the totals."""
    code, target, lanes = frame.code, plan.target, frame.code.lanes
    stride = target.strides[plan.inner]
    pointer = now[target.path]
    for first in range(0, len(sums), lanes):
        some = sums[first : first + lanes]
        vector = _over_lanes(code, [*some, *["zeroinitializer"] * (lanes - len(some))])
        distance = row * target.strides[plan.outer] * (plan.outer != plan.inner) + first * stride
        reader = Reader(frame)
        if stride == 8 and not target.table and lanes > 1:
            kind = f"<{len(some)} x double>"
            if len(some) < lanes:
                chosen = ", ".join(f"i32 {lane}" for lane in range(len(some)))
                vector = code.emit(
                    f"shufflevector {code.vector} {vector}, {code.vector} poison, "
                    f"<{len(some)} x i32> <{chosen}>"
                )
            _add(code, kind, vector, reader.address(target, pointer, distance))
        else:
            for lane in range(len(some)):
                number = code.emit(f"extractelement {code.vector} {vector}, i64 {lane}")
                address = reader.address(target, pointer, distance + lane * stride)
                _add(code, "double", number, address)


def _add(code: Code, kind: str, value: str, address: str) -> None:
    before = code.emit(f"load {kind}, ptr {address}, align 8")
    after = code.emit(f"fadd {kind} {before}, {value}")
    code.line(f"store {kind} {after}, ptr {address}, align 8")


def _over_lanes(code: Code, vectors: list[str]) -> str:
    """As many vectors as lanes become one: each lane the sum of one vector's lanes.

    In each round halves of two vectors are put together and added, then quarters, and so on, until
    one vector is left: a transposition that adds on the way.
    """
    size = code.lanes
    while len(vectors) > 1:
        size //= 2
        half = len(vectors) // 2
        vectors = [
            _fold(code, first, second, size)
            for first, second in zip(vectors[:half], vectors[half:], strict=True)
        ]
    return vectors[0]


def _fold(code: Code, first: str, second: str, size: int) -> str:
    lanes = code.lanes
    starts = [start + side for start in range(0, lanes, 2 * size) for side in (0, lanes)]
    parts = []
    for shift in (0, size):
        chosen = [start + shift + lane for start in starts for lane in range(size)]
        mask = ", ".join(f"i32 {lane}" for lane in chosen)
        parts.append(
            code.emit(
                f"shufflevector {code.vector} {first}, {code.vector} {second}, "
                f"<{lanes} x i32> <{mask}>"
            )
        )
    return code.emit(f"fadd {code.vector} {parts[0]}, {parts[1]}")
