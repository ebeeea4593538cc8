"""`microgradlab check`: the gradient of a formula, checked at a point. Floor 11."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from microgradlab.checking import gradcheck
from microgradlab.cli.console import Console
from microgradlab.cli.formulas import at_point


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
    formula, values = at_point(text, settings)

    def function(*inputs: Any) -> Any:
        return formula(**dict(zip(values, inputs, strict=True)))

    function.__name__ = formula.text  # the report's title
    report = gradcheck(function, *values.values(), names=list(values), thorough=thorough)
    console.result(str(report), report.as_dict())
    return 0 if report else 1
