"""Chains of additions found in a program: the sums of products that they stand for. Floor 4.

In `((b + w0 * x0) + w1 * x1) + w2 * x2` each addition is used by the next one alone, and each
product by one addition alone: a sum that starts with b, of three terms of one kind. Nothing is
reordered.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from microgradlab.compiler.program import ADD, MUL, NEG, NONE, Ids, Program

_SHORTEST, _SHORTEST_PLAIN = 2, 3  # terms; shorter sums are plain additions and products

PLAIN_SHARED, PLAIN_SLOT, SHARED_SHARED, SHARED_SLOT, SLOT_SLOT = range(5)
"""The kinds of a term, by where its factors live; a plain term has one factor."""


@dataclass(frozen=True, eq=False)
class Terms:
    """What an operation is as a term of a sum: a product of two factors, or itself.

    Attributes:
        x, y: the ids of the factors by id; y is `NONE` for a plain term.
        kind: the kind of the term, by id.
    """

    x: Ids
    y: Ids
    kind: Ids


@dataclass(frozen=True, eq=False)
class Chains:
    """The sums of a program.

    Attributes:
        last: the id of each sum's last addition, which is its result.
        start: the id of what it begins with; `NONE` where it begins with the first term.
        kind: of its terms.
        count: the number of its terms.
        first: where its terms begin in `terms`.
        terms: the ids of all terms, sum by sum.
        factors: the ids of their factors x and y.
        absorbed: whether an operation is part of a sum, by id, its last addition aside.
    """

    last: Ids
    start: Ids
    kind: Ids
    count: Ids
    first: Ids
    terms: Ids
    factors: tuple[Ids, Ids]
    absorbed: NDArray[np.bool_]


def terms_of(program: Program, minus_one: int) -> Terms:
    """Each number as a term; a product that has a single use need not be computed on its own.

    Args:
        program: the program.
        minus_one: the id of the constant -1, which `-a` as a term is multiplied by: the same bits.
    """
    leaves, single = program.leaves, program.uses == 1
    numbers = leaves + len(program)
    x, y = np.arange(numbers, dtype=np.int32), np.full(numbers, NONE, np.int32)
    for source in (MUL, NEG):
        found = leaves + np.flatnonzero(_is(program, source))
        found = found[single[found]]
        x[found] = program.operations.x[found - leaves]
        y[found] = program.operations.y[found - leaves] if source == MUL else minus_one
    shared = program.is_shared(x)
    swapped = program.is_shared(y) & ~shared & (y != NONE)
    x[swapped], y[swapped] = y[swapped], x[swapped]
    plain = y == NONE
    shared_x, shared_y = program.is_shared(x), program.is_shared(y) & ~plain
    kind = np.where(shared_x, np.where(shared_y, SHARED_SHARED, SHARED_SLOT), SLOT_SLOT)
    kind = np.where(plain, np.where(shared_x, PLAIN_SHARED, PLAIN_SLOT), kind)
    return Terms(x, y, kind.astype(np.int32))


def chains_of(program: Program, terms: Terms) -> Chains:
    """The sums of at least two terms of one kind."""
    leaves, numbers = program.leaves, program.leaves + len(program)
    adds = leaves + np.flatnonzero(_is(program, ADD)).astype(np.int32)
    is_add = np.zeros(numbers, np.bool_)
    is_add[adds] = True
    inner = is_add & (program.uses == 1)
    x, y = program.operations.x[adds - leaves], program.operations.y[adds - leaves]
    through_x = inner[x]
    before = np.where(through_x, x, np.where(inner[y], y, NONE))  # the addition before, if any
    term = np.where(through_x | ~inner[y], y, x).astype(np.int32)
    kind = np.zeros(numbers, np.int32)  # of the term that an addition adds, by id
    kind[adds] = terms.kind[term]
    linked = (before != NONE) & (kind[before] == kind[adds])
    # The first addition of a sum adds two terms, or a term to what the sum starts with.
    opening = ~linked
    two = opening & (before == NONE) & (terms.kind[x] == terms.kind[y])

    place = np.zeros(numbers, np.int64)  # of each addition in its sum
    previous = np.full(numbers, NONE, np.int64)
    previous[adds[linked]] = before[linked]
    head, length = _follow(previous, adds)
    place[adds] = length
    followed = np.zeros(numbers, np.bool_)
    followed[before[linked]] = True
    last = adds[~followed[adds]]

    has_two = np.zeros(numbers, np.bool_)
    has_two[adds[two]] = True
    count = place[last] + 1 + has_two[head[last]]
    plain = kind[last] <= PLAIN_SLOT
    long = count >= np.where(plain, _SHORTEST_PLAIN, _SHORTEST)
    last, count = last[long], count[long]
    heads = head[last]
    added = np.zeros(numbers, np.int64)
    added[adds] = x + y - term  # the operand that is not the term
    start = np.where(has_two[heads], NONE, added[heads])
    first = np.concatenate([[0], np.cumsum(count)])
    chosen = np.zeros(numbers, np.int64)  # where the terms of the sum with this head begin
    chosen[heads] = first[:-1] + 1  # 0: not chosen
    mine = chosen[head[adds]] > 0
    listed = np.empty(int(first[-1]), np.int32)
    offset = chosen[head[adds[mine]]] - 1 + has_two[head[adds[mine]]] + place[adds[mine]]
    listed[offset] = term[mine]
    doubled = has_two[heads]
    listed[first[:-1][doubled]] = program.operations.x[heads[doubled] - leaves]

    absorbed = np.zeros(numbers, np.bool_)
    absorbed[adds[mine]] = True
    absorbed[last] = False
    products = listed[terms.y[listed] != NONE]
    absorbed[products] = True
    return Chains(
        last=last,
        start=start.astype(np.int32),
        kind=kind[last],
        count=count.astype(np.int32),
        first=first[:-1].astype(np.int32),
        terms=listed,
        factors=(terms.x[listed], terms.y[listed]),
        absorbed=absorbed,
    )


def _follow(previous: NDArray[np.int64], adds: Ids) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """The head of each addition's chain, and the number of links to it, by pointer doubling."""
    head = np.arange(len(previous))
    linked = previous != NONE
    head[linked] = previous[linked]
    distance = linked.astype(np.int64)
    while True:
        further = head[head]
        if np.array_equal(further, head):
            return head, distance[adds]
        distance += distance[head]
        head = further


def _is(program: Program, source: str) -> NDArray[np.bool_]:
    if source not in program.expressions:
        return np.zeros(len(program), np.bool_)
    found: NDArray[np.bool_] = program.operations.code == program.expressions.index(source)
    return found
