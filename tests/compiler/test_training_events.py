"""Compiled training between its calls: events, callbacks, interruptions."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from microgradlab import optim
from microgradlab.compiler import mirror
from microgradlab.errors import ArgumentError
from microgradlab.events import (
    Backpropagated,
    EpochEnded,
    Event,
    Finished,
    Initialized,
    Predicted,
    SampleLoss,
    Updated,
)
from microgradlab.history import History
from microgradlab.recorder import Recorder
from microgradlab.training import train
from tests.compiler.training_runs import MOONS, Ended, given, network, run


class Watcher:
    """A callback that keeps the events of the kinds it wants."""

    def __init__(self, *wants: Any) -> None:
        self.wants = set(wants)
        self.events: list[Any] = []

    def __call__(self, event: Event) -> None:
        self.events.append(event)

    def kinds(self) -> list[Any]:
        return [type(event) for event in self.events]


def watched(*wants: Any, **options: Any) -> tuple[list[Any], Ended]:
    watcher = Watcher(*wants)
    ended = run(callbacks=[watcher], compiled=True, epochs=2, **options)
    return watcher.events, ended


def test_a_plain_callback_sees_the_epochs() -> None:
    events: list[Event] = []
    run(callbacks=[events.append], compiled=True, epochs=2)
    assert [type(event) for event in events] == [Initialized, EpochEnded, EpochEnded, Finished]


@pytest.mark.parametrize(
    ("wants", "seen"),
    [
        ([Backpropagated], [Backpropagated]),
        ([Updated], [Updated]),
        ([Updated, Backpropagated, EpochEnded], [Backpropagated, Updated]),
    ],
    ids=str,
)
def test_a_callback_sees_the_updates_it_wants(wants: list[Any], seen: list[Any]) -> None:
    events, _ = watched(*wants)
    epoch = [*seen * 3, EpochEnded]
    assert [type(event) for event in events] == [Initialized, *epoch, *epoch, Finished]


def test_events_carry_the_same_numbers_as_with_values() -> None:
    events, _ = watched(Backpropagated, Updated)
    model, optimizer = network()
    eager = train(model, MOONS, "squared_error", optimizer, epochs=2, batch_size=5)
    theirs = [event for event in eager if type(event) in {type(event) for event in events}]
    assert events[0] == theirs[0]
    assert [type(event) for event in events] == [type(event) for event in theirs]
    for one, other in zip(events[1:], theirs[1:], strict=True):
        for name in type(one).__slots__:
            mine, wanted = getattr(one, name), getattr(other, name)
            if name == "cost":
                mine, wanted = float(mine), float(wanted)
            elif not isinstance(mine, (int, float)):
                mine, wanted = dict(mine), dict(wanted)
            assert mine == pytest.approx(wanted, rel=1e-12, abs=1e-15), name


def test_looking_at_each_update_changes_no_bit() -> None:
    _, ended = watched(Backpropagated, Updated, metrics=["r2"])
    assert ended.numbers() == run(epochs=2, metrics=["r2"], compiled=True).numbers()


@pytest.mark.parametrize("kind", [Predicted, SampleLoss])
def test_events_with_graphs_are_refused(kind: Any) -> None:
    with pytest.raises(ArgumentError, match=f"a callback wants {kind.__name__}") as caught:
        run(callbacks=[Watcher(kind)], compiled=True)
    assert "train without compiled=True" in caught.value.hint


@pytest.mark.parametrize("wants", ["Updated", {"Updated"}, Updated, None], ids=repr)
def test_wants_that_are_no_classes_are_refused(wants: Any) -> None:
    watcher = Watcher()
    watcher.wants = wants
    with pytest.raises(ArgumentError) as caught:
        run(callbacks=[watcher], compiled=True)
    assert caught.value.message == f"a callback's wants is {wants!r}"
    assert "wants = {microgradlab.events.Updated}" in caught.value.hint


def test_a_recorder_records_the_same() -> None:
    recordings = []
    for compiled in (False, True):
        model, optimizer = network()
        recorder = Recorder(model, path=["layers.0.neurons.0.bias"])
        run(given(model, optimizer), callbacks=[recorder], compiled=compiled)
        recordings.append(recorder.recording)
    eager, compiled_ = recordings
    assert compiled_.epochs == eager.epochs
    assert compiled_.updates == eager.updates
    for field in ("gradient_norms", "update_ratios", "frames", "path"):
        for name, numbers in getattr(eager, field).items():
            assert getattr(compiled_, field)[name] == pytest.approx(numbers, rel=1e-12), field


def changing(change: Callable[[Ended], None], **options: Any) -> dict[str, list[float]]:
    """A run in which a callback changes something after the first epoch."""
    model, optimizer = network("momentum", 0.1)

    def callback(event: Event) -> None:
        if isinstance(event, EpochEnded) and event.epoch == 1:
            change(Ended(model, optimizer, History()))  # its history is not looked at

    return run(given(model, optimizer), callbacks=[callback], **options).numbers()


def double_a_parameter(ended: Ended) -> None:
    ended.optimizer.parameters[2].data *= 2.0


def forget_the_momentum(ended: Ended) -> None:
    ended.optimizer.state[3] = (0.0,)


def lower_the_learning_rate(ended: Ended) -> None:
    ended.optimizer.schedule = optim.ConstantLR(0.01)


@pytest.mark.parametrize(
    "change", [double_a_parameter, forget_the_momentum, lower_the_learning_rate]
)
def test_what_a_callback_changes_counts(change: Callable[[Ended], None]) -> None:
    compiled, eager = changing(change, compiled=True), changing(change)
    for name, numbers in eager.items():
        assert compiled[name] == pytest.approx(numbers, rel=1e-9, abs=1e-12)
    assert compiled["parameters"] != changing(lambda _: None, compiled=True)["parameters"]


def test_numbers_may_be_changed_between_gradient_and_update() -> None:
    def moved_to(*, compiled: bool) -> float:
        model, optimizer = network("sgd", 0.1)
        frozen, moved, *_ = model.parameters()

        class Change(Watcher):
            def __call__(self, event: Event) -> None:
                if isinstance(event, Backpropagated):
                    frozen.grad = 0.0
                    moved.data += 0.5

        before = frozen.data
        callbacks = [Change(Backpropagated)]
        run(given(model, optimizer), callbacks=callbacks, compiled=compiled)
        assert frozen.data == before
        return moved.data

    assert moved_to(compiled=True) == pytest.approx(moved_to(compiled=False), rel=1e-12)


def test_an_interrupted_run_keeps_the_epochs_that_have_ended() -> None:
    model, optimizer = network()

    def interrupt(event: Event) -> None:
        if isinstance(event, EpochEnded) and event.epoch == 2:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        run(given(model, optimizer), callbacks=[interrupt], compiled=True, epochs=5)
    ended = run(epochs=2, compiled=True)
    assert model.state_dict() == ended.model.state_dict()
    assert optimizer.state_dict() == ended.optimizer.state_dict()


def test_an_interrupt_while_numbers_are_carried_over_leaves_none_behind(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    model, optimizer = network()
    assign, calls = mirror.Mirror._assign, []

    def interrupted(self: mirror.Mirror, numbers: list[float], *others: Any) -> None:
        calls.append(numbers)
        if len(calls) == 2:
            model.parameters()[0].data = numbers[0]
            raise KeyboardInterrupt
        assign(self, numbers, *others)

    monkeypatch.setattr(mirror.Mirror, "_assign", interrupted)
    with pytest.raises(KeyboardInterrupt):
        run(given(model, optimizer), compiled=True, epochs=5)
    monkeypatch.undo()
    ended = run(epochs=2, compiled=True)
    assert model.state_dict() == ended.model.state_dict()
    assert optimizer.state_dict() == ended.optimizer.state_dict()
