"""A run that was stopped at any moment goes on, and ends with the bits of one that was not."""

from __future__ import annotations

import json
import re
import signal
import time
from collections.abc import Callable
from pathlib import Path
from subprocess import Popen
from typing import Any

import pytest

from microgradlab.checkpoint import save
from microgradlab.cli.main import run

Call = Any
Start = Callable[..., "Popen[str]"]

WORDS = ("iris", "--hidden", "4", "--schedule", "cosine", "--validation", "0.1", "--lr", "0.1")


def outcome(folder: Path) -> dict[str, Any]:
    """All that a run ends with, apart from the seconds it took."""
    outcome: dict[str, Any] = {
        name: (folder / name).read_bytes()
        for name in ("weights/best.safetensors", "weights/last.safetensors", "metrics.csv")
        + ("args.json", "schema.json", "recording.safetensors")
        + ("loss.svg", "graph.svg", "report.html")
    }
    summary = json.loads((folder / "summary.json").read_text())
    del summary["seconds"]
    return {**outcome, "summary": summary}


@pytest.fixture(scope="module")
def whole(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Any]:
    """The outcome of a run that was not stopped."""
    folder = tmp_path_factory.mktemp("whole") / "run"
    assert run(["train", *WORDS, "--epochs", "40", "--run", str(folder)]) == 0
    return outcome(folder)


def stop_after(process: Popen[str], metrics: Path, epochs: int, how: signal.Signals) -> str:
    """Sends a signal as soon as that many epochs are in metrics.csv; returns stderr."""
    deadline = time.monotonic() + 60.0
    while not metrics.exists() or len(metrics.read_text().splitlines()) <= epochs:
        assert process.poll() is None, "the run ended before it was stopped"
        assert time.monotonic() < deadline
        time.sleep(0.002)
    process.send_signal(how)
    return process.communicate(timeout=60)[1]


def test_a_killed_run_resumes_to_the_bits_of_one_that_was_not(
    call: Call, start: Start, tmp_path: Path, whole: dict[str, Any]
) -> None:
    process = start("train", *WORDS, "--epochs", "40", "--run", "killed")
    stop_after(process, tmp_path / "killed/metrics.csv", 5, signal.SIGKILL)
    assert process.returncode == -signal.SIGKILL
    assert not (tmp_path / "killed/summary.json").exists()
    assert call("train", "--resume", "killed").code == 0
    assert outcome(tmp_path / "killed") == whole


def test_an_interrupted_run_says_how_to_go_on_and_does(
    call: Call, start: Start, tmp_path: Path, whole: dict[str, Any]
) -> None:
    process = start("train", *WORDS, "--epochs", "40", "--run", "stopped")
    message = stop_after(process, tmp_path / "stopped/metrics.csv", 5, signal.SIGINT)
    assert process.returncode == 130
    assert "Continue with: microgradlab train --resume stopped" in message
    assert "Traceback" not in message
    assert call("predict", "stopped", "x.csv").code == 3  # a run, of which just the rows lack
    assert call("train", "--resume", "stopped").code == 0
    assert outcome(tmp_path / "stopped") == whole


@pytest.mark.parametrize("saved", [1, 2, 39])
def test_a_run_that_stopped_with_more_recorded_than_saved_goes_on(
    call: Call,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    whole: dict[str, Any],
    saved: int,
) -> None:
    calls: list[Any] = []

    def save_some(*arguments: Any, **options: Any) -> None:
        if len(calls) == saved:
            raise KeyboardInterrupt
        calls.append(arguments)
        save(*arguments, **options)

    with monkeypatch.context() as patched:
        patched.setattr("microgradlab.fitting.checkpoints.save", save_some)
        assert call("train", *WORDS, "--epochs", "40", "--run", "stopped").code == 130
    assert call("train", "--resume", "stopped").code == 0
    assert outcome(tmp_path / "stopped") == whole


def test_more_epochs_equal_a_longer_run(call: Call, tmp_path: Path) -> None:
    words = ("train", "moons", "--hidden", "3", "--batch-size", "100", "--run")
    assert call(*words, "long", "--epochs", "6").code == 0
    assert call(*words, "short", "--epochs", "2").code == 0
    called = call("train", "--resume", "short", "--epochs", "6")
    assert called.code == 0
    assert re.search(r"6 epochs, 24 updates, \d+\.\d s in this sitting;", called.out)
    assert outcome(tmp_path / "short") == outcome(tmp_path / "long")


def test_a_finished_run_resumes_to_itself(call: Call, tmp_path: Path, fruit: str) -> None:
    assert call("train", fruit, "--epochs", "2", "--run", "run").code == 0
    before = outcome(tmp_path / "run")
    assert call("train", "--resume", "run").code == 0
    assert outcome(tmp_path / "run") == before


def test_fewer_epochs_are_refused_and_change_nothing(call: Call, tmp_path: Path) -> None:
    assert call("train", *WORDS, "--epochs", "3", "--run", "run").code == 0
    before = outcome(tmp_path / "run")
    called = call("train", "--resume", "run", "--epochs", "2")
    assert called.code == 2
    assert "3 epochs, more than 2" in called.err
    assert outcome(tmp_path / "run") == before


@pytest.mark.parametrize("words", ["--lr 0.1", "--run other", "--dry-run", "--overwrite"])
def test_other_options_are_refused_as_the_run_has_them(call: Call, words: str) -> None:
    called = call("train", "--resume", "run", *words.split())
    assert called.code == 2
    assert "--resume takes everything but --epochs from the run" in called.err


def test_a_table_that_has_changed_is_refused(call: Call, fruit: str, tmp_path: Path) -> None:
    assert call("train", fruit, "--epochs", "1", "--run", "run").code == 0
    with (tmp_path / fruit).open("a") as file:
        file.write("one more,2.0,red,yes\n")
    for words in (("train", "--resume", "run"), ("evaluate", "run")):
        called = call(*words)
        assert called.code == 1
        assert "fruit.csv has changed since run was made" in called.err


def test_a_table_that_is_gone_is_missed(call: Call, fruit: str, tmp_path: Path) -> None:
    assert call("train", fruit, "--epochs", "1", "--run", "run").code == 0
    (tmp_path / fruit).unlink()
    called = call("train", "--resume", "run")
    assert called.code == 3
    assert "run was trained on fruit.csv, which is not here" in called.err


def test_a_truncated_checkpoint_is_named(call: Call, fruit: str, tmp_path: Path) -> None:
    assert call("train", fruit, "--epochs", "1", "--run", "run").code == 0
    last = tmp_path / "run/weights/last.safetensors"
    last.write_bytes(last.read_bytes()[:-7])
    called = call("train", "--resume", "run")
    assert called.code == 1
    assert "last.safetensors cannot be read as a checkpoint" in called.err
    assert "cut short or damaged" in called.err


def test_what_is_no_run_is_answered_with_the_runs_that_are(call: Call, tmp_path: Path) -> None:
    assert "make one with: microgradlab train iris" in call("train", "--resume", "nothing").err
    assert call("train", *WORDS, "--epochs", "1").code == 0
    called = call("train", "--resume", "nothing")
    assert called.code == 2
    assert called.err.splitlines() == [
        "error: nothing does not exist",
        "hint: runs here: runs/iris-001",
    ]
    assert "is no run folder" in call("train", "--resume", tmp_path).err
