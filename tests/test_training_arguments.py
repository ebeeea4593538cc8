"""What `train` refuses, at the call itself: before the first event and before any change."""

from __future__ import annotations

import math
from typing import Any

import pytest

import microgradlab as mg
from microgradlab import data, optim
from microgradlab.errors import ArgumentError
from microgradlab.events import Predicted
from microgradlab.module import Module
from microgradlab.nn import MLP
from microgradlab.training import train
from microgradlab.value import Value

MOONS = data.moons(10, noise=0.1, seed=0)


def call(**changes: Any) -> Any:
    """Calls `train` with good arguments but for the changes."""
    model = changes.get("model") or MLP(2, [3, 1], seed=0)
    arguments: dict[str, Any] = {
        "model": model,
        "data": MOONS,
        "loss": "hinge",
        "optimizer": optim.SGD(model.parameters() or [Value(0.0)]),
        "metrics": ["accuracy"],
    }
    return train(**{**arguments, **changes})


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"epochs": 0}, "epochs is 0"),
        ({"epochs": -1}, "epochs is -1"),
        ({"epochs": True}, "epochs is True"),
        ({"epochs": 2.5}, "epochs is 2.5"),
        ({"first_epoch": 0}, "first_epoch is 0"),
        ({"batch_size": 0}, "batch_size is 0"),
        ({"batch_size": -1}, "batch_size is -1"),
        ({"batch_size": True}, "batch_size is True"),
        ({"batch_size": 2.5}, "batch_size is 2.5"),
        ({"loss": "hing"}, "unknown loss 'hing'\nhint: did you mean 'hinge'"),
        ({"metrics": ["acuracy"]}, "unknown metric 'acuracy'\nhint: did you mean 'accuracy'"),
        ({"metrics": {"cost": max}}, "a metric is called 'cost'"),
        ({"penalty": 1e-4}, "penalty is 0.0001, not a function"),
        ({"clip": 1.0}, "clip is 1.0, not a function"),
        ({"data": []}, "data has no samples"),
        ({"validation": []}, "validation has no samples"),
        ({"data": [([1.0, 2.0], 0), ([1.0], 1)]}, "data[1] has 1 features; the model takes 2"),
        ({"data": [(1.0, 0)]}, "data[0] has no list of features; the model takes 2"),
        ({"validation": [([1.0, 2.0, 3.0], 0)]}, "validation[0] has 3 features; the model takes 2"),
        ({"data": [[1.0, 2.0, 3.0]]}, "data[0] is no pair (features, target)"),
        ({"data": MOONS.features[0]}, "data[0] is no pair (features, target)"),
        ({"model": Module()}, "Module has no parameters to train"),
        ({"optimizer": optim.SGD([Value(1.0)])}, "the optimizer has none of the model's"),
    ],
    ids=lambda part: part.partition("\n")[0] if isinstance(part, str) else "",
)
def test_a_bad_argument_is_refused_at_the_call(changes: dict[str, Any], message: str) -> None:
    with pytest.raises(ArgumentError) as caught:
        call(**changes)
    assert message in str(caught.value)


def test_a_call_that_is_refused_changes_nothing() -> None:
    model = MLP(2, [3, 1], seed=0)
    before = model.state_dict()
    with pytest.raises(ArgumentError):
        call(model=model, epochs=0)
    assert model.state_dict() == before


def test_a_call_alone_does_not_train() -> None:
    model = MLP(2, [3, 1], seed=0)
    before = model.state_dict()
    call(model=model)
    assert model.state_dict() == before


def test_a_module_of_ones_own_may_take_any_features() -> None:
    class Letters(Module):
        def __init__(self) -> None:
            self.inputs = 26
            self.weights = {letter: Value(0.0) for letter in "abc"}

        def __call__(self, word: str) -> Value:
            return self.weights[word[0]] * 1.0

    events = list(call(model=Letters(), data=[("apple", 1), ("cherries", 0)]))
    words = [event.features for event in events if isinstance(event, Predicted)]
    assert set(map(str, words)) == {"apple", "cherries"}


def test_data_may_be_any_iterable() -> None:
    model = MLP(2, [3, 1], seed=0)
    assert len(list(call(model=model, data=iter(list(MOONS))))) == len(list(call(model=model)))


def test_a_loss_that_is_no_value_is_refused_with_a_cure() -> None:
    def loss(prediction: Value, _: float) -> float:
        return prediction.data

    with pytest.raises(ArgumentError, match=r"the loss is .*, not a Value\nhint: .*\.data"):
        list(call(loss=loss))


def test_parameters_without_a_label_are_labelled_by_their_names() -> None:
    model = MLP(2, [1])
    model.layers[0].neurons[0].bias.label = "offset"
    call(model=model)
    labels = [parameter.label for parameter in model.parameters()]
    assert labels == ["layers.0.neurons.0.weights.0", "layers.0.neurons.0.weights.1", "offset"]


def test_a_loss_that_no_operation_leads_to_is_refused() -> None:
    model, samples = mg.MLP(1, [1]), [([1.0], 1.0)]
    sgd = mg.optim.SGD(model.parameters(), lr=0.1)
    with pytest.raises(ArgumentError, match="no operation leads from the parameters"), mg.no_grad():
        mg.fit(model, samples, "squared_error", sgd)
    with pytest.raises(ArgumentError, match="no operation leads from the parameters"):
        mg.fit(model, samples, lambda p, t: Value((p.data - t) ** 2), sgd)


def test_binary_cross_entropy_on_a_sigmoid_is_refused() -> None:
    model = mg.MLP(1, [1], output="sigmoid")
    sgd = mg.optim.SGD(model.parameters(), lr=0.1)
    with pytest.raises(ArgumentError, match="takes a logit"):
        mg.train(model, [([1.0], 1)], "binary_cross_entropy", sgd)


@pytest.mark.parametrize("target", [math.nan, -math.inf, [0.0, math.nan]], ids=repr)
def test_a_target_that_is_not_finite_is_named_before_training(target: Any) -> None:
    model = mg.MLP(2, [1], seed=0)
    sgd = mg.optim.SGD(model.parameters(), lr=0.1)
    with pytest.raises(ArgumentError, match=r"data\[1\] has (nan|-inf) as target") as caught:
        mg.train(model, [([1.0, 2.0], 1.0), ([1.0, 2.0], target)], "squared_error", sgd)
    assert caught.value.hint == "leave out samples whose target is missing"


def test_data_that_were_used_up_are_told_from_none() -> None:
    model = mg.MLP(2, [1], seed=0)
    sgd = mg.optim.SGD(model.parameters(), lr=0.1)
    data = (([x, 1.0], 1) for x in [1.0, -1.0])
    mg.fit(model, data, "hinge", sgd, epochs=1)
    with pytest.raises(ArgumentError, match="data has no samples") as caught:
        mg.fit(model, data, "hinge", sgd, epochs=1)
    assert "an iterator can be gone through only once" in caught.value.hint


def test_a_feature_that_is_nan_is_named_before_training() -> None:
    model = mg.MLP(2, [1])
    sgd = mg.optim.SGD(model.parameters(), lr=0.1)
    with pytest.raises(ArgumentError, match=r"data\[1\] has nan as feature 0"):
        mg.train(model, [([1.0, 2.0], 1), ([math.nan, 2.0], 1)], "hinge", sgd)


@pytest.mark.parametrize("which", ["model", "optimizer"])
def test_a_text_for_a_model_or_an_optimizer_is_refused(which: str) -> None:
    model: Any = mg.MLP(1, [1])
    sgd: Any = mg.optim.SGD(model.parameters(), lr=0.1)
    given = {"model": ("m", sgd), "optimizer": (model, "adam")}[which]
    with pytest.raises(ArgumentError, match=f"the {which} is "):
        mg.fit(given[0], [([1.0], 1)], "hinge", given[1])


def test_a_single_callback_outside_of_a_list_is_refused() -> None:
    model = mg.MLP(1, [1])
    sgd = mg.optim.SGD(model.parameters(), lr=0.1)
    callbacks: Any = print
    with pytest.raises(ArgumentError, match="callbacks is"):
        mg.fit(model, [([1.0], 1)], "hinge", sgd, callbacks=callbacks)


def test_names_of_other_libraries_are_answered_with_the_loss_that_is_meant() -> None:
    with pytest.raises(ArgumentError, match="did you mean 'squared_error'"):
        mg.losses.loss_by_name("mse")
