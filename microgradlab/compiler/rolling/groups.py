"""What is computed alike, at the same depth and on operands of the same kinds: groups. Floor 4."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from microgradlab.compiler.program import NONE, Ids, Program
from microgradlab.compiler.rolling.chains import Chains


@dataclass(frozen=True, eq=False)
class MapGroup:
    """Operations that evaluate one expression: their ids."""

    ids: Ids


@dataclass(frozen=True, eq=False)
class SumGroup:
    """Sums with the same number of terms of one kind: their numbers among the chains."""

    numbers: Ids


def groups_of(
    program: Program,
    chains: Chains,
    absorbed: NDArray[np.bool_],
    levels: NDArray[np.int32],
) -> list[MapGroup | SumGroup]:
    """The groups in an order in which each finds what it reads: by pass, and by depth.

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

    found: list[tuple[tuple[int, ...], MapGroup | SumGroup]] = []
    boundary = program.leaves + program.forward
    places = maps - program.leaves
    code, x, y, out = (column[places] for column in program.operations.columns)
    spaces = _space(program, x) + 3 * _space(program, y) + 9 * _space(program, out)
    keys = (maps >= boundary, levels[maps], code, spaces)
    for key, members in equal_keys(keys):
        found.append(((*key[:2], 0, *key[2:]), MapGroup(maps[members])))
    last, start = chains.last[sums], chains.start[sums]
    keys = (last >= boundary, levels[last], chains.count[sums], chains.kind[sums])
    for key, members in equal_keys((*keys, _space(program, start))):
        found.append(((*key[:2], 1, *key[2:]), SumGroup(sums[members])))
    return [group for _, group in sorted(found, key=lambda entry: entry[0])]


def _space(program: Program, ids: Ids) -> NDArray[np.int64]:
    """0 for none, 1 for a slot, 2 for a shared number."""
    return np.where(ids == NONE, 0, 1 + program.is_shared(ids))


def levels_of(program: Program, chains: Chains, absorbed: NDArray[np.bool_]) -> NDArray[np.int32]:
    """The depth of each number that is not absorbed, by id: one more than its operands'."""
    leaves = program.leaves
    found = np.zeros(leaves + len(program) + 1, np.int32)  # the last for NONE, which is -1
    level = found.data
    number_of = {int(last): number for number, last in enumerate(chains.last)}
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


def equal_keys(keys: tuple[NDArray[np.generic], ...]) -> Iterator[tuple[tuple[int, ...], Ids]]:
    """The places of equal keys, in ascending order, with each key."""
    if not len(keys[0]):
        return
    order = np.lexsort(keys[::-1])
    changed = np.zeros(len(order), np.bool_)
    for key in keys:
        changed[1:] |= key[order[1:]] != key[order[:-1]]
    for members in np.split(order, np.flatnonzero(changed)):
        yield tuple(int(key[members[0]]) for key in keys), np.sort(members)
