"""Files are written whole, or not at all."""

from __future__ import annotations

import errno
import os
from pathlib import Path
from typing import Any

import pytest

from microgradlab.files import write_atomically


def test_text_is_written_as_utf8(tmp_path: Path) -> None:
    write_atomically(tmp_path / "a.txt", "∂x\n")
    assert (tmp_path / "a.txt").read_bytes() == b"\xe2\x88\x82x\n"


def test_bytes_are_written_as_they_are(tmp_path: Path) -> None:
    write_atomically(str(tmp_path / "a.bin"), b"\x00\r\n\xff")
    assert (tmp_path / "a.bin").read_bytes() == b"\x00\r\n\xff"


def test_an_older_file_is_replaced_and_nothing_else_is_left(tmp_path: Path) -> None:
    path = tmp_path / "a.txt"
    path.write_text("a long older text")
    write_atomically(path, "new")
    assert path.read_text() == "new"
    assert list(tmp_path.iterdir()) == [path]


@pytest.mark.parametrize("step", [(Path, "open"), (os, "fsync"), (Path, "replace")])
@pytest.mark.parametrize("error", [OSError(errno.EACCES, "permission denied"), KeyboardInterrupt()])
def test_a_failure_at_any_step_leaves_the_older_file_and_no_litter(
    step: tuple[Any, str], error: BaseException, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / "a.txt"
    path.write_bytes(b"old")

    def fail(*_: object) -> None:
        raise error

    monkeypatch.setattr(*step, fail)
    with pytest.raises(type(error)):
        write_atomically(path, "new")
    monkeypatch.undo()
    assert path.read_bytes() == b"old"
    assert list(tmp_path.iterdir()) == [path]


def test_a_missing_folder_is_an_error_that_names_the_file(tmp_path: Path) -> None:
    path = tmp_path / "missing" / "a.txt"
    with pytest.raises(FileNotFoundError) as caught:
        write_atomically(path, "new")
    assert caught.value.filename == str(path)


def test_a_file_in_the_place_of_a_folder_is_an_error_that_names_the_file(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("old")
    with pytest.raises(NotADirectoryError) as caught:
        write_atomically(tmp_path / "file" / "a.txt", "new")
    assert caught.value.filename == str(tmp_path / "file" / "a.txt")
    assert (tmp_path / "file").read_text() == "old"


@pytest.mark.skipif(os.name == "nt" or os.geteuid() == 0, reason="root may write everywhere")
def test_a_folder_without_write_permission_keeps_its_file(tmp_path: Path) -> None:
    path = tmp_path / "a.txt"
    path.write_text("old")
    tmp_path.chmod(0o500)
    try:
        with pytest.raises(PermissionError, match=r"a\.txt'$"):
            write_atomically(path, "new")
        assert path.read_text() == "old"
    finally:
        tmp_path.chmod(0o700)
