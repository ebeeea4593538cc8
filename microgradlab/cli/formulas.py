"""A formula and NAME=VALUE words, as `check`, `draw` and `explain` take them. Floor 10."""

from __future__ import annotations

import unicodedata
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from microgradlab.drawing.numerals import DIGITS, numeral
from microgradlab.errors import ArgumentError, unknown_name
from microgradlab.formula import Formula, parse
from microgradlab.javascript import json_number
from microgradlab.value import Value

_EXAMPLE = "as in: 'x**2 * sin(y)' x=1.3 y=0.2"


@dataclass(frozen=True, slots=True)
class Recorded:
    """A formula's graph at a point, with the gradients of one backward pass.

    Attributes:
        text: the formula.
        root: its value.
        inputs: its variables, labelled with their names.
        parameters: those of the variables that are to be shown as parameters.
    """

    text: str
    root: Value
    inputs: Mapping[str, Value]
    parameters: Mapping[str, Value]

    def summary(self, digits: int = DIGITS) -> str:
        """The value and the gradient in one line each."""
        gradient = ", ".join(
            f"∂/∂{name} = {numeral(value.grad, digits)}" for name, value in self.inputs.items()
        )
        return f"{self.text} = {numeral(self.root.data, digits)}\n{gradient}"

    def as_dict(self) -> dict[str, Any]:
        """Formula, value and gradient for JSON; nan and infinities are strings."""
        gradient = {name: json_number(value.grad) for name, value in self.inputs.items()}
        return {"formula": self.text, "value": json_number(self.root.data), "gradient": gradient}


def recorded(text: str, settings: Sequence[str], parameters: Sequence[str] = ()) -> Recorded:
    """Records the graph of a formula at a point, and runs a backward pass over it.

    Args:
        text: the formula, such as `"tanh(w*x + b)"`.
        settings: the variables' values, such as `["w=2", "x=-1", "b=0.5"]`.
        parameters: the variables that are parameters, such as `["w", "b"]`.

    Raises:
        ArgumentError: the formula or a value cannot be read, or they do not fit each other.

    >>> print(recorded("w * x", ["w=2", "x=-1"]).summary())
    w * x = -2.0
    ∂/∂w = -1.0, ∂/∂x = 2.0
    """
    formula, values = at_point(text, settings)
    inputs = {name: Value(number, label=name) for name, number in values.items()}
    for name in parameters:
        if name not in inputs:
            raise unknown_name("variable", name, inputs)
    root = formula(**inputs)
    root.backward()
    return Recorded(formula.text, root, inputs, {name: inputs[name] for name in parameters})


def at_point(text: str, settings: Sequence[str]) -> tuple[Formula, dict[str, float]]:
    """A formula, and a number for each of its variables, in the order of its names.

    Raises:
        ArgumentError: the formula or a value cannot be read, or they do not fit each other.

    >>> at_point("x**2 * sin(y)", ["y=pi/2", "x=1.3"])[1]
    {'x': 1.3, 'y': 1.5707963267948966}
    """
    formula = parse(text)
    values = _values(settings)
    if not formula.variables and values.keys().isdisjoint(formula.names):
        raise ArgumentError(f"{formula.text!r} has no variable to differentiate by", hint=_EXAMPLE)
    for name in values:
        if name not in formula.names:
            raise unknown_name("variable", name, formula.names)
    missing = [name for name in formula.variables if name not in values]
    if missing:
        raise ArgumentError(
            f"the formula has no value for {', '.join(missing)}",
            hint=f"add numbers of your choice: {' '.join(f'{name}=0.5' for name in missing)}",
        )
    return formula, {name: values[name] for name in formula.names if name in values}


def _values(settings: Sequence[str]) -> dict[str, float]:
    """The numbers in words such as "x=1.3", by name."""
    values: dict[str, float] = {}
    for setting in settings:
        # The formula's parser normalises names like this: keyboards have another µ than Greek.
        name, equals, text = (
            part.strip() for part in unicodedata.normalize("NFKC", setting).partition("=")
        )
        if not (name and equals and text):
            raise ArgumentError(
                f"{setting!r} does not say NAME=VALUE", hint=f"without spaces, {_EXAMPLE}"
            )
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
