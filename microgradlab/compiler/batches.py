"""What a native training runs over, and what comes of it. Floor 4."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import NamedTuple

from microgradlab.compiler.arrays import Numbers, Places
from microgradlab.compiler.llvm.training_loop import Work


class Progress(NamedTuple):
    """What a run of updates came to.

    Attributes:
        updates: the number of updates done.
        costs: the cost of each, before the update.
        finite: whether all was finite; if not, the update behind these was not, and has spoilt the
            parameters and the state.
    """

    updates: int
    costs: Numbers
    finite: bool


@dataclass(frozen=True, eq=False)
class NativeBatches:
    """Samples in batches, checked once and for many runs; `NativeTraining.prepare` makes them.

    Attributes:
        training: for which they are.
        updates: the number of batches.
        epoch, gradient: calls of the native loop.
        work: what it works on; here are the addresses of all arrays.
        scalars, costs: are filled for and by each run.
        arrays: rows, order and outputs, which live as long as their addresses.
    """

    training: object
    updates: int
    epoch: Callable[[], object]
    gradient: Callable[[], object]
    work: Work
    scalars: Numbers
    costs: Numbers
    arrays: tuple[Numbers, Places, Numbers | None]
