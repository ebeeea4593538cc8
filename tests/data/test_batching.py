"""Batches cover an epoch once, in an order that is a function of seed and epoch."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from microgradlab.data import batches
from microgradlab.errors import ArgumentError


@settings(deadline=None)
@given(
    size=st.integers(0, 60),
    batch_size=st.none() | st.integers(1, 70),
    seed=st.integers(),
    shuffle=st.booleans(),
)
def test_every_sample_comes_once(
    size: int, batch_size: int | None, seed: int, shuffle: bool
) -> None:
    parts = list(batches(size, batch_size, seed, epoch=1, shuffle=shuffle))
    assert sorted(i for part in parts for i in part) == list(range(size))


@pytest.mark.parametrize(
    ("batch_size", "sizes"), [(None, [10]), (1, [1] * 10), (4, [4, 4, 2]), (5, [5, 5]), (99, [10])]
)
def test_the_three_strategies(batch_size: int | None, sizes: list[int]) -> None:
    assert [len(batch) for batch in batches(10, batch_size, 0, 0)] == sizes


def test_the_design_page_counts_200_updates() -> None:
    assert sum(len(list(batches(1000, 100, 0, epoch))) for epoch in range(20)) == 200


def test_the_order_is_a_function_of_seed_and_epoch() -> None:
    def order(seed: int, epoch: int) -> list[list[int]]:
        return list(batches(50, 10, seed, epoch))

    assert order(3, 7) == order(3, 7)
    assert order(3, 7) != order(3, 8)
    assert order(3, 7) != order(4, 7)
    # The separator counts: seed 1, epoch 11 is not seed 11, epoch 1.
    assert order(1, 11) != order(11, 1)


def test_without_shuffling_the_order_is_kept() -> None:
    assert list(batches(5, 2, 0, 0, shuffle=False)) == [[0, 1], [2, 3], [4]]


@pytest.mark.parametrize("batch_size", [0, -1, True, False, 2.0, "4"])
def test_a_bad_batch_size_is_refused_at_the_call(batch_size: Any) -> None:
    with pytest.raises(ArgumentError, match="batch_size is"):
        batches(10, batch_size, 0, 0)
