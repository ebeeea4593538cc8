"""Samples into slots, and results out of them: rows of numbers become lanes, and back. Floor 4."""

from __future__ import annotations

from functools import partial

from microgradlab.compiler.llvm.code import Code, constant
from microgradlab.compiler.llvm.layout import Memory
from microgradlab.compiler.llvm.loops import loop, offset
from microgradlab.compiler.llvm.memory import Frame, alignment, store


def gather(frame: Frame, groups: str) -> None:
    """Appends the transposition of samples into the first slots of their groups.

    The function has the parameters `%rows`, `%order`, `%first` (the place in the order of the first
    sample), `%samples` (their number) and `%seed`. Lanes without a sample repeat the last one, with
    the seed 0.

    Args:
        frame: what it is appended to.
        groups: the number of groups.
    """
    code, layout = frame.code, frame.layout
    pointers = code.emit(f"alloca [{layout.samples} x ptr]")
    nothing = code.emit("alloca i64")
    code.line(f"store i64 0, ptr {nothing}")
    unordered = code.emit("icmp eq ptr %order, null")
    seeds = _splat(code, "double", "%seed") if layout.kernel.seed is not None else ""

    def point(last: str, carried: list[str]) -> list[str]:
        """Finds the row of a lane, without a branch over whether there is an order."""
        lane, pointer, place = carried
        is_there = code.emit(f"icmp ult i64 {lane}, {last}")
        lane_there = code.emit(f"select i1 {is_there}, i64 {lane}, i64 {last}")
        place_there = code.emit(f"add i64 {place}, {lane_there}")
        entry = code.emit(f"getelementptr i64, ptr %order, i64 {place_there}")
        known = code.emit(f"select i1 {unordered}, ptr {nothing}, ptr {entry}")
        ordered = code.emit(f"load i64, ptr {known}")
        number = code.emit(f"select i1 {unordered}, i64 {place_there}, i64 {ordered}")
        row = code.emit(f"getelementptr [{layout.columns} x double], ptr %rows, i64 {number}")
        code.line(f"store ptr {row}, ptr {pointer}")
        return [code.emit(f"add i64 {lane}, 1"), offset(code, pointer, 8), place]

    def group(carried: list[str]) -> list[str]:
        slots, place, left = carried
        if layout.columns:
            last = code.emit(f"sub i64 {left}, 1")
            lanes = [("i64", "0"), ("ptr", pointers), ("i64", place)]
            loop(code, layout.samples, lanes, partial(point, last))
            loop(
                code,
                layout.samples // layout.lanes,
                [("ptr", pointers), ("ptr", slots)],
                partial(_transpose, frame),
            )
        if layout.kernel.seed is not None:
            seed = _where_less(code, left, seeds)
            store(code, seed, offset(code, slots, layout.line * layout.kernel.seed))
        return [
            offset(code, slots, layout.group),
            code.emit(f"add i64 {place}, {layout.samples}"),
            code.emit(f"sub i64 {left}, {layout.samples}"),
        ]

    loop(code, groups, [("ptr", frame.slots), ("i64", "%first"), ("i64", "%samples")], group)


def _transpose(frame: Frame, carried: list[str]) -> list[str]:
    """Appends the transposition of as many rows as a register has lanes."""
    pointers, slots = carried
    code, layout = frame.code, frame.layout
    lanes = layout.lanes
    part = Code(lanes)
    rows = [code.emit(f"load ptr, ptr {offset(code, pointers, 8 * lane)}") for lane in range(lanes)]
    kind, aligned = part.vector, f"align {alignment(part)}"
    blocks, rest = divmod(layout.columns, lanes)

    def block(carried: list[str]) -> list[str]:
        distance, slot = carried
        addresses = [code.emit(f"getelementptr i8, ptr {row}, i64 {distance}") for row in rows]
        vectors = [code.emit(f"load {kind}, ptr {each}, align 8") for each in addresses]
        for number, vector in enumerate(_transposed(code, kind, vectors)):
            address = offset(code, slot, layout.line * number)
            code.line(f"store {kind} {vector}, ptr {address}, {aligned}")
        following = code.emit(f"add i64 {distance}, {8 * lanes}")
        return [following, offset(code, slot, layout.line * lanes)]

    if blocks:
        loop(code, blocks, [("i64", "0"), ("ptr", slots)], block)
    for column in range(blocks * lanes, blocks * lanes + rest):
        vector = "poison"
        for lane, row in enumerate(rows):
            number = code.emit(f"load double, ptr {offset(code, row, 8 * column)}")
            vector = code.emit(f"insertelement {kind} {vector}, double {number}, i64 {lane}")
        address = offset(code, slots, layout.line * column)
        code.line(f"store {kind} {vector}, ptr {address}, {aligned}")
    return [offset(code, pointers, 8 * lanes), offset(code, slots, 8 * lanes)]


def _transposed(code: Code, kind: str, vectors: list[str]) -> list[str]:
    """The transpose of a square: halves are exchanged, then quarters, and so on."""
    lanes = len(vectors)
    size = lanes // 2
    while size:
        result = list(vectors)
        for row in range(lanes):
            if not row & size:
                for shift in (0, size):
                    chosen = [
                        lane - size + lanes + shift if lane & size else lane + shift
                        for lane in range(lanes)
                    ]
                    mask = ", ".join(f"i32 {lane}" for lane in chosen)
                    result[row + shift] = code.emit(
                        f"shufflevector {kind} {vectors[row]}, {kind} {vectors[row + size]}, "
                        f"<{lanes} x i32> <{mask}>"
                    )
        vectors = result
        size //= 2
    return vectors


def _splat(code: Code, kind: str, value: str) -> str:
    vector = f"<{code.lanes} x {kind}>"
    first = code.emit(f"insertelement {vector} poison, {kind} {value}, i64 0")
    zeros = f"<{code.lanes} x i32> zeroinitializer"
    return code.emit(f"shufflevector {vector} {first}, {vector} poison, {zeros}")


def _where_less(code: Code, left: str, values: str) -> str:
    """The values in the first `left` lanes, 0 in the others."""
    numbers = ", ".join(f"i64 {lane}" for lane in range(code.lanes))
    kind = f"<{code.lanes} x i64>"
    mask = code.emit(f"icmp slt {kind} <{numbers}>, {_splat(code, 'i64', left)}")
    lanes = f"<{code.lanes} x i1>"
    return code.emit(
        f"select {lanes} {mask}, {code.vector} {values}, {code.vector} {constant(0.0)}"
    )


def scatter(frame: Frame) -> None:
    """Appends the copying of samples' outputs, a row for each, to `%outputs`.

    The function has the parameters `%samples` (their number) and `%outputs` (where the first
    sample's belong).

    Args:
        frame: what it is appended to.
    """
    code, layout = frame.code, frame.layout
    first = offset(code, Memory.TABLES.value, layout.outputs)

    def sample(carried: list[str]) -> list[str]:
        number, row = carried
        group = code.emit(f"udiv i64 {number}, {layout.samples}")
        lane = code.emit(f"urem i64 {number}, {layout.samples}")
        numbers = code.emit(f"getelementptr [{layout.group} x i8], ptr {frame.slots}, i64 {group}")
        numbers = code.emit(f"getelementptr double, ptr {numbers}, i64 {lane}")

        def copy(carried: list[str]) -> list[str]:
            table, target = carried
            slot = code.emit(f"sext i32 {code.emit(f'load i32, ptr {table}')} to i64")
            source = code.emit(f"getelementptr [{layout.line} x i8], ptr {numbers}, i64 {slot}")
            code.line(f"store double {code.emit(f'load double, ptr {source}')}, ptr {target}")
            return [offset(code, table, 4), offset(code, target, 8)]

        row = loop(code, len(layout.kernel.outputs), [("ptr", first), ("ptr", row)], copy)[1]
        return [code.emit(f"add i64 {number}, 1"), row]

    if layout.kernel.outputs:
        loop(code, "%samples", [("i64", "0"), ("ptr", "%outputs")], sample)
