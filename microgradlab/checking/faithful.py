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

_NEAR = 2.0**-16  # relative: single precision, where a number may have left to, tells it apart
_ESCAPES = (
    "a number leaves the graph (by float(), .data, round() or a function of another library, such "
    "as math.sin)"
)
_BRANCHES = "a comparison of numbers chooses what is computed"


def unfaithful(subject: Subject, trace: Trace) -> str:
    """How a subject differs from its recorded run, in a clause; empty when it does not."""
    if list(map(repr, (leaf.data for leaf in trace.inputs))) != list(map(repr, subject.point)):
        return "it changes the numbers of its inputs"
    difference, _ = _difference(trace, subject.run(subject.point))
    if difference:
        return f"when it runs again at the same point, {difference}"
    random = Random(0)  # unlike steps, because the difference of two inputs may be what leaves
    steps = [random.uniform(-1.0, 1.0) * _NEAR * (abs(x) or 1.0) for x in subject.point]
    for sign in (1.0, -1.0):
        nearby = [x + sign * step for x, step in zip(subject.point, steps, strict=True)]
        try:
            difference, reason = _difference(trace, subject.run(nearby))
        except Exception as error:  # f may refuse numbers outside of its domain
            return f"at a nearby point, it raises {type(error).__name__} ({error})"
        if difference:
            return f"at a nearby point, {difference}, so {reason}"
    return ""


def _difference(here: Trace, there: Trace) -> tuple[str, str]:
    """How another run differs, beside the numbers that follow from its inputs, and why."""
    if here.results.keys() != there.results.keys():
        return "it returns other results", _BRANCHES
    for name in here.results:
        order = here.order(name)
        steps = _steps(order, here.inputs), _steps(there.order(name), there.inputs)
        for node, *both in zip_longest(order, *steps):
            (shape, constants), (other_shape, other_constants) = (step or _NOTHING for step in both)
            if shape != other_shape:
                where = here.describe(node or order[-1])
                return f"something else is recorded in place of {where}", _BRANCHES
            for number, other_number in zip(constants, other_constants, strict=True):
                if repr(number) != repr(other_number):  # in this way nan is equal to nan
                    where = here.describe(node or order[-1])
                    what = f"the constant {number!r} in {where}" if shape[1:] else where
                    return f"{what} is {other_number!r}", _ESCAPES
    return "", ""


_Step = tuple[tuple[object, ...], tuple[float, ...]]
_NOTHING: _Step = ((), ())


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
