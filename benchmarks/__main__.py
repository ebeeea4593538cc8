"""The command: measures, prints the tables, and writes them into the README if asked to."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

from benchmarks import (
    compiler,
    drawing,
    graph_size,
    import_time,
    machine,
    micrograd_demo,
    prediction,
    report_size,
    training_loop,
)
from benchmarks.table import Row, markdown, page_of, place
from benchmarks.timing import Scale
from microgradlab.errors import LabError

README = Path(__file__).parents[1] / "README.md"


@dataclass(frozen=True)
class Section:
    """A part of the report.

    Attributes:
        title: above its tables.
        text: measures, and makes the tables.
        packages: whose versions are told.
    """

    title: str
    text: Callable[[Scale], str]
    packages: tuple[str, ...] = ()


def rows_of(*measurements: Callable[[Scale], list[Row]]) -> Callable[[Scale], str]:
    """One table of all these rows."""

    def text(scale: Scale) -> str:
        measured: list[Row] = []
        for rows in measurements:
            print(f"measuring: {rows.__module__.rpartition('.')[2]}", file=sys.stderr)
            measured += rows(scale)
        return markdown(measured)

    return text


SECTIONS = {
    "engine": Section(
        "The eager engine",
        rows_of(
            micrograd_demo.rows,
            training_loop.rows,
            prediction.rows,
            graph_size.rows,
            import_time.rows,
        ),
        ("micrograd",),
    ),
    "pictures": Section("Pictures", rows_of(drawing.rows, report_size.rows)),
    "compiler": Section(
        "The compiler",
        compiler.text,
        ("llvmlite", "micrograd", "numpy", "torch", "jax", "casadi"),
    ),
}
"""What can be measured, by the names of the command line."""


def report(names: Sequence[str], scale: Scale) -> dict[str, str]:
    """Measures; the tables by title, each with how and where it was made."""
    method = (
        f"CPU times of {scale.rounds} rounds ({scale.long_rounds} where a turn takes seconds) in "
        "which the peers take turns: minimum (median); ratios are of minima."
    )
    sections = [SECTIONS[name] for name in names]
    return {
        section.title: f"{section.text(scale)}\n\n{method} {machine.description(section.packages)}."
        for section in sections
    }


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
        "--only", nargs="+", choices=SECTIONS, default=list(SECTIONS), help="measure only these"
    )
    parser.add_argument(
        "--write",
        nargs="?",
        type=Path,
        const=README,
        metavar="PAGE",
        help="put the tables between the markers of this page (README.md)",
    )
    options = parser.parse_args(arguments)
    page: Path | None = options.write
    titles = [section.title for section in SECTIONS.values()]
    try:
        if page is not None:
            place(page.read_text(encoding="utf-8"), {}, titles)  # complains before it measures
        sections = report(options.only, scale or Scale())
        print(page_of(sections))
        if page is not None:
            text = place(page.read_text(encoding="utf-8"), sections, titles)
            page.write_text(text, encoding="utf-8")
    except (LabError, OSError) as error:
        print(f"error: {error}", file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
