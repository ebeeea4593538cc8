"""The backward pass over a tape: which operation adds up, or passes on, which adjoint. Floor 4.

For each operation of the tape, from the last back, stand first the additions that make its adjoint,
and then the products that it passes on; the additions for leaves come at the end.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from microgradlab.compiler.edges import SAME, TIMES_RULE, Edges
from microgradlab.compiler.program import ADD, NONE, Expressions, Ids, Operations
from microgradlab.compiler.tape import Tape


def swept(tape: Tape, edges: Edges, seed: int, expressions: Expressions) -> tuple[Operations, Ids]:
    """The operations of a backward pass, which follow those of the edges' rules.

    Args:
        tape: what is differentiated.
        edges: its uses of operands.
        seed: the id of the first output's adjoint.
        expressions: of the program.

    Returns:
        The operations, and the ids of the adjoints by the ids of the tape's numbers, `NONE` for 0.
    """
    plan = _planned(tape, edges)
    products = edges.products(expressions)
    adjoints = _adjoints(plan, edges, tape, seed)
    received = adjoints[tape.leaves + edges.user]
    code = np.zeros(plan.size, np.int32)
    x, y, out = np.full((3, plan.size), NONE, np.int32)
    at = plan.passed[plan.makes] - plan.first
    code[at] = products.code[plan.makes]
    x[at], y[at], out[at] = (column[plan.makes] for column in (received, products.y, products.out))
    # What arrives at one operand is added to the sum of what arrived before.
    order = np.argsort(edges.operand, kind="stable")
    operand, rank = edges.operand[order], _rank(edges.operand[order])
    terms = np.where(plan.makes, plan.passed, received)[order]
    later = np.flatnonzero(rank > 0)
    ids = plan.start[operand[later]] + rank[later] - 1
    at = ids - plan.first
    code[at] = expressions[ADD] if len(at) else 0
    x[at] = np.where(rank[later] == 1, terms[later - 1], ids - 1)
    y[at] = terms[later]
    return Operations(code, x, y, out), adjoints


@dataclass(frozen=True, eq=False)
class _Plan:
    """Where the operations of a backward pass stand.

    Attributes:
        first: the id of the first one.
        size: their number.
        makes: by edge, whether a product is passed on; the adjoint itself needs no operation.
        passed: by edge, the id of that product, or `NONE`.
        arriving: by the ids of the tape's numbers, how many edges lead to each.
        start: by the same ids, the id of the first operation that belongs to each.
    """

    first: int
    size: int
    makes: NDArray[np.bool_]
    passed: NDArray[np.int64]
    arriving: NDArray[np.int64]
    start: NDArray[np.int64]


def _planned(tape: Tape, edges: Edges) -> _Plan:
    leaves, count = tape.leaves, len(tape.code)
    first = edges.first_rule + int(np.count_nonzero(edges.kind == TIMES_RULE))
    makes = edges.kind != SAME
    user = edges.user[makes]
    arriving = np.bincount(edges.operand, minlength=leaves + count)
    additions = np.maximum(arriving - 1, 0)
    products = np.bincount(user, minlength=count)
    sizes = np.concatenate([(additions[leaves:] + products)[::-1], additions[:leaves]])
    starts = first + np.cumsum(sizes) - sizes
    start = np.concatenate([starts[count:], starts[:count][::-1]])
    passed = np.full(len(makes), NONE, np.int64)
    passed[makes] = start[leaves + user] + additions[leaves + user] + _rank(user)
    return _Plan(first, int(sizes.sum()), makes, passed, arriving, start)


def _adjoints(plan: _Plan, edges: Edges, tape: Tape, seed: int) -> Ids:
    """The last addition of what arrives, or what arrives alone."""
    found = np.where(plan.arriving >= 2, plan.start + plan.arriving - 2, NONE)
    single = plan.arriving[edges.operand] == 1
    made = single & plan.makes
    found[edges.operand[made]] = plan.passed[made]
    found[tape.outputs[0]] = seed
    # What arrives as it is, and alone, is the adjoint of the user: these links are followed.
    link = np.arange(len(found))
    same = single & ~plan.makes
    link[edges.operand[same]] = tape.leaves + edges.user[same]
    while not np.array_equal(further := link[link], link):
        link = further
    return found[link].astype(np.int32)


def _rank(groups: Ids) -> NDArray[np.int64]:
    """The place of each entry among the equal ones, which stand together.

    >>> _rank(np.array([7, 7, 3, 3, 3])).tolist()
    [0, 1, 0, 1, 2]
    """
    places = np.arange(len(groups))
    is_first = np.ones(len(groups), np.bool_)
    is_first[1:] = groups[1:] != groups[:-1]
    return places - np.maximum.accumulate(np.where(is_first, places, 0))
