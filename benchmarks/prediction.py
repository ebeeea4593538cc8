"""Predictions as plain floats, against a forward pass that records its graph."""

from __future__ import annotations

from functools import partial

import microgradlab as mg
from benchmarks.table import Row
from benchmarks.timing import Scale, Times, cpu_seconds, take_turns
from microgradlab.errors import LabError


def rows(scale: Scale) -> list[Row]:
    """The same MLP on the same samples, with the same outputs."""
    samples = [features for features, _ in mg.data.moons(scale.samples, noise=0.1, seed=0)]
    model = mg.MLP(2, [scale.hidden, scale.hidden, 1], seed=0)

    def predict() -> list[float]:
        return [model.predict(features) for features in samples]

    def record() -> list[mg.Value]:
        return [model(features) for features in samples]

    if predict() != [output.data for output in record()]:
        raise LabError("predict and the recorded forward pass give different numbers")
    turns = take_turns(
        [partial(cpu_seconds, predict), partial(cpu_seconds, record)],
        scale.rounds,
        collector=False,
    )
    floats, recorded = map(Times, turns)
    return [
        Row(
            f"`model.predict`, {scale.samples} samples",
            str(floats),
            f"`model(x)` {recorded}",
            recorded.minimum / floats.minimum,
            "times faster",
            at_least=5.0,
        )
    ]
