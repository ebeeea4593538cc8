"""What is better computed step by step than by loops. Floor 4.

A statement costs time to compile, whatever its extent. Where there are many, as in a long
recurrence, those that do little become a table, and one interpreter loop takes their place.
"""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
from numpy.typing import NDArray

from microgradlab.compiler.program import NONE, Ids
from microgradlab.compiler.rolling.chains import Chains
from microgradlab.compiler.rolling.groups import Groups

_SMALL = 64  # terms of all items together
_MOST = 150  # groups that become loops, whatever they do


def small(groups: Groups) -> NDArray[np.bool_]:
    """Which groups are to become steps: the small ones, if there are many groups; else none."""
    found: NDArray[np.bool_] = (groups.work <= _SMALL) & (len(groups) > _MOST)
    return found


def runs_of(groups: Groups, chains: Chains) -> Iterator[tuple[int, Ids | None]]:
    """The groups that remain loops, and between them runs of those that become steps.

    Yields:
        The number of a group, and None; or that of the first group of a run, and the ids of all
        operations in it, in ascending order.
    """
    chosen = small(groups)
    begins = chosen.copy()  # a run, here
    begins[1:] &= ~chosen[:-1] | (groups.backward[1:] != groups.backward[:-1])
    run_of = _run_of(groups, chains, np.where(chosen, np.cumsum(begins) - 1, NONE))
    ids = np.flatnonzero(run_of != NONE).astype(np.int32)
    ids = ids[np.argsort(run_of[ids], kind="stable")]
    runs = iter(np.split(ids, np.cumsum(np.bincount(run_of[ids]))))
    for group in np.flatnonzero(begins | ~chosen).tolist():
        yield group, next(runs) if chosen[group] else None


def _run_of(groups: Groups, chains: Chains, run: NDArray[np.int64]) -> NDArray[np.int64]:
    """The run of each operation, by id: that of its group, or of the sum that it is a part of.

    Args:
        groups: the groups.
        chains: the sums.
        run: by group; `NONE` for those that remain loops.
    """
    of_member, is_sum = np.repeat(run, groups.size), np.repeat(groups.is_sum, groups.size)
    of_sum = np.full(len(chains.last), NONE, np.int64)
    of_sum[groups.members[is_sum]] = of_member[is_sum]
    found = np.full(len(chains.part_of), NONE, np.int64)
    found[groups.members[~is_sum]] = of_member[~is_sum]
    found[chains.last] = of_sum
    parts = np.flatnonzero(chains.absorbed)
    found[parts] = of_sum[chains.part_of[parts]]
    return found
