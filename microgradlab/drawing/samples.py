"""The samples of a cost, and the penalty beside them. Floor 8.

A cost begins as a sum. Its terms are samples if no operation is part of two of them, and they use
the same parameters. What is made of parameters alone is a penalty.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence

from microgradlab.drawing.wiring import UnionFind, Wiring

PENALTY, SUM = "penalty", "sum"
_ADDING = frozenset({"add", "sub", "neg"})
_SCALING = frozenset({"mul", "div"})  # where one operand is a constant


def terms_of(wiring: Wiring, owners: Sequence[int | None]) -> dict[int, int | str]:
    """What the nodes of a cost are a part of.

    Args:
        wiring: the graph; its nodes go by their numbers.
        owners: the neuron of each node that is in one, and so not a part of the cost's sum.

    Returns:
        The number of a sample, PENALTY, or SUM for what adds up the samples; nodes that are none
        of these are left out. A graph of one sample has no samples.
    """
    spine = _spine(wiring, owners)
    parts = _parts(wiring, spine)
    leaves, with_constants = _ingredients(wiring, parts)
    users = _users(leaves)
    shared = {p: sum(len(users[leaf]) > 1 for leaf in used) for p, used in leaves.items()}
    most = max(shared.values(), default=0)
    inputs = {leaf for leaf in users if wiring.nodes[leaf].role != "parameter"}
    terms: dict[int, int | str] = {}  # by part
    count = 0
    for part, used in leaves.items():
        takes_data = part in with_constants or not inputs.isdisjoint(used)
        # A penalty is a term for each parameter, or one for all as a norm is, without any data.
        if takes_data and 2 * shared[part] > most:
            terms[part] = count
            count += 1
        elif inputs.isdisjoint(used):
            terms[part] = PENALTY
    if count == 0:
        return {}
    found = {number: terms[part] for number, part in parts.items() if part in terms}
    for leaf in inputs:
        if len(users[leaf]) == 1 and users[leaf][0] in terms:
            found[leaf] = terms[users[leaf][0]]
    _sum_up(wiring, spine, found)
    return {number: term for number, term in found.items() if count > 1 or term == PENALTY}


def _spine(wiring: Wiring, owners: Sequence[int | None]) -> set[int]:
    """The operations that make a cost of its terms: sums, and products with a constant."""
    start = len(wiring.nodes) - 1
    while len(set(wiring.operands[start])) == 1 and owners[start] is None:
        start = wiring.operands[start][0]  # a mean, its root, ...
    spine: set[int] = set()
    todo = [start]
    while todo:
        number = todo.pop()
        op = wiring.nodes[number].op
        is_linear = op is not None and (
            op.name in _ADDING or (op.name in _SCALING and len(wiring.operands[number]) == 1)
        )
        is_used_once = wiring.uses[number] == 1 or number == start
        if is_linear and is_used_once and owners[number] is None:
            spine.add(number)
            todo += wiring.operands[number]
    return spine


def _parts(wiring: Wiring, spine: set[int]) -> dict[int, int]:
    """The connected parts that are left of a graph without its spine and its leaves."""
    sets = UnionFind(len(wiring.nodes))
    inner = [
        number
        for number, node in enumerate(wiring.nodes)
        if node.op is not None and number not in spine
    ]
    for number in inner:
        for operand in wiring.results(number):
            if operand not in spine:
                sets.join(number, operand)
    return {number: sets.find(number) for number in inner}


def _ingredients(
    wiring: Wiring, parts: Mapping[int, int]
) -> tuple[dict[int, dict[int, None]], set[int]]:
    """The leaves of each part, in their order, and the parts that have constants."""
    leaves: dict[int, dict[int, None]] = {}
    with_constants = set()
    for number, part in parts.items():
        used = leaves.setdefault(part, {})
        for operand in wiring.operands[number]:
            if wiring.nodes[operand].op is None:
                used[operand] = None
        if len(wiring.operands[number]) < len(wiring.nodes[number].uses):
            with_constants.add(part)
    return leaves, with_constants


def _users(leaves: Mapping[int, Iterable[int]]) -> dict[int, list[int]]:
    """The parts that use each leaf."""
    users: dict[int, list[int]] = {}
    for part, used in leaves.items():
        for leaf in used:
            users.setdefault(leaf, []).append(part)
    return users


def _sum_up(wiring: Wiring, spine: Iterable[int], terms: dict[int, int | str]) -> None:
    """Adds the spine to the terms: what lies within one term, and what adds up the samples."""
    for number in sorted(spine):
        op = wiring.nodes[number].op
        around = {terms.get(operand) for operand in wiring.results(number)}
        first = next(iter(around), None)
        if len(around) == 1 and first is not None and first != SUM:
            terms[number] = first
        elif around.isdisjoint((None, PENALTY)) and op is not None and op.name == "add":
            terms[number] = SUM
