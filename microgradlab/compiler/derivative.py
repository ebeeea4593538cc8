"""The derivative of a tape: a program that computes gradients beside the results. Floor 4.

Reverse mode, as in the eager engine and with the table's partial derivatives: an operation passes
on, to each of its operands, its own adjoint times the local derivative, and what arrives at one
operand is added up. Both visit operations, and operands, in the same order, so that both add the
same numbers in the same order, and gradients are equal to the last bit.

The tape is differentiated as a whole, with arrays: an "edge" is one use of an operand whose adjoint
is wanted.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from microgradlab.compiler.program import NONE, Expressions, Ids, Program
from microgradlab.compiler.tape import Tape
from microgradlab.expressions import OPERANDS, names_in, renamed

ADD, MUL, NEG, COPY = "x + y", "x * y", "-x", "x"
SEED = "seed"

_SAME, _MINUS, _TIMES_OPERAND, _TIMES_RULE, _FUSED = range(5)  # what a local derivative is


def forward(tape: Tape) -> Program:
    """The program of a tape without derivatives."""
    expressions = Expressions()
    rows = np.array([expressions[op.value] for op in tape.ops], np.int32)
    return Program(
        parameters=tape.parameters,
        inputs=tape.inputs,
        constants=tape.constants,
        expressions=expressions.sources,
        code=rows[tape.code] if len(tape.ops) else tape.code,
        x=tape.x,
        y=tape.y,
        out=np.full(len(tape.code), NONE, np.int32),
        outputs=tape.outputs,
        forward=len(tape.code),
        gradients=np.empty(0, np.int32),
        names=tape.names,
    )


def by_parameters(tape: Tape) -> Program:
    """The program with one more input, the seed, and the gradients of seed * the first output.

    >>> from microgradlab import Value
    >>> from microgradlab.compiler.tape import record
    >>> weight = Value(3.0)
    >>> program = by_parameters(record(lambda x: [weight * x[0]], [[2.0]], [weight]))
    >>> program.inputs, program.expressions, program.gradients.tolist()
    (2, ('x * y',), [4])
    """
    first = tape.parameters + tape.inputs  # the seed's id: what was there moves up by one
    moved = (ids + (ids >= first).astype(np.int32) for ids in (tape.x, tape.y))
    x, y = moved
    tape = replace(
        tape,
        inputs=tape.inputs + 1,
        x=x,
        y=y,
        outputs=tuple(output + (output >= first) for output in tape.outputs),
        names=(*tape.names, SEED) if tape.names else (),
    )
    program, adjoints = _differentiated(tape, range(tape.parameters), seed=first)
    return replace(program, gradients=adjoints)


def by_inputs(tape: Tape) -> Program:
    """The program whose further outputs are the derivatives of the first output by each input.

    >>> from microgradlab.compiler.tape import record
    >>> by_inputs(record(lambda x: [x[0] * x[1]], [[2.0, 3.0]])).outputs
    (4, 1, 0)
    """
    one = tape.leaves
    added = (1.0, 0.0)
    x, y = (ids + len(added) * (ids >= one).astype(np.int32) for ids in (tape.x, tape.y))
    tape = replace(
        tape,
        constants=(*tape.constants, *added),
        x=x,
        y=y,
        outputs=tuple(output + len(added) * (output >= one) for output in tape.outputs),
    )
    inputs = range(tape.parameters, tape.parameters + tape.inputs)
    program, adjoints = _differentiated(tape, inputs, seed=one)
    found = np.where(adjoints == NONE, one + 1, adjoints)
    return replace(program, outputs=(*program.outputs, *found.tolist()))


def _differentiated(tape: Tape, wanted: range, seed: int) -> tuple[Program, Ids]:
    """The program of a tape and its derivatives, and the ids of those by the wanted leaves."""
    program = forward(tape)
    edges = _Edges.of(tape, _depends(tape, wanted))
    expressions = Expressions(program.expressions)
    count = len(tape.code)
    rules = _rules(tape, edges, expressions, first=tape.leaves + count)
    sweep = _Sweep(tape, edges, seed, first=tape.leaves + count + len(rules.code))
    tail = sweep.operations(expressions)
    columns: dict[str, Any] = {
        column: np.concatenate([getattr(part, column) for part in (program, rules, tail)])
        for column in ("code", "x", "y", "out")
    }
    program = replace(program, expressions=expressions.sources, **columns)
    if not count or tape.outputs[0] < tape.leaves:  # the result is a leaf itself
        adjoints = np.full(len(wanted), NONE, np.int32)
        if tape.outputs[0] in wanted:
            adjoints[tape.outputs[0] - wanted.start] = seed
        return program, adjoints
    return program, sweep.adjoints[wanted.start : wanted.stop]


def _depends(tape: Tape, wanted: range) -> NDArray[np.bool_]:
    """Whether each number depends on a wanted leaf."""
    depends = bytearray(tape.leaves + len(tape.code) + 1)  # the last for NONE, which is -1
    depends[wanted.start : wanted.stop] = b"\1" * len(wanted)
    pairs = zip(tape.x.tolist(), tape.y.tolist(), strict=True)
    for place, (x, y) in enumerate(pairs, start=tape.leaves):
        depends[place] = depends[x] | depends[y]
    return np.frombuffer(depends, np.bool_)


@dataclass(frozen=True, eq=False)
class _Edges:
    """The uses of operands whose adjoint is wanted, in the order in which the engine meets them.

    Attributes:
        user: the number of the operation.
        operand: the id of the operand.
        kind: what the local derivative is.
        rule: where it is an expression, its number among `sources`.
        factor: where it is an operand of the user, or an operation of its own, its id.
        points: the ids of the user's x, y and out.
        sources: the distinct local derivatives that are expressions.
    """

    user: Ids
    operand: Ids
    kind: Ids
    rule: Ids
    factor: Ids
    points: Ids
    sources: tuple[str, ...]

    @staticmethod
    def of(tape: Tape, depends: NDArray[np.bool_]) -> _Edges:
        sources = Expressions()
        kinds = np.zeros((len(tape.ops) + 1, 2), np.int32)
        rules = np.full((len(tape.ops) + 1, 2), NONE, np.int32)
        for number, op in enumerate(tape.ops):
            for column, source in enumerate((op.dx, op.dy)):
                kinds[number, column] = _kind(source or "1.0")
                rules[number, column] = sources[source or "1.0"]
        count = len(tape.code)
        user = np.repeat(np.arange(count - 1, -1, -1, dtype=np.int32), 2)
        side = np.tile(np.array([0, 1], np.int32), count)
        both = np.stack([tape.x, tape.y], axis=1)
        operand = both[user, side]
        kept = depends[operand] & depends[tape.leaves + user]
        user, side, operand = user[kept], side[kept], operand[kept]
        code = tape.code[user]
        kind, rule = kinds[code, side], rules[code, side]
        names = np.array([_OPERAND.get(source, NONE) for source in sources.sources] or [NONE])
        named = names[rule]
        results = tape.leaves + user
        points = np.stack([tape.x[user], tape.y[user], results], axis=1)
        factor = points[np.arange(len(user)), np.maximum(named, 0)]
        return _Edges(user, operand, kind, rule, factor, points, sources.sources)

    def products(self, expressions: Expressions) -> _Products:
        """What is passed on along each edge; where that is the adjoint itself, it is not used."""
        code = np.zeros(len(self.user), np.int32)
        y, out = self.factor.copy(), np.full(len(self.user), NONE, np.int32)
        for kind, source in ((_MINUS, NEG), (_TIMES_OPERAND, MUL), (_TIMES_RULE, MUL)):
            chosen = self.kind == kind
            if chosen.any():
                code[chosen] = expressions[source]
        y[self.kind == _MINUS] = NONE
        fused = self.kind == _FUSED
        for rule in np.unique(self.rule[fused]).tolist():
            chosen = fused & (self.rule == rule)
            source, names = product_with(self.sources[rule])
            code[chosen] = expressions[source]
            for column, name in zip((y, out), [*names, None, None], strict=False):
                column[chosen] = NONE if name is None else self.points[chosen, _OPERAND[name]]
        return _Products(code, y, out)


@dataclass(frozen=True, eq=False)
class _Products:
    """For each edge the operation that multiplies an adjoint with its local derivative."""

    code: Ids
    y: Ids
    out: Ids


_FREE = ("y", "out")  # beside x, which the adjoint takes
_OPERAND = {"x": 0, "y": 1, "out": 2}


def _kind(source: str) -> int:
    if source in _OPERAND:
        return _TIMES_OPERAND
    if source in ("1.0", "-1.0"):
        return _SAME if source == "1.0" else _MINUS
    return _FUSED if len(names_in(source)) <= len(_FREE) else _TIMES_RULE


def product_with(source: str) -> tuple[str, tuple[str, ...]]:
    """The product of x with a local derivative, as one expression.

    Returns:
        The expression, and what its y, and its out, are in the local derivative.

    >>> product_with("1.0 - out * out")
    ('x * (1.0 - y * y)', ('out',))
    """
    names = tuple(name for name in OPERANDS if name in names_in(source))
    return f"x * ({renamed(source, dict(zip(names, _FREE, strict=False)))})", names


@dataclass(frozen=True, eq=False)
class _Operations:
    """Further operations of a program."""

    code: Ids
    x: Ids
    y: Ids
    out: Ids


def _rules(tape: Tape, edges: _Edges, expressions: Expressions, first: int) -> _Operations:
    """The local derivatives that are expressions, each of them an operation."""
    chosen = edges.kind == _TIMES_RULE
    user, rule = edges.user[chosen], edges.rule[chosen]
    edges.factor[chosen] = first + np.arange(len(user))
    names = [names_in(source) for source in edges.sources]
    used = {rule: expressions[edges.sources[rule]] for rule in np.unique(rule).tolist()}
    code = np.array([used.get(number, NONE) for number in range(len(names))] or [NONE], np.int32)

    def operand(name: str, ids: Ids) -> Ids:
        named = np.array([name in found for found in names] or [False])
        return np.where(named[rule], ids, NONE).astype(np.int32)

    results = tape.leaves + user
    return _Operations(
        code[rule],
        operand("x", tape.x[user]),
        operand("y", tape.y[user]),
        operand("out", results),
    )


class _Sweep:
    """The backward pass: which operation adds up, or passes on, which adjoint.

    For each operation, from the last back, stand first the additions that make its adjoint, and
    then the products that it passes on; the additions for leaves come at the end.

    Attributes:
        adjoints: the ids of the adjoints by the ids of the tape's numbers; `NONE` for 0.
    """

    def __init__(self, tape: Tape, edges: _Edges, seed: int, first: int) -> None:
        self.edges = edges
        self.seed = seed
        self.leaves = tape.leaves
        count = len(tape.code)
        numbers = tape.leaves + count
        arriving = np.bincount(edges.operand, minlength=numbers)
        additions = np.maximum(arriving - 1, 0)
        makes = edges.kind != _SAME  # an adjoint passed on as it is needs no operation
        products = np.bincount(edges.user[makes], minlength=count)
        # Blocks of operations: the tape's operations from the last back, then the leaves.
        sizes = np.concatenate(
            [(additions[tape.leaves :] + products)[::-1], additions[: tape.leaves]]
        )
        starts = first + np.concatenate([[0], np.cumsum(sizes)])
        self.first, self.size = first, int(sizes.sum())
        block = np.empty(numbers, np.int64)
        block[tape.leaves :] = starts[:count][::-1]
        block[: tape.leaves] = starts[count:-1]
        self.last_addition = block + additions - 1
        self.block = block
        rank = _rank_within(edges.user[makes])
        self.passed = np.full(len(edges.user), NONE, np.int64)  # by edge: the id of its product
        users = tape.leaves + edges.user[makes]
        self.passed[makes] = block[users] + additions[users] + rank
        self.by_operand = np.argsort(edges.operand, kind="stable")
        self.rank = np.empty(len(edges.user), np.int64)
        self.rank[self.by_operand] = _rank_within(edges.operand[self.by_operand])
        self.adjoints = self._adjoints(tape, arriving)

    def _adjoints(self, tape: Tape, arriving: NDArray[np.int64]) -> Ids:
        edges = self.edges
        adjoints = np.where(arriving >= 2, self.last_addition, NONE)
        single = arriving[edges.operand] == 1
        made = single & (self.passed != NONE)
        adjoints[edges.operand[made]] = self.passed[made]
        # What is passed on as it is, to a single user, is that user's adjoint: follow these links.
        link = np.arange(len(adjoints))
        same = single & (self.passed == NONE)
        link[edges.operand[same]] = tape.leaves + edges.user[same]
        while True:
            further = link[link]
            if np.array_equal(further, link):
                break
            link = further
        adjoints[tape.outputs[0]] = self.seed
        return adjoints[link].astype(np.int32)

    def operations(self, expressions: Expressions) -> _Operations:
        """All products and additions."""
        edges, first = self.edges, self.first
        code = np.empty(self.size, np.int32)
        x, y = np.full((2, self.size), NONE, np.int32)
        out = np.full(self.size, NONE, np.int32)
        makes = self.passed != NONE
        at = self.passed[makes] - first
        received = self.adjoints[self.leaves + edges.user]
        products = edges.products(expressions)
        code[at] = products.code[makes]
        x[at] = received[makes]
        y[at] = products.y[makes]
        out[at] = products.out[makes]
        terms = np.where(makes, self.passed, received)  # by edge: what arrives at the operand
        later = self.rank > 0
        places = self.block[edges.operand[later]] + self.rank[later] - 1 - first
        if len(places):
            code[places] = expressions[ADD]
        before = np.empty(len(terms), np.int64)
        before[self.by_operand[1:]] = terms[self.by_operand[:-1]]  # at the same operand
        sums = first + places - 1
        x[places] = np.where(self.rank[later] == 1, before[later], sums)
        y[places] = terms[later]
        return _Operations(code, x, y, out)


def _rank_within(groups: Ids) -> NDArray[np.int64]:
    """The place of each entry among the equal ones, which stand together.

    >>> _rank_within(np.array([7, 7, 3, 3, 3])).tolist()
    [0, 1, 0, 1, 2]
    """
    places = np.arange(len(groups))
    starts = np.ones(len(groups), np.bool_)
    starts[1:] = groups[1:] != groups[:-1]
    return places - np.maximum.accumulate(np.where(starts, places, 0))
