"""Places as base and strides, where they are regular: the loops' indices. Floor 4."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TypeAlias

import numpy as np
from numpy.typing import NDArray

from microgradlab.compiler.kernel import Index, Shape

Places: TypeAlias = NDArray[np.int64]


def shape_of(columns: Sequence[Places]) -> Shape:
    """One or two extents for the loops over items, so that all columns are affine if they can be.

    Args:
        columns: for each operand its places, one per item.

    >>> shape_of([np.array([0, 0, 0, 5, 5, 5]), np.array([7, 8, 9, 7, 8, 9])])
    (2, 3)
    >>> shape_of([np.array([0, 2, 4]), np.array([3, 1, 4])])
    (3,)
    """
    count = len(columns[0])
    period = min((_period(column) for column in columns), default=count)
    if period < count and count % period == 0:
        shape = (count // period, period)
        if all(_is_affine(column.reshape(shape)) for column in columns):
            return shape
    return (count,)


def _period(column: Places) -> int:
    """The number of items up to the first change of the step."""
    steps = np.diff(column)
    changes = np.flatnonzero(steps != steps[0]) if len(steps) else steps
    return int(changes[0]) + 1 if len(changes) else len(column)


def index_of(places: Places) -> Index:
    """The index of an array of places, one for each iteration of a loop nest of its shape.

    >>> index_of(np.array([[3, 4], [13, 14]])).strides
    (10, 1)
    >>> index_of(np.array([1, 5, 2])).table.tolist()
    [1, 5, 2]
    """
    if places.size == 1:
        return Index(int(places.flat[0]), (0,) * places.ndim)
    strides = _strides(places)
    if _is_affine(places):
        return Index(int(places.flat[0]), strides)
    return Index(0, (), np.ascontiguousarray(places, np.int32))


def _strides(places: Places) -> Shape:
    """The steps along each axis at the first item; 0 along an axis of one."""
    found = []
    for axis, extent in enumerate(places.shape):
        second = tuple(int(other == axis) for other in range(places.ndim))
        found.append(int(places[second] - places.flat[0]) if extent > 1 else 0)
    return tuple(found)


def _is_affine(places: Places) -> bool:
    expected = np.full(places.shape, places.flat[0])
    for axis, (extent, stride) in enumerate(zip(places.shape, _strides(places), strict=True)):
        along = [1] * places.ndim
        along[axis] = extent
        expected = expected + stride * np.arange(extent).reshape(along)
    return np.array_equal(places, expected)


def runs(columns: Sequence[Places]) -> list[slice]:
    """Maximal runs of items over which every column is affine.

    >>> [(run.start, run.stop) for run in runs([np.array([0, 1, 2, 9, 11, 13])])]
    [(0, 3), (3, 6)]
    """
    count = len(columns[0])
    changed = np.zeros(max(count - 2, 0), np.bool_)  # the step into each item from the third on
    for column in columns:
        steps = np.diff(column)
        changed |= steps[1:] != steps[:-1]
    found, start = list[slice](), 0
    for end in [*(np.flatnonzero(changed) + 2).tolist(), count]:
        if end > start + 1 or end == count:  # the step between two runs belongs to neither
            found.append(slice(start, end))
            start = end
    return found
