"""Saving and loading models, optimizers and progress, in open formats. Floor 6.

A checkpoint is one document of numbers, texts, lists and dicts. As `.json` it is written as it is,
with the standard library alone; as `.safetensors` its lists of floats become tensors under their
path (`model.state.layers.0.neurons.3.weights`), and the rest a JSON text in the header. Both keep
every bit of every float, and both are written whole or not at all.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from microgradlab.errors import CheckpointError, optional_import
from microgradlab.files import write_atomically
from microgradlab.module import Module
from microgradlab.nn import MLP
from microgradlab.optim import Optimizer

_FORMAT = "microgradlab checkpoint"
_VERSION = 1
_TENSOR = "$tensor"  # stands in the header where a list of floats was taken out


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
        model: an `MLP` is rebuilt by `load`; of any other module the numbers are kept.
        optimizer: its state is kept too.
        extra: anything made of numbers, texts, lists and dicts.

    Raises:
        CheckpointError: the file name ends in something else.
        OSError: the file cannot be written; an older one stays as it was.

    >>> import tempfile
    >>> path = Path(tempfile.mkdtemp()) / "model.json"
    >>> save(path, MLP(2, [3, 1], seed=0))
    >>> load(path).model
    MLP(2 → 3 relu → 1 linear: 13 parameters)
    """
    document: dict[str, Any] = {
        "format": _FORMAT,
        "version": _VERSION,
        "model": {
            "class": type(model).__name__,
            "config": model.config if isinstance(model, MLP) else None,
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
    raw = Path(path).read_bytes()
    try:
        document = _from_safetensors(path, raw) if _is_safetensors(path) else json.loads(raw)
    except (ValueError, KeyError, TypeError) as error:
        raise CheckpointError(
            f"{path} cannot be read as a checkpoint: {error}", "it may be cut short or damaged"
        ) from error
    if not isinstance(document, dict) or document.get("format") != _FORMAT:
        raise CheckpointError(f"{path} is no checkpoint of microgradlab")
    if document.get("version") != _VERSION:
        raise CheckpointError(
            f"{path} has format version {document.get('version')!r}; this release reads {_VERSION}",
            hint="use the release of microgradlab that wrote it",
        )
    try:
        saved, optimizer_state = document["model"], document["optimizer"]
        kind, config, state, extra = (
            *map(saved.get, ("class", "config", "state")),
            document["extra"],
        )
    except (KeyError, AttributeError) as error:
        raise CheckpointError(f"{path} lacks a part of the checkpoint: {error}") from error
    if model is None and config is None:
        raise CheckpointError(
            f"{path} holds a {kind}, which load() cannot build",
            hint="make the model first and pass it: load(path, model)",
        )
    target = model or MLP(**config)
    if optimizer is not None and optimizer_state is None:
        raise CheckpointError(f"{path} holds no optimizer state")
    before = target.state_dict()
    target.load_state_dict(state)
    if optimizer is not None:
        try:
            optimizer.load_state_dict(optimizer_state)
        except CheckpointError:
            target.load_state_dict(before)
            raise
    return Checkpoint(target, optimizer_state, extra)


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
        if isinstance(part, list) and part and all(type(item) is float for item in part):
            tensors[path] = array(part, dtype="float64")
            return {_TENSOR: path}
        return part

    header = json.dumps(without_tensors("", document), ensure_ascii=False)
    encoded: bytes = numpy.save(tensors, metadata={"document": header})
    return encoded


def _from_safetensors(path: str | Path, raw: bytes) -> Any:
    numpy = optional_import("safetensors.numpy", extra="lab", purpose="a .safetensors file")
    safetensors = optional_import("safetensors", extra="lab", purpose="a .safetensors file")
    try:
        tensors = numpy.load(raw)
        with safetensors.safe_open(path, framework="np") as file:
            metadata = file.metadata() or {}
    except safetensors.SafetensorError as error:
        raise ValueError(str(error)) from error

    def with_tensors(part: Any) -> Any:
        if not isinstance(part, dict):
            return part
        if set(part) == {_TENSOR}:
            return tensors[part[_TENSOR]].tolist()
        return {key: with_tensors(item) for key, item in part.items()}

    return with_tensors(json.loads(metadata.get("document", "{}")))
