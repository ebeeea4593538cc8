"""The arrows of a scene by number, for walks over large graphs. Floor 8."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from microgradlab.drawing.scene import Scene, SceneNode


@dataclass(frozen=True)
class Wiring:
    """The nodes of a scene by number, without its constants.

    Attributes:
        nodes: operands before results.
        operands: of each node, the numbers of those it is made from.
        uses: how many arrows leave each node.
    """

    nodes: Sequence[SceneNode]
    operands: Sequence[Sequence[int]]
    uses: Sequence[int]

    def results(self, number: int) -> list[int]:
        """The operands of a node that are results themselves."""
        return [operand for operand in self.operands[number] if self.nodes[operand].op is not None]


def wiring_of(scene: Scene) -> Wiring:
    """The wiring of a scene."""
    nodes = [node for node in scene.nodes if node.role != "constant"]
    numbers = {node.id: number for number, node in enumerate(nodes)}
    operands = [
        [numbers[use.source] for use in node.uses if use.source in numbers] for node in nodes
    ]
    uses = [0] * len(nodes)
    for sources in operands:
        for source in sources:
            uses[source] += 1
    return Wiring(nodes, operands, uses)


class UnionFind:
    """Sets of numbers that can be joined, in almost constant time. Tarjan 1975.

    >>> sets = UnionFind(3)
    >>> sets.join(0, 2)
    >>> sets.find(0) == sets.find(2), sets.find(1)
    (True, 1)
    """

    def __init__(self, size: int = 0) -> None:
        self._parents = list(range(size))

    def add(self) -> int:
        """A new set of one number."""
        self._parents.append(len(self._parents))
        return len(self._parents) - 1

    def find(self, number: int) -> int:
        """The number that stands for the set this one is in."""
        parents = self._parents
        while parents[number] != number:
            parents[number] = number = parents[parents[number]]
        return number

    def join(self, kept: int, other: int) -> None:
        """Joins two sets; the first one's number stands for both."""
        self._parents[self.find(other)] = self.find(kept)
