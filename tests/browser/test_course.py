"""The course as a newcomer meets it: `microgradlab notebooks`, and JupyterLab in a browser."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from tests.browser.course_walk import NAMES, opened, walk
from tests.browser.jupyter import Lab, Server, need
from tests.browser.window import Browser

if TYPE_CHECKING:
    from selenium.webdriver import Chrome

pytestmark = [pytest.mark.slow, pytest.mark.xdist_group("jupyter")]


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    """What the command starts."""
    need()
    with opened(tmp_path_factory.mktemp("course")) as started:
        yield started


@pytest.fixture
def lab(chromium: Chrome, tmp_path: Path) -> Lab:
    return Lab(Browser(chromium, tmp_path))


def test_the_first_notebook_runs_from_top_to_bottom_and_leads_to_the_second(
    server: Server, lab: Lab
) -> None:
    assert walk(lab, server, NAMES[0]) == []

    frame = lab.window.find("iframe[title^='Forward and backward']")
    lab.window.driver.switch_to.frame(frame)
    lab.window.click("[aria-label=Forward]")
    assert lab.window.text(".counter") == "1 / 4"
    lab.window.driver.switch_to.default_content()

    links = lab.window.all(f".jp-MarkdownOutput a[href*='{NAMES[1]}']")
    links[0].click()
    lab.window.wait(lambda: lab.path().endswith(NAMES[1]), 30.0)


def test_the_command_opens_the_first_notebook(server: Server, lab: Lab) -> None:
    lab.open(server.url())
    assert lab.path() == NAMES[0]
