"""Batches: which samples make up each update of an epoch. Floor 1."""

from __future__ import annotations

import random
from collections.abc import Iterator
from typing import Any

from microgradlab.errors import ArgumentError


def batches(
    size: int, batch_size: int | None, seed: int, epoch: int, shuffle: bool = True
) -> Iterator[list[int]]:
    """The indices of an epoch's samples, batch by batch; the last batch may be smaller.

    The order depends on the seed and the epoch alone, so that a run that is resumed at any epoch
    goes on as if it had never stopped: there is no generator whose state must be kept.

    Args:
        size: the number of samples.
        batch_size: None for the whole set (batch gradient descent), 1 for stochastic gradient
            descent, else mini-batches; one larger than the set gives one batch.
        seed: the seed of the run.
        epoch: the number of the epoch.
        shuffle: False keeps the samples in their order.

    Raises:
        ArgumentError: the batch size is not a whole number from 1 up.

    >>> list(batches(5, 2, seed=0, epoch=1, shuffle=False))
    [[0, 1], [2, 3], [4]]
    """
    order = list(range(size))
    if shuffle:
        random.Random(epoch_seed(seed, epoch)).shuffle(order)
    return split(order, batch_size)


def epoch_seed(seed: int, epoch: int) -> str:
    """The seed of the generator that shuffles an epoch's samples."""
    return f"{seed}/{epoch}"


def split(order: Any, batch_size: int | None) -> Iterator[Any]:
    """An order of samples, a list or an array, batch by batch; for the others see `batches`."""
    if batch_size is None:
        batch_size = max(len(order), 1)
    if isinstance(batch_size, bool) or not isinstance(batch_size, int) or batch_size < 1:
        raise ArgumentError(
            f"batch_size is {batch_size!r}",
            hint="give a whole number from 1 up, or None for the whole set",
        )
    return (order[start : start + batch_size] for start in range(0, len(order), batch_size))
