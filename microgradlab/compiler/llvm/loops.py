"""Loops in LLVM's assembly language: counted, with what they carry from turn to turn. Floor 4."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TypeAlias

from microgradlab.compiler.llvm.code import Code

Carried: TypeAlias = tuple[str, str]
"""A type and a value of that type, such as ("ptr", "%slots")."""


def loop(
    code: Code,
    trips: int | str,
    carried: Sequence[Carried],
    body: Callable[[list[str]], Sequence[str]],
) -> list[str]:
    r"""Appends a loop; one of a single trip is the body alone.

    Pointers are frozen, which costs nothing, and hides them from a pass of LLVM that would look,
    a quarter of all compile time, for better ways to step through memory than the ones written.

    Args:
        code: what it is appended to.
        trips: how often the body runs, at least once: a number, or the name of an i64.
        carried: what the body is given in its first turn.
        body: appends the body, given what is carried, and returns what the next turn is given.

    Returns:
        What a further turn would be given.

    >>> code = Code(lanes=4)
    >>> loop(code, 3, [("ptr", "%x")], lambda pointers: [offset(code, pointers[0], 8)])
    ['%v7']
    >>> print(*code.lines, sep="\n")
      br label %loop1
    loop1:
      br label %loop2
    loop2:
      %v4 = phi i64 [ 3, %loop1 ], [ %v8, %loop3 ]
      %v5 = phi ptr [ %x, %loop1 ], [ %v7, %loop3 ]
      %v6 = freeze ptr %v5
      %v7 = getelementptr i8, ptr %v6, i64 8
      br label %loop3
    loop3:
      %v8 = add nsw i64 %v4, -1
      %v9 = icmp ne i64 %v8, 0
      br i1 %v9, label %loop2, label %loop10
    loop10:
    """
    if trips == 1:
        return list(body([value for _, value in carried]))
    before, head, latch = (code.fresh("loop") for _ in range(3))
    branch(code, before)
    branch(code, head)
    counted = [("i64", str(trips)), *carried]
    names = [code.fresh() for _ in counted]
    place = len(code.lines)
    code.lines.extend(names)  # in place of the phis, which name what is not there yet
    given = [
        code.emit(f"freeze ptr {name}") if kind == "ptr" else name
        for (kind, _), name in zip(carried, names[1:], strict=True)
    ]
    after = list(body(given))
    branch(code, latch)
    left = code.emit(f"add nsw i64 {names[0]}, -1")
    for number, ((kind, first), name, following) in enumerate(
        zip(counted, names, [left, *after], strict=True)
    ):
        phi = f"phi {kind} [ {first}, {before} ], [ {following}, {latch} ]"
        code.lines[place + number] = f"  {name} = {phi}"
    again = code.emit(f"icmp ne i64 {left}, 0")
    out = code.fresh("loop")
    code.line(f"br i1 {again}, label {head}, label {out}")
    code.label(out[1:])
    return after


def branch(code: Code, label: str) -> None:
    """Ends a block and begins the next."""
    code.line(f"br label {label}")
    code.label(label[1:])


def offset(code: Code, pointer: str, distance: int) -> str:
    """A pointer some bytes further on."""
    return code.emit(f"getelementptr i8, ptr {pointer}, i64 {distance}") if distance else pointer
