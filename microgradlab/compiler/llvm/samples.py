"""Samples into slots, and outputs out of them: rows of numbers become lanes, and back. Floor 4."""

from __future__ import annotations

from functools import partial

from microgradlab.compiler.llvm.code import constant
from microgradlab.compiler.llvm.layout import Memory
from microgradlab.compiler.llvm.loops import loop, offset
from microgradlab.compiler.llvm.memory import Frame, entry_address, narrowed, store
from microgradlab.compiler.llvm.vectors import splat, transposed


def gather(frame: Frame) -> None:
    """Appends the transposition of samples into the first slots of their groups.

    Lanes without a sample repeat the last one, with the seed 0.

    Args:
        frame: what it is appended to, in a function with the parameters `%rows`, `%order`,
            `%first` (the place in the order of the first sample), `%samples` (their number),
            `%groups` and `%seed`.
    """
    code, layout = frame.code, frame.layout
    seed = layout.kernel.seed
    seeds = "" if seed is None else splat(code, "double", "%seed")
    rows, nothing = code.emit(f"alloca [{layout.samples} x ptr]"), code.emit("alloca i64")
    code.line(f"store i64 0, ptr {nothing}")
    unordered = code.emit("icmp eq ptr %order, null")

    def group(carried: list[str]) -> list[str]:
        place, left, slots = carried
        if layout.columns:
            last = code.emit(f"sub i64 {left}, 1")
            point = partial(_point, frame, place, last, unordered, nothing)
            loop(code, layout.samples, [("i64", "0"), ("ptr", rows)], point)
            _transpose(frame, rows, slots)
        if seed is not None:
            store(code, _in_first(frame, left, seeds), offset(code, slots, layout.slot * seed))
        return [
            code.emit(f"add i64 {place}, {layout.samples}"),
            code.emit(f"sub i64 {left}, {layout.samples}"),
            offset(code, slots, layout.line),
        ]

    loop(code, "%groups", [("i64", "%first"), ("i64", "%samples"), ("ptr", frame.slots)], group)


def _point(
    frame: Frame, first: str, last: str, unordered: str, nothing: str, carried: list[str]
) -> list[str]:
    """Appends the search for a lane's row, without a branch over whether there is an order."""
    code = frame.code
    lane, pointer = carried
    number = code.emit(f"call i64 @llvm.umin.i64(i64 {lane}, i64 {last})")
    place = code.emit(f"add i64 {first}, {number}")
    entry = code.emit(f"getelementptr i64, ptr %order, i64 {place}")
    readable = code.emit(f"select i1 {unordered}, ptr {nothing}, ptr {entry}")
    ordered = code.emit(f"load i64, ptr {readable}")
    number = code.emit(f"select i1 {unordered}, i64 {place}, i64 {ordered}")
    kind = f"[{frame.layout.columns} x double]"
    row = code.emit(f"getelementptr {kind}, ptr %rows, i64 {number}")
    code.line(f"store ptr {row}, ptr {pointer}")
    return [code.emit(f"add i64 {lane}, 1"), offset(code, pointer, 8)]


def _transpose(frame: Frame, pointers: str, slots: str) -> None:
    """Appends the transposition of a group's rows, as many columns at a time as there are lanes."""
    code, layout = frame.code, frame.layout
    lanes = layout.lanes
    places = [offset(code, pointers, 8 * sample) for sample in range(layout.samples)]
    rows = [code.emit(f"load ptr, ptr {place}") for place in places]
    parts = [(8 * first, rows[first : first + lanes]) for first in range(0, len(rows), lanes)]
    blocks, rest = divmod(layout.columns, lanes)

    def block(carried: list[str]) -> list[str]:
        distance, slot = carried
        for part, some in parts:
            at = [code.emit(f"getelementptr i8, ptr {row}, i64 {distance}") for row in some]
            vectors = [code.emit(f"load {code.vector}, ptr {each}, align 8") for each in at]
            for column, vector in enumerate(transposed(code, vectors)):
                store(code, vector, offset(code, slot, layout.slot * column + part))
        distance = code.emit(f"add i64 {distance}, {8 * lanes}")
        return [distance, offset(code, slot, layout.slot * lanes)]

    with narrowed(code, lanes):
        if blocks:
            loop(code, blocks, [("i64", "0"), ("ptr", slots)], block)
        for column in range(layout.columns - rest, layout.columns):
            for part, some in parts:
                vector = _column(frame, some, column)
                store(code, vector, offset(code, slots, layout.slot * column + part))


def _column(frame: Frame, rows: list[str], column: int) -> str:
    """One column of some rows, number by number."""
    code = frame.code
    vector = "poison"
    for lane, row in enumerate(rows):
        number = code.emit(f"load double, ptr {offset(code, row, 8 * column)}")
        vector = code.emit(f"insertelement {code.vector} {vector}, double {number}, i64 {lane}")
    return vector


def _in_first(frame: Frame, left: str, values: str) -> str:
    """The values in the first `left` lanes, 0 in the others."""
    code = frame.code
    numbers = ", ".join(f"i64 {lane}" for lane in range(code.lanes))
    lefts = splat(code, "i64", left)
    mask = code.emit(f"icmp slt <{code.lanes} x i64> <{numbers}>, {lefts}")
    return code.emit(
        f"select <{code.lanes} x i1> {mask}, {code.vector} {values}, {code.vector} {constant(0.0)}"
    )


def scatter(frame: Frame) -> None:
    """Appends the copying of samples' outputs, a row for each, to `%outputs`.

    Args:
        frame: what it is appended to, in a function with the parameters `%samples` (their number)
            and `%outputs` (where the first sample's belong).
    """
    code, layout = frame.code, frame.layout
    first = offset(code, Memory.TABLES.value, layout.outputs)

    def sample(carried: list[str]) -> list[str]:
        """The lanes of neighbouring samples are neighbours, whatever their groups."""
        slots, row = carried

        def copy(carried: list[str]) -> list[str]:
            entry, target = carried
            slot = entry_address(Frame(code, layout, slots), Memory.SLOTS, entry)
            code.line(f"store double {code.emit(f'load double, ptr {slot}')}, ptr {target}")
            return [offset(code, entry, 4), offset(code, target, 8)]

        row = loop(code, len(layout.kernel.outputs), [("ptr", first), ("ptr", row)], copy)[1]
        return [offset(code, slots, 8), row]

    loop(code, "%samples", [("ptr", frame.slots), ("ptr", "%outputs")], sample)
