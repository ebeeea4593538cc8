"""Names for the numbers of a kernel, and for the operands of its loops. Floor 4.

Inputs and parameters have names of their own. The results of a statement are a letter and a number:
z1, z2, ... are sums, a1, a2, ... what is computed item by item, s1, s2, ... single steps, and g1,
g2, ... all that belongs to the backward pass.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import lru_cache
from itertools import groupby
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from microgradlab.compiler.accesses import accesses, places
from microgradlab.compiler.interpreter import iterations
from microgradlab.compiler.kernel import Index, Kernel, Operand, Shape, Space, Steps, Sum, Total

_NUMBER = re.compile(r"(?:^|\.|(?<=[^\W\d]))(\d+)(?=\.|$)")  # of layers.0.bias, and of x0

_LONGEST_CHOICE = 40  # characters


class Name(NamedTuple):
    """A name with its numbers apart: layers[0].bias is `Name("layers[].bias", (0,))`."""

    text: str
    numbers: tuple[int, ...] = ()

    @classmethod
    def of(cls, path: str) -> Name:
        """The name of a path.

        >>> Name.of("layers.0.neurons.3.bias")
        Name(text='layers[].neurons[].bias', numbers=(0, 3))
        """
        owner, dot, last = path.rpartition(".")
        if dot and last.isdecimal():  # the quick way for a layer's many weights
            text, numbers = _parted(owner)
            return cls(f"{text}[]", (*numbers, int(last)))
        return cls(*_parted(path))

    def __str__(self) -> str:
        return _filled(self.text, self.numbers)


@lru_cache
def _parted(path: str) -> tuple[str, tuple[int, ...]]:
    words = _NUMBER.split(path)  # each second one is a number
    return "[]".join(words[::2]), tuple(map(int, words[1::2]))


@dataclass(frozen=True, slots=True)
class Names:
    """The names of the numbers of a kernel, by their places."""

    slots: list[Name]
    shared: list[Name]
    totals: list[Name]
    gradients: int  # how many of the totals are those of parameters

    def operand(self, operand: Operand, nest: Shape, *, is_sum: bool = False) -> str:
        """What an operand is inside of loops over i, j, and in a sum k: `weights[2i + k]`."""
        names = self.slots if operand.space is Space.SLOT else self.shared
        items = len(nest) - is_sum
        return _pattern(names, operand.index, nest, f"{'ij'[:items]}{'k' * is_sum}")

    def slot(self, index: Index, shape: Shape) -> str:
        """The slot that a statement writes, in the same way."""
        return _pattern(self.slots, index, shape, "ij"[: len(shape)])

    def total(self, index: Index, shape: Shape) -> str:
        """The total that a statement adds to, in the same way."""
        is_gradient = index.span(shape)[1] < self.gradients
        name = _pattern(self.totals, index, shape, "ij"[: len(shape)])
        return f"gradient of {name}" if is_gradient else name


def names_of(kernel: Kernel) -> Names:
    """Names for everything; where the kernel has none for its inputs and parameters, x and p."""
    slots = _own(kernel.slot_names, "x", kernel.inputs)
    slots += [Name("unused")] * (kernel.slots - len(slots))
    for place, name in _results(kernel):
        slots[place] = name
    own = _own(kernel.shared_names, "p", kernel.parameters)
    shared = own + [Name(str(constant).removesuffix(".0")) for constant in kernel.constants]
    others = kernel.totals - len(own)
    last = [Name("cost")] if others == 1 else [Name("total[]", (n,)) for n in range(others)]
    return Names(slots, shared, own + last, len(own))


def _own(paths: Sequence[str], letter: str, count: int) -> list[Name]:
    """Names that a kernel brings; where it has none, a letter and the place."""
    paths = paths or [""] * count
    return [Name.of(path or f"{letter}.{place}") for place, path in enumerate(paths)]


def _results(kernel: Kernel) -> Iterable[tuple[int, Name]]:
    """The slots that statements write, and their names."""
    counts: Counter[str] = Counter()
    for statement in kernel.statements:
        if isinstance(statement, Total):
            continue
        forward = {Sum: "z", Steps: "s"}.get(type(statement), "a")
        letter = "g" if statement.backward else forward
        counts[letter] += 1
        written = list(accesses(statement))
        for step, access in enumerate(written):
            targets = places(access.target, access.shape)
            for item in iterations(access.shape):
                numbers = (step,) if isinstance(statement, Steps) else item
                numbers = () if targets.size * len(written) == 1 else numbers
                name = f"{letter}{counts[letter]}{'[]' * len(numbers)}"
                yield int(targets[item]), Name(name, numbers)


def listed(names: Iterable[Name]) -> str:
    """Names one after the other, neighbours as a range.

    >>> listed([Name("x[]", (0,)), Name("x[]", (1,)), Name("x[]", (2,)), Name("target")])
    'x[0…2], target'
    """
    parts: list[str] = []
    for _, group in groupby(names, key=lambda name: (name.text, name.numbers[:-1])):
        first, *others = group
        *outer, least = first.numbers or (0,)
        most = least + len(others)
        if others and [name.numbers[-1:] for name in others] == [
            (n,) for n in range(least + 1, most + 1)
        ]:
            parts.append(_filled(first.text, (*outer, f"{least}…{most}")))
        else:
            parts += map(str, (first, *others))
    return ", ".join(parts)


def _pattern(all_names: list[Name], index: Index, nest: Shape, letters: str) -> str:
    """What stands at the places of an index, in terms of the loops' counters.

    Where that is no formula, it is a list to choose from, or the first and the last.
    """
    found = places(index, nest)
    names = [all_names[place] for place in found.ravel().tolist()]
    if len({name.text for name in names}) == 1:
        numbers = np.array([name.numbers for name in names], np.int64).reshape(*nest, -1)
        columns = np.moveaxis(numbers, -1, 0)
        subscripts = [_subscript(column, letters) for column in columns]
        if None not in subscripts:
            return _filled(names[0].text, subscripts)
    varying = [axis for axis in range(found.ndim) if (found != found.take([0], axis)).any()]
    if len(varying) == 1:
        row = np.moveaxis(found, varying[0], -1).reshape(-1, nest[varying[0]])[0]
        choice = listed(all_names[place] for place in row.tolist())
        if len(choice) <= _LONGEST_CHOICE:
            return f"({choice})[{letters[varying[0]]}]"
    return f"({names[0]} … {names[-1]})"


def _filled(text: str, subscripts: Iterable[object]) -> str:
    for subscript in subscripts:
        text = text.replace("[]", f"[{subscript}]", 1)
    return text


def _subscript(numbers: NDArray[np.int64], letters: str) -> str | None:
    """Numbers over the loops as a formula of the counters; None where there is none.

    >>> _subscript(np.array([[4, 2, 0], [5, 3, 1]]), "ik")
    'i + 4 - 2k'
    """
    first = int(numbers.flat[0])
    one_further = np.eye(numbers.ndim, dtype=int) % numbers.shape  # not where there is but one
    strides = tuple(int(numbers[tuple(counters)]) - first for counters in one_further)
    if not np.array_equal(places(Index(first, strides), numbers.shape), numbers):
        return None
    terms = [(stride, letter) for stride, letter in zip(strides, letters, strict=True) if stride]
    terms = sorted([*terms, (first, "")] if first else terms, key=lambda term: term[0] < 0)
    text = ""
    for factor, letter in terms:
        size = "" if letter and abs(factor) == 1 else abs(factor)
        text += f"{' - ' if factor < 0 else ' + '}{size}{letter}"
    return text.removeprefix(" + ") or "0"
