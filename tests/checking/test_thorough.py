"""The further checks: what each of them finds that the first check cannot see."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

import pytest

from microgradlab import Op, Value, cos, cosh, engine, exp, log, no_grad, relu, sin, sqrt
from microgradlab.checking import Report, Verdict, gradcheck, graph, thorough
from microgradlab.checking.precise import precise
from microgradlab.checking.reference import Exact
from microgradlab.engine import Node
from microgradlab.value import apply
from tests.evidence.engine_mutants import assigned

FURTHER = ["values alone", "forward mode", "another order", "second run", "second derivative"]


def thoroughly(f: Callable[..., Any], *inputs: Any) -> Report:
    return gradcheck(f, *inputs, thorough=True)


def wrong_rows(report: Report) -> list[str]:
    return [row.name for row in report.rows if row.verdict is Verdict.WRONG]


def f(x: Any, y: Any) -> Any:
    return x * sin(y) + exp(x * 0.5) / y


# --- what is checked


def test_five_further_rows_are_checked_along_a_direction() -> None:
    report = thoroughly(f, 1.3, 0.7)
    assert [row.name for row in report.rows] == ["x", "y", *FURTHER]
    assert {row.verdict for row in report.rows} == {Verdict.OK}
    assert {row.at for row in report.rows[2:]} == {None}
    assert report.findings == (
        "The rows without a number are further checks, along a random direction of the inputs.",
    )


def test_the_first_four_agree_on_one_derivative() -> None:
    along = [row.reference for row in thoroughly(f, 1.3, 0.7).rows[2:6]]
    assert along == pytest.approx([along[0]] * 4, rel=1e-14)


def test_the_second_derivative_is_that_along_the_direction_twice() -> None:
    row = thoroughly(lambda x: x**3, 1.5).rows[-1]
    assert row.reference in (9.0, 2.25)  # 6 x, times the square of a factor of 1 or 0.5


def test_each_of_several_results_is_checked() -> None:
    report = thoroughly(lambda x: [x * x, sin(x)], 1.5)
    names = [f"out[{i}], {check}" for i in (0, 1) for check in FURTHER]
    assert [row.name for row in report.rows if row.at is None] == names
    assert len(report.findings) == 1


def test_they_are_done_inside_no_grad_too() -> None:
    with no_grad():
        assert thoroughly(f, 1.3, 0.7)


@pytest.mark.parametrize("f", [lambda x: cos(x * x), lambda x: x**4, lambda x: sin(x) - x])
def test_a_second_derivative_of_0_is_0(f: Callable[..., Any]) -> None:
    row = thoroughly(f, 0.0).rows[-1]
    assert (row.analytic, row.reference, row.verdict) == (0.0, 0.0, Verdict.OK)


def test_a_derivative_of_0_that_two_inputs_share_is_0() -> None:
    assert thoroughly(lambda x, y: cosh(x * y), 1.0, 0.0)


@pytest.mark.parametrize("f", [lambda x: x, lambda x: Value(3.0) + 0.0 * x, lambda _: Value(3.0)])
def test_graphs_of_hardly_anything_pass(f: Callable[..., Any]) -> None:
    assert thoroughly(f, 2.0)


@pytest.mark.parametrize(
    ("f", "x"), [(relu, 0.0), (sqrt, 0.0), (log, -1.0), (lambda x: x * float(x), 1.5)]
)
def test_without_a_smooth_graph_that_agrees_with_f_they_are_left_out_and_the_report_says_so(
    f: Callable[..., Any], x: float
) -> None:
    report = thoroughly(f, x)
    assert [row.name for row in report.rows] == ["x"]
    assert report.findings[-1] == "The further checks need a smooth graph, and were left out."


# --- what each of them finds


def test_values_alone_find_a_mistake_that_engine_and_reference_share(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    def same_mistake(order: list[Node], *_: Any) -> Exact:
        gradients = graph.engine_gradients(order)
        numbers = {node: precise().number(gradient) for node, gradient in gradients.items()}
        return Exact(numbers, dict.fromkeys(numbers, 0.0), {})

    monkeypatch.setattr(engine, "_propagate", assigned)
    monkeypatch.setattr(graph, "exact", same_mistake)
    report = thoroughly(lambda x: x * x + x, 3.0)
    assert report.rows[0].verdict is Verdict.OK
    assert "values alone" in wrong_rows(report)


def test_forward_mode_is_checked_by_itself(monkeypatch: pytest.MonkeyPatch) -> None:
    def first_operand_only(
        numbers: Mapping[Node, float], tangents: Mapping[Node, float]
    ) -> dict[Node, float]:
        found = dict(tangents)
        node: Any
        for node in numbers:
            if node.dx is not None and node not in found:
                found[node] = found.get(node.x, 0.0) * node.dx
        return found

    monkeypatch.setattr(thorough, "forward", first_operand_only)
    assert wrong_rows(thoroughly(lambda x, y: x * y, 2.0, 3.0)) == ["forward mode"]


def test_another_order_finds_an_engine_that_forgets_second_operands_beside_constants(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    def forgetful(order: list[Node]) -> None:
        node: Any
        for node in reversed(order):
            if node.dx is not None:
                node.x.grad += node.grad * node.dx
                if node.dy is not None:
                    node.y.grad += node.grad * node.dy

    monkeypatch.setattr(engine, "_propagate", forgetful)
    assert wrong_rows(thoroughly(lambda x: x * 3.0, 2.0)) == ["another order"]


def test_a_second_run_finds_a_function_that_changes_late() -> None:
    calls = 0

    def changing(x: Value) -> Value:
        nonlocal calls
        calls += 1
        return x * 3.0 if calls < 5 else x * 3.0000000001  # runs 1 to 4 say what is recorded

    assert wrong_rows(thoroughly(changing, 2.0)) == ["second run"]


def test_the_second_derivative_finds_a_rule_that_is_right_as_a_number_only() -> None:
    square = Op("square", "²", "The square of x.", "x * x", "2.6")  # right at 1.3

    def by_rule(x: Value) -> Value:
        return apply(square, x)

    assert gradcheck(by_rule, 1.3)
    assert wrong_rows(thoroughly(by_rule, 1.3)) == ["second derivative"]
