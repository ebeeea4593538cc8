"""The garbage collector is off during a run, and as it was before however the run ends."""

from __future__ import annotations

import gc
from collections.abc import Callable, Iterator
from typing import Any

import pytest

from microgradlab import optim
from microgradlab.collector import paused_gc
from microgradlab.errors import DivergedError
from microgradlab.events import Event, Finished, Predicted, Updated
from microgradlab.fitting import fit
from microgradlab.nn import Neuron
from microgradlab.training import Events, train
from microgradlab.value import Value

SAMPLES = [([float(i)], 0.0) for i in range(4)]


class PlannedError(Exception):
    """Raised on purpose."""


class Failing(Neuron):
    def __call__(self, x: Any) -> Any:
        if x == [2.0]:
            raise PlannedError
        return super().__call__(x)


@pytest.fixture(params=[True, False], ids=["on before", "off before"])
def before(request: pytest.FixtureRequest) -> Iterator[bool]:
    """Whether the collector is on before the run."""
    if not request.param:
        gc.disable()
    yield request.param
    gc.enable()


def events_of(model: Neuron | None = None, lr: float = 0.01) -> Events:
    model = model or Neuron(1)
    optimizer = optim.SGD(model.parameters(), lr=lr)
    return train(model, SAMPLES, "squared_error", optimizer, epochs=2, batch_size=1)


def exhaust(events: Events) -> None:
    for _ in events:
        assert not gc.isenabled()


def break_off(events: Events) -> None:
    for event in events:
        assert not gc.isenabled()
        if isinstance(event, Updated):
            break
    events.close()


def close_early(events: Events) -> None:
    next(events)
    assert not gc.isenabled()
    events.close()


def throw_in(events: Events) -> None:
    next(events)
    with pytest.raises(PlannedError):
        events.throw(PlannedError())


@pytest.mark.parametrize("end", [exhaust, break_off, close_early, throw_in])
def test_it_is_restored_when_the_events_end(end: Callable[[Events], None], before: bool) -> None:
    events = events_of()
    end(events)
    assert gc.isenabled() == before


def test_it_is_restored_when_the_events_are_abandoned(before: bool) -> None:
    events = events_of()
    for _ in range(9):
        next(events)
    assert not gc.isenabled()
    del events
    assert gc.isenabled() == before


def test_it_is_restored_when_the_model_fails(before: bool) -> None:
    events = events_of(Failing(1))
    with pytest.raises(PlannedError) as caught:
        exhaust(events)
    assert gc.isenabled() == before
    assert caught.value.__traceback__ is not None  # which keeps the frames, and events too


def test_it_is_restored_when_the_run_diverges(before: bool) -> None:
    events = events_of(lr=1e300)
    with pytest.raises(DivergedError):
        exhaust(events)
    assert gc.isenabled() == before


@pytest.mark.parametrize("kind", [Predicted, Updated, Finished])
@pytest.mark.parametrize("error", [PlannedError, KeyboardInterrupt])
def test_it_is_restored_when_a_callback_fails(
    kind: type[Any], error: type[BaseException], before: bool
) -> None:
    def callback(event: Event) -> None:
        assert not gc.isenabled()
        if isinstance(event, kind):
            raise error

    model = Neuron(1)
    with pytest.raises(error) as caught:
        fit(model, SAMPLES, "hinge", optim.SGD(model.parameters()), callbacks=[callback])
    assert gc.isenabled() == before
    assert caught.value.__traceback__ is not None  # which keeps the frame of fit


def test_it_is_restored_after_early_stopping(before: bool) -> None:
    model = Neuron(1, weights=[0.0])
    fit(model, SAMPLES, "squared_error", optim.SGD(model.parameters()), epochs=5, patience=1)
    assert gc.isenabled() == before


def test_events_that_were_not_begun_leave_it_alone(before: bool) -> None:
    events_of()
    assert gc.isenabled() == before


def test_paused_gc_nests(before: bool) -> None:
    with paused_gc():
        with paused_gc():
            assert not gc.isenabled()
        assert not gc.isenabled()
    assert gc.isenabled() == before


def test_cycles_made_by_consumers_are_collected_after_each_epoch() -> None:
    class Cycle:
        alive = 0

        def __init__(self) -> None:
            self.me = self
            Cycle.alive += 1

        def __del__(self) -> None:
            Cycle.alive -= 1

    most = 0
    for event in events_of():
        if isinstance(event, Updated):
            Cycle()
            most = max(most, Cycle.alive)
    assert most == len(SAMPLES)


def test_a_run_leaves_no_cycles_behind() -> None:
    model = Neuron(1)
    optimizer = optim.SGD(model.parameters())
    list(train(model, SAMPLES, "squared_error", optimizer, epochs=1))
    gc.collect()
    with paused_gc():
        for event in train(model, SAMPLES, "squared_error", optimizer, epochs=1):
            del event
        gc.set_debug(gc.DEBUG_SAVEALL)
        try:
            gc.collect()
            assert not [item for item in gc.garbage if isinstance(item, Value)]
        finally:
            gc.set_debug(0)
            gc.garbage.clear()
