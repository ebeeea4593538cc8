"""What would make compiled code compute something else, noticed while recording. Floor 4.

A recorded function is called with Values in place of floats. What Python asks such a Value for is
refused at once. What nobody is told of, such as `.data` and `isinstance`, shows otherwise: in
recordings with other numbers, and in a comparison with the function called with floats.
"""

from __future__ import annotations

import math
import sys
import time
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from random import Random
from threading import RLock
from typing import Any, TypeVar

from microgradlab import modes, tracing
from microgradlab.collector import paused_gc
from microgradlab.errors import ArgumentError
from microgradlab.places import place
from microgradlab.value import Value

HOW_TO_MEND = (
    "write a choice by the data as mg.where(mg.greater(x, 0.0), a, b), a class as a one-hot row, "
    "and all arithmetic with the operations of this package (mg.sin, not math.sin)"
)
UNSEEN = (
    "it may ask for .data or isinstance(x, Value), or compute with NumPy or Python's own sum(), "
    "which round in another way; " + HOW_TO_MEND
)
_AS_A_LIST = (
    "give several numbers as a list, array.tolist(): an array stands for one number, for which the "
    "function is computed entry by entry"
)
NUMBERS = RLock()
"""Held while the numbers of Values are others than those that they were given."""

Entry = TypeVar("Entry")

_MOST_SECONDS = 0.03
_PACKAGE = str(Path(__file__).parents[1])
_ASKED_OF_FLOATS = (TypeError, KeyError, AttributeError)


@contextmanager
def refusing() -> Iterator[None]:
    """Inside, operations are recorded, and a number that leaves the graph is an error.

    The error comes even if the function swallows it.
    """
    refusals: list[ArgumentError] = []

    def refuse(value: Value, how: str) -> None:
        refusals.append(_refusal(value, how))
        raise refusals[-1]

    with modes.recording(), modes.escaping(refuse), paused_gc():
        try:
            yield
        except _ASKED_OF_FLOATS as error:
            if not refusals:
                raise ArgumentError(
                    "with Values in place of floats the function cannot be computed: "
                    f"{type(error).__name__}: {error}",
                    hint=_AS_A_LIST if "'Value' object is not" in str(error) else HOW_TO_MEND,
                ) from error
        except Exception:
            if not refusals:
                raise
    if refusals:
        raise refusals[0]


def _refusal(value: Value, how: str) -> ArgumentError:
    frame = sys._getframe(1)
    while frame.f_back is not None and frame.f_code.co_filename.startswith(_PACKAGE):
        if frame.f_code.co_filename == tracing.__file__:
            return ArgumentError(
                f"a derivative is taken inside of what is compiled, at {_calling_line()}",
                hint="compile the function itself, and use its derivative: jit(f).grad(x)",
            )
        frame = frame.f_back
    name = f" ({value.label!r})" if value.label else ""
    return ArgumentError(
        f"a number that depends on the data or the parameters{name} {how} at {_calling_line()}: "
        "so what is computed could differ from sample to sample",
        hint=HOW_TO_MEND,
    )


def _calling_line() -> str:
    """The line of code outside of this package that is being executed."""
    frame = sys._getframe(1)
    while frame.f_back is not None and frame.f_code.co_filename.startswith(_PACKAGE):
        frame = frame.f_back
    return place(frame.f_code.co_filename, frame.f_lineno)


@contextmanager
def nudged(leaves: Sequence[Value]) -> Iterator[None]:
    """Inside, the leaves have other numbers, mostly of the other sign.

    >>> weight = Value(1.0)
    >>> with nudged([weight]):
    ...     weight.data
    -1.0618
    >>> weight.data
    1.0
    """
    with NUMBERS:
        before = [leaf.data for leaf in leaves]
        try:
            for leaf in leaves:
                leaf.data = elsewhere(leaf.data)
            yield
        finally:
            for leaf, number in zip(leaves, before, strict=True):
                leaf.data = number


def elsewhere(number: float) -> float:
    """Another number, not far away, and mostly of the other sign."""
    return -0.0618 - number


def probes(numbers: Sequence[float]) -> list[list[float]]:
    """Other numbers, of other signs and sizes, that a recording is compared at.

    In the last ones whole numbers become 0 or 1: a class stays one.
    """
    chance = Random(0)
    return [
        list(map(elsewhere, numbers)),
        [number + 0.0625 for number in numbers],
        *([chance.gauss(0.0, size) for _ in numbers] for size in (0.3, 3.0, 3.0, 100.0, 1e6)),
        [float(n == 0.0) if n.is_integer() else elsewhere(n) for n in numbers],
    ]


def in_time(entries: Iterable[Entry]) -> Iterator[Entry]:
    """The first entry, and further ones until some time has passed."""
    end = time.perf_counter() + _MOST_SECONDS
    for entry in entries:
        yield entry
        if time.perf_counter() > end:
            return


def agree(compiled: Sequence[float], plain: Sequence[Any], *, fast: bool = False) -> bool:
    """Whether compiled numbers are those that floats give, but for rounding.

    The bits may differ: from Python 3.12 on sum() rounds floats otherwise than Values.

    >>> agree([0.5, math.nan, 0.0], [0.5, math.nan, -0.0]), agree([1.0], [2.0])
    (True, False)
    """
    least = 1e-9 if fast else 1e-12
    return len(compiled) == len(plain) and all(
        math.isclose(mine, theirs, rel_tol=1e-9, abs_tol=least)
        or (math.isnan(mine) and math.isnan(theirs))
        for mine, theirs in zip(compiled, plain, strict=True)
    )
