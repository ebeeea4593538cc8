"""The files of a model in C: header, source, and a test that runs by itself. Floor 4."""

from __future__ import annotations

import random
from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from microgradlab.compiler.c99.expressions import REALS
from microgradlab.compiler.c99.names import check_name
from microgradlab.compiler.c99.texts import Texts
from microgradlab.compiler.interpreter import run
from microgradlab.compiler.kernel import Kernel
from microgradlab.errors import ArgumentError, unknown_name
from microgradlab.files import write_atomically

_SAMPLES = 5  # that are made where none are given


@dataclass(frozen=True, slots=True)
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
        files = {".h": self.header, ".c": self.source, "_test.c": self.test}
        paths = []
        for ending, text in files.items():
            paths.append(folder / f"{self.name}{ending}")
            write_atomically(paths[-1], text)
        return paths


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
        samples: the inputs of the test, a few rows; without any, random numbers in [-1, 1].
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
    if kernel.seed is not None or kernel.totals or not (kernel.inputs and kernel.outputs):
        raise ArgumentError(
            "the kernel is no function of inputs to outputs",
            hint="give one that computes predictions alone, without gradients",
        )
    real = REALS[number]
    kernel = replace(kernel, constants=tuple(map(real.rounded, kernel.constants)))
    parameters = [real.rounded(float(parameter)) for parameter in parameters]
    rows = [[real.rounded(float(entry)) for entry in row] for row in samples or _random(kernel)]
    expected = run(kernel, parameters, rows).outputs
    texts = Texts(kernel, parameters, name, real)
    return CSource(name, texts.header(), texts.source(), texts.test(rows, expected))


def _random(kernel: Kernel) -> list[list[float]]:
    generator = random.Random(0)
    return [[generator.uniform(-1.0, 1.0) for _ in range(kernel.inputs)] for _ in range(_SAMPLES)]
