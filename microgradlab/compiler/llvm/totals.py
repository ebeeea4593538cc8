"""Sums over the samples, such as the gradients of the parameters. Floor 4.

A chunk's samples are added up in registers, for a tile of items at a time: what is read of the one
factor serves all items along the other. The lanes are added up at the end of the chunk only.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from functools import partial

from microgradlab.compiler.kernel import Total
from microgradlab.compiler.llvm import outer
from microgradlab.compiler.llvm.code import Code, constant
from microgradlab.compiler.llvm.grid import Grid
from microgradlab.compiler.llvm.memory import (
    Frame,
    Pointers,
    address,
    even,
    narrowed,
    over_groups,
    tiles,
    whole,
)
from microgradlab.compiler.llvm.sums import sum_terms
from microgradlab.compiler.llvm.vectors import add_to, sums_over_lanes


def write(frame: Frame, total: Total) -> None:
    """Appends the code of a total for a chunk.

    Args:
        frame: what it is appended to, in a function with the parameter `%groups`.
        total: the statement.
    """
    code, layout = frame.code, frame.layout
    grid = Grid.of(total, layout)
    product = grid.outer_product()
    if product and grid.in_line and min(grid.rows, grid.columns) >= 4 and layout.lanes > 1:
        outer.write(frame, grid, *product)
        return
    columns = whole(grid.columns, min(grid.columns, layout.machine.registers // 4))
    most = layout.machine.registers // 2 // columns[0][0]
    rows = even(grid.rows, most)

    def column(now: Pointers, count: int) -> None:
        tiles(code, now, 0, rows, partial(_tile, frame, grid, count))

    with narrowed(code, layout.lanes):
        tiles(code, frame.pointers(grid.routes), 1, columns, column)


def _tile(frame: Frame, grid: Grid, columns: int, now: Pointers, rows: int) -> None:
    """Appends the code of a tile: the loop over the groups, and the sums of the lanes."""
    code, layout = frame.code, frame.layout
    items = [(row, column) for row in range(rows) for column in range(columns)]
    paths = [each.route.path for each in grid.factors]

    def group(frame: Frame, near: Pointers, totals: list[str]) -> list[str]:
        for half in range(0, layout.line, 8 * layout.lanes):
            totals = _added(replace(frame, shift=half), grid, near, items, totals)
        return totals

    carried = [(code.vector, constant(0.0))] * len(items)
    totals = over_groups(frame, {path: now[path] for path in paths}, carried, group)
    for row in range(rows):
        _add_row(frame, grid, now, row, totals[row * columns : (row + 1) * columns])


def _added(
    frame: Frame,
    grid: Grid,
    now: Pointers,
    items: Sequence[tuple[int, int]],
    totals: Sequence[str],
) -> list[str]:
    """The totals plus the items' sums of terms, which are added up first: a sample's own sum."""
    if grid.terms == 1 or frame.code.fast:
        return sum_terms(frame, grid.factors, grid.terms, now, items, totals)
    nothing = [constant(-0.0)] * len(items)
    sums = sum_terms(frame, grid.factors, grid.terms, now, items, nothing)
    kind = frame.code.vector
    pairs = zip(totals, sums, strict=True)
    return [frame.code.emit(f"fadd {kind} {total}, {each}") for total, each in pairs]


def _add_row(frame: Frame, grid: Grid, now: Pointers, row: int, sums: Sequence[str]) -> None:
    """Appends the addition of a tile's row, with the lanes of each item added up, to the totals."""
    code, target = frame.code, grid.target
    lanes, (down, along) = code.lanes, target.strides
    for first in range(0, len(sums), lanes):
        some = sums[first : first + lanes]
        vector = sums_over_lanes(code, [*some, *[constant(0.0)] * (lanes - len(some))])
        places = [row * down + (first + item) * along for item in range(len(some))]
        if grid.in_line:
            at = address(frame, target, now[target.path], places[0])
            add_to(code, vector, at, len(some))
            continue
        for lane, place in enumerate(places):
            at = address(frame, target, now[target.path], place)
            _add_lane(code, vector, lane, at)


def _add_lane(code: Code, vector: str, lane: int, address: str) -> None:
    number = code.emit(f"extractelement {code.vector} {vector}, i64 {lane}")
    before = code.emit(f"load double, ptr {address}")
    code.line(f"store double {code.emit(f'fadd double {before}, {number}')}, ptr {address}")
