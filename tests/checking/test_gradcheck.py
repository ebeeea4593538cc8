"""gradcheck from a function and its inputs to a report: verdicts, names, and no side effects."""

from __future__ import annotations

import math
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Any, NamedTuple

import numpy as np
import pytest
from hypothesis import given, settings

import microgradlab as mg
from microgradlab import Value, modes
from microgradlab.checking import Verdict, gradcheck
from microgradlab.checking.program import Expression
from microgradlab.checking.strategies import expressions
from microgradlab.engine import NOT_COMPUTED
from tests.checking.reports import finding, reason, verdicts

F = Callable[..., Any]


# --- verdicts


def test_a_right_gradient_is_ok_to_the_last_bits() -> None:
    report = gradcheck(lambda x, y: x**2 * mg.sin(y), 1.3, 0.2)
    assert verdicts(report) == [Verdict.OK, Verdict.OK]
    assert [row.name for row in report.rows] == ["x", "y"]
    assert [row.reference for row in report.rows] == pytest.approx(
        [2.6 * math.sin(0.2), 1.69 * math.cos(0.2)], rel=1e-15
    )
    assert all(row.ulps < 2.0 for row in report.rows)
    assert report.method.startswith("Reference: the recorded graph in mpmath")
    assert report.findings == ()


def test_a_kink_is_a_pass_that_says_so() -> None:
    report = gradcheck(lambda x: mg.relu(x) - 2.0 * x, 0.0)
    assert report
    assert verdicts(report) == [Verdict.KINK]
    assert reason(report) == "relu has a kink"
    assert finding(report).startswith("relu(x) = 0.0 at x = 0.0 ('x') (test_gradcheck.py:")
    assert finding(report).endswith(" has a kink: its slope there, 0.0, lies in [0.0, 1.0].")


def test_two_kinks_that_cancel_are_judged_one_by_one() -> None:
    report = gradcheck(lambda x: mg.relu(x) - mg.relu(-x), 0.0)  # smooth, with slope 1
    assert (report.rows[0].analytic, report.verdict) == (0.0, Verdict.KINK)


@pytest.mark.parametrize(
    ("f", "x"),
    [
        (lambda x: mg.sin(x) ** 2 + mg.cos(x) ** 2, 1.0),
        (lambda x: (mg.exp(x) + 1e9) - mg.exp(x * 0.1) ** 10, 1.0),
        (lambda x: mg.sqrt(x * x + 1e18) - x / 1e9, 1.0),
    ],
)
def test_where_terms_cancel_the_gradient_is_ill_conditioned_and_no_pass(f: F, x: float) -> None:
    report = gradcheck(f, x)
    assert not report
    assert verdicts(report) == [Verdict.ILL_CONDITIONED]
    assert reason(report) == "rounding may change most of its digits"


@pytest.mark.parametrize(
    ("f", "x", "why"),
    [
        (mg.log, -1.0, "log is outside its domain (x > 0.0)"),
        (mg.sqrt, -4.0, "sqrt is outside its domain (x > 0.0)"),
        (lambda x: mg.log(x) * 2.0 + x, -1.0, "log is outside its domain (x > 0.0)"),
        (lambda x: x**0.5, -1.0, "pow is outside its domain (x > 0.0)"),
        (lambda x: 0.0 / x, 0.0, "div is outside its domain (y != 0.0)"),
        (lambda x: x * 2.0, math.nan, "mul is taken at an infinite operand or nan"),
        (lambda x: x * 2.0, math.inf, "mul is taken at an infinite operand or nan"),
    ],
)
def test_outside_a_domain_the_operation_and_the_domain_are_named(f: F, x: float, why: str) -> None:
    report = gradcheck(f, x)
    assert not report
    assert (verdicts(report), reason(report)) == ([Verdict.INCONCLUSIVE], why)
    assert why.partition(" ")[2] in finding(report)


@pytest.mark.parametrize(
    ("f", "x", "why"),
    [
        (mg.sqrt, 0.0, "sqrt is at the end of its domain"),
        (mg.asin, 1.0, "asin is at the end of its domain"),
        (lambda x: 1.0 / x, 0.0, "div has a pole"),
        (mg.exp, 800.0, "infinite, as the reference"),
    ],
)
def test_infinite_derivatives_agree_with_infinite_references(f: F, x: float, why: str) -> None:
    report = gradcheck(f, x)
    assert (verdicts(report), reason(report)) == ([Verdict.OK], why)
    assert math.isinf(report.rows[0].analytic)


def test_beyond_float64s_range_agreement_says_nothing() -> None:
    report = gradcheck(lambda x: x * 1e-300 * 1e300 * 1e300, 2.0)
    assert report.rows[0].analytic == math.inf
    assert report.rows[0].reference == pytest.approx(1e300)
    assert verdicts(report) == [Verdict.ILL_CONDITIONED]
    assert reason(report) == "nothing bounds what rounding does to it"


# --- inputs and results


class Line(NamedTuple):
    slope: float
    shift: float


def test_nested_containers_go_in_and_come_out() -> None:
    def f(line: Line, data: dict[str, list[float]]) -> dict[str, Any]:
        return {"ys": [line.slope * x + line.shift for x in data["xs"]], "slope": line.slope}

    report = gradcheck(f, Line(2, 1), {"xs": [3.0, 4.0]})
    assert report
    assert {row.name: row.analytic for row in report.rows if row.analytic} == {
        "out['ys'][0] by line[0]": 3.0,
        "out['ys'][0] by line[1]": 1.0,
        "out['ys'][0] by data['xs'][0]": 2.0,
        "out['ys'][1] by line[0]": 4.0,
        "out['ys'][1] by line[1]": 1.0,
        "out['ys'][1] by data['xs'][1]": 2.0,
        "out['slope'] by line[0]": 1.0,
    }
    assert len(report.rows) == 3 * 4


@pytest.mark.parametrize("number", [3, np.float64(3.0), np.float32(3.0), np.int8(3), Value(3.0)])
def test_any_kind_of_real_number_is_an_input(number: Any) -> None:
    report = gradcheck(lambda x: x * x, number)
    assert (report.rows[0].at, report.rows[0].analytic) == (3.0, 6.0)


def test_names_are_those_that_were_given() -> None:
    report = gradcheck(lambda x, w: x * w[0], 1.0, [2.0], names=["length", "weight"])
    assert [row.name for row in report.rows] == ["length", "weight[0]"]


def test_an_input_that_is_returned_as_it_is_and_one_that_is_not_used() -> None:
    report = gradcheck(lambda x, _: x, 2.0, 3.0)
    assert [(row.analytic, row.verdict) for row in report.rows] == [
        (1.0, Verdict.OK),
        (0.0, Verdict.OK),
    ]


def test_a_constant_result_has_the_derivative_0() -> None:
    assert gradcheck(lambda _: Value(3.0), 2.0).rows[0].analytic == 0.0


# --- nothing is changed


def test_inputs_and_values_that_f_closes_over_stay_as_they_are() -> None:
    scale = Value(2.0)
    (scale * 3.0).backward()
    inner = scale * 5.0
    x, ys = Value(1.0), [2.0]

    def f(x: Value, ys: list[Value]) -> Value:
        return x * inner + ys[0] * scale

    assert gradcheck(f, x, ys, thorough=True)
    assert (scale.data, scale.grad) == (2.0, 3.0)
    assert (inner.data, inner.grad is NOT_COMPUTED) == (10.0, True)
    assert (x.data, x.grad is NOT_COMPUTED, ys) == (1.0, True, [2.0])


def test_nothing_stays_behind_when_f_raises() -> None:
    def f(_: Value) -> Value:
        raise KeyError("a mistake of f's own")

    with pytest.raises(KeyError, match="a mistake of f's own"):
        gradcheck(f, 1.0)
    assert modes.active == 0


def test_it_works_inside_no_grad_and_leaves_it_in_force() -> None:
    with mg.no_grad():
        assert gradcheck(lambda x: x * mg.sin(x), 2.0, thorough=True)
        assert (Value(2.0) * 3.0).op is None


def test_threads_do_not_disturb_each_other() -> None:
    def check(seed: int) -> str:
        def f(x: Any) -> Any:
            return mg.exp(x) * mg.erf(x) + mg.expm1(x * 0.1 * seed)

        return str(gradcheck(f, 0.3 * seed, thorough=True))

    alone = [check(seed) for seed in range(1, 9)]
    with ThreadPoolExecutor(4) as threads:
        assert list(threads.map(check, range(1, 9))) == alone


def test_a_chain_of_twenty_thousand_operations_is_no_deeper_than_others() -> None:
    def chain(x: Value) -> Value:
        for _ in range(10_000):
            x = (x + 0.001) * 0.9999
        return x

    began = time.perf_counter()
    report = gradcheck(chain, 0.5)
    assert verdicts(report) == [Verdict.OK]
    assert report.rows[0].reference == pytest.approx(0.9999**10_000)
    assert time.perf_counter() - began < 60.0  # a few seconds; what is quadratic takes minutes


# --- no false alarms


@settings(max_examples=150)
@given(expression=expressions(max_operations=40))
def test_right_gradients_of_random_expressions_are_never_wrong(expression: Expression) -> None:
    report = gradcheck(expression, *expression.inputs)
    assert Verdict.WRONG not in report.verdicts
    assert Verdict.INCONCLUSIVE not in report.verdicts


@settings(max_examples=100)
@given(expression=expressions(max_operations=20, at="kinks"))
def test_right_gradients_at_kinks_are_never_wrong(expression: Expression) -> None:
    report = gradcheck(expression, *expression.inputs)
    assert Verdict.WRONG not in report.verdicts
    assert Verdict.INCONCLUSIVE not in report.verdicts


@settings(max_examples=100)
@given(expression=expressions(max_operations=20, at="edges"))
def test_right_gradients_at_edges_are_never_wrong(expression: Expression) -> None:
    assert Verdict.WRONG not in gradcheck(expression, *expression.inputs).verdicts


@settings(max_examples=60)
@given(expression=expressions(max_operations=15))
def test_thorough_checks_of_random_expressions_are_never_wrong(expression: Expression) -> None:
    assert Verdict.WRONG not in gradcheck(expression, *expression.inputs, thorough=True).verdicts
