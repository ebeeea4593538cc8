"""Checkpoints: every bit comes back, bad files are refused, and nothing is half done."""

from __future__ import annotations

import errno
import json
import math
import os
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from safetensors import safe_open

import microgradlab as mg
from microgradlab import data, optim
from microgradlab.checkpoint import load, read, save
from microgradlab.errors import ArgumentError, CheckpointError
from microgradlab.module import Module
from microgradlab.nn import MLP, Neuron
from microgradlab.training import train
from microgradlab.value import Value, tanh

FORMATS = ["json", "safetensors"]
MOONS = data.moons(8, noise=0.1, seed=0)


@pytest.fixture(params=FORMATS)
def path(request: pytest.FixtureRequest, tmp_path: Path) -> Path:
    return tmp_path / f"model.{request.param}"


def trained(name: str = "adam") -> tuple[MLP, optim.Optimizer]:
    model = MLP(2, [3, 1], activation="tanh", seed=0)
    optimizer = optim.by_name(name, model.parameters(), lr=0.01)
    for _ in train(model, MOONS, "hinge", optimizer, epochs=3, batch_size=2):
        pass
    return model, optimizer


def bits(state: Any) -> str:
    return json.dumps(state)  # tells -0.0 from 0.0, and every float from its neighbours


@pytest.mark.parametrize("name", optim.OPTIMIZERS)
def test_model_and_optimizer_come_back_to_the_last_bit(name: str, path: Path) -> None:
    model, optimizer = trained(name)
    save(path, model, optimizer, extra={"epoch": 3, "note": "∂", "costs": [0.1, -0.0], "n": []})
    fresh = optim.by_name(name, MLP(2, [3, 1], seed=5).parameters(), lr=0.01)
    loaded = load(path, optimizer=fresh)
    assert bits(loaded.model.state_dict()) == bits(model.state_dict())
    assert repr(loaded.model) == repr(model)
    assert loaded.model.predict([0.5, -1.0]) == model.predict([0.5, -1.0])
    assert bits(fresh.state_dict()) == bits(optimizer.state_dict()) == bits(loaded.optimizer_state)
    assert bits(loaded.extra) == bits({"epoch": 3, "note": "∂", "costs": [0.1, -0.0], "n": []})


@pytest.mark.parametrize("number", [-0.0, 5e-324, 1e308, -1.7976931348623157e308, 0.1, math.inf])
def test_extreme_numbers_come_back(number: float, path: Path) -> None:
    model = Neuron(1, weights=[number])
    model.bias.data = number
    save(path, model)
    fresh = Neuron(1)
    load(path, fresh)
    assert [p.data.hex() for p in fresh.parameters()] == [number.hex()] * 2


def test_nan_comes_back(path: Path) -> None:
    save(path, Neuron(1, weights=[math.nan]), extra={"cost": [math.nan, 1.0]})
    loaded = load(path, Neuron(1))
    assert math.isnan(loaded.model.parameters()[0].data)
    assert repr(loaded.extra) == "{'cost': [nan, 1.0]}"


documents = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(max_size=3),
    lambda parts: (
        st.lists(parts, max_size=3)
        | st.lists(st.floats(allow_nan=False), max_size=3)
        | st.dictionaries(st.text("a.", max_size=3), parts, max_size=3)
    ),
    max_leaves=12,
)


@pytest.mark.parametrize("format_", FORMATS)
@settings(max_examples=50, deadline=None)  # it writes files
@given(extra=st.dictionaries(st.text("a.", max_size=3), documents, max_size=3))
def test_anything_made_of_numbers_texts_lists_and_dicts_comes_back(
    extra: dict[str, Any], format_: str, tmp_path_factory: pytest.TempPathFactory
) -> None:
    path = tmp_path_factory.getbasetemp() / f"extra.{format_}"
    save(path, Neuron(1, weights=[1.0]), extra=extra)
    assert bits(load(path, Neuron(1)).extra) == bits(extra)


def test_safetensors_hold_parameters_and_state_under_their_paths(tmp_path: Path) -> None:
    model, optimizer = trained()
    save(tmp_path / "a.safetensors", model, optimizer)
    with safe_open(tmp_path / "a.safetensors", framework="np") as file:
        weights = file.get_tensor("model.state.layers.0.neurons.2.weights")
        assert weights.tolist() == [p.data for p in model.layers[0].neurons[2].weights]
        assert weights.dtype == "float64"
        bias = file.get_tensor("model.state.layers.1.neurons.0.bias")
        assert bias.tolist() == model.layers[1].neurons[0].bias.data
        column = file.get_tensor("optimizer.state.exp_avg")
        assert column.tolist() == [numbers[0] for numbers in optimizer.state]


def test_json_is_read_with_any_json_reader(tmp_path: Path) -> None:
    model, _ = trained()
    save(tmp_path / "a.json", model)
    document = json.loads((tmp_path / "a.json").read_text(encoding="utf-8"))
    assert document["model"]["state"] == model.state_dict()


class Line(Module):
    def __init__(self) -> None:
        self.grid = [[Value(1.0), Value(2.0)], [Value(3.0)]]
        self.named = {"offset": Value(4.0)}

    def __call__(self, x: Any) -> Any:
        return self.grid[0][0] * x


def test_a_module_of_ones_own_is_loaded_into_one(path: Path) -> None:
    model = Line()
    model.grid[1][0].data = 0.1
    save(path, model)
    fresh = Line()
    assert load(path, fresh).model is fresh
    assert fresh.state_dict() == model.state_dict()
    with pytest.raises(
        CheckpointError, match=r"holds a Line, which .*\nhint: make the model first"
    ):
        load(path)


class Doubled(MLP):
    def __call__(self, x: Any) -> Any:
        return 2.0 * super().__call__(x)


def mine(x: Any) -> Any:
    return tanh(x) * 2.0


def relu(x: Any) -> Any:
    return x * 3.0


@pytest.mark.parametrize(
    "model",
    [Doubled(1, [1]), MLP(1, [1, 1], activation=mine), MLP(1, [1], output=relu)],
    ids=["subclass", "activation", "activation with a known name"],
)
def test_a_model_that_is_no_plain_mlp_is_not_mistaken_for_one(model: MLP, path: Path) -> None:
    save(path, model)
    with pytest.raises(CheckpointError, match="cannot build"):
        load(path)
    assert load(path, model).model is model


def test_what_load_is_given_is_unchanged_by_a_model_of_other_sizes(path: Path) -> None:
    save(path, *trained())
    other = MLP(2, [4, 1], seed=9)
    before = other.state_dict()
    with pytest.raises(CheckpointError, match="does not fit this MLP"):
        load(path, other)
    assert other.state_dict() == before


@pytest.mark.parametrize("name", ["sgd", "adamw"])
def test_another_optimizer_changes_neither_model_nor_optimizer(name: str, path: Path) -> None:
    save(path, *trained("adam"))
    model, optimizer = trained(name)
    model.layers[0].neurons[0].bias.data = 7.0
    before = bits([model.state_dict(), optimizer.state_dict()])
    with pytest.raises(CheckpointError, match="optimizer 'Adam'"):
        load(path, model, optimizer)
    assert bits([model.state_dict(), optimizer.state_dict()]) == before


def test_an_optimizer_wants_a_state(path: Path) -> None:
    model, optimizer = trained()
    save(path, model)
    assert load(path).optimizer_state is None
    with pytest.raises(CheckpointError, match="holds no optimizer state"):
        load(path, model, optimizer)


def test_a_truncated_file_is_refused_at_every_length(path: Path) -> None:
    save(path, *trained())
    raw = path.read_bytes()
    for length in [0, 1, 7, 8, 9, 50, len(raw) // 2, len(raw) - 9, len(raw) - 1]:
        path.write_bytes(raw[:length])
        with pytest.raises(CheckpointError) as caught:
            load(path)
        assert str(path) in caught.value.message
        assert caught.value.hint


@pytest.mark.parametrize(
    "raw",
    [
        b"hello",
        b"\xff\xfe\x00\x01" * 20,
        b"\x08\x00\x00\x00\x00\x00\x00\x00{}      ",  # safetensors without metadata
        b"[" * 100_000,
        b"[1, 2]",
        b'"text"',
        b"null",
        b"{}",
        b'{"format": "other"}',
    ],
    ids=lambda raw: repr(raw[:10]),
)
def test_a_foreign_file_is_refused(raw: bytes, path: Path) -> None:
    path.write_bytes(raw)
    with pytest.raises(CheckpointError, match="checkpoint") as caught:
        load(path)
    assert str(path) in caught.value.message


def edited(path: Path, **changes: Any) -> None:
    """Writes a checkpoint with parts of the document replaced, or left out where None."""
    save(path, *trained())
    document = {**json.loads(path.read_bytes()), **changes}
    path.write_text(json.dumps({key: part for key, part in document.items() if part is not None}))


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"version": 99}, "format version 99; this release reads 1"),
        ({"version": None}, "format version None"),
        ({"model": None}, "lacks a part"),
        ({"model": []}, "lacks a part"),
        ({"model": {"state": None}}, "lacks a part"),
        ({"extra": None}, "lacks a part"),
        ({"model": {"config": {"inputs": 2}, "state": {}}}, "describes no MLP"),
        ({"model": {"config": {"inputs": 0, "sizes": [1]}, "state": {}}}, "describes no MLP"),
        ({"model": {"config": {"inputs": 1, "sizes": [1]}, "state": {}}}, "is missing"),
        ({"optimizer": {"optimizer": "Adam"}}, "the optimizer state has parameters None"),
    ],
)
def test_a_damaged_document_is_refused(changes: Any, message: str, tmp_path: Path) -> None:
    path = tmp_path / "a.json"
    edited(path, **changes)
    optimizer = trained()[1] if "optimizer" in changes else None
    with pytest.raises(CheckpointError, match=message):
        load(path, optimizer=optimizer)


@pytest.mark.parametrize("name", ["model.pt", "model", "model.JSON.gz"])
def test_another_file_name_extension_is_refused(name: str, tmp_path: Path) -> None:
    model, _ = trained()
    (tmp_path / "old.json").write_text("{}")
    for attempt in (lambda: save(tmp_path / name, model), lambda: read(tmp_path / name)):
        with pytest.raises(CheckpointError, match=r"name ends in \.json or \.safetensors"):
            attempt()
    assert not (tmp_path / name).exists()


def test_a_file_that_is_not_there_is_an_os_error(path: Path) -> None:
    with pytest.raises(FileNotFoundError):
        load(path)


def test_a_save_that_fails_leaves_the_older_checkpoint_and_no_litter(
    path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    model, optimizer = trained()
    save(path, model, optimizer)
    before = path.read_bytes()
    model.parameters()[0].data = 7.0

    def fail(*_: object) -> None:
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr(os, "fsync", fail)
    with pytest.raises(OSError, match="No space left"):
        save(path, model, optimizer)
    with pytest.raises(TypeError, match="not JSON serializable"):
        save(path, model, optimizer, extra={"what": object()})
    assert path.read_bytes() == before
    assert list(path.parent.iterdir()) == [path]


def test_a_loaded_model_claims_no_seed_and_no_scheme(tmp_path: Path) -> None:
    path = tmp_path / "model.json"
    mg.save(path, mg.MLP(2, [1], init="orthogonal", seed=7))
    model: Any = mg.load(path).model
    assert (model.seed, model.scheme) == (None, None)


def test_save_with_its_arguments_swapped_is_refused(tmp_path: Path) -> None:
    model: Any = mg.MLP(2, [1])
    path: Any = str(tmp_path / "model.json")
    with pytest.raises(ArgumentError, match=r"as in save\(path, model\)"):
        mg.save(model, path)
