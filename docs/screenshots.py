"""Photographs the README's pages: `python -m docs.screenshots` (extra `test`, and Chromium)."""

from __future__ import annotations

from pathlib import Path
from tempfile import TemporaryDirectory

from selenium.webdriver import Chrome

import microgradlab as mg
from microgradlab.cli.main import run
from tests.browser.course_walk import NAMES, opened, walk
from tests.browser.jupyter import Lab
from tests.browser.window import Browser, started

HERE = Path(__file__).parent
MOVE = """
const slider = document.querySelector(arguments[0]);
slider.value = arguments[1];
slider.dispatchEvent(new Event("input", {bubbles: true}));
"""
SCROLL = """
document.activeElement?.blur();
const headings = [...document.querySelectorAll(".jp-MarkdownOutput h2")];
headings.find((heading) => heading.textContent.startsWith(arguments[0])).scrollIntoView();
"""


def stepper(driver: Chrome, folder: Path) -> None:
    """The stepper on a neuron, in the middle of the backward pass."""
    w, x, b = mg.Value(2.0, label="w"), mg.Value(-1.0, label="x"), mg.Value(0.5, label="b")
    z = mg.tanh(w * x + b)
    z.label = "z"
    mg.explain(z, {"w": w, "b": b}).save(folder / "stepper.html")
    show(driver, folder / "stepper.html", 1000, 500)
    driver.execute_script(MOVE, ".mg-stepper input[type=range]", 8)
    photograph(driver, "stepper.png")


def report(driver: Chrome, folder: Path) -> None:
    """The report of a training on two moons, at an early epoch."""
    run(["train", "moons", "--run", str(folder / "moons"), "--quiet"])
    show(driver, folder / "moons" / "report.html", 1250, 1010)
    driver.execute_script(MOVE, "input[type=range]", 8)
    photograph(driver, "report.png")


def course(driver: Chrome, folder: Path) -> None:
    """The first notebook of the course in JupyterLab, where the chain rule is drawn."""
    with opened(folder) as server:
        lab = Lab(Browser(driver, folder))
        problems = walk(lab, server, NAMES[0])
        if problems:
            raise RuntimeError("\n".join(problems))
        resize(driver, 1100, 860)
        driver.execute_script(SCROLL, "Backward, by the chain rule")
        photograph(driver, "course.png")


def show(driver: Chrome, page: Path, width: int, height: int) -> None:
    """Opens a page in a window of this size."""
    resize(driver, width, height)
    driver.get(page.as_uri())


def resize(driver: Chrome, width: int, height: int) -> None:
    """Makes the window so large, with the pixels of a good screen."""
    size = {"width": width, "height": height, "deviceScaleFactor": 1.5, "mobile": False}
    driver.execute_cdp_cmd("Emulation.setDeviceMetricsOverride", size)


def photograph(driver: Chrome, name: str) -> None:
    """Saves what the window shows, once it has come to rest."""
    wait = "const done = arguments[0]; setTimeout(done, 1000);"
    driver.execute_async_script(wait)
    driver.save_screenshot(str(HERE / name))


if __name__ == "__main__":
    with TemporaryDirectory() as name:
        driver = started(Path(name) / "profile")
        try:
            stepper(driver, Path(name))
            report(driver, Path(name))
            course(driver, Path(name))
        finally:
            driver.quit()
    print("wrote stepper.png, report.png and course.png")
