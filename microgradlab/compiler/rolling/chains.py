"""Chains of additions found in a program: the sums of products that they stand for. Floor 4.

In `((b + w0 * x0) + w1 * x1) + w2 * x2` each addition is used by the next one alone, and each
product by one addition alone: a sum that starts with b, of three terms of one kind. Nothing is
reordered.

With the ids b = 0, w0 to w2 = 1 to 3 and x0 to x2 = 4 to 6 the operations are

| id | 7 | 8 | 9 | 10 | 11 | 12 |
|---|---|---|---|---|---|---|
| operation | 1 * 4 | 0 + 7 | 2 * 5 | 8 + 9 | 3 * 6 | 10 + 11 |
| adds the term | | 7 | | 9 | | 11 |
| to the addition before | | | | 8 | | 10 |
| place in the chain | | 0 | | 1 | | 2 |

The chain's head is 8, its last addition 12, its start 0; its terms are 7, 9 and 11, and their
factors [1, 2, 3] and [4, 5, 6]. All but 12 are parts of it. Without b the head would be 7 + 9: it
opens with two terms, and has no start.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

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
        part_of: the number of the sum that an operation is a part of, by id, its last addition
            aside; `NONE` for others.
    """

    last: Ids
    start: Ids
    kind: Ids
    count: Ids
    first: Ids
    terms: Ids
    factors: tuple[Ids, Ids]
    part_of: Ids

    @property
    def absorbed(self) -> NDArray[np.bool_]:
        """Whether an operation is part of a sum, by id, its last addition aside."""
        found: NDArray[np.bool_] = self.part_of != NONE
        return found


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
        found = leaves + np.flatnonzero(program.evaluates(source))
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
    links = _links(program, terms)
    last = links.adds[~links.is_followed[links.adds]]
    last = last[_is_long(links, last)]
    return _listed(program, terms, links, last)


@dataclass(frozen=True, eq=False)
class _Links:
    """Additions linked to chains.

    Attributes:
        adds: the ids of all additions.
        term: the operand that an addition adds, in the order of `adds`.
        other: what it adds it to.
        kind: the kind of the term, by id.
        is_followed: whether an addition goes on in another one, by id.
        head: the first addition of the chain, by id.
        place: the number of additions before it in the chain, by id.
        opens_with_two: whether a head adds two terms, instead of one to a start, by id.
    """

    adds: Ids
    term: Ids
    other: Ids
    kind: Ids
    is_followed: NDArray[np.bool_]
    head: NDArray[np.int64]
    place: NDArray[np.int64]
    opens_with_two: NDArray[np.bool_]

    def count(self, last: Ids) -> NDArray[np.int64]:
        """The number of terms of the chains that end with these additions."""
        return self.place[last] + 1 + self.opens_with_two[self.head[last]]


def _links(program: Program, terms: Terms) -> _Links:
    """Each addition and the one before it, whose result it alone uses, and whose kind it shares."""
    leaves, numbers = program.leaves, program.leaves + len(program)
    adds = leaves + np.flatnonzero(program.evaluates(ADD)).astype(np.int32)
    inner = _marked(numbers, adds) & (program.uses == 1)
    x, y = program.operations.x[adds - leaves], program.operations.y[adds - leaves]
    before = np.where(inner[x], x, np.where(inner[y], y, NONE))  # the addition before, if any
    term = np.where(inner[x] | ~inner[y], y, x).astype(np.int32)
    kind = np.zeros(numbers, np.int32)
    kind[adds] = terms.kind[term]
    linked = (before != NONE) & (kind[before] == kind[adds])
    two = (before == NONE) & (terms.kind[x] == terms.kind[y])
    previous = np.full(numbers, NONE, np.int64)
    previous[adds[linked]] = before[linked]
    head, place = _follow(previous)
    return _Links(
        adds=adds,
        term=term,
        other=x + y - term,
        kind=kind,
        is_followed=_marked(numbers, before[linked]),
        head=head,
        place=place,
        opens_with_two=_marked(numbers, adds[two]),
    )


def _is_long(links: _Links, last: Ids) -> NDArray[np.bool_]:
    """Whether the chains that end with these additions have terms enough to be sums."""
    is_plain = links.kind[last] <= PLAIN_SLOT
    return links.count(last) >= np.where(is_plain, _SHORTEST_PLAIN, _SHORTEST)


def _listed(program: Program, terms: Terms, links: _Links, last: Ids) -> Chains:
    """The chains that end with these additions, with their terms side by side."""
    numbers = len(links.head)
    head, count = links.head[last], links.count(last)
    has_two = links.opens_with_two[head]
    first = np.cumsum(count) - count
    sum_of = np.full(numbers, NONE, np.int32)  # by the id of its head
    sum_of[head] = np.arange(len(last))
    number = sum_of[links.head[links.adds]]
    chosen = number != NONE
    adds, number = links.adds[chosen], number[chosen]
    listed = np.empty(int(count.sum()), np.int32)
    listed[first[number] + has_two[number] + links.place[adds]] = links.term[chosen]
    listed[first[has_two]] = program.operations.x[head[has_two] - program.leaves]

    other = np.full(numbers, NONE, np.int32)
    other[links.adds] = links.other
    part_of = np.full(numbers, NONE, np.int32)
    part_of[adds] = number
    part_of[last] = NONE
    is_product = terms.y[listed] != NONE
    part_of[listed[is_product]] = np.repeat(np.arange(len(last)), count)[is_product]
    return Chains(
        last=last,
        start=np.where(has_two, NONE, other[head]).astype(np.int32),
        kind=links.kind[last],
        count=count.astype(np.int32),
        first=first.astype(np.int32),
        terms=listed,
        factors=(terms.x[listed], terms.y[listed]),
        part_of=part_of,
    )


def _marked(numbers: int, ids: NDArray[np.signedinteger[Any]]) -> NDArray[np.bool_]:
    """Whether each number is one of these, by id."""
    found = np.zeros(numbers, np.bool_)
    found[ids] = True
    return found


def _follow(previous: NDArray[np.int64]) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """The head of each number's chain, and the number of links to it, by pointer doubling.

    >>> head, links = _follow(np.array([NONE, 0, NONE, 1]))
    >>> head.tolist(), links.tolist()
    ([0, 0, 2, 0], [0, 1, 0, 2])
    """
    linked = previous != NONE
    head = np.where(linked, previous, np.arange(len(previous)))
    distance = linked.astype(np.int64)
    while True:
        further = head[head]
        if np.array_equal(further, head):
            return head, distance
        distance += distance[head]
        head = further
