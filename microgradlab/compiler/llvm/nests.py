"""What is computed for each sample: `Map`s and `Sum`s over the same items, in one nest of loops.

What one statement reads of another for the same item is still in registers. Items are computed in
tiles, so that what is read once serves several. Floor 4.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import partial

from microgradlab.compiler.kernel import Map, Shape, Sum
from microgradlab.compiler.llvm.code import constant
from microgradlab.compiler.llvm.expressions import lower
from microgradlab.compiler.llvm.fusion import Nest
from microgradlab.compiler.llvm.layout import Layout, Memory, Route
from microgradlab.compiler.llvm.loops import loop, offset
from microgradlab.compiler.llvm.memory import (
    Frame,
    Pointers,
    Reader,
    address,
    even,
    store,
    tiles,
    walk,
)
from microgradlab.compiler.llvm.sums import Factor, sum_terms

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
    """Appends the code of a nest for the groups, one after the other.

    Args:
        frame: what it is appended to, in a function with the parameter `%groups`.
        nest: the statements.
    """
    code, layout = frame.code, frame.layout
    pairs = zip(nest.statements, nest.stored, strict=True)
    parts = [Part.of(statement, is_stored, layout) for statement, is_stored in pairs]

    def group(carried: list[str]) -> list[str]:
        (slots,) = carried
        _group(Frame(code, layout, slots), nest.statements[0].shape, parts)
        return [offset(code, slots, layout.line)]

    loop(code, "%groups", [("ptr", frame.slots)], group)


def _group(frame: Frame, shape: Shape, parts: Sequence[Part]) -> None:
    """Appends the loops over the items."""
    axis = _tiled_axis(parts, len(shape))
    has_sums = any(part.factors for part in parts)
    sizes = even(shape[axis], frame.layout.tile if has_sums else _MAPPED)
    tile = partial(_tile, frame, parts, axis)

    def within(now: Pointers) -> None:
        tiles(frame.code, now, axis, sizes, tile)

    pointers = frame.pointers(route for part in parts for route in part.routes())
    if len(shape) == 1:
        within(pointers)
    else:
        walk(frame.code, pointers, 1 - axis, shape[1 - axis], within)


def _tiled_axis(parts: Iterable[Part], axes: int) -> int:
    """The last axis along which a sum's slots stay the same: what is read serves a whole tile."""
    for part in parts:
        for axis in reversed(range(axes)):
            for each in part.factors:
                if each.route.memory is Memory.SLOTS and not each.route.strides[axis]:
                    return axis
    return axes - 1


def _tile(frame: Frame, parts: Sequence[Part], axis: int, now: Pointers, count: int) -> None:
    """Appends the code of some neighbouring items."""
    known: dict[Route, list[str]] = {}
    for part in parts:
        operands = {
            name: known.get(route) or _read(frame, route, now, axis, count)
            for name, route in part.operands.items()
        }
        if isinstance(part.statement, Sum):
            axes = range(len(part.target.strides))
            items = [tuple(item * (axis == each) for each in axes) for item in range(count)]
            start = operands.get("start", [constant(-0.0)] * count)  # -0.0 + x is x, for every x
            results = sum_terms(frame, part.factors, part.statement.terms, now, items, start)
        else:
            source = part.statement.expression
            each = [
                {name: values[item] for name, values in operands.items()} for item in range(count)
            ]
            results = [lower(frame.code, source, operand) for operand in each]
        if part.is_stored:
            _write(frame, part.target, now, axis, results)
        known[part.target] = results


def _read(frame: Frame, route: Route, now: Pointers, axis: int, count: int) -> list[str]:
    reader = Reader(frame)
    stride = route.strides[axis]
    return [reader.value(route, now[route.path], item * stride) for item in range(count)]


def _write(frame: Frame, route: Route, now: Pointers, axis: int, results: Sequence[str]) -> None:
    for item, result in enumerate(results):
        at = address(frame, route, now[route.path], item * route.strides[axis])
        store(frame.code, result, at)
