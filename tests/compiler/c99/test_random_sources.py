"""Random programs in C: compiled without a warning in both types, the interpreter's very bits."""

from __future__ import annotations

import ctypes
import math
import subprocess
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest
from hypothesis import Phase, given, settings
from hypothesis import strategies as st

import microgradlab as mg
from microgradlab import Value
from microgradlab.checking.decoding import At
from microgradlab.checking.program import Expression
from microgradlab.checking.strategies import expressions
from microgradlab.compiler.build import function_kernel
from microgradlab.compiler.c99 import c_source
from microgradlab.compiler.interpreter import run
from microgradlab.compiler.kernel import Kernel
from microgradlab.errors import ArgumentError
from tests.compiler.c99.building import COMMAND, needs_cc

Program = tuple[Kernel, list[float]]  # with the inputs at which it is computed


def program_of(expression: Expression) -> Program:
    """A sum of all numbers, with weights, and its derivatives."""
    point = list(expression.inputs)

    def weighted(x: list[Value]) -> list[Value]:
        numbers = expression.numbers(*x)
        return [mg.dot([0.5 + place for place in range(len(numbers))], numbers)]

    return function_kernel(weighted, [point], gradient=True), point


def compiled(programs: list[Program], folder: Path) -> ctypes.CDLL:
    """One library of all programs, in both types of numbers where a float can hold the numbers."""
    sources = []
    for place, (kernel, point) in enumerate(programs):
        for number in ("double", "float"):
            try:
                code = c_source(
                    kernel, [], name=f"{number}_{place}", samples=[point], number=number
                )
            except ArgumentError:
                assert number == "float"
                continue
            sources.append(str(code.save(folder)[1]))
    library = folder / "all.so"
    command = [*COMMAND, *sources, "-shared", "-fPIC", "-lm", "-o", str(library)]
    built = subprocess.run(command, capture_output=True, text=True)
    assert built.returncode == 0, built.stderr
    return ctypes.CDLL(str(library))


@needs_cc
@pytest.mark.parametrize("at", ["smooth", "edges"])
def test_random_programs_compute_the_interpreters_bits(at: At) -> None:
    @settings(max_examples=3, deadline=None, phases=[Phase.generate])  # to shrink takes minutes
    @given(st.lists(expressions(max_operations=30, at=at), min_size=5, max_size=5))
    def hold(drawn: list[Expression]) -> None:
        programs = [program_of(expression) for expression in drawn]
        with TemporaryDirectory() as folder:
            library = compiled(programs, Path(folder))
        for place, (kernel, point) in enumerate(programs):
            results = (ctypes.c_double * len(kernel.outputs))()
            library[f"double_{place}"]((ctypes.c_double * len(point))(*point), results)
            for ours, theirs in zip(results, run(kernel, [], [point]).outputs[0], strict=True):
                assert ours == theirs or (math.isnan(ours) and math.isnan(theirs))

    hold()
