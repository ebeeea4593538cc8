"""`notebooks`: copies of the course that are the reader's own, and JupyterLab opened on them."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import zipfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from microgradlab.cli import notebooks
from microgradlab.errors import LabError

Call = Any
Start = Callable[..., "subprocess.Popen[str]"]

ROOT = Path(__file__).parents[2]
COURSE = ROOT / "notebooks"
FILES = sorted(path.name for path in COURSE.iterdir() if path.suffix in (".ipynb", ".txt"))
NOTEBOOKS = [name for name in FILES if name.endswith(".ipynb")]


def cells(path: Path) -> list[Any]:
    found: list[Any] = json.loads(path.read_text("utf-8"))["cells"]
    return found


def names(folder: Path) -> set[str]:
    return {path.name for path in folder.iterdir()}


# --- copies


def test_the_copies_are_the_course_without_what_its_cells_have_put_out(
    call: Call, tmp_path: Path
) -> None:
    called = call("notebooks", "--copy-only")
    folder = tmp_path / "microgradlab-notebooks"
    assert called.code == 0
    assert names(folder) == {*FILES, "names.LICENSE"}
    for name in NOTEBOOKS:
        for copy, original in zip(cells(folder / name), cells(COURSE / name), strict=True):
            for part in ("cell_type", "id", "source", "metadata"):
                assert copy[part] == original[part]
            assert not copy.get("outputs")
            assert copy.get("execution_count") is None
    assert (folder / "names.txt").read_bytes() == (COURSE / "names.txt").read_bytes()


def test_the_command_says_what_it_did_and_how_to_open_the_course(call: Call) -> None:
    count = len(FILES) + 1
    called = call("notebooks", "my course", "--copy-only")
    assert called.err == ""
    assert called.out.splitlines() == [
        f"my course: {count} files copied",
        "Open the course: microgradlab notebooks 'my course'",
    ]
    again = call("notebooks", "my course", "--copy-only").out.splitlines()[0]
    assert again == f"my course: {count} files found there and kept (--overwrite replaces)"


def test_a_file_that_is_there_is_kept_since_it_may_hold_the_readers_work(
    call: Call, tmp_path: Path
) -> None:
    (tmp_path / "course").mkdir()
    mine, other = tmp_path / "course" / NOTEBOOKS[0], tmp_path / "course" / "other.txt"
    mine.write_text("my work")
    other.write_text("not of the course")
    called = call("notebooks", "course", "--copy-only")
    assert called.out.startswith(f"course: {len(FILES)} files copied, 1 file found there and kept")
    assert mine.read_text() == "my work"

    data = call("notebooks", "course", "--copy-only", "--overwrite", "--json").data
    assert (data["folder"], data["kept"], data["notebook"]) == ("course", [], NOTEBOOKS[0])
    assert set(data["copied"]) == {*FILES, "names.LICENSE"}
    assert len(cells(mine)) > 1
    assert other.read_text() == "not of the course"


@pytest.mark.parametrize(
    ("folder", "code", "why"),
    [
        ("file", 2, "file is a file, not a folder"),
        ("file/course", 1, "file/course: Not a directory"),
        ("full", 1, f"{NOTEBOOKS[0]}: Is a directory"),
    ],
)
def test_a_folder_that_cannot_take_the_copies_is_a_sentence(
    call: Call, tmp_path: Path, folder: str, code: int, why: str
) -> None:
    (tmp_path / "file").touch()
    (tmp_path / "full" / NOTEBOOKS[0]).mkdir(parents=True)
    call("notebooks", folder, "--overwrite", "--copy-only").check_mistake(code, why)


def test_the_originals_are_never_replaced(call: Call) -> None:
    before = (COURSE / NOTEBOOKS[0]).read_bytes()
    called = call("notebooks", COURSE, "--overwrite", "--copy-only")
    called.check_mistake(2, "is where the copies are made from")
    assert (COURSE / NOTEBOOKS[0]).read_bytes() == before


# --- where the course is


def test_an_installed_package_has_the_course_inside(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(notebooks, "_PACKAGE", tmp_path / "microgradlab")
    with pytest.raises(LabError, match="has no notebooks"):
        notebooks.course()
    for place in ("notebooks", "microgradlab/notebooks"):  # what stands beside it may be another's
        (tmp_path / place).mkdir(parents=True)
        source = {"cells": [{"cell_type": "markdown", "source": place}]}
        (tmp_path / place / "01-it.ipynb").write_text(json.dumps(source))
        (copy,) = notebooks.course().values()
        assert json.loads(copy) == source


@pytest.mark.slow
def test_a_wheel_takes_the_course_along_as_it_is_copied(tmp_path: Path) -> None:
    pytest.importorskip("hatchling")
    command = [sys.executable, "-m", "hatchling", "build", "-t", "wheel", "-d", str(tmp_path)]
    subprocess.run(command, cwd=ROOT, check=True, capture_output=True)
    (wheel,) = tmp_path.glob("*.whl")
    with zipfile.ZipFile(wheel) as archive:
        place = "microgradlab/notebooks/"
        inside = [name for name in archive.namelist() if name.startswith(place)]
        assert {name.removeprefix(place): archive.read(name) for name in inside} == (
            notebooks.course()
        )


# --- JupyterLab, or what these tests put in its place


@pytest.fixture
def lab(tmp_path: Path, start: Start) -> Callable[..., subprocess.Popen[str]]:
    """Starts `microgradlab notebooks course` with a JupyterLab that is a few lines of Python."""

    def lab(code: str, *words: str, **options: Any) -> subprocess.Popen[str]:
        (tmp_path / "site").mkdir(exist_ok=True)
        imports = "import colorsys, json, os, sys, time\n"
        (tmp_path / "site" / "jupyterlab.py").write_text(imports + code)
        (tmp_path / "colorsys.py").write_text("raise ImportError('of the current folder')")
        environment = {"PYTHONPATH": str(tmp_path / "site")}
        return start("notebooks", "course", *words, environment=environment, **options)

    return lab


TELL = "print(json.dumps([sys.argv[1:], sys.stdin.read(), os.environ['JUPYTER_PREFER_ENV_PATH']]))"


def test_jupyterlab_opens_the_first_notebook_with_the_kernel_of_this_python(
    lab: Start, tmp_path: Path
) -> None:
    process = lab(TELL)
    out, err = process.communicate(timeout=60)
    assert process.returncode == 0
    said, told = out.splitlines()
    assert said.endswith("copied")
    assert json.loads(told) == [
        [
            f"--ServerApp.root_dir={tmp_path / 'course'}",
            f"--LabApp.default_url=/lab/tree/{NOTEBOOKS[0]}",
            "--Application.log_level=WARN",
        ],
        "",  # so it cannot ask whether Ctrl-C was meant
        "1",
    ]
    assert err == f"JupyterLab opens {NOTEBOOKS[0]}; Ctrl-C here ends it.\n"


def test_words_after_two_dashes_go_to_jupyterlab(lab: Start) -> None:
    words = ("--no-browser", "--quiet", "--", "--port", "8890", "--", "--debug")
    out, err = lab(TELL, *words).communicate(timeout=60)
    options = json.loads(out.splitlines()[1])[0][2:]
    assert options == [
        *("--Application.log_level=ERROR", "--no-browser"),
        *("--port", "8890", "--", "--debug"),
    ]
    assert err == ""


def test_it_opens_the_notebook_that_was_saved_last(
    call: Call, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    opened: list[str] = []

    def run(words: list[str]) -> int:
        (address,) = (word for word in words if "default_url" in word)
        opened.append(address.rpartition("/")[2])
        return 0

    monkeypatch.setattr(notebooks, "find_spec", lambda _: True)
    monkeypatch.setattr(notebooks, "_run", run)
    call("notebooks", "course")
    call("notebooks", "course")
    saved = tmp_path / "course" / NOTEBOOKS[-1]
    os.utime(saved, (2**32, 2**32))
    os.utime(tmp_path / "course" / "names.txt", (2**33, 2**33))
    call("notebooks", "course")
    (tmp_path / "course" / NOTEBOOKS[0]).unlink()  # a new copy is no work
    call("notebooks", "course")
    call("notebooks", "course", "--overwrite")
    assert opened == [NOTEBOOKS[place] for place in (0, 0, -1, -1, 0)]


def test_without_jupyterlab_the_copies_are_made_and_the_extra_is_named(
    call: Call, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(notebooks, "find_spec", lambda _: None)
    called = call("notebooks", "course")
    assert called.code == 1
    assert called.out.startswith("course: ")
    assert called.err.splitlines() == [
        "error: opening the course needs jupyterlab, which is not installed",
        "hint: pip install 'microgradlab[notebook]'",
    ]
    assert names(tmp_path / "course") >= set(NOTEBOOKS)


def test_when_jupyterlab_refuses_its_own_words_are_seen(lab: Start) -> None:
    process = lab("sys.exit('Running as root is not recommended.')")
    err = process.communicate(timeout=60)[1].splitlines()[1:]
    assert process.returncode == 1
    assert err[:2] == [
        "Running as root is not recommended.",
        "error: JupyterLab ended with exit code 1",
    ]
    assert err[2].startswith("hint: ")
    assert "--" in err[2]


def test_options_of_jupyterlab_in_the_wrong_place_are_told_where_they_belong(call: Call) -> None:
    called = call("notebooks", "--allow-root")
    called.check_mistake(2, "unknown argument '--allow-root'")
    assert "options of JupyterLab stand after --" in called.err
    assert "did you mean --no-browser?" in call("notebooks", "--no-browsers").err


SERVE = """
try:
    print("ready", flush=True)
    time.sleep(60)
except KeyboardInterrupt:
    print("interrupted", flush=True)
"""


@pytest.mark.skipif(os.name == "nt", reason="Windows has other signals")
def test_ctrl_c_ends_the_server_quietly(lab: Start) -> None:
    process = lab(SERVE, start_new_session=True)
    assert process.stdout is not None
    while process.stdout.readline() != "ready\n":
        assert process.poll() is None
    os.killpg(process.pid, signal.SIGINT)  # as a terminal does, to all of its processes
    out, err = process.communicate(timeout=60)
    assert (process.returncode, out) == (0, "interrupted\n")
    assert len(err.splitlines()) == 1


@pytest.mark.skipif(os.name == "nt", reason="Windows has other signals")
@pytest.mark.parametrize(
    "sign", [signal.SIGTERM, pytest.param(signal.SIGINT, marks=pytest.mark.slow)]
)
def test_a_signal_to_the_command_alone_ends_the_server_too(lab: Start, sign: int) -> None:
    ended = "import signal; signal.signal(signal.SIGTERM, lambda *_: sys.exit('terminated'))"
    process = lab(f"{ended}{SERVE}")
    assert process.stdout is not None
    while process.stdout.readline() != "ready\n":
        assert process.poll() is None
    process.send_signal(sign)
    err = process.communicate(timeout=60)[1]
    assert "terminated" in err
    assert process.returncode == 0
