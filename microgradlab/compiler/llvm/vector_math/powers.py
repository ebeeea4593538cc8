"""pow over vectors, as the GNU C library computes it. Floor 4.

It is by Szabolcs Nagy (Arm's optimized routines, 2018). The arithmetic is the same, operation by
operation; branches became selections. The file NOTICE holds the authors' notices.
"""

from __future__ import annotations

import math
from decimal import Decimal, localcontext
from functools import cache

from microgradlab.compiler.llvm.vector_math.exponentials import bits_of, exp_of_sum
from microgradlab.compiler.llvm.vector_math.logarithms import (
    FRACTION,
    LN2_HIGHER,
    LN2_LOWER,
    STEPS,
    signed_exponent,
)
from microgradlab.compiler.llvm.vector_math.numbers import Mask, Numbers, where

_hex = float.fromhex


def pow(x: Numbers, y: Numbers) -> tuple[Numbers, Mask]:
    """exp(y log|x|), with log in two parts; for negative x, y has to be whole.

    Right for normal x, where the result is not near overflow or underflow.
    """
    size = abs(x)
    high, low = _log(size)
    exponent = y * high
    result = exp_of_sum(exponent, y.times_plus(low, y.times_plus(high, -exponent)))
    half = 0.5 * y
    result = where((x < 0.0) & ~half.trunc().equals(half), -result, result)
    holds = ((x > 0.0) | y.trunc().equals(y)) & (size >= 2.0**-1022) & (size < math.inf)
    return result, holds & (abs(exponent) < 512.0)


def _log(x: Numbers) -> tuple[Numbers, Numbers]:
    """The logarithm of a positive number, and what it lacks, to some 68 bits together."""
    shifted = x.bits() - (0x3FE69555 << 32)
    k = signed_exponent(shifted)
    z = (x.bits() - (shifted & ~FRACTION)).numbers()
    place = (shifted >> 44) & (2 * STEPS - 2)  # each point has two rows
    inverse, log_z = place.lookup("logarithms", logarithms)
    log_z_rest, _ = (place | 1).lookup("logarithms", logarithms)
    r = z.times_plus(inverse.numbers(), -1.0)
    main = k.times_plus(LN2_HIGHER, log_z.numbers())
    sum = main + r
    rest = k.times_plus(LN2_LOWER, log_z_rest.numbers()) + ((main - sum) + r)
    half = -0.5 * r
    square = r * half  # -r * r / 2
    high = sum + square
    rest = (rest + half.times_plus(r, -square)) + ((sum - high) + square)
    end = r.times_plus(_hex("0x1.0002b8b263fc3p0"), _hex("-0x1.2495b9b4845e9p0"))
    middle = r.times_plus(_hex("-0x1.555555529a47ap-1"), _hex("0x1.999999959554ep-1"))
    start = r.times_plus(_hex("0x1.0000000000006p-1"), _hex("-0x1.555555555556p-1"))
    series = square.times_plus(square.times_plus(end, middle), start)
    low = (r * square).times_plus(series, rest)
    result = high + low
    return result, (high - result) + low


@cache
def logarithms() -> tuple[tuple[int, int], ...]:
    """For each of 128 intervals two rows: the bits of 1 / c and log c; what log c lacks and 0.

    The 1 / c have few bits, so that z / c - 1 is nearly exact, and log c is a multiple of 2^-43.
    """
    rows = []
    with localcontext(prec=50):
        for numerator in map(int, _RECIPROCALS.split()):
            exact = -(Decimal(numerator) / 256).ln()
            rounded = round(float(exact) * 2.0**43) * 2.0**-43
            rows.append((bits_of(numerator / 256), bits_of(rounded)))
            rows.append((bits_of(float(exact - Decimal(rounded))), 0))
    return tuple(rows)


_RECIPROCALS = """
    362 360 358 356 354 352 350 348 346 344 342 342 340 338 336 334 332 330 330 328 326 324 322
    320 320 318 316 314 314 312 310 308 308 306 304 304 302 300 300 298 296 294 294 292 292 290
    288 288 286 284 284 282 282 280 278 278 276 276 274 272 272 270 270 268 268 266 266 264 264
    262 260 260 258 258 256 256 254 252 250 248 246 244 242 241 239 237 235 234 232 230 229 227
    226 224 223 221 220 218 217 215 214 213 211 210 208 207 206 205 203 202 201 200 198 197 196
    195 194 193 191 190 189 188 187 186 185 184 183 182
"""  # in 256ths
