"""Peers train the same problem in turns, once it is known that they compute the same."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass
from time import process_time
from typing import Protocol

import numpy as np

from benchmarks.peers import NotFeasibleError, Peer
from benchmarks.problem import Layers, Numbers, Problem, Training
from benchmarks.timing import Times
from microgradlab.errors import LabError

CHECKED_UPDATES = 3
"""Updates after which all peers must have the same cost and parameters."""
_TOLERANCE = 1e-9
_LONGEST = 0.5
"""Seconds of one peer's turns at one problem; the rounds that are left go without it."""


@dataclass(frozen=True)
class Start:
    """What a peer comes to in the first updates."""

    cost: float
    layers: Layers

    def numbers(self) -> Numbers:
        """All of it in one array."""
        arrays = [np.ravel(array) for layer in self.layers for array in layer]
        return np.concatenate([[self.cost], *arrays])


class TakesTurns(Protocol):
    """A trainer, or one in another process."""

    def prepare(self, problem: Problem, turn: float) -> Start | None:
        """As `Trainer.prepare`."""

    def take_turn(self) -> tuple[float, float]:
        """As `Trainer.take_turn`."""


class Trainer:
    """Trains for one peer."""

    def __init__(self, peer: Peer) -> None:
        self._peer = peer
        self._training: Training | None = None
        self._updates = 1

    def prepare(self, problem: Problem, turn: float) -> Start | None:
        """Compiles, makes the first updates, and finds the number of updates of a turn.

        Args:
            problem: what is trained from now on.
            turn: the least seconds of a turn.

        Returns:
            What the first updates came to; None if the problem is too large for the peer.
        """
        self._training = None  # its memory is free before the next one takes more
        try:
            self._training = training = self._peer.training(problem)
        except NotFeasibleError:
            return None
        for _ in range(CHECKED_UPDATES):
            cost = training.run(1)
        start = Start(cost, training.layers())
        self._updates = 1
        while (seconds := _cpu_seconds(training, self._updates)) < turn:
            self._updates = math.ceil(self._updates * min(1.2 * turn / seconds, 100.0))
            training.run(self._updates)  # for what is compiled for their number
        return start

    def take_turn(self) -> tuple[float, float]:
        """CPU seconds of a turn, and of one of its updates."""
        assert self._training is not None
        seconds = _cpu_seconds(self._training, self._updates)
        return seconds, seconds / self._updates


def _cpu_seconds(training: Training, updates: int) -> float:
    start = process_time()
    training.run(updates)
    return process_time() - start


def measure(
    problem: Problem, trainers: Mapping[str, TakesTurns], rounds: int, turn: float
) -> dict[str, Times]:
    """CPU seconds of an update, for all peers for which the problem is not too large.

    Args:
        problem: the same for all.
        trainers: by the peers' names.
        rounds: how often each peer has its turn.
        turn: the least seconds of a turn.

    Raises:
        LabError: peers disagree.
    """
    starts = {name: trainer.prepare(problem, turn) for name, trainer in trainers.items()}
    feasible = {name: start for name, start in starts.items() if start is not None}
    check_agreement(problem, feasible)
    seconds: dict[str, list[float]] = {name: [] for name in feasible}
    used = dict.fromkeys(feasible, 0.0)
    for _ in range(rounds):
        for name in feasible:
            if used[name] < _LONGEST:
                whole, update = trainers[name].take_turn()
                used[name] += whole
                seconds[name].append(update)
    return {name: Times(each) for name, each in seconds.items()}


def check_agreement(problem: Problem, starts: Mapping[str, Start]) -> None:
    """Compares costs and parameters with the first peer's, relative to the largest number.

    Raises:
        LabError: they differ by more than 1e-9.
    """
    first, *others = starts
    expected = starts[first].numbers()
    for name in others:
        difference = np.abs(starts[name].numbers() - expected).max() / np.abs(expected).max()
        if not difference <= _TOLERANCE:
            raise LabError(
                f"{name} and {first} disagree by {difference:.1e} after {CHECKED_UPDATES} updates "
                f"of {problem.net} with {problem.batch} samples",
                hint="a comparison of their speeds means nothing before this is mended",
            )
