"""Saving and loading models, optimizers and progress, in open formats. Floor 6.

A checkpoint is one document of numbers, texts, lists and dicts. As `.json` it is written as it is,
with the standard library alone; as `.safetensors` its floats and lists of floats become tensors
under their path (`model.state.layers.0.neurons.3.weights`), and the rest a JSON text in the header.
Both keep every bit of every float, and both are written whole or not at all.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from microgradlab.errors import ArgumentError, CheckpointError, optional_import
from microgradlab.files import write_atomically
from microgradlab.functions import ACTIVATIONS
from microgradlab.module import Module
from microgradlab.nn import MLP
from microgradlab.optim import Optimizer

_FORMAT = "microgradlab checkpoint"
_VERSION = 1
_TENSOR = "$tensor"  # stands in the header where floats were taken out


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
    document: dict[str, Any] = {
        "format": _FORMAT,
        "version": _VERSION,
        "model": {
            "class": type(model).__name__,
            "config": _config(model),
            "state": model.state_dict(),
        },
        "optimizer": None if optimizer is None else optimizer.state_dict(),
        "extra": dict(extra or {}),
    }
    encode = _to_safetensors if _is_safetensors(path) else _to_json
    write_atomically(path, encode(document))


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
    decode = _from_safetensors if _is_safetensors(path) else json.loads
    raw = Path(path).read_bytes()
    try:
        document = decode(raw)
    except (ValueError, KeyError, TypeError, RecursionError) as error:
        raise CheckpointError(
            f"{path} cannot be read as a checkpoint: {error}", "it may be cut short or damaged"
        ) from error
    if not isinstance(document, dict) or document.get("format") != _FORMAT:
        raise CheckpointError(
            f"{path} is no checkpoint of microgradlab", hint="give a file that save() has written"
        )
    if document.get("version") != _VERSION:
        raise CheckpointError(
            f"{path} has format version {document.get('version')!r}; this release reads {_VERSION}",
            hint="use the release of microgradlab that wrote it",
        )
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


def _is_safetensors(path: str | Path) -> bool:
    suffix = Path(path).suffix
    if suffix not in (".json", ".safetensors"):
        raise CheckpointError(
            f"{path}: a checkpoint's name ends in .json or .safetensors, not in {suffix!r}"
        )
    return suffix == ".safetensors"


def _to_json(document: dict[str, Any]) -> bytes:
    return json.dumps(document, ensure_ascii=False).encode("utf-8")


def _to_safetensors(document: dict[str, Any]) -> bytes:
    numpy = optional_import("safetensors.numpy", extra="lab", purpose="a .safetensors file")
    array = optional_import("numpy", extra="lab", purpose="a .safetensors file").array
    tensors: dict[str, Any] = {}

    def without_tensors(path: str, part: Any) -> Any:
        if isinstance(part, dict):
            return {
                key: without_tensors(f"{path}.{key}" if path else key, item)
                for key, item in part.items()
            }
        if _is_numeric(part) and path not in tensors:
            tensors[path] = array(part, dtype="float64")
            return {_TENSOR: path}
        return part

    header = json.dumps(without_tensors("", document), ensure_ascii=False)
    encoded: bytes = numpy.save(tensors, metadata={"document": header})
    return encoded


def _is_numeric(part: Any) -> bool:
    """Whether a part is a float or a list of floats; all else stays in the header."""
    if isinstance(part, list):
        return len(part) > 0 and all(type(item) is float for item in part)
    return type(part) is float


def _from_safetensors(raw: bytes) -> Any:
    numpy = optional_import("safetensors.numpy", extra="lab", purpose="a .safetensors file")
    safetensors = optional_import("safetensors", extra="lab", purpose="a .safetensors file")
    try:
        tensors = numpy.load(raw)
    except safetensors.SafetensorError as error:
        raise ValueError(str(error)) from error
    # The file starts with the length of its header in 8 bytes, then the header as JSON.
    header = json.loads(raw[8 : 8 + int.from_bytes(raw[:8], "little")])
    document = json.loads(header.get("__metadata__", {}).get("document", "{}"))

    def with_tensors(part: Any) -> Any:
        if not isinstance(part, dict):
            return part
        if set(part) == {_TENSOR}:
            return tensors[part[_TENSOR]].tolist()
        return {key: with_tensors(item) for key, item in part.items()}

    return with_tensors(document)
