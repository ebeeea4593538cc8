"""What the gradient check says of expressions that are right."""

from __future__ import annotations

import hashlib
import math
from dataclasses import dataclass
from time import process_time

from microgradlab.checking import Row, Verdict, gradcheck
from microgradlab.checking.decoding import At
from microgradlab.checking.program import Expression
from microgradlab.engine import topological_order, uses
from tests.evidence.peers import peer_alarms
from tests.evidence.sampling import drawn

EXACT, LAST_BIN = "exact", "1e-6 and more"
BINS = {f"below 1e{power}": float(f"1e{power}") for power in range(-15, -5)}
"""The bins of an enclosure's relative width between these two, by their upper bounds."""

_NOISE = 1e-60  # what the reference's own rounding may add to a width


@dataclass(frozen=True)
class Batch:
    """Some expressions to check.

    Attributes:
        at: where they are evaluated.
        draws: how many Hypothesis draws.
        seed: of its random numbers.
    """

    at: At
    draws: int
    seed: int


@dataclass(frozen=True)
class Checked:
    """What was found at one expression.

    Attributes:
        key: tells expressions apart.
        at: where it was evaluated.
        operations: how many it has.
        pairs: the names of operations of which the first feeds the second.
        derivatives: for each input the verdict, the bin, and the error in ulps.
        seconds: CPU time of the check.
        peer_alarms: the peers that called the gradient wrong.
        wrong: the expression and the report as text, if ours did.
    """

    key: bytes
    at: At
    operations: int
    pairs: frozenset[tuple[str, str]]
    derivatives: tuple[tuple[Verdict, str, float], ...]
    seconds: float
    peer_alarms: frozenset[str]
    wrong: str


def check_batch(batch: Batch) -> list[Checked]:
    """Checks each expression of a batch once, however often it was drawn."""
    different = {_key(one): one for one in drawn(batch.at, batch.draws, batch.seed)}
    return [_check(key, batch.at, expression) for key, expression in different.items()]


def _check(key: bytes, at: At, expression: Expression) -> Checked:
    start = process_time()
    report = gradcheck(expression, *expression.inputs)
    seconds = process_time() - start
    wrong = f"{expression}\n{report}" if report.verdict is Verdict.WRONG else ""
    return Checked(
        key,
        at,
        len(expression.steps),
        _pairs(expression),
        tuple((row.verdict, _bin(row), row.ulps) for row in report.rows),
        seconds,
        peer_alarms(expression),
        wrong,
    )


def _key(expression: Expression) -> bytes:
    return hashlib.sha256(repr(expression).encode()).digest()


def _pairs(expression: Expression) -> frozenset[tuple[str, str]]:
    return frozenset(
        (operand.op.name, node.op.name)
        for node in topological_order(expression.record()[0])
        for _, operand, _, _ in uses(node)
        if node.op is not None and operand.op is not None
    )


def _bin(row: Row) -> str:
    """Where the relative width of the enclosure lies: the allowed distance is that and an ulp."""
    size = abs(row.reference)
    width = row.allowed - math.ulp(size)
    if width <= _NOISE * size:
        return EXACT
    return next((name for name, bound in BINS.items() if width < bound * size), LAST_BIN)
