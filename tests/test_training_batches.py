"""Which samples make up which update: batches, epochs, seeds and the order they decide."""

from __future__ import annotations

from collections import Counter
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from microgradlab import data, optim
from microgradlab.events import BatchCost, EpochEnded, Event, Predicted, Updated
from microgradlab.nn import MLP, Neuron
from microgradlab.training import train

MOONS = data.moons(20, noise=0.1, seed=0)


def network() -> MLP:
    return MLP(2, [3, 1], activation="tanh", seed=1)


def run(model: MLP | None = None, samples: Any = MOONS, **options: Any) -> Any:
    """All events of a short run with plain gradient descent."""
    model = model or network()
    return list(train(model, samples, "hinge", optim.SGD(model.parameters(), lr=0.1), **options))


def of(kind: type[Any], events: list[Event]) -> list[Any]:
    return [event for event in events if isinstance(event, kind)]


THOUSAND = [([i / 1000.0], 0.0) for i in range(1000)]


def sizes(batch_size: int | None, epochs: int) -> list[int]:
    """The batch sizes of all updates for 1,000 samples."""
    neuron = Neuron(1, weights=[0.5])
    optimizer = optim.SGD(neuron.parameters())
    events = train(
        neuron, THOUSAND, "squared_error", optimizer, epochs=epochs, batch_size=batch_size
    )
    return [len(event.samples) for event in events if isinstance(event, BatchCost)]


@pytest.mark.parametrize(
    ("batch_size", "expected"),
    [
        (100, [100] * 10),
        (None, [1000]),
        (1, [1] * 1000),
        (300, [300, 300, 300, 100]),
        (5000, [1000]),
    ],
)
def test_the_batch_size_decides_the_updates_of_an_epoch(
    batch_size: int | None, expected: list[int]
) -> None:
    assert sizes(batch_size, epochs=1) == expected


def test_a_thousand_samples_in_batches_of_100_for_20_epochs_make_200_updates() -> None:
    assert sizes(100, epochs=20) == [100] * 200


@settings(max_examples=30, deadline=None)
@given(n=st.integers(1, 12), batch_size=st.integers(1, 15), seed=st.integers(0, 99))
def test_every_sample_is_used_once_in_every_epoch(n: int, batch_size: int, seed: int) -> None:
    events = run(samples=list(MOONS)[:n], epochs=2, batch_size=batch_size, seed=seed)
    used = Counter((event.epoch, event.sample) for event in of(Predicted, events))
    assert used == {(epoch, sample): 1 for epoch in (1, 2) for sample in range(n)}


def test_epochs_batches_and_updates_are_counted_from_1() -> None:
    events = run(epochs=2, batch_size=8)
    places = [(event.epoch, event.batch, event.update) for event in of(Updated, events)]
    assert places == [(1, 1, 1), (1, 2, 2), (1, 3, 3), (2, 1, 4), (2, 2, 5), (2, 3, 6)]
    assert [(e.epoch, e.updates) for e in of(EpochEnded, events)] == [(1, 3), (2, 6)]
    assert (events[-1].epochs, events[-1].updates) == (2, 6)


def test_the_same_seed_gives_the_same_run_bit_for_bit() -> None:
    one, two = (run(epochs=3, batch_size=3, seed=4) for _ in range(2))
    assert repr(of(Updated, one)) == repr(of(Updated, two))
    assert repr(one[-1]) == repr(two[-1])


def order(events: list[Event], epoch: int) -> list[int]:
    return [event.sample for event in of(Predicted, events) if event.epoch == epoch]


def test_another_seed_or_epoch_gives_another_order() -> None:
    events, other = run(epochs=2, seed=0), run(epochs=2, seed=1)
    assert len({tuple(order(e, epoch)) for e in (events, other) for epoch in (1, 2)}) == 4


def test_without_shuffling_the_order_is_that_of_the_data() -> None:
    events = run(epochs=2, shuffle=False)
    assert order(events, 1) == order(events, 2) == list(range(20))


def test_a_run_goes_on_at_a_later_epoch() -> None:
    whole, model = network(), network()
    run(whole, epochs=5, batch_size=4)
    run(model, epochs=2, batch_size=4)
    events = run(model, epochs=5, batch_size=4, first_epoch=3)
    assert model.state_dict() == whole.state_dict()
    assert [event.epoch for event in of(EpochEnded, events)] == [3, 4, 5]
