"""The gradient check: a verdict for each derivative of a function or of a model's cost. Floor 7."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import replace
from functools import partial
from typing import Any

from microgradlab.checking import graph
from microgradlab.checking.directions import check_along
from microgradlab.checking.faithful import unfaithful
from microgradlab.checking.given import check_given
from microgradlab.checking.opaque import check_values
from microgradlab.checking.reference import Track, is_smooth
from microgradlab.checking.report import Report, Row, Verdict
from microgradlab.checking.subject import Function, Model, Subject, Trace
from microgradlab.checking.thorough import FURTHER, LEFT_OUT, further_rows
from microgradlab.checks import whole
from microgradlab.engine import Node
from microgradlab.errors import ArgumentError
from microgradlab.losses import Loss, Penalty, loss_by_name
from microgradlab.module import Module

_NOT_THE_GRAPH = "f is not its graph"


def gradcheck(
    f: Callable[..., Any],
    *inputs: Any,
    gradient: Callable[..., Any] | None = None,
    names: Sequence[str] | None = None,
    thorough: bool = False,
) -> Report:
    """Checks the gradient of a function at a point.

    Args:
        f: takes numbers, lists, tuples and dicts of numbers; computes with Values, and returns one
            or several.
        inputs: its arguments, as plain numbers in these containers.
        gradient: to check derivatives of another origin: takes the inputs, and returns what should
            be the derivative of f by them, in their structure (for several inputs a tuple). f may
            then compute with plain floats, in any way.
        names: of the inputs, for the report; those of f's signature when None.
        thorough: also check the derivative from values alone, forward mode, the graph in another
            order, a second run, and the second derivative, each along a random direction.

    Returns:
        A report: truthy when every derivative passed, and printed as a table.

    Raises:
        ArgumentError: the inputs are no numbers, or f does not return Values.

    >>> from microgradlab import sin
    >>> bool(gradcheck(lambda x, y: x * sin(y), 1.3, 0.2))
    True
    >>> gradcheck(abs, 0.0).verdict.value
    'KINK'
    """
    subject = Function(f, inputs, names)
    if gradient is not None:
        if thorough:
            raise ArgumentError(
                "thorough=True checks this package's engine, and does not go with gradient=",
                hint="leave one of them out",
            )
        return check_given(subject, gradient)
    return _check(subject, thorough)


def assert_gradients(
    f: Callable[..., Any], *inputs: Any, allow: Iterable[Verdict | str] = (), **options: Any
) -> None:
    """Raises unless `gradcheck` passes, for tests.

    Args:
        f: the function.
        inputs: its arguments.
        allow: further verdicts to let pass, such as `["ILL-CONDITIONED"]`.
        options: as for `gradcheck`.

    Raises:
        GradientError: an AssertionError with the report.

    >>> assert_gradients(lambda x, w: x * w[0] + w[1], 1.3, [0.5, 2.0])
    """
    __tracebackhide__ = True  # in pytest's reports
    gradcheck(f, *inputs, **options).assert_ok(allow=allow)


def check_model(
    model: Module,
    samples: Iterable[tuple[Any, Any]],
    loss: str | Loss,
    *,
    penalty: Penalty | None = None,
    thorough: bool = False,
    directions: int | None = None,
    progress: bool = True,
) -> Report:
    """Checks the gradient of a model's cost, the mean loss over samples, by every parameter.

    Args:
        model: the model; it stays as it is.
        samples: pairs of features and target.
        loss: the loss of one sample, or its name.
        penalty: on the parameters, such as `losses.l2(1e-4)`.
        thorough: as for `gradcheck`.
        directions: check the derivatives along so many random directions instead of those by each
            parameter, which is faster.
        progress: show a bar on a terminal, if tqdm is installed.

    Returns:
        A report with a row for each parameter, or for each direction.

    Raises:
        ArgumentError: there are no parameters or no samples, or the loss does not fit.

    >>> from microgradlab import MLP
    >>> samples = [([0.5, -1.0], 1), ([2.0, 0.3], 0)]
    >>> bool(check_model(MLP(2, [3, 1], seed=0), samples, "binary_cross_entropy"))
    True
    """
    subject = Model(model, samples, loss_by_name(loss), penalty)
    if directions is None:
        return _check(subject, thorough, _bar if progress else iter)
    if thorough:
        raise ArgumentError(
            "thorough=True needs every parameter, and does not go with directions=",
            hint="leave one of them out",
        )
    return _check_along(subject, whole("directions", directions))


def _check(subject: Subject, thorough: bool, track: Track = iter) -> Report:
    """Checks the engine's derivatives."""
    trace = subject.run(subject.point, with_places=True)
    doubt = unfaithful(subject, trace)
    if doubt:
        report = _check_by_values(subject, trace, doubt)
        return replace(report, findings=(*report.findings, LEFT_OUT)) if thorough else report
    rows: list[Row] = []
    findings: list[str] = []
    for result in trace.results:
        found, faults = graph.check_result(trace, result, _names(subject, result), track=track)
        rows += found
        findings += faults
        if thorough and _allows_more(found, trace.order(result)):
            rows += further_rows(subject, trace, result)
            findings.append(FURTHER)
        elif thorough:
            findings.append(LEFT_OUT)
    return Report(subject.title, tuple(rows), graph.METHOD, tuple(dict.fromkeys(findings)))


def _check_by_values(
    subject: Subject, trace: Trace, doubt: str, directions: int | None = None
) -> Report:
    """Checks the engine's derivatives where the function differs from its recorded graph."""
    rows: list[Row] = []
    method = ""
    for result in trace.results:
        computed = graph.engine_gradients(trace.order(result))
        analytic = [computed.get(leaf, 0.0) for leaf in trace.inputs]
        value = partial(_value, subject, result)
        names = _names(subject, result)
        found, method = check_values(value, subject.point, names, analytic, directions)
        rows += [row if row.why else replace(row, why=_NOT_THE_GRAPH) for row in found]
    finding = f"{subject.title} differs from its recorded graph: {doubt}."
    return Report(subject.title, tuple(rows), method, (finding,))


def _check_along(subject: Subject, directions: int) -> Report:
    """Checks the engine's derivatives along random directions of the inputs."""
    trace = subject.run(subject.point, with_places=True)
    doubt = unfaithful(subject, trace)
    if doubt:
        return _check_by_values(subject, trace, doubt, directions)
    order = trace.order("")
    rows = check_along(order, trace.inputs, graph.engine_gradients(order), directions)
    return Report(subject.title, tuple(rows), graph.METHOD)


def _allows_more(rows: Sequence[Row], order: Sequence[Node]) -> bool:
    """Whether all is right so far, and the graph smooth, as the further checks need it."""
    return all(row.verdict is Verdict.OK and not row.why for row in rows) and is_smooth(order)


def _names(subject: Subject, result: str) -> list[str]:
    return [f"out{result} by {name}" if result else name for name in subject.names]


def _value(subject: Subject, result: str, point: Sequence[float]) -> float:
    return subject.run(point).results[result].data


def _bar(nodes: Iterable[Node]) -> Iterable[Node]:
    """A progress bar on a terminal, if tqdm is installed."""
    try:
        from tqdm import tqdm
    except ImportError:
        return nodes
    bar: Iterable[Node] = tqdm(nodes, desc="gradcheck", unit="node", leave=False, disable=None)
    return bar
