"""The command: measures, prints the figures, and keeps them in the README of the tests."""

from __future__ import annotations

import argparse
import os
import sys
from collections.abc import Callable, Iterable, Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, TypeAlias, TypeVar

from benchmarks import machine
from benchmarks.table import replaced
from microgradlab.checking.decoding import At
from microgradlab.errors import LabError
from tests.evidence import figures
from tests.evidence.correctness import Batch, Checked, check_batch
from tests.evidence.detection import Detection, Hunt, Mutant, detect
from tests.evidence.engine_mutants import ENGINE_MUTANTS
from tests.evidence.rule_mutants import rule_mutants

README = Path(__file__).parents[1] / "README.md"

Result = TypeVar("Result")
Map: TypeAlias = Callable[[Callable[[Any], Any], Sequence[Any]], Iterable[Any]]


@dataclass(frozen=True)
class Scale:
    """How much is measured.

    Attributes:
        seeds: of the series of random expressions in which each mistake is looked for.
        draws: how many expressions a series has.
        shrink: whether the smallest case of each mistake is looked for.
        every: which of the mistakes in rules are planted: each, or each so many-th.
        expressions: how many right ones are checked, by where they are evaluated.
        processes: how many work at the same time.
    """

    seeds: tuple[int, ...] = (1, 2, 3)
    draws: int = 1000
    shrink: bool = True
    every: int = 1
    expressions: tuple[tuple[At, int], ...] = (("smooth", 14000), ("kinks", 3000), ("edges", 3000))
    processes: int = os.cpu_count() or 1


QUICK = Scale((1,), 1000, False, 5, (("smooth", 240), ("kinks", 40), ("edges", 20)), processes=1)


@dataclass(frozen=True)
class Evidence:
    """What was measured.

    Attributes:
        detections: what became of each mistake.
        equal: how many were none.
        checked: what was said of each right expression.
    """

    detections: list[Detection]
    equal: int
    checked: list[Checked]

    @property
    def faults(self) -> list[str]:
        """What speaks against the checker: mistakes not found, and false alarms."""
        missed = [f"not found: {found.mutant}" for found in figures.survivors(self.detections)]
        return missed + [f"false alarm:\n{one.wrong}" for one in self.checked if one.wrong]

    def __str__(self) -> str:
        sections = [
            ("Mistakes that were planted", figures.detections(self.detections, self.equal)),
            ("Right expressions", figures.verdicts(self.checked)),
            ("Errors in ulps", figures.ulps(self.checked)),
        ]
        parts = [f"**{title}**\n\n{text}" for title, text in sections]
        return "\n\n".join([*parts, figures.coverage(self.checked)])


def measure(scale: Scale) -> Evidence:
    """Measures everything; the same each time, but for the milliseconds."""
    rules, equal = rule_mutants()
    mutants: list[Mutant] = [*ENGINE_MUTANTS, *rules[:: scale.every]]
    hunts = [Hunt(mutant, scale.seeds, scale.draws, scale.shrink) for mutant in mutants]
    with _workers(scale.processes) as work:
        detections = [*_told("mistakes", work(detect, hunts), len(hunts))]
        checked = [
            one
            for at, count in scale.expressions
            for one in _told(f"right expressions, {at}", _different(work, at, count), count)
        ]
    return Evidence(detections, equal, checked)


@contextmanager
def _workers(processes: int) -> Iterator[Map]:
    if processes == 1:
        yield map
    else:
        with ProcessPoolExecutor(processes) as executor:
            yield executor.map


def _different(work: Map, at: At, count: int) -> Iterator[Checked]:
    """Checks so many different expressions."""
    seen: set[bytes] = set()
    seed = 0
    while len(seen) < count:
        missing = count - len(seen)
        draws = min(250, 2 * missing)
        seeds = range(seed, seed + 1 + missing // draws)
        seed = seeds.stop
        for batch in work(check_batch, [Batch(at, draws, seed) for seed in seeds]):
            for one in batch:
                if one.key not in seen and len(seen) < count:
                    seen.add(one.key)
                    yield one


def _told(what: str, results: Iterable[Result], total: int) -> Iterator[Result]:
    """The results, with a line on stderr after each tenth of them."""
    for done, result in enumerate(results, start=1):
        if 10 * done // total > 10 * (done - 1) // total:
            print(f"{what}: {done} of {total}", file=sys.stderr)
        yield result


def main(arguments: Sequence[str] | None = None) -> int:
    """Runs the command.

    Args:
        arguments: of the command line.

    Returns:
        The exit code: 1 when a mistake was not found, when a right expression was called wrong, or
        when the page has no place for the figures; else 0.
    """
    parser = argparse.ArgumentParser(prog="python -m tests.evidence", description=__doc__)
    choice = parser.add_mutually_exclusive_group()
    choice.add_argument("--quick", action="store_true", help="a sample, in seconds")
    choice.add_argument(
        "--write",
        nargs="?",
        type=Path,
        const=README,
        metavar="PAGE",
        help="put the figures between the markers of this page (tests/README.md)",
    )
    options = parser.parse_args(arguments)
    page: Path | None = options.write
    try:
        if page is not None:
            replaced(page.read_text(encoding="utf-8"), "")  # complains before minutes of measuring
        evidence = measure(QUICK if options.quick else Scale())
        text = f"{evidence}\n\n{machine.description(['hypothesis', 'mpmath'])}."
        print(text)
        if page is not None:
            page.write_text(replaced(page.read_text(encoding="utf-8"), text), encoding="utf-8")
    except (LabError, OSError) as error:
        print(f"error: {error}", file=sys.stderr)
        return 1
    for fault in evidence.faults:
        print(fault, file=sys.stderr)
    return 1 if evidence.faults else 0


if __name__ == "__main__":
    sys.exit(main())
