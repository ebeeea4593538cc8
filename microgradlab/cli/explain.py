"""`microgradlab explain`: forward and backward pass of a formula, step by step. Floor 11."""

from __future__ import annotations

from collections.abc import Sequence

import microgradlab as mg
from microgradlab.cli.console import Console
from microgradlab.cli.formulas import recorded
from microgradlab.drawing.numerals import DIGITS


def explain(
    text: str,
    settings: Sequence[str],
    output: str | None,
    console: Console,
    *,
    parameters: Sequence[str] = (),
    digits: int = DIGITS,
) -> None:
    """Writes the steps of a formula's forward and backward pass, or saves them as a page.

    Args:
        text: the formula, such as `"tanh(w*x + b)"`.
        settings: the variables' values, such as `["w=2", "x=-1", "b=0.5"]`.
        output: the file, a page where it ends in `.html`, text in `.txt`; None for stdout.
        console: where to write.
        parameters: the variables that are parameters.
        digits: significant digits of the numbers.

    Raises:
        ArgumentError: the formula, a value or an option cannot be used.
        OSError: the file cannot be written.
    """
    graph = recorded(text, settings, parameters)
    explanation = mg.explain(graph.root, graph.parameters, digits=digits)
    if output is None:
        console.result(explanation.text(), explanation.to_dict(svg=False))
    else:
        explanation.save(output)
        console.result(f"{output}: {graph.summary(digits)}", {"file": output, **graph.as_dict()})
