"""The command tells what is wrong in a notebook and where, and stores new outputs."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from tests.notebooks.__main__ import main
from tests.notebooks.books import book, code, needs_jupyter, result, stream, words
from tests.notebooks.course import FOLDER, Output, read, text_of, write

pytestmark = [needs_jupyter, pytest.mark.slow]


def shown_by(path: Path, cell: int) -> list[Output]:
    return [dict(output) for output in read(path).cells[cell - 1].outputs]


def test_what_is_wrong_is_told_with_notebook_cell_and_line(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    write(tmp_path / "01-error.ipynb", book("def f():\n    return {}['key']", "x = 1\nf()"))
    write(tmp_path / "02-warning.ipynb", book("import warnings\nwarnings.warn('hello')"))
    write(tmp_path / "03-death.ipynb", book("import os\nos._exit(3)"))
    write(tmp_path / "04-other.ipynb", book(code("x = 3\nx * 1.5", result(plain="4.0"))))
    before = {path: path.read_bytes() for path in tmp_path.iterdir()}
    assert main(["--folder", str(tmp_path), "--jobs", "1"]) == 1
    told = words(capsys.readouterr().out)
    assert "01-error.ipynb, cell 2 (x = 1): line 2: KeyError: 'key'" in told
    assert "----> 2 return {}['key']" in told
    assert "02-warning.ipynb, cell 1 (import warnings): writes to stderr" in told
    assert "UserWarning: hello" in told
    assert "03-death.ipynb, cell 1 (import os): the kernel died" in told
    assert (
        "04-other.ipynb, cell 1 (x = 3): another output (execute_result, text/plain) "
        "expected: 4.0 found: 4.5 if that is right: python -m tests.notebooks --write 4"
    ) in told
    assert {path: path.read_bytes() for path in tmp_path.iterdir()} == before


def test_two_at_a_time_are_told_in_their_order(tmp_path: Path) -> None:
    write(tmp_path / "01-good.ipynb", book(code("print(1)", stream("1\n"))))
    write(tmp_path / "02-claim.ipynb", book("x = 1", "y = 2\n\nassert x == y, 'one is two'"))
    told = subprocess.run(
        [sys.executable, "-m", "tests.notebooks", "--folder", tmp_path],
        capture_output=True,
        cwd=FOLDER.parent,
        check=False,
        text=True,
    )
    assert (told.returncode, told.stderr) == (1, "")
    good, head, claim, last = told.stdout.splitlines()
    assert good.startswith("01-good.ipynb: ")
    assert head.startswith("02-claim.ipynb: ")
    assert claim == "02-claim.ipynb, cell 2 (y = 2): line 3: a claim does not hold: one is two"
    assert last.startswith("2 notebooks: ")


def test_write_stores_outputs_and_a_second_time_changes_nothing(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    changed, unchanged = tmp_path / "01-changed.ipynb", tmp_path / "02-unchanged.ipynb"
    write(changed, book(code("print(1)\nprint(2)", stream("3")), "x = 0.5\nx"))
    write(unchanged, book(code("0.1 + 0.2", result(plain="0.3"))))
    before = unchanged.read_bytes()
    command = ["--folder", str(tmp_path), "--jobs", "1"]

    assert main(command) == 1
    assert "expected: 3\n  found:    1\n  and 1 more lines" in capsys.readouterr().out
    assert main([*command, "--write"]) == 0
    assert "CPU time, 1 kB, stored anew\n02-unch" in capsys.readouterr().out
    assert shown_by(changed, 1) == [stream("1\n2\n")]
    assert shown_by(changed, 2) == [{**result(plain="0.5"), "execution_count": None}]
    assert unchanged.read_bytes() == before

    after = changed.read_bytes()
    assert main([*command, "--write"]) == 0
    assert "stored" not in capsys.readouterr().out
    assert changed.read_bytes() == after
    assert sorted(path.name for path in tmp_path.iterdir()) == [changed.name, unchanged.name]

    assert main([*command, "--write", "--force", "2"]) == 0
    assert shown_by(unchanged, 1)[0]["data"] == {"text/plain": "0.30000000000000004"}


def test_a_notebook_that_jupyterlab_has_saved_is_brought_into_form(tmp_path: Path) -> None:
    path = tmp_path / "01-saved.ipynb"
    saved = book(code("1 + 1", result(plain="2")))
    saved.cells[0].execution_count = 3
    path.write_text(text_of(saved), encoding="utf-8")
    assert main(["--folder", str(tmp_path), "--write"]) == 0
    assert shown_by(path, 1)[0]["execution_count"] is None


def test_a_number_without_a_notebook_is_a_mistake(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    write(tmp_path / "01-one.ipynb", book("1"))
    with pytest.raises(SystemExit, match="2"):
        main(["--folder", str(tmp_path), "1", "7", "8"])
    assert "no notebook 7, 8 in " in capsys.readouterr().err
    with pytest.raises(SystemExit, match="2"):
        main(["--folder", str(tmp_path / "nowhere")])
    assert "no notebooks in " in capsys.readouterr().err
