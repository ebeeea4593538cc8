"""Documents in one file: numbers, texts, lists and dicts, as JSON or safetensors. Floor 2.

As `.json` a document is written as it is, with the standard library alone; as `.safetensors` its
floats, and lists and matrices of floats, become tensors under their path
(`model.state.layers.0.neurons.3.weights`), and the rest a JSON text in the header. Both keep every
bit of every float, and both are written whole or not at all.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from microgradlab.errors import CheckpointError, optional_import
from microgradlab.files import write_atomically

_VERSION = 1
_TENSOR = "$tensor"  # stands in the header where floats were taken out


def save_document(path: str | Path, kind: str, content: Mapping[str, Any]) -> None:
    """Writes a document: the whole of it, or nothing.

    Args:
        path: ends in `.json`, or in `.safetensors` (extra `lab`).
        kind: what it is, as in "checkpoint".
        content: numbers, texts, lists, and dicts with texts as keys.

    Raises:
        CheckpointError: the file name ends in something else.
        OSError: the file cannot be written; an older one stays as it was.
    """
    encode = _to_safetensors if _is_safetensors(path, kind) else _to_json
    write_atomically(path, encode({"format": _format(kind), "version": _VERSION, **content}))


def load_document(path: str | Path, kind: str) -> dict[str, Any]:
    """Reads a document of this kind.

    Raises:
        CheckpointError: the file is truncated, damaged or foreign.
        OSError: there is no such file.
    """
    decode = _from_safetensors if _is_safetensors(path, kind) else json.loads
    raw = Path(path).read_bytes()
    try:
        document = decode(raw)
    except (ValueError, KeyError, TypeError, RecursionError) as error:
        raise CheckpointError(
            f"{path} cannot be read as a {kind}: {error}", "it may be cut short or damaged"
        ) from error
    if not isinstance(document, dict) or document.get("format") != _format(kind):
        raise CheckpointError(
            f"{path} is no {kind} of microgradlab", hint="give a file that save() has written"
        )
    if document.get("version") != _VERSION:
        raise CheckpointError(
            f"{path} has format version {document.get('version')!r}; this release reads {_VERSION}",
            hint="use the release of microgradlab that wrote it",
        )
    return document


def _format(kind: str) -> str:
    return f"microgradlab {kind}"


def _is_safetensors(path: str | Path, kind: str) -> bool:
    suffix = Path(path).suffix
    if suffix not in (".json", ".safetensors"):
        raise CheckpointError(
            f"{path}: a {kind}'s name ends in .json or .safetensors, not in {suffix!r}"
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
    """Whether a part is a float, a list of floats, or a matrix; all else stays in the header."""
    if isinstance(part, list) and all(map(_is_list_of_floats, part)):
        return len(set(map(len, part))) == 1
    return type(part) is float or _is_list_of_floats(part)


def _is_list_of_floats(part: Any) -> bool:
    return isinstance(part, list) and len(part) > 0 and all(type(item) is float for item in part)


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
