"""Kernels run natively and by the interpreter, for comparison."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from microgradlab.compiler import interpreter
from microgradlab.compiler.arrays import Numbers, aligned
from microgradlab.compiler.kernel import Kernel
from microgradlab.compiler.llvm.compiled import CompiledKernel
from microgradlab.compiler.llvm.machine import Machine, host

SEED = 0.25


@dataclass(frozen=True)
class Ran:
    """What a kernel has computed: a row of outputs for each sample, and the totals."""

    outputs: Numbers
    totals: Numbers


def showing_all(kernel: Kernel) -> Kernel:
    """The same kernel, with all of its slots as outputs."""
    return replace(kernel, outputs=tuple(range(kernel.slots)))


class Native:
    """A kernel's machine code."""

    def __init__(self, kernel: Kernel, machine: Machine | None = None, fast: bool = False) -> None:
        self.kernel = kernel
        self.code = CompiledKernel(kernel, machine or host(), fast=fast)
        self.slots = aligned(self.code.slots_length)
        self.shared = self.code.shared()

    def __call__(
        self,
        rows: Numbers,
        parameters: Numbers,
        *,
        order: NDArray[np.int64] | None = None,
        first: int = 0,
        count: int | None = None,
        totals: Numbers | None = None,
        outputs: bool = True,
    ) -> Ran:
        """Runs the kernel; in rows of outputs that it does not write there are 7s."""
        count = len(rows) if count is None else count
        self.slots[:] = np.nan  # nothing may depend on what they held
        self.shared[: self.kernel.parameters] = parameters
        results = np.full((first + count, len(self.kernel.outputs)), 7.0)
        totals = np.zeros(self.kernel.totals) if totals is None else totals
        places = None if order is None else np.ascontiguousarray(order, np.int64)
        rows = np.ascontiguousarray(rows)
        self.code.function(
            rows.ctypes.data,
            None if places is None else places.ctypes.data,
            first,
            count,
            SEED,
            self.shared.ctypes.data,
            self.code.tables.ctypes.data,
            self.slots.ctypes.data,
            totals.ctypes.data,
            results.ctypes.data if outputs else None,
        )
        return Ran(results, totals)


def interpreted(kernel: Kernel, rows: Numbers, parameters: Numbers) -> Ran:
    """The specification's results."""
    seed = None if kernel.seed is None else SEED
    result = interpreter.run(kernel, parameters.tolist(), rows.tolist(), seed=seed)
    outputs = np.array(result.outputs).reshape(len(rows), len(kernel.outputs))
    return Ran(outputs, np.array(result.totals))


def columns(kernel: Kernel) -> int:
    """The numbers in a row."""
    return kernel.inputs - (kernel.seed is not None)


def drawn(kernel: Kernel, samples: int) -> tuple[Numbers, Numbers]:
    """Rows and parameters with all bits in use."""
    random = np.random.default_rng(samples)
    return random.normal(size=(samples, columns(kernel))), random.normal(size=kernel.parameters)


def drawn_whole(kernel: Kernel, samples: int) -> tuple[Numbers, Numbers]:
    """Rows and parameters that are small whole numbers: their sums are exact in any order."""
    random = np.random.default_rng(samples)
    rows = random.integers(-2, 3, size=(samples, columns(kernel)))
    parameters = random.integers(-1, 2, size=kernel.parameters)
    return rows.astype(np.float64), parameters.astype(np.float64)


def assert_same_bits(ours: Numbers, theirs: Numbers) -> None:
    """The same numbers, the signs of zeros included."""
    assert ours.shape == theirs.shape
    np.testing.assert_array_equal(ours.view(np.int64), theirs.view(np.int64))
