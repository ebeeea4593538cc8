"""Machine code kept on disk between processes. Floor 4.

Code from this cache is executed. So it lies in a folder that no one else can write, and a file that
does not check out counts as missing: it is rebuilt, never trusted. No trouble with the disk is an
error; it only costs the compilation.

The folder is "microgradlab", where the platform keeps caches or in the folder that the environment
variable MICROGRADLAB_CACHE names (set to nothing, it switches the cache off). Only files with names
of the cache's own making are ever read, counted or removed.
"""

from __future__ import annotations

import hashlib
import os
import re
import stat
import sys
import threading
from contextlib import suppress
from pathlib import Path

from microgradlab.files import write_atomically

LIMIT = 64 * 2**20
"""Bytes that the folder may hold; what was not used for the longest time goes first."""

_OWN = re.compile(r"[0-9a-f]{64}|\.[0-9a-f]{64}\.[0-9]+\.tmp")  # code, and what a crash left of it

_writing = threading.Lock()  # threads of one process would share a temporary file's name


def folder() -> Path | None:
    """Where code is kept; None where nowhere is."""
    chosen = os.environ.get("MICROGRADLAB_CACHE")
    if chosen == "":
        return None
    try:
        return (Path(chosen).expanduser() if chosen else _platform_folder()) / "microgradlab"
    except RuntimeError:  # there is no home folder
        return None


def name_of(*parts: str) -> str:
    """A file name for what depends on these texts, and on nothing else.

    >>> name_of("ab", "c") == name_of("a", "bc")
    False
    """
    digest = hashlib.sha256()
    for part in parts:
        raw = part.encode("utf-8")
        digest.update(len(raw).to_bytes(8, "little") + raw)
    return digest.hexdigest()


def load(name: str) -> bytes | None:
    """What was stored under a name; None where it is missing, damaged or not to be trusted."""
    place = folder()
    if place is None or not _is_private(place):
        return None
    path = place / name
    try:
        raw = path.read_bytes()
        os.utime(path)  # used just now
    except OSError:
        return None
    checksum, content = raw[:32], raw[32:]
    return content if checksum == _checksum(name, content) else None


def store(name: str, content: bytes) -> None:
    """Keeps bytes under a name, where that is possible."""
    place = folder()
    if place is None:
        return
    with suppress(OSError), _writing:
        if not place.is_dir():
            place.parent.mkdir(parents=True, exist_ok=True)
            place.mkdir(mode=0o700, exist_ok=True)
        if _is_private(place):
            write_atomically(place / name, _checksum(name, content) + content)
            _drop_oldest(place)


def _platform_folder() -> Path:
    if sys.platform == "win32":
        return Path(os.environ.get("LOCALAPPDATA") or Path.home() / "AppData" / "Local")
    if sys.platform == "darwin":
        return Path.home() / "Library" / "Caches"
    given = Path(os.environ.get("XDG_CACHE_HOME", ""))
    return given if given.is_absolute() else Path.home() / ".cache"


def _is_private(place: Path) -> bool:
    """Whether the folder belongs to this user, and no one else can write there."""
    if sys.platform == "win32":
        return place.is_dir()  # folders of a user are private there by their access lists
    try:
        status = place.stat()
    except OSError:
        return False
    others = stat.S_IWGRP | stat.S_IWOTH
    return status.st_uid == os.geteuid() and not status.st_mode & others


def _checksum(name: str, content: bytes) -> bytes:
    return hashlib.sha256(name.encode("ascii") + content).digest()


def _drop_oldest(place: Path) -> None:
    own = (entry for entry in os.scandir(place) if _OWN.fullmatch(entry.name) and entry.is_file())
    files = [(entry.stat(), entry.path) for entry in own]
    size = sum(status.st_size for status, _ in files)
    for status, path in sorted(files, key=lambda file: file[0].st_mtime_ns):
        if size <= LIMIT:
            return
        Path(path).unlink(missing_ok=True)  # another process may have been faster
        size -= status.st_size
