"""What `import microgradlab` adds to the start of Python."""

from __future__ import annotations

import os
import subprocess
import sys
from functools import partial
from pathlib import Path
from tempfile import TemporaryDirectory

from benchmarks.table import Row
from benchmarks.timing import Scale, Times, take_turns

ROOT = Path(__file__).parents[1]


def start_seconds(statement: str, cache: str) -> float:
    """The CPU time of a new Python process from its start to the end of a statement.

    Args:
        statement: what it runs.
        cache: a folder for the compiled modules, filled by the first process.
    """
    environment = {**os.environ, "PYTHONPYCACHEPREFIX": cache}
    environment.pop("PYTHONDONTWRITEBYTECODE", None)
    run = subprocess.run(
        [sys.executable, "-c", f"{statement}\nimport time\nprint(time.process_time())"],
        capture_output=True,
        check=True,
        cwd=ROOT,
        env=environment,
        text=True,
    )
    return float(run.stdout)


def rows(scale: Scale) -> list[Row]:
    """Separate processes, with and without the import."""
    with TemporaryDirectory() as cache:
        statements = ("import microgradlab", "pass")
        turns = take_turns(
            [partial(start_seconds, statement, cache) for statement in statements],
            scale.rounds,
            collector=True,
        )
    with_import, bare = map(Times, turns)
    return [
        Row(
            "`import microgradlab`",
            str(with_import),
            f"bare Python {bare}",
            (with_import.minimum - bare.minimum) * 1e3,
            "ms more",
            at_most=60.0,
        )
    ]
