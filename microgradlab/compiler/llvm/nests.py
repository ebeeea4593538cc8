"""What is computed for each sample: `Map`s and `Sum`s over the same items, in one nest of loops.

What one statement reads of another for the same item is still in registers. Items are computed in
tiles, so that what is read once serves several. Floor 4.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from functools import partial

from microgradlab.compiler.kernel import Map, Sum
from microgradlab.compiler.llvm.code import constant
from microgradlab.compiler.llvm.expressions import lower
from microgradlab.compiler.llvm.fusion import Nest
from microgradlab.compiler.llvm.layout import Layout, Memory, Route
from microgradlab.compiler.llvm.memory import (
    Frame,
    Pointers,
    Reader,
    address,
    even,
    over_groups,
    store,
    tiles,
    walk,
)
from microgradlab.compiler.llvm.sums import Factor, split, sum_terms

_MAPPED = 2  # items of a tile without sums


@dataclass(frozen=True, slots=True)
class Part:
    """A statement, and the routes to its numbers.

    Attributes:
        statement: the statement.
        is_stored: whether its target is read outside of the nest.
        target: where it writes.
        operands: what it reads once for an item, by the expression's names; a sum's "start".
        factors: what it reads for each term.
    """

    statement: Map | Sum
    is_stored: bool
    target: Route
    operands: dict[str, Route]
    factors: tuple[Factor, ...]

    @classmethod
    def of(cls, statement: Map | Sum, is_stored: bool, layout: Layout) -> Part:
        """The part of a statement."""
        shape = statement.shape
        names = ("x", "y", "out") if isinstance(statement, Map) else ("start",)
        operands = {
            name: layout.operand(operand, shape)
            for name in names
            if (operand := getattr(statement, name)) is not None
        }
        target = layout.route(Memory.SLOTS, statement.target, shape)
        factors: tuple[Factor, ...] = ()
        if isinstance(statement, Sum):
            factors = tuple(
                Factor.of(operand, layout, shape, statement.terms)
                for operand in (statement.x, statement.y)
                if operand is not None
            )
        return cls(statement, is_stored, target, operands, factors)

    def routes(self) -> list[Route]:
        """All of them."""
        return [self.target, *self.operands.values(), *(each.route for each in self.factors)]


def write(frame: Frame, nest: Nest) -> None:
    """Appends the code of a nest, for all groups.

    Args:
        frame: what it is appended to, in a function with the parameter `%groups`.
        nest: the statements.
    """
    loops = _Loops(nest, frame)
    pointers = frame.pointers(route for part in loops.parts for route in part.routes())

    def group(frame: Frame, now: Pointers, _: list[str]) -> list[str]:
        loops.items(frame, now)
        return []

    over_groups(frame, pointers, [], group)


class _Loops:
    """The loops over the items of a nest, and the code inside.

    Attributes:
        parts: the statements.
    """

    def __init__(self, nest: Nest, frame: Frame) -> None:
        pairs = zip(nest.statements, nest.stored, strict=True)
        self.parts = [Part.of(statement, is_stored, frame.layout) for statement, is_stored in pairs]
        has_sums = any(part.factors for part in self.parts)
        self._shape = nest.statements[0].shape
        self._axis = _tiled_axis(self.parts, len(self._shape))
        extent = self._shape[self._axis]
        self._sizes = split(frame, extent) if has_sums else even(extent, _MAPPED)

    def items(self, frame: Frame, now: Pointers) -> None:
        """Appends the loops, for one group."""
        tile = partial(self._tile, frame)

        def within(now: Pointers) -> None:
            tiles(frame.code, now, self._axis, self._sizes, tile)

        if len(self._shape) == 1:
            within(now)
        else:
            walk(frame.code, now, 1 - self._axis, self._shape[1 - self._axis], within)

    def _tile(self, frame: Frame, now: Pointers, count: int) -> None:
        """Appends the code of some neighbouring items."""
        known: dict[Route, list[str]] = {}
        for part in self.parts:
            operands = {
                name: known.get(route) or self._read(frame, route, now, count)
                for name, route in part.operands.items()
            }
            results = self._results(frame, part, operands, now, count)
            known[part.target] = results
            for item, result in enumerate(results if part.is_stored else ()):
                distance = item * part.target.strides[self._axis]
                at = address(frame, part.target, now[part.target.path], distance)
                store(frame.code, result, at)

    def _results(
        self, frame: Frame, part: Part, operands: dict[str, list[str]], now: Pointers, count: int
    ) -> list[str]:
        if isinstance(part.statement, Map):
            source = part.statement.expression
            each = ({name: operands[name][item] for name in operands} for item in range(count))
            return [lower(frame.code, source, given) for given in each]
        axes = range(len(self._shape))
        items = [tuple(item * (axis == self._axis) for axis in axes) for item in range(count)]
        start = operands.get("start", [constant(-0.0)] * count)  # -0.0 + x is x, for every x
        return sum_terms(frame, part.factors, part.statement.terms, now, items, start)

    def _read(self, frame: Frame, route: Route, now: Pointers, count: int) -> list[str]:
        reader = Reader(frame)
        stride = route.strides[self._axis]
        return [reader.value(route, now[route.path], item * stride) for item in range(count)]


def _tiled_axis(parts: Iterable[Part], axes: int) -> int:
    """The last axis along which a sum's slots stay the same: what is read serves a whole tile."""
    for part in parts:
        for axis in reversed(range(axes)):
            for each in part.factors:
                if each.route.memory is Memory.SLOTS and not each.route.strides[axis]:
                    return axis
    return axes - 1
