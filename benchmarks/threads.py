"""What a second thread brings to compiled training."""

from __future__ import annotations

import os
from functools import partial
from time import perf_counter

from benchmarks.peers.compiled import EpochACall
from benchmarks.problem import Problem
from benchmarks.table import Row
from benchmarks.timing import Scale, Times, take_turns


def rows(scale: Scale) -> list[Row]:
    """One thread against two, by the clock on the wall; nothing where there is one core."""
    if (os.cpu_count() or 1) < 2:
        return []
    return [_row(Problem(sizes, max(scale.batches)), scale) for sizes in scale.nets]


def _row(problem: Problem, scale: Scale) -> Row:
    trainings = [EpochACall(problem, threads) for threads in (1, 2)]
    turns = take_turns(
        [partial(_seconds, training) for training in trainings], scale.long_rounds, collector=False
    )
    one, two = map(Times, turns)
    return Row(
        f"two threads, {problem.net}, {problem.batch:,} samples",
        str(two),
        f"one thread {one}",
        one.minimum / two.minimum,
        "times faster",
        at_least=1.7,
    )


def _seconds(training: EpochACall, updates: int = 3) -> float:
    start = perf_counter()
    training.run(updates)
    return (perf_counter() - start) / updates
