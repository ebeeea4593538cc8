"""The exact gradient against differences of whole graphs, and the enclosures around both."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from math import inf
from typing import Any

import pytest
from hypothesis import given, settings

from microgradlab import Value, asin, cos, erf, exp, log, relu, sin, sqrt
from microgradlab.checking.graph import engine_gradients
from microgradlab.checking.program import Expression
from microgradlab.checking.reference import (
    enclosed_value,
    enclosure,
    enclosure_along,
    exact,
    exact_along,
    exact_second_along,
    leading_to,
)
from microgradlab.checking.strategies import expressions
from microgradlab.engine import Node, topological_order
from microgradlab.functional import jvp
from microgradlab.ops import OPS
from microgradlab.value import apply

Functions = dict[str, Callable[..., Any]]
FACTORS = (-0.5, 1.0)

Slope = Callable[[Callable[..., Any], list[Any], int], Any]


def in_many_digits(expression: Expression, functions: Functions, mp: Any) -> Callable[..., Any]:
    """The expression as a function of `mp`'s numbers."""

    def function(*inputs: Any) -> Any:
        numbers = list(inputs)
        for op, operands in expression.steps:
            point = [numbers[o] if type(o) is int else mp.mpf(o) for o in operands]
            numbers.append(functions[op.name](*point))
        return numbers[-1]

    return function


# --- the exact gradient


@settings(max_examples=60)
@given(expression=expressions(max_operations=12))
def test_the_exact_gradient_is_that_of_differences_of_the_whole_graph(
    expression: Expression, mp: Any, functions: Functions, slope: Slope
) -> None:
    root, leaves = expression.record()
    found = exact(topological_order(root), leaves)
    f = in_many_digits(expression, functions, mp)
    for place, leaf in enumerate(leaves):
        wanted = slope(f, [mp.mpf(x) for x in expression.inputs], place)
        assert abs(found.gradients[leaf] - wanted) <= mp.mpf(10) ** -60 * (1 + abs(wanted))


def test_inner_nodes_have_exact_gradients_too() -> None:
    x = Value(3.0)
    y = x * x
    assert exact(topological_order(y * y), [x]).gradients[y] == 18


def test_an_unused_input_has_the_gradient_0() -> None:
    x, unused = Value(3.0), Value(4.0)
    assert exact(topological_order(x * x), [x, unused]).gradients[unused] == 0


def test_the_rules_of_the_table_do_not_matter() -> None:
    x = Value(2.0)
    root = apply(replace(OPS["mul"], dx="x + 100.0", dy="x"), x, x)
    assert exact(topological_order(root), [x]).gradients[x] == 4


def test_what_mpmath_rounds_away_is_within_the_noise() -> None:
    x = Value(1.0)
    root = sin(x) ** 2 + cos(x) ** 2
    found = exact(topological_order(root), [x])
    assert abs(found.gradients[x]) <= found.noise[x] < 1e-70


# --- special points


@pytest.mark.parametrize(("recorded", "taken"), [(0.0, 0), (0.25, 0.25), (1.0, 1), (2.0, 1)])
def test_at_a_kink_the_recorded_slope_is_taken_as_far_as_it_is_allowed(
    recorded: float, taken: float
) -> None:
    x = Value(0.0)
    root = apply(replace(OPS["relu"], dx=repr(recorded)), x) * 3.0
    found = exact(topological_order(root), [x])
    assert found.gradients[x] == 3 * taken
    assert found.special[x].is_kink
    assert found.special[x].what == "relu has a kink"


def test_a_kink_is_seen_through_the_slope_0_that_it_takes() -> None:
    x = Value(0.0)
    assert exact(topological_order(relu(2.0 * x)), [x]).special[x].is_kink


def test_a_kink_that_cannot_reach_the_result_does_not_count() -> None:
    x = Value(0.0)
    kink = relu(x)
    assert exact(topological_order(relu(kink - 5.0) + x), [x]).special == {}
    assert exact(topological_order(0.0 * kink + x), [x]).special == {}


def test_the_most_doubtful_of_several_special_points_is_kept() -> None:
    x, y = Value(0.0), Value(1.0)
    found = exact(topological_order(relu(x) + sqrt(x) + asin(y)), [x, y])
    assert found.special[x].what == "relu has a kink"
    assert found.special[y].what == "asin is at the end of its domain"
    assert found.worst([y]) is found.special[y]
    assert found.worst([y, x]) is found.special[x]
    assert found.worst([]) is None


def test_what_makes_a_nan_is_told_rather_than_what_passes_it_on() -> None:
    x = Value(-1.0)
    root = (relu(x + 1.0) + log(x)) * x + x
    what = exact(topological_order(root), [x]).special[x].what
    assert what == "log is outside its domain (x > 0.0)"


def test_a_kink_does_not_hide_a_nan_behind_it() -> None:
    x = Value(0.0)
    what = exact(topological_order(log(relu(x) - 1.0)), [x]).special[x].what
    assert what == "log is outside its domain (x > 0.0)"


def test_the_slope_along_a_direction_is_the_gradient_times_it() -> None:
    x, y = Value(2.0), Value(5.0)
    found = exact(topological_order(x * y), [x, y])
    slope, noise = found.along({x: 1.0, y: -0.5})
    assert slope == 5 - 1
    assert 0 < noise < 1e-70


# --- along directions, without a chain rule


@settings(max_examples=40)
@given(expression=expressions(max_operations=12))
def test_the_complex_step_of_all_inputs_agrees_with_the_exact_gradient(
    expression: Expression,
) -> None:
    root, leaves = expression.record()
    order = topological_order(root)
    direction: dict[Node, float] = {leaf: FACTORS[i % 2] for i, leaf in enumerate(leaves)}
    wanted, _ = exact(order, leaves).along(direction)
    assert abs(exact_along(order, direction) - wanted) <= 1e-60 * (1 + abs(wanted))


def test_the_second_derivative_along_a_direction() -> None:
    x, y = Value(1.5), Value(0.5)
    root = x**3 * y  # its Hessian: 6xy, 3x² and 0
    second = exact_second_along(topological_order(root), {x: 1.0, y: 0.5})
    assert abs(second - (6 * 1.5 * 0.5 + 2 * 0.5 * 3 * 1.5**2)) < 1e-45


# --- enclosures


@settings(max_examples=100)
@given(expression=expressions(max_operations=40))
def test_enclosures_hold_the_exact_gradient_and_the_engines(expression: Expression) -> None:
    root, leaves = expression.record()
    order = topological_order(root)
    computed, found, intervals = (
        engine_gradients(order),
        exact(order, leaves),
        enclosure(order, leaves),
    )
    for node in leading_to(order, leaves) & intervals.keys():
        assert computed[node] in intervals[node]
        low, high = intervals[node].low, intervals[node].high
        rounding = 1e-100 * (1 + abs(found.gradients[node]))
        assert low - rounding <= found.gradients[node] <= high + rounding


@settings(max_examples=100)
@given(expression=expressions(at="kinks", max_operations=20))
def test_enclosures_hold_the_engines_gradient_at_kinks(expression: Expression) -> None:
    root, leaves = expression.record()
    order = topological_order(root)
    computed, intervals = engine_gradients(order), enclosure(order, leaves)
    for leaf in leaves:
        assert leaf not in intervals or computed[leaf] in intervals[leaf]


@settings(max_examples=60)
@given(expression=expressions(max_operations=40))
def test_enclosures_hold_what_forward_mode_computes(expression: Expression) -> None:
    root, leaves = expression.record()
    direction: dict[Node, float] = {leaf: FACTORS[i % 2] for i, leaf in enumerate(leaves)}
    _, tangent = jvp(expression)(expression.inputs, tuple(direction.values()))
    assert tangent in enclosure_along(topological_order(root), direction)


@settings(max_examples=100)
@given(expression=expressions(at="edges", max_operations=20))
def test_enclosures_hold_the_result(expression: Expression) -> None:
    root, _ = expression.record()
    if root.data == root.data:
        assert root.data in enclosed_value(topological_order(root))


def test_an_enclosure_is_as_wide_as_rounding_and_no_wider() -> None:
    x = Value(0.1)
    exact_sum = enclosure(topological_order(x + x + x), [x])[x]
    assert exact_sum.width == 0.0
    assert 0.0 < enclosure(topological_order(sin(x) * sin(x)), [x])[x].width < 1e-14


def test_constants_of_a_rule_that_were_rounded_count_as_rounded() -> None:
    x = Value(0.0)
    root = erf(x) - 1.1283791670955126 * x  # 2/√π and its float cancel
    order = topological_order(root)
    assert exact(order, [x]).gradients[x] in enclosure(order, [x])[x]


def test_an_overflow_leaves_no_bound() -> None:
    x = Value(800.0)
    assert enclosure(topological_order(exp(x)), [x])[x].high == inf


def test_what_leads_to_the_root_is_told_from_what_does_not() -> None:
    x, y, c = Value(1.0), Value(2.0), Value(3.0)
    product, constant = x * y, c * c
    root = product + constant
    assert leading_to(topological_order(root), [x, y]) == {x, y, product, root}
