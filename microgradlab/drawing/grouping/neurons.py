"""Which neuron each operation of a graph belongs to, told by the parameters. Floor 8.

Parameters know their place by their names. An operation on a parameter belongs to the parameter's
neuron; so does what joins such operations, as the sum of products does, and what leads from there
to the next neuron, as an activation does. What follows the last neuron is the loss, and in none.
"""

from __future__ import annotations

from collections.abc import Sequence

from microgradlab.drawing.grouping.wiring import UnionFind, Wiring


class Applications:
    """Neurons at work: sets of operations that belong together.

    A neuron that is applied twice uses its parameters twice, so two sets that share a parameter
    are two applications, and are never joined.
    """

    def __init__(self) -> None:
        self._sets = UnionFind()
        self.paths: list[tuple[str, ...]] = []
        self.parameters: list[set[int]] = []

    def start(self, path: tuple[str, ...], parameters: set[int]) -> int:
        """A new application, of the module at this path."""
        self.paths.append(path)
        self.parameters.append(parameters)
        return self._sets.add()

    def find(self, application: int) -> int:
        """The application that this one is now a part of."""
        return self._sets.find(application)

    def join(self, one: int, other: int) -> int | None:
        """Makes two applications one; None if they are none."""
        one, other = self.find(one), self.find(other)
        mine, theirs = self.parameters[one], self.parameters[other]
        if one == other:
            return one
        if self.paths[one] != self.paths[other] or not mine.isdisjoint(theirs):
            return None
        if len(mine) < len(theirs):
            one, other = other, one
        self.parameters[one] |= self.parameters[other]
        self._sets.join(one, other)
        return one


def applications_of(wiring: Wiring) -> tuple[list[int | None], Applications]:
    """The application that each operation belongs to; None where it belongs to none."""
    nodes = wiring.nodes
    applications = Applications()
    owners: list[int | None] = [None] * len(nodes)
    core = [False] * len(nodes)  # operations on parameters, and what joins them
    for number, node in enumerate(nodes):
        if node.op is None:
            continue
        results = wiring.results(number)
        parameters = [
            operand
            for operand in wiring.operands[number]
            if nodes[operand].role == "parameter" and nodes[operand].path
        ]
        if parameters:
            owner = applications.start(nodes[parameters[0]].path, set(parameters))
            for operand in results:
                before = owners[operand]
                joined = None if before is None else applications.join(owner, before)
                owner = owner if joined is None else joined
            owners[number], core[number] = owner, True
        elif results:
            x, y = owners[results[0]], owners[results[-1]]
            if x is not None and y is not None:
                are_two = applications.find(x) != applications.find(y)
                owners[number] = joined = applications.join(x, y)
                core[number] = joined is not None and are_two and all(core[o] for o in results)
    _leave_out_the_loss(wiring, owners, core)
    return [None if owner is None else applications.find(owner) for owner in owners], applications


def _leave_out_the_loss(wiring: Wiring, owners: list[int | None], core: Sequence[bool]) -> None:
    """Takes what leads to no further neuron out of the last one, but for its activation.

    Nothing in a graph tells a last activation from the beginning of a loss. A function of the sum
    of products alone is taken for the activation, if nothing else uses that sum.
    """
    leads = [False] * len(owners)
    for number in reversed(range(len(owners))):
        if core[number] or leads[number]:
            for operand in wiring.operands[number]:
                leads[operand] = True
        elif owners[number] is not None and not _is_activation(wiring, number, core):
            owners[number] = None


def _is_activation(wiring: Wiring, number: int, core: Sequence[bool]) -> bool:
    op = wiring.nodes[number].op
    operand = wiring.operands[number][0]
    is_function = op is not None and op.arity == 1 and op.name != "neg"
    return is_function and core[operand] and wiring.uses[operand] == 1
