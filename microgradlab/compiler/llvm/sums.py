"""Sums of products, the terms from left to right, for a tile of items at a time. Floor 4."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import partial

from microgradlab.compiler.kernel import Operand, Shape
from microgradlab.compiler.llvm.layout import Access, Layout
from microgradlab.compiler.llvm.loops import loop, offset
from microgradlab.compiler.llvm.memory import Frame, Pointers, Reader

_UNROLLED = 4  # terms per trip, so that counting them costs little


@dataclass(frozen=True, slots=True)
class Factor:
    """How a factor is reached: over the items, and from term to term, in bytes."""

    access: Access
    step: int

    @classmethod
    def of(cls, operand: Operand, layout: Layout, shape: Shape, terms: int) -> Factor:
        """The factor that an operand is, in loops over items with one over the terms inside."""
        whole = layout.operand(operand, (*shape, terms))
        items = Access(whole.memory, whole.base, whole.strides[:-1], whole.table)
        return cls(items, whole.strides[-1])


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
    flags = "contract " if code.fast else ""
    distances = [[_dot(item, each.access.strides) for each in factors] for item in items]

    def add(terms: int, carried: Sequence[str]) -> list[str]:
        pointers, sums = carried[: len(factors)], list(carried[len(factors) :])
        for term in range(terms):
            reader = Reader(frame)
            for item, each_distance in enumerate(distances):
                product, *others = (
                    reader.value(each.access, pointer, distance + term * each.step)
                    for each, pointer, distance in zip(factors, pointers, each_distance, strict=True)
                )
                for other in others:
                    product = code.emit(f"fmul {flags}{code.vector} {product}, {other}")
                sums[item] = code.emit(f"fadd {flags}{code.vector} {sums[item]}, {product}")
        steps = [terms * each.step for each in factors]
        moved = [offset(code, *each) for each in zip(pointers, steps, strict=True)]
        return [*moved, *sums]

    trips, rest = divmod(terms, _UNROLLED)
    carried = [("ptr", now[each.access.path]) for each in factors]
    carried += [(code.vector, value) for value in start]
    values = [value for _, value in carried]
    if trips:
        values = loop(code, trips, carried, partial(add, _UNROLLED))
    if rest:
        values = add(rest, values)
    return values[len(factors) :]


def _dot(counters: Shape, strides: Shape) -> int:
    return sum(counter * stride for counter, stride in zip(counters, strides, strict=True))
