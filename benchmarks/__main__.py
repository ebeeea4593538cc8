"""The command: measures, prints the tables, and writes them into the README if asked to."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Callable, Sequence
from pathlib import Path

from benchmarks import (
    drawing,
    graph_size,
    import_time,
    machine,
    micrograd_demo,
    prediction,
    report_size,
    training_loop,
)
from benchmarks.table import Row, markdown, place
from benchmarks.timing import Scale
from microgradlab.errors import LabError

README = Path(__file__).parents[1] / "README.md"

TABLES: dict[str, Sequence[Callable[[Scale], list[Row]]]] = {
    "The eager engine": (
        micrograd_demo.rows,
        training_loop.rows,
        prediction.rows,
        graph_size.rows,
        import_time.rows,
    ),
    "Pictures": (drawing.rows, report_size.rows),
}
"""The tables by title, and the functions that measure their rows."""

PEERS = ("micrograd",)
"""The packages whose versions are told."""


def report(scale: Scale) -> str:
    """Measures everything; the tables with their titles, and how and where they were made."""
    sections = []
    for title, measurements in TABLES.items():
        measured: list[Row] = []
        for rows in measurements:
            print(f"measuring: {rows.__module__.rpartition('.')[2]}", file=sys.stderr)
            measured += rows(scale)
        sections.append(f"**{title}**\n\n{markdown(measured)}")
    method = (
        f"CPU times of {scale.rounds} rounds ({scale.long_rounds} where a turn takes seconds) in "
        "which the peers take turns: minimum (median); ratios are of minima."
    )
    return "\n\n".join([*sections, f"{method} {machine.description(PEERS)}."])


def main(arguments: Sequence[str] | None = None, scale: Scale | None = None) -> int:
    """Runs the command.

    Args:
        arguments: of the command line.
        scale: how much to measure.

    Returns:
        The exit code: 0, or 1 when something needed is missing.
    """
    parser = argparse.ArgumentParser(prog="python -m benchmarks", description=__doc__)
    parser.add_argument(
        "--write",
        nargs="?",
        type=Path,
        const=README,
        metavar="PAGE",
        help="put the tables between the markers of this page (README.md)",
    )
    page: Path | None = parser.parse_args(arguments).write
    try:
        if page is not None:
            place(page.read_text(encoding="utf-8"), "")  # complains before minutes of measuring
        tables = report(scale or Scale())
        print(tables)
        if page is not None:
            page.write_text(place(page.read_text(encoding="utf-8"), tables), encoding="utf-8")
    except (LabError, OSError) as error:
        print(f"error: {error}", file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
