"""log and log1p over vectors, as the GNU C library computes them. Floor 4.

log is by Szabolcs Nagy (Arm's optimized routines, 2018), log1p is `s_log1p.c` of FDLIBM (Sun
Microsystems, 1993). The arithmetic is the same, operation by
operation; branches became selections. The file NOTICE holds the authors' notices.
"""

from __future__ import annotations

import math
import struct
from functools import cache

from microgradlab.compiler.llvm.vector_math.exponentials import LN2_HIGH, LN2_LOW, bits_of
from microgradlab.compiler.llvm.vector_math.numbers import Mask, Numbers, Words, where

_hex = float.fromhex

FRACTION = (1 << 52) - 1  # the bits of a double without sign and exponent
STEPS = 128  # of the tables of logarithms
LN2_HIGHER = _hex("0x1.62e42fefa38p-1")  # ln 2 in multiples of 2^-43, as the tables' logarithms
LN2_LOWER = _hex("0x1.ef35793c7673p-45")


def log(x: Numbers) -> tuple[Numbers, Mask]:
    """For x = 2^k z by a table of log z and a polynomial; right for normal numbers above 0.

    Near 1, where these would cancel, a longer polynomial is used.
    """
    shifted = x.bits() - (0x3FE6 << 48)  # so that z is from 0.6875 to 1.375
    exponent = signed_exponent(shifted)
    z = (x.bits() - (shifted & ~FRACTION)).numbers()
    inverse, log_z = ((shifted >> 45) & (STEPS - 1)).lookup("reciprocals", reciprocals)
    r = z.times_plus(inverse.numbers(), -1.0)
    main = exponent.times_plus(LN2_HIGHER, log_z.numbers())
    high = main + r
    low = exponent.times_plus(LN2_LOWER, (main - high) + r)
    square = r * r
    result = square.times_plus(_hex("-0x1.0000000000001p-1"), low)
    end = r.times_plus(_hex("-0x1.55575e506c89fp-3"), _hex("0x1.999b324f10111p-3"))
    start = r.times_plus(_hex("-0x1.fffffffeb459p-3"), _hex("0x1.555555551305bp-2"))
    result = (r * square).times_plus(square.times_plus(end, start), result) + high
    near_one = (x >= 1.0 - 2.0**-4) & (x < 1.0 + _hex("0x1.09p-4"))
    result = where(near_one, _log_near_one(x), result)
    return result, (x >= 2.0**-1022) & (x < math.inf)


def _log_near_one(x: Numbers) -> Numbers:
    r = x - 1.0
    square = r * r
    cube = r * square
    first = r.times_plus(_hex("-0x1.ffffffffffdcbp-3"), _hex("0x1.5555555555577p-2"))
    first = square.times_plus(_hex("0x1.999999995dd0cp-3"), first)
    second = r.times_plus(_hex("0x1.24924a344de3p-3"), _hex("-0x1.55555556745a7p-3"))
    second = square.times_plus(_hex("-0x1.fffffa4423d65p-4"), second)
    third = r.times_plus(_hex("-0x1.999eb43b068ffp-4"), _hex("0x1.c7184282ad6cap-4"))
    third = square.times_plus(_hex("0x1.78182f7afd085p-4"), third)
    third = cube.times_plus(_hex("-0x1.5521375d145cdp-4"), third)
    rest = third.times_plus(cube, second).times_plus(cube, first)
    # r - r * r / 2 to more than 53 bits: the square of r's upper half is exact.
    upper = r.times_plus(-(2.0**27), r.times_plus(2.0**27, r))
    half = (upper * upper) * -0.5
    high = r + half
    low = (r - high) + half
    low = ((r - upper) * -0.5).times_plus(r + upper, low)
    return high + rest.times_plus(cube, low)


def signed_exponent(words: Words) -> Numbers:
    """The upper 12 bits, which are an integer from -2048 to 2047, as numbers."""
    # Its sign bit flipped, it is a whole number from 0; behind the exponent of 2^52 that is exact.
    whole = ((words + (1 << 63)) >> 52) | bits_of(2.0**52)
    return whole.numbers() - (2.0**52 + 2048.0)


@cache
def reciprocals() -> tuple[tuple[int, int], ...]:
    """For each of 128 intervals: the bits of 1 / c and of log c, for a c near its middle.

    The c were searched for by the author, such that log c, rounded to a multiple of 2^-43, is
    nearly exact; its sum with k ln 2 has no rounding error then.
    """
    rows = []
    for text in _RECIPROCALS.split():
        bits = int(text, 16) + bits_of(0.5)
        (reciprocal,) = struct.unpack("<d", struct.pack("<Q", bits))
        log_c = -round(math.log(reciprocal) * 2.0**43) * 2.0**-43
        rows.append((bits, bits_of(log_c)))
    return tuple(rows)


_RECIPROCALS = """
    1734f0c3e0de9f 1713786a2ce91f 16f26008fab5a0 16d1a61f138c7d 16b1490bc5b4d1 169147332f0cba
    16719f18224223 16524f99a51ed9 163356aa8f24c4 1614b36b9ddc14 15f66452c65c4c 15d867b5912c4f
    15babccb5b90de 159d61f2d91a78 15805612465687 156397cee76bd3 154725e2a77f93 152aff42064583
    150f22dbb2bddf 14f38f4734ded7 14d843cfde2840 14bd3ec078a3c8 14a27fc3e0258a 14880524d48434
    146dce1b192d0b 1453d9d3391854 143a2744b4845a 1420b54115f8fb 140782da3ef4b1 13ee8f5d57fe8f
    13d5d9a00b4ce9 13bd60c010c12b 13a5242b75dab8 138d22cd9fd002 13755bc5847a1c 135dce49ad36e2
    134679984dd440 132f5cceffcb24 13187775a10d49 1301c8373e3990 12eb4ebb95f841 12d50a0219a9d1
    12bef9a8b7fd2a 12a91c7a0c1bab 1293726014b530 127dfa5757a1f5 1268b39b1d3bbf 12539d838ff5bd
    123eb7aac9083b 122a012ba940b6 12157996cc4132 1201201dd2fc9b 11ecf4494d480b 11d8f5528f6569
    11c52311577e7c 11b17c74cb26e9 119e010c2c1ab6 118ab07bb670bd 11778a25efbcb6 11648d354c31da
    1151b990275fdd 113f0ea432d24c 112c8b7210f9da 111a3028ecb531 1107fbda8434af 10f5ee0f4e6bb3
    10e4065d2a9fce 10d244632ca521 10c0a77ce2981a 10af2f83c636d1 109ddb98a01339 108cabaf52e7df
    107b9f2f4e28fb 106ab58c358f19 1059eea5ecf92c 104949cdd12c90 1038c6c6f0ada9 102865137932a9
    10182427ea7348 1008040614b195 0fe01ff726fa1a 0fa11cc261ea74 0f6310b081992e 0f25f63ceeadcd
    0ee9c8039113e7 0eae8078cbb1ab 0e741aa29d0c9b 0e3a91830a99b5 0e01e009609a56 0dca01e577bb98
    0d92f20b7c9103 0d5cac66fb5cce 0d272caa5ede9d 0cf26e3e6b2ccd 0cbe6da2a77902 0c8b266d37086d
    0c5894bd5d5804 0c26b533bb9f8c 0bf583eeece73f 0bc4fd75db96c1 0b951e0c864a28 0b65e2c5ef3e2c
    0b374867c9888b 0b094b211d304a 0adbe885f2ef7e 0aaf1d31603da2 0a82e63fd358a7 0a5740ef09738b
    0a2c2a90ab4b27 0a01a01393f2d1 09d79f24db3c1b 09ae2505c7b190 09852ef297ce2f 095cbaeea44b75
    0934c69de74838 090d4f2f6752e6 08e6528effd79d 08bfce9fcc007c 0899c0dabec30e 087427aa2317fb
    084f00acb39a08 082a49e8653e55 08060195f40260 07e22563e0a329 07beb377dcb5ad 079baa679725c2
    077907f2170657 0756cadbd6130c
"""  # in hexadecimal, less the bits of 0.5


def log1p(x: Numbers) -> tuple[Numbers, Mask]:
    """For 1 + x = 2^k (1 + f), with what rounding 1 + x lost; right where -1 < x < 2^53."""
    sum = 1.0 + x
    small = (x > _hex("-0x1.2bec4p-2")) & (x < _hex("0x1.a827ap-2"))  # 1 + x is near 1: k = 0
    shifted = sum.bits() + ((0x3FF00000 - 0x3FE6A09E) << 32)  # so that 1 + f is near [0.707, 1.414]
    exponent = ((shifted >> 52) | bits_of(2.0**52)).numbers() - (2.0**52 + 1023.0)
    k = where(small, 0.0, exponent)
    f = where(small, x, ((shifted & FRACTION) + (0x3FE6A09E << 32)).numbers() - 1.0)
    lost = where(sum >= 2.0, 1.0 - (sum - x), x - (sum - 1.0)) / sum
    lost = where(k.equals(0.0), 0.0, k.times_plus(LN2_LOW, lost))
    half = (0.5 * f) * f
    s = f / (2.0 + f)
    series = s * (half + _log1p_series(s * s))
    rest = half - (series + lost)
    tiny = ~small & (f >= -3.0 * 2.0**-21) & (f < 2.0**-20)
    rest = where(tiny, half * f.times_plus(_hex("-0x1.5555555555555p-1"), 1.0) - lost, rest)
    result = k.times_plus(LN2_HIGH, f - rest)
    result = where(abs(x) < 2.0**-29, (-(x * x)).times_plus(0.5, x), result)
    return result, (x > -1.0) & (x < 2.0**53)


def _log1p_series(z: Numbers) -> Numbers:
    """What log((1 + s) / (1 - s)) has beside 2 s, less the factor s, for z = s * s."""
    square = z * z
    fourth = square * square
    second = z.times_plus(_hex("0x1.2492494229359p-2"), _hex("0x1.999999997fa04p-2"))
    third = z.times_plus(_hex("0x1.7466496cb03dep-3"), _hex("0x1.c71c51d8e78afp-3"))
    fourth_terms = z.times_plus(_hex("0x1.2f112df3e5244p-3"), _hex("0x1.39a09d078c69fp-3"))
    result = z.times_plus(_hex("0x1.5555555555593p-1"), square * second)
    result = fourth.times_plus(third, result)
    return (square * fourth).times_plus(fourth_terms, result)
