"""Steppers for the tests of pages, and what is read from them."""

from __future__ import annotations

from functools import cache

import microgradlab as mg
from microgradlab.drawing import Explanation, explain
from microgradlab.drawing.page import stepper_page
from tests.browser.window import Browser

RIGHT, LEFT, HOME, END, ENTER = "\ue014", "\ue012", "\ue011", "\ue010", "\ue007"  # WebDriver's


@cache
def neuron() -> Explanation:
    """o = tanh(w * x + b): 6 values and 9 steps, 3 forward, the seed, 5 back."""
    w, x, b = mg.Value(2.0, label="w"), mg.Value(-1.0, label="x"), mg.Value(0.5, label="b")
    o = mg.tanh(w * x + b)
    o.label = "o"
    return explain(o)


@cache
def shared() -> Explanation:
    """L = a * a + relu(a) / b, where a has three uses and relu a kink."""
    a, b = mg.Value(3.0, label="a"), mg.Value(-2.0, label="b")
    root = a * a + mg.relu(a) / b
    root.label = "L"
    return explain(root)


def open_page(browser: Browser, explanation: Explanation) -> None:
    """Opens the stepper's page, with the focus on the picture, where all its keys work."""
    browser.open(stepper_page(explanation.to_dict(), explanation.operations))
    browser.run("document.querySelector('.frame').focus()")


SCROLLING_KEYS = """
    document.activeElement.blur();
    return [" ", "Home", "End"].filter((key) => document.body.dispatchEvent(
      new KeyboardEvent("keydown", { key, bubbles: true, cancelable: true })));
"""
"""The keys that are left to the page where the focus is nowhere."""


def sentence(browser: Browser) -> str:
    return browser.text(".sentence")


def shown(browser: Browser, id: str) -> list[str]:
    """The texts of a value in the picture: its name, number and gradient."""
    script = (
        "return [...document.querySelectorAll(`#${arguments[0]} text`)].map(t => t.textContent)"
    )
    texts: list[str] = browser.run(script, id)
    return texts


def classes(browser: Browser, id: str) -> set[str]:
    script = "return [...document.querySelector(arguments[0]).classList]"
    return set(browser.run(script, f"g#{id}"))


def position(browser: Browser) -> int:
    return int(browser.text(".counter").split(" / ")[0])


def type_into(browser: Browser, selector: str, text: str) -> None:
    field = browser.find(selector)
    field.clear()
    field.send_keys(text + ENTER)


def is_in_frame(browser: Browser, id: str) -> bool:
    """Whether a value can be seen whole, without scrolling."""
    script = """
        const [box, frame] = [arguments[0], ".frame"].map(
          (selector) => document.querySelector(selector).getBoundingClientRect());
        return box.left >= frame.left && box.right <= frame.right
          && box.top >= frame.top && box.bottom <= frame.bottom;
    """
    return bool(browser.run(script, f"#{id}"))
