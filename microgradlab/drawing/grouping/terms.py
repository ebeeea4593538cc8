"""The samples of a cost, and the penalty beside them. Floor 8.

A cost begins as a sum. What it adds up are samples if no operation is part of two of them and they
use the same parameters. What is made of parameters alone is a penalty.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from microgradlab.drawing.grouping.wiring import UnionFind, Wiring

PENALTY, SUM = "penalty", "sum"
_ADDING = frozenset({"add", "sub", "neg"})
_FEW = 300  # nodes: a formula of this size that has no model is no cost over samples
_SCALING = frozenset({"mul", "div"})  # where one operand is a constant


@dataclass
class _Part:
    """What a part of the graph that hangs together is made of.

    Attributes:
        parameters: what a model has, shared by its samples; all leaves, where no model is known.
        inputs: the other leaves.
        has_constants: whether it has constants, exponents apart.
    """

    parameters: set[int] = field(default_factory=set)
    inputs: set[int] = field(default_factory=set)
    has_constants: bool = False


def terms_of(wiring: Wiring, owners: Sequence[int | None]) -> dict[int, int | str]:
    """What the nodes of a cost are a part of.

    Args:
        wiring: the graph; its nodes go by their numbers.
        owners: the neuron of each node that is in one, and so not a part of the cost's sum.

    Returns:
        The number of a sample, PENALTY, or SUM for what adds up the samples; nodes that are none
        of these are left out. A graph of one sample has no samples.
    """
    is_model = any(node.role == "parameter" for node in wiring.nodes)
    if not is_model and len(wiring.nodes) <= _FEW:
        return {}
    spine = _spine(wiring, owners)
    members = _members(wiring, spine)
    parts = _parts(wiring, members, is_model)
    most = max((len(part.parameters) for part in parts.values()), default=0)
    kinds: dict[int, int | str] = {}
    for name, part in parts.items():
        takes_data = part.has_constants or part.inputs
        # A penalty is a term for each parameter, or one for all, as a norm is, without any data.
        if takes_data and 2 * len(part.parameters) > most:
            kinds[name] = name
        elif is_model and part.parameters and not part.inputs:
            kinds[name] = PENALTY
    terms = {number: kinds[name] for number, name in members.items() if name in kinds}
    _sum_up(wiring, spine, terms, {name: part.parameters for name, part in parts.items()})
    _add_inputs(wiring, terms)
    samples = [term for _, term in sorted(terms.items()) if isinstance(term, int)]
    ranks: dict[int | str, int] = {term: rank for rank, term in enumerate(dict.fromkeys(samples))}
    if not ranks:
        return {}
    if len(ranks) == 1:
        return {number: term for number, term in terms.items() if term == PENALTY}
    return {number: ranks.get(term, term) for number, term in terms.items()}


def _spine(wiring: Wiring, owners: Sequence[int | None]) -> set[int]:
    """The operations that make a cost of its terms: sums, and products with a constant."""
    start = len(wiring.nodes) - 1
    while len(set(wiring.operands[start])) == 1 and owners[start] is None:
        start = wiring.operands[start][0]  # a mean, its root, ...
    spine: set[int] = set()
    waiting = [start]
    while waiting:
        number = waiting.pop()
        op = wiring.nodes[number].op
        is_linear = op is not None and (
            op.name in _ADDING or (op.name in _SCALING and len(wiring.operands[number]) == 1)
        )
        is_used_once = wiring.uses[number] == 1 or number == start
        if is_linear and is_used_once and owners[number] is None:
            spine.add(number)
            waiting += wiring.operands[number]
    return spine


def _members(wiring: Wiring, spine: set[int]) -> dict[int, int]:
    """The part that each inner node is in, when the spine and the leaves are taken away."""
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


def _parts(wiring: Wiring, members: Mapping[int, int], is_model: bool) -> dict[int, _Part]:
    """The parts by their names, the first to be computed first."""
    nodes = wiring.nodes
    parts: dict[int, _Part] = {}
    for number, name in members.items():
        part = parts.setdefault(name, _Part())
        op, operands = nodes[number].op, wiring.operands[number]
        for operand in operands:
            if nodes[operand].op is None:
                is_input = is_model and nodes[operand].role != "parameter"
                (part.inputs if is_input else part.parameters).add(operand)
        if len(operands) < len(nodes[number].uses) and op is not None and op.name != "pow":
            part.has_constants = True
    return parts


def _sum_up(
    wiring: Wiring,
    spine: set[int],
    terms: dict[int, int | str],
    parameters: Mapping[int, set[int]],
) -> None:
    """Adds the spine to the terms: what lies within one sample, and what adds up the samples.

    Parts that have no parameter in common are of one sample, as the outputs of a linear model.
    """
    samples = UnionFind(len(wiring.nodes))
    for number in sorted(spine):
        around: list[int | str | None] = []
        for operand in wiring.results(number):
            term = terms.get(operand)
            around.append(samples.find(term) if isinstance(term, int) else term)
        if not around:
            continue
        x, y = around[0], around[-1]
        if isinstance(x, int) and isinstance(y, int) and parameters[x].isdisjoint(parameters[y]):
            larger, smaller = sorted((x, y), key=lambda part: -len(parameters[part]))
            parameters[larger].update(parameters[smaller])
            samples.join(larger, smaller)
            x = y = larger
        op = wiring.nodes[number].op
        if x == y and x is not None and x != SUM:
            terms[number] = x
        elif op is not None and op.name == "add" and not {None, PENALTY} & {x, y}:
            terms[number] = SUM
    for number, term in terms.items():
        if isinstance(term, int):
            terms[number] = samples.find(term)


def _add_inputs(wiring: Wiring, terms: dict[int, int | str]) -> None:
    """Adds the inputs that only one term uses."""
    users: dict[int, set[int | str | None]] = {}
    for number in range(len(wiring.nodes)):
        for operand in wiring.operands[number]:
            if wiring.nodes[operand].role == "input":
                users.setdefault(operand, set()).add(terms.get(number))
    for leaf, terms_of_leaf in users.items():
        term = next(iter(terms_of_leaf))
        if len(terms_of_leaf) == 1 and isinstance(term, int):
            terms[leaf] = term
