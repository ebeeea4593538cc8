"""The report of a run in a browser: one scrubber that moves everything."""

from __future__ import annotations

from dataclasses import replace

import pytest

from microgradlab.drawing.numerals import numeral
from microgradlab.drawing.report.predictions import Boundary, Confusion
from microgradlab.drawing.report.report import Chart, Line, Report, report_page
from microgradlab.losses import LOSSES
from tests.browser.steppers import (
    END,
    HOME,
    LEFT,
    RIGHT,
    SCROLLING_KEYS,
    is_in_frame,
    shown,
    type_into,
)
from tests.browser.window import Browser
from tests.drawing.report.runs import Run, iris_report, line_report, moons_report, moons_run


def open_report(browser: Browser, report: Report) -> None:
    """Opens the page, with the focus on the scrubber, where all its keys work."""
    browser.open(report_page(report))
    browser.run("document.querySelector('#scrubber button[aria-label=Play]').focus()")
    settle(browser)


def settle(browser: Browser) -> None:
    """Waits until the numbers of the graph have followed the scrubber."""
    browser.run("return new Promise(done => requestAnimationFrame(() => setTimeout(done)))")


def press(browser: Browser, *keys: str) -> None:
    browser.press(*keys)
    settle(browser)


def epoch(browser: Browser) -> str:
    return browser.text(".scrubber .epoch")


def legends(browser: Browser) -> list[str]:
    """The numbers beside the names of the charts' lines."""
    return [element.text for element in browser.all(".legend .number")]


def plane(browser: Browser) -> str:
    return str(browser.run("return document.querySelector('canvas').toDataURL()"))


def loss_at(run: Run, frame: int, sample: int) -> str:
    """The loss of a sample at an epoch, as the graph shows it."""
    with run.recording.at(frame, run.model):
        features, target = run.train[sample]
        return numeral(float(LOSSES[run.loss](run.model.predict(features), target)))


def shown_loss(browser: Browser) -> str:
    (root,) = browser.all("#sample g.role-root")
    return shown(browser, str(root.get_attribute("id")))[-2]


def chosen(browser: Browser) -> int:
    title = str(browser.run("return document.querySelector('select').selectedOptions[0].text"))
    return int(title.split(":")[0].removeprefix("sample "))


def test_it_begins_at_the_epoch_that_was_kept(browser: Browser) -> None:
    open_report(browser, replace(moons_report(), best=3))
    assert epoch(browser) == "epoch 3 of 4 (lowest cost, kept)"


def test_keys_go_through_the_epochs(browser: Browser) -> None:
    open_report(browser, moons_report())
    for key, expected in ((LEFT, 3), (LEFT, 2), (RIGHT, 3), (HOME, 0), (LEFT, 0), (END, 4)):
        press(browser, key)
        assert epoch(browser).startswith(f"epoch {expected} of 4")
    press(browser, HOME)
    assert epoch(browser) == "epoch 0 of 4 (before training)"


def test_keys_that_scroll_are_left_to_the_page(browser: Browser) -> None:
    open_report(browser, moons_report())
    assert browser.run(SCROLLING_KEYS) == [" ", "Home", "End"]
    press(browser, LEFT)
    assert epoch(browser) == "epoch 3 of 4"


def test_what_the_scrubber_moves_is_not_spoken(browser: Browser) -> None:
    open_report(browser, moons_report())
    browser.find("#sample .choice select").send_keys("x1")
    type_into(browser, "#sample .epsilon", "1e-5")
    assert browser.all("output, [role=status]") == []
    browser.click("#scrubber button[aria-label='Epoch before']")
    settle(browser)
    assert live(browser) == {"off"}
    browser.click("#sample button[aria-label='Back']")
    assert browser.find("#sample .narration").get_attribute("aria-live") == "polite"


def live(browser: Browser) -> set[str | None]:
    return {region.get_attribute("aria-live") for region in browser.all("[aria-live]")}


def test_buttons_go_through_the_epochs_and_leave_the_arrow_keys_alone(browser: Browser) -> None:
    open_report(browser, moons_report())
    for name, expected in (("First", 0), ("Next", 1), ("Last", 4)):
        browser.click(f"#scrubber button[aria-label='{name} epoch']")
        assert epoch(browser).startswith(f"epoch {expected} of 4")
    browser.click("#scrubber button[aria-label='Epoch before']")
    press(browser, LEFT)
    assert epoch(browser).startswith("epoch 2 of 4")


def test_buttons_and_sliders_look_like_those_of_the_stepper(browser: Browser) -> None:
    open_report(browser, moons_report())
    browser.run("document.activeElement.blur()")
    look = """
        const of = (selector, names) => names.map(
          (name) => getComputedStyle(document.querySelector(`${arguments[0]} ${selector}`))[name]);
        const colours = ["color", "backgroundColor", "borderColor", "borderRadius", "width"];
        return [of(".buttons button", colours), of(".buttons .play", colours),
          of(".track input", ["accentColor"])];
    """
    press(browser, LEFT)
    browser.click("#sample [aria-label=Back]")
    assert browser.run(look, ".scrubber") == browser.run(look, ".mg-stepper")


def test_buttons_that_lead_nowhere_are_marked(browser: Browser) -> None:
    open_report(browser, moons_report())
    disabled = "#scrubber [aria-disabled=true]"
    assert [b.accessible_name for b in browser.all(disabled)] == ["Next epoch", "Last epoch"]
    press(browser, HOME)
    assert [b.accessible_name for b in browser.all(disabled)] == ["First epoch", "Epoch before"]


def test_the_slider_keeps_its_length(browser: Browser) -> None:
    open_report(browser, replace(moons_report(), kept="lowest validation cost, kept"))
    width = "return document.querySelector('#scrubber input').getBoundingClientRect().width"
    before = browser.run(width)
    press(browser, LEFT)
    assert browser.run(width) == before


def test_the_slider_moves_by_the_arrow_keys_and_says_its_epoch(browser: Browser) -> None:
    open_report(browser, moons_report())
    slider = browser.find("#scrubber input")
    browser.run("arguments[0].focus()", slider)
    press(browser, LEFT)
    assert epoch(browser) == "epoch 3 of 4"
    assert slider.get_attribute("aria-valuetext") == "epoch 3 of 4"


def test_playing_ends_with_the_last_epoch(browser: Browser) -> None:
    open_report(browser, moons_report())
    press(browser, " ")
    assert browser.find("#scrubber button[aria-label='Pause']")
    browser.wait(lambda: epoch(browser).startswith("epoch 4"))
    browser.wait(lambda: browser.all("#scrubber button[aria-label='Play']"))


def test_playing_stops_where_it_is_told_to(browser: Browser) -> None:
    open_report(browser, moons_report())
    browser.click("#scrubber button[aria-label='Play']")
    browser.click("#scrubber button[aria-label='Pause']")
    before = epoch(browser)
    browser.run("return new Promise(done => setTimeout(done, 400))")
    assert epoch(browser) == before


def test_charts_boundary_and_graph_follow_the_scrubber(browser: Browser) -> None:
    run = moons_run()
    open_report(browser, moons_report())
    seen = set()
    for frame in (0, 1, 3, 4):
        press(browser, HOME, *[RIGHT] * frame)
        seen.add(plane(browser))
        assert shown_loss(browser) == loss_at(run, frame, chosen(browser))
        assert legends(browser) == (
            [numeral(run.history["cost"][frame - 1])] if frame else ["none"]
        )
    assert len(seen) == 4


def test_a_click_into_a_chart_goes_to_the_nearest_epoch(browser: Browser) -> None:
    from selenium.webdriver.common.action_chains import ActionChains

    open_report(browser, moons_report())
    (chart,) = browser.all("#charts figure:not(.tall) > svg")
    ActionChains(browser.driver).move_to_element_with_offset(chart, 10, 0).click().perform()
    assert epoch(browser) == "epoch 2 of 4"


def test_another_sample_brings_its_own_numbers(browser: Browser) -> None:
    run = moons_run()
    open_report(browser, moons_report())
    press(browser, LEFT)
    rings = set()
    for option in browser.all("#sample-choice option"):
        option.click()
        settle(browser)
        assert shown_loss(browser) == loss_at(run, 3, chosen(browser))
        x1 = run.train.features[chosen(browser)][0]
        assert shown(browser, id_of(browser, "x1"))[1] == numeral(x1)
        ring = browser.find(".ring")
        rings.add((ring.get_attribute("cx"), ring.get_attribute("cy")))
        assert len(browser.all("#sample .stepper .frame")) == 1
    assert len(rings) == len(moons_report().samples.samples) > 1


def test_an_edited_number_goes_back_to_those_of_the_epoch(browser: Browser) -> None:
    run = moons_run()
    open_report(browser, moons_report())
    x1 = id_of(browser, "x1")
    browser.find("#sample .choice select").send_keys("x1")
    type_into(browser, "#sample .edit", "5")
    assert shown(browser, x1)[1] == "5.0"
    assert shown_loss(browser) != loss_at(run, 4, chosen(browser))
    browser.click("#sample .toolbar > button")
    assert shown_loss(browser) == loss_at(run, 4, chosen(browser))
    assert not browser.find("#sample .toolbar > button").is_displayed()
    type_into(browser, "#sample .edit", "5")
    browser.click("#scrubber button[aria-label='Epoch before']")
    settle(browser)
    assert shown_loss(browser) == loss_at(run, 3, chosen(browser))


def id_of(browser: Browser, label: str) -> str:
    """The id of a value by its title in the picture."""
    script = (
        "return [...document.querySelectorAll('#sample g.value')]"
        ".find(g => g.querySelector('text').textContent === arguments[0]).id"
    )
    return str(browser.run(script, label))


def test_the_stepper_begins_with_all_gradients_and_the_loss_in_sight(browser: Browser) -> None:
    browser.resize(700, 500)
    open_report(browser, moons_report())
    (root,) = browser.all("#sample g.role-root")
    browser.wait(lambda: is_in_frame(browser, str(root.get_attribute("id"))))
    browser.click("#sample .zoom button:last-child")
    browser.wait(lambda: is_in_frame(browser, str(root.get_attribute("id"))))
    done, total = map(int, browser.text("#sample .counter").split(" / "))
    assert done == total
    assert browser.text("#sample .phase").startswith(f"All {total} steps are done · press First")
    browser.click("#sample button[aria-label='Back']")
    assert browser.text("#sample .phase").endswith(f"step {total - 1} of {total}")


def test_the_stepper_steps_by_itself_and_leaves_the_epoch_alone(browser: Browser) -> None:
    open_report(browser, moons_report())
    before = epoch(browser)
    browser.click("#sample button[aria-label='First']")
    press(browser, RIGHT, RIGHT)
    assert browser.text("#sample .counter").startswith("2 / ")
    assert epoch(browser) == before


def test_mistakes_are_counted_by_epoch(browser: Browser) -> None:
    report = iris_report()
    open_report(browser, report)
    assert isinstance(report.predictions, Confusion)
    for frame, counts in enumerate(report.predictions.counts):
        press(browser, HOME, *[RIGHT] * frame)
        rows = browser.all(".confusion tbody tr")
        texts = [[cell.text for cell in row.find_elements("css selector", "td")] for row in rows]
        assert texts == [[str(count or "·") for count in row] for row in counts]
    assert [cell.text for cell in browser.all(".confusion thead th")][1:] == [
        *("setosa", "versicolor", "virginica")
    ]


def test_predicted_numbers_move_to_the_true_ones(browser: Browser) -> None:
    open_report(browser, line_report())
    press(browser, HOME)
    before = browser.find("#charts .tall .sample").get_attribute("d")
    press(browser, END)
    assert browser.find("#charts .tall .sample").get_attribute("d") != before
    assert "predicted target" in browser.find("#charts .tall svg").text


def test_a_chart_has_gaps_ticks_by_powers_of_ten_and_a_band(browser: Browser) -> None:
    lines = [Line("a", [1.0, None, 1e-4, 1e-2]), Line("b", [None] * 4)]
    chart = Chart("Updates", "ratio", [1, 2, 3, 4], lines, True, (), (1e-4, 1e-2), "usual")
    open_report(browser, replace(moons_report(), charts=[chart]))
    path = browser.find("#charts figure:not(.tall) > svg .line-0").get_attribute("d")
    assert path is not None
    assert path.count("M") == 2
    picture = browser.find("#charts figure:not(.tall) > svg")
    assert {"0.01", "0.1", "1"} <= set(picture.text.split())
    assert picture.get_attribute("aria-label") == (
        "Updates, ratio by epoch: a goes from 1.0 to 0.01; b is not known."
    )
    assert browser.all("#charts .band")
    assert legends(browser) == ["0.01", "none"]


def test_a_chart_of_very_many_epochs_is_drawn(browser: Browser) -> None:
    count = 150_000
    epochs = list(range(1, count + 1))
    chart = Chart("Cost", "cost", epochs, [Line("a", [float(i) for i in range(count)])])
    open_report(browser, replace(moons_report(), charts=[chart]))
    assert browser.all("#charts figure:not(.tall) > svg .line-0")


@pytest.mark.parametrize("width", [380, 820, 1400])
@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_it_fits_the_window_in_light_and_dark(browser: Browser, width: int, scheme: str) -> None:
    browser.resize(width)
    browser.prefer(prefers_color_scheme=scheme)
    open_report(browser, iris_report())
    assert browser.run("return document.documentElement.scrollWidth") <= width
    channels = browser.run("return getComputedStyle(document.body).backgroundColor.match(/\\d+/g)")
    assert (int(channels[0]) < 128) == (scheme == "dark")


def test_the_plane_is_painted_anew_when_it_gets_dark(browser: Browser) -> None:
    browser.prefer(prefers_color_scheme="light")
    open_report(browser, moons_report())
    light = plane(browser)
    browser.prefer(prefers_color_scheme="dark")
    browser.wait(lambda: plane(browser) != light)


def test_hostile_names_are_texts(browser: Browser) -> None:
    name = "</script><img src=x onerror=alert(1)>"
    report = moons_report()
    assert isinstance(report.predictions, Boundary)
    hostile = replace(
        report,
        title=name,
        notes=[name],
        charts=[Chart(name, name, [1], [Line(name, [1.0])])],
        predictions=replace(report.predictions, classes=(name, "b"), names=(name, "y")),
    )
    open_report(browser, hostile)
    assert browser.text("h1") == name
    assert browser.text("#charts figure:not(.tall) figcaption") == name
    assert browser.all("img") == []
