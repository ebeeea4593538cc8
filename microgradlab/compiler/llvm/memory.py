"""Reads and writes of a kernel's numbers, while they are walked through in loops. Floor 4."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from typing import TypeAlias

from microgradlab.compiler.kernel import Shape
from microgradlab.compiler.llvm.code import Code
from microgradlab.compiler.llvm.layout import Access, Layout, Memory
from microgradlab.compiler.llvm.loops import loop, offset

Path: TypeAlias = tuple[Memory, Shape]
Pointers: TypeAlias = Mapping[Path, str]
"""For each path, where it is at the moment."""


@dataclass(frozen=True, slots=True)
class Frame:
    """The code of a function, and what it refers to.

    Attributes:
        code: the code so far.
        layout: where the numbers lie.
        slots: the group of samples at hand.
        shift: of its lanes, the first to be read, in bytes.
    """

    code: Code
    layout: Layout
    slots: str = Memory.SLOTS.value
    shift: int = 0

    def start(self, memory: Memory) -> str:
        """The beginning of a memory; of the slots, that of the group at hand."""
        return self.slots if memory is Memory.SLOTS else memory.value

    def pointers(self, paths: Iterable[Path]) -> dict[Path, str]:
        """Pointers before the first loop, where each stands at the beginning of its memory."""
        return {path: self.start(path[0]) for path in paths}


def walk(
    code: Code,
    pointers: Pointers,
    axis: int,
    trips: int | str,
    body: Callable[[Pointers], None],
    *,
    tile: int = 1,
) -> Pointers:
    """Appends a loop over one axis of a nest, which moves the pointers along.

    Args:
        code: what it is appended to.
        pointers: where it begins.
        axis: the place of the axis in the paths' strides.
        trips: the number of iterations.
        body: appends the body.
        tile: how many items a trip goes on by.

    Returns:
        The pointers behind the last item.
    """
    moving = [path for path in pointers if path[1][axis]]

    def turn(names: list[str]) -> list[str]:
        now = dict(pointers) | dict(zip(moving, names, strict=True))
        body(now)
        return [offset(code, now[path], tile * path[1][axis]) for path in moving]

    names = loop(code, trips, [("ptr", pointers[path]) for path in moving], turn)
    return dict(pointers) | dict(zip(moving, names, strict=True))


def tiles(
    code: Code,
    pointers: Pointers,
    axis: int,
    extent: int,
    tile: int,
    body: Callable[[Pointers, int], None],
) -> None:
    """Appends a loop over whole tiles of an axis, and a smaller tile for the rest."""
    trips, rest = divmod(extent, tile)
    if trips:
        pointers = walk(code, pointers, axis, trips, lambda now: body(now, tile), tile=tile)
    if rest:
        body(pointers, rest)


class Reader:
    """Reads what stands at pointers; what was read before is not read again."""

    def __init__(self, frame: Frame) -> None:
        self.frame = frame
        self._addresses: dict[tuple[Access, str, int], str] = {}
        self._values: dict[tuple[Access, str, int], str] = {}

    def address(self, access: Access, pointer: str, distance: int) -> str:
        """The address of a number, or of a slot's numbers, at a distance from where a walk is."""
        key = access, pointer, distance
        if key not in self._addresses:
            self._addresses[key] = self._address(*key)
        return self._addresses[key]

    def _address(self, access: Access, pointer: str, distance: int) -> str:
        code, shift = self.frame.code, self.frame.shift if access.memory is Memory.SLOTS else 0
        if not access.table:
            return offset(code, pointer, access.base + distance + shift)
        entry = code.emit(f"load i32, ptr {offset(code, pointer, access.base + distance)}")
        place = code.emit(f"sext i32 {entry} to i64")
        unit = f"[{self.frame.layout.unit(access.memory)} x i8]"
        start = self.frame.start(access.memory)
        return offset(code, code.emit(f"getelementptr {unit}, ptr {start}, i64 {place}"), shift)

    def value(self, access: Access, pointer: str, distance: int) -> str:
        """The vector of a slot, or of a shared number for all lanes."""
        key = access, pointer, distance
        if key not in self._values:
            address = self.address(*key)
            in_slots = access.memory is Memory.SLOTS
            self._values[key] = (load if in_slots else broadcast)(self.frame.code, address)
        return self._values[key]


def alignment(code: Code) -> int:
    """What the addresses of vectors in slots are multiples of."""
    return min(64, 8 * code.lanes)


def load(code: Code, address: str) -> str:
    """A vector from a slot."""
    return code.emit(f"load {code.vector}, ptr {address}, align {alignment(code)}")


def store(code: Code, vector: str, address: str) -> None:
    """A vector into a slot."""
    code.line(f"store {code.vector} {vector}, ptr {address}, align {alignment(code)}")


def broadcast(code: Code, address: str) -> str:
    """A number in all lanes of a vector."""
    number = code.emit(f"load double, ptr {address}")
    first = code.emit(f"insertelement {code.vector} poison, double {number}, i64 0")
    lanes = f"<{code.lanes} x i32> zeroinitializer"
    return code.emit(f"shufflevector {code.vector} {first}, {code.vector} poison, {lanes}")
