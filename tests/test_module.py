"""Modules: parameters with names, and their numbers as a state."""

from __future__ import annotations

import json
from typing import Any

import pytest

import microgradlab as mg
from microgradlab import MLP, Module, Value
from microgradlab.engine import NOT_COMPUTED
from microgradlab.errors import CheckpointError


class Everything(Module):
    """Parameters in every place where they are found."""

    def __init__(self) -> None:
        self.scale = Value(2.0)
        self.rows = [[Value(1.0), Value(2.0)], [Value(3.0), Value(4.0)]]
        self.pair = (Value(5.0), Value(6.0))
        self.named = {"a": Value(7.0), "b": [Value(8.0)]}
        self.parts = [MLP(1, [1]), {"inner": Value(9.0)}]
        self.size, self.title, self.empty = 3, "text", list[Value]()

    def __call__(self, x: Any) -> Any:
        return self.scale * x


NAMES = [
    "scale",
    "rows.0.0",
    "rows.0.1",
    "rows.1.0",
    "rows.1.1",
    "pair.0",
    "pair.1",
    "named.a",
    "named.b.0",
    "parts.0.layers.0.neurons.0.weights.0",
    "parts.0.layers.0.neurons.0.bias",
    "parts.1.inner",
]


def test_parameters_are_named_by_their_place_in_the_order_of_attributes() -> None:
    assert [name for name, _ in Everything().named_parameters()] == NAMES


def test_the_names_of_a_network() -> None:
    names = [name for name, _ in MLP(2, [4, 3, 1]).named_parameters()]
    assert names[:3] == [
        f"layers.0.neurons.0.{part}" for part in ("weights.0", "weights.1", "bias")
    ]
    assert names[-1] == "layers.2.neurons.0.bias"
    assert "layers.0.neurons.3.weights.1" in names
    assert len(names) == len(set(names)) == 3 * 4 + 5 * 3 + 4


def test_a_shared_parameter_counts_once_under_its_first_name() -> None:
    class Tied(Module):
        def __init__(self) -> None:
            self.first = Value(1.0)
            self.again = self.first
            self.both = [self.first, Value(2.0)]

    assert [name for name, _ in Tied().named_parameters()] == ["first", "both.1"]
    assert Tied().state_dict() == {"first": 1.0, "again": 1.0, "both": [1.0, 2.0]}


def test_results_that_a_module_keeps_are_no_parameters() -> None:
    class Curious(Module):
        def __init__(self) -> None:
            self.weight = Value(1.0)

        def __call__(self, x: float) -> Value:
            self.hidden = [self.weight * x]
            self.out = mg.tanh(self.hidden[0])
            return self.out

    model = Curious()
    model(0.5)
    assert model.parameters() == [model.weight]
    assert list(model.state_dict()) == ["weight"]


def test_zero_grad_forgets_all_gradients() -> None:
    model = MLP(2, [3, 1], seed=0)
    model([1.0, 2.0]).backward()
    assert any(p.grad is not NOT_COMPUTED for p in model.parameters())
    model.zero_grad()
    assert all(p.grad is NOT_COMPUTED for p in model.parameters())


def test_predict_gives_floats_and_records_nothing() -> None:
    class Two(Everything):
        def __call__(self, x: Any) -> Any:
            return [self.scale * x, (self.scale, 1)]

    assert Everything().predict(3.0) == 6.0
    assert type(Everything().predict(3.0)) is float
    assert Two().predict(3.0) == [6.0, [2.0, 1.0]]


# --- states


def test_a_state_holds_plain_numbers_and_survives_json() -> None:
    model, other = MLP(3, [4, 2], seed=1), MLP(3, [4, 2], seed=2)
    state = json.loads(json.dumps(model.state_dict()))
    other.load_state_dict(state)
    assert other.state_dict() == model.state_dict()
    assert other.predict([0.1, 0.2, 0.3]) == model.predict([0.1, 0.2, 0.3])


def test_a_state_is_a_copy() -> None:
    model = Everything()
    state = model.state_dict()
    model.rows[0][0].data = 100.0
    assert state["rows"] == [[1.0, 2.0], [3.0, 4.0]]


def test_loading_keeps_the_parameters_themselves() -> None:
    model = Everything()
    before = model.parameters()
    state = model.state_dict()
    state["scale"] = 10
    model.load_state_dict(state)
    assert model.parameters() == before
    assert type(model.scale.data) is float
    assert model.scale.data == 10.0


@pytest.mark.parametrize(
    ("change", "problem"),
    [
        ({"scale": None}, "scale has shape NoneType, not a number instead of ()"),
        ({"scale": [1.0]}, r"scale has shape \(1,\) instead of \(\)"),
        ({"scale": "2.0"}, "scale has shape str, not a number instead of"),
        ({"scale": True}, "scale has shape bool, not a number instead of"),
        ({"rows": [[1.0, 2.0]]}, r"rows has shape \(1, 2\) instead of \(2, 2\)"),
        ({"rows": [[1.0, 2.0], [3.0]]}, r"rows has shape \(2, .* instead of \(2, 2\)"),
        ({"rows": []}, r"rows has shape \(0, \(\)\) instead of \(2, 2\)"),
        ({"other": 1.0}, "other is unexpected"),
    ],
)
def test_a_state_that_does_not_fit_is_refused_and_changes_nothing(
    change: dict[str, Any], problem: str
) -> None:
    model = Everything()
    before = model.state_dict()
    state = {name: 0.0 if entry == 2.0 else entry for name, entry in before.items()}
    with pytest.raises(CheckpointError, match=problem):
        model.load_state_dict(state | change)
    assert model.state_dict() == before


def test_all_problems_are_named_at_once() -> None:
    model = MLP(2, [2, 1])
    state = model.state_dict()
    del state["layers.1.neurons.0.bias"]
    state["layers.0.neurons.0.weights"] = [1.0]
    state["extra"] = 1.0
    with pytest.raises(CheckpointError) as error:
        model.load_state_dict(state)
    assert error.value.message == (
        "the state does not fit this MLP: extra is unexpected; "
        "layers.0.neurons.0.weights has shape (1,) instead of (2,); "
        "layers.1.neurons.0.bias is missing"
    )
    assert "sizes" in error.value.hint


def test_a_long_list_of_problems_is_cut() -> None:
    with pytest.raises(CheckpointError, match="and 30 more"):
        MLP(2, [19, 1]).load_state_dict({})
