"""`microgradlab check`: the gradient of a formula, checked at a point. Floor 11."""

from __future__ import annotations

import shlex
from collections.abc import Mapping, Sequence
from typing import Any

from microgradlab.checking import gradcheck
from microgradlab.cli.console import Console
from microgradlab.errors import ArgumentError, unknown_name
from microgradlab.formula import Formula, parse

_EXAMPLE = "as in: microgradlab check 'x**2 * sin(y)' x=1.3 y=0.2"


def check(text: str, settings: Sequence[str], thorough: bool, console: Console) -> int:
    """Writes the report on the derivatives of a formula by its variables.

    Args:
        text: the formula, such as `"x**2 * sin(y)"`.
        settings: the variables' values, such as `["x=1.3", "y=pi/2"]`.
        thorough: look also at second derivatives, forward mode and more.
        console: where to write.

    Returns:
        The exit code: 0 when every derivative passed, else 1.

    Raises:
        ArgumentError: the formula or a value cannot be read, or they do not fit each other.
    """
    formula = parse(text)
    values = _values(settings)
    options = ["--thorough"] if thorough else []
    _check_names(formula, values, ["microgradlab", "check", *options, formula.text, *settings])
    names = [name for name in formula.names if name in values]

    def function(*inputs: Any) -> Any:
        return formula(**dict(zip(names, inputs, strict=True)))

    function.__name__ = formula.text  # the report's title
    point = [values[name] for name in names]
    report = gradcheck(function, *point, names=names, thorough=thorough)
    console.result(str(report), report.as_dict())
    return 0 if report else 1


def _values(settings: Sequence[str]) -> dict[str, float]:
    """The numbers in words such as "x=1.3", by name."""
    values: dict[str, float] = {}
    for setting in settings:
        name, equals, text = (part.strip() for part in setting.partition("="))
        if not (name and equals and text):
            raise ArgumentError(f"{setting!r} does not say NAME=VALUE", hint=_EXAMPLE)
        if name in values:
            raise ArgumentError(f"{name} has two values", hint="give each variable one value")
        values[name] = _number(name, text)
    return values


def _number(name: str, text: str) -> float:
    """A number that may be computed from others: "1/3", "-inf", "2*pi"."""
    try:
        formula = parse(text)
    except ArgumentError as error:
        raise ArgumentError(f"the value of {name}: {error.message}", hint=error.hint) from None
    if formula.variables:
        raise ArgumentError(
            f"the value of {name} is {text!r}, not a number",
            hint="numbers are written as 1.3, 1e-3, 1/3, pi or -inf",
        )
    return formula()


def _check_names(formula: Formula, values: Mapping[str, float], command: Sequence[str]) -> None:
    """Refuses variables that the formula does not have, and those that have no value."""
    if not formula.variables and values.keys().isdisjoint(formula.names):
        raise ArgumentError(f"{formula.text!r} has no variable to differentiate by", hint=_EXAMPLE)
    for name in values:
        if name not in formula.names:
            raise unknown_name("variable", name, formula.names)
    missing = [name for name in formula.variables if name not in values]
    if missing:
        raise ArgumentError(
            f"the formula has no value for {', '.join(missing)}",
            hint=shlex.join([*command, *(f"{name}=0.5" for name in missing)]),
        )
