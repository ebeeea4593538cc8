"""The files of a model in C: header, source, and a test that runs by itself. Floor 4."""

from __future__ import annotations

import random
from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TypeAlias

import numpy as np

from microgradlab.compiler.c99.expressions import REALS, Real
from microgradlab.compiler.c99.names import check_name
from microgradlab.compiler.c99.texts import Texts
from microgradlab.compiler.interpreter import run
from microgradlab.compiler.kernel import Kernel
from microgradlab.errors import ArgumentError, unknown_name
from microgradlab.files import write_atomically
from microgradlab.text import counted
from microgradlab.trees import describe

_Rows: TypeAlias = list[list[float]]

_SAMPLES = 16  # that are made where none are given
_SIZES = (1.0, 10.0, 100.0)  # of their numbers, until the results of so many are finite


@dataclass(frozen=True, slots=True, repr=False)
class CSource:
    """A model in C99.

    Attributes:
        name: of the function, and of the files.
        header: declares the function.
        source: defines it.
        test: a program that compares it with this package's predictions.
    """

    name: str
    header: str
    source: str
    test: str

    def __repr__(self) -> str:
        """The files and their sizes, since the texts are long.

        >>> CSource("model", header="#define A 1", source="", test="")
        CSource(model.h: 1 line, model.c: 0 lines, model_test.c: 0 lines)
        """
        files = self._files().items()
        sizes = (f"{file}: {counted(len(text.splitlines()), 'line')}" for file, text in files)
        return f"CSource({', '.join(sizes)})"

    def _files(self) -> dict[str, str]:
        texts = {".h": self.header, ".c": self.source, "_test.c": self.test}
        return {f"{self.name}{ending}": text for ending, text in texts.items()}

    def save(self, folder: str | Path) -> list[Path]:
        """Writes the three files, such as model.h, model.c and model_test.c.

        Args:
            folder: made if it is not there.

        Returns:
            Their paths.

        Raises:
            OSError: the folder cannot be written.
        """
        folder = Path(folder)
        folder.mkdir(parents=True, exist_ok=True)
        files = {folder / file: text for file, text in self._files().items()}
        for path, text in files.items():
            write_atomically(path, text)
        return list(files)


def c_source(
    kernel: Kernel,
    parameters: Sequence[float],
    *,
    name: str = "model",
    samples: Sequence[Sequence[float]] = (),
    number: str = "double",
) -> CSource:
    """A model's predictions as C99 that needs nothing but a compiler: for a microcontroller.

    Operations stand in the kernel's order, so that with doubles, where the compiler neither
    contracts them nor works out functions of constants by itself (`-ffp-contract=off
    -fno-builtin`) and has the same C library, the results are those of Python to the last bit.

    Args:
        kernel: computes predictions; it has neither a seed nor totals.
        parameters: the numbers that it was trained to.
        name: of the function and of the files; an identifier of C.
        samples: the inputs of the test, a few rows; without any, random numbers of both signs, at
            which the results are finite if such are found.
        number: "double" or "float".

    Returns:
        The texts of the files; the same arguments give the same texts.

    Raises:
        ArgumentError: an argument does not fit, or a number is too large for a float.

    >>> from microgradlab.compiler.kernel import Index, Map, Operand, Space
    >>> x, w = Operand(Space.SLOT, Index(0, (0,))), Operand(Space.SHARED, Index(0, (1,)))
    >>> scale = Map(shape=(2,), expression="x * y", target=Index(1, (1,)), x=w, y=x)
    >>> code = c_source(Kernel(1, 3, 2, (), (scale,), outputs=(1, 2)), [0.1, -2.0], name="scaled")
    >>> print(code.source[code.source.index("void") :])
    void scaled(const double x[SCALED_INPUTS], double y[SCALED_OUTPUTS])
    {
        /* for each of 2:  a1[i] = p[i] * x[0] */
        for (int i = 0; i < 2; i++) {
            s[i] = weights[i] * x[0];
        }
        for (int i = 0; i < 2; i++) {
            y[i] = s[i];
        }
    }
    <BLANKLINE>
    """
    check_name(name)
    if number not in REALS:
        raise unknown_name("type of numbers", number, REALS)
    _check_kernel(kernel)
    real = REALS[number]
    kernel = replace(kernel, constants=tuple(map(real.rounded, kernel.constants)))
    parameters = [real.rounded(float(parameter)) for parameter in parameters]
    if len(samples):
        rows = [_row(kernel, place, sample, real) for place, sample in enumerate(samples)]
        expected = run(kernel, parameters, rows).outputs
    else:
        rows, expected = _made_up(kernel, parameters, real)
    texts = Texts(kernel, parameters, name, real)
    return CSource(name, texts.header(), texts.source(), texts.test(rows, expected))


def _check_kernel(kernel: Kernel) -> None:
    if kernel.seed is not None or kernel.totals or not kernel.outputs:
        raise ArgumentError(
            "the kernel is no function of inputs to outputs",
            hint="give one that computes predictions alone, without gradients",
        )
    if not kernel.inputs:
        raise ArgumentError(
            "a function without arguments is a constant, and needs no C",
            hint="make what shall change an argument",
        )


def _row(kernel: Kernel, place: int, sample: Sequence[float], real: Real) -> list[float]:
    """A sample's inputs, as the type holds them."""
    if np.ndim(sample) != 1:
        raise ArgumentError(
            f"samples[{place}] is {describe(sample)}",
            hint=f"give rows of {counted(kernel.inputs, 'number')}, as in samples=[[...], [...]]",
        )
    if len(sample) != kernel.inputs:
        raise ArgumentError(
            f"a sample has {counted(kernel.inputs, 'number')}, samples[{place}] has {len(sample)}",
            hint="give a row of all inputs for each sample",
        )
    return [real.rounded(float(entry)) for entry in sample]


def _made_up(kernel: Kernel, parameters: Sequence[float], real: Real) -> tuple[_Rows, _Rows]:
    """Samples that tell the inputs apart, and the results: finite ones that the type can hold."""
    generator = random.Random(0)
    found: list[tuple[list[float], list[float]]] = []
    for size in _SIZES:
        rows = [
            [real.rounded(generator.uniform(-size, size)) for _ in range(kernel.inputs)]
            for _ in range(_SAMPLES)
        ]
        expected = run(kernel, parameters, rows).outputs
        pairs = zip(rows, expected, strict=True)
        found += [pair for pair in pairs if all(map(real.holds, pair[1]))]
        if len(found) >= _SAMPLES:
            break
    chosen = found[:_SAMPLES]
    return ([row for row, _ in chosen], [y for _, y in chosen]) if chosen else (rows, expected)
