"""Checks the gradient of one recorded result against the exact one. Floor 7."""

from __future__ import annotations

import math
import re
from collections.abc import Sequence
from dataclasses import replace

from microgradlab.checking.judge import against_exact
from microgradlab.checking.locate import first_wrong_operation, first_wrong_sum
from microgradlab.checking.reference import Exact, Special, Track, enclosed_value, enclosure, exact
from microgradlab.checking.report import Row, Verdict
from microgradlab.checking.subject import Trace
from microgradlab.engine import NOT_COMPUTED, Node, topological_order

METHOD = (
    "Reference: the recorded graph in mpmath, without the derivative rules. "
    "Allowed: what rounding can do to it"
)
_LABEL = re.compile(r" \(('[^']*')\)")  # of an operand, as engine.describe writes it
_TOLD = 5  # special points that are told of in full


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
        The rows of the report, and findings: the first thing that is wrong, or special points.
    """
    order = trace.order(result)
    computed = engine_gradients(order)
    analytic = given or [computed.get(leaf, 0.0) for leaf in trace.inputs]
    found = exact(order, trace.inputs, track)
    widths = {node: interval.width for node, interval in enclosure(order, trace.inputs).items()}
    # inf × 0 = nan and inf - inf = nan bound nothing, and no rule or sum is to blame for them.
    widths |= {node: math.inf for node in order if not math.isfinite(computed[node])}
    rows = []
    for name, leaf, derivative in zip(names, trace.inputs, analytic, strict=True):
        row = against_exact(
            name,
            leaf.data,
            derivative,
            found.gradients[leaf],
            width=widths.get(leaf, 0.0),
            noise=found.noise[leaf],
            special=found.special.get(leaf),
        )
        rows.append(row)
    failed = [leaf for leaf, row in zip(trace.inputs, rows, strict=True) if not row.verdict.passes]
    if not _value_is_right(order):
        failed = trace.inputs
    fault = None
    if failed and not given:
        fault = first_wrong_operation(order) or first_wrong_sum(
            order, computed, found.gradients, widths
        )
    if fault is None:
        return rows, _told(found, trace)
    affected = set(failed).intersection(topological_order(fault.node))
    rows = [
        replace(row, verdict=Verdict.WRONG, why=fault.what) if leaf in affected else row
        for leaf, row in zip(trace.inputs, rows, strict=True)
    ]
    return rows, [f"{trace.describe(fault.node)}: {fault.sentence}."]


def _told(found: Exact, trace: Trace) -> list[str]:
    """The special points on the way to the result, in sentences; points alike in one."""
    alike: dict[str, list[str]] = {}
    for special in dict.fromkeys(found.special[x] for x in trace.inputs if x in found.special):
        text = _tell(special, trace)
        alike.setdefault(_LABEL.sub(" (?)", text), []).append(text)
    told = [_in_one(texts) for texts in alike.values()]
    more = [f"... and {len(told) - _TOLD} more such points."] if len(told) > _TOLD else []
    return [*told[:_TOLD], *more]


def _in_one(texts: Sequence[str]) -> str:
    """Sentences that differ in a label alone, as one sentence with all labels."""
    labels = list(dict.fromkeys(label for text in texts for label in _LABEL.findall(text)))
    if len(labels) < 2 or len(_LABEL.findall(texts[0])) > 1:
        return texts[0]
    more = f" and {len(labels) - _TOLD} more" if len(labels) > _TOLD else ""
    return _LABEL.sub(f" ({', '.join(labels[:_TOLD])}{more})", texts[0])


def _value_is_right(order: Sequence[Node]) -> bool:
    """Whether the result is what its graph computes: a number changed by hand has no gradient."""
    value = order[-1].data
    return math.isnan(value) or value in enclosed_value(order)


def _tell(special: Special, trace: Trace) -> str:
    """A special point in full, as in "relu(x) = 0.0 at x = 0.0 has a kink: ..."."""
    what = f"{trace.describe(special.node)} {special.local.why}"
    if special.local.sides is None:
        return f"{what}."
    low, high = sorted(float(side) for side in special.local.sides)
    inside = "lies" if low <= special.recorded <= high else "does not lie"
    return f"{what}: its slope there, {special.recorded!r}, {inside} in [{low!r}, {high!r}]."
