"""Checks derivatives of another origin: another engine's, or written by hand. Floor 7."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

from microgradlab.checking import graph
from microgradlab.checking.faithful import unfaithful
from microgradlab.checking.opaque import check_values
from microgradlab.checking.report import Report, Verdict
from microgradlab.checking.subject import Function
from microgradlab.errors import ArgumentError, LabError
from microgradlab.trees import check_same_structure, describe, tree_map


def check_given(subject: Function, gradient: Callable[..., Any]) -> Report:
    """Checks what a function returns as the gradient of another.

    The reference is the recorded graph if there is one that stands for the function, and otherwise
    values of the function, which may then compute with plain floats in any way.

    Args:
        subject: the function.
        gradient: takes the same arguments, and returns the derivatives by them.

    Raises:
        ArgumentError: the gradient has another structure than the arguments.
    """
    given = _numbers(subject, gradient)
    try:
        trace = subject.run(subject.point, with_places=True)
        doubt = unfaithful(subject, trace)
    except Exception as error:  # whatever f does with Values that it was not made for
        reason = error.message if isinstance(error, LabError) else repr(error)
        return _by_values(subject, given, f"{subject.title} takes no Values: {reason}.")
    if list(trace.results) != [""]:
        raise ArgumentError(
            "gradient= needs a function that returns one number",
            hint="check the results one by one, as in gradcheck(lambda x: f(x)[0], ...)",
        )
    if doubt:
        return _by_values(subject, given)
    rows, findings = graph.check_result(trace, "", subject.names, given)
    if any(row.verdict is Verdict.WRONG and row.why for row in rows):
        return _by_values(subject, given)  # it may have another convention at a kink
    return Report(subject.title, tuple(rows), graph.METHOD, tuple(findings))


def _by_values(subject: Function, given: Sequence[float], *findings: str) -> Report:
    rows, method = check_values(subject.plain, subject.point, subject.names, given)
    return Report(subject.title, tuple(rows), method, findings)


def _numbers(subject: Function, gradient: Callable[..., Any]) -> list[float]:
    """The derivatives that a function of the inputs returns."""
    if not callable(gradient):
        raise ArgumentError(
            f"gradient is {describe(gradient)}, not a function",
            hint="it takes the inputs, and returns the derivatives by them",
        )
    arguments = subject.arguments(subject.point)
    returned = gradient(*arguments)
    if isinstance(returned, list):
        returned = returned if len(arguments) == 1 else tuple(returned)
    wanted = arguments[0] if len(arguments) == 1 else arguments
    check_same_structure("gradient's result", returned, "the inputs", wanted)
    numbers: list[float] = []

    def add(path: str, entry: Any) -> None:
        try:
            numbers.append(float(entry))
        except (TypeError, ValueError):
            message = f"gradient's result{path} is {describe(entry)}, not a number"
            raise ArgumentError(message) from None

    tree_map(add, returned)
    return numbers
