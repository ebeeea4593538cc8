"""The run folder: its own place, never another's; and read with care."""

from __future__ import annotations

from pathlib import Path

import pytest

from microgradlab.cli.runs import RunFolder, refuse_taken
from microgradlab.errors import ArgumentError, CheckpointError, LabError


@pytest.fixture(autouse=True)
def _in_an_empty_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)


def test_runs_are_numbered() -> None:
    made = [RunFolder.create(None, "iris").path.as_posix() for _ in range(2)]
    assert made == ["runs/iris-001", "runs/iris-002"]


def test_an_empty_folder_may_be_used(tmp_path: Path) -> None:
    (tmp_path / "mine").mkdir()
    assert RunFolder.create("mine", "iris").last.parent.is_dir()


def test_a_run_is_replaced_only_when_asked(tmp_path: Path) -> None:
    run = RunFolder.create("mine", "iris")
    run.write("args.json", {})
    run.write("summary.json", {})
    run.best.write_bytes(b"of old")
    (tmp_path / "mine/notes.txt").write_text("my own")
    with pytest.raises(ArgumentError, match="the run folder mine exists") as caught:
        RunFolder.create("mine", "iris")
    assert "--resume mine" in caught.value.hint
    assert "--overwrite" in caught.value.hint
    assert run.best.exists()
    RunFolder.create("mine", "iris", overwrite=True)
    assert [path.name for path in sorted((tmp_path / "mine").iterdir())] == ["notes.txt", "weights"]
    assert not run.best.exists()


@pytest.mark.parametrize("overwrite", [False, True])
def test_what_is_no_run_is_never_overwritten(tmp_path: Path, overwrite: bool) -> None:
    (tmp_path / "thesis").mkdir()
    (tmp_path / "thesis/env.json").write_text("mine")
    (tmp_path / "file").write_text("mine")
    for place in ("thesis", "file"):
        with pytest.raises(ArgumentError, match=f"{place} exists and is no run folder"):
            refuse_taken(place, overwrite)


def test_a_folder_that_cannot_be_made_is_an_error_with_a_hint(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(LabError, match="file/run cannot be made") as caught:
        RunFolder.create("file/run", "iris")
    assert "--run" in caught.value.hint


def test_removing_a_run_leaves_what_is_not_its_own(tmp_path: Path) -> None:
    run, other = RunFolder.create("mine", "iris"), RunFolder.create("other", "iris")
    (tmp_path / "other/notes.txt").write_text("my own")
    for each in (run, other):
        each.write("args.json", {})
        each.remove()
    assert [path.as_posix() for path in Path().rglob("*")] == ["other", "other/notes.txt"]


def test_a_missing_file_is_named() -> None:
    run = RunFolder.create("mine", "iris")
    with pytest.raises(CheckpointError, match=r"mine/schema\.json is missing"):
        run.encoding()
