"""A window of Chromium, in the words that the tests of pages need."""

from __future__ import annotations

import json
import os
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any, NoReturn

import pytest

if TYPE_CHECKING:
    from selenium.webdriver import Chrome
    from selenium.webdriver.remote.webelement import WebElement


_FLAGS = (
    ("--headless=new", "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run")
    + ("--disable-background-networking", "--disable-component-update", "--disable-sync")
    + ("--hide-scrollbars",)
)


def started(profile: Path) -> Chrome:
    """A new Chromium that nobody sees.

    Args:
        profile: an empty folder for what it keeps.
    """
    from selenium import webdriver

    options = webdriver.ChromeOptions()
    options.binary_location = str(shutil.which("chromium"))
    for flag in (*_FLAGS, f"--user-data-dir={profile}"):
        options.add_argument(flag)
    options.set_capability("goog:loggingPrefs", {"browser": "ALL", "performance": "ALL"})
    service = webdriver.ChromeService(str(shutil.which("chromedriver")))
    return webdriver.Chrome(options=options, service=service)


def unavailable(reason: str) -> NoReturn:
    """Ends a test whose programs are not installed: as skipped, or as failed where they must be."""
    if os.environ.get("MICROGRADLAB_REQUIRE_BROWSER") == "1":
        pytest.fail(reason)
    pytest.skip(reason)


class Browser:
    """One page at a time."""

    def __init__(self, driver: Chrome, folder: Path) -> None:
        self.driver = driver
        self.folder = folder

    def open(self, html: str) -> None:
        """Shows a page from a file, as somebody who was sent it would."""
        path = self.folder / "page.html"
        path.write_text(html, "utf-8")
        self.driver.get(path.as_uri())

    def run(self, script: str, *arguments: Any) -> Any:
        """What the body of a JavaScript function returns, or what its promise comes to."""
        return self.driver.execute_script(script, *arguments)

    def all(self, selector: str) -> list[WebElement]:
        """The elements that a CSS selector finds."""
        return self.driver.find_elements("css selector", selector)

    def find(self, selector: str) -> WebElement:
        """The first element that a CSS selector finds."""
        return self.driver.find_element("css selector", selector)

    def text(self, selector: str) -> str:
        """The text of the first element that a CSS selector finds, be it seen or not."""
        return str(self.run("return document.querySelector(arguments[0]).textContent", selector))

    def click(self, selector: str) -> None:
        """Clicks the first element that a CSS selector finds."""
        self.find(selector).click()

    def press(self, *keys: str) -> None:
        """Presses keys, one after the other, where the focus is."""
        from selenium.webdriver.common.action_chains import ActionChains

        for key in keys:
            ActionChains(self.driver).send_keys(key).perform()

    def wait(self, condition: Callable[[], Any], seconds: float = 10.0) -> Any:
        """Waits until a condition holds, and gives what it gave."""
        from selenium.webdriver.support.wait import WebDriverWait

        return WebDriverWait(self.driver, seconds, 0.05).until(lambda _: condition())

    def resize(self, width: int, height: int = 900) -> None:
        """Makes the window as wide as a telephone or a desk."""
        metrics = {"width": width, "height": height, "deviceScaleFactor": 1, "mobile": False}
        self.driver.execute_cdp_cmd("Emulation.setDeviceMetricsOverride", metrics)

    def prefer(self, **features: str) -> None:
        """Sets media features, such as prefers_color_scheme="dark"; all others are as usual."""
        wanted = [{"name": k.replace("_", "-"), "value": v} for k, v in features.items()]
        self.driver.execute_cdp_cmd("Emulation.setEmulatedMedia", {"features": wanted})

    def complaints(self, *levels: str) -> list[str]:
        """What the console has had to say since it was asked last; warnings too, if not told."""
        entries = self._log("browser")
        wanted = levels or ("SEVERE", "WARNING")
        return [entry["message"] for entry in entries if entry["level"] in wanted]

    def requests(self) -> list[str]:
        """The addresses asked for since the last time, if only in vain; not files and data."""
        events = [json.loads(entry["message"])["message"] for entry in self._log("performance")]
        sent = [e["params"] for e in events if e["method"] == "Network.requestWillBeSent"]
        addresses = [str(params["request"]["url"]) for params in sent]
        return [url for url in addresses if not url.startswith(("file:", "data:", "blob:"))]

    def _log(self, kind: str) -> list[dict[str, Any]]:
        driver: Any = self.driver  # whose get_log has no types
        entries: list[dict[str, Any]] = driver.get_log(kind)
        return entries
