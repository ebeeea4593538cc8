"""Operations one after the other, by a table: an interpreter inside compiled code. Floor 4."""

from __future__ import annotations

from functools import partial

from microgradlab.compiler.kernel import Steps
from microgradlab.compiler.llvm.expressions import lower
from microgradlab.compiler.llvm.layout import Memory
from microgradlab.compiler.llvm.loops import loop, offset
from microgradlab.compiler.llvm.memory import Frame, entry_address, load, store
from microgradlab.expressions import OPERANDS, names_in

_ENTRY = 4  # bytes


def write(frame: Frame, steps: Steps) -> None:
    """Appends the loop over the steps, each of which chooses one of the expressions.

    Args:
        frame: what it is appended to, in a function with the parameter `%groups`; all of them are
            computed before the next step.
        steps: the statement.
    """
    count, width = steps.rows.shape
    first = offset(frame.code, Memory.TABLES.value, frame.layout.start(steps.rows))

    def step(carried: list[str]) -> list[str]:
        _step(frame, steps, carried[0])
        return [offset(frame.code, carried[0], _ENTRY * width)]

    loop(frame.code, count, [("ptr", first)], step)


def _step(frame: Frame, steps: Steps, row: str) -> None:
    """Appends the code of the step that a row of the table stands for."""
    code = frame.code
    numbers = range(len(steps.expressions))
    labels = [code.fresh("step") for _ in numbers]
    out = code.fresh("step")
    number = code.emit(f"load i32, ptr {row}")
    cases = " ".join(f"i32 {each}, label {label}" for each, label in enumerate(labels))
    code.line(f"switch i32 {number}, label {labels[0]} [ {cases} ]")
    for label, expression in zip(labels, steps.expressions, strict=True):
        code.label(label[1:])
        names = sorted(names_in(expression))
        columns = [1, *(2 + OPERANDS.index(name) for name in names)]
        entries = [offset(code, row, _ENTRY * column) for column in columns]
        slots = [("ptr", entry_address(frame, Memory.SLOTS, entry)) for entry in entries]
        loop(code, "%groups", slots, partial(_compute, frame, expression, names))
        code.line(f"br label {out}")
    code.label(out[1:])


def _compute(frame: Frame, expression: str, names: list[str], slots: list[str]) -> list[str]:
    """Appends an operation on a group's slots: the target, then the operands."""
    code = frame.code
    operands = {name: load(code, slot) for name, slot in zip(names, slots[1:], strict=True)}
    store(code, lower(code, expression, operands), slots[0])
    return [offset(code, slot, frame.layout.line) for slot in slots]
