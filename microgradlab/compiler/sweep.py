"""The backward pass over a tape: which operation adds up, or passes on, which adjoint. Floor 4."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from microgradlab.compiler.edges import SAME, Edges
from microgradlab.compiler.program import ADD, NONE, Expressions, Ids, Operations
from microgradlab.compiler.tape import Tape


class Sweep:
    """The operations of a backward pass.

    For each operation of the tape, from the last back, stand first the additions that make its
    adjoint, and then the products that it passes on; the additions for leaves come at the end.

    Args:
        tape: what is differentiated.
        edges: its uses of operands.
        seed: the id of the first output's adjoint.
        first: the id of the first operation of the pass.

    Attributes:
        adjoints: the ids of the adjoints by the ids of the tape's numbers; `NONE` for 0.
    """

    def __init__(self, tape: Tape, edges: Edges, seed: int, first: int) -> None:
        self._edges = edges
        self._first = first
        self._leaves = tape.leaves
        self._makes = edges.kind != SAME  # an adjoint passed on as it is needs no operation
        arriving = np.bincount(edges.operand, minlength=tape.leaves + len(tape.code))
        self._additions = np.maximum(arriving - 1, 0)
        self._start = self._starts(len(tape.code))
        self._passed = self._products()
        self.adjoints = self._adjoints(tape.outputs[0], seed, arriving)

    def _starts(self, count: int) -> NDArray[np.int64]:
        """By the ids of the tape's numbers, the id of the first operation that belongs to each."""
        products = np.bincount(self._edges.user[self._makes], minlength=count)
        additions, leaves = self._additions, self._leaves
        sizes = np.concatenate([(additions[leaves:] + products)[::-1], additions[:leaves]])
        ends = self._first + np.cumsum(sizes)
        self._size = int(sizes.sum())
        starts = ends - sizes
        return np.concatenate([starts[count:], starts[:count][::-1]])

    def _products(self) -> NDArray[np.int64]:
        """By edge, the id of the product that is passed on; `NONE` for the adjoint itself."""
        user = self._edges.user[self._makes]
        number = self._leaves + user
        passed = np.full(len(self._makes), NONE, np.int64)
        passed[self._makes] = self._start[number] + self._additions[number] + _rank(user)
        return passed

    def _adjoints(self, output: int, seed: int, arriving: NDArray[np.int64]) -> Ids:
        edges = self._edges
        last_addition = self._start + self._additions - 1
        adjoints = np.where(arriving >= 2, last_addition, NONE)
        single = arriving[edges.operand] == 1
        made = single & self._makes
        adjoints[edges.operand[made]] = self._passed[made]
        adjoints[output] = seed
        # What arrives as it is, and alone, is the adjoint of the user: these links are followed.
        link = np.arange(len(adjoints))
        same = single & ~self._makes
        link[edges.operand[same]] = self._leaves + edges.user[same]
        while not np.array_equal(further := link[link], link):
            link = further
        return adjoints[link].astype(np.int32)

    def operations(self, expressions: Expressions, first_rule: int) -> Operations:
        """All products and additions.

        Args:
            expressions: of the program.
            first_rule: the id of the first of the edges' rules.
        """
        edges, makes = self._edges, self._makes
        code = np.zeros(self._size, np.int32)
        x, y, out = np.full((3, self._size), NONE, np.int32)
        received = self.adjoints[self._leaves + edges.user]
        products = edges.products(expressions, first_rule)
        at = self._passed[makes] - self._first
        code[at] = products.code[makes]
        x[at], y[at], out[at] = received[makes], products.y[makes], products.out[makes]

        # What arrives at one operand is added to the sum of what arrived before.
        order = np.argsort(edges.operand, kind="stable")
        operand, rank = edges.operand[order], _rank(edges.operand[order])
        terms = np.where(makes, self._passed, received)[order]
        later = np.flatnonzero(rank > 0)
        ids = self._start[operand[later]] + rank[later] - 1
        at = ids - self._first
        code[at] = expressions[ADD] if len(at) else 0
        x[at] = np.where(rank[later] == 1, terms[later - 1], ids - 1)
        y[at] = terms[later]
        return Operations(code, x, y, out)


def _rank(groups: Ids) -> NDArray[np.int64]:
    """The place of each entry among the equal ones, which stand together.

    >>> _rank(np.array([7, 7, 3, 3, 3])).tolist()
    [0, 1, 0, 1, 2]
    """
    places = np.arange(len(groups))
    is_first = np.ones(len(groups), np.bool_)
    is_first[1:] = groups[1:] != groups[:-1]
    return places - np.maximum.accumulate(np.where(is_first, places, 0))
