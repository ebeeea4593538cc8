"""What the tests of pages rely on: that a complaint or a request does not go unnoticed."""

from __future__ import annotations

from microgradlab.drawing.page import page
from tests.browser.window import Browser

ELSEWHERE = "http://127.0.0.1:9/"  # a port that answers nobody


def test_requests_and_complaints_are_noticed(browser: Browser) -> None:
    browser.open(f"<!doctype html><img src='{ELSEWHERE}'><script>console.error('oh')</script>")
    browser.wait(lambda: ELSEWHERE in browser.requests())
    assert any("oh" in complaint for complaint in browser.complaints())


def test_a_pages_policy_forbids_requests_and_scripts_that_are_not_its_own(browser: Browser) -> None:
    body = f"<img src='{ELSEWHERE}' onerror='window.ran = 1'><script>window.ran = 2</script>"
    script = f"window.own = 3; fetch('{ELSEWHERE}').catch(() => {{ window.refused = true; }});"
    browser.open(page("policy", body, script=script, style="", data=None))
    browser.wait(lambda: browser.run("return window.refused"))
    assert browser.run("return [window.own, window.ran]") == [3, None]
    refusals = browser.complaints()
    assert all("Content Security Policy" in refusal for refusal in refusals)
    for refused in ("image", "Connecting", "inline event handler", "inline script"):
        assert any(refused in refusal for refusal in refusals)
    browser.requests()  # those that were tried
