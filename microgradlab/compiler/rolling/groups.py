"""What is computed alike, at the same depth and on operands of the same kinds: groups. Floor 4."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from microgradlab.compiler.program import NONE, Ids, Program
from microgradlab.compiler.rolling.chains import Chains

Keys = tuple[NDArray[np.generic], ...]


@dataclass(frozen=True, eq=False)
class Groups:
    """Groups of operations that evaluate one expression, and of sums of as many terms of one kind.

    They are in an order in which each finds what it reads: by pass, and by depth.

    Attributes:
        members: group by group, the ids of operations, or the numbers of sums among the chains.
        first: where each group begins in `members`.
        size: the number of its members.
        is_sum: whether its members are sums.
        backward: whether they belong to the backward pass.
        work: the terms of its sums, or its operations.
    """

    members: Ids
    first: NDArray[np.int64]
    size: NDArray[np.int64]
    is_sum: NDArray[np.bool_]
    backward: NDArray[np.bool_]
    work: NDArray[np.int64]

    def __len__(self) -> int:
        return len(self.first)

    def __getitem__(self, group: int) -> Ids:
        first = self.first[group]
        return self.members[first : first + self.size[group]]


def groups_of(
    program: Program,
    chains: Chains,
    absorbed: NDArray[np.bool_],
    levels: NDArray[np.int32],
) -> Groups:
    """The groups of a program.

    Args:
        program: the program.
        chains: its sums.
        absorbed: whether an operation is computed inside of something else, by id.
        levels: the depth of each number, by id.
    """
    sums = np.flatnonzero(~absorbed[chains.last]).astype(np.int32)
    alone = ~absorbed
    alone[: program.leaves] = False
    alone[chains.last] = False
    maps = np.flatnonzero(alone).astype(np.int32)
    code, x, y, out = (column[maps - program.leaves] for column in program.operations.columns)
    spaces = _space(program, x) + 3 * _space(program, y) + 9 * _space(program, out)
    forms = np.concatenate(
        [
            [np.zeros_like(maps), code, spaces],
            [chains.count[sums], chains.kind[sums], _space(program, chains.start[sums])],
        ],
        axis=1,
    )
    members, ids = np.concatenate([maps, sums]), np.concatenate([maps, chains.last[sums]])
    backward = ids >= program.leaves + program.forward
    order, first = _sorted((backward, levels[ids], *forms))
    size = np.diff([*first, len(order)])
    head = order[first]
    terms = forms[0][head]  # 0 for operations
    work = size * np.maximum(terms, 1)
    return Groups(members[order], first, size, terms > 0, backward[head], work)


def _space(program: Program, ids: Ids) -> NDArray[np.int64]:
    """0 for none, 1 for a slot, 2 for a shared number."""
    return np.where(ids == NONE, 0, 1 + program.is_shared(ids))


def levels_of(program: Program, chains: Chains, absorbed: NDArray[np.bool_]) -> NDArray[np.int32]:
    """The depth of each number that is not absorbed, by id: one more than its operands'."""
    leaves = program.leaves
    found = np.zeros(leaves + len(program) + 1, np.int32)  # the last for NONE, which is -1
    level = found.data
    number_of = {last: number for number, last in enumerate(chains.last.tolist())}
    places = np.flatnonzero(~absorbed[leaves:])
    columns = (column[places].tolist() for column in program.operations.columns[1:])
    terms_x, terms_y = chains.factors
    for place, x, y, out in zip(places.tolist(), *columns, strict=True):
        number = number_of.get(leaves + place)
        if number is None:
            level[leaves + place] = 1 + max(level[x], level[y], level[out])
        else:
            begin = chains.first[number]
            end = begin + chains.count[number]
            deepest = max(found[terms_x[begin:end]].max(), found[terms_y[begin:end]].max())
            level[leaves + place] = 1 + max(int(deepest), level[int(chains.start[number])])
    return found


def equal_keys(keys: Keys) -> Iterator[tuple[tuple[int, ...], NDArray[np.int64]]]:
    """The places of equal keys, in ascending order, with each key."""
    order, first = _sorted(keys)
    if len(order):
        for members in np.split(order, first[1:]):
            yield tuple(int(key[members[0]]) for key in keys), members


def _sorted(keys: Keys) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """The places in the order of their keys, and where in it each distinct key begins."""
    order = np.lexsort(keys[::-1])
    is_first = np.zeros(len(order), np.bool_)
    is_first[:1] = True
    for key in keys:
        is_first[1:] |= key[order[1:]] != key[order[:-1]]
    return order, np.flatnonzero(is_first)
