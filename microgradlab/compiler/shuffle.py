"""The order of an epoch, drawn as `random.shuffle` draws it, a hundred times as fast. Floor 4.

A small network's updates take less time than shuffling does in Python.
"""

from __future__ import annotations

import ctypes
from collections.abc import Callable
from functools import cache
from random import Random
from typing import Any, TypeAlias

import numpy as np
from numpy.typing import NDArray

from microgradlab.compiler.llvm.machine import host
from microgradlab.compiler.llvm.machine_code import compile

Order: TypeAlias = NDArray[np.int64]

# For i = size - 1, ..., 1: draws as many bits as i + 1 has, again until they make a j that is at
# most i, and swaps i and j. Whether there were words enough is returned.
_SHUFFLE = """
declare i32 @llvm.ctlz.i32(i32, i1)

define i1 @shuffle(ptr %order, i64 %size, ptr %words, i64 %count) {
entry:
  %last = sub i64 %size, 1
  br label %item
item:
  %i = phi i64 [%last, %entry], [%next, %swap]
  %first = phi i64 [0, %entry], [%drawn, %swap]
  %above = add i64 %i, 1
  %above32 = trunc i64 %above to i32
  %shift = call i32 @llvm.ctlz.i32(i32 %above32, i1 false)
  %more = icmp sgt i64 %i, 0
  br i1 %more, label %draw, label %done
draw:
  %word = phi i64 [%first, %item], [%drawn, %try]
  %enough = icmp slt i64 %word, %count
  br i1 %enough, label %try, label %done
try:
  %word.at = getelementptr i32, ptr %words, i64 %word
  %bits = load i32, ptr %word.at
  %drawn = add i64 %word, 1
  %j32 = lshr i32 %bits, %shift
  %j = zext i32 %j32 to i64
  %fits = icmp sle i64 %j, %i
  br i1 %fits, label %swap, label %draw
swap:
  %i.at = getelementptr i64, ptr %order, i64 %i
  %j.at = getelementptr i64, ptr %order, i64 %j
  %i.sample = load i64, ptr %i.at
  %j.sample = load i64, ptr %j.at
  store i64 %j.sample, ptr %i.at
  store i64 %i.sample, ptr %j.at
  %next = sub i64 %i, 1
  br label %item
done:
  %complete = phi i1 [true, %item], [false, %draw]
  ret i1 %complete
}
"""
_POINTER, _COUNT = ctypes.c_void_p, ctypes.c_int64


def shuffled(size: int, seed: str) -> Order:
    """The places 0, ..., size - 1 as the shuffle of a generator with this seed orders them.

    >>> places = list(range(5))
    >>> Random("seed").shuffle(places)
    >>> shuffled(5, "seed").tolist() == places
    True
    """
    count = 2 * size + 64  # each word fits with a chance over 1/2
    while True:
        bits = Random(seed).getrandbits(32 * count)  # the words of a shuffle
        words = np.frombuffer(bits.to_bytes(4 * count, "little"), np.uint32)
        order = np.arange(size, dtype=np.int64)
        if _function()(order.ctypes.data, size, words.ctypes.data, count):
            return order
        count *= 2


@cache
def _function() -> Callable[..., Any]:
    prototype = ctypes.CFUNCTYPE(ctypes.c_bool, _POINTER, _COUNT, _POINTER, _COUNT)
    return compile(_SHUFFLE, host(), {"shuffle": prototype})["shuffle"]
