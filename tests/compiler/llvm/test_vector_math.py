"""Functions over vectors against Python's math module: the same bits."""

from __future__ import annotations

import math
import os
import platform
import subprocess
import sys
from decimal import Decimal, localcontext
from functools import cache

import numpy as np
import pytest

from microgradlab import ieee
from microgradlab.compiler.llvm.expressions import support
from microgradlab.compiler.llvm.machine import host
from microgradlab.compiler.llvm.vector_math import probe
from microgradlab.compiler.llvm.vector_math.definitions import ALGORITHMS
from microgradlab.compiler.llvm.vector_math.exponentials import powers_of_two
from microgradlab.compiler.llvm.vector_math.logarithms import reciprocals
from microgradlab.compiler.llvm.vector_math.numbers import Number, Numbers, Products
from microgradlab.compiler.llvm.vector_math.powers import logarithms
from microgradlab.ops import OPS
from tests.compiler.llvm.vectors import Array, Function, compiled, differences

LN2 = math.log(2.0)
HALVES = 0.5 * LN2 * np.arange(0.0, 120.0)
BOUNDARIES = {  # where the algorithms change from one formula to another
    "exp": [2.0**-54, 512.0, 708.0, 708.4, 709.7827, 745.14, 1024.0, *(LN2 / 256 * np.arange(300))],
    "expm1": [2.0**-54, 0.34657, 0.25, 38.816, 709.7827, *HALVES],
    "log": [2.0**-1022, 0.9375, 1.0 + float.fromhex("0x0.109p0"), *(0.6875 + np.arange(129) / 128)],
    "log1p": [2.0**-54, 2.0**-29, 0.29289, 0.41421, 2.0**-20, *(2.0 ** np.arange(0.5, 55.0) - 1.0)],
    "pow": [2.0**-1022, *(float.fromhex("0x0.b4aaa8p0") + np.arange(129) / 128)],
    "tanh": [2.0**-55, 1.0, 19.06, 19.5, 22.0, *HALVES],
}


def numbers(function: str, count: int) -> tuple[Array, Array]:
    """x: boundaries with their neighbours, and numbers of all sizes; y: many are whole."""
    draw = np.random.default_rng(1)
    boundaries = np.array([*BOUNDARIES[function], 0.0, 1.0, 5e-324, 1e300, math.inf, math.nan])
    boundaries = np.concatenate([boundaries, -boundaries])
    signs = draw.choice([-1.0, 1.0], count)
    kinds = [
        np.nextafter(boundaries, math.inf),
        np.nextafter(boundaries, -math.inf),
        boundaries,
        draw.normal(size=count),
        draw.normal(size=count) * 20.0,
        draw.uniform(0.0, 2.0, count),
        signs * 2.0 ** draw.uniform(-60.0, 10.0, count),
        draw.integers(0, 2**64, count // 10, dtype=np.uint64).view(np.float64),  # any bits
    ]
    x = draw.permutation(np.concatenate(kinds))
    whole = draw.integers(-9, 10, len(x)).astype(float)
    return x, np.where(draw.uniform(size=len(x)) < 0.7, whole, draw.permutation(x))


def expected(function: str, x: Array, y: Array) -> Array:
    arity = OPS[function].arity
    rows = zip(x.tolist(), y.tolist(), strict=True)
    return np.array([ieee.PRIMITIVES[function](*row[:arity]) for row in rows])


@cache
def vectorised(lanes: int, fast: bool = False) -> dict[str, Function]:
    sources = {
        name: f"{name}(x)" if OPS[name].arity == 1 else f"{name}(x, y)" for name in ALGORITHMS
    }
    return compiled(sources, lanes=lanes, fast=fast)


@pytest.mark.parametrize("function", ALGORITHMS)
def test_strict_functions_have_the_very_bits_of_pythons(function: str) -> None:
    x, y = numbers(function, 25_000)
    ours, theirs = vectorised(8)[function](x, y, x), expected(function, x, y)
    assert [(x[i], y[i], ours[i], theirs[i]) for i in differences(ours, theirs)] == []


@pytest.mark.parametrize("function", ALGORITHMS)
@pytest.mark.parametrize("lanes", [1, 2, 4, 16])
def test_the_number_of_lanes_does_not_matter(function: str, lanes: int) -> None:
    x, y = numbers(function, 500)
    assert differences(vectorised(lanes)[function](x, y, x), expected(function, x, y)) == []


@pytest.mark.parametrize("function", ALGORITHMS)
def test_fast_functions_are_right_to_the_last_bits_with_any_c_library(function: str) -> None:
    x, y = numbers(function, 2_000)
    ours = vectorised(8, fast=True)[function](x, y, x)
    assert ours == pytest.approx(expected(function, x, y), rel=1e-15, abs=5e-324, nan_ok=True)


# --- the probe


def is_known_library() -> bool:
    """The GNU C library in the versions whose algorithms stand here, on a CPU that fuses."""
    library, version = platform.libc_ver()
    numbers = tuple(map(int, version.split(".")[:2])) if library == "glibc" else ()
    return (2, 28) <= numbers < (2, 41) and "+fma" in host().features.split(",")


@pytest.mark.skipif(not is_known_library(), reason="the C library has other algorithms")
@pytest.mark.parametrize("function", ALGORITHMS)
def test_with_the_gnu_c_library_the_vector_algorithms_are_used(function: str) -> None:
    assert probe.exact(function) is not None
    assert "splat" in support([function], lanes=8, fast=False)


@pytest.mark.skipif(not is_known_library(), reason="the C library has other algorithms")
def test_where_the_c_library_does_not_fuse_neither_do_the_algorithms() -> None:
    ask = "from microgradlab.compiler.llvm.vector_math.probe import exact\n"
    ask += f"print(*(exact(name) for name in {list(ALGORITHMS)}))"
    without = {"GLIBC_TUNABLES": "glibc.cpu.hwcaps=-FMA,-FMA4,-AVX2,-AVX2_Usable,-FMA_Usable"}
    answer = subprocess.run(
        [sys.executable, "-c", ask], env=os.environ | without, capture_output=True, text=True
    )
    assert answer.stderr == ""
    # Without fused products log and pow have other tables, which do not stand here.
    assert answer.stdout.split() == [
        "None" if name in ("log", "pow") else str(Products.ROUNDED) for name in ALGORITHMS
    ]


def test_a_function_without_a_vector_algorithm_is_called_lane_by_lane() -> None:
    assert probe.exact("sin") is None
    for fast in (False, True):
        assert support(["sin"], lanes=4, fast=fast).count("call double @sin") == 4


TOGGLES = [("exp", 7), ("log", 0), ("log", 20), ("log1p", 4), ("pow", 0), ("pow", 10), ("pow", 19)]
TOGGLES += [(function, place) for function in ("expm1", "tanh") for place in (6, 7, 8, 9)]


@pytest.mark.parametrize(("function", "place"), TOGGLES)
def test_one_product_that_is_rounded_in_another_way_is_noticed(
    function: str, place: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    fused = Numbers.times_plus
    places = iter(range(100))

    def times_plus(self: Numbers, factor: Number, term: Number) -> Numbers:
        if next(places) == place:
            return self * factor + term
        return fused(self, factor, term)

    rows = probe.numbers(function)
    right = probe.run(function, Products.FUSED, rows)
    monkeypatch.setattr(Numbers, "times_plus", times_plus)
    wrong = probe.run(function, Products.FUSED, rows)
    assert differences(right, wrong) != []


def test_an_algorithm_that_is_wrong_anywhere_is_not_used(monkeypatch: pytest.MonkeyPatch) -> None:
    right = ieee.PRIMITIVES["exp"]
    monkeypatch.setitem(
        ieee.PRIMITIVES,
        "exp",
        lambda x: math.nextafter(right(x), math.inf) if x == 1.0 else right(x),
    )
    assert probe.exact.__wrapped__("exp") is None


# --- the tables


def number_of(bits: int) -> Decimal:
    return Decimal(float(np.array(bits, np.uint64).view(np.float64)))


def test_the_table_of_powers_is_exact_to_more_than_a_hundred_bits() -> None:
    with localcontext(prec=60):
        for j, (tail, less) in enumerate(powers_of_two()):
            power = number_of((less + (j << 45)) % 2**64) * (1 + number_of(tail))
            assert abs(power / Decimal(2) ** (Decimal(j) / 128) - 1) < Decimal(2) ** -104


def test_the_tables_of_logarithms_have_a_point_in_the_middle_of_each_interval() -> None:
    with localcontext(prec=60):
        for j, (reciprocal, log_c) in enumerate(reciprocals()):
            middle = 0.6875 + (j + 0.5) / 256 if j < 80 else 1.0 + (j - 80 + 0.5) / 128
            assert 1 / number_of(reciprocal) == pytest.approx(Decimal(middle), rel=Decimal("1e-6"))
            # The sum with k ln 2 is exact, and what is lost is far below the last bit.
            assert abs(number_of(log_c) + number_of(reciprocal).ln()) < Decimal(2) ** -63
            assert number_of(log_c) * 2**43 % 1 == 0


def test_the_table_of_logarithms_in_two_parts_is_exact_to_some_96_bits() -> None:
    with localcontext(prec=60):
        for (reciprocal, log_c), (rest, _) in zip(
            logarithms()[::2], logarithms()[1::2], strict=True
        ):
            both = number_of(log_c) + number_of(rest)
            assert abs(both + number_of(reciprocal).ln()) < Decimal(2) ** -96
            assert number_of(log_c) * 2**43 % 1 == 0
