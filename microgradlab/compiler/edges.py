"""The uses of operands along which adjoints flow, and what is passed on along each. Floor 4."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from microgradlab.compiler.program import MUL, NEG, NONE, Expressions, Ids, Operations
from microgradlab.compiler.tape import Tape
from microgradlab.expressions import OPERANDS, names_in, renamed

SAME, MINUS, TIMES_OPERAND, FUSED, TIMES_RULE = range(5)
"""What is passed on: the adjoint itself; minus it; its product with an operand of the user; its
product with an expression, as one operation; or its product with an expression that names x, y and
out, and is an operation of its own."""

_FREE = ("y", "out")  # beside x, which the adjoint takes


@dataclass(frozen=True, eq=False)
class Edges:
    """The uses of operands whose adjoint is wanted, in the order in which the engine meets them.

    Attributes:
        user: the number of the operation that uses the operand.
        operand: the id of the operand.
        kind: what is passed on.
        rule: the number of the local derivative among `sources`.
        points: the ids of the user's x, y and out.
        sources: the distinct local derivatives.
        first_rule: the id of the first of `rules`, which follow the tape.
    """

    user: Ids
    operand: Ids
    kind: Ids
    rule: Ids
    points: Ids
    sources: tuple[str, ...]
    first_rule: int

    @staticmethod
    def of(tape: Tape, wanted: range) -> Edges:
        """The edges from the first output down to leaves.

        Args:
            tape: what is differentiated.
            wanted: the ids of the leaves.
        """
        depends = _depend_on(tape, wanted)
        sources = Expressions()
        columns = [[sources[op.dx], sources[op.dy or op.dx]] for op in tape.ops]
        rules = np.array(columns, np.int32).reshape(-1, 2)
        kinds = np.array([_kind(source) for source in sources.sources], np.int32)
        count = tape.outputs[0] - tape.leaves + 1  # operations behind the first output are not met
        user = np.repeat(np.arange(count - 1, -1, -1, dtype=np.int32), 2)
        side = np.tile(np.array([0, 1], np.int32), max(count, 0))
        operand = np.stack([tape.x, tape.y], axis=1)[user, side]
        kept = depends[operand]
        user, side, operand = user[kept], side[kept], operand[kept]
        rule = rules[tape.code[user], side]
        points = np.stack([tape.x[user], tape.y[user], tape.leaves + user], axis=1)
        first_rule = tape.leaves + len(tape.code)
        return Edges(user, operand, kinds[rule], rule, points, sources.sources, first_rule)

    def rules(self, expressions: Expressions) -> Operations:
        """The local derivatives that are operations of their own, in the order of their edges."""
        chosen = self.kind == TIMES_RULE
        code = np.zeros(len(self.sources), np.int32)
        for rule in np.unique(self.rule[chosen]).tolist():
            code[rule] = expressions[self.sources[rule]]
        x, y, out = self.points[chosen].T
        return Operations(code[self.rule[chosen]], x, y, out)

    def products(self, expressions: Expressions) -> Operations:
        """What is passed on, for all edges; x is left to the adjoint."""
        count = len(self.user)
        code, (y, out) = np.zeros(count, np.int32), np.full((2, count), NONE, np.int32)
        for rule, source in enumerate(self.sources):
            chosen = self.rule == rule
            kind = _kind(source)
            if kind == SAME or not chosen.any():
                continue
            product, names = product_with(source) if kind == FUSED else (MUL, (source,))
            code[chosen] = expressions[NEG if kind == MINUS else product]
            if kind in (TIMES_OPERAND, FUSED):
                for column, name in zip((y, out), names, strict=False):
                    column[chosen] = self.points[chosen, OPERANDS.index(name)]
        is_rule = self.kind == TIMES_RULE
        y[is_rule] = self.first_rule + np.arange(np.count_nonzero(is_rule))
        return Operations(code, np.full(count, NONE, np.int32), y, out)


def _kind(source: str) -> int:
    if source in OPERANDS:
        return TIMES_OPERAND
    if source in ("1.0", "-1.0"):
        return SAME if source == "1.0" else MINUS
    return FUSED if len(names_in(source)) <= len(_FREE) else TIMES_RULE


def product_with(source: str) -> tuple[str, tuple[str, ...]]:
    """The product of x with a local derivative, as one expression.

    Returns:
        The expression, and what its y, and its out, are in the local derivative.

    >>> product_with("1.0 - out * out")
    ('x * (1.0 - y * y)', ('out',))
    """
    names = tuple(name for name in OPERANDS if name in names_in(source))
    return f"x * ({renamed(source, dict(zip(names, _FREE, strict=False)))})", names


def _depend_on(tape: Tape, wanted: range) -> NDArray[np.bool_]:
    """Whether each number depends on a wanted leaf."""
    depends = bytearray(tape.leaves + len(tape.code) + 1)  # the last for NONE, which is -1
    depends[wanted.start : wanted.stop] = b"\1" * len(wanted)
    pairs = zip(tape.x.tolist(), tape.y.tolist(), strict=True)
    for place, (x, y) in enumerate(pairs, start=tape.leaves):
        depends[place] = depends[x] | depends[y]
    return np.frombuffer(depends, np.bool_)
