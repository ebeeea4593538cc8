"""Whether the time per node stays the same when the graph grows."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial

import microgradlab as mg
from benchmarks.table import Row
from benchmarks.timing import Scale, Times, cpu_seconds, take_turns


def chain(nodes: int) -> mg.Value:
    """A deep graph: each operation takes the result of the one before."""
    node = mg.Value(1.0)
    for _ in range(nodes):
        node = node * 0.999999
    return node


def wide_sum(nodes: int) -> mg.Value:
    """A broad graph: a sum of products, all of the same leaf."""
    leaf = mg.Value(1.0)
    total: mg.Value = mg.sum(leaf * 0.5 for _ in range(nodes // 2))
    return total


def seconds_per_node(make: Callable[[int], mg.Value], nodes: int, repeats: int) -> float:
    """CPU time to make the graph, run backward over it and free it, again and again."""

    def run() -> None:
        for _ in range(repeats):
            make(nodes).backward()

    return cpu_seconds(run) / (repeats * nodes)


def rows(scale: Scale) -> list[Row]:
    """The slowest size against the fastest, for each shape of graph."""
    return [_row(name, make, scale) for name, make in (("chain", chain), ("wide sum", wide_sum))]


def _row(name: str, make: Callable[[int], mg.Value], scale: Scale) -> Row:
    sizes = scale.graph_sizes
    turns = take_turns(  # of the same length, so that disturbances meet all sizes alike
        [partial(seconds_per_node, make, nodes, max(sizes) // nodes) for nodes in sizes],
        scale.long_rounds,
        collector=False,
    )
    minima = [Times(turn).minimum for turn in turns]
    return Row(
        f"time per node, {name}",
        ", ".join(f"{minimum * 1e6:.2f}" for minimum in minima) + " µs",
        "at " + ", ".join(f"{nodes:,}" for nodes in sizes) + " nodes",
        max(minima) / min(minima),
        "times, slowest to fastest",
        at_most=1.5,
    )
