"""What the events of `mg.train` and `mg.fit` cost, against the same loop by hand."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial

import microgradlab as mg
from benchmarks.table import Row
from benchmarks.timing import Scale, Times, cpu_seconds, take_turns
from microgradlab.errors import LabError

Loop = Callable[[mg.MLP, mg.data.Dataset, mg.optim.SGD], object]

EPOCHS = 2
HINGE, PENALTY = mg.losses.hinge, mg.losses.l2(1e-4)


def by_hand(model: mg.MLP, data: mg.data.Dataset, optimizer: mg.optim.SGD) -> None:
    """Batch gradient descent, as one writes it without `mg.train`."""
    parameters = model.parameters()
    for _ in range(EPOCHS):
        losses = [HINGE(model(features), target) for features, target in data]
        cost = mg.losses.cost(losses, PENALTY(parameters))
        optimizer.zero_grad()
        cost.backward()
        optimizer.step()


def by_train(model: mg.MLP, data: mg.data.Dataset, optimizer: mg.optim.SGD) -> None:
    """The same with all events, and nobody who looks at them."""
    for _ in mg.train(
        model,
        data,
        HINGE,
        optimizer,
        epochs=EPOCHS,
        batch_size=None,
        shuffle=False,
        penalty=PENALTY,
    ):
        pass


def by_fit(model: mg.MLP, data: mg.data.Dataset, optimizer: mg.optim.SGD) -> None:
    """The same with a history."""
    mg.fit(
        model,
        data,
        HINGE,
        optimizer,
        epochs=EPOCHS,
        batch_size=None,
        shuffle=False,
        penalty=PENALTY,
    )


def rows(scale: Scale) -> list[Row]:
    """The three loops in turns, from the same weights to the same weights."""
    data = mg.data.moons(scale.samples, noise=0.1, seed=0)
    ends: set[str] = set()

    def run(loop: Loop) -> float:
        model = mg.MLP(2, [scale.hidden, scale.hidden, 1], seed=0)
        optimizer = mg.optim.SGD(model.parameters(), lr=0.01)
        seconds = cpu_seconds(lambda: loop(model, data, optimizer))
        ends.add(repr(model.state_dict()))
        return seconds / EPOCHS

    loops = (by_hand, by_train, by_fit)
    turns = take_turns([partial(run, loop) for loop in loops], scale.rounds, collector=False)
    if len(ends) != 1:
        raise LabError("the loops by hand, of mg.train and of mg.fit end with different weights")
    hand, *others = map(Times, turns)
    return [
        Row(
            f"a step of {name}, collector off",
            str(other),
            f"by hand {hand}",
            other.minimum / hand.minimum,
            "times the time",
        )
        for name, other in zip(("`mg.train`", "`mg.fit`"), others, strict=True)
    ]
