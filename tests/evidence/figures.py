"""The figures, as Markdown."""

from __future__ import annotations

import math
import statistics
from collections import Counter
from collections.abc import Iterable, Sequence
from typing import Any

from microgradlab.checking import Verdict
from microgradlab.ops import TABLE
from tests.evidence.correctness import BINS, EXACT, LAST_BIN, Checked
from tests.evidence.detection import OURS, Detection
from tests.evidence.engine_mutants import ENGINE
from tests.evidence.peers import PEERS
from tests.evidence.rule_mutants import (
    CONSTANT,
    DROPPED_FACTOR,
    FACTORS,
    OPERAND,
    SIGN,
    TINY_FACTOR,
)

KINDS = (SIGN, DROPPED_FACTOR, OPERAND, CONSTANT, *FACTORS, ENGINE)
"""The kinds of mistakes that all have to be found."""


def detections(found: Sequence[Detection], equal: int) -> str:
    """The mistakes by kind: who found them, how soon, and how small a case shows them."""
    rows = [_row(kind, found, [kind]) for kind in KINDS]
    rows.append(_row("all of these", found, KINDS))
    rows += [_row(f"{kind} (for information)", found, [kind]) for kind in TINY_FACTOR]
    header = ["mistake", "planted", "found", "examples", "operations", *PEERS]
    missed = "; ".join(str(detection.mutant) for detection in survivors(found)) or "none"
    none = f"{equal} more rewritings equal the right rule, and were left out"
    return f"{table(header, rows)}\n\nNot found: {missed}. {none}."


def survivors(found: Iterable[Detection]) -> list[Detection]:
    """The mistakes that were not found in every series."""
    return [
        detection
        for detection in found
        if detection.mutant.kind in KINDS and None in detection.examples[OURS]
    ]


def _row(title: str, detections: Sequence[Detection], kinds: Sequence[str]) -> list[Any]:
    found = [detection for detection in detections if detection.mutant.kind in kinds]
    complete = [detection for detection in found if None not in detection.examples[OURS]]
    examples = [n for detection in found for n in detection.examples[OURS] if n is not None]
    operations = [d.operations for d in found if d.operations is not None]
    shares = [_share([d.examples[peer] for d in found]) for peer in PEERS]
    return [title, len(found), len(complete), _middle(examples), _middle(operations), *shares]


def _middle(numbers: Sequence[int]) -> str:
    """The median, and the largest."""
    return f"{statistics.median_low(numbers)} ({max(numbers)})" if numbers else "-"


def _share(examples: Iterable[Sequence[int | None]]) -> str:
    """The share of series in which the mistake was found."""
    series = [number for numbers in examples for number in numbers]
    return percent(len(series) - series.count(None), len(series))


def percent(part: int, whole: int) -> str:
    """A share, rounded but for one that is not quite all or nothing.

    >>> percent(1, 1000), percent(1, 3), percent(999, 1000)
    ('0.1 %', '33 %', '99.9 %')
    """
    if not whole:
        return "-"
    share = 100.0 * part / whole
    return f"{share:.0f} %" if share in (0.0, 100.0) or 1.0 <= share <= 99.0 else f"{share:.1f} %"


def verdicts(checked: Sequence[Checked]) -> str:
    """What was said of right expressions."""
    places = dict.fromkeys(one.at for one in checked)
    order = [Verdict.OK, Verdict.KINK, Verdict.ILL_CONDITIONED, Verdict.INCONCLUSIVE]
    rows = []
    for name in [*places, "all"]:
        some = [one for one in checked if name in (one.at, "all")]
        counts = Counter(verdict for one in some for verdict, _, _ in one.derivatives)
        total = sum(counts.values())
        shares = [percent(counts[verdict], total) for verdict in order]
        rows.append([name, len(some), total, *shares, counts[Verdict.WRONG]])
    header = ["evaluated at", "expressions", "derivatives", *map(str, order), str(Verdict.WRONG)]
    smooth = [one for one in checked if one.at == "smooth"]
    alarms = Counter(peer for one in smooth for peer in one.peer_alarms)
    told = ", ".join(f"{peer} {alarms[peer]}" for peer in PEERS)
    others = f"False alarms of the others on the {len(smooth)} smooth ones: {told}."
    return f"{table(header, rows)}\n\n{others}"


def ulps(checked: Iterable[Checked]) -> str:
    """The errors of derivatives in ulps, by how far rounding can reach."""
    errors: dict[str, list[float]] = {name: [] for name in (EXACT, *BINS, LAST_BIN)}
    for one in checked:
        for _, width, error in one.derivatives:
            if math.isfinite(error):
                errors[width].append(error)
    rows = []
    for name, some in errors.items():
        if some:
            some.sort()
            quantiles = (some[len(some) // 2], some[len(some) * 99 // 100], some[-1])
            rows.append([name, len(some), *(_short(error) for error in quantiles)])
    return table(["relative width", "derivatives", "median", "99 %", "largest"], rows)


def coverage(checked: Sequence[Checked]) -> str:
    """Which operations met, how large the expressions were, and what a check took."""
    pairs = {pair for one in checked for pair in one.pairs}
    operations = [one.operations for one in checked]
    seconds = statistics.median(one.seconds for one in checked)
    return (
        f"{len(pairs)} of {len(TABLE) ** 2} pairs of operations occur, one feeding the other. An "
        f"expression has {statistics.median_low(operations)} operations (at most "
        f"{max(operations)}); its check takes {1e3 * seconds:.1f} ms of CPU time: medians."
    )


def _short(number: float) -> str:
    return f"{number:.1f}" if number < 1e4 else f"{number:.0e}"


def table(header: Sequence[str], rows: Iterable[Sequence[Any]]) -> str:
    """A Markdown table.

    >>> print(table(["name", "count"], [["a", 1]]))
    | name | count |
    | --- | --- |
    | a | 1 |
    """
    lines = [header, ["---"] * len(header), *rows]
    return "\n".join(f"| {' | '.join(map(str, line))} |" for line in lines)
