"""Walks through the course in a real JupyterLab, as a newcomer would, and photographs it.

    python -m tests.browser.course_walk FOLDER [NN ...] [--dark]

writes a picture of each notebook, or of those with these numbers, into the folder; the exit code is
1 where a cell fails or a figure cannot be seen.
"""

from __future__ import annotations

import argparse
import sys
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory

from tests.browser.jupyter import Lab, Server, serving
from tests.browser.window import Browser, started
from tests.notebooks.course import notebooks

NAMES = [path.name for path in notebooks()]
WIDTH = 1200
HIGHEST = 16_000  # of a picture that Chromium takes

_FIGURES = """
    return [...document.querySelectorAll(".jp-OutputArea figure, .jp-OutputArea img")]
      .map((element) => {
        const image = element.matches("img") ? element : element.querySelector("img");
        const caption = element.closest("figure")?.querySelector("figcaption");
        return !image ? "a figure without a picture"
          : !image.naturalWidth ? "a picture that cannot be shown"
          : !image.alt.trim() ? "a picture without alternative text"
          : !caption?.textContent.trim() ? "a picture without a caption"
          : image.getBoundingClientRect().width > element.closest(".jp-OutputArea").clientWidth
            ? "a picture that is wider than the page" : "";
      }).filter(Boolean);
"""
_TOP = """
    document.activeElement?.blur();
    document.querySelector(".jp-WindowedPanel-outer").scrollTop = 0;
"""
_HEIGHT = """
    const cells = document.querySelectorAll(".jp-WindowedPanel-outer .jp-Cell");
    const scroller = document.querySelector(".jp-WindowedPanel-outer");
    const bottom = cells[cells.length - 1].getBoundingClientRect().bottom + scroller.scrollTop;
    return bottom + 60;
"""


@contextmanager
def opened(folder: Path) -> Iterator[Server]:
    """A JupyterLab on the course, started by `microgradlab notebooks`, until the block ends."""
    command = [sys.executable, "-m", "microgradlab", "notebooks", "course", "--no-browser", "--"]
    with serving(command, folder) as server:
        yield server


def problems(lab: Lab) -> list[str]:
    """What is wrong with the notebook in front after all of its cells were run."""
    found: list[str] = lab.window.run(_FIGURES)
    for place, cell in enumerate(lab.cells(), 1):
        if cell["cell_type"] != "code":
            continue
        if cell["execution_count"] is None:
            found.append(f"cell {place} was not run")
        for output in cell["outputs"]:
            if output["output_type"] == "error":
                found.append(f"cell {place}: {output['ename']}: {output['evalue']}")
            elif output.get("name") == "stderr":
                found.append(f"cell {place}: {output['text']}")
    return found


def photograph(lab: Lab, path: Path) -> None:
    """Saves a picture of the whole notebook in front."""
    for _ in range(2):  # what was not seen before may be drawn higher
        lab.window.resize(WIDTH, min(int(lab.window.run(_HEIGHT)), HIGHEST))
        lab.window.run(_TOP)
        time.sleep(1.0)
    lab.window.driver.save_screenshot(str(path))


def walk(lab: Lab, server: Server, name: str) -> list[str]:
    """Opens a notebook, runs it from its first cell to its last, and says what was wrong."""
    lab.window.resize(WIDTH)
    lab.open(server.url(f"doc/tree/{name}"))
    lab.run_all(300.0)
    return problems(lab)


def main(words: Sequence[str] | None = None) -> int:
    """Walks as the command line says; the exit code."""
    parser = argparse.ArgumentParser(prog="python -m tests.browser.course_walk")
    parser.add_argument("folder", type=Path, help="for the pictures")
    parser.add_argument("numbers", nargs="*", help="of notebooks, such as 03 (default: all)")
    parser.add_argument("--dark", action="store_true", help="in JupyterLab's dark theme")
    arguments = parser.parse_args(words)
    arguments.folder.mkdir(parents=True, exist_ok=True)
    wanted = [n for n in NAMES if not arguments.numbers or n[:2] in arguments.numbers]
    wrong = 0
    with TemporaryDirectory() as folder, opened(Path(folder)) as server:
        driver = started(Path(folder) / "profile")
        try:
            lab = Lab(Browser(driver, Path(folder)))
            for name in wanted:
                start = time.monotonic()
                found = walk(lab, server, name)
                if arguments.dark:
                    lab.choose("JupyterLab Dark")
                photograph(lab, arguments.folder / f"{Path(name).stem}.png")
                print(f"{name}: {time.monotonic() - start:.0f} s", *found, sep="\n  ", flush=True)
                wrong += len(found)
        finally:
            driver.quit()
    return 1 if wrong else 0


if __name__ == "__main__":
    sys.exit(main())
