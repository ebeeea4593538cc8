"""Further checks of a recorded result, each along one random direction of the inputs. Floor 7."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import replace
from functools import partial

from microgradlab.checking.directions import (
    Direction,
    along,
    random_direction,
    row_along,
    slope_along,
    width_along,
    with_noise,
)
from microgradlab.checking.graph import engine_gradients
from microgradlab.checking.reference import (
    enclosure,
    enclosure_along,
    exact_second_along,
    leading_to,
)
from microgradlab.checking.report import Row, Verdict
from microgradlab.checking.subject import Subject, Trace
from microgradlab.engine import Node, gradient_graph, topological_order
from microgradlab.modes import recording
from microgradlab.tracing import forward
from microgradlab.value import Value, apply

FURTHER = "The rows without a number are further checks, along a random direction of the inputs."
LEFT_OUT = "The further checks need a smooth graph, and were left out."

_COMMUTATIVE = ("x + y", "x * y")  # values of rows whose operands may change places


def further_rows(subject: Subject, trace: Trace, result: str) -> list[Row]:
    """Checks the engine in other ways; the graph has to be smooth at this point.

    Args:
        subject: what is checked.
        trace: its recorded run.
        result: which result of that run.

    Returns:
        A row each for the derivative from values alone, without any chain rule; for forward mode;
        for the same graph with operands in another order; for a second run, which must give the
        same bits; and for the second derivative.
    """
    order = trace.order(result)
    direction = random_direction(trace.inputs, seed=0)
    slope, noise = slope_along(order, direction)
    width = width_along(enclosure(order, trace.inputs), direction)
    forward_width = enclosure_along(order, direction).width
    computed = along(engine_gradients(order), direction)
    with recording():  # even if a no_grad() holds outside
        rows = [
            row_along("values alone", computed, slope, width, noise),
            row_along("forward mode", _forward_mode(order, direction), slope, forward_width, noise),
            row_along("another order", _another_order(order, direction), slope, 2.0 * width, noise),
            _second_run(subject, trace, result, direction, computed),
            _second_derivative(order, direction),
        ]
    return [replace(row, name=f"out{result}, {row.name}") for row in rows] if result else rows


def _forward_mode(order: Sequence[Node], direction: Direction) -> float:
    relevant = leading_to(order, list(direction))
    numbers = {node: node.data for node in order if node in relevant}
    return float(forward(numbers, direction).get(order[-1], 0.0))


def _another_order(order: Sequence[Node], direction: Direction) -> float:
    """The same graph recorded again, with the operands of sums and products changing places."""
    copies: dict[Node, Value] = {}
    for node in order:
        if node.op is None:
            copies[node] = Value(node.data)
            continue
        operands = [copies[o] if isinstance(o, Node) else o for o in node.operands]
        if node.op.value in _COMMUTATIVE:
            operands.reverse()
        copies[node] = apply(node.op, *operands)
    gradients = engine_gradients(topological_order(copies[order[-1]]))
    moved: dict[Node, float] = {copies[leaf]: d for leaf, d in direction.items() if leaf in copies}
    return along(gradients, moved)


def _second_run(
    subject: Subject, trace: Trace, result: str, direction: Direction, computed: float
) -> Row:
    again = subject.run(subject.point)
    factors = [direction[leaf] for leaf in trace.inputs]
    same_direction: dict[Node, float] = dict(zip(again.inputs, factors, strict=True))
    repeated = along(engine_gradients(again.order(result)), same_direction)
    verdict = Verdict.OK if repr(repeated) == repr(computed) else Verdict.WRONG
    ulps = abs(repeated - computed) / math.ulp(computed)
    return Row("second run", None, repeated, computed, 0.0, ulps, verdict)


def _second_derivative(order: Sequence[Node], direction: Direction) -> Row:
    """The derivative of the recorded gradient, against values of the function alone."""
    gradients = gradient_graph(order[-1])
    slope = Value(0.0)
    for leaf, factor in direction.items():
        if leaf in gradients:
            slope = slope + factor * gradients[leaf]
    second_order = topological_order(slope)
    computed = along(engine_gradients(second_order), direction)
    exact, noise = with_noise(partial(exact_second_along, order, direction), -100)
    width = width_along(enclosure(second_order, list(direction)), direction)
    return row_along("second derivative", computed, exact, width, noise)
