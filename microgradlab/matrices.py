"""Named matrices of floats in one file, with a header of texts and whole numbers. Floor 2.

As `.json` the standard library alone reads and writes them; as `.safetensors` each matrix is a
tensor, for any tool that knows the format, and the header a JSON text in the file's own. Both keep
every bit of every float.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from microgradlab.errors import CheckpointError, optional_import
from microgradlab.files import write_atomically

_VERSION = 1


def save_matrices(
    path: str | Path,
    kind: str,
    header: Mapping[str, Any],
    matrices: Mapping[str, Sequence[Sequence[float]]],
) -> None:
    """Writes the whole of it, or nothing.

    Args:
        path: ends in `.json`, or in `.safetensors` (extra `lab`).
        kind: what it is, as in "recording".
        header: whatever JSON can hold.
        matrices: rows of equal lengths, by name.

    Raises:
        CheckpointError: the file name ends in something else.
        OSError: the file cannot be written; an older one stays as it was.
    """
    encode = _to_safetensors if _is_safetensors(path, kind) else _to_json
    head = {"format": f"microgradlab {kind}", "version": _VERSION, **header}
    write_atomically(path, encode(head, matrices))


def load_matrices(path: str | Path, kind: str) -> dict[str, Any]:
    """The header and the matrices, as lists of rows, by their names.

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
    if not isinstance(document, dict) or document.get("format") != f"microgradlab {kind}":
        raise CheckpointError(f"{path} is no {kind} of microgradlab")
    if document.get("version") != _VERSION:
        raise CheckpointError(
            f"{path} has format version {document.get('version')!r}; this release reads {_VERSION}",
            hint="use the release of microgradlab that wrote it",
        )
    return document


def _is_safetensors(path: str | Path, kind: str) -> bool:
    suffix = Path(path).suffix
    if suffix not in (".json", ".safetensors"):
        raise CheckpointError(
            f"{path}: the name of a {kind} ends in .json or .safetensors, not in {suffix!r}"
        )
    return suffix == ".safetensors"


def _to_json(head: Mapping[str, Any], matrices: Mapping[str, Any]) -> bytes:
    return json.dumps({**head, **matrices}, ensure_ascii=False).encode("utf-8")


def _to_safetensors(head: Mapping[str, Any], matrices: Mapping[str, Any]) -> bytes:
    numpy = optional_import("safetensors.numpy", extra="lab", purpose="a .safetensors file")
    array = optional_import("numpy", extra="lab", purpose="a .safetensors file").array
    tensors = {name: array(rows, dtype="float64") for name, rows in matrices.items()}
    encoded: bytes = numpy.save(tensors, metadata={"header": json.dumps(head, ensure_ascii=False)})
    return encoded


def _from_safetensors(raw: bytes) -> dict[str, Any]:
    numpy = optional_import("safetensors.numpy", extra="lab", purpose="a .safetensors file")
    safetensors = optional_import("safetensors", extra="lab", purpose="a .safetensors file")
    try:
        tensors = numpy.load(raw)
    except safetensors.SafetensorError as error:
        raise ValueError(str(error)) from error
    # The file starts with the length of its header in 8 bytes, then the header as JSON.
    header = json.loads(raw[8 : 8 + int.from_bytes(raw[:8], "little")])
    head = json.loads(header.get("__metadata__", {}).get("header", "{}"))
    return {**head, **{name: tensor.tolist() for name, tensor in tensors.items()}}
