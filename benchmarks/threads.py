"""What a second thread brings to compiled training, and what it could bring on this machine."""

from __future__ import annotations

import ctypes
import os
from functools import partial
from time import perf_counter

from benchmarks.peers.compiled import EpochACall
from benchmarks.problem import Problem
from benchmarks.table import Row
from benchmarks.timing import Scale, Times, take_turns
from microgradlab.compiler.llvm.machine import Machine, host
from microgradlab.compiler.llvm.machine_code import compile
from microgradlab.compiler.team import Team

_AT_LEAST = 1.7
_CHAINS = 12  # of additions that do not wait for each other: they keep a core's adders busy


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
        at_least=_AT_LEAST,
    )


def notes(scale: Scale) -> list[str]:
    """A sentence where even two threads that share nothing are not nearly twice as fast as one."""
    if (os.cpu_count() or 1) < 2 or (gain := two_threads(scale.long_rounds)) >= _AT_LEAST:
        return []
    return [
        f"Two threads that only add, without memory, did {gain:.2f} times the work of one in the "
        "same time: there were no two cores free for them, and training cannot gain more."
    ]


def two_threads(rounds: int, turns: int = 2_000_000) -> float:
    """How many times the work of one thread two do in the same time, without any memory."""
    prototype = ctypes.CFUNCTYPE(ctypes.c_double, ctypes.c_int64)
    add, team = compile(_adding(host()), host(), {"add": prototype})["add"], Team(2)

    def seconds(threads: int) -> float:
        start = perf_counter()
        team.run(lambda _: add(turns), threads)
        return perf_counter() - start

    one, two = take_turns([partial(seconds, each) for each in (1, 2)], rounds, collector=False)
    return 2.0 * min(one) / min(two)


def _adding(machine: Machine) -> str:
    """LLVM code that adds in vector registers, a number of times."""
    vector = f"<{machine.lanes} x double>"
    chains = range(_CHAINS)
    sums = ["%y0", *(f"%sum{chain}" for chain in chains[1:])]  # what nobody uses is not computed
    lines = [
        "define double @add(i64 %turns) {",
        "entry:",
        "  br label %turn",
        "turn:",
        "  %i = phi i64 [%turns, %entry], [%left, %turn]",
        *(f"  %x{at} = phi {vector} [zeroinitializer, %entry], [%y{at}, %turn]" for at in chains),
        *(f"  %y{at} = fadd {vector} %x{at}, splat (double 1.0)" for at in chains),
        "  %left = sub i64 %i, 1",
        "  %more = icmp ne i64 %left, 0",
        "  br i1 %more, label %turn, label %done",
        "done:",
        *(f"  {sums[at]} = fadd {vector} {sums[at - 1]}, %y{at}" for at in chains[1:]),
        f"  %result = extractelement {vector} {sums[-1]}, i64 0",
        "  ret double %result",
        "}",
    ]
    return "\n".join(lines)


def _seconds(training: EpochACall, updates: int = 3) -> float:
    start = perf_counter()
    training.run(updates)
    return (perf_counter() - start) / updates
