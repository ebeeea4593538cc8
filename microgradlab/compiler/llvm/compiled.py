"""A kernel as machine code, with all that a call of it takes. Floor 4."""

from __future__ import annotations

import ctypes
import math
from typing import Any

import numpy as np

from microgradlab.compiler.arrays import Numbers, aligned, padded
from microgradlab.compiler.kernel import Kernel, Steps
from microgradlab.compiler.llvm.kernel import functions, scratch, table_data
from microgradlab.compiler.llvm.layout import Layout
from microgradlab.compiler.llvm.machine import Machine
from microgradlab.compiler.llvm.machine_code import compile

_WORTH_A_THREAD = 100_000
"""Products, some ten microseconds: many times what it costs threads to meet."""

_POINTER, _NUMBER = ctypes.c_void_p, ctypes.c_int64
PROTOTYPE = ctypes.CFUNCTYPE(
    None, *(_POINTER, _POINTER, _NUMBER, _NUMBER, ctypes.c_double), *(_POINTER,) * 5
)


class CompiledKernel:
    """A kernel's native function, as of kernel.py beside this.

    Args:
        kernel: the kernel.
        machine: the processor.
        fast: whether arithmetic inside of a sample may be fused and reordered.

    Attributes:
        function: is given addresses and numbers.
        columns: the inputs in a sample's row, which are all but the seed.
        tables: what the function is given as tables.
        slots_length: the doubles that a thread needs for slots.
        group: the number of samples that are computed at once.
        least: the number of samples, in whole groups, that are worth a thread.
    """

    def __init__(self, kernel: Kernel, machine: Machine, *, fast: bool) -> None:
        text = functions(kernel, machine, name="kernel", fast=fast)
        self.kernel = kernel
        self.function = compile(text, machine, {"kernel": PROTOTYPE})["kernel"]
        self.columns = kernel.inputs - (kernel.seed is not None)
        self.tables = np.ascontiguousarray(table_data(kernel, machine))
        self.slots_length = padded(scratch(kernel, machine))
        self.group = Layout(kernel, machine).samples
        self.least = padded(-(-_WORTH_A_THREAD // _work(kernel)), self.group)

    @property
    def address(self) -> int | None:
        """Where the function is in memory."""
        function: Any = self.function  # a pointer, which the types of ctypes do not know
        return ctypes.cast(function, ctypes.c_void_p).value

    def part(self, samples: int, threads: int) -> int:
        """How many samples are for each thread, as the training loop shares them."""
        return max(self.least, padded(-(-samples // threads), self.group))

    def shared(self, length: int = 0) -> Numbers:
        """An array of the parameters, all 0, and the constants; of this length at least."""
        start = padded(self.kernel.parameters)
        constants = self.kernel.constants
        array = aligned(max(length, padded(start + len(constants))))
        array[start : start + len(constants)] = constants
        return array


def _work(kernel: Kernel) -> int:
    """About how many products, or the like, a sample takes."""
    return 1 + sum(
        len(statement.rows)
        if isinstance(statement, Steps)
        else math.prod(statement.shape) * getattr(statement, "terms", 1)
        for statement in kernel.statements
    )
