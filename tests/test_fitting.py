"""`fit`: the history it returns, early stopping, and what callbacks see."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from microgradlab import data, optim
from microgradlab.errors import ArgumentError
from microgradlab.events import EpochEnded, Event, Finished
from microgradlab.fitting import fit
from microgradlab.history import History
from microgradlab.module import Module
from microgradlab.nn import MLP
from microgradlab.training import train
from microgradlab.value import Value

MOONS = data.moons(20, noise=0.1, seed=0)


def network() -> tuple[MLP, optim.Optimizer]:
    model = MLP(2, [3, 1], seed=0)
    return model, optim.Adam(model.parameters(), lr=0.05)


class Point(Module):
    """One parameter, which is the output."""

    def __init__(self) -> None:
        self.w = Value(0.0)

    def __call__(self, _: Any) -> Value:
        return self.w * 1.0


class Scripted(optim.SGD):
    """Moves the one parameter along a script, whatever the gradient."""

    def __init__(self, point: Point, script: Sequence[float]) -> None:
        super().__init__([point.w])
        self.script = script

    def step(self) -> None:
        self.parameters[0].data = self.script[self.updates]
        self.updates += 1


def follow(script: Sequence[float], **options: Any) -> tuple[Point, History]:
    """A run of one update per epoch, in which the script gives the validation costs."""
    point = Point()
    history = fit(
        point,
        [([0.0], 0.0)],
        "absolute_error",
        Scripted(point, script),
        epochs=len(script),
        validation=[([0.0], 0.0)],
        **options,
    )
    return point, history


def test_fit_trains_as_train_does() -> None:
    model, optimizer = network()
    history = fit(model, MOONS, "hinge", optimizer, epochs=3, batch_size=8, seed=2)
    twin, twins = network()
    events = list(train(twin, MOONS, "hinge", twins, epochs=3, batch_size=8, seed=2))
    assert model.state_dict() == twin.state_dict()
    assert optimizer.state_dict() == twins.state_dict()
    assert history["cost"] == [event.cost for event in events if isinstance(event, EpochEnded)]


def test_the_history_has_a_row_for_each_epoch() -> None:
    model, optimizer = network()
    options: dict[str, Any] = {"metrics": ["accuracy"], "validation": MOONS}
    history = fit(model, MOONS, "hinge", optimizer, epochs=3, batch_size=8, **options)
    names = "epoch updates lr cost accuracy validation_cost validation_accuracy"
    assert list(history.columns) == names.split()
    assert history["epoch"] == [1, 2, 3]
    assert history["updates"] == [3, 6, 9]
    assert history["lr"] == [0.05] * 3


def test_callbacks_see_every_event_in_turn() -> None:
    seen: list[tuple[str, Event]] = []
    model, optimizer = network()
    callbacks = [
        lambda event: seen.append(("one", event)),
        lambda event: seen.append(("two", event)),
    ]
    fit(model, MOONS, "hinge", optimizer, epochs=2, callbacks=callbacks)
    twin, twins = network()
    kinds = [type(event) for event in train(twin, MOONS, "hinge", twins, epochs=2)]
    assert [(who, type(event)) for who, event in seen] == [
        (who, kind) for kind in kinds for who in ("one", "two")
    ]


def test_callbacks_may_look_at_the_history_so_far() -> None:
    history, lengths = History(), []

    def callback(event: Event) -> None:
        if isinstance(event, EpochEnded):
            lengths.append(len(history))
            assert history["cost"][-1] == event.cost

    model, optimizer = network()
    returned = fit(
        model, MOONS, "hinge", optimizer, epochs=3, history=history, callbacks=[callback]
    )
    assert returned is history
    assert lengths == [1, 2, 3]


def test_patience_ends_the_run_with_the_best_parameters() -> None:
    point, history = follow([3.0, 1.0, 2.0, 1.0, 0.5], patience=2)
    assert history["validation_cost"] == [3.0, 1.0, 2.0, 1.0]  # 1.0 again is not lower
    assert point.w.data == 1.0


def test_without_patience_the_run_goes_on_and_keep_best_takes_the_best() -> None:
    script = [3.0, 1.0, 2.0, 0.5, 4.0]
    point, history = follow(script, keep_best=True)
    assert (len(history), point.w.data) == (5, 0.5)
    point, history = follow(script)
    assert (len(history), point.w.data) == (5, 4.0)


def test_without_validation_the_training_cost_counts() -> None:
    point = Point()
    point.w.data = 5.0
    script = [3.0, 1.0, 2.0, 4.0, 0.5]
    samples, optimizer = [([0.0], 0.0)], Scripted(point, script)
    history = fit(point, samples, "absolute_error", optimizer, epochs=5, patience=2)
    assert history["cost"] == [5.0, 3.0, 1.0, 2.0, 4.0]  # each met before its update
    assert point.w.data == 2.0  # as it was at the end of the third epoch


@settings(max_examples=50, deadline=None)
@given(
    script=st.lists(st.integers(0, 5).map(float), min_size=1, max_size=12),
    patience=st.integers(1, 4),
)
def test_patience_counts_the_epochs_since_the_first_of_the_lowest(
    script: list[float], patience: int
) -> None:
    best, ended = 0, len(script)
    for epoch, cost in enumerate(script):
        if cost < script[best]:
            best = epoch
        if epoch - best == patience:
            ended = epoch + 1
            break
    point, history = follow(script, patience=patience)
    assert history["validation_cost"] == script[:ended]
    assert point.w.data == script[best]


@pytest.mark.parametrize("patience", [None, 1])
def test_a_run_ends_with_finished_also_when_it_stops_early(patience: int | None) -> None:
    events: list[Event] = []
    _, history = follow([1.0, 2.0, 3.0], patience=patience, callbacks=[events.append])
    assert len(history) == (3 if patience is None else 2)
    assert [event for event in events if isinstance(event, Finished)] == events[-1:]
    last = events[-1]
    assert isinstance(last, Finished)
    assert (last.epochs, last.updates) == (len(history), len(history))
    assert last.metrics == {"validation_cost": history["validation_cost"][-1]}


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"patience": 0}, "patience is 0"),
        ({"patience": True}, "patience is True"),
        ({"patience": 1.5}, "patience is 1.5"),
        ({"resume": True}, "resume needs a checkpoint"),
        ({"epochs": 0}, "epochs is 0"),
        ({"batch_size": 0}, "batch_size is 0"),
    ],
)
def test_bad_arguments_are_refused_before_anything_is_written(
    options: dict[str, Any], message: str, tmp_path: Path
) -> None:
    model, optimizer = network()
    if "resume" not in options:
        options = {**options, "checkpoint": tmp_path / "run.json"}
    with pytest.raises(ArgumentError, match=message):
        fit(model, MOONS, "hinge", optimizer, **options)
    assert list(tmp_path.iterdir()) == []


def test_a_history_that_is_not_empty_is_refused() -> None:
    model, optimizer = network()
    history = fit(model, MOONS, "hinge", optimizer, epochs=1)
    with pytest.raises(ArgumentError, match="history has 1 epochs already"):
        fit(model, MOONS, "hinge", optimizer, epochs=1, history=history)
