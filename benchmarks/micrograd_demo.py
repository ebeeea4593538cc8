"""A step of micrograd's demo, written for microgradlab and for micrograd.

The step is that of demo.ipynb in https://github.com/karpathy/micrograd: an MLP 2-16-16-1 on 100
moons, the hinge loss of each sample, their mean, and 1e-4 times the squares of the parameters.
"""

from __future__ import annotations

import math
import tracemalloc
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from functools import partial
from time import process_time
from typing import Any, NamedTuple

import microgradlab as mg
from benchmarks.table import Row
from benchmarks.timing import Scale, Times, take_turns
from microgradlab.errors import LabError, optional_import

L2 = 1e-4


@dataclass(frozen=True)
class Peer:
    """One implementation of the step.

    Attributes:
        forward: makes the cost of the whole batch.
        backward: given the cost, computes the gradients of the parameters.
        parameters: in one order for all peers.
        operands: the nodes that a node was made from.
    """

    forward: Callable[[], Any]
    backward: Callable[[Any], None]
    parameters: Sequence[Any]
    operands: Callable[[Any], Iterable[Any]]


def microgradlab_peer(samples: Sequence[tuple[Any, Any]], hidden: int) -> Peer:
    """The step as a user of microgradlab writes it."""
    model = mg.MLP(2, [hidden, hidden, 1], activation="relu", seed=0)
    parameters = model.parameters()
    penalty = mg.losses.l2(L2)

    def forward() -> mg.Value:
        losses = [mg.losses.hinge(model(features), target) for features, target in samples]
        cost: mg.Value = mg.losses.cost(losses, penalty(parameters))
        return cost

    def backward(cost: mg.Value) -> None:
        model.zero_grad()
        cost.backward()

    def operands(node: mg.Value) -> list[mg.Value]:
        return [operand for operand in node.operands if isinstance(operand, mg.Value)]

    return Peer(forward, backward, parameters, operands)


def micrograd_peer(samples: Sequence[tuple[Any, Any]], hidden: int, like: Peer) -> Peer:
    """The step as micrograd's demo writes it, with the weights of another peer."""
    purpose = "the comparison with micrograd"
    engine = optional_import("micrograd.engine", extra="bench", purpose=purpose)
    nn = optional_import("micrograd.nn", extra="bench", purpose=purpose)
    model = nn.MLP(2, [hidden, hidden, 1])
    for parameter, source in zip(model.parameters(), like.parameters, strict=True):
        parameter.data = source.data
    rows = [features for features, _ in samples]
    signs = [2 * target - 1 for _, target in samples]  # the demo's targets are -1 and 1

    def forward() -> Any:
        inputs = [list(map(engine.Value, row)) for row in rows]
        scores = list(map(model, inputs))
        losses = [(1 + -yi * scorei).relu() for yi, scorei in zip(signs, scores, strict=True)]
        data_loss = sum(losses) * (1.0 / len(losses))
        reg_loss = L2 * sum(p * p for p in model.parameters())
        return data_loss + reg_loss

    def backward(cost: Any) -> None:
        model.zero_grad()
        cost.backward()

    return Peer(forward, backward, model.parameters(), lambda node: node._prev)


def peers(scale: Scale) -> tuple[Peer, Peer]:
    """Both implementations on the same data and weights, known to agree."""
    samples = list(mg.data.moons(scale.samples, noise=0.1, seed=0))
    ours = microgradlab_peer(samples, scale.hidden)
    theirs = micrograd_peer(samples, scale.hidden, like=ours)
    check_agreement(ours, theirs)
    return ours, theirs


def check_agreement(ours: Peer, theirs: Peer) -> None:
    """Compares cost and gradients to a relative 1e-12; a gradient's to the largest one.

    Raises:
        LabError: they differ.
    """
    results = []
    for peer in (ours, theirs):
        cost = peer.forward()
        peer.backward(cost)
        results.append([cost.data, *(parameter.grad for parameter in peer.parameters)])
    largest = max(abs(gradient) for gradient in results[0][1:])
    for ours_one, theirs_one in zip(*results, strict=True):
        if not math.isclose(ours_one, theirs_one, rel_tol=1e-12, abs_tol=1e-12 * largest):
            raise LabError(
                f"the peers disagree: {ours_one!r} is not {theirs_one!r}",
                hint="a comparison of their speeds means nothing before this is mended",
            )


class StepTimes(NamedTuple):
    """CPU seconds of a step; the whole includes the freeing of the graph."""

    forward: float
    backward: float
    whole: float


def timed_step(peer: Peer) -> StepTimes:
    """Runs one step."""
    start = process_time()
    cost = peer.forward()
    middle = process_time()
    peer.backward(cost)
    end = process_time()
    del cost  # micrograd's graph has cycles and stays until the collector comes
    return StepTimes(middle - start, end - middle, process_time() - start)


def graph_bytes(peer: Peer) -> tuple[int, int]:
    """The memory that a step's graph takes after backward, and the number of its nodes."""
    known = set(peer.parameters)
    tracemalloc.start()
    try:
        cost = peer.forward()
        peer.backward(cost)
        used, _ = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    seen, waiting = {cost}, [cost]
    while waiting:
        new = set(peer.operands(waiting.pop())) - seen
        seen |= new
        waiting += new
    return used, len(seen - known)


def rows(scale: Scale) -> list[Row]:
    """Speed without and with the garbage collector, and memory."""
    ours, theirs = peers(scale)
    return [
        *_rows_without_collector(ours, theirs, scale.rounds),
        _row_with_collector(ours, theirs, scale.long_rounds),
        _row_of_memory(ours, theirs),
    ]


def _rows_without_collector(ours: Peer, theirs: Peer, rounds: int) -> list[Row]:
    turns = take_turns(
        [partial(timed_step, ours), partial(timed_step, theirs)], rounds, collector=False
    )
    our_parts, their_parts = (map(Times, zip(*steps, strict=True)) for steps in turns)
    goals = {"forward": None, "backward": None, "forward + backward": 2.0}
    return [
        _faster(f"{part}, collector off", our_time, their_time, at_least=goal)
        for (part, goal), our_time, their_time in zip(
            goals.items(), our_parts, their_parts, strict=True
        )
    ]


def _row_with_collector(ours: Peer, theirs: Peer, rounds: int, steps: int = 3) -> Row:
    """Steps in a row, so that micrograd pays for the garbage of the steps before, as in a loop."""

    def mean_step(peer: Peer) -> float:
        start = process_time()
        for _ in range(steps):
            peer.backward(peer.forward())
        return (process_time() - start) / steps

    turns = take_turns(
        [partial(mean_step, ours), partial(mean_step, theirs)], rounds, collector=True
    )
    our_time, their_time = map(Times, turns)
    return _faster("forward + backward, Python's defaults", our_time, their_time, at_least=5.0)


def _faster(what: str, ours: Times, theirs: Times, at_least: float | None) -> Row:
    ratio = theirs.minimum / ours.minimum
    return Row(what, str(ours), f"micrograd {theirs}", ratio, "times faster", at_least=at_least)


def _row_of_memory(ours: Peer, theirs: Peer) -> Row:
    (our_bytes, our_nodes), (their_bytes, their_nodes) = graph_bytes(ours), graph_bytes(theirs)
    return Row(
        "memory after backward",
        f"{our_bytes / 1e6:.1f} MB, {our_nodes:,} nodes",
        f"micrograd {their_bytes / 1e6:.1f} MB, {their_nodes:,} nodes "
        f"of {their_bytes / their_nodes:.0f} bytes",
        our_bytes / our_nodes,
        "bytes per node",
        at_most=160.0,
    )
