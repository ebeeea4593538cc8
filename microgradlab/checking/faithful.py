"""Whether a recorded graph stands for the function that recorded it. Floor 7.

A number that leaves the graph inside a function (by `float(x)`, `.data`, `math.sin`) comes back as
a constant; a comparison chooses what is recorded. Neither shows in the graph itself, but both show
when the function is recorded again close by: with another constant, or as another graph.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import zip_longest
from random import Random

from microgradlab.checking.subject import Subject, Trace
from microgradlab.engine import Node

_NEAR = 2.0**-30
_LEAVES = (
    "float(), .data, round() and functions of other libraries such as math.sin give plain numbers, "
    "and no gradient flows through these"
)


def unfaithful(subject: Subject, trace: Trace) -> str:
    """Why a trace does not stand for its subject, in a sentence; empty when it does."""
    difference = _difference(trace, subject.run(subject.point))
    if difference:
        return f"run twice at the same point, {subject.title} computed differently: {difference}"
    signs = Random(0)
    steps = [signs.choice((-1.0, 1.0)) * _NEAR * (abs(x) or 1.0) for x in subject.point]
    for sign in (1.0, -1.0):
        nearby = [x + sign * step for x, step in zip(subject.point, steps, strict=True)]
        difference = _difference(trace, subject.run(nearby))
        if difference:
            return difference
    return ""


def _difference(here: Trace, there: Trace) -> str:
    """How another run differs, beside the numbers that follow from its inputs."""
    if here.results.keys() != there.results.keys():
        return "it returns other results"
    for name in here.results:
        order = here.order(name)
        steps = _steps(order, here.inputs), _steps(there.order(name), there.inputs)
        nothing = ((), ())
        for node, (step, other) in zip(order, zip_longest(*steps, fillvalue=nothing), strict=False):
            (shape, constants), (other_shape, other_constants) = step, other
            if shape != other_shape:
                return (
                    f"at a nearby point something else is recorded in place of "
                    f"{here.describe(node)}: a comparison of numbers chooses what is computed"
                )
            for number, other_number in zip(constants, other_constants, strict=True):
                if repr(number) != repr(other_number):  # in this way nan is equal to nan
                    return (
                        f"a number leaves the graph: the constant {number!r} in "
                        f"{here.describe(node)} is {other_number!r} at a nearby point. {_LEAVES}"
                    )
    return ""


_Step = tuple[tuple[object, ...], tuple[float, ...]]


def _steps(order: Sequence[Node], inputs: Sequence[Node]) -> Iterator[_Step]:
    """For each node what stays the same at other inputs: how it is made, and its constants."""
    names: dict[object, object] = {node: ("input", place) for place, node in enumerate(inputs)}
    for place, node in enumerate(order):
        operands = tuple(names.get(operand) for operand in node.operands)  # None for a constant
        constants = tuple(x for x in node.operands if not isinstance(x, Node))
        if node.op is not None:
            row = (node.op.name, node.op.value, node.op.dx, node.op.dy)
            yield (*row, operands), constants
        elif node in names:
            yield (names[node],), ()
        else:
            yield ("constant",), (node.data,)
        names.setdefault(node, place)
