"""Expressions of the table compiled over whole arrays, for tests of the code that they become."""

from __future__ import annotations

import ctypes
from collections.abc import Callable, Mapping

import llvmlite.binding as llvm
import numpy as np
from numpy.typing import NDArray

from microgradlab.compiler.llvm.code import Code
from microgradlab.compiler.llvm.expressions import lower, support

Array = NDArray[np.float64]
Function = Callable[[Array, Array, Array], Array]

llvm.initialize_native_target()
llvm.initialize_native_asmprinter()


def compiled(
    sources: Mapping[str, str], *, lanes: int = 8, fast: bool = False
) -> dict[str, Function]:
    """Each expression as a function of the arrays x, y and out, whose length is any."""
    texts, calls = [], set[str]()
    for number, source in enumerate(sources.values()):
        code = Code(lanes, fast)
        result = lower(code, source, {"x": "%x", "y": "%y", "out": "%out"})
        texts.append(_loop(f"f{number}", code, result))
        calls |= code.calls
    engine = machine_code("\n".join([*texts, support(calls, lanes, fast)]))
    return {name: _function(engine, f"f{number}", lanes) for number, name in enumerate(sources)}


def machine_code(text: str) -> llvm.ExecutionEngine:
    """The code of a module, for the CPU at hand."""
    module = llvm.parse_assembly(text)
    module.verify()
    machine = llvm.Target.from_default_triple().create_target_machine(
        cpu=llvm.get_host_cpu_name(), features=llvm.get_host_cpu_features().flatten(), opt=2
    )
    engine = llvm.create_mcjit_compiler(module, machine)
    engine.finalize_object()
    return engine


def _loop(name: str, code: Code, result: str) -> str:
    """A function that computes the result for `count` numbers, a multiple of the lanes."""
    loads = [
        line
        for operand in ("x", "y", "out")
        for line in (
            f"  %{operand}.at = getelementptr double, ptr %{operand}s, i64 %i",
            f"  %{operand} = load {code.vector}, ptr %{operand}.at, align 8",
        )
    ]
    return "\n".join(
        [
            f"define void @{name}(ptr %xs, ptr %ys, ptr %outs, ptr %results, i64 %count) {{",
            "entry:",
            "  br label %loop",
            "loop:",
            "  %i = phi i64 [0, %entry], [%next, %loop]",
            *loads,
            *code.lines,
            "  %result.at = getelementptr double, ptr %results, i64 %i",
            f"  store {code.vector} {result}, ptr %result.at, align 8",
            f"  %next = add i64 %i, {code.lanes}",
            "  %more = icmp slt i64 %next, %count",
            "  br i1 %more, label %loop, label %done",
            "done:",
            "  ret void",
            "}",
        ]
    )


def _function(engine: llvm.ExecutionEngine, name: str, lanes: int) -> Function:
    prototype = ctypes.CFUNCTYPE(None, *[ctypes.c_void_p] * 4, ctypes.c_int64)
    native = prototype(engine.get_function_address(name))

    def function(x: Array, y: Array, out: Array) -> Array:
        count = -(-len(x) // lanes) * lanes
        padded = [np.resize(array, count) for array in (x, y, out)]
        results = np.empty(count)
        native(*(array.ctypes.data for array in (*padded, results)), count)
        _ = engine  # which has to live as long as its code is called
        return results[: len(x)]

    return function


def differences(ours: Array, theirs: Array) -> list[int]:
    """Where two arrays differ in any bit; nan is nan, whatever its bits."""
    both_nan = np.isnan(ours) & np.isnan(theirs)
    return [
        int(i) for i in np.flatnonzero((ours.view(np.int64) != theirs.view(np.int64)) & ~both_nan)
    ]
