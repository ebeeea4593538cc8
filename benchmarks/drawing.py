"""How long a picture takes, from the Values to the SVG."""

from __future__ import annotations

from functools import partial
from typing import Any

import microgradlab as mg
from benchmarks.graph_size import chain
from benchmarks.table import Row
from benchmarks.timing import Scale, Times, cpu_seconds, take_turns
from microgradlab.engine import topological_order


def expression(nodes: int) -> mg.Value:
    """A graph of about so many numbers, in layers of ten, without a model."""
    layer = [mg.Value(0.1 * k, label=f"x{k}") for k in range(10)]
    for _ in range(nodes // 20):
        shifted = [*layer[1:], layer[0]]
        layer = [mg.tanh(x * y) for x, y in zip(layer, shifted, strict=True)]
    total: mg.Value = mg.sum(layer)
    total.backward()
    return total


def sample_loss(hidden: int) -> mg.Value:
    """The loss of one sample of an MLP with two hidden layers."""
    loss: mg.Value = mg.losses.hinge(mg.MLP(2, [hidden, hidden, 1], seed=0)([1.0, -1.0]), 1)
    loss.backward()
    return loss


def cost(hidden: int, samples: int) -> mg.Value:
    """The cost of a batch of the same MLP."""
    model = mg.MLP(2, [hidden, hidden, 1], seed=0)
    data = mg.data.moons(samples, noise=0.1, seed=0)
    batch: mg.Value = mg.losses.cost([mg.losses.hinge(model(x), y) for x, y in data])
    batch.backward()
    return batch


def rows(scale: Scale) -> list[Row]:
    """Small and large graphs, in full and collapsed."""
    network = f"MLP 2-{scale.hidden}-{scale.hidden}-1"
    loss, batch = sample_loss(scale.hidden), cost(scale.hidden, scale.samples)
    return [
        _row("the loss of an MLP 2-4-4-1", sample_loss(4), scale, 0.05),
        _row("100 numbers without a model", expression(100), scale, 0.05),
        _row("1,000 in full", expression(1000), scale, 1.0, collapse="none"),
        _row(f"the loss of an {network}", loss, scale, 1.0),
        _row("the same in full", loss, scale, 1.0, collapse="none"),
        _row(f"its cost over {scale.samples} samples", batch, scale, 5.0),
        _row("a chain", chain(min(max(scale.graph_sizes), 100_000)), scale, 5.0),
    ]


def _row(what: str, root: mg.Value, scale: Scale, goal: float, **options: Any) -> Row:
    def draw() -> None:
        _ = mg.draw(root, **options).svg

    rounds = scale.rounds if goal < 1.0 else scale.long_rounds
    (turns,) = take_turns([partial(cpu_seconds, draw)], rounds, collector=True)
    times = Times(turns)
    return Row(
        f"`mg.draw`, {what}",
        str(times),
        f"{len(topological_order(root)):,} Values",
        times.minimum,
        "s",
        at_most=goal,
    )
