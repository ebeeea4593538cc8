"""Compiled training as a whole: micrograd's own demo, and `mg.fit` with all that it does."""

from __future__ import annotations

from functools import partial
from importlib.util import find_spec

import numpy as np

import microgradlab as mg
from benchmarks import micrograd_demo
from benchmarks.table import Row
from benchmarks.timing import Scale, Times, cpu_seconds, take_turns
from microgradlab.compiler.build import penalty_kernel, rows_of, rule_kernel, training_kernel
from microgradlab.compiler.native import NativeTraining
from microgradlab.errors import LabError

LR = 0.05
_IN_A_CALL = 1000  # updates of the native loop


def rows(scale: Scale) -> list[Row]:
    """The demo against micrograd, where it is installed, and a fit against the eager engine."""
    demo = _demo(scale) if find_spec("micrograd") else []
    return [*demo, _fit(scale)]


class CompiledDemo:
    """micrograd's demo as native loops: hinge loss, squares of the parameters, plain SGD."""

    def __init__(self, data: mg.data.Dataset, hidden: int) -> None:
        model = mg.MLP(2, [hidden, hidden, 1], seed=0)
        parameters, samples = model.parameters(), list(data)
        self._rows = rows_of(samples)
        self._native = NativeTraining(
            training_kernel(model, mg.losses.hinge, samples, parameters),
            rule_kernel(mg.optim.SGD(parameters, lr=LR)),
            updated=len(parameters),
            penalty=penalty_kernel(mg.losses.l2(micrograd_demo.L2), parameters),
        )
        self._native.parameters[:] = [parameter.data for parameter in parameters]
        order = np.arange(len(samples))
        self._one = self._native.prepare(self._rows, order)
        self._many = self._native.prepare(
            self._rows, np.tile(order, _IN_A_CALL), batch_size=len(samples)
        )
        self._lr = np.full((_IN_A_CALL, 1), LR)

    def updates_in_a_call(self) -> None:
        """A thousand updates."""
        self._native.run(self._many, self._lr)

    def updates_in_calls(self) -> None:
        """A thousand updates, with a call for each."""
        for _ in range(_IN_A_CALL):
            self._native.run(self._one, self._lr[:1])

    def update(self) -> list[float]:
        """The parameters after one update."""
        self._native.run(self._one, self._lr[:1])
        return list(self._native.parameters)


def micrograd_update(peer: micrograd_demo.Peer) -> list[float]:
    """The parameters of micrograd's model after an update, as its demo writes it."""
    peer.backward(peer.forward())
    for parameter in peer.parameters:
        parameter.data -= LR * parameter.grad
    return [parameter.data for parameter in peer.parameters]


def _demo(scale: Scale) -> list[Row]:
    data = mg.data.moons(scale.samples, noise=0.1, seed=0)
    samples = list(data)
    like = micrograd_demo.microgradlab_peer(samples, scale.hidden)
    peer = micrograd_demo.micrograd_peer(samples, scale.hidden, like)
    ours = CompiledDemo(data, scale.hidden)
    _check("micrograd and compiled training", ours.update(), micrograd_update(peer))
    turns = take_turns(
        [
            lambda: cpu_seconds(ours.updates_in_a_call) / _IN_A_CALL,
            lambda: cpu_seconds(ours.updates_in_calls) / _IN_A_CALL,
            lambda: cpu_seconds(lambda: micrograd_update(peer)),
        ],
        scale.long_rounds,
        collector=False,  # which micrograd would have to pay for
    )
    a_thousand, one, theirs = turns
    what = "an update of micrograd's demo, collector off"
    return [
        _row(f"{what}, an epoch a call", "micrograd", [a_thousand, theirs], 10_000.0),
        _row(f"{what}, an update a call", "micrograd", [one, theirs], None),
    ]


def _fit(scale: Scale) -> Row:
    """The same training by both engines; compiling is part of it."""
    data = mg.data.moons(scale.samples, noise=0.1, seed=0)

    def fit(compiled: bool) -> list[float]:
        model = mg.MLP(2, [scale.hidden, scale.hidden, 1], seed=0)
        adam = mg.optim.Adam(model.parameters(), lr=0.01)
        mg.fit(model, data, "hinge", adam, epochs=scale.epochs, batch_size=10, compiled=compiled)
        return [parameter.data for parameter in model.parameters()]

    _check("eager and compiled training", fit(compiled=False), fit(compiled=True))
    turns = take_turns(
        [partial(cpu_seconds, partial(fit, compiled)) for compiled in (True, False)],
        min(scale.long_rounds, 3),
        collector=True,
    )
    what = f"`mg.fit` of moons, {scale.epochs} epochs, Adam, batches of 10, compiling included"
    return _row(what, "eager", turns, None)


def _check(who: str, one: list[float], other: list[float]) -> None:
    if not np.allclose(one, other, rtol=1e-9, atol=1e-9 * np.abs(other).max()):
        raise LabError(f"{who} disagree about the parameters")


def _row(what: str, peer: str, turns: list[list[float]], goal: float | None) -> Row:
    ours, theirs = map(Times, turns)
    ratio = theirs.minimum / ours.minimum
    return Row(what, str(ours), f"{peer} {theirs}", ratio, "times faster", at_least=goal)
