"""Places as base and strides, and the loop nests that make them so."""

from __future__ import annotations

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from microgradlab.compiler.kernel import Shape
from microgradlab.compiler.rolling.indices import index_of, runs, shape_of

EXTENTS = st.lists(st.integers(1, 5), min_size=1, max_size=3).map(tuple)
STRIDES = st.integers(-7, 7)


@given(EXTENTS, st.data())
def test_affine_places_need_no_table(shape: Shape, data: st.DataObject) -> None:
    strides = [data.draw(STRIDES) for _ in shape]
    counters = np.indices(shape)
    places = 50 + sum(stride * counter for stride, counter in zip(strides, counters, strict=True))
    index = index_of(np.asarray(places))
    assert index.table is None
    assert [index.at(item) for item in np.ndindex(shape)] == places.ravel().tolist()


@given(EXTENTS, st.data())
def test_any_places_are_found_again(shape: Shape, data: st.DataObject) -> None:
    count = int(np.prod(shape))
    numbers = data.draw(st.lists(st.integers(0, 9), min_size=count, max_size=count))
    index = index_of(np.array(numbers).reshape(shape))
    assert [index.at(item) for item in np.ndindex(shape)] == numbers


def test_two_loops_where_the_step_breaks_at_regular_distances() -> None:
    assert shape_of([np.array([0, 1, 2, 10, 11, 12]), np.array([5, 5, 5, 6, 6, 6])]) == (2, 3)


def test_one_loop_where_it_breaks_at_irregular_ones() -> None:
    assert shape_of([np.array([0, 1, 2, 10, 11, 99])]) == (6,)


@given(st.lists(st.integers(0, 20), min_size=1, max_size=30))
def test_runs_cover_all_items_and_are_affine(numbers: list[int]) -> None:
    places = np.array(numbers)
    found = runs([places])
    assert [i for run in found for i in range(run.start, run.stop)] == list(range(len(numbers)))
    assert all(index_of(places[run]).table is None for run in found)
