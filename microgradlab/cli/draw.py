"""`microgradlab draw`: the graph of a formula at a point, as a picture. Floor 11."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import microgradlab as mg
from microgradlab.cli.console import Console
from microgradlab.cli.formulas import recorded
from microgradlab.drawing.numerals import DIGITS


def draw(
    text: str,
    settings: Sequence[str],
    output: str,
    console: Console,
    *,
    parameters: Sequence[str] = (),
    digits: int = DIGITS,
    **look: Any,
) -> None:
    """Saves the picture of a formula's graph, with the gradients of a backward pass.

    Args:
        text: the formula, such as `"tanh(w*x + b)"`.
        settings: the variables' values, such as `["w=2", "x=-1", "b=0.5"]`.
        output: the file; its name says in which format.
        console: where to write.
        parameters: the variables that are parameters.
        digits: significant digits of the numbers.
        look: further options of `microgradlab.draw`, such as `flow=True`.

    Raises:
        ArgumentError: the formula, a value or an option cannot be used.
        OSError: the file cannot be written.
    """
    graph = recorded(text, settings, parameters)
    mg.draw(graph.root, graph.parameters, digits=digits, **look).save(output)
    console.result(f"{output}: {graph.summary(digits)}", {"file": output, **graph.as_dict()})
