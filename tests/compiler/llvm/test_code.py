"""The text of an LLVM function while it is written."""

from __future__ import annotations

import math

import pytest

from microgradlab.compiler.llvm.code import Code, constant


def test_every_name_is_new() -> None:
    code = Code(lanes=4)
    names = [code.fresh(), code.emit("fneg <4 x double> %x"), code.fresh("label"), code.fresh()]
    assert len(set(names)) == 4


def test_labels_stand_at_the_margin_and_instructions_are_indented() -> None:
    code = Code(lanes=2)
    code.label("loop")
    code.line("br label %loop")
    assert code.lines == ["loop:", "  br label %loop"]


def test_strict_code_leaves_each_result_as_it_is() -> None:
    assert Code(lanes=2).flags == ""
    assert Code(lanes=2, fast=True).flags == "contract "


@pytest.mark.parametrize(
    ("number", "bits"),
    [
        (-0.0, "8000000000000000"),
        (0.1, "3FB999999999999A"),
        (5e-324, "0000000000000001"),
        (math.inf, "7FF0000000000000"),
        (math.nan, "7FF8000000000000"),
    ],
)
def test_a_constant_is_exact(number: float, bits: str) -> None:
    assert constant(number) == f"splat (double 0x{bits})"
