"""exp, expm1 and tanh over vectors, as the GNU C library computes them. Floor 4.

exp is by Szabolcs Nagy (Arm's optimized routines, 2018), expm1 and tanh are `s_expm1.c` and
`s_tanh.c` of FDLIBM (Sun Microsystems, 1993). The arithmetic is the same, operation by
operation; branches became selections. The file NOTICE holds the authors' notices.
"""

from __future__ import annotations

import math
import struct
from functools import cache

from microgradlab.compiler.llvm.vector_math.numbers import Mask, Numbers, where

_hex = float.fromhex

ROUNDER = _hex("0x1.8p52")
"""Added to a number, and taken away again, it leaves the nearest whole number; before that, the
lowest bits are that number's, as an integer."""

STEPS = 128  # of the table of exp, to an octave
LN2_HIGH = _hex("0x1.62e42feep-1")  # ln 2 with zeros behind, so that small multiples are exact
LN2_LOW = _hex("0x1.a39ef35793c76p-33")


def exp(x: Numbers) -> tuple[Numbers, Mask]:
    """By a table of 2^(k/128) and a polynomial; right where -512 < x <= 708."""
    return exp_of_sum(x, None), (x > -512.0) & (x <= 708.0)


def exp_of_sum(x: Numbers, rest: Numbers | None) -> Numbers:
    """exp(x + rest), for a rest below the last bit of x."""
    shifted = x.times_plus(STEPS * _hex("0x1.71547652b82fep0"), ROUNDER)
    k = shifted - ROUNDER
    r = k.times_plus(_hex("-0x1.62e42fefap-8"), x)
    r = k.times_plus(_hex("-0x1.cf79abc9e3b3ap-47"), r)
    if rest is not None:
        r = r + rest
    places = shifted.bits()
    tail, scale = (places & (STEPS - 1)).lookup("powers", powers_of_two)
    power = (scale + (places << 45)).numbers()
    square = r * r
    low = r.times_plus(_hex("0x1.555555555543cp-3"), _hex("0x1.ffffffffffdbdp-2"))
    high = r.times_plus(_hex("0x1.1111167a4d017p-7"), _hex("0x1.55555cf172b91p-5"))
    more = (square * square).times_plus(high, square.times_plus(low, tail.numbers() + r))
    return power.times_plus(more, power)


@cache
def powers_of_two() -> tuple[tuple[int, int], ...]:
    """For each j of 128: what rounding took from 2^(j/128), and its bits less those of j << 45.

    The first is a factor less 1: 2^(j/128) is the rounded number times (1 + tail).
    """
    one = 1 << 240
    root, roots = 2 * one, [one]
    for _ in range(7):  # 2^(1/2), 2^(1/4), ...: each doubles the number of powers
        root = math.isqrt(root * one)
        roots = [power for each in roots for power in (each, each * root // one)]
    ordered = sorted(roots)
    rows = []
    for j, power in enumerate(ordered):
        rounded = power / one  # Python's division of integers rounds correctly
        exact = int(rounded * 2**60) << 180
        tail = (power - exact) / exact
        rows.append((bits_of(tail), (bits_of(rounded) - (j << 45)) % 2**64))
    return tuple(rows)


def bits_of(number: float) -> int:
    """The bits of a double, as an integer."""
    return int(struct.unpack("<Q", struct.pack("<d", number))[0])


def expm1(x: Numbers) -> Numbers:
    """exp(x) - 1 without cancellation, for all x."""
    k, r, error = _reduced(x)
    result = _scaled(k, r, error, (k <= -2.0) | (k > 56.0))
    result = where(k.equals(1.0) & (r < -0.25), 2.0 * ((r + 0.5) - error), result)
    result = where(x > _hex("0x1.62e42fefa39efp9"), math.inf, result)
    result = where(x <= _hex("-0x1.3687ap5"), -1.0, result)  # -56 ln 2
    return where(abs(x) >= 2.0**-54, result, x)  # nan is not >= anything


def tanh(x: Numbers) -> Numbers:
    """1 - 2 / (expm1(2|x|) + 2), or -t / (t + 2) with t = expm1(-2|x|) where |x| < 1."""
    size = abs(x)
    size = where(size > 19.5, 19.5, size)  # from there on it is 1, and k is at most 56
    large = size >= 1.0
    double = size + size
    k, r, error = _reduced(where(large, double, -double))
    t = _scaled(k, r, error, k <= -2.0)  # k is never 1
    quotient = where(large, 2.0, -t) / (t + 2.0)
    result = where(large, 1.0 - quotient, quotient).with_sign_of(x)
    return where(size >= 2.0**-55, result, x)


def _reduced(x: Numbers) -> tuple[Numbers, Numbers, Numbers]:
    """k, r and an error: x = k ln 2 + r, and exp(r) - 1 = r - error by a rational function."""
    small = abs(x) < _hex("0x1.62e43p-2")  # 0.5 ln 2
    k = (_hex("0x1.71547652b82fep0") * x + x.code.number(0.5).with_sign_of(x)).trunc()
    k = where(small, 0.0, k)
    high, low = (-k).times_plus(LN2_HIGH, x), k * LN2_LOW
    r = high - low
    lost = (high - r) - low
    half = 0.5 * r
    z = r * half
    square = z * z
    series = square.times_plus(
        z.times_plus(_hex("-0x1.4ce199eaadbb7p-14"), _hex("0x1.a01a019fe5585p-10")),
        z.times_plus(_hex("-0x1.11111111110f4p-5"), 1.0),
    )
    last = z.times_plus(_hex("-0x1.afdb76e09c32dp-23"), _hex("0x1.0cfca86e65239p-18"))
    series = (square * square).times_plus(last, series)
    t = (-half).times_plus(series, 3.0)
    ratio = z * ((series - t) / (-r).times_plus(t, 6.0))
    error = (ratio - lost).times_plus(r, -lost) - z
    return k, r, where(small, ratio.times_plus(r, -z), error)


def _scaled(k: Numbers, r: Numbers, error: Numbers, after: Mask) -> Numbers:
    """2^k (1 + r - error) - 1; the 1 is taken away after scaling where the mask says so."""
    exponent = (k + ROUNDER).bits() << 52
    inverse = (bits_of(1.0) - exponent).numbers()  # 2^-k
    sum = where(after, 1.0, 1.0 - inverse) + (r - error)
    sum = where(~after & (k >= 20.0), (r - (error + inverse)) + 1.0, sum)
    scaled = (sum.bits() + exponent).numbers()
    return scaled - where(after, 1.0, 0.0)
