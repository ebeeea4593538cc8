"""The stepper for everybody: screen readers, dark mode, reduced motion, narrow windows."""

from __future__ import annotations

import re

import pytest

import microgradlab as mg
from tests.browser.steppers import END, RIGHT, is_in_frame, neuron, open_page, position, shared
from tests.browser.window import Browser


def test_the_transcript_is_the_list_of_sentences_and_leads_to_each_step(browser: Browser) -> None:
    explanation = shared()
    open_page(browser, explanation)
    browser.press(RIGHT)
    browser.click("details.transcript summary")
    entries = browser.wait(lambda: browser.all(".transcript ol > li > button"))
    assert [entry.text for entry in entries] == [explanation.sentence(s) for s in explanation.steps]
    entries[4].click()
    assert position(browser) == 5
    assert [entry.get_attribute("aria-current") for entry in entries].index("step") == 4


def test_an_open_transcript_follows_new_numbers_when_they_are_at_rest(browser: Browser) -> None:
    open_page(browser, neuron())
    browser.click("details.transcript summary")
    browser.wait(lambda: browser.all(".transcript li"))
    kept, first = browser.run("""
        document.querySelector(".choice select").selectedIndex = 1;
        document.querySelector(".choice select").dispatchEvent(new Event("change"));
        const first = document.querySelector(".transcript li");
        document.querySelector(".edit").value = "7";
        document.querySelector(".edit").dispatchEvent(new Event("change"));
        return [document.querySelector(".transcript li") === first, first.textContent];
    """)
    assert kept  # hundreds of sentences would hold up every edit
    assert "-2.0" in first
    browser.wait(lambda: "-7.0" in browser.text(".transcript li"))


def test_the_transcript_scrolls_to_the_current_step(browser: Browser) -> None:
    x = mg.Value(1.5, label="x")
    open_page(browser, mg.explain(mg.sum([x * x for _ in range(10)])))
    browser.click("details.transcript summary")
    distance = """
        const [list, entry] = ["ol", "[aria-current]"].map(
          (selector) => document.querySelector(selector).getBoundingClientRect());
        return [entry.top - list.top, list.bottom - entry.bottom];
    """
    browser.click("[aria-label=Last]")
    assert min(browser.run(distance)) >= 0


def test_names_and_roles_are_there_for_screen_readers(browser: Browser) -> None:
    open_page(browser, neuron())
    browser.press(END)
    assert browser.find("#v0").get_attribute("aria-label") == "w: 2.0, gradient -0.1807"
    assert browser.find(".narration").get_attribute("aria-live") == "polite"
    browser.click("#v0 text")
    for control in browser.all(".mg-stepper :is(button, input, select):not([hidden])"):
        assert control.accessible_name
    assert browser.all("svg title") == []  # Graphviz writes its own names there


def test_a_screen_reader_is_not_flooded_while_it_plays(browser: Browser) -> None:
    open_page(browser, neuron())
    browser.press(" ")
    assert browser.find(".narration").get_attribute("aria-live") == "off"
    browser.press(" ")
    assert browser.find(".narration").get_attribute("aria-live") == "polite"


def test_dark_mode_turns_the_page_and_the_picture_dark(browser: Browser) -> None:
    open_page(browser, neuron())
    colours = """
        const of = (selector, what) => getComputedStyle(document.querySelector(selector))[what];
        return [of("body", "backgroundColor"), of("#v0 text", "fill"), of("#v0 path", "fill")];
    """

    def brightness(scheme: str) -> list[float]:
        browser.prefer(prefers_color_scheme=scheme, prefers_reduced_motion="reduce")
        channels = [re.findall(r"[\d.]+", colour)[:3] for colour in browser.run(colours)]
        return [sum(map(int, channel)) / (3 * 255) for channel in channels]

    page, text, box = brightness("light")
    dark_page, dark_text, dark_box = brightness("dark")
    assert page > 0.9 > 0.2 > text
    assert dark_page < 0.2 < 0.8 < dark_text
    assert box > 0.5 > dark_box


def test_with_reduced_motion_nothing_moves_by_itself(browser: Browser) -> None:
    open_page(browser, neuron())
    browser.press(END)
    moving = "return document.getAnimations().length"
    assert browser.run(moving) > 0
    browser.prefer(prefers_reduced_motion="reduce")
    assert browser.run(moving) == 0


@pytest.mark.parametrize("width", [360, 1200])
def test_the_page_is_never_wider_than_its_window(browser: Browser, width: int) -> None:
    browser.resize(width)
    open_page(browser, shared())
    browser.press(END)
    browser.click("#v0 text")
    assert browser.run("return document.documentElement.scrollWidth") <= width


def test_a_large_picture_scrolls_to_the_value_of_the_step(browser: Browser) -> None:
    browser.resize(360)
    browser.prefer(prefers_reduced_motion="reduce")
    explanation = shared()
    open_page(browser, explanation)
    for step in explanation.steps:
        browser.press(RIGHT)
        assert is_in_frame(browser, step.operand or step.node)


def test_a_picture_is_fitted_to_its_frame_or_shown_at_its_own_size(browser: Browser) -> None:
    browser.resize(360)
    open_page(browser, shared())
    fit, own_size = browser.all(".zoom button")
    wider = "const f = document.querySelector('.frame'); return f.scrollWidth > f.clientWidth"
    fit.click()
    assert browser.run(wider) is False
    own_size.click()
    assert browser.run(wider) is True
    assert own_size.get_attribute("aria-pressed") == "true"


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_what_waits_can_be_read(browser: Browser, scheme: str) -> None:
    browser.prefer(prefers_color_scheme=scheme)
    open_page(browser, neuron())
    seen = browser.run("""
        const text = document.querySelector(".value.waiting text");
        let opacity = 1;
        for (let each = text; each; each = each.parentElement) {
          opacity *= getComputedStyle(each).opacity;
        }
        return [opacity, getComputedStyle(text).fill,
          getComputedStyle(document.body).backgroundColor];
    """)
    assert seen[0] == 1
    assert contrast(seen[1], seen[2]) >= 4.5


def contrast(one: str, other: str) -> float:
    """The contrast ratio of two colours, rgb(...), by the Web Content Accessibility Guidelines."""

    def luminance(colour: str) -> float:
        shares = [int(channel) / 255 for channel in re.findall(r"\d+", colour)[:3]]
        red, green, blue = (
            s / 12.92 if s <= 0.04045 else ((s + 0.055) / 1.055) ** 2.4 for s in shares
        )
        return 0.2126 * red + 0.7152 * green + 0.0722 * blue

    dark, light = sorted((luminance(one), luminance(other)))
    return (light + 0.05) / (dark + 0.05)
