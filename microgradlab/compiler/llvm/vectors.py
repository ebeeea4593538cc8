"""Vectors put together from numbers, and from the lanes of others. Floor 4."""

from __future__ import annotations

from collections.abc import Sequence

from microgradlab.compiler.llvm.code import Code


def splat(code: Code, kind: str, value: str) -> str:
    """A number of this type in all lanes of a vector."""
    vector = f"<{code.lanes} x {kind}>"
    first = code.emit(f"insertelement {vector} poison, {kind} {value}, i64 0")
    zeros = f"<{code.lanes} x i32> zeroinitializer"
    return code.emit(f"shufflevector {vector} {first}, {vector} poison, {zeros}")


def broadcast(code: Code, address: str) -> str:
    """A number from memory in all lanes of a vector."""
    return splat(code, "double", code.emit(f"load double, ptr {address}"))


def shuffled(code: Code, first: str, second: str, chosen: Sequence[int]) -> str:
    """The vector of chosen lanes, those of the second vector counted behind those of the first."""
    mask = ", ".join(f"i32 {lane}" for lane in chosen)
    kind = f"<{len(chosen)} x i32>"
    return code.emit(
        f"shufflevector {code.vector} {first}, {code.vector} {second}, {kind} <{mask}>"
    )


def transposed(code: Code, vectors: Sequence[str]) -> list[str]:
    """The columns of a square of vectors, as many as they have lanes.

    Halves are exchanged between the upper and the lower vectors, then quarters, and so on.
    """
    result = list(vectors)
    size = code.lanes // 2
    while size:
        for row in range(code.lanes):
            if not row & size:
                pair = result[row], result[row + size]
                for side in (0, size):
                    result[row + side] = shuffled(code, *pair, _parts(code.lanes, size, side))
        size //= 2
    return result


def sums_over_lanes(code: Code, vectors: Sequence[str]) -> str:
    """A vector of sums, each over the lanes of one vector; there are as many as lanes.

    Halves of two vectors are put together and added, then quarters, and so on, until one vector is
    left: a transposition that adds on the way.
    """
    rest = list(vectors)
    while len(rest) > 1:
        size = len(rest) // 2
        pairs = zip(rest[:size], rest[size:], strict=True)
        rest = [_folded(code, pair, size) for pair in pairs]
    return rest[0]


def _folded(code: Code, pair: tuple[str, str], size: int) -> str:
    low, high = (shuffled(code, *pair, _parts(code.lanes, size, side)) for side in (0, size))
    return code.emit(f"fadd {code.vector} {low}, {high}")


def _parts(lanes: int, size: int, side: int) -> list[int]:
    """Of each two neighbouring parts of this size the first, or the second, of two vectors.

    >>> _parts(4, 2, 0), _parts(4, 1, 1)
    ([0, 1, 4, 5], [1, 5, 3, 7])
    """
    starts = [start + other for start in range(side, lanes, 2 * size) for other in (0, lanes)]
    return [start + lane for start in starts for lane in range(size)]


def add_to(code: Code, vector: str, address: str, count: int) -> None:
    """Adds the first lanes of a vector to as many neighbouring numbers in memory."""
    kind = f"<{count} x double>"
    if count < code.lanes:
        vector = shuffled(code, vector, "poison", range(count))
    before = code.emit(f"load {kind}, ptr {address}, align 8")
    after = code.emit(f"fadd {kind} {before}, {vector}")
    code.line(f"store {kind} {after}, ptr {address}, align 8")
