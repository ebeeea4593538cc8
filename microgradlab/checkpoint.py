"""Saving and loading models, optimizers and progress, in open formats. Floor 6.

A checkpoint is one document (documents.py), in a `.json` or a `.safetensors` file.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from microgradlab.documents import load_document, save_document
from microgradlab.errors import ArgumentError, CheckpointError
from microgradlab.functions import ACTIVATIONS
from microgradlab.module import Module
from microgradlab.nn import MLP
from microgradlab.optim import Optimizer


@dataclass(frozen=True, slots=True)
class Checkpoint:
    """What a file held.

    Attributes:
        model: the model, with its parameters.
        optimizer_state: for an optimizer's `load_state_dict`; None when none was saved.
        extra: whatever else was saved, such as the progress of a run.
    """

    model: Module
    optimizer_state: dict[str, Any] | None
    extra: dict[str, Any] = field(default_factory=dict)


def save(
    path: str | Path,
    model: Module,
    optimizer: Optimizer | None = None,
    *,
    extra: Mapping[str, Any] | None = None,
) -> None:
    """Writes a checkpoint: the whole of it, or nothing.

    Args:
        path: ends in `.json`, or in `.safetensors` (extra `lab`).
        model: `load` can build an `MLP` by itself; of any other module just the numbers are kept.
        optimizer: its state is kept too.
        extra: anything made of numbers, texts, lists, and dicts with texts as keys.

    Raises:
        CheckpointError: the file name ends in something else.
        OSError: the file cannot be written; an older one stays as it was.

    >>> import tempfile
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     save(f"{folder}/model.json", MLP(2, [3, 1], seed=0))
    ...     load(f"{folder}/model.json").model
    MLP(2 → 3 relu → 1 linear: 13 parameters)
    """
    if not isinstance(model, Module):
        raise ArgumentError(f"save is given {model!r} for a model", hint="as in save(path, model)")
    content = {
        "model": {
            "class": type(model).__name__,
            "config": _config(model),
            "state": model.state_dict(),
        },
        "optimizer": None if optimizer is None else optimizer.state_dict(),
        "extra": dict(extra or {}),
    }
    save_document(path, "checkpoint", content)


def load(
    path: str | Path, model: Module | None = None, optimizer: Optimizer | None = None
) -> Checkpoint:
    """Reads a checkpoint.

    Args:
        path: a file that `save` wrote.
        model: receives the saved parameters; needed for modules other than `MLP`.
        optimizer: receives the saved state.

    Raises:
        CheckpointError: the file is truncated, damaged, foreign, or does not fit the model or the
            optimizer; these are unchanged then.
        OSError: there is no such file.
    """
    document = read(path)
    saved, optimizer_state = document["model"], document["optimizer"]
    if optimizer is not None and optimizer_state is None:
        raise CheckpointError(f"{path} holds no optimizer state")
    if model is None:
        model = _built(path, saved)
    before = model.state_dict()
    model.load_state_dict(saved["state"])
    if optimizer is not None:
        try:
            optimizer.load_state_dict(optimizer_state)
        except CheckpointError:
            model.load_state_dict(before)
            raise
    return Checkpoint(model, optimizer_state, document["extra"])


def read(path: str | Path) -> dict[str, Any]:
    """The document that a checkpoint consists of, with its parts "model", "optimizer", "extra".

    Raises:
        CheckpointError: the file is truncated, damaged or foreign.
        OSError: there is no such file.
    """
    document = load_document(path, "checkpoint")
    model = document.get("model")
    complete = isinstance(model, dict) and isinstance(model.get("state"), dict)
    if not (complete and "optimizer" in document and isinstance(document.get("extra"), dict)):
        raise CheckpointError(f"{path} lacks a part of the checkpoint", "it may be damaged")
    return document


def _config(model: Module) -> dict[str, Any] | None:
    """What `load` builds the model from; None for all but an MLP of activations known by name."""
    if type(model) is not MLP:
        return None
    known = all(
        neuron.activation is ACTIVATIONS.get(layer.activation_name)
        for layer in model.layers
        for neuron in layer.neurons
    )
    return model.config if known else None


def _built(path: str | Path, saved: dict[str, Any]) -> Module:
    config = saved.get("config")
    if config is None:
        raise CheckpointError(
            f"{path} holds a {saved.get('class')}, which load() cannot build",
            hint="make the model first and pass it: load(path, model)",
        )
    try:
        model = MLP(**config)
        model.scheme = model.seed = None  # these weights come from the file
        return model
    except (TypeError, ArgumentError) as error:
        raise CheckpointError(f"{path} describes no MLP: {error}", "it may be damaged") from error
