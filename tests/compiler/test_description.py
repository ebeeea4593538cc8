"""Kernels in words: their loops as a learner reads them."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import replace
from typing import Any

import numpy as np
import pytest

import microgradlab as mg
from microgradlab.compiler.build import function_kernel
from microgradlab.compiler.description import describe, formula, operations
from microgradlab.compiler.kernel import Index, Kernel, Map, Statement, Steps, Sum, Total
from microgradlab.compiler.naming import Name, listed
from microgradlab.ops import OPS, TABLE, Op
from microgradlab.value import gate
from tests.compiler.kernels import (
    KERNELS,
    dense_layer,
    negative_strides,
    relu_mlp_training,
    shared,
    slot,
    steps,
    table,
    tables,
    two_dimensional_totals,
)

TRAINING = """\
inputs: x[0…1], target, seed
forward
  for each of 3 layers[0].neurons[i]:  z1[i] = bias + Σ weights[k] · x[k]  over 2 terms
  for each of 3:  a1[i] = relu(z1[i])
  for layers[1].neurons[0]:  z2 = bias + Σ weights[k] · a1[k]  over 3 terms
  a2 = z2 - target
  a3 = a2 · a2
backward
  g1 = a2 + a2
  g2 = g1 · seed
  for each of 3:  g3[i] = g2 · layers[1].neurons[0].weights[i]
  for each of 3:  g4[i] = relu′(z1[i])
  for each of 3:  g5[i] = g3[i] · g4[i]
totals over the samples
  for each of 3 × 2:  gradient of layers[0].neurons[i].weights[j] += g5[i] · x[j]
  for each of 3:  gradient of layers[0].neurons[i].bias += g5[i]
  for each of 1 × 3:  gradient of layers[1].neurons[0].weights[j] += g2 · a1[j]
  gradient of layers[1].neurons[0].bias += g2
  cost += a3 · seed
outputs: a3, z2
relu′(x) is 0 if x ≤ 0 else 1
seed is the weight of a sample: 1 / n in a batch of n
15 statements, 13 parameters; per sample 24 numbers (inputs and results) and 58 operations"""


def lines_of(kernel: Kernel) -> list[str]:
    return [line.strip() for line in describe(kernel).splitlines()]


def test_training_reads_like_the_mathematics_of_a_network() -> None:
    assert describe(relu_mlp_training()) == TRAINING


def test_the_length_does_not_depend_on_the_number_of_neurons() -> None:
    narrow, wide = (lines_of(relu_mlp_training(hidden=hidden)) for hidden in (3, 70))
    assert len(narrow) == len(wide)


def test_numbers_without_names_are_x_and_p() -> None:
    assert "for each of 16:  z1[i] = p[3i + 2] + Σ p[3i + k] · x[k]  over 2 terms" in lines_of(
        dense_layer()
    )


def test_strides_backwards_are_counted_down() -> None:
    kernel = negative_strides(inputs=4, outputs=3)
    assert "for each of 4:  g1[i] = Σ p[i + 10 - 5k] · x[2 - k]  over 3 terms" in lines_of(kernel)


def test_places_without_a_formula_are_a_list_to_choose_from() -> None:
    lines = lines_of(tables())
    assert "for each of 3:  a1[i] = (x[2], x[0], x[3])[i] · (p[1], -0, p[0])[i]" in lines
    assert "z2 = Σ (z1[1][0], z1[0][0], z1[1][1])[k]  over 3 terms" in lines


def test_what_several_statements_wrote_is_listed_in_ranges() -> None:
    square = Map((3,), "x * x", Index(2, (1,)), slot(0, 0), slot(1, 0))
    both = Sum((2,), 4, Index(5, (1,)), None, slot(1, 0, 1), None)
    kernel = Kernel(2, 7, 0, (), (square, both), (5, 6))
    assert "for each of 2:  z1[i] = Σ (x[1], a1[0…2])[k]  over 4 terms" in lines_of(kernel)


def test_what_is_too_long_for_a_list_is_its_first_and_last_place() -> None:
    lines = lines_of(tables())
    assert (
        "for each of 2 × 2:  z1[i][j] = (0.5 … -0) + Σ (a1[0] … x[3]) · p[2 - i]  over 2 terms"
        in lines
    )
    assert "…: places that a table gives" in lines
    assert "…: places that a table gives" not in lines_of(relu_mlp_training())


def test_a_table_that_a_formula_gives_is_the_formula() -> None:
    statement = Map((3,), "x + x", Index(3, (1,)), x=slot(0, table=table(2, 1, 0)))
    kernel = Kernel(3, 6, 0, (), (statement,), (3,))
    assert "for each of 3:  a1[i] = x[2 - i] + x[2 - i]" in lines_of(kernel)


def test_totals_behind_the_parameters_are_the_cost_or_numbered() -> None:
    assert "cost += a3 · seed" in lines_of(relu_mlp_training())
    assert "for each of 5 × 7:  total[7i + j] += a1[i] · x[j + 5]" in lines_of(
        two_dimensional_totals()
    )


def test_few_steps_are_listed() -> None:
    lines = lines_of(steps())
    assert lines[1:5] == [
        "s1[0] = x[0] + x[1]",
        "s1[1] = sin(s1[0])",
        "s1[2] = σ(s1[1])",
        "s1[3] = 1 - s1[2] · s1[2]",
    ]


def test_many_steps_are_counted_by_kind() -> None:
    rows = [
        (place % 3 == 0, place + 1, place, -1 if place % 3 == 0 else 0, -1) for place in range(30)
    ]
    kernel = Kernel(1, 31, 0, (), (Steps(("x + y", "sin(x)"), table(*rows)),), (30,))
    assert "30 steps, one after the other: 20 of x + y, 10 of sin(x)" in lines_of(kernel)


def test_constants_are_their_numbers() -> None:
    statement = Map((2,), "x * y", Index(2, (1,)), slot(0, 1), shared(1, 0))
    kernel = Kernel(2, 4, 1, (0.5,), (statement,), (2, 3))
    assert "for each of 2:  a1[i] = x[i] · 0.5" in lines_of(kernel)


def test_a_sum_that_starts_with_the_constant_0_begins_with_its_terms() -> None:
    start = shared(1, 0)
    statement = Sum((1,), 2, Index(2, (0,)), start, shared(0, 0, 0), slot(0, 0, 1))
    assert "z1 = Σ p[0] · x[k]  over 2 terms" in lines_of(Kernel(2, 3, 1, (0.0,), (statement,), ()))


def test_what_stands_for_a_condition_is_said_but_for_functions_of_one_operand() -> None:
    larger, relu = OPS["maximum"], OPS["relu"]
    sources = (larger.value, larger.dy, relu.value, relu.dx)
    two, one = (0, 1), (2, 3)  # operands
    rows = table(*((n, 2 + n, 0, 1, -1) for n in two), *((n, 2 + n, 0, -1, -1) for n in one))
    steps = Steps(tuple(source for source in sources if source is not None), rows)
    assert lines_of(Kernel(2, 6, 0, (), (steps,), (2, 3, 4, 5)))[-4:-1] == [
        "max(x, y) is x if x ≥ y else y if y > x else x + y",
        "∂maximum/∂y(x, y) is 0 if x ≥ y else 1",
        "relu′(x) is 0 if x ≤ 0 else 1",
    ]


def kernel_of(function: Callable[[list[mg.Value]], list[Any]], inputs: int) -> Kernel:
    points = [[0.5 + number for number in range(inputs)]]
    return function_kernel(function, points, gradient=False)


def test_a_choice_is_one_line_in_the_words_of_its_author() -> None:
    def larger(x: list[mg.Value]) -> list[Any]:
        return [mg.where(mg.greater(a, b), 2.0 * a, b) for a, b in zip(x[:3], x[3:], strict=True)]

    assert lines_of(kernel_of(larger, 6))[1:-1] == [
        "for each of 3:  a1[i] = 2 · x[i]",
        "for each of 3:  a6[i] = where(greater(x[i], x[i + 3]), a1[i], x[i + 3])",
        "outputs: a6[0…2]",
        "greater(x, y) is 1 if x > y else 0",
        "where(c, x, y) is x if c ≠ 0 else y",
    ]


def test_a_condition_that_is_read_again_keeps_its_line() -> None:
    def both(x: list[mg.Value]) -> list[Any]:
        condition = mg.greater(x[0], x[1])
        return [mg.where(condition, x[0], x[1]), condition]

    lines = lines_of(kernel_of(both, 2))
    assert "a1 = greater(x[0], x[1])" in lines
    assert "a5 = where(a1, x[0], x[1])" in lines


def test_a_condition_out_of_a_loop_is_recognised() -> None:
    def crossed(x: list[mg.Value]) -> list[Any]:
        first, second = mg.greater(x[0], x[1]), mg.greater(x[1], x[0])
        return [mg.where(first, x[0], 1.0) * mg.sin(second)]

    assert "a6 = where(a1[0], x[0], 1)" in lines_of(kernel_of(crossed, 2))


def test_what_only_looks_like_a_choice_is_left_as_it_is() -> None:
    def gates(x: list[mg.Value]) -> list[Any]:
        condition, other = mg.greater(x[0], x[1]), mg.equal(x[0], x[1])
        return [gate(x[0], condition) + gate(x[1], mg.equal(other, 0.0))]

    text = describe(kernel_of(gates, 2))
    assert "where" not in text
    assert text.count("= gate(") == 2


def test_a_heading_is_left_out_where_it_stands_alone() -> None:
    assert "forward" not in lines_of(dense_layer())
    assert "forward" in lines_of(relu_mlp_training())


@pytest.mark.parametrize(
    ("statement", "count"),
    [
        (Map((4, 2), "x + x", Index(0, (2, 1)), slot(0, 0, 0)), 8),
        (Sum((4,), 3, Index(0, (1,)), shared(0, 0), slot(0, 0, 1), slot(0, 0, 1)), 24),
        (Sum((4,), 3, Index(0, (1,)), None, slot(0, 0, 1), None), 8),
        (Total((4,), 1, Index(0, (1,)), slot(0, 0, 0), slot(0, 0, 0)), 8),
        (Steps(("x + x",), np.zeros((5, 5), np.int32)), 5),
    ],
)
def test_operations_are_counted(statement: Statement, count: int) -> None:
    assert operations(statement) == count


# --- expressions


@pytest.mark.parametrize(
    ("source", "text"),
    [
        ("x * y", "p · q"),
        ("(x + y) / out", "(p + q) / o"),
        ("-out / y", "-o / q"),
        ("x ** y", "p ** q"),
        ("0.5 / sqrt(x)", "0.5 / sqrt(p)"),
        ("out * (1.0 - out)", "o · (1 - o)"),
        ("x if x >= y else y if y > x else x + y", "max(p, q)"),
        ("0.0 if x < y else 1.0", "∂maximum/∂x(p, q)"),
        ("out * (0.0 if y <= 0.0 else 1.0)", "o · relu′(q)"),
        ("2.0 if x <= 0.25 else x", "2 if p ≤ 0.25 else p"),
    ],
)
def test_expressions_are_written_with_symbols_and_names(source: str, text: str) -> None:
    assert formula(source, {"x": "p", "y": "q", "out": "o"}) == text


@pytest.mark.parametrize("op", TABLE, ids=repr)
def test_every_row_reads_without_a_condition(op: Op) -> None:
    operands = {"x": "p", "y": "q", "out": "o"}
    sources = (op.value, op.dx, op.dy)
    assert not any(" if " in formula(source, operands) for source in sources if source)


# --- names


@pytest.mark.parametrize(
    ("path", "text"),
    [
        ("layers.0.neurons.12.bias", "layers[0].neurons[12].bias"),
        ("0.w.1", "[0].w[1]"),
        ("x3", "x[3]"),
        ("seed", "seed"),
        ("b2b", "b2b"),
    ],
)
def test_numbers_in_names_are_subscripts(path: str, text: str) -> None:
    assert str(Name.of(path)) == text


def test_lists_of_names_have_ranges_where_they_count_up() -> None:
    names = [
        Name.of(path)
        for path in ("a.0", "a.1", "a.2", "b", "c.1.0", "c.1.1", "c.2.0", "d.2", "d.1")
    ]
    assert listed(names) == "a[0…2], b, c[1][0…1], c[2][0], d[2], d[1]"


@pytest.mark.parametrize("kernel", KERNELS.values(), ids=KERNELS)
def test_a_description_is_the_same_each_time_and_names_no_unused_slot(kernel: Kernel) -> None:
    text = describe(kernel)
    assert text == describe(replace(kernel))
    assert not re.search("unused", text)
