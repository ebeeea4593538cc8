"""The stepper in a page: stepping with keys, buttons, slider and by itself."""

from __future__ import annotations

import pytest

import microgradlab as mg
from microgradlab.drawing import Explanation, explain
from microgradlab.drawing.numerals import numeral
from microgradlab.drawing.page import module, page, stepper_style
from microgradlab.drawing.pictures.style import kind_of, largest_of
from tests.browser.steppers import (
    END,
    HOME,
    LEFT,
    RIGHT,
    SCROLLING_KEYS,
    classes,
    is_in_frame,
    neuron,
    open_page,
    position,
    sentence,
    shared,
    shown,
    type_into,
)
from tests.browser.window import Browser


def test_at_first_only_what_is_given_is_shown(browser: Browser) -> None:
    open_page(browser, neuron())
    assert shown(browser, "v0") == ["w", "2.0", ""]
    assert shown(browser, "v2") == ["v1", "", ""]
    assert "waiting" in classes(browser, "v2")
    assert sentence(browser).startswith("Given: w = 2.0, x = -1.0, b = 0.5.")


def test_every_step_says_the_sentence_that_python_says(browser: Browser) -> None:
    explanation = shared()
    open_page(browser, explanation)
    for step in explanation.steps:
        browser.press(RIGHT)
        assert sentence(browser) == explanation.sentence(step)
        assert browser.text(".rule") == step.rule(explanation.scene)


def powers(x: float, y: float) -> Explanation:
    """Both of its operations have rules with conditions."""
    return explain(mg.relu((mg.Value(x, label="x") ** mg.Value(y, label="y")) - 1.0))


@pytest.mark.parametrize(
    ("x", "y"), [("2.0", "3.0"), ("0.5", "2.0"), ("0.0", "0.0"), ("-2.0", "0.0"), ("nan", "1.0")]
)
def test_an_edit_brings_the_branch_of_a_rule_that_holds_then(
    browser: Browser, x: str, y: str
) -> None:
    edited = powers(float(x), float(y))
    open_page(browser, powers(1.5, 2.0))
    for id, text in (("v0", x), ("v1", y)):
        browser.click(f"#{id} text")
        type_into(browser, ".edit", text)
    browser.run("document.querySelector('.frame').focus()")
    shown_rules = []
    for _ in edited.steps:
        browser.press(RIGHT)
        shown_rules.append(browser.text(".rule"))
    assert shown_rules == [step.rule(edited.scene) for step in edited.steps]


def test_the_last_step_leaves_the_numbers_and_gradients_that_python_computed(
    browser: Browser,
) -> None:
    explanation = shared()
    open_page(browser, explanation)
    browser.press(END)
    for node in explanation.scene.nodes:
        if node.grad is not None:
            assert shown(browser, node.id)[-2:] == [numeral(node.data), f"∂ {numeral(node.grad)}"]


def test_a_gradient_is_the_running_total_of_what_has_arrived(browser: Browser) -> None:
    explanation = shared()
    open_page(browser, explanation)
    seen = []
    for step in explanation.steps:
        browser.press(RIGHT)
        if step.operand == "v0":
            seen.append(shown(browser, "v0")[-1])
            assert step.total is not None
            assert seen[-1] == f"∂ {numeral(step.total)}"
    assert len(seen) == 3


def test_arrow_keys_move_without_a_click(browser: Browser) -> None:
    open_page(browser, neuron())
    browser.run("document.activeElement.blur()")
    for key, expected in ((RIGHT, 1), (RIGHT, 2), (LEFT, 1)):
        browser.press(key)
        assert position(browser) == expected


def test_keys_that_scroll_are_left_to_the_page(browser: Browser) -> None:
    open_page(browser, neuron())
    browser.press(RIGHT)
    assert browser.run(SCROLLING_KEYS) == [" ", "Home", "End"]
    assert position(browser) == 1


@pytest.mark.parametrize("selector", [".frame", "[aria-label=Back]", ".track input"])
def test_the_picture_and_the_controls_take_home_and_end(browser: Browser, selector: str) -> None:
    open_page(browser, neuron())
    browser.run("document.querySelector(arguments[0]).focus()", selector)
    for key, expected in ((RIGHT, 1), (RIGHT, 2), (LEFT, 1), (END, 9), (RIGHT, 9), (HOME, 0)):
        browser.press(key)
        assert position(browser) == expected


def test_buttons_move_as_their_names_say(browser: Browser) -> None:
    open_page(browser, neuron())
    for name, expected in (("Forward", 1), ("Last", 9), ("Back", 8), ("First", 0), ("Back", 0)):
        browser.click(f"button[aria-label={name}]")
        assert position(browser) == expected


def test_the_slider_goes_anywhere_and_says_where(browser: Browser) -> None:
    open_page(browser, neuron())
    slider = browser.find(".track input")
    slider.send_keys(RIGHT, RIGHT, RIGHT, RIGHT)
    assert position(browser) == 4
    assert slider.get_attribute("aria-valuetext") == "Backward pass · step 4 of 9"


def test_going_back_shows_what_going_forward_showed(browser: Browser) -> None:
    explanation = shared()
    open_page(browser, explanation)
    picture = """
        return [...document.querySelectorAll(".frame g")].map((group) => [
          ...[...group.classList].sort(), group.getAttribute("tabindex"), group.textContent]);
    """
    forward = []
    for _ in explanation.steps:
        browser.press(RIGHT)
        forward.append(browser.run(picture))
    for expected in reversed(forward[:-1]):
        browser.press(LEFT)
        assert browser.run(picture) == expected


@pytest.mark.parametrize("selector", [".frame", ".play", ".track input"])
def test_space_plays_to_the_end_and_pauses(browser: Browser, selector: str) -> None:
    open_page(browser, neuron())
    browser.run("document.querySelector(arguments[0]).focus()", selector)
    browser.press(" ")
    assert browser.find(".play").get_attribute("aria-label") == "Pause"
    browser.wait(lambda: position(browser) >= 2)
    browser.press(" ")
    assert browser.find(".play").get_attribute("aria-label") == "Play"
    browser.press(END, LEFT)
    browser.click(".play")
    browser.wait(lambda: browser.find(".play").get_attribute("aria-label") == "Play")
    assert position(browser) == 9


def test_forward_is_drawn_solid_and_backward_dashed_and_reversed(browser: Browser) -> None:
    open_page(browser, neuron())
    style = "return getComputedStyle(document.querySelector('#v5-0 path'))[arguments[0]]"
    browser.press(RIGHT, RIGHT, RIGHT)
    assert "forward" in classes(browser, "v5-0")
    assert browser.run(style, "strokeDasharray") == "none"
    browser.press(RIGHT, RIGHT)
    assert {"backward", "flow-positive"} <= classes(browser, "v5-0")
    assert {"receives", "grad-positive"} <= classes(browser, "v4")
    assert browser.run(style, "strokeDasharray") != "none"
    assert "url(" in browser.run(style, "markerStart")
    arrowhead = "return getComputedStyle(document.querySelector('#v5-0 polygon')).visibility"
    assert browser.run(arrowhead) == "hidden"


def test_the_colours_of_gradients_are_those_of_pictures(browser: Browser) -> None:
    x, y = mg.Value(1.0, label="x"), mg.Value(1.0, label="y")
    explanation = mg.explain(x * 1e-4 * 0.99 - mg.relu(-y) - y)
    open_page(browser, explanation)
    browser.press(END)
    gradients = {node.id: node.grad for node in explanation.scene.nodes if node.grad is not None}
    kinds = {id: kind_of(grad, largest_of(gradients.values())) for id, grad in gradients.items()}
    assert set(kinds.values()) == {"zero", "tiny", "positive", "negative"}
    assert all(f"grad-{kind}" in classes(browser, id) for id, kind in kinds.items())


def test_only_the_current_step_is_marked(browser: Browser) -> None:
    open_page(browser, neuron())
    browser.press(END)
    for name in ("receives", "sends"):
        assert len(browser.all(f".frame .{name}")) == 1
    assert len(browser.all(".frame .forward")) == 0


# --- several in one page


@pytest.fixture
def two(browser: Browser) -> Browser:
    """A page with two steppers over the same scene, `steppers[0]` and `steppers[1]`."""
    explanation = neuron()
    script = (
        module(explanation.operations)
        + """
        const scene = JSON.parse(document.getElementById("data").textContent);
        const places = ["first", "second"].map((id) => document.getElementById(id));
        window.steppers = places.map((place) => mount(place, scene));
    """
    )
    body = '<div id="first"></div><div id="second"></div>'
    style = stepper_style()
    browser.open(page("two", body, script=script, style=style, data=explanation.to_dict()))
    return browser


def test_steppers_in_one_page_do_not_disturb_each_other(two: Browser) -> None:
    two.click("#second [aria-label=Forward]")
    two.press(RIGHT)
    two.click("#second #v0 text")
    type_into(two, "#second .edit", "7")
    assert [two.text(f"#{each} .counter") for each in ("first", "second")] == ["0 / 9", "2 / 9"]
    assert two.text("#second #v2 text:nth-of-type(2)") == "-7.0"
    assert two.text("#first #v0 text:nth-of-type(2)") == "2.0"
    assert two.all("#first .selected") == []


def test_what_mount_returns_moves_edits_resets_and_removes(two: Browser) -> None:
    number = "#first #v2 text:nth-of-type(2)"
    two.run("window.steppers[0].seek(1)")
    assert two.text(number) == "-2.0"
    two.run("window.steppers[0].set({ v0: 3, v1: 'inf' })")
    assert two.text(number) == "inf"
    two.run("window.steppers[0].reset()")
    assert two.text(number) == "-2.0"
    two.run("window.steppers[0].rebase({ v0: 4 }); window.steppers[0].set({ v0: 5 })")
    assert two.text(number) == "-5.0"
    two.run("window.steppers[0].reset()")
    assert two.text(number) == "-4.0"
    two.run("window.steppers[0].destroy()")
    assert [len(two.all(f"#{each} > *")) for each in ("first", "second")] == [0, 1]


# --- the size of the picture


def test_fit_shows_the_whole_picture_in_a_low_window_too(browser: Browser) -> None:
    browser.resize(1200, 300)
    open_page(browser, shared())
    browser.click(".zoom button:first-child")
    browser.run("document.querySelector('.frame').scrollTo(0, 0)")
    assert all(is_in_frame(browser, node.id) for node in shared().scene.nodes)


@pytest.mark.parametrize(("height", "expected"), [(900, "Fit"), (240, "1:1")])
def test_a_picture_that_could_not_be_read_fitted_begins_at_its_own_size(
    browser: Browser, height: int, expected: str
) -> None:
    browser.resize(1200, height)
    open_page(browser, shared())
    browser.wait(lambda: browser.all(".zoom [aria-pressed=true]"))
    assert browser.text(".zoom [aria-pressed=true]") == expected


# --- what may come

GO_TO = """
    const slider = document.querySelector(".track input");
    slider.value = arguments[0];
    slider.dispatchEvent(new Event("input"));
"""


HOSTILE = ["</script><script>alert(1)</script>", "<!-- <img src=x onerror=alert(1)>", "{grad:v0}"]


@pytest.mark.parametrize("label", [*HOSTILE, "]]>&amp;\u2028\x00", "∂" * 300, "\ud800"])
def test_no_label_breaks_out(browser: Browser, label: str) -> None:
    x = mg.Value(2.0, label=label)
    root = x * x
    root.label = label
    open_page(browser, mg.explain(root))
    browser.press(RIGHT, RIGHT, RIGHT)
    browser.click("#v0 text")
    assert position(browser) == 3
    assert len(browser.all("script")) == 2
    assert browser.all("img") == []


def test_nan_and_infinities_are_shown_as_what_they_are(browser: Browser) -> None:
    x = mg.Value(0.0, label="x")
    explanation = mg.explain(mg.log(x) * x)
    open_page(browser, explanation)
    browser.press(END)
    assert shown(browser, "v1")[-2] == "-inf"
    assert {"grad-nan"} <= classes(browser, "v0")


def test_a_graph_of_a_thousand_values_steps_without_a_wait(browser: Browser) -> None:
    model = mg.MLP(2, [16, 16, 1], activation="tanh", output="linear", seed=0)
    loss = mg.losses.hinge(model([0.5, -0.3]), 1)
    explanation = mg.explain(loss)
    open_page(browser, explanation)
    duration = "return getComputedStyle(document.querySelector('.value > *')).transitionDuration"
    assert browser.run(duration) == "0s"  # a thousand transitions at once take most of a second
    taken = browser.run("""
        const button = document.querySelector("[aria-label=Forward]");
        document.querySelector("[aria-label=Last]").click();
        document.querySelector("[aria-label=First]").click();
        const before = performance.now();
        for (let step = 0; step < 20; step += 1) {
          button.click();
          document.body.getBoundingClientRect();
        }
        return (performance.now() - before) / 20;
    """)
    assert position(browser) == 20
    assert taken < 100.0  # milliseconds; some 5 where nothing else runs
    browser.prefer(prefers_reduced_motion="reduce")
    for done in range(21, len(explanation.steps), 97):
        browser.run(GO_TO, done)
        step = explanation.steps[done - 1]
        assert is_in_frame(browser, step.operand or step.node)
