"""Operations one after the other, by a table: an interpreter inside of the compiled code. Floor 4."""

from __future__ import annotations

from functools import partial

from microgradlab.compiler.kernel import Steps
from microgradlab.compiler.llvm.expressions import lower
from microgradlab.compiler.llvm.layout import Memory
from microgradlab.compiler.llvm.loops import branch, loop, offset
from microgradlab.compiler.llvm.memory import Frame, load, store
from microgradlab.expressions import OPERANDS, names_in

_ENTRY = 4  # bytes


def write(frame: Frame, groups: str, steps: Steps) -> None:
    """Appends the loop over the steps, each of which chooses one of the expressions.

    Args:
        frame: what it is appended to.
        groups: the number of groups, each of which is computed before the next step.
        steps: the statement.
    """
    count, width = steps.rows.shape
    first = offset(frame.code, Memory.TABLES.value, frame.layout.start(steps.rows))

    def step(carried: list[str]) -> list[str]:
        _step(frame, groups, steps, carried[0])
        return [offset(frame.code, carried[0], _ENTRY * width)]

    loop(frame.code, count, [("ptr", first)], step)


def _step(frame: Frame, groups: str, steps: Steps, row: str) -> None:
    code = frame.code
    numbers = range(len(steps.expressions))
    labels = [code.fresh("step") for _ in numbers]
    number = code.emit(f"load i32, ptr {row}")
    out = code.fresh("step")
    table = " ".join(
        f"i32 {number}, label {label}" for number, label in zip(numbers, labels, strict=True)
    )
    code.line(f"switch i32 {number}, label {labels[0]} [ {table} ]")
    for label, expression in zip(labels, steps.expressions, strict=True):
        code.label(label[1:])
        names = sorted(names_in(expression))
        columns = [1, *(2 + OPERANDS.index(name) for name in names)]
        places = [_place(frame, row, column) for column in columns]
        body = partial(_compute, frame, expression, names)
        loop(code, groups, [("ptr", place) for place in places], body)
        code.line(f"br label {out}")
    code.label(out[1:])


def _place(frame: Frame, row: str, column: int) -> str:
    """The address of the slot that a row names in a column."""
    code = frame.code
    entry = code.emit(f"load i32, ptr {offset(code, row, _ENTRY * column)}")
    place = code.emit(f"sext i32 {entry} to i64")
    unit = f"[{frame.layout.line} x i8]"
    return code.emit(f"getelementptr {unit}, ptr {frame.slots}, i64 {place}")


def _compute(frame: Frame, expression: str, names: list[str], places: list[str]) -> list[str]:
    code = frame.code
    operands = {name: load(code, place) for name, place in zip(names, places[1:], strict=True)}
    store(code, lower(code, expression, operands), places[0])
    return [offset(code, place, frame.layout.group) for place in places]
