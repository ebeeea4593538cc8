"""Every notebook of the course runs from scratch, and shows what is stored in it."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.notebooks import execution
from tests.notebooks.__main__ import report
from tests.notebooks.books import book, needs_jupyter
from tests.notebooks.course import longest_first, notebooks, text_of
from tests.notebooks.execution import execute

pytestmark = [needs_jupyter, pytest.mark.slow]

_PATHS = longest_first(notebooks())


@pytest.mark.parametrize("path", _PATHS, ids=[path.stem for path in _PATHS])
def test_a_notebook_that_runs_is_a_notebook_that_is_true(path: Path) -> None:
    run = execute(path)
    if run.faults or run.differences:
        pytest.fail(report(run), pytrace=False)


def saved(folder: Path, *cells: str) -> Path:
    """The file of a small notebook, with a text file beside it."""
    folder.mkdir()
    (folder / "names.txt").write_text("emma")
    path = folder / "01-small.ipynb"
    path.write_text(text_of(book(*cells)))
    return path


def test_a_notebook_is_executed_in_a_copy_of_its_folder(tmp_path: Path) -> None:
    read_and_write = (
        "from pathlib import Path\nPath('made').write_text(Path('names.txt').read_text())"
    )
    path = saved(tmp_path / "course", read_and_write)
    before = path.read_text()
    run = execute(path)
    assert run.faults == ()
    assert run.fresh.cells[0].outputs[0].data == {"text/plain": "4"}
    assert [one.name for one in sorted(path.parent.iterdir())] == ["01-small.ipynb", "names.txt"]
    assert path.read_text() == before


def test_seconds_are_told_in_wall_and_in_cpu_time(tmp_path: Path) -> None:
    run = execute(saved(tmp_path / "course", "import time\ntime.sleep(3)"))
    assert run.seconds > 3.0
    assert 0.1 < run.cpu < run.seconds


def test_a_cell_that_does_not_end_is_ended(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(execution, "TIMEOUT", 1)
    run = execute(saved(tmp_path / "course", "import time", "time.sleep(600)"))
    assert [str(fault) for fault in run.faults] == [
        "cell 2 (time.sleep(600)): takes longer than 1 seconds"
    ]
