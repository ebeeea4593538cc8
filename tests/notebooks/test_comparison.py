"""Two texts agree if they have the same words, and the same numbers but for rounding."""

from __future__ import annotations

import math

import pytest
from hypothesis import assume, example, given
from hypothesis import strategies as st

from tests.notebooks.comparison import agree, disagreement

NUMBERS = st.floats(min_value=1e-14, max_value=1e12).flatmap(
    lambda size: st.sampled_from([size, -size])
)
FORMATS = st.sampled_from(["{!r}", "{:.6e}", "{:.4g}", "{:.17g}"])


@pytest.mark.parametrize(
    ("expected", "found"),
    [
        ("0.7615941559557649", "0.7615941559557650"),  # the last bits
        ("cost 0.1234", "cost 0.1235"),  # one unit of the last digit
        ("0.0999", "0.1"),  # the same number, with three digits, on both sides of a border
        ("999", "1e+03"),
        ("∂ 1.0000001 ×", "∂ 1.0000002 ×"),
        ("[ 1.0 -2.0]", "[1.0   -2.0]"),  # the width of spaces
        ("x = 0.0", "x = -0.0"),
        ("x = 0.0", "x = 2.2e-16"),  # what rounding leaves of 0, of either sign
        ("[-1e-17  1.5]", "[ 0.0 1.5]"),
        ("1,000.125 updates", "1,000.126 updates"),
        ("−0.12345", "-0.12346"),
        ("nan, inf", "nan, inf"),
        ("", ""),
    ],
)
def test_rounding_is_no_difference(expected: str, found: str) -> None:
    assert agree(expected, found)
    assert agree(found, expected)


@pytest.mark.parametrize(
    ("expected", "found"),
    [
        ("cost 0.1234", "cost 0.1236"),  # two units of the last digit
        ("1.03e-05", "1.04e-05"),
        ("1.00", "0.99"),
        ("97.5 %", "97.4 %"),
        ("#0e1234", "#0e5678"),
        ("lr 0.1", "lr 0.2"),  # one unit of a number with few digits is no rounding
        ("accuracy 0.97", "accuracy 0.96"),
        ("97 %", "96 %"),  # integers count something
        ("10 updates", "11 updates"),
        ("1,000 samples", "1,001 samples"),
        ("123456789", "123456790"),
        ("0.5", "-0.5"),
        ("3.2e-12", "-3.2e-12"),  # a tiny gradient is no noise
        ("3.2e-14", "3.3e-15"),
        ("1.5", "nan"),
        ("inf", "-inf"),
        ("x1 = 2.0", "x2 = 2.0"),  # digits in names are letters
        ("v12", "v13"),
        ("version 3.11.7", "version 3.12.7"),
        ("1e-05", "1e-06"),
        ("0x7f3a", "0x7f3b"),
        ("the cost falls", "the cost rises"),
        ("the cost falls", "the cost"),
        ("1.0 2.0", "1.0"),
        ("1.0 2.0", "1.02.0"),
        ("a b", "ab"),
    ],
)
def test_anything_else_is_a_difference(expected: str, found: str) -> None:
    assert not agree(expected, found)
    assert not agree(found, expected)


@given(NUMBERS, FORMATS, st.floats(-1e-8, 1e-8))
@example(0.12345, "{:.4g}", 1e-9)
def test_however_it_is_printed_a_number_agrees_with_what_rounding_makes_of_it(
    number: float, form: str, change: float
) -> None:
    again = number * (1.0 + change)
    expected, found = form.format(number), form.format(again)
    assume(expected == found or set(".e") & set(expected + found))  # two integers have to be equal
    assert agree(f"a = {expected}, b", f"a = {found}, b")


@given(NUMBERS, FORMATS, st.floats(0.02, 100.0), st.sampled_from([-1.0, 1.0]))
def test_however_it_is_printed_a_number_that_changed_is_found(
    number: float, form: str, change: float, sign: float
) -> None:
    again = number * (1.0 + sign * change)
    assert not math.isclose(number, again, rel_tol=0.01)
    assert not agree(f"a = {form.format(number)}, b", f"a = {form.format(again)}, b")


@given(st.text(), st.text())
def test_agreement_is_mutual_and_each_text_agrees_with_itself(one: str, other: str) -> None:
    assert agree(one, one)
    assert agree(one, other) == agree(other, one)


def test_the_first_line_that_differs_is_told_and_how_many_do() -> None:
    found = disagreement(["a 1.0", "b 2.0", "c 3.0"], ["a 1.0", "b 2.5", "d 3.0"])
    assert found is not None
    assert (found.expected, found.found, found.lines) == ("b 2.0", "b 2.5", 2)


def test_a_line_too_many_is_told() -> None:
    found = disagreement(["a"], ["a", "b"])
    assert found is not None
    assert (found.expected, found.found, found.lines) == ("(nothing)", "b", 1)


def test_of_a_long_line_the_part_that_differs_is_told() -> None:
    numbers = [f"{place}.5" for place in range(100)]
    other = [*numbers[:70], "70.25", *numbers[71:]]
    found = disagreement([" ".join(numbers)], [" ".join(other)])
    assert found is not None
    assert " 69.5 70.5 71.5 " in found.expected
    assert " 69.5 70.25 71.5 " in found.found
    assert found.expected.startswith("…")
    assert found.expected.endswith("…")
    assert len(found.expected) <= 102
