"""The text of one LLVM function while it is being written. Floor 4."""

from __future__ import annotations

import struct


class Code:
    r"""Instructions over vectors, one line after the other, with names for their results.

    Args:
        lanes: numbers per vector; it may be a multiple of what a register holds, LLVM splits.
        fast: whether products may be fused with sums and divisions become multiplications.

    Attributes:
        lines: the text so far.
        calls: the functions that it calls and that `expressions.support` has to define.

    >>> code = Code(lanes=4)
    >>> code.emit(f"fadd {code.vector} %x, {constant(0.5)}")
    '%v1'
    >>> print(*code.lines, sep="\n")
      %v1 = fadd <4 x double> %x, splat (double 0x3FE0000000000000)
    """

    def __init__(self, lanes: int, fast: bool = False) -> None:
        self.lanes = lanes
        self.fast = fast
        self.lines: list[str] = []
        self.calls: set[str] = set()
        self._names = 0

    @property
    def vector(self) -> str:
        """The type of the vectors, such as `<4 x double>`."""
        return f"<{self.lanes} x double>"

    @property
    def flags(self) -> str:
        """What may be done to the exact result of an instruction, to stand behind its name.

        Sums are not reassociated: inside of an expression that gains nothing, and it would undo
        what is written for accuracy. Nor are quotients turned into products with 1 / y, which is
        infinite for the smallest y.
        """
        return "contract " if self.fast else ""

    def fresh(self, prefix: str = "v") -> str:
        """A name that is not in use yet."""
        self._names += 1
        return f"%{prefix}{self._names}"

    def emit(self, text: str) -> str:
        """Appends an instruction; returns the name of its result."""
        name = self.fresh()
        self.line(f"{name} = {text}")
        return name

    def line(self, text: str) -> None:
        """Appends an instruction without a result."""
        self.lines.append(f"  {text}")

    def label(self, name: str) -> None:
        """Begins a block."""
        self.lines.append(f"{name}:")


def constant(number: float) -> str:
    """A vector that holds one number in all lanes; in hexadecimal, which is exact.

    >>> constant(1.0)
    'splat (double 0x3FF0000000000000)'
    """
    return f"splat (double 0x{struct.pack('>d', number).hex().upper()})"
