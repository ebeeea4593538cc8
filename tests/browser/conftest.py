"""A real browser for the tests in this folder: headless Chromium, driven by Selenium.

A test that takes `browser` fails when its page writes an error to the console or asks the network
for anything. Where Chromium is not installed these tests are skipped, but where the environment
variable MICROGRADLAB_REQUIRE_BROWSER is 1 they fail.
"""

from __future__ import annotations

import importlib.util
import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from tests.browser.window import Browser, started, unavailable

if TYPE_CHECKING:
    from selenium.webdriver import Chrome


@pytest.hookimpl(tryfirst=True)
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Marks the tests of this folder; they run in one process, as they share one browser."""
    for item in items:
        if item.path.parent == Path(__file__).parent:
            item.add_marker("browser")
            item.add_marker(pytest.mark.xdist_group("browser"))


@pytest.fixture(scope="session")
def chromium(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Chrome]:
    """Chromium, started once."""
    missing = [name for name in ("chromium", "chromedriver") if shutil.which(name) is None]
    if importlib.util.find_spec("selenium") is None:
        missing.append("selenium")
    if missing:
        unavailable(f"tests of pages need {', '.join(missing)}")
    driver = started(tmp_path_factory.mktemp("chromium"))
    yield driver
    driver.quit()


@pytest.fixture
def browser(chromium: Chrome, tmp_path: Path) -> Iterator[Browser]:
    """A window as new, whose page may neither complain nor use the network."""
    window = Browser(chromium, tmp_path)
    window.resize(1200)
    window.prefer()
    chromium.get("about:blank")
    window.complaints()
    window.requests()
    yield window
    assert window.complaints() == []
    assert window.requests() == []
