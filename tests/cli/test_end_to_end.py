"""The command line as its users meet it: processes of their own, pipes and terminals."""

from __future__ import annotations

import json
import os
import re
import subprocess
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

Start = Callable[..., "subprocess.Popen[str]"]


def on_terminal(start: Start, *words: str, **environment: str) -> tuple[int, str]:
    """Calls a command with stderr on a terminal; its exit code, and what the terminal got."""
    pty, termios = pytest.importorskip("pty"), pytest.importorskip("termios")
    screen, terminal = pty.openpty()
    termios.tcsetwinsize(terminal, (24, 100))
    process = start(*words, stderr=terminal, environment={"TERM": "xterm", **environment})
    os.close(terminal)
    shown = b""
    while True:
        try:
            chunk = os.read(screen, 65536)
        except OSError:  # Linux says so when the other end is closed
            break
        if not chunk:
            break
        shown += chunk
    os.close(screen)
    process.communicate(timeout=60)
    return process.returncode, shown.decode()


def test_a_newcomer_trains_predicts_and_evaluates(
    start: Start, tmp_path: Path, iris_rows: Path
) -> None:
    process = start("train", "iris", "--hidden", "4", "--epochs", "4", "--seed", "1")
    out, err = process.communicate(timeout=60)
    assert process.returncode == 0
    assert "Everything is in runs/iris-001" in out
    assert "epoch 4/4: cost" in err
    assert "\r" not in err
    assert "\033" not in out + err
    assert (tmp_path / "runs/iris-001/graph.svg").exists()

    process = start("predict", "runs/iris-001", iris_rows)
    out, err = process.communicate(timeout=60)
    assert (process.returncode, err) == (0, "")
    assert len(out.splitlines()) == 151

    process = start("evaluate", "runs/iris-001", "--json")
    summary = json.loads((tmp_path / "runs/iris-001/summary.json").read_text())
    assert json.loads(process.communicate(timeout=60)[0])["scores"] == summary["scores"]["test"]


def test_errors_in_a_pipe_are_plain(start: Start) -> None:
    process = start("train", "irs")
    out, err = process.communicate(timeout=60)
    assert (process.returncode, out) == (3, "")
    assert err.startswith("error: 'irs' is neither a data set nor a file\nhint: ")


def test_a_terminal_gets_a_bar_without_colours_when_they_are_unwanted(start: Start) -> None:
    code, shown = on_terminal(start, "train", "iris", "--epochs", "20", NO_COLOR="1")
    assert code == 0
    assert re.search(r"epoch \d+/20: .*\d+%.*cost 0\.\d+, accuracy 0\.\d+", shown)
    assert "update" in shown
    assert "\r" in shown.replace("\r\n", "\n")
    assert "\033[" not in shown


def test_a_terminal_gets_red_errors(start: Start) -> None:
    code, shown = on_terminal(start, "train", "irs")
    assert code == 3
    assert "\033[31merror:\033[0m 'irs'" in shown


@pytest.mark.parametrize("words", [["--help"], ["steps", "iris", "--updates", "20"]])
def test_a_closed_pipe_is_quiet(start: Start, words: list[str]) -> None:
    reader, writer = os.pipe()
    os.close(reader)
    process = start(*words, stdout=writer)
    os.close(writer)
    assert process.communicate(timeout=60)[1] == ""
    assert process.returncode == 0


def test_a_terminal_without_unicode_still_gets_its_result(start: Start) -> None:
    process = start("steps", "iris", "--updates", "1", environment={"PYTHONIOENCODING": "ascii"})
    out, err = process.communicate(timeout=60)
    assert (process.returncode, err) == (0, "")
    assert "\\u2202cost" in out


def test_a_missing_library_is_a_sentence(start: Start, tmp_path: Path) -> None:
    (tmp_path / "sklearn.py").write_text("raise ImportError('not here')")
    process: Any = start("train", "iris", environment={"PYTHONPATH": str(tmp_path)})
    err = process.communicate(timeout=60)[1]
    assert process.returncode == 1
    assert err.splitlines()[-2:] == [
        "error: `microgradlab train` needs sklearn, which is not installed",
        "hint: pip install 'microgradlab[lab]'",
    ]
    assert not (tmp_path / "runs").exists()
