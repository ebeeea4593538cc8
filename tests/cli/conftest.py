"""What the tests of the command line share: calling it, tables to call it on, a finished run."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from random import Random
from typing import Any

import pytest

from microgradlab.cli.main import run


@dataclass(frozen=True)
class Called:
    """What a call of the command line gave."""

    code: int
    out: str
    err: str

    @property
    def data(self) -> Any:
        """What --json has printed."""
        return json.loads(self.out)

    def check_mistake(self, code: int, text: str) -> str:
        """An exit code, a sentence, a hint, and nothing else; the sentence is given back."""
        assert text in self.err
        assert (self.code, self.out) == (code, "")
        error, hint = self.err.splitlines()[-2:]
        assert error.startswith("error: ")
        assert hint.startswith("hint: ")
        assert "Traceback" not in self.err
        assert not Path("runs").exists()
        return error


Call = Callable[..., Called]
Write = Callable[[str, Iterable[Iterable[object]]], str]


@pytest.fixture
def call(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> Call:
    """Calls a command in this process, in an empty folder."""
    monkeypatch.chdir(tmp_path)

    def call(*words: object) -> Called:
        capsys.readouterr()
        code = run([str(word) for word in words])
        return Called(code, *capsys.readouterr())

    return call


@pytest.fixture
def start(tmp_path: Path) -> Callable[..., subprocess.Popen[str]]:
    """Starts a command in a process of its own, in the same empty folder."""

    def start(
        *words: object, environment: Mapping[str, str] | None = None, **options: Any
    ) -> subprocess.Popen[str]:
        pipes = {"stdout": subprocess.PIPE, "stderr": subprocess.PIPE}
        return subprocess.Popen(
            [sys.executable, "-m", "microgradlab", *map(str, words)],
            cwd=tmp_path,
            env={**os.environ, **(environment or {})},
            encoding="utf-8",
            **{**pipes, **options},
        )

    return start


@pytest.fixture
def write(tmp_path: Path) -> Write:
    """Writes rows of cells as a CSV file, and returns its name."""

    def write(name: str, rows: Iterable[Iterable[object]]) -> str:
        lines = (",".join(map(str, row)) for row in rows)
        (tmp_path / name).write_text("\n".join(lines) + "\n", encoding="utf-8")
        return name

    return write


@pytest.fixture
def fruit(write: Write) -> str:
    """A table with numbers, categories, missing cells and a name; what is ripe is soft."""
    rng = Random(0)
    rows: list[list[object]] = [["name", "mass", "colour", "ripe"]]
    for i in range(60):
        ripe = i % 2
        mass = "" if i % 10 == 3 else round(rng.gauss(2.0 + 2.0 * ripe, 0.3), 3)
        colour = "" if i % 15 == 4 else ("red" if ripe else rng.choice(["green", "yellow"]))
        rows.append([f"fruit {i}", mass, colour, "yes" if ripe else "no"])
    return write("fruit.csv", rows)


@pytest.fixture
def houses(write: Write) -> str:
    """A table with a number to predict, in the hundreds of thousands."""
    rng = Random(0)
    rows: list[list[object]] = [["area", "rooms", "price"]]
    for _ in range(60):
        area, rooms = round(rng.uniform(40.0, 200.0), 1), rng.randint(1, 6)
        rows.append([area, rooms, round(100_000.0 + 3_000.0 * area + 10_000.0 * rooms)])
    return write("houses.csv", rows)


@pytest.fixture(scope="session")
def iris_run(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A finished run, which no test may change."""
    folder = tmp_path_factory.mktemp("runs") / "iris"
    words = ["train", "iris", "--hidden", "4", "--epochs", "3", "--run", str(folder), "--quiet"]
    assert run(words) == 0
    return folder


@pytest.fixture(scope="session")
def iris_rows() -> Path:
    """The CSV file of iris."""
    from microgradlab.data.sources import IRIS

    return IRIS
