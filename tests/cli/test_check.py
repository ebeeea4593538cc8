"""`check`: the derivatives of a formula, from words to a report and an exit code."""

from __future__ import annotations

import json
from dataclasses import replace
from typing import Any

import pytest

from microgradlab import formula
from microgradlab.checking import Report, gradcheck
from microgradlab.ops import OPS
from microgradlab.value import apply

Call = Any

FORMULA = "x**2 * sin(y)"


def complaint(called: Any) -> tuple[str, str]:
    """The sentence and the hint of a usage mistake."""
    assert (called.code, called.out) == (2, "")
    error, _, hint = called.err.partition("\nhint: ")
    return error.removeprefix("error: "), hint.strip()


def test_the_report_is_a_table_with_a_row_per_variable(call: Call) -> None:
    called = call("check", FORMULA, "y=0.2", "x=1.3")
    assert (called.code, called.err) == (0, "")
    assert called.out.startswith(f"{FORMULA}: 2 derivatives, all OK\n")
    rows = [line for line in called.out.splitlines() if " = " in line]
    assert [row.split("  ")[0] for row in rows] == ["x = 1.3", "y = 0.2"]


def test_json_is_the_report_as_data(call: Call) -> None:
    data = call("check", FORMULA, "x=1.3", "y=0.2", "--json").data
    assert data["ok"] is True
    assert [row["input"] for row in data["rows"]] == ["x", "y"]


def test_quiet_still_gives_the_result(call: Call) -> None:
    assert call("check", "x*x", "x=3", "-q").out == call("check", "x*x", "x=3").out


def test_a_wrong_derivative_is_exit_code_1_and_the_operation_is_named(
    call: Call, monkeypatch: pytest.MonkeyPatch
) -> None:
    def wrong(x: Any) -> Any:
        return apply(replace(OPS["sin"], dx="1.000001 * cos(x)"), x)

    monkeypatch.setitem(formula.FUNCTIONS, "sin", wrong)
    called = call("check", FORMULA, "x=1.3", "y=0.2")
    assert called.code == 1
    assert called.err == ""
    assert "WRONG" in called.out
    assert "sin" in called.out.removeprefix(FORMULA)
    assert call("check", FORMULA, "x=1.3", "y=0.2", "--json").data["ok"] is False


def test_a_kink_is_a_pass(call: Call) -> None:
    called = call("check", "relu(x)", "x=0")
    assert called.code == 0
    assert "KINK" in called.out


@pytest.mark.parametrize("options", [[], ["--thorough"]])
def test_thorough_is_asked_for_by_an_option(
    call: Call, monkeypatch: pytest.MonkeyPatch, options: list[str]
) -> None:
    asked: list[bool] = []

    def spy(*inputs: Any, thorough: bool, **named: Any) -> Report:
        asked.append(thorough)
        return gradcheck(*inputs, **named)

    monkeypatch.setattr("microgradlab.cli.check.gradcheck", spy)
    assert call("check", FORMULA, "x=1.3", "y=0.2", *options).code == 0
    assert asked == [bool(options)]


def test_an_infinite_value_is_checked_too(call: Call) -> None:
    called = call("check", "tanh(x)", "x=-inf", "--json")
    assert called.data["rows"][0]["at"] == "-inf"
    assert json.loads(called.out, parse_constant=pytest.fail)


def test_a_formula_may_begin_with_a_minus_and_options_stand_anywhere(call: Call) -> None:
    called = call("check", "--json", "-x**2", "-q", "x=-3")
    assert called.code == 0
    assert called.data["rows"][0]["analytic"] == 6.0
    assert call("check", "--", "-x", "x=1").code == 0


def test_a_variable_may_have_the_name_of_a_constant(call: Call) -> None:
    data = call("check", "e * x * pi", "x=2", "e=5", "--json").data
    assert [(row["input"], row["at"]) for row in data["rows"]] == [("e", 5.0), ("x", 2.0)]


@pytest.mark.parametrize(
    ("words", "why", "hint"),
    [
        (["width*2", "widht=1"], "unknown variable 'widht'", "did you mean 'width'?"),
        (["x*y", "x=1", "y=2", "z=3"], "unknown variable 'z'", "Known: x, y"),
        (["x", "x=abc"], "the value of x is 'abc', not a number", "1.3, 1e-3, 1/3"),
        (["x", "x=2y"], "the value of x: an operator is missing here\n    2y\n     ^", "2*y"),
        (["x", "x="], "'x=' does not say NAME=VALUE", "x=1.3 y=0.2"),
        (["x", "=3"], "'=3' does not say NAME=VALUE", "x=1.3 y=0.2"),
        (["x", "x", "=", "1"], "'x' does not say NAME=VALUE", "x=1.3 y=0.2"),
        (["x", "1.3"], "'1.3' does not say NAME=VALUE", "x=1.3 y=0.2"),
        (["x", "x=1", "x=1"], "x has two values", "one value"),
        (["2 + 3"], "'2 + 3' has no variable to differentiate by", "x=1.3 y=0.2"),
        (["2 + 3", "x=1"], "'2 + 3' has no variable to differentiate by", "x=1.3 y=0.2"),
        (["2*pi"], "'2*pi' has no variable to differentiate by", "x=1.3 y=0.2"),
        (["x^2", "x=1"], "'^' is not part of a formula\n    x^2\n     ^", "write **"),
        (["x*y - z", "y=1/3"], "the formula has no value for x, z", "x=0.5 z=0.5"),
        (["x=1", "x**2"], "'=' is not part of a formula\n    x=1\n     ^", "equals sign"),
        (["", "x=1"], "the formula is empty", "x**2 * sin(y)"),
        ([], "the following arguments are required: FORMULA", "microgradlab check --help"),
        (["x", "x=1", "--thorogh"], "unknown argument '--thorogh'", "--thorough"),
    ],
)
def test_mistakes_are_told_in_a_sentence(call: Call, words: list[str], why: str, hint: str) -> None:
    error, advice = complaint(call("check", *words))
    assert error.startswith(why)
    assert hint in advice


def test_the_help_lists_the_functions(call: Call) -> None:
    called = call("check", "--help")
    assert called.code == 0
    for name in formula.FUNCTIONS:
        assert name in called.out
