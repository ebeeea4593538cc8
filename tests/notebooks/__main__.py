"""The command: executes notebooks from scratch, compares their outputs, and stores new ones."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor
from multiprocessing import get_context
from pathlib import Path
from time import perf_counter

from tests.notebooks.course import (
    FOLDER,
    longest_first,
    normalised,
    notebooks,
    number_of,
    text_of,
    write,
)
from tests.notebooks.execution import Run, execute


def main(arguments: Sequence[str] | None = None) -> int:
    """Runs the command.

    Args:
        arguments: of the command line.

    Returns:
        The exit code: 1 when a cell fails, or when an output differs and is not stored; else 0.
    """
    parser = argparse.ArgumentParser(prog="python -m tests.notebooks", description=__doc__)
    parser.add_argument("numbers", nargs="*", type=int, help="which notebooks; all without any")
    parser.add_argument(
        "--write", action="store_true", help="store the outputs of those in which some differ"
    )
    parser.add_argument(
        "--force", action="store_true", help="with --write: of all, as for another style of drawing"
    )
    parser.add_argument("--jobs", type=int, default=2, help="how many at the same time (2)")
    parser.add_argument("--folder", type=Path, default=FOLDER, help="where the notebooks are")
    options = parser.parse_args(arguments)
    try:
        paths = notebooks(options.folder, options.numbers)
    except FileNotFoundError as error:
        parser.error(str(error))
    good, cpu, start = True, 0.0, perf_counter()
    for run in _executed(paths, options.jobs):
        stores = options.write and not run.faults and (options.force or _is_stale(run))
        if stores:
            write(run.path, run.fresh)
        print(report(run, stored=stores), flush=True)
        good &= not run.faults and (stores or not run.differences)
        cpu += run.cpu
    print(f"{len(paths)} notebooks: {perf_counter() - start:.1f} s, {cpu:.1f} s of CPU time")
    return 0 if good else 1


def _executed(paths: Sequence[Path], jobs: int) -> Iterator[Run]:
    """Executes notebooks, one at a time in each process: so their CPU times can be told apart."""
    if jobs == 1 or len(paths) == 1:
        yield from map(execute, paths)
        return
    with ProcessPoolExecutor(jobs, mp_context=get_context("spawn")) as executor:
        futures = {path: executor.submit(execute, path) for path in longest_first(paths)}
        for path in paths:
            yield futures[path].result()


def _is_stale(run: Run) -> bool:
    """Whether the file says something else, or is not in the form in which notebooks are kept."""
    return bool(run.differences) or text_of(normalised(run.stored)) != run.path.read_text("utf-8")


def report(run: Run, *, stored: bool = False) -> str:
    """What came of a notebook: a line of measures, then what is wrong and how to mend it."""
    size = run.path.stat().st_size / 1000
    head = f"{run.path.name}: {run.seconds:.1f} s, {run.cpu:.1f} s of CPU time, {size:.0f} kB"
    lines = [f"{head}, stored anew" if stored else head]
    if not stored:
        lines += [f"{run.path.name}, {fault}" for fault in (*run.faults, *run.differences)]
        if run.differences:
            number = number_of(run.path)
            lines.append(f"if that is right: python -m tests.notebooks --write {number}")
    return "\n".join(lines)


if __name__ == "__main__":
    sys.exit(main())
