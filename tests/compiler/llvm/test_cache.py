"""Machine code on disk: kept, checked, limited, and never a reason to fail."""

from __future__ import annotations

import os
import stat
import sys
from pathlib import Path

import pytest

from microgradlab.compiler.llvm import cache

NAME = cache.name_of("some code")


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    place = tmp_path / "deep" / "cache"
    monkeypatch.setenv("MICROGRADLAB_CACHE", str(place))
    return place / "microgradlab"


def only_file(folder: Path) -> Path:
    (path,) = folder.iterdir()
    return path


# --- where


def test_the_variable_chooses_where_the_folder_is(folder: Path) -> None:
    assert cache.folder() == folder


def test_an_empty_variable_switches_the_cache_off(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("MICROGRADLAB_CACHE", "")
    cache.store(NAME, b"code")
    assert cache.folder() is None
    assert cache.load(NAME) is None


@pytest.mark.parametrize(
    ("platform", "given", "wanted"),
    [
        ("linux", "", "~/.cache"),
        ("linux", "/elsewhere", "/elsewhere"),
        ("linux", "relative", "~/.cache"),
        ("darwin", "", "~/Library/Caches"),
    ],
)
def test_each_platform_has_its_convention(
    platform: str, given: str, wanted: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("MICROGRADLAB_CACHE")
    monkeypatch.setenv("XDG_CACHE_HOME", given)
    monkeypatch.setattr(sys, "platform", platform)
    assert cache.folder() == Path(wanted).expanduser() / "microgradlab"


def test_without_a_home_there_is_no_cache(monkeypatch: pytest.MonkeyPatch) -> None:
    def homeless() -> Path:
        raise RuntimeError("Could not determine home directory.")

    monkeypatch.delenv("MICROGRADLAB_CACHE")
    monkeypatch.delenv("XDG_CACHE_HOME", raising=False)
    monkeypatch.setattr(Path, "home", homeless)
    assert cache.folder() is None


# --- what is kept


def test_what_is_stored_is_found(folder: Path) -> None:
    assert cache.load(NAME) is None
    cache.store(NAME, b"code")
    assert cache.load(NAME) == b"code"
    assert stat.S_IMODE(folder.stat().st_mode) == 0o700


@pytest.mark.parametrize("place", [0, 40, -1])
def test_a_changed_byte_is_noticed(folder: Path, place: int) -> None:
    cache.store(NAME, b"code" * 10)
    raw = bytearray(only_file(folder).read_bytes())
    raw[place] ^= 1
    only_file(folder).write_bytes(raw)
    assert cache.load(NAME) is None


@pytest.mark.parametrize("length", [0, 20, 32, 50])
def test_a_file_cut_short_is_noticed(folder: Path, length: int) -> None:
    cache.store(NAME, b"code" * 10)
    only_file(folder).write_bytes(only_file(folder).read_bytes()[:length])
    assert cache.load(NAME) is None


def test_a_file_under_another_name_is_noticed(folder: Path) -> None:
    other = cache.name_of("other code")
    cache.store(other, b"code")
    only_file(folder).rename(folder / NAME)
    assert cache.load(NAME) is None


def test_a_damaged_file_is_replaced(folder: Path) -> None:
    folder.mkdir(mode=0o700, parents=True)
    (folder / NAME).write_bytes(b"nonsense")
    cache.store(NAME, b"code")
    assert cache.load(NAME) == b"code"


def test_names_tell_texts_apart_that_join_to_the_same() -> None:
    assert cache.name_of("a", "bc") != cache.name_of("ab", "c")


# --- what is trusted


@pytest.mark.skipif(sys.platform == "win32", reason="no such permissions")
@pytest.mark.parametrize("mode", [0o777, 0o770, 0o702])
def test_a_folder_that_others_can_write_is_not_used(folder: Path, mode: int) -> None:
    cache.store(NAME, b"code")
    folder.chmod(mode)
    assert cache.load(NAME) is None
    cache.store(cache.name_of("other code"), b"code")
    assert only_file(folder).name == NAME


@pytest.mark.skipif(sys.platform == "win32", reason="no such owners")
def test_a_folder_of_someone_else_is_not_used(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    cache.store(NAME, b"code")
    monkeypatch.setattr(os, "geteuid", lambda: folder.stat().st_uid + 1)
    assert cache.load(NAME) is None


# --- trouble with the disk


def test_a_folder_that_cannot_be_made_is_no_error(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "file").touch()
    monkeypatch.setenv("MICROGRADLAB_CACHE", str(tmp_path / "file" / "cache"))
    cache.store(NAME, b"code")
    assert cache.load(NAME) is None


def test_a_full_disk_is_no_error(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def full(*_: object) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(cache, "write_atomically", full)
    cache.store(NAME, b"code")
    assert list(folder.iterdir()) == []


# --- how much is kept


def test_what_was_not_used_for_the_longest_time_goes_first(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    oldest, *others = (cache.name_of(str(number)) for number in range(4))
    for time, name in enumerate((oldest, *others)):
        cache.store(name, bytes(1000))
        os.utime(folder / name, (time, time))
    cache.load(oldest)  # used just now
    monkeypatch.setattr(cache, "LIMIT", 3500)
    cache.store(NAME, bytes(1000))
    assert {path.name for path in folder.iterdir()} == {oldest, others[-1], NAME}


def test_what_a_crash_left_goes_too(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    cache.store(NAME, bytes(1000))
    left = folder / f".{NAME}.123.tmp"
    left.write_bytes(bytes(1000))
    os.utime(left, (0, 0))
    monkeypatch.setattr(cache, "LIMIT", 1500)
    cache.store(NAME, bytes(1000))
    assert only_file(folder).name == NAME


def test_files_of_others_are_never_touched(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    folder.mkdir(mode=0o700, parents=True)
    thesis, beside = folder / "thesis.tar", folder.parent / NAME
    for path in (thesis, beside):
        path.write_bytes(bytes(1000))
        os.utime(path, (0, 0))
    monkeypatch.setattr(cache, "LIMIT", 0)
    for number in range(2):
        cache.store(cache.name_of(str(number)), b"code")
    assert {thesis.read_bytes(), beside.read_bytes()} == {bytes(1000)}
    assert list(folder.iterdir()) == [thesis]
