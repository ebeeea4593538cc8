"""What is better computed step by step than by loops. Floor 4.

A statement costs time to compile, whatever its extent. Where there are many, as in a long
recurrence, those that do little become a table, and one interpreter loop takes their place.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from microgradlab.compiler.program import ADD, MUL, NONE, Ids, Operations, Program
from microgradlab.compiler.rolling.chains import Chains
from microgradlab.compiler.rolling.groups import Groups

_LIMITS = ((300, 64), (1000, 256))
"""With more groups than the first number, those of at most so many terms in all become steps. A
loop takes some 3 ms to compile, and a step 5 to 10 times as long to run as a loop's term."""

_ACCUMULATED = "out + x * y"


def small(groups: Groups) -> NDArray[np.bool_]:
    """Which groups are to become steps: none where that does not save half of the statements."""
    for most, terms in _LIMITS:
        chosen: NDArray[np.bool_] = groups.work <= terms
        remaining = np.count_nonzero(_begins(groups, chosen) | ~chosen)
        if len(groups) > most and 2 * remaining <= len(groups):
            return chosen
    return np.zeros(len(groups), np.bool_)


def _begins(groups: Groups, chosen: NDArray[np.bool_]) -> NDArray[np.bool_]:
    """Whether a run of chosen groups of one pass begins with a group."""
    found = chosen.copy()
    found[1:] &= ~chosen[:-1] | (groups.backward[1:] != groups.backward[:-1])
    return found


def accumulating(program: Program, chains: Chains) -> tuple[Program, NDArray[np.bool_]]:
    """The program whose sums add each product in the operation that computes it: fewer steps.

    Returns:
        The program, and whether an operation is such a product and not needed any more, by id.
    """
    leaves = program.leaves
    code, x, y, out = (column.copy() for column in program.operations.columns)
    is_product = np.append(chains.absorbed, False)  # the last for NONE
    is_product[leaves:-1] &= program.evaluates(MUL)
    adds = np.flatnonzero(program.evaluates(ADD) & (is_product[x] | is_product[y]))
    product = np.where(is_product[y[adds]], y[adds], x[adds])
    out[adds] = x[adds] + y[adds] - product
    x[adds], y[adds] = x[product - leaves], y[product - leaves]
    code[adds] = len(program.expressions)
    done = np.zeros(len(is_product) - 1, np.bool_)
    done[product] = True
    expressions = (*program.expressions, _ACCUMULATED)
    return replace(program, expressions=expressions, operations=Operations(code, x, y, out)), done


def runs_of(
    groups: Groups, chains: Chains, done: NDArray[np.bool_]
) -> Iterator[tuple[int, Ids | None]]:
    """The groups that remain loops, and between them runs of those that become steps.

    Args:
        groups: the groups.
        chains: the sums.
        done: whether an operation is done in another one, by id.

    Yields:
        The number of a group, and None; or that of the first group of a run, and the ids of all
        operations in it, in ascending order.
    """
    chosen = small(groups)
    begins = _begins(groups, chosen)
    run_of = _run_of(groups, chains, np.where(chosen, np.cumsum(begins) - 1, NONE))
    run_of[done] = NONE
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
