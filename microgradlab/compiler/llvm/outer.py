"""Sums over the samples of outer products, such as the gradients of a layer's weights. Floor 4.

Here the lanes are neighbouring totals: for each sample, a vector of the columns' factor times a
number of the rows'. So some columns at a time are transposed, from samples that are neighbours to
items that are, and nothing remains to be done across the lanes.
"""

from __future__ import annotations

from functools import partial

from microgradlab.compiler.llvm.code import constant
from microgradlab.compiler.llvm.grid import Grid
from microgradlab.compiler.llvm.layout import Route
from microgradlab.compiler.llvm.loops import loop, offset
from microgradlab.compiler.llvm.memory import (
    Frame,
    Pointers,
    load,
    narrowed,
    store,
    tiles,
    whole,
)
from microgradlab.compiler.llvm.sums import accumulated, split
from microgradlab.compiler.llvm.vectors import add_to, broadcast, transposed

_UNROLLED = 4  # samples per trip


def write(frame: Frame, grid: Grid, row: Route, column: Route) -> None:
    """Appends the code of an outer product for a chunk.

    Args:
        frame: what it is appended to, in a function with the parameter `%groups`.
        grid: the rows and columns; the totals of a row are neighbours.
        row: the factor that depends on the row.
        column: the factor that depends on the column.
    """
    code, layout = frame.code, frame.layout
    packed = offset(code, frame.slots, layout.packed)

    def columns(now: Pointers, count: int) -> None:
        """As many columns as a register has lanes may do with one, and so with more rows."""
        width = layout.samples if count > layout.lanes else layout.lanes
        with narrowed(code, layout.lanes):
            _pack(frame, column, now, packed, count, width)
        with narrowed(code, width):
            rows = split(frame, grid.rows, width // layout.lanes)
            tiles(code, now, 0, rows, partial(_tile, frame, grid, row, packed, count))

    tiles(code, frame.pointers(grid.routes), 1, whole(grid.columns, layout.samples), columns)


def _pack(frame: Frame, column: Route, now: Pointers, packed: str, count: int, width: int) -> None:
    """Appends the transposition of columns: of each sample, a vector of its items."""
    code, layout = frame.code, frame.layout
    lanes, zero = code.lanes, constant(0.0)

    def some(carried: list[str]) -> list[str]:
        """As many samples as a register has lanes."""
        slots, target = carried
        for start in range(0, width, lanes):
            there = range(start, min(start + lanes, count))
            vectors = [load(code, offset(code, slots, column.strides[1] * item)) for item in there]
            vectors += [zero] * (lanes - len(there))
            for sample, vector in enumerate(transposed(code, vectors)):
                store(code, vector, offset(code, target, 8 * (sample * width + start)))
        return [offset(code, slots, 8 * lanes), offset(code, target, 8 * lanes * width)]

    first = offset(code, now[column.path], column.base)
    trips = code.emit(f"mul i64 %groups, {layout.samples // lanes}")
    loop(code, trips, [("ptr", first), ("ptr", packed)], some)


def _tile(
    frame: Frame, grid: Grid, row: Route, packed: str, count: int, now: Pointers, rows: int
) -> None:
    """Appends the sums over the samples for some rows, and their addition to the totals."""
    code, layout = frame.code, frame.layout

    def some(carried: list[str]) -> list[str]:
        numbers, vectors, *sums = carried
        for sample in range(_UNROLLED):
            vector = load(code, offset(code, vectors, 8 * code.lanes * sample))
            for item in range(rows):
                number = broadcast(code, offset(code, numbers, 8 * sample + row.strides[0] * item))
                sums[item] = accumulated(frame, sums[item], [number, vector])
        vectors = offset(code, vectors, 8 * code.lanes * _UNROLLED)
        return [offset(code, numbers, 8 * _UNROLLED), vectors, *sums]

    first = offset(code, now[row.path], row.base)
    carried = [("ptr", first), ("ptr", packed), *[(code.vector, constant(0.0))] * rows]
    trips = code.emit(f"mul i64 %groups, {layout.samples // _UNROLLED}")
    for item, total in enumerate(loop(code, trips, carried, some)[2:]):
        distance = grid.target.base + item * grid.target.strides[0]
        add_to(code, total, offset(code, now[grid.target.path], distance), count)
