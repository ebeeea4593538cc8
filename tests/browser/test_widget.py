"""The stepper in a real JupyterLab: as a page in a frame, and as widgets."""

from __future__ import annotations

import json
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from tests.browser.jupyter import Lab, Server, need, serving
from tests.browser.steppers import RIGHT
from tests.browser.window import Browser

if TYPE_CHECKING:
    from selenium.webdriver import Chrome
    from selenium.webdriver.remote.webelement import WebElement

pytestmark = [pytest.mark.slow, pytest.mark.xdist_group("jupyter")]

CELLS = [
    "import microgradlab as mg\n"
    "w, x = mg.Value(2.0, label='w'), mg.Value(-1.0, label='x')\n"
    "o = mg.tanh(w * x)\n"
    "mg.explain(o)",
    "mg.explain(o).widget()",
    "mg.explain(w * w).widget()",
]


@pytest.fixture(scope="module")
def jupyter(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    """A JupyterLab whose folder has a notebook."""
    need("anywidget")
    folder = tmp_path_factory.mktemp("jupyter")
    notebook = {
        "cells": [
            {"cell_type": "code", "id": f"cell-{place}", "source": source, "metadata": {}}
            | {"execution_count": None, "outputs": []}
            for place, source in enumerate(CELLS)
        ],
        "metadata": {"kernelspec": {"name": "python3", "display_name": "Python 3"}},
        "nbformat": 4,
        "nbformat_minor": 5,
    }
    (folder / "steppers.ipynb").write_text(json.dumps(notebook), "utf-8")
    with serving([sys.executable, "-m", "jupyterlab", "--no-browser"], folder) as server:
        yield server


@pytest.fixture
def notebook(jupyter: Server, chromium: Chrome, tmp_path: Path) -> Browser:
    """The notebook, with all of its cells run."""
    window = Browser(chromium, tmp_path)
    window.resize(1200, 3000)
    window.complaints()
    lab = Lab(window)
    lab.open(jupyter.url("doc/tree/steppers.ipynb"))
    lab.run_all()
    window.wait(lambda: len(window.all(".mg-stepper")) == 2, 120.0)
    return window


def counter(stepper: WebElement) -> str:
    return stepper.find_element("css selector", ".counter").text


def test_the_frame_and_the_widgets_step_each_by_itself(notebook: Browser) -> None:
    first, second = notebook.all(".mg-stepper")
    first.find_element("css selector", "[aria-label=Forward]").click()
    assert [counter(first), counter(second)] == ["1 / 6", "0 / 4"]

    second.find_element("css selector", "#v0 text").click()
    field = second.find_element("css selector", ".edit")
    field.clear()
    field.send_keys("5\t")
    second.find_element("css selector", ".frame").click()
    notebook.press(RIGHT, RIGHT)  # keys that JupyterLab leaves to the widget
    assert [counter(first), counter(second)] == ["1 / 6", "2 / 4"]
    assert "25.0" in second.find_element("css selector", "#v1").text
    assert "-2.0" in first.find_element("css selector", "#v2").text

    frame = notebook.find("iframe[title^='Forward and backward']")
    notebook.driver.switch_to.frame(frame)
    notebook.click("h1")
    notebook.press(RIGHT, RIGHT, RIGHT)
    assert notebook.text(".counter") == "3 / 6"
    notebook.driver.switch_to.default_content()

    Lab(notebook).choose("JupyterLab Dark")
    fill = "return getComputedStyle(document.querySelector('.mg-stepper')).backgroundColor"
    notebook.wait(lambda: notebook.run(fill) == "rgb(23, 25, 29)")

    ours = ("blob:", "srcdoc", "mg-stepper", "anywidget", "Content Security Policy")
    errors = notebook.complaints("SEVERE")  # JupyterLab warns of slow machines
    assert [line for line in errors if any(part in line for part in ours)] == []
