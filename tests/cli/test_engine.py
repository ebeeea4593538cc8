"""What computes a run: the compiler where it can, Values else, and never in silence."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any

import pytest

from microgradlab.cli.runs import RunFolder
from microgradlab.compiler.llvm import machine
from microgradlab.errors import LabError, MissingExtraError

Call = Any

WORDS = ("train", "iris", "--hidden", "4", "--lr", "0.05", "--validation", "0.2")


def engines_of(run: Path) -> list[str]:
    engines: list[str] = json.loads((run / "env.json").read_text())["engines"]
    return engines


def columns(run: Path) -> dict[str, list[float]]:
    return RunFolder.open(str(run)).history().columns


def test_training_is_compiled_and_says_so(call: Call, tmp_path: Path) -> None:
    called = call(*WORDS, "--epochs", "2", "--run", "run")
    said = re.findall(
        r"^compiled: native loops for 35 parameters, in \d+\.\d s$", called.err, re.MULTILINE
    )
    assert len(said) == 1
    assert engines_of(tmp_path / "run") == ["compiled, 1 thread"]


def test_eager_trains_the_same_with_values(call: Call, tmp_path: Path) -> None:
    called = call(*WORDS, "--epochs", "3", "--run", "eager", "--eager")
    assert "compiled" not in called.err
    assert engines_of(tmp_path / "eager") == ["Values"]
    assert call(*WORDS, "--epochs", "3", "--run", "compiled").code == 0
    compiled = columns(tmp_path / "compiled")
    for name, numbers in columns(tmp_path / "eager").items():
        assert compiled[name] == pytest.approx(numbers, rel=1e-9)


def test_threads_are_kept_with_the_environment(call: Call, tmp_path: Path) -> None:
    called = call(*WORDS, "--epochs", "1", "--threads", "2", "--run", "run")
    assert "native loops for 35 parameters on up to 2 threads, in" in called.err
    assert engines_of(tmp_path / "run") == ["compiled, 2 threads"]


@pytest.mark.parametrize("first", [(), ("--eager",)], ids=["compiled", "eager"])
def test_a_run_of_one_engine_goes_on_in_the_other(
    call: Call, tmp_path: Path, first: tuple[str, ...]
) -> None:
    second = () if first else ("--eager",)
    assert call(*WORDS, "--epochs", "2", "--run", "run", *first).code == 0
    called = call("train", "--resume", "run", "--epochs", "4", *second)
    assert called.code == 0
    assert ("compiled: " in called.err) == bool(first)
    sittings = ["Values", "compiled, 1 thread"][:: 1 if first else -1]
    assert engines_of(tmp_path / "run") == sittings
    assert "; then ".join(sittings) in (tmp_path / "run/report.html").read_text(encoding="utf-8")
    assert call(*WORDS, "--epochs", "4", "--run", "whole").code == 0
    resumed = columns(tmp_path / "run")
    for name, numbers in columns(tmp_path / "whole").items():
        assert resumed[name] == pytest.approx(numbers, rel=1e-9)


@pytest.mark.parametrize(
    ("error", "said"),
    [
        (
            MissingExtraError("compiling needs llvmlite, which is not installed", "pip"),
            "not compiled: install 'microgradlab[jit]' to train faster",
        ),
        (LabError("this is an abacus", "train with Values"), "not compiled: this is an abacus"),
    ],
    ids=["no extra", "no such processor"],
)
def test_where_it_cannot_be_compiled_it_says_why_and_trains_with_values(
    call: Call, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, error: LabError, said: str
) -> None:
    def refuse() -> None:
        raise error

    monkeypatch.setattr(machine, "host", refuse)
    called = call(*WORDS, "--epochs", "1", "--run", "run")
    assert called.code == 0
    assert said in called.err.splitlines()
    assert engines_of(tmp_path / "run") == ["Values"]
    called = call(*WORDS, "--epochs", "1", "--threads", "2", "--run", "other")
    assert f"{said}; --threads 2 is not used" in called.err.splitlines()


def test_a_sitting_that_does_not_begin_is_not_noted(call: Call, tmp_path: Path) -> None:
    assert call(*WORDS, "--epochs", "1", "--run", "run").code == 0
    called = call("train", "--resume", "run", "--epochs", "2", "--threads", "300")
    assert "threads is 300, and 256 is the most" in called.err
    assert engines_of(tmp_path / "run") == ["compiled, 1 thread"]


def test_too_many_threads_are_refused_before_there_is_a_folder(call: Call) -> None:
    call(*WORDS, "--threads", "300").check_mistake(2, "threads is 300, and 256 is the most")


def test_threads_and_eager_exclude_each_other(call: Call) -> None:
    call("train", "iris", "--eager", "--threads", "2").check_mistake(2, "--threads is for compiled")


def test_threads_are_a_count(call: Call) -> None:
    call("train", "iris", "--threads", "0").check_mistake(2, "'0' is not a whole number from 1 up")
