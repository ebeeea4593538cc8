"""Writing files so that a reader never sees half of one. Floor 1."""

from __future__ import annotations

import os
from contextlib import suppress
from pathlib import Path


def write_atomically(path: str | Path, content: bytes | str) -> None:
    """Writes a file beside its place, then moves it there: all of it, or nothing.

    Args:
        path: the file; one that exists is replaced.
        content: bytes, or text that is written as UTF-8.

    Raises:
        OSError: the folder does not exist or cannot be written; an older file stays as it was.
    """
    path = Path(path)
    raw = content.encode("utf-8") if isinstance(content, str) else content
    temporary = path.with_name(f".{path.name}.{os.getpid()}.tmp")
    try:
        with temporary.open("wb") as file:
            file.write(raw)
            file.flush()
            os.fsync(file.fileno())
        temporary.replace(path)
    except BaseException as error:
        with suppress(OSError):  # it may not exist
            temporary.unlink()
        if isinstance(error, OSError):
            error.filename = str(path)  # the caller knows no other name
        raise
