"""why: where there is no path, and what it prints."""

from __future__ import annotations

import pytest

from microgradlab.drawing.causes.reason import why
from microgradlab.errors import ArgumentError
from microgradlab.nn import MLP
from microgradlab.value import Value, relu, tanh


def leaf(data: float, label: str = "w") -> Value:
    return Value(data, label=label)


# --- no path


def test_without_a_path_it_says_how_that_happens() -> None:
    w, x = leaf(1.0), leaf(2.0, "x")
    reason = why(w, x * w.data)
    assert (reason.gradient, reason.count, reason.paths) == (0.0, 0, ())
    assert reason.verdict == "L does not depend on w, there is no path between them"
    assert ".data" in reason.causes[0]


def test_a_root_that_recorded_nothing_is_told() -> None:
    assert "is a leaf: no operation was recorded" in why(leaf(1.0), leaf(2.0, "z")).causes[0]


def test_swapped_arguments_are_noticed() -> None:
    w = leaf(1.0)
    assert "the other way round" in why(tanh(w), w).causes[0]


def test_a_value_made_anew_under_the_same_label_is_noticed() -> None:
    old = leaf(1.0)
    assert "another Value of the label w" in why(leaf(1.0), tanh(old)).causes[0]


@pytest.mark.parametrize(
    ("value", "root", "message"),
    [
        (1.0, tanh(leaf(1.0)), "value is a float, not a Value"),
        (leaf(1.0), MLP(1, [1], seed=0), "root is a MLP, not a Value"),
    ],
)
def test_what_is_no_value_is_refused(value: Value, root: Value, message: str) -> None:
    with pytest.raises(ArgumentError, match=message):
        why(value, root)


def test_the_gradients_that_the_values_hold_play_no_part() -> None:
    w = leaf(3.0)
    root = w * w
    root.backward()
    root.backward()
    assert why(w, root).gradient == 6.0
    assert w.grad == 12.0


# --- what it prints


def test_it_prints_the_strongest_path_factor_by_factor_and_the_next_in_a_line() -> None:
    w, x = leaf(0.3), leaf(-1.0, "x")
    assert repr(why(w, relu(w * x) * 2.0 + w)).splitlines() == [
        "∂L/∂w = 1.0: the sum over 2 paths",
        "  other paths add nothing: at 1 place a local derivative is 0",
        "",
        "strongest path, product 1.0:",
        "  ∂L/∂w = 1.0  L = v3 + w = 0.0 + 0.3 = 0.3",
        "",
        "next:",
        "  L ← v3 ← v2 ← v1 ← w: 1.0 × 2.0 × 0.0 × (-1.0) = -0.0",
    ]


def test_a_long_path_is_printed_without_factors_of_one_and_shortened_in_the_middle() -> None:
    w = root = leaf(0.3)
    for _ in range(100):
        root = (root + 1.0) * 0.5
    printed = repr(why(w, root))
    assert "(100 factors of 1.0 left out)" in printed
    assert "... 88 more factors" in printed
    assert len(printed.splitlines()) < 25


def test_a_product_beyond_floats_is_printed_as_a_power_of_ten() -> None:
    w = root = leaf(1e-300)
    for _ in range(5):
        root = root * 1e100
    assert "strongest path, product 10^500:" in repr(why(w, root))


def test_a_name_that_is_a_formula_stands_in_parentheses() -> None:
    total = leaf(2.0, "x1w1 + b")
    lines = repr(why(total, total * 3.0)).splitlines()
    assert lines[0].startswith("∂L/∂(x1w1 + b) = 3.0: ")
    assert any("∂L/∂(x1w1 + b) = 3.0  L = (x1w1 + b) × 3.0 = " in line for line in lines)
