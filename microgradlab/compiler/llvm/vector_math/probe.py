"""Whether a vector algorithm computes, on this computer, what Python's math module does. Floor 4.

The C library may be another one, or a version that rounds products in another way. So before an
algorithm is used where bits count, it is compared with Python's function: on the boundaries of all
branches, on numbers of all sizes, and on numbers that tell ways of rounding apart.
"""

from __future__ import annotations

import ctypes
import math
from collections.abc import Mapping
from functools import cache
from random import Random

import numpy as np
from numpy.typing import NDArray

from microgradlab import ieee
from microgradlab.compiler.llvm.machine import host
from microgradlab.compiler.llvm.native import compile
from microgradlab.compiler.llvm.vector_math.definitions import ALGORITHMS, definition, name_of
from microgradlab.compiler.llvm.vector_math.numbers import Products

Array = NDArray[np.float64]

_RUN = ctypes.CFUNCTYPE(None, ctypes.c_void_p, ctypes.c_void_p, ctypes.c_int64)
_EDGES = (0.0, 2.0**-1022, 2.0**-54, 2.0**-29, 2.0**-20, 0.2929, 0.34657, 0.4142, 0.9375, 1.0)
_MORE = (1.0397, 1.0647, 22.0, 38.816, 512.0, 708.0, 709.78, 745.2, 2.0**53, math.inf, math.nan)
_DRAWN = 500  # numbers of each kind

_TELLING: Mapping[str, str] = {
    "exp": """
        -36.10626 -28.19309 -14.15253 -9.474 -3.543 -0.6 0.4888 1.6849 1.767 2.2269 3.0684
        4.0598 4.342 4.4103 5.7595
    """,
    "expm1": """
        -0.4111 -0.3001 -0.2517 -0.1888 0.099 0.17612 0.21573 0.217252 0.2259 0.24723 0.2914
        0.29272 0.3168 0.31768 0.32283 0.35029 0.3523 0.3543 0.358 0.364349 0.3733 0.3802
        0.39581 0.5533 0.92 0.978968 0.991 1.0511 1.0871 1.104422 1.545 1.7209 1.748587 1.867
        2.373398 3.7701 3.8604
    """,
    "log": """
        0.253252 0.2541 0.549 0.5655 0.867 0.8739 0.940221 0.946872 0.952209 1.035357 1.03842
        1.047744 1.050615 1.051275 1.059689 1.1903 1.49 1.562 1.6708 1.958 1.998 2.041 2.1
        2.1839 2.3052 2.8771 3.211 3.773
    """,
    "log1p": """
        -0.5426 0.14521 0.20088 0.25607 0.27429 0.29208 0.32545 0.36404 0.4448 0.541637 0.5685
        1.881 2.1272
    """,
    "tanh": """
        0.04921 0.052339 0.07391 0.0793 0.088805 0.093455 0.10213 0.104267 0.11241 0.11265
        0.11467 0.117421 0.11996 0.12355 0.131104 0.13376 0.1348 0.13881 0.140342 0.14219
        0.159216 0.17978 0.1969 0.20291 0.2136 0.21496 0.46434 0.53435 0.538534 0.54445
    """,
}
"""Results change in the last bit, if any one of the sums of products in a function is rounded in
another way; where that shows in one result in a million, numbers for it are here."""


@cache
def exact(function: str) -> Products | None:
    """How products are to be added for the very bits of Python's function; None: there is no way.

    Args:
        function: a primitive of the table.

    Raises:
        MissingExtraError: llvmlite is not installed.
    """
    if function not in ALGORITHMS:
        return None
    x = numbers(function)
    theirs = np.array([ieee.PRIMITIVES[function](each) for each in x.tolist()])
    for products in (Products.FUSED, Products.ROUNDED):
        if _same(run(function, products, x), theirs):
            return products
    return None


def run(function: str, products: Products, x: Array) -> Array:
    """A vector algorithm's results.

    Args:
        function: one of `ALGORITHMS`.
        products: how it adds products.
        x: a multiple of 16 numbers.
    """
    lanes = host().lanes
    vector = f"<{lanes} x double>"
    text = f"""{definition(function, lanes, products)}
define void @run(ptr %numbers, ptr %results, i64 %count) {{
entry:
  br label %loop
loop:
  %i = phi i64 [0, %entry], [%next, %loop]
  %from = getelementptr double, ptr %numbers, i64 %i
  %x = load {vector}, ptr %from, align 8
  %result = call {vector} @{name_of(function, lanes)}({vector} %x)
  %to = getelementptr double, ptr %results, i64 %i
  store {vector} %result, ptr %to, align 8
  %next = add i64 %i, {lanes}
  %more = icmp slt i64 %next, %count
  br i1 %more, label %loop, label %done
done:
  ret void
}}
"""
    results = np.empty_like(x)
    compile(text, host(), {"run": _RUN})["run"](x.ctypes.data, results.ctypes.data, len(x))
    return results


def numbers(function: str) -> Array:
    """What a function is tried on."""
    edges = [*_EDGES, *_MORE, *(0.5 * k * math.log(2.0) for k in range(60))]
    edges += [-edge for edge in edges]
    found = [near for x in edges for near in (x, math.nextafter(x, 9e9), math.nextafter(x, -9e9))]
    found += map(float, _TELLING[function].split())
    draw = Random(function)
    for _ in range(_DRAWN):
        found += [draw.gauss(0.0, 1.0), draw.gauss(0.0, 30.0), draw.uniform(-1.0, 3.0)]
        found.append(draw.choice((1.0, -1.0)) * 2.0 ** draw.uniform(-60.0, 60.0))
    return np.resize(found, -(-len(found) // 16) * 16)


def _same(ours: Array, theirs: Array) -> bool:
    """Whether all bits are the same; nan is nan."""
    equal = (ours.view(np.int64) == theirs.view(np.int64)) | (np.isnan(ours) & np.isnan(theirs))
    return bool(equal.all())
