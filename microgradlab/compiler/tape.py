"""One sample's computation, recorded as a tape: a flat list of the table's operations. Floor 4.

The function is called with fresh Values as inputs, and its graph is the program. That program must
be right for every sample and all parameters, so the function is called again with others: where
the tapes differ, what is computed depends on the numbers, and that is an error. A branch by `.data`
that none of the recordings takes is not seen; refusals.py tells what else is noticed.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from itertools import zip_longest
from reprlib import repr as shortened
from typing import Any, TypeAlias

import numpy as np

from microgradlab.collector import paused_gc
from microgradlab.compiler.program import NONE, Ids
from microgradlab.compiler.refusals import HOW_TO_MEND, elsewhere, nudged, refusing
from microgradlab.engine import NOT_COMPUTED, mark_and_order, topological_order
from microgradlab.errors import ArgumentError
from microgradlab.ops import Op
from microgradlab.value import Operand, Value

Function: TypeAlias = Callable[[list[Value]], Sequence[Operand]]

_COMPARED_NODES = 40_000  # about 30 ms of recording
_MOST_COMPARED = 16


@dataclass(frozen=True, eq=False)
class Tape:
    """A recorded function: parameters, inputs and constants are its first ids, then operations.

    Attributes:
        parameters: the number of parameters.
        inputs: the number of inputs.
        constants: the constants.
        ops: the distinct rows of the table.
        code: the number of its row, for each operation; operands come before results.
        x, y: the ids of its operands; `NONE` for a second operand that is not there.
        outputs: the ids of the results.
        names: of the parameters, then of the inputs.
    """

    parameters: int
    inputs: int
    constants: tuple[float, ...]
    ops: tuple[Op, ...]
    code: Ids
    x: Ids
    y: Ids
    outputs: tuple[int, ...]
    names: tuple[str, ...] = ()

    @property
    def leaves(self) -> int:
        """The id of the first operation."""
        return self.parameters + self.inputs + len(self.constants)

    def with_room(self, first: int, count: int) -> Tape:
        """The tape with ids from `first` on moved up, for further leaves."""
        x, y, outputs = (
            ids + count * (ids >= first).astype(np.int32)
            for ids in (self.x, self.y, np.array(self.outputs, np.int32))
        )
        return replace(self, x=x, y=y, outputs=tuple(outputs.tolist()))


def record(
    function: Function,
    points: Sequence[Sequence[float]],
    parameters: Sequence[Value] = (),
    names: Sequence[str] = (),
) -> Tape:
    """The tape of a function, the same for all samples.

    Args:
        function: takes the inputs as a list of Values, and returns its results. Leaf Values that
            are no inputs and no parameters are constants.
        points: samples, each with a number per input; the first is recorded, and others are
            compared with it, with other numbers as parameters. A single point is moved for that.
        parameters: leaf Values that are parameters.
        names: of the parameters, then of the inputs.

    Raises:
        ArgumentError: what the function computes depends on the numbers; says where.

    >>> tape = record(lambda x: [x[0] * x[1] + 3.0], [[1.0, 2.0]])
    >>> tape.ops, tape.x.tolist(), tape.y.tolist()
    ((Op(mul), Op(add)), [0, 3], [1, 2])
    """
    tape = _recorded(function, points[0], parameters, names)
    count = max(1, min(_MOST_COMPARED, _COMPARED_NODES // max(len(tape.code), 1)))
    others = np.linspace(0, len(points) - 1, count + 1).astype(int)[1:]
    with nudged(parameters):
        for place in others:
            point = points[place] if len(points) > 1 else list(map(elsewhere, points[0]))
            try:
                difference = _difference(tape, _recorded(function, point, parameters, names))
            except ArgumentError:
                raise
            except Exception as error:
                difference = f"it raises {type(error).__name__}: {error}"
            if difference:
                break
        else:
            return tape
    again = _difference(tape, _recorded(function, points[0], parameters, names))
    if again:
        raise ArgumentError(
            "what is computed depends on chance, or on how often it was computed before: for the "
            f"same numbers, {again}",
            hint="make random numbers once, outside of the function, or give them as inputs",
        )
    raise ArgumentError(
        "what is computed depends on the data or on the parameters: for the inputs "
        f"{shortened(list(point))} and other parameters, {difference}",
        hint=HOW_TO_MEND,
    )


def captured(function: Function, points: Sequence[Sequence[float]]) -> list[Value]:
    """The leaf Values that a function uses at both of two points, and that it was not given.

    Those that it makes itself are new at each call; these come from outside, as a model's
    parameters do that a function computes with.

    >>> weight = Value(3.0)
    >>> captured(lambda x: [weight * x[0] + Value(1.0)], [[1.0], [2.0]]) == [weight]
    True
    """
    found: list[list[Value]] = []
    with refusing():
        for point in points[:2]:
            inputs = [Value(number) for number in point]
            nodes = topological_order(*map(_as_value, function(inputs)), without=inputs)
            found.append([node for node in nodes if isinstance(node, Value) and node.op is None])
    here, there = found[0], set(found[1])
    return [leaf for leaf in here if leaf in there]


def _recorded(
    function: Function,
    point: Sequence[float],
    parameters: Sequence[Value],
    names: Sequence[str],
) -> Tape:
    inputs = [Value(number) for number in point]
    with paused_gc():
        with refusing():
            results = [_as_value(result) for result in function(inputs)]
        with _Flattener([*parameters, *inputs]) as flattener:
            return flattener.tape(len(parameters), results, tuple(names))


def _as_value(result: Any) -> Value:
    return result if isinstance(result, Value) else Value(result)


class _Flattener:
    """Makes a graph flat. A leaf's place is counted down from -1, an operation's up from 0.

    While it works each node's place is kept as the node's gradient: no table is faster.
    """

    def __init__(self, leaves: Sequence[Value]) -> None:
        self.leaves = len(leaves)
        self.constants: list[float] = []
        self.places: dict[str, int] = {}  # by repr, for nan is not nan, and 0.0 is -0.0
        self.gradients = {leaf: leaf.grad for leaf in leaves}
        self.order: list[Any] = []
        for place, leaf in enumerate(leaves):
            leaf.grad = ~place

    def __enter__(self) -> _Flattener:
        return self

    def __exit__(self, *_: object) -> None:
        for node in self.order:
            node.grad = NOT_COMPUTED
        for leaf, gradient in self.gradients.items():
            leaf.grad = gradient

    def tape(self, parameters: int, results: Sequence[Value], names: tuple[str, ...]) -> Tape:
        order = self.order = self.ordered(results)
        columns = self.columns(order)
        if any(kinds - {int} for kinds in (set(map(type, column)) for column in columns)) or any(
            type(result.grad) is not int for result in results
        ):
            order = self.without_constants(order, results)
            columns = self.columns(order)
        ops: dict[Any, int] = {}
        code = np.array([ops.setdefault(node.op, len(ops)) for node in order], np.int32)
        outputs = [result.grad for result in results]
        leaves = self.leaves + len(self.constants)
        return Tape(
            parameters=parameters,
            inputs=self.leaves - parameters,
            constants=tuple(self.constants),
            ops=tuple(ops),
            code=code,
            x=_ids(columns[0], leaves),
            y=_ids(columns[1], leaves),
            outputs=tuple(_ids(outputs, leaves).tolist()),
            names=names,
        )

    def ordered(self, results: Sequence[Value]) -> list[Any]:
        """The operations in the order of the eager engine, each knowing its place."""
        first = results[0]
        order: list[Any] = [] if first.op is None else mark_and_order(first)
        _number(order)
        if not all(type(result.grad) is int for result in results):
            order = [node for node in topological_order(*results) if node.op is not None]
            _number(order)
        return order

    def columns(self, order: list[Any]) -> tuple[list[int], list[int]]:
        """The places of operands x and y; what is no int is the gradient of another leaf."""
        xs = [node.x.grad if node.dx is not None else self.constant(node.x) for node in order]
        ys = [node.y.grad if node.dy is not None else self.second(node) for node in order]
        return xs, ys

    def without_constants(self, order: list[Any], results: Sequence[Value]) -> list[Any]:
        """Leaves that nobody gave are constants, and so is what is computed from them alone."""
        operands = [node.x for node in order if node.dx is not None]
        operands += [node.y for node in order if node.dy is not None]
        for leaf in (*operands, *results):
            if type(leaf.grad) is not int:
                self.gradients[leaf] = leaf.grad
                leaf.grad = self.constant(leaf.data)
        kept: list[Any] = []
        for node in order:
            if all(type(o) is float or o.grad < -self.leaves for o in node.operands):
                node.grad = self.constant(node.data)
            else:
                node.grad = len(kept)
                kept.append(node)
        return kept

    def constant(self, number: float) -> int:
        key = repr(number)
        if key not in self.places:
            self.places[key] = ~(self.leaves + len(self.constants))
            self.constants.append(number)
        return self.places[key]

    def second(self, node: Any) -> int:
        return _NOTHING if node.y is None else self.constant(node.y)


_NOTHING = -(2**31)


def _number(order: list[Any]) -> None:
    for place, node in enumerate(order):
        node.grad = place


def _ids(places: Sequence[int], leaves: int) -> Ids:
    given = np.array(places, np.int64)
    ids = np.where(given >= 0, leaves + given, ~given)
    return np.where(given == _NOTHING, NONE, ids).astype(np.int32)


def _difference(tape: Tape, other: Tape) -> str:
    """How two recordings of one function differ, in a clause; "" if they do not."""
    columns = ("code", "x", "y")
    if tape.ops != other.ops or any(
        not np.array_equal(getattr(tape, column), getattr(other, column)) for column in columns
    ):
        nothing = ((), "nothing")
        pairs = zip_longest(_operations(tape), _operations(other), fillvalue=nothing)
        here, there = next(pair for pair in pairs if pair[0][0] != pair[1][0])
        if here[1] == there[1]:
            return f"{there[1]} is computed of other numbers"
        return f"{there[1]} is computed in place of {here[1]}"
    for mine, theirs in zip(tape.constants, other.constants, strict=True):
        if repr(mine) != repr(theirs):
            return f"the constant {theirs!r} stands in place of {mine!r}"
    return "another result is returned" if tape.outputs != other.outputs else ""


def _operations(tape: Tape) -> Iterator[tuple[tuple[Any, ...], str]]:
    """What tells each operation apart, and the words for it, such as "mul(sin(…), weights.0)"."""

    def name(number: int) -> str:
        constant = number - tape.parameters - tape.inputs
        if number < len(tape.names):
            return tape.names[number]
        if 0 <= constant < len(tape.constants):
            return repr(tape.constants[constant])
        if number >= tape.leaves:
            return f"{tape.ops[tape.code[number - tape.leaves]].name}(…)"
        return f"v{number}"

    for code, *operands in zip(tape.code, tape.x, tape.y, strict=True):
        names = [name(int(operand)) for operand in operands if operand != NONE]
        place = [o - tape.leaves if o >= tape.leaves else None for o in operands]
        text = f"{tape.ops[code].name}({', '.join(names)})"
        yield (text, *place), text
