"""How fast compiled training is: one update, against other libraries, on one core."""

from __future__ import annotations

import sys
from collections.abc import Iterable
from dataclasses import dataclass

from benchmarks.peers import OURS, Peer
from benchmarks.problem import Problem
from benchmarks.table import Row, grid
from benchmarks.timing import Scale, Times
from benchmarks.trainer import measure
from benchmarks.workers import working

A_CALL, AN_EPOCH = OURS[0].name, OURS[1].name


def way_against(peer: Peer) -> str:
    """The name of our way that makes as many updates in a call as the peer."""
    return AN_EPOCH if peer.is_whole else A_CALL


@dataclass(frozen=True)
class Cell:
    """What was measured of one problem.

    Attributes:
        problem: that was trained.
        times: of an update, by the peers' names; a peer that is not there could not.
    """

    problem: Problem
    times: dict[str, Times]

    def ratio(self, peer: Peer) -> float:
        """How many times faster microgradlab is, called as often as the peer."""
        return self.times[peer.name].minimum / self.times[way_against(peer)].minimum


def measured(problems: Iterable[Problem], peers: tuple[Peer, ...], scale: Scale) -> list[Cell]:
    """Trains the problems with microgradlab and with these peers."""
    cells = []
    with working((*OURS, *peers)) as workers:
        for problem in problems:
            what = f"{problem.net}, batch {problem.batch:,}, {problem.activation}"
            print(f"measuring: {what}", file=sys.stderr)
            cells.append(Cell(problem, measure(problem, workers, scale.rounds, scale.turn)))
    return cells


def problems(activation: str, loss: str, scale: Scale) -> list[Problem]:
    """All nets with all batches."""
    return [
        Problem(sizes, batch, activation, loss) for sizes in scale.nets for batch in scale.batches
    ]


def table(cells: Iterable[Cell], peers: tuple[Peer, ...]) -> str:
    """The cells as lines of a Markdown table: microseconds, and ratios."""
    header = ["net", "batch", *(peer.name for peer in (*OURS, *peers)), "ahead of all by"]
    lines = []
    for cell in cells:
        ours = [microseconds(cell.times[peer.name]) for peer in OURS]
        theirs = [_compared(cell, peer) for peer in peers]
        ahead = f"**{least(cell, peers):.2f}×**" if peers else ""
        lines.append([cell.problem.net, f"{cell.problem.batch:,}", *ours, *theirs, ahead])
    return grid(header, lines)


def _compared(cell: Cell, peer: Peer) -> str:
    if peer.name not in cell.times:
        return "–"
    return f"{microseconds(cell.times[peer.name])} ({figure(cell.ratio(peer))}×)"


def least(cell: Cell, peers: Iterable[Peer]) -> float:
    """The ratio to the fastest peer."""
    return min(cell.ratio(peer) for peer in peers if peer.name in cell.times)


def compared(what: str, cell: Cell, peer: Peer, way: str, at_least: float | None) -> Row:
    """One of our ways to train, by its name, against a peer."""
    ours, theirs = cell.times[way], cell.times[peer.name]
    return Row(
        f"{what}: {cell.problem.net}, batch {cell.problem.batch:,}, {way.rpartition(', ')[2]}",
        str(ours),
        f"{peer.name} {theirs}",
        theirs.minimum / ours.minimum,
        "times faster",
        at_least=at_least,
    )


def goal(what: str, cells: Iterable[Cell], peers: tuple[Peer, ...], at_least: float) -> Row:
    """The cell in which microgradlab is least ahead of these peers."""
    cell = min(cells, key=lambda cell: least(cell, peers))
    peer = min((peer for peer in peers if peer.name in cell.times), key=cell.ratio)
    return compared(what, cell, peer, way_against(peer), at_least)


def microseconds(times: Times) -> str:
    """The minimum, in microseconds.

    >>> microseconds(Times([3.14e-6])), microseconds(Times([0.0403552]))
    ('3.1', '40,355')
    """
    return figure(times.minimum * 1e6)


def figure(number: float) -> str:
    """A number with one decimal, or with none where it has three digits before.

    >>> figure(3.14), figure(40355.2)
    ('3.1', '40,355')
    """
    return f"{number:,.1f}" if number < 99.95 else f"{number:,.0f}"
