"""Arrays that native code reads and writes: by address, and without looking. Floor 4."""

from __future__ import annotations

import math
from typing import TypeAlias

import numpy as np
from numpy.typing import ArrayLike, NDArray

from microgradlab.errors import ArgumentError

Numbers: TypeAlias = NDArray[np.float64]
Places: TypeAlias = NDArray[np.int64]

PADDING = 8
"""Doubles, that is 64 bytes, a line of memory: what arrays are aligned and padded to."""


def padded(length: int, unit: int = PADDING) -> int:
    """A length, rounded up to a whole number of units.

    >>> padded(9), padded(9, unit=5)
    (16, 10)
    """
    return -(-length // unit) * unit


def aligned(*shape: int) -> Numbers:
    """Zeros that begin where a line of memory does.

    >>> aligned(2, 8).ctypes.data % 64
    0
    """
    size = math.prod(shape)
    raw = np.zeros(size + PADDING)
    start = -raw.ctypes.data // 8 % PADDING
    return raw[start : start + size].reshape(shape)


def as_numbers(name: str, given: ArrayLike, shape: tuple[int | None, ...]) -> Numbers:
    """An array that native code can read; None in the shape stands for any length.

    Raises:
        ArgumentError: it has another shape, or does not hold numbers.
    """
    try:
        array = np.ascontiguousarray(given, np.float64)
    except (TypeError, ValueError) as error:
        raise ArgumentError(
            f"{name} is no array of numbers: {error}", hint="give a NumPy array of float64"
        ) from error
    fits = len(array.shape) == len(shape) and all(
        wanted in (None, length) for wanted, length in zip(shape, array.shape, strict=True)
    )
    if not fits:
        wanted = " x ".join("any" if length is None else str(length) for length in shape)
        raise ArgumentError(
            f"{name} has the shape {array.shape}", hint=f"give an array of {wanted} numbers"
        )
    return array


def fill(name: str, room: Numbers, given: ArrayLike) -> None:
    """Copies numbers to where native code reads them; quick for an array of the right shape.

    Raises:
        ArgumentError: as for `as_numbers`.
    """
    if not isinstance(given, np.ndarray) or given.shape != room.shape or given.dtype != room.dtype:
        given = as_numbers(name, given, room.shape)
    room[...] = given


def as_order(order: ArrayLike, samples: int) -> Places:
    """The order of the samples, all of which exist: native code does not look.

    Raises:
        ArgumentError: it is no list of places, or one of them is outside of the rows.
    """
    chosen = np.asarray(order)
    if chosen.ndim != 1 or not (chosen.dtype.kind in "iu" or not len(chosen)):
        raise ArgumentError(
            f"order is an array of {chosen.dtype} with the shape {chosen.shape}",
            hint="give the places of the samples, a list of whole numbers",
        )
    if len(chosen) and not (chosen.min() >= 0 and chosen.max() < samples):
        raise ArgumentError(
            f"order goes from {chosen.min()} to {chosen.max()}, but there are {samples} rows",
            hint="give places from 0 up",
        )
    return np.array(chosen, np.int64)  # a copy: nobody changes it any more


def check_outputs(outputs: object, shape: tuple[int, int]) -> None:
    """Whether native code can fill in this array.

    Raises:
        ArgumentError: it is another kind of array.
    """
    if not (
        isinstance(outputs, np.ndarray)
        and (outputs.dtype, outputs.shape) == (np.float64, shape)
        and outputs.flags.c_contiguous
        and outputs.flags.writeable
    ):
        raise ArgumentError(
            "outputs is no array that can be filled in", hint=f"give np.empty({shape})"
        )
