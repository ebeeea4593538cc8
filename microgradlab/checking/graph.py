"""Checks the gradient of one recorded result against the exact one. Floor 7."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from microgradlab.checking.judge import against_exact
from microgradlab.checking.locate import first_wrong_operation, first_wrong_sum
from microgradlab.checking.reference import Special, Track, enclosure, exact
from microgradlab.checking.report import Row, Verdict
from microgradlab.checking.subject import Trace
from microgradlab.engine import NOT_COMPUTED, Node

METHOD = (
    "Reference: the recorded graph in mpmath with 400 bits, from the values of its operations "
    "alone. Allowed: what rounding can do to this graph"
)


def engine_gradients(order: Sequence[Node]) -> dict[Node, float]:
    """What `backward()` on the last node computes; all gradients are as before afterwards."""
    before = [node.grad for node in order]
    try:
        for node in order:
            node.grad = NOT_COMPUTED
        order[-1].backward()
        return {node: float(node.grad) for node in order}
    finally:
        for node, grad in zip(order, before, strict=True):
            node.grad = grad


def check_result(
    trace: Trace,
    result: str,
    names: Sequence[str],
    given: Sequence[float] | None = None,
    track: Track = iter,
) -> tuple[list[Row], list[str]]:
    """Checks the derivatives of one result by all inputs.

    Args:
        trace: the recorded run.
        result: which result of it.
        names: of the inputs.
        given: derivatives of another origin to check instead of the engine's.
        track: wraps the long loop, for a progress bar.

    Returns:
        The rows of the report, and findings: the first thing that is wrong, if anything is.
    """
    order = trace.order(result)
    computed = engine_gradients(order)
    analytic = given or [computed.get(leaf, 0.0) for leaf in trace.inputs]
    found = exact(order, trace.inputs, track)
    widths = {node: interval.width for node, interval in enclosure(order, trace.inputs).items()}
    rows = []
    for name, leaf, derivative in zip(names, trace.inputs, analytic, strict=True):
        special = found.special.get(leaf)
        row = against_exact(
            name,
            leaf.data,
            derivative,
            found.gradients[leaf],
            width=widths.get(leaf, 0.0),
            noise=found.noise[leaf],
            special=_tell(special, trace) if special else "",
            kink=special is not None and special.local.sides is not None,
        )
        rows.append(row)
    if given or all(row.verdict.passes for row in rows):
        return rows, []
    fault = first_wrong_operation(order) or first_wrong_sum(
        order, computed, found.gradients, widths
    )
    if fault is None:
        return rows, []
    blamed = [row if row.verdict.passes else _blame(row, fault.what) for row in rows]
    return blamed, [f"{trace.describe(fault.node)}: {fault.sentence}."]


def _blame(row: Row, what: str) -> Row:
    return replace(row, verdict=Verdict.WRONG, why=what)


def _tell(special: Special, trace: Trace) -> str:
    """A special point in words, as in "relu(x) = 0.0 at x = 0.0 has a kink: ..."."""
    what = f"{trace.describe(special.node)} {special.local.why}"
    if special.local.sides is None:
        return what
    low, high = sorted(float(side) for side in special.local.sides)
    inside = "lies" if low <= special.recorded <= high else "does not lie"
    return f"{what}: its slope there, {special.recorded!r}, {inside} in [{low!r}, {high!r}]"
