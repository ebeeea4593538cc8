"""How long compiling takes in all: recording, derivatives, loops, machine code."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager
from functools import partial
from tempfile import TemporaryDirectory

import microgradlab as mg
from benchmarks.peers import compiled
from benchmarks.problem import Problem
from benchmarks.table import Row
from benchmarks.timing import Scale, Times, cpu_seconds, take_turns
from microgradlab.compiler.build import rows_of, rule_kernel
from microgradlab.compiler.derivative import by_parameters
from microgradlab.compiler.native import NativeTraining
from microgradlab.compiler.program import merged
from microgradlab.compiler.tape import record

GOALS = {30_000: 0.15, 83_000: 0.25, 320_000: 0.7}
"""Seconds for programs of up to so many nodes."""
_ABOUT = 1.05  # a program with slightly more nodes has the same goal


def rows(scale: Scale) -> list[Row]:
    """Each network's training, with and without the cache on disk."""
    return [_row(Problem(sizes, batch=2), scale) for sizes in scale.nets]


def _row(problem: Problem, scale: Scale) -> Row:
    model = problem.model()
    with TemporaryDirectory() as cache:
        turns = take_turns(
            [partial(_seconds, problem, model, folder) for folder in ("", cache)],
            scale.long_rounds,
            collector=True,
        )
    compiling, cached = map(Times, turns)
    size = nodes(problem, model)
    goals = (seconds for most, seconds in GOALS.items() if size <= _ABOUT * most)
    return Row(
        f"compiling {problem.net}, {size:,} nodes",
        str(compiling),
        f"with the cache on disk {cached}",
        compiling.minimum,
        "s",
        at_most=next(goals, None),
    )


def _seconds(problem: Problem, model: mg.MLP, cache: str) -> float:
    with _cache_folder(cache):
        return cpu_seconds(partial(compile, problem, model))


def compile(problem: Problem, model: mg.MLP) -> NativeTraining:
    """From the model's Values to native loops."""
    parameters = model.parameters()
    rule = rule_kernel(mg.optim.SGD(parameters, lr=problem.lr))
    return NativeTraining(compiled.kernel(problem, model), rule, updated=len(parameters))


def nodes(problem: Problem, model: mg.MLP) -> int:
    """The operations for one sample, forward and backward."""
    samples, loss = compiled.samples(problem), compiled.loss(problem)
    (features, target), *_ = samples
    inputs, several = len(features), isinstance(target, list)

    def sample_loss(numbers: list[mg.Value]) -> list[mg.Value]:
        targets = numbers[inputs:]
        return [loss(model(numbers[:inputs]), targets if several else targets[0])]

    tape = record(sample_loss, rows_of(samples).tolist(), model.parameters())
    return len(merged(by_parameters(tape)))


@contextmanager
def _cache_folder(folder: str) -> Iterator[None]:
    """The compiler's cache in another folder; "" switches it off."""
    name = "MICROGRADLAB_CACHE"
    before = os.environ.get(name)
    os.environ[name] = folder
    try:
        yield
    finally:
        if before is None:
            del os.environ[name]
        else:
            os.environ[name] = before
