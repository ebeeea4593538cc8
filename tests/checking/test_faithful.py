"""Whether a recorded graph stands for its function, and what is said where it does not."""

from __future__ import annotations

import math
from collections.abc import Callable
from random import Random
from typing import Any

import numpy as np
import pytest

from microgradlab import Value, exp, log, mean, relu, sin, softmax
from microgradlab.checking.faithful import unfaithful
from microgradlab.checking.subject import Function


def doubt(f: Callable[..., Any], *inputs: Any) -> str:
    subject = Function(f, inputs)
    return unfaithful(subject, subject.run(subject.point))


@pytest.mark.parametrize(
    ("f", "inputs"),
    [
        (lambda x, y: x * sin(y) + 3.0, (1.3, 0.2)),
        (lambda x: x, (0.0,)),
        (lambda x: relu(x) + abs(x), (0.0,)),  # kinks are recorded as they are
        (lambda xs: softmax(xs), ([1.0, 1.0, 2.0],)),
        (lambda x: x * Value(3.0), (1.5,)),  # a leaf that does not depend on the input
        (lambda x: log(x) * math.nan, (-1.0,)),  # nan is the same nan everywhere
        (lambda x: x if x > 0.0 else 0.1 * x, (1.0,)),  # a branch, but not near here
        (lambda xs: mean(xs), ([1e300, -1e-300, 0.0],)),
    ],
)
def test_a_function_that_records_all_it_does_agrees_with_its_graph(
    f: Callable[..., Any], inputs: tuple[Any, ...]
) -> None:
    assert doubt(f, *inputs) == ""


@pytest.mark.parametrize(
    "f",
    [
        lambda x: x * float(x),
        lambda x: x * x.data,
        lambda x: x * math.sin(x),
        lambda x: x * Value(x.data),
        lambda x: x * Value(x),
        lambda x: x + np.float32(x.data),
        lambda x: float(x) * x,
        lambda x: exp(x) / math.exp(x),
        lambda x: sin(Value(float(x))),  # all of x has left
    ],
)
@pytest.mark.parametrize("x", [1.5, -2e-5, 300.0])
def test_a_number_that_leaves_the_graph_is_found_wherever_it_comes_back(
    f: Callable[..., Any], x: float
) -> None:
    said = doubt(f, x)
    assert said.startswith(("at a nearby point, the constant ", "at a nearby point, a leaf "))
    assert "so a number leaves the graph (by float(), .data, round() or" in said


def test_the_difference_of_equal_inputs_is_found_to_leave() -> None:
    assert doubt(lambda x, y, z: x * (x - y).data * (y - z).data, 2.0, 2.0, 2.0)


def test_the_constant_is_told_with_its_operation_and_line() -> None:
    def f(x: Value) -> Value:
        return x * float(x)

    subject = Function(f, [1.5])
    said = unfaithful(subject, subject.run(subject.point, with_places=True))
    line = f.__code__.co_firstlineno + 1
    assert "the constant 1.5 in mul(x, y) = 2.25 at x = 1.5 ('x'), y = 1.5" in said
    assert f"(test_faithful.py:{line})" in said


@pytest.mark.parametrize(
    "f",
    [
        lambda x: x if x > 0.0 else 0.1 * x,
        lambda x: x * x if x >= 0.0 else sin(x),
        lambda x: x * 2.0 + 1.0 if x > 0.0 else x * 2.0,  # only one operation more
        lambda x: x * 2.0 if x > 0.0 else x * 2.0 + 1.0,
        lambda x: x * 2.0 if x.data != 0.0 else Value(0.0),
        lambda x: relu(x) if x.data == 0.0 else x,
    ],
)
def test_at_the_branch_point_of_a_comparison_something_else_is_recorded(
    f: Callable[..., Any],
) -> None:
    said = doubt(f, 0.0)
    assert said.startswith("at a nearby point, something else is recorded in place of ")
    assert said.endswith(", so a comparison of numbers chooses what is computed")


def test_the_number_of_results_may_hang_on_a_comparison_too() -> None:
    assert "it returns other results" in doubt(lambda x: [x, x] if x > 0.0 else [x], 0.0)


def test_an_f_that_computes_differently_when_it_runs_again_is_found() -> None:
    random = Random(0)
    said = doubt(lambda x: x * random.random(), 1.5)
    assert said.startswith("when it runs again at the same point, the constant 0.8444")
    assert "float()" not in said


def test_an_f_that_refuses_nearby_points_is_found() -> None:
    def f(x: Value) -> Value:
        if x < 0.0:
            raise ValueError("x must not be negative")
        return x * x

    assert doubt(f, 0.0) == ("at a nearby point, it raises ValueError (x must not be negative)")
