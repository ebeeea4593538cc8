"""Random kernels, whose statements have all kinds of shapes, strides, tables and operands."""

from __future__ import annotations

from collections.abc import Callable
from math import prod
from typing import Any

import numpy as np
from hypothesis import strategies as st

from microgradlab.compiler.kernel import (
    Index,
    Kernel,
    Map,
    Operand,
    Shape,
    Space,
    Statement,
    Sum,
    Total,
)
from microgradlab.expressions import names_in

Draw = Callable[[st.SearchStrategy[Any]], Any]

INPUTS, PARAMETERS, CONSTANTS = 20, 30, (1.0, -2.0)
EXTENTS = st.sampled_from([1, 2, 3, 4, 5, 6, 8, 9, 11, 17])
SHAPES = st.one_of(st.tuples(EXTENTS), st.tuples(EXTENTS, EXTENTS))
EXPRESSIONS = ("x - y", "0.0 if x <= 0.0 else y", "x + y + out", "-x", "x if y > 0.0 else out")


def indices(places: range, nest: Shape) -> st.SearchStrategy[Index]:
    """Indices that stay within some places: affine, with the strides that fit, or a table."""

    @st.composite
    def affine(draw: Draw) -> Index:
        strides, first, last = [], 0, 0
        for extent in nest:
            room = (len(places) - 1 - (last - first)) // max(1, extent - 1)
            stride = draw(st.integers(-min(room, 20), min(room, 20)) | st.just(0))
            strides.append(stride)
            first += min(0, stride * (extent - 1))
            last += max(0, stride * (extent - 1))
        base = draw(st.integers(places.start - first, places.stop - 1 - last))
        return Index(base, tuple(strides))

    def table(seed: int) -> Index:
        random = np.random.default_rng(seed)
        entries = random.integers(places.start, places.stop, size=nest, dtype=np.int32)
        return Index(0, (), entries)

    return affine() | affine() | affine() | st.integers(0, 99).map(table)


def operands(slots: range, nest: Shape) -> st.SearchStrategy[Operand]:
    """Operands from these slots, or from all shared numbers."""
    shared = indices(range(PARAMETERS + len(CONSTANTS)), nest)
    return st.one_of(
        indices(slots, nest).map(lambda index: Operand(Space.SLOT, index)),
        shared.map(lambda index: Operand(Space.SHARED, index)),
    )


def targets(base: int, shape: Shape) -> st.SearchStrategy[Index]:
    """Each place from the base on once: row by row, column by column, or in any order."""
    row_by_row = Index(base, tuple(prod(shape[axis + 1 :]) for axis in range(len(shape))))
    column_by_column = Index(base, tuple(prod(shape[:axis]) for axis in range(len(shape))))

    def shuffled(seed: int) -> Index:
        order = np.random.default_rng(seed).permutation(prod(shape)).astype(np.int32)
        return Index(0, (), base + order.reshape(shape))

    plain = st.sampled_from([row_by_row, column_by_column])
    return st.one_of(plain, plain, plain, st.integers(0, 99).map(shuffled))


@st.composite
def sums(draw: Draw, slots: int, shape: Shape) -> Sum:
    """A sum that may read all slots so far."""
    nest = (*shape, draw(EXTENTS))
    return Sum(
        shape,
        nest[-1],
        target=draw(targets(slots, shape)),
        start=draw(st.none() | operands(range(slots), shape)),
        x=draw(operands(range(slots), nest)),
        y=draw(st.none() | operands(range(INPUTS), nest)),
    )


@st.composite
def maps(draw: Draw, slots: int, shape: Shape, before: Index | None) -> Map:
    """A map that reads what was written before, if anything, and what else there is."""
    expression = draw(st.sampled_from(EXPRESSIONS))
    first = draw(operands(range(slots), shape)) if before is None else Operand(Space.SLOT, before)
    x, y, out = first, *(draw(operands(range(slots), shape)) for _ in range(2))
    given = {"x": x, "y": y, "out": out}
    read = {name: operand for name, operand in given.items() if name in names_in(expression)}
    return Map(shape, expression, draw(targets(slots, shape)), **read)


@st.composite
def totals(draw: Draw, first: int, weighted: range) -> Total:
    """A total that reads slots that have been multiplied by the seed, and others."""
    shape = draw(SHAPES)
    nest = (*shape, draw(EXTENTS))
    x = Operand(Space.SLOT, draw(indices(weighted, nest)))
    y = draw(st.none() | operands(range(INPUTS), nest))
    if y is not None and y.space is Space.SHARED:
        x, y = y, x
    return Total(shape, nest[-1], draw(targets(first, shape)), x, y)


@st.composite
def kernels(draw: Draw) -> Kernel:
    """Kernels of a few statements, each of which may read what those before it have written."""
    statements: list[Statement] = []
    slots = INPUTS
    before: Map | Sum | None = None
    for kind in draw(st.lists(st.sampled_from(("map", "sum")), max_size=3)):
        again = before is not None and draw(st.booleans())  # so that they share a nest of loops
        shape = before.shape if before is not None and again else draw(SHAPES)
        target = before.target if before is not None and again else None
        before = draw(maps(slots, shape, target) if kind == "map" else sums(slots, shape))
        statements.append(before)
        slots += prod(shape)
    seed = INPUTS - 1
    x, y = (Operand(Space.SLOT, Index(base, (step,))) for base, step in ((0, 1), (seed, 0)))
    statements.append(Map((slots,), "x * y", Index(slots, (1,)), x, y))
    count = 0
    for _ in range(draw(st.integers(0, 2))):
        total = draw(totals(count, range(slots, 2 * slots)))
        statements.append(total)
        count += prod(total.shape)
    return Kernel(
        inputs=INPUTS,
        slots=2 * slots,
        parameters=PARAMETERS,
        constants=CONSTANTS,
        statements=tuple(statements),
        outputs=tuple(range(2 * slots)),
        totals=count,
        seed=seed,
    )
