"""CPU time of peers that take turns in one process."""

from __future__ import annotations

import gc
import statistics
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from time import process_time
from typing import Any, TypeVar

Result = TypeVar("Result")


@dataclass(frozen=True)
class Scale:
    """How much is measured: the defaults are the benchmark's, tests take less.

    Attributes:
        rounds: how often each peer has its turn.
        long_rounds: the same where a turn takes seconds.
        samples: the size of the data set.
        hidden: the neurons in each of the network's two hidden layers.
        graph_sizes: the numbers of nodes over which the time per node is compared.
        turn: the least seconds of a peer's turn where many updates fit into one.
        nets: the sizes of the networks that are compiled.
        batches: the numbers of samples in an update of compiled training.
        epochs: of a whole training, eager and compiled.
    """

    rounds: int = 21
    long_rounds: int = 7
    samples: int = 100
    hidden: int = 16
    graph_sizes: tuple[int, ...] = (10**3, 10**4, 10**5, 10**6)
    turn: float = 0.02
    nets: tuple[tuple[int, ...], ...] = (
        (2, 16, 16, 1),
        (2, 32, 32, 1),
        (16, 64, 64, 1),
        (64, 128, 64, 10),
        (784, 100, 10),
    )
    batches: tuple[int, ...] = (100, 1_000, 10_000)
    epochs: int = 50


@dataclass(frozen=True)
class Times:
    """CPU seconds that the same work took, round by round.

    >>> print(Times([0.0030, 0.0025, 0.0026]))
    2.5 ms (2.6 ms)
    """

    seconds: Sequence[float]

    @property
    def minimum(self) -> float:
        """The least disturbed round: ratios are made of minima."""
        return min(self.seconds)

    @property
    def median(self) -> float:
        """The usual round."""
        return statistics.median(self.seconds)

    def __str__(self) -> str:
        return f"{duration(self.minimum)} ({duration(self.median)})"


def duration(seconds: float) -> str:
    """Seconds in a readable unit.

    >>> duration(0.0000123), duration(0.0123), duration(1.23)
    ('12.3 µs', '12.3 ms', '1.2 s')
    """
    units = ((1.0, "s"), (1e-3, "ms"), (1e-6, "µs"))
    size, unit = next((entry for entry in units if seconds >= entry[0]), units[-1])
    return f"{seconds / size:.1f} {unit}"


def cpu_seconds(function: Callable[[], Any]) -> float:
    """The CPU time of a call, the freeing of its result included."""
    start = process_time()
    function()
    return process_time() - start


def take_turns(
    peers: Sequence[Callable[[], Result]], rounds: int, *, collector: bool
) -> list[list[Result]]:
    """What the peers return in each round, after one round to warm up.

    Taking turns lets a disturbance of the machine meet all peers alike.

    Args:
        peers: each runs once a round; they time themselves.
        rounds: how many.
        collector: whether Python's cyclic garbage collector is on, with its default thresholds.
    """
    results: list[list[Result]] = [[] for _ in peers]
    for _ in range(1 + rounds):
        for peer, kept in zip(peers, results, strict=True):
            with _garbage_collector(on=collector):
                kept.append(peer())
    return [kept[1:] for kept in results]


@contextmanager
def _garbage_collector(on: bool) -> Iterator[None]:
    was_on = gc.isenabled()
    gc.collect()  # so that nobody pays for what another left behind
    (gc.enable if on else gc.disable)()
    try:
        yield
    finally:
        (gc.enable if was_on else gc.disable)()
