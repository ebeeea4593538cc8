"""How large a run's report is, and how long it takes to make."""

from __future__ import annotations

from contextlib import redirect_stdout
from functools import partial
from io import StringIO
from pathlib import Path
from tempfile import TemporaryDirectory

from benchmarks.table import Row
from benchmarks.timing import Scale, Times, cpu_seconds, take_turns
from microgradlab.cli.main import run


def rows(scale: Scale) -> list[Row]:
    """The report of the README's first command."""
    with TemporaryDirectory() as name, redirect_stdout(StringIO()):
        folder = str(Path(name) / "iris")
        run(["train", "iris", "--run", folder, "--quiet"])
        make = partial(run, ["report", folder, "--quiet"])
        (turns,) = take_turns([partial(cpu_seconds, make)], scale.long_rounds, collector=True)
        megabytes = (Path(folder) / "report.html").stat().st_size / 1e6
    times = Times(turns)
    return [Row("report.html of `train iris`", str(times), "", megabytes, "MB", at_most=3.0)]
