"""The seven steps: their order, their contents against loops by hand, and what a seed decides."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import pairwise
from typing import Any

import pytest

from microgradlab import data, losses, metrics, optim
from microgradlab.data.batching import batches
from microgradlab.engine import topological_order
from microgradlab.events import (
    Backpropagated,
    BatchCost,
    EpochEnded,
    Event,
    Finished,
    Initialized,
    Predicted,
    SampleLoss,
    Updated,
)
from microgradlab.functions import mean
from microgradlab.module import Module
from microgradlab.nn import MLP, Neuron
from microgradlab.training import train
from microgradlab.value import Value

MOONS = data.moons(20, noise=0.1, seed=0)


def network() -> MLP:
    return MLP(2, [3, 1], activation="tanh", seed=1)


def run(model: Module | None = None, samples: Any = MOONS, lr: Any = 0.1, **options: Any) -> Any:
    """All events of a short run with plain gradient descent."""
    model = model or network()
    optimizer = optim.SGD(model.parameters(), lr=lr)
    return list(train(model, samples, "binary_cross_entropy", optimizer, **options))


def of(kind: type[Any], events: list[Event]) -> list[Any]:
    return [event for event in events if isinstance(event, kind)]


def test_the_seven_steps_come_in_their_order() -> None:
    events = run(samples=list(MOONS)[:3], epochs=2, batch_size=2)
    one, update = [Predicted, SampleLoss], [BatchCost, Backpropagated, Updated]
    epoch = [*one, *one, *update, *one, *update, EpochEnded]
    assert [type(event) for event in events] == [Initialized, *epoch, *epoch, Finished]


def by_hand(
    model: MLP, penalty: float, batch_size: int, epochs: int, lr: float
) -> Iterator[dict[str, Any]]:
    """Gradient descent without the library's loop: each sample has a graph of its own."""
    named = dict(model.named_parameters())
    for epoch in range(1, epochs + 1):
        for indices in batches(len(MOONS), batch_size, seed=5, epoch=epoch):
            numbers, gradients = [], dict.fromkeys(named, 0.0)
            for sample in indices:
                features, target = MOONS[sample]
                model.zero_grad()
                loss = losses.binary_cross_entropy(model(features), target)
                loss.backward()
                numbers.append(loss.data)
                for name, parameter in named.items():
                    gradients[name] += parameter.grad / len(indices)
            before = {name: parameter.data for name, parameter in named.items()}
            for name, parameter in named.items():
                gradients[name] += 2.0 * penalty * before[name]
                parameter.data -= lr * gradients[name]
            cost = mean(numbers) + penalty * sum(p * p for p in before.values())
            after = {name: parameter.data for name, parameter in named.items()}
            yield {
                "indices": indices, "losses": numbers, "cost": cost,
                "gradients": gradients, "before": before, "after": after,
            }  # fmt: skip


@pytest.mark.parametrize("penalty", [0.0, 0.125])
def test_the_steps_agree_with_a_loop_by_hand(penalty: float) -> None:
    term = losses.l2(penalty) if penalty else None
    events = run(epochs=3, batch_size=6, seed=5, lr=0.5, penalty=term)
    expected = list(by_hand(network(), penalty, batch_size=6, epochs=3, lr=0.5))
    costs, backs, updates = (of(kind, events) for kind in (BatchCost, Backpropagated, Updated))
    assert len(costs) == len(backs) == len(updates) == len(expected) == 3 * 4
    for cost, back, update, hand in zip(costs, backs, updates, expected, strict=True):
        assert cost.samples == hand["indices"]
        assert [loss.data for loss in cost.losses] == pytest.approx(hand["losses"], rel=1e-12)
        assert cost.cost.data == pytest.approx(hand["cost"], rel=1e-12)
        assert back.cost is cost.cost
        assert dict(back.gradients) == pytest.approx(hand["gradients"], rel=1e-11, abs=1e-15)
        assert dict(update.before) == pytest.approx(hand["before"], rel=1e-11, abs=1e-15)
        assert dict(update.after) == pytest.approx(hand["after"], rel=1e-11, abs=1e-15)


def test_the_cost_is_the_mean_of_the_losses_to_the_last_bit() -> None:
    for event in of(BatchCost, run(batch_size=7, epochs=2)):
        total = 0.0
        for loss in event.losses:
            total += loss.data
        assert event.cost.data == total / len(event.losses)
        assert event.penalty is None


@pytest.mark.parametrize(("name", "power"), [("l1", 1), ("l2", 2)])
def test_a_penalty_is_added_to_the_cost(name: str, power: int) -> None:
    events = run(batch_size=10, penalty=getattr(losses, name)(0.25))
    for cost, update in zip(of(BatchCost, events), of(Updated, events), strict=True):
        size = sum(abs(number) ** power for number in update.before.values())
        assert cost.penalty.data == pytest.approx(0.25 * size, rel=1e-12)
        average = mean([loss.data for loss in cost.losses])
        assert cost.cost.data == average + cost.penalty.data


def test_predictions_and_losses_are_those_of_the_sample() -> None:
    model = network()
    optimizer = optim.SGD(model.parameters())
    for event in train(model, MOONS, "hinge", optimizer, epochs=2, batch_size=3):
        if isinstance(event, (Predicted, SampleLoss)):
            assert (event.features, event.target) == MOONS[event.sample]
            assert event.prediction.data == model.predict(event.features)
        if isinstance(event, SampleLoss):
            assert event.loss.data == losses.hinge(event.prediction.data, event.target)


def test_the_rule_is_applied_to_the_gradients() -> None:
    events = run(lr=0.25, batch_size=5)
    for back, update in zip(of(Backpropagated, events), of(Updated, events), strict=True):
        for name, gradient in back.gradients.items():
            assert update.after[name] == update.before[name] - 0.25 * gradient


def test_clipping_comes_between_gradients_and_update() -> None:
    norms: list[float] = []

    def clip(parameters: Any) -> None:
        norms.append(optim.clip_grad_norm(parameters, 0.01))

    events = run(lr=1.0, batch_size=5, clip=clip)
    assert len(norms) == len(of(Updated, events))
    for norm, back, update in zip(
        norms, of(Backpropagated, events), of(Updated, events), strict=True
    ):
        factor = 0.01 / (norm + 1e-6)
        assert norm > 0.01
        for name, gradient in back.gradients.items():
            assert update.after[name] == update.before[name] - gradient * factor


def test_a_schedule_gives_the_rate_of_each_update() -> None:
    schedule = optim.CosineAnnealingLR(0.5, total_steps=8)
    events = run(lr=schedule, batch_size=5, epochs=2)
    assert [event.lr for event in of(Updated, events)] == [schedule(i) for i in range(8)]
    assert [event.lr for event in of(EpochEnded, events)] == [schedule(3), schedule(7)]


def test_the_epoch_has_the_mean_over_its_samples_and_metrics_of_their_predictions() -> None:
    events = run(epochs=2, batch_size=8, metrics=["accuracy"])
    for ended in of(EpochEnded, events):
        seen = [e for e in of(SampleLoss, events) if e.epoch == ended.epoch]
        assert ended.cost == pytest.approx(mean([e.loss.data for e in seen]), rel=1e-12)
        right = sum((e.prediction.data > 0.0) == (e.target == 1) for e in seen)
        assert ended.metrics == {"accuracy": right / len(seen)}
    assert (events[-1].cost, events[-1].metrics) == (ended.cost, ended.metrics)


def test_metrics_of_several_outputs() -> None:
    model = MLP(2, [3], seed=0)
    samples = [(features, 2) for features, _ in MOONS]
    optimizer = optim.SGD(model.parameters(), lr=0.1)
    events = list(train(model, samples, "cross_entropy", optimizer, epochs=1, metrics=["accuracy"]))
    outputs = [event.prediction for event in of(Predicted, events)]
    right = [output[2] > max(output[0], output[1]) for output in outputs]
    assert of(EpochEnded, events)[0].metrics == {"accuracy": right.count(True) / len(right)}
    assert 0 < right.count(True) < len(right)


def test_validation_is_measured_after_each_epoch() -> None:
    model, held_out = network(), data.moons(10, noise=0.1, seed=1)
    optimizer = optim.SGD(model.parameters())
    options: dict[str, Any] = {"metrics": ["accuracy"], "validation": held_out}
    for event in train(model, MOONS, "hinge", optimizer, epochs=2, **options):
        if isinstance(event, EpochEnded):
            measured = metrics.evaluate(model, held_out, "hinge", ["accuracy"])
            assert event.metrics["validation_cost"] == measured["cost"]
            assert event.metrics["validation_accuracy"] == measured["accuracy"]


def test_the_graph_can_be_looked_at_while_the_event_is_in_hand() -> None:
    model = network()
    optimizer = optim.SGD(model.parameters())
    for event in train(model, MOONS, "hinge", optimizer, epochs=1, batch_size=20):
        if isinstance(event, SampleLoss):
            assert event.prediction in topological_order(event.loss)
        if isinstance(event, Backpropagated):
            assert set(model.parameters()) < set(topological_order(event.cost))
            assert event.cost.grad == 1.0
            named = dict(model.named_parameters())
            assert event.gradients == {name: p.grad for name, p in named.items()}
            assert any(event.gradients.values())


def test_numbers_in_events_are_copies_that_stay() -> None:
    model = network()
    start = {name: p.data for name, p in model.named_parameters()}
    optimizer = optim.SGD(model.parameters(), lr=0.5)
    events: list[Event] = []
    shown: list[str] = []
    for event in train(model, MOONS, "hinge", optimizer, epochs=3, batch_size=8):
        if isinstance(event, (Initialized, Backpropagated, Updated)):
            events.append(event)
            shown.append(repr(event))
    assert [repr(event) for event in events] == shown
    assert of(Initialized, events)[0].parameters == start
    updates = of(Updated, events)
    assert updates[0].before == start
    assert all(one.after == two.before for one, two in pairwise(updates))
    assert updates[-1].after == {name: p.data for name, p in model.named_parameters()}


def test_the_first_event_shows_how_the_model_was_made() -> None:
    model = MLP(2, [3, 1], init="lecun_uniform", seed=7)
    first = run(model)[0]
    assert (first.model, first.scheme, first.seed) == (repr(model), "lecun_uniform", 7)
    first = run(Neuron(2))[0]
    assert (first.scheme, first.seed) == (None, None)


def test_parameters_outside_the_optimizer_stay_and_have_gradients_of_their_own_batch() -> None:
    model = network()
    frozen = model.layers[0].neurons[0].bias
    others = [parameter for parameter in model.parameters() if parameter is not frozen]
    start = frozen.data
    for event in train(model, MOONS, "hinge", optim.SGD(others), epochs=2, batch_size=20):
        if isinstance(event, Backpropagated):
            twin = network()
            for mine, theirs in zip(twin.parameters(), model.parameters(), strict=True):
                mine.data = theirs.data
            order_ = next(batches(20, 20, 0, event.epoch))
            losses.cost([losses.hinge(twin(MOONS[i][0]), MOONS[i][1]) for i in order_]).backward()
            expected = {name: p.grad for name, p in twin.named_parameters()}
            assert event.gradients == expected
    assert frozen.data == start


def test_a_loss_may_have_parameters_of_its_own() -> None:
    model, scale = Neuron(1, weights=[0.5]), Value(3.0)
    optimizer = optim.SGD([*model.parameters(), scale], lr=0.1)

    def loss(prediction: Value, target: float) -> Value:
        return (prediction * scale - target) ** 2

    for _ in train(model, [([1.0], 0.0)], loss, optimizer, epochs=2):
        pass
    weight, bias, factor = 0.5, 0.0, 3.0
    for _ in range(2):
        out = weight + bias
        slope = 2.0 * out * factor
        weight, bias, factor = (
            weight - 0.1 * slope * factor, bias - 0.1 * slope * factor, factor - 0.1 * slope * out
        )  # fmt: skip
    assert [p.data for p in optimizer.parameters] == pytest.approx([weight, bias, factor])
