"""Indices: a formula or a table."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from microgradlab.compiler.accesses import places
from microgradlab.compiler.kernel import Index
from tests.compiler.kernels import table

PAIRS = st.tuples(st.integers(-5, 5), st.integers(1, 4))  # a stride and an extent


@given(st.integers(0, 20), st.lists(PAIRS, min_size=1, max_size=3))
def test_a_span_reaches_from_the_least_to_the_largest_place(
    base: int, pairs: list[tuple[int, int]]
) -> None:
    strides, shape = zip(*pairs, strict=True)
    index = Index(base, strides)
    found = places(index, shape)
    assert index.span(shape) == (found.min(), found.max())
    assert found.ravel()[-1] == index.at(tuple(extent - 1 for extent in shape))


def test_so_does_that_of_a_table() -> None:
    assert Index(0, (), table(7, 2, 5)).span((3,)) == (2, 7)
