"""Sums of products, the terms from left to right, for a tile of items at a time. Floor 4."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import partial

from microgradlab.compiler.kernel import Operand, Shape
from microgradlab.compiler.llvm.layout import Layout, Route
from microgradlab.compiler.llvm.loops import loop, offset
from microgradlab.compiler.llvm.memory import Frame, Pointers, Reader, even, whole

_UNROLLED = 2  # terms per trip: counting them is cheap, and so is the code


@dataclass(frozen=True, slots=True)
class Factor:
    """How a factor is reached: over the items, and from term to term, in bytes."""

    route: Route
    step: int

    @classmethod
    def of(cls, operand: Operand, layout: Layout, shape: Shape, terms: int) -> Factor:
        """The factor that an operand is, in loops over items with one over the terms inside."""
        nest = layout.operand(operand, (*shape, terms))
        return cls(replace(nest, strides=nest.strides[:-1]), nest.strides[-1])


def split(frame: Frame, extent: int, registers: int = 2) -> list[tuple[int, int]]:
    """How items are put together in tiles: as many sums as fit beside what is added to them.

    Args:
        frame: what the sums are appended to.
        extent: the number of items.
        registers: how many of them each sum takes.

    Returns:
        Numbers of items in a tile, and how many tiles there are of each.
    """
    sixteenth = frame.layout.machine.registers * 2 // 16 // registers
    # Fused products need no register of their own. With 4 instead of 5 sums code is hardly slower.
    sizes = (6,) if frame.code.fast else (5, 4)
    return even(extent, *(size * sixteenth for size in sizes))


def sum_terms(
    frame: Frame,
    factors: Sequence[Factor],
    terms: int,
    now: Pointers,
    items: Sequence[Shape],
    start: Sequence[str],
) -> list[str]:
    """Appends sums of the factors' products, or of the one factor.

    Args:
        frame: what it is appended to.
        factors: one or two.
        terms: the number of terms.
        now: where the factors are for the first item.
        items: the counters of each item of a tile, from the first on.
        start: what each sum begins with.

    Returns:
        The sums.
    """
    code = frame.code
    routes = [replace(each.route, base=0) for each in factors]  # the pointers stand there already
    steps = [each.step for each in factors]
    distances = [[dot(item, route.strides) for route in routes] for item in items]

    def add(terms: int, carried: Sequence[str]) -> list[str]:
        pointers, sums = carried[: len(routes)], list(carried[len(routes) :])
        for term in range(terms):
            reader = Reader(frame)
            for item, near in enumerate(distances):
                places = [here + term * step for here, step in zip(near, steps, strict=True)]
                values = list(map(reader.value, routes, pointers, places))
                sums[item] = accumulated(frame, sums[item], values)
        moved = [
            offset(code, pointer, terms * step)
            for pointer, step in zip(pointers, steps, strict=True)
        ]
        return [*moved, *sums]

    kinds = ["ptr"] * len(routes) + [code.vector] * len(start)
    values = [offset(code, now[each.route.path], each.route.base) for each in factors]
    values += start
    for size, trips in whole(terms, _UNROLLED):
        values = loop(code, trips, list(zip(kinds, values, strict=True)), partial(add, size))
    return values[len(routes) :]


def accumulated(frame: Frame, total: str, values: Sequence[str]) -> str:
    """The total plus a product of two values, or plus one value."""
    code = frame.code
    flags = code.flags
    term, *others = values
    for other in others:
        term = code.emit(f"fmul {flags}{code.vector} {term}, {other}")
    return code.emit(f"fadd {flags}{code.vector} {total}, {term}")


def dot(counters: Shape, strides: Shape) -> int:
    """The distance of an item, in the unit of the strides."""
    return sum(counter * stride for counter, stride in zip(counters, strides, strict=True))
