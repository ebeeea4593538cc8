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

import numpy as np
from numpy.typing import NDArray

from microgradlab import ieee
from microgradlab.compiler.llvm.machine import host
from microgradlab.compiler.llvm.machine_code import compile
from microgradlab.compiler.llvm.vector_math.definitions import ALGORITHMS, definition, name_of
from microgradlab.compiler.llvm.vector_math.numbers import Products

Array = NDArray[np.float64]

_RUN = ctypes.CFUNCTYPE(None, ctypes.c_void_p, ctypes.c_void_p)
_EDGES = (
    *(0.0, 2.0**-1022, 2.0**-54, 2.0**-29, 2.0**-20, 0.2929, 0.34657, 0.4142, 0.9375, 1.0, 1.0397),
    *(1.0647, 22.0, 38.816, 512.0, 708.0, 709.78, 745.2, 2.0**53, math.inf, math.nan),
)
_SPREAD = 500  # numbers of each kind

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
    "pow": """
        0.052^-1.3 0.060779^2.0 0.27511^2.0 0.467^-1.3 0.55002^-1.3 0.55022^2.0 0.592283^2.0
        0.728^2.0 1.10044^2.0 1.3^3.0 1.401^2.0 1.446^2.0 1.71956^-1.3 1.885^2.0 1.949^-1.3
        1.959237^2.0 2.12^-1.3 2.787^-1.3 2.9471^-1.3 3.88^-1.3 4.071^-1.3 4.82645^-1.3
        5.1097^-1.3 5.113^-1.3 5.235^-1.3 6.644^-1.3 7.355^-1.3 7.9106^-1.3 8.53^-1.3 9.061^-1.3
        9.4^-1.3 9.48^-1.3 9.501^-1.3 9.509^-1.3 9.66^-1.3 9.84^-1.3 9.987^-1.3 12.36^-1.3
        14.21^-1.3 16.32418^-1.3
    """,
    "tanh": """
        0.04921 0.052339 0.07391 0.0793 0.088805 0.093455 0.10213 0.104267 0.11241 0.11265
        0.11467 0.117421 0.11996 0.12355 0.131104 0.13376 0.1348 0.13881 0.140342 0.14219
        0.159216 0.17978 0.1969 0.20291 0.2136 0.21496 0.46434 0.53435 0.538534 0.54445
    """,
}
"""x, or x^y. If a function rounds one of its sums of products in another way, some of its results
change in the last bit; for each where that is one in a million or more, such numbers are here."""


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
    rows = numbers(function)
    theirs = np.array([ieee.PRIMITIVES[function](*row) for row in rows.tolist()])
    for products in (Products.FUSED, Products.ROUNDED):
        if _same(run(function, products, rows), theirs):
            return products
    return None


def run(function: str, products: Products, rows: Array) -> Array:
    """A vector algorithm's results.

    Args:
        function: one of `ALGORITHMS`.
        products: how it adds products.
        rows: [n, operands]; n a multiple of 16.
    """
    lanes, (count, arity) = host().lanes, rows.shape
    vector, names = f"<{lanes} x double>", ("%x", "%y")[:arity]
    loads = "".join(
        f"""
  {name}.place = add i64 %i, {place * count}
  {name}.address = getelementptr double, ptr %numbers, i64 {name}.place
  {name} = load {vector}, ptr {name}.address, align 8"""
        for place, name in enumerate(names)
    )
    text = f"""{definition(function, lanes, products)}
define void @run(ptr %numbers, ptr %results) {{
entry:
  br label %loop
loop:
  %i = phi i64 [0, %entry], [%next, %loop]{loads}
  %result = call {vector} @{name_of(function, lanes)}({", ".join(f"{vector} {x}" for x in names)})
  %address = getelementptr double, ptr %results, i64 %i
  store {vector} %result, ptr %address, align 8
  %next = add i64 %i, {lanes}
  %more = icmp slt i64 %next, {count}
  br i1 %more, label %loop, label %done
done:
  ret void
}}
"""
    columns, results = np.ascontiguousarray(rows.T), np.empty(count)
    compile(text, host(), {"run": _RUN})["run"](columns.ctypes.data, results.ctypes.data)
    return results


def numbers(function: str) -> Array:
    """What a function is tried on: [n, operands]."""
    edges = np.array([*_EDGES, *(0.5 * k * math.log(2.0) for k in range(60))])
    edges = np.concatenate([edges, -edges])
    spread = np.arange(_SPREAD) * math.sqrt(0.5) % 2.0 - 1.0  # evenly from -1 to 1
    kinds = [3.0 * spread, 60.0 * spread, 1.0 + spread, 2.0 ** (60.0 * spread)]
    kinds += [edges, np.nextafter(edges, math.inf), np.nextafter(edges, -math.inf)]
    x = np.concatenate(kinds)
    pairs = np.stack([x, np.resize([2.0, 3.0, -1.0, 0.5, 17.3, -4.0, 1.0], len(x))])
    telling = np.array([row.split("^") for row in _TELLING[function].split()], float)
    rows = np.concatenate([telling, pairs.T[:, : telling.shape[1]]])
    return np.resize(rows, (-(-len(rows) // 16) * 16, telling.shape[1]))


def _same(ours: Array, theirs: Array) -> bool:
    """Whether all bits are the same; nan is nan."""
    equal = (ours.view(np.int64) == theirs.view(np.int64)) | (np.isnan(ours) & np.isnan(theirs))
    return bool(equal.all())
