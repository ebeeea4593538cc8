"""What gradcheck finds behind a wrong gradient, and how it says so."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import replace
from random import Random
from typing import Any

import numpy as np
import pytest

import microgradlab as mg
from microgradlab import Value, engine
from microgradlab.checking import Verdict, gradcheck
from microgradlab.engine import Node
from microgradlab.ops import OPS
from microgradlab.value import apply
from tests.checking.reports import finding, reason, verdicts

F = Callable[..., Any]


# --- numbers that leave the graph


@pytest.mark.parametrize(
    "f",
    [
        lambda x: x * float(x),
        lambda x: x * x.data,
        lambda x: x * math.sin(x),
    ],
    ids=["float", "data", "math.sin"],
)
def test_a_number_that_leaves_the_graph_is_wrong_and_named(f: F) -> None:
    report = gradcheck(f, 1.5)
    assert not report
    assert "f differs from its recorded graph: at a nearby point, the constant " in finding(report)
    assert "(test_gradcheck_findings.py:" in finding(report)
    assert "so a number leaves the graph (by float(), .data" in finding(report)
    assert report.method.startswith("Reference: values of the function alone")


def test_a_leaf_made_inside_is_named_as_such() -> None:
    report = gradcheck(lambda x: x * Value(x.data), 1.5)
    assert verdicts(report) == [Verdict.WRONG]
    assert "at a nearby point, a leaf holding 1.5 is 1.50001" in finding(report)


def test_a_number_that_leaves_into_single_precision_is_no_pass() -> None:
    report = gradcheck(lambda x: x * float(np.float32(x.data)), 1.5)
    assert not report
    assert "so a number leaves the graph" in finding(report)


def test_a_number_that_leaves_the_graph_is_wrong_by_the_slope_that_it_had() -> None:
    row = gradcheck(lambda x: x * float(x), 1.5).rows[0]
    assert (row.analytic, row.verdict) == (1.5, Verdict.WRONG)
    assert row.reference == pytest.approx(3.0, rel=1e-12)


def test_a_shift_that_cancels_may_leave_the_graph() -> None:
    def softmax(xs: list[Value]) -> list[Value]:
        shifted = [mg.exp(x - max(map(float, xs))) for x in xs]
        total = mg.sum(shifted)
        return [x / total for x in shifted]

    report = gradcheck(softmax, [1.0, 2.0])
    assert report
    assert verdicts(report) == [Verdict.OK] * 4
    assert "the constant 2.0 in sub(x, y)" in finding(report)


def leaky_relu(x: Any) -> Any:
    return x if x > 0.0 else 0.1 * x


def test_at_a_branch_point_the_slope_may_be_either_and_the_report_says_so() -> None:
    report = gradcheck(leaky_relu, 0.0)
    assert verdicts(report) == [Verdict.KINK]
    assert reason(report) == "f has a kink: its slopes are 0.1 and 1"
    assert "a comparison of numbers chooses what is computed" in finding(report)


def test_away_from_a_branch_point_the_graph_is_the_reference() -> None:
    for x in (1.0, -1e-9):
        report = gradcheck(leaky_relu, x)
        assert (verdicts(report), report.findings) == ([Verdict.OK], ())


def test_a_branch_that_jumps_is_inconclusive() -> None:
    report = gradcheck(lambda x: x if x > 1.0 else x * 3.0, 1.0)
    assert verdicts(report) == [Verdict.INCONCLUSIVE]
    assert "jumps" in reason(report)


def test_a_branch_into_a_wrong_slope_is_wrong() -> None:
    report = gradcheck(lambda x: 5.0 * x if x.data == 0.0 else x, 0.0)
    assert verdicts(report) == [Verdict.WRONG]


def test_an_f_that_is_random_is_found_out() -> None:
    random = Random(0)
    report = gradcheck(lambda x: x * random.random(), 1.0)
    assert not report
    assert "when it runs again at the same point, the constant 0.8444" in finding(report)


def test_an_f_that_refuses_what_lies_outside_of_its_domain_is_checked_inside() -> None:
    def f(x: Value) -> Value:
        if x < 0.0:
            raise ValueError("negative")
        return x * 3.0

    report = gradcheck(f, 0.0)
    assert verdicts(report) == [Verdict.OK]
    assert "at a nearby point, it raises ValueError (negative)" in finding(report)


# --- wrong rules, engines and numbers are located


def test_a_wrong_rule_is_located_by_operation_and_line() -> None:
    wrong = replace(OPS["mul"], dx="x")

    def f(x: Value, y: Value) -> Value:
        z = mg.sin(x)
        return apply(wrong, z, y) + x

    report = gradcheck(f, 1.0, 2.0)
    assert [(row.verdict, row.why) for row in report.rows] == [
        (Verdict.WRONG, "mul's dx is wrong"),
        (Verdict.OK, ""),
    ]
    line = f.__code__.co_firstlineno + 2
    assert finding(report) == (
        "mul(x, y) = 1.682941969615793 at x = 0.8414709848078965, y = 2.0 ('y') "
        f"(test_gradcheck_findings.py:{line}): the local derivative ∂mul/∂x is "
        "0.8414709848078965 instead of 2.0 (its rule: x)."
    )


@pytest.mark.parametrize("factor", [-1.0, 0.0, 2.0, 1.0 + 1e-2, 1.0 + 1e-6, 1.0 + 1e-12])
def test_a_rule_off_by_any_factor_is_wrong(factor: float) -> None:
    wrong = replace(OPS["tanh"], dx=f"{abs(factor)!r} * {'-' * (factor < 0)}(1.0 - out * out)")
    assert verdicts(gradcheck(lambda x: apply(wrong, x) * 3.0, 0.4)) == [Verdict.WRONG]


def test_a_row_of_ones_own_is_checked_like_those_of_the_table() -> None:
    right = mg.Op("cube", "³", "The cube of x.", "x * x * x", "3.0 * x * x")
    assert gradcheck(lambda x: apply(right, x), 1.7, thorough=True)
    wrong = replace(right, dx="3.0 * x")
    assert reason(gradcheck(lambda x: apply(wrong, x), 1.7)) == "cube's dx is wrong"


def store(_: Any, operand: Any, contribution: float) -> None:
    operand.grad = contribution


def add(_: Any, operand: Any, contribution: float) -> None:
    operand.grad += contribution


def add_once(node: Any, operand: Any, contribution: float) -> None:
    if node.x is not node.y or operand.grad == 0.0:
        operand.grad += contribution


@pytest.mark.parametrize(
    ("give", "direction"),
    [(store, -1), (add_once, -1), (add, 1)],
    ids=["= for +=", "a shared operand counts once", "wrong order"],
)
def test_a_wrong_engine_is_located_as_a_wrong_sum(
    give: Callable[[Any, Any, float], None], direction: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    def propagate(order: list[Node]) -> None:
        for node in order[::direction]:
            for _, operand, local, _ in engine.uses(node):
                give(node, operand, node.grad * local)

    monkeypatch.setattr(engine, "_propagate", propagate)
    report = gradcheck(lambda x: (x * x + x) * 3.0, 1.5)
    assert verdicts(report) == [Verdict.WRONG]
    assert reason(report) == "the engine's sum is wrong"
    assert ": every operation is right, but the gradient is " in finding(report)
    assert "the sum over its uses: " in finding(report)


def test_an_operation_with_a_wrong_number_is_located() -> None:
    def too_large(x: Value) -> Value:
        out = mg.sin(x)
        out.data *= 1.001
        return out

    report = gradcheck(lambda x: mg.exp(too_large(x)), 1.0)
    assert reason(report) == "sin's value is wrong"


def test_a_graph_gone_stale_is_wrong() -> None:
    def f(x: Value) -> Value:
        y = x * x
        y.data = 5.0
        return y * x

    report = gradcheck(f, 1.5)
    assert reason(report) == "mul's value is wrong"
    assert "perhaps a number was changed after it was computed" in finding(report)


def test_a_function_that_changes_its_input_is_not_trusted() -> None:
    def f(x: Value) -> Value:
        x.data = 5.0
        return x * x

    report = gradcheck(f, 1.5)
    assert not report
    assert "it changes the numbers of its inputs" in finding(report)


def test_a_derivative_that_was_not_recorded_is_missed() -> None:
    def f(x: Value) -> Value:
        y = x * x
        y.dy = None
        return y

    assert reason(gradcheck(f, 1.5)) == "mul's dy is missing"


@pytest.mark.parametrize("dy", ["1.0", "0.0 if x > y else 1.0", "0.5"])
def test_at_a_tie_both_slopes_have_to_fit_together(dy: str) -> None:
    row = replace(OPS["maximum"], dy=dy)
    report = gradcheck(lambda x: mg.apply(row, x, x), 1.0)
    assert reason(report) == "maximum's dy is wrong"


def test_at_a_tie_halves_for_both_are_allowed() -> None:
    row = replace(OPS["maximum"], dx="0.5", dy="0.5")
    assert gradcheck(lambda x: mg.apply(row, x, x), 1.0).verdict is Verdict.KINK


@pytest.mark.parametrize("power", [1e100, -1e92])
def test_a_huge_exponent_is_no_false_alarm(power: float) -> None:
    assert gradcheck(lambda x: x**power, 1.0)


@pytest.mark.parametrize(
    "f",
    [lambda x: x**3, lambda x: x**4, lambda x: mg.tanh(x * 1e100), lambda x: mg.relu(x) ** 2],
)
def test_thorough_checks_raise_no_false_alarm_at_zero(f: Any) -> None:
    assert gradcheck(f, 0.0, thorough=True)


# --- comparisons and what they choose


def chosen(x: Any, y: Any) -> Any:
    return mg.where(mg.greater(x, 1.0), x * x * y, mg.sin(x) * y)


@pytest.mark.parametrize("x", [2.0, 0.5, 1.0 + 2.0**-52])
def test_beside_its_jump_a_choice_is_as_right_as_the_side_that_was_chosen(x: float) -> None:
    report = gradcheck(chosen, x, 3.0, thorough=True)
    assert set(verdicts(report)) == {Verdict.OK}
    assert "second derivative" in str(report)  # which needs to be sure that the graph is smooth


def test_a_choice_at_its_jump_is_told_by_the_comparison_and_is_no_wrong_rule() -> None:
    report = gradcheck(chosen, 1.0, 3.0)
    assert verdicts(report) == [Verdict.INCONCLUSIVE, Verdict.OK]
    assert report.rows[0].why == "greater jumps"
    assert finding(report).startswith("greater(x, y) = 0.0 at x = 1.0 ('x'), y = 1.0 (")


def test_a_gate_that_a_number_itself_shuts_jumps() -> None:
    report = gradcheck(mg.gate, 2.0, 0.0)
    assert verdicts(report) == [Verdict.OK, Verdict.INCONCLUSIVE]
    assert report.rows[1].why == "gate jumps"


@pytest.mark.parametrize("f", [lambda x: mg.gate(1.0, x * x), lambda x: mg.gate(1.0, mg.relu(x))])
def test_a_slope_of_0_does_not_hide_a_jump(f: F) -> None:
    assert verdicts(gradcheck(f, 0.0)) == [Verdict.INCONCLUSIVE]


def test_a_gate_may_be_shut_by_a_unit_that_is_off() -> None:
    assert gradcheck(lambda x: mg.gate(x, mg.relu(x - 5.0)), 1.0)


@pytest.mark.parametrize(("name", "rule"), [("greater", "1.0"), ("equal", "1.0"), ("gate", "x")])
def test_a_slope_of_a_comparison_or_a_condition_is_wrong(name: str, rule: str) -> None:
    row = replace(OPS[name], dy=rule)
    report = gradcheck(lambda y: mg.apply(row, 2.0, y), 1.0)
    assert reason(report) == f"{name}'s dy is wrong"
