"""One recorded result: its rows, who is to blame, and what is told of special points."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace
from typing import Any

import pytest

from microgradlab import Value, cos, engine, exp, log, maximum, relu, sin
from microgradlab.checking.graph import check_result, engine_gradients
from microgradlab.checking.report import Row, Verdict
from microgradlab.checking.subject import Function
from microgradlab.engine import NOT_COMPUTED, topological_order
from microgradlab.ops import OPS
from microgradlab.value import apply


def checked(
    f: Callable[..., Any], *inputs: float, given: Sequence[float] | None = None
) -> tuple[list[Row], list[str]]:
    subject = Function(f, inputs)
    return check_result(subject.run(subject.point), "", subject.names, given)


def verdicts(f: Callable[..., Any], *inputs: float) -> list[Verdict]:
    return [row.verdict for row in checked(f, *inputs)[0]]


# --- the engine's gradients


def test_the_engine_is_asked_and_leaves_no_trace() -> None:
    x, y = Value(2.0), Value(3.0)
    root = x * y
    x.grad, root.grad = 7.0, 8.0
    gradients = engine_gradients(topological_order(root))
    assert gradients == {x: 3.0, y: 2.0, root: 1.0}
    assert (x.grad, root.grad) == (7.0, 8.0)
    assert y.grad is NOT_COMPUTED


def test_the_engine_leaves_no_trace_when_it_raises(monkeypatch: pytest.MonkeyPatch) -> None:
    def broken(order: Any) -> None:
        order[0].grad = 5.0
        raise RuntimeError("broken")

    x = Value(2.0)
    root = x * x
    x.grad = 7.0
    monkeypatch.setattr(engine, "_propagate", broken)
    with pytest.raises(RuntimeError, match="broken"):
        engine_gradients(topological_order(root))
    assert x.grad == 7.0
    assert root.grad is NOT_COMPUTED


# --- rows


def test_there_is_a_row_for_each_input() -> None:
    rows, told = checked(lambda x, y: x * y, 2.0, 3.0)
    assert [(row.name, row.at, row.analytic, row.reference) for row in rows] == [
        ("x", 2.0, 3.0, 3.0),
        ("y", 3.0, 2.0, 2.0),
    ]
    assert told == []


def test_an_input_that_is_not_used_has_the_derivative_0() -> None:
    rows, _ = checked(lambda x, y: x * 2.0 if y is None else x, 2.0, 3.0)
    assert (rows[1].analytic, rows[1].reference, rows[1].verdict) == (0.0, 0.0, Verdict.OK)


def test_derivatives_of_another_origin_are_judged_instead() -> None:
    rows, told = checked(lambda x, y: x * y, 2.0, 3.0, given=[3.0, 2.1])
    assert [row.verdict for row in rows] == [Verdict.OK, Verdict.WRONG]
    assert told == []


# --- blame


def test_the_inputs_under_a_wrong_operation_are_wrong_because_of_it() -> None:
    wrong = replace(OPS["sin"], dx="-cos(x)")
    rows, told = checked(lambda x, y: apply(wrong, x) + y * y, 1.0, 2.0)
    assert [(row.verdict, row.why) for row in rows] == [
        (Verdict.WRONG, "sin's dx is wrong"),
        (Verdict.OK, ""),
    ]
    assert told[0].startswith("sin(x) = 0.8414709848078965 at x = 1.0 ('x'): the local derivative")


def test_inputs_that_are_doubtful_for_another_reason_keep_it() -> None:
    wrong = replace(OPS["sin"], dx="-cos(x)")
    rows, _ = checked(lambda x, y: apply(wrong, x) + log(y) * 0.0, 1.0, -1.0)
    assert [row.verdict for row in rows][1] is Verdict.INCONCLUSIVE
    assert rows[1].why == "log is outside its domain (x > 0.0)"


def test_a_wrong_rule_is_found_where_cancellation_would_hide_it() -> None:
    wrong = replace(OPS["sin"], dx="1.0000001 * cos(x)")

    def f(x: Any) -> Any:
        return (apply(wrong, x) ** 2 + cos(x) ** 2) * 1.0

    assert verdicts(lambda x: sin(x) ** 2 + cos(x) ** 2, 1.0) == [Verdict.ILL_CONDITIONED]
    assert verdicts(f, 1.0) == [Verdict.WRONG]


def test_a_number_changed_by_hand_is_wrong_even_if_the_gradient_fits_the_graph() -> None:
    def f(x: Any) -> Any:
        y = exp(x)
        z = y * x
        y.data = 5.0  # after its use: the sum's number is wrong, all slopes are right
        return y + z

    rows, told = checked(f, 0.5)
    assert (rows[0].verdict, rows[0].why) == (Verdict.WRONG, "exp's value is wrong")
    assert "perhaps a number was changed after it was computed" in told[0]


# --- special points


def test_special_points_are_told_in_full_once_each() -> None:
    def f(x: Any, y: Any) -> Any:
        return relu(x + y) * 2.0

    rows, told = checked(f, 1.0, -1.0)
    assert [row.why for row in rows] == ["relu has a kink"] * 2
    assert told == [
        "relu(x) = 0.0 at x = 0.0 has a kink: its slope there, 0.0, lies in [0.0, 1.0]."
    ]


def test_points_that_differ_by_name_are_told_in_one_sentence() -> None:
    def f(a: Any, b: Any, c: Any, d: Any, e: Any, f: Any, g: Any) -> Any:
        return sum([abs(x) for x in (a, b, c, d, e, f, g)])

    _, told = checked(f, *[0.0] * 7)
    assert told == [
        "abs(x) = 0.0 at x = 0.0 ('a', 'b', 'c', 'd', 'e' and 2 more) has a kink: "
        "its slope there, 0.0, lies in [-1.0, 1.0]."
    ]


def test_of_many_special_points_five_are_told() -> None:
    def f(a: Any, b: Any, c: Any, d: Any, e: Any, f: Any, g: Any) -> Any:
        total: Any = 0.0
        for number, x in enumerate((a, b, c, d, e, f, g)):
            total = total + maximum(x, float(number))
        return total

    _, told = checked(f, *map(float, range(7)))
    assert len(told) == 6
    assert told[4] == (
        "maximum(x, y) = 4.0 at x = 4.0 ('e'), y = 4.0 has a kink: "
        "its slope there, 1.0, lies in [0.0, 1.0]."
    )
    assert told[5] == "... and 2 more such points."
