"""What cannot become C, and what is said then."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

import microgradlab as mg
from microgradlab.compiler.c99 import c_source
from microgradlab.compiler.kernel import Kernel
from microgradlab.errors import ArgumentError
from tests.compiler.kernels import (
    dense_layer,
    relu_mlp_training,
)


@pytest.mark.parametrize("name", ["", "2d", "a-b", "_model", "modèle"])
def test_a_name_that_is_no_identifier_is_refused(name: str) -> None:
    with pytest.raises(ArgumentError, match="cannot be the name of a function in C"):
        c_source(dense_layer(), [0.0] * 48, name=name)


@pytest.mark.parametrize(
    "name",
    [
        *("double", "class", "main", "tanhf", "relu", "weights", "t0", "x", "size_t", "math"),
        *("NULL", "stdin", "stdout", "stderr", "EOF", "errno", "FILE", "puts", "NAN", "M_PI"),
        *("ceilf", "modff", "erfl", "L_tmpnam"),
        *("SEEK_SET", "FP_NAN", "UINT8_MAX", "INT_FAST8_MIN", "INT64_C", "SIZE_MAX", "PTRDIFF_MAX"),
    ],
)
def test_a_name_with_a_meaning_is_refused(name: str) -> None:
    with pytest.raises(ArgumentError, match=f"'{name}' has a meaning .*(\n.*)'{name}_model'"):
        c_source(dense_layer(), [0.0] * 48, name=name)


@pytest.mark.parametrize(
    "kernel", [relu_mlp_training(), replace(dense_layer(), outputs=()), Kernel(0, 0, 0, (), (), ())]
)
def test_a_kernel_that_is_no_prediction_is_refused(kernel: Kernel) -> None:
    with pytest.raises(ArgumentError, match="no function of inputs to outputs"):
        c_source(kernel, [0.0] * kernel.parameters)


def test_a_function_without_arguments_is_refused() -> None:
    constant = mg.jit(lambda: mg.Value(2.0) * 3.0)
    with pytest.raises(ArgumentError, match="a function without arguments is a constant"):
        constant.c_source()


def test_arguments_that_do_not_fit_are_refused() -> None:
    kernel = dense_layer(2, 1)
    with pytest.raises(ArgumentError, match="the kernel has 3 parameters, but is given 2"):
        c_source(kernel, [0.0, 1.0])
    with pytest.raises(ArgumentError, match=r"a sample has 2 numbers, samples\[1\] has 1"):
        c_source(kernel, [0.0, 1.0, 2.0], samples=[[1.0, 2.0], [1.0]])
    flat: Any = [1.0, 2.0]
    with pytest.raises(ArgumentError, match=r"samples\[0\] is a number\nhint: give rows of 2 num"):
        c_source(kernel, [0.0, 1.0, 2.0], samples=flat)
    with pytest.raises(ArgumentError, match="unknown type of numbers 'half'"):
        c_source(kernel, [0.0, 1.0, 2.0], number="half")
    with pytest.raises(ArgumentError, match=r"1e\+300 is too large for a float"):
        c_source(kernel, [0.0, 1.0, 1e300], number="float")
