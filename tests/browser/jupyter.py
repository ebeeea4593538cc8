"""A real JupyterLab for the tests: a server with settings of its own, and its page in a window."""

from __future__ import annotations

import json
import os
import secrets
import socket
import subprocess
import time
import urllib.request
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from importlib.util import find_spec
from pathlib import Path
from typing import Any

from tests.browser.window import Browser, unavailable

_OPTIONS = (
    ("--allow-root", "--expose-app-in-browser", "--ServerApp.port_retries=0")
    + ("--LabApp.extension_manager=readonly",)
    + ("--LabApp.check_for_updates_class=jupyterlab.NeverCheckForUpdate", "--LabApp.news_url=")
)
_FOLDERS = ("JUPYTER_CONFIG_DIR", "JUPYTER_DATA_DIR", "JUPYTER_RUNTIME_DIR", "IPYTHONDIR") + (
    "JUPYTERLAB_SETTINGS_DIR",
    "JUPYTERLAB_WORKSPACES_DIR",
)
_SETTINGS = {
    "notebook-extension/tracker": {"windowingMode": "none"},  # cells out of sight are drawn too
    "apputils-extension/notification": {"fetchNews": "false", "checkForUpdates": False},
}


@dataclass(frozen=True)
class Server:
    """A running JupyterLab.

    Attributes:
        address: where it is.
        token: what opens it.
    """

    address: str
    token: str

    def url(self, path: str = "") -> str:
        """The address of one of its pages."""
        return f"{self.address}/{path}?token={self.token}"


def need(*libraries: str) -> None:
    """Ends a test that needs libraries which are not installed."""
    for library in ("jupyterlab", *libraries):
        if find_spec(library) is None:
            unavailable(f"tests of notebooks need {library}")


@contextmanager
def serving(command: Sequence[str], folder: Path) -> Iterator[Server]:
    """Runs a command that starts JupyterLab, until the block ends.

    Args:
        command: it takes options of JupyterLab at its end.
        folder: where it runs, and where JupyterLab keeps settings that nobody else has.
    """
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    server = Server(f"http://127.0.0.1:{port}", secrets.token_hex())
    own = (f"--ServerApp.port={port}", f"--IdentityProvider.token={server.token}")
    environment = os.environ | {name: str(folder / name.lower()) for name in _FOLDERS}
    for name, settings in _SETTINGS.items():
        file = folder / f"jupyterlab_settings_dir/@jupyterlab/{name}.jupyterlab-settings"
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(json.dumps(settings), "utf-8")
    log = folder / "log.txt"
    with (
        log.open("wb") as output,
        subprocess.Popen(
            [*command, *_OPTIONS, *own], cwd=folder, env=environment, stdout=output, stderr=output
        ) as process,
    ):
        try:
            _wait_for(server, process, log)
            yield server
        finally:
            process.terminate()
            process.wait(30.0)


def _wait_for(server: Server, process: subprocess.Popen[bytes], log: Path) -> None:
    deadline = time.monotonic() + 120.0
    while not _answers(server.url()):
        if process.poll() is not None or time.monotonic() > deadline:
            raise AssertionError(f"JupyterLab does not answer:\n{log.read_text('utf-8')}")
        time.sleep(0.1)


def _answers(url: str) -> bool:
    """Whether a server is there; without the proxies that the environment may name."""
    direct = urllib.request.build_opener(urllib.request.ProxyHandler({}))
    try:
        with direct.open(url, timeout=5.0):
            return True
    except OSError:
        return False


_READY = "return Boolean(window.jupyterapp?.shell.currentWidget?.sessionContext?.isReady)"
_RUN = """
    window.ended = false;
    window.jupyterapp.commands.execute("notebook:run-all-cells").then(() => window.ended = true);
"""
_LOADED = """
    const images = [...document.querySelectorAll(".jp-OutputArea img")];
    return images.every((image) => image.complete);
"""


class Lab:
    """JupyterLab's page, with a notebook in front."""

    def __init__(self, window: Browser) -> None:
        self.window = window

    def open(self, url: str) -> None:
        """Opens a page, and waits for its notebook to have a kernel."""
        self.window.driver.get(url)
        self.window.wait(lambda: self.window.run(_READY), 120.0)

    def run_all(self, seconds: float = 120.0) -> None:
        """Runs all cells of the notebook in front, and waits for their outputs."""
        self.window.run(_RUN)
        self.window.wait(lambda: self.window.run("return window.ended"), seconds)
        self.window.wait(lambda: self.window.run(_LOADED), seconds)

    def path(self) -> str:
        """The file of the notebook in front."""
        script = "return window.jupyterapp.shell.currentWidget?.context?.path ?? ''"
        return str(self.window.run(script))

    def cells(self) -> list[dict[str, Any]]:
        """The cells of the notebook in front, with their outputs, as a file would have them."""
        model = "window.jupyterapp.shell.currentWidget.content.model.toJSON().cells"
        cells: list[dict[str, Any]] = json.loads(self.window.run(f"return JSON.stringify({model})"))
        return cells

    def choose(self, theme: str) -> None:
        """Changes the colours of the page, to "JupyterLab Dark" or another theme's."""
        self.window.run(
            "return window.jupyterapp.commands.execute('apputils:change-theme',"
            " {theme: arguments[0]})",
            theme,
        )
