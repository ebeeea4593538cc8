"""Reads and writes of a kernel's numbers, while they are walked through in loops. Floor 4."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from functools import partial
from typing import TypeAlias

from microgradlab.compiler.llvm.code import Code
from microgradlab.compiler.llvm.layout import Layout, Memory, Path, Route
from microgradlab.compiler.llvm.loops import Carried, loop, offset
from microgradlab.compiler.llvm.vectors import broadcast

Pointers: TypeAlias = Mapping[Path, str]
"""For each path, where it is at the moment."""


@dataclass(frozen=True, slots=True)
class Frame:
    """The code of a function, and what it refers to.

    Attributes:
        code: the code so far.
        layout: where the numbers lie.
        slots: where those of the first group, or of the group at hand, begin.
        shift: of its lanes, the first to be read, in bytes.
    """

    code: Code
    layout: Layout
    slots: str = Memory.SLOTS.value
    shift: int = 0

    def start(self, memory: Memory) -> str:
        """The beginning of a memory."""
        return self.slots if memory is Memory.SLOTS else memory.value

    def pointers(self, routes: Iterable[Route]) -> dict[Path, str]:
        """Pointers before the first loop, where each stands at the beginning of its memory."""
        return {route.path: self.start(route.path[0]) for route in routes}


def walk(
    code: Code,
    pointers: Pointers,
    axis: int,
    trips: int | str,
    body: Callable[[Pointers], None],
    *,
    step: int = 1,
) -> Pointers:
    """Appends a loop over one axis of a nest, which moves the pointers along.

    Args:
        code: what it is appended to.
        pointers: where it begins.
        axis: the place of the axis in the paths' strides.
        trips: the number of iterations.
        body: appends the body.
        step: how many items each iteration goes on by.

    Returns:
        The pointers behind the last item.
    """
    moving = [path for path in pointers if path[1][axis]]

    def turn(names: list[str]) -> list[str]:
        now = dict(pointers) | dict(zip(moving, names, strict=True))
        body(now)
        return [offset(code, now[path], step * path[1][axis]) for path in moving]

    names = loop(code, trips, [("ptr", pointers[path]) for path in moving], turn)
    return dict(pointers) | dict(zip(moving, names, strict=True))


def tiles(
    code: Code,
    pointers: Pointers,
    axis: int,
    sizes: Iterable[tuple[int, int]],
    body: Callable[[Pointers, int], None],
) -> None:
    """Appends loops over an axis in tiles.

    Args:
        code: what they are appended to.
        pointers: where they begin.
        axis: the place of the axis in the paths' strides.
        sizes: for each loop the number of items in a tile, and the number of tiles.
        body: appends the code of a tile, given its pointers and its number of items.
    """
    for size, trips in sizes:
        tile = partial(_sized, body, size)
        pointers = walk(code, pointers, axis, trips, tile, step=size)


def _sized(body: Callable[[Pointers, int], None], size: int, now: Pointers) -> None:
    body(now, size)


def even(extent: int, *sizes: int) -> list[tuple[int, int]]:
    """Parts of one of these sizes, or else of two sizes that differ by one, up to the first.

    Returns:
        Each size, and how often. One size is preferred, since there is code for each of them.

    >>> even(64, 5, 4), even(10, 5, 4), even(11, 5, 4), even(3, 5, 4)
    ([(4, 16)], [(5, 2)], [(4, 2), (3, 1)], [(3, 1)])
    """
    for size in sizes:
        if extent % size == 0:
            return [(size, extent // size)]
    parts = -(-extent // sizes[0])
    size, larger = divmod(extent, parts)
    return [each for each in ((size + 1, larger), (size, parts - larger)) if each[1]]


def whole(extent: int, size: int) -> list[tuple[int, int]]:
    """As many parts of one size as there may be, and one for the rest.

    >>> whole(10, 4), whole(3, 4)
    ([(4, 2), (2, 1)], [(3, 1)])
    """
    trips, rest = divmod(extent, size)
    return [each for each in ((size, trips), (rest, 1)) if each[0] and each[1]]


def over_groups(
    frame: Frame,
    now: Pointers,
    carried: Sequence[Carried],
    body: Callable[[Frame, Pointers, list[str]], Sequence[str]],
) -> list[str]:
    """Appends the loop over the groups of a function's `%groups`.

    Args:
        frame: what it is appended to.
        now: where the pointers are for the first group.
        carried: what is passed on from group to group, and its first values.
        body: appends the body, given its frame, its pointers, and what is carried; returns what the
            next group is given.

    Returns:
        What is carried behind the last group.
    """
    code = frame.code
    moving = [path for path in now if path[0] is Memory.SLOTS]
    pointers = [frame.slots, *(now[path] for path in moving)]

    def group(values: list[str]) -> list[str]:
        here, given = values[: len(pointers)], values[len(pointers) :]
        near = dict(now) | dict(zip(moving, here[1:], strict=True))
        after = body(replace(frame, slots=here[0]), near, given)
        return [*(offset(code, pointer, frame.layout.line) for pointer in here), *after]

    first = [("ptr", pointer) for pointer in pointers]
    return loop(code, "%groups", [*first, *carried], group)[len(pointers) :]


class Reader:
    """Reads what stands at pointers; what was read before is not read again."""

    def __init__(self, frame: Frame) -> None:
        self.frame = frame
        self._values: dict[tuple[Route, str, int], str] = {}

    def value(self, route: Route, pointer: str, distance: int) -> str:
        """The vector of a slot, or of a shared number for all lanes.

        Args:
            route: what leads there.
            pointer: where its walk is.
            distance: how far from there, in bytes.
        """
        key = route, pointer, distance
        if key not in self._values:
            at = address(self.frame, *key)
            read = load if route.memory is Memory.SLOTS else broadcast
            self._values[key] = read(self.frame.code, at)
        return self._values[key]


def address(frame: Frame, route: Route, pointer: str, distance: int) -> str:
    """The address of a number, or of a slot's numbers, at a distance from where a walk is."""
    code, shift = frame.code, frame.shift if route.memory is Memory.SLOTS else 0
    if not route.table:
        return offset(code, pointer, route.base + distance + shift)
    entry = offset(code, pointer, route.base + distance)
    return offset(code, entry_address(frame, route.memory, entry), shift)


def entry_address(frame: Frame, memory: Memory, entry: str) -> str:
    """The address of the place that a table's entry holds."""
    code = frame.code
    place = code.emit(f"sext i32 {code.emit(f'load i32, ptr {entry}')} to i64")
    unit = f"[{frame.layout.unit(memory)} x i8]"
    return code.emit(f"getelementptr {unit}, ptr {frame.start(memory)}, i64 {place}")


@contextmanager
def narrowed(code: Code, lanes: int) -> Iterator[None]:
    """In its block the code's vectors have another number of lanes."""
    before, code.lanes = code.lanes, lanes
    try:
        yield
    finally:
        code.lanes = before


def load(code: Code, address: str) -> str:
    """A vector from a slot."""
    return code.emit(f"load {code.vector}, ptr {address}, align {_alignment(code)}")


def store(code: Code, vector: str, address: str) -> None:
    """A vector into a slot."""
    code.line(f"store {code.vector} {vector}, ptr {address}, align {_alignment(code)}")


def _alignment(code: Code) -> int:
    """What the addresses of vectors in slots are multiples of."""
    return min(64, 8 * code.lanes)
