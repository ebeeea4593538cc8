"""The stepper's panel: a value's derivative, its neighbours, editing and nudging."""

from __future__ import annotations

import math
import re
from dataclasses import replace

import pytest

import microgradlab as mg
from microgradlab.drawing.numerals import numeral
from tests.browser.steppers import (
    END,
    ENTER,
    LEFT,
    RIGHT,
    classes,
    neuron,
    open_page,
    position,
    sentence,
    shared,
    shown,
    type_into,
)
from tests.browser.window import Browser


def test_a_click_on_a_value_shows_its_derivative_as_the_sum_over_its_uses(browser: Browser) -> None:
    open_page(browser, shared())
    browser.click("#v0 text")
    rows = [re.sub(r"\s+", " ", row.text) for row in browser.all(".derivative tr")]
    assert rows == [
        "= ∂L/∂v2 · ∂v2/∂a = (-0.5) × 1.0 = -0.5",
        "+ ∂L/∂v1 · ∂v1/∂a (1st use) = 1.0 × 3.0 = 3.0",
        "+ ∂L/∂v1 · ∂v1/∂a (2nd use) = 1.0 × 3.0 = 3.0",
        "= 5.5",
    ]


def test_what_has_not_arrived_yet_is_told_from_what_has(browser: Browser) -> None:
    open_page(browser, shared())
    browser.click("#v0 text")
    assert len(browser.all(".derivative .pending")) == 3
    browser.press(END)
    assert len(browser.all(".derivative .arrived")) == 3


def test_what_a_value_is_made_from_and_what_uses_it_are_marked_differently(
    browser: Browser,
) -> None:
    open_page(browser, neuron())
    browser.click("#v2 text")
    assert "selected" in classes(browser, "v2")
    assert "operand" in classes(browser, "v0") & classes(browser, "v1")
    assert "user" in classes(browser, "v4")


@pytest.mark.parametrize("key", [ENTER, " "])
def test_enter_or_space_chooses_the_value_of_the_step(browser: Browser, key: str) -> None:
    open_page(browser, neuron())
    browser.press(RIGHT)
    browser.run("document.querySelector('#v2[tabindex=\"0\"]').focus()")
    browser.press(key)
    assert browser.text(".panel .formula") == "v1 = w × x = -2.0"
    assert browser.find(".play").get_attribute("aria-label") == "Play"


def test_a_gradient_without_all_its_uses_is_called_a_part(browser: Browser) -> None:
    explanation = replace(neuron(), partial=frozenset({"v0"}))
    open_page(browser, explanation)
    browser.press(END)
    assert shown(browser, "v0")[-1] == "∂ -0.1807 (part)"
    assert shown(browser, "v1")[-1] == "∂ 0.3614"
    browser.click("#v0 text")
    assert browser.text(".derivative .total strong") == "-0.1807 (part)"
    assert "uses outside of the picture are missing" in browser.text(".derivative")
    browser.click("#v1 text")
    assert "outside of the picture" not in browser.text(".derivative")


def test_in_formulas_names_that_are_no_words_stand_in_parentheses(browser: Browser) -> None:
    a, b = mg.Value(1.0, label="a"), mg.Value(2.0, label="b")
    s = a + b
    s.label = "a + b"
    open_page(browser, mg.explain(s * s))
    browser.click("#v2 text")
    assert "∂(a + b)" in browser.text(".derivative")
    assert browser.text(".panel .formula").startswith("a + b = ")


def test_what_a_nudge_does_is_spoken_only_where_it_was_asked_for(browser: Browser) -> None:
    open_page(browser, neuron())
    browser.click("#v0 text")
    assert browser.find(".outcome").get_attribute("aria-live") == "off"
    type_into(browser, ".epsilon", "1e-5")
    assert browser.find(".outcome").get_attribute("aria-live") == "polite"
    type_into(browser, ".edit", "7")
    assert browser.find(".outcome").get_attribute("aria-live") == "off"


def test_a_list_chooses_any_value(browser: Browser) -> None:
    open_page(browser, neuron())
    browser.find(".choice select").send_keys("b")
    assert browser.text(".panel .formula") == "b = 0.5"


def test_an_edited_number_changes_everything_that_follows_from_it(browser: Browser) -> None:
    open_page(browser, neuron())
    browser.press(END)
    browser.click("#v0 text")
    type_into(browser, ".edit", "-0.25")
    o = math.tanh(-0.25 * -1.0 + 0.5)
    assert shown(browser, "v5")[-2] == numeral(o)
    assert shown(browser, "v1")[-1] == f"∂ {numeral((1.0 - o * o) * -0.25)}"
    assert "grad-negative" in classes(browser, "v1")
    assert numeral(1.0 - o * o) in sentence(browser)


def test_reset_brings_the_recorded_numbers_back(browser: Browser) -> None:
    open_page(browser, neuron())
    browser.press(END)
    before = shown(browser, "v5"), sentence(browser)
    reset = browser.find(".toolbar > button")
    assert not reset.is_displayed()
    browser.click("#v0 text")
    type_into(browser, ".edit", "7")
    assert (shown(browser, "v5"), sentence(browser)) != before
    reset.click()
    assert (shown(browser, "v5"), sentence(browser)) == before
    assert browser.find(".edit").get_attribute("value") == "2"


@pytest.mark.parametrize("text", ["1,5", "two", "", "1e", "--1", "<b>"])
def test_what_is_no_number_is_refused_with_a_sentence(browser: Browser, text: str) -> None:
    open_page(browser, neuron())
    browser.click("#v0 text")
    type_into(browser, ".edit", text)
    assert f"“{text}” is not a number" in browser.text(".editor .complaint")
    assert browser.find(".edit").get_attribute("aria-invalid") == "true"
    assert shown(browser, "v0")[-2] == "2.0"


@pytest.mark.parametrize(
    ("text", "expected"), [("inf", "inf"), ("-2E-3", "-0.002"), ("nan", "nan")]
)
def test_numbers_are_typed_as_in_python(browser: Browser, text: str, expected: str) -> None:
    open_page(browser, neuron())
    browser.click("#v0 text")
    type_into(browser, ".edit", text)
    assert shown(browser, "v0")[-2] == expected


def test_at_a_kink_an_edit_brings_the_convention_into_the_sentence(browser: Browser) -> None:
    open_page(browser, shared())
    browser.click("#v0 text")
    type_into(browser, ".edit", "0")
    browser.click("details.transcript summary")
    entries = [entry.text for entry in browser.all(".transcript li")]
    assert sum("relu has a kink here" in entry for entry in entries) == 1


def test_keys_in_a_field_do_not_step(browser: Browser) -> None:
    open_page(browser, neuron())
    browser.click("#v0 text")
    browser.find(".edit").send_keys(RIGHT, LEFT, END, " ")
    assert position(browser) == 0
    assert browser.find(".play").get_attribute("aria-label") == "Play"


def test_a_nudge_shows_the_difference_quotient_beside_the_gradient(browser: Browser) -> None:
    open_page(browser, neuron())
    browser.click("#v1 text")
    type_into(browser, ".epsilon", "1e-5")
    quotient, gradient = (float(number.text) for number in browser.all(".outcome dd"))
    slope = (1.0 - math.tanh(-1.5) ** 2) * 2.0
    assert gradient == pytest.approx(slope, rel=1e-5)
    assert quotient == pytest.approx(slope, rel=1e-4)
    assert shown(browser, "v1")[-2] == "-1.0"


def test_the_slider_of_a_nudge_sets_epsilon_to_powers_of_ten(browser: Browser) -> None:
    open_page(browser, neuron())
    browser.click("#v1 text")
    browser.find(".nudger input[type=range]").send_keys(RIGHT)
    assert browser.find(".epsilon").get_attribute("value") == "0.01"


def test_a_move_too_small_to_be_seen_is_told_by_itself(browser: Browser) -> None:
    open_page(browser, neuron())
    browser.click("#v1 text")
    assert ", by " not in browser.text(".outcome p")
    type_into(browser, ".epsilon", "1e-8")
    said = re.fullmatch(r"o moves from (.+) to (.+), by (.+)\.", browser.text(".outcome p"))
    assert said is not None
    assert said[1] == said[2]
    assert float(said[3]) == pytest.approx((1.0 - math.tanh(-1.5) ** 2) * 2e-8, rel=1e-3)


def test_a_nudge_that_moves_nothing_says_so(browser: Browser) -> None:
    open_page(browser, neuron())
    browser.click("#v1 text")
    type_into(browser, ".epsilon", "1e-30")
    assert browser.text(".outcome") == "ε is too small: -1.0 + ε is the same number."
    type_into(browser, ".epsilon", "a little")
    assert browser.text(".outcome").startswith("ε is not a number")


def test_inner_values_can_be_nudged_too(browser: Browser) -> None:
    open_page(browser, neuron())
    browser.click("#v4 text")
    assert [box.text for box in browser.all(".outcome dt")] == ["Δo/ε", "∂o/∂v2"]
    assert browser.all(".edit") == []
