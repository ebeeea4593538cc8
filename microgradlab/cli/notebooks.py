"""`microgradlab notebooks`: the course, copied to a folder and opened in JupyterLab. Floor 11."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
from collections.abc import Sequence
from importlib.util import find_spec
from pathlib import Path
from shlex import quote

from microgradlab.cli.console import Console
from microgradlab.errors import ArgumentError, LabError, MissingExtraError
from microgradlab.files import write_atomically
from microgradlab.text import counted

_NOTEBOOK, _DATA = "[0-9][0-9]-*.ipynb", "names.*"
_PACKAGE = Path(__file__).parents[1]
_PATIENCE = 5.0  # seconds for JupyterLab to end by itself after Ctrl-C


def notebooks(
    folder: str,
    console: Console,
    *,
    overwrite: bool = False,
    copy_only: bool = False,
    browser: bool = True,
    further: Sequence[str] = (),
) -> None:
    """Copies the course to a folder, and runs JupyterLab there until it is ended.

    It opens the notebook that was saved last, which at first is the first.

    Args:
        folder: where to; a file that is there already may hold the reader's work, and is kept.
        console: where to write.
        overwrite: replace the files that are there already.
        copy_only: do not start JupyterLab.
        browser: let JupyterLab open a browser.
        further: more options for JupyterLab.

    Raises:
        ArgumentError: the folder cannot take the copies.
        MissingExtraError: JupyterLab is not installed; the copies are made all the same.
        LabError: JupyterLab has failed.
        OSError: the folder or a file cannot be written.
    """
    target = Path(folder)
    copied, kept = _copy(target, overwrite=overwrite)
    notebook = _saved_last(target, kept) or copied[0]
    done = [f"{counted(len(copied), 'file')} copied"] if copied else []
    if kept:
        done.append(f"{counted(len(kept), 'file')} found there and kept (--overwrite replaces)")
    text = f"{folder}: {', '.join(done)}"
    if copy_only:
        text += f"\nOpen the course: microgradlab notebooks {quote(folder)}"
    data = {"folder": folder, "copied": copied, "kept": kept, "notebook": notebook}
    console.result(text, data)
    if not copy_only:
        _open(target, notebook, console, [*([] if browser else ["--no-browser"]), *further])


def course() -> dict[str, bytes]:
    """The files of the course by name, notebooks first, as a reader gets them: without outputs.

    So a reader sees only what was run here, and JupyterLab does not trust outputs from elsewhere.
    """
    folder = _source()
    found = {path.name: _without_outputs(path) for path in sorted(folder.glob(_NOTEBOOK))}
    return found | {path.name: path.read_bytes() for path in sorted(folder.glob(_DATA))}


def _source() -> Path:
    """Where the course is: inside of an installed package, in a clone beside it."""
    for folder in (_PACKAGE / "notebooks", _PACKAGE.parent / "notebooks"):
        if any(folder.glob(_NOTEBOOK)):
            return folder
    raise LabError(
        "this installation of microgradlab has no notebooks", "install it from a wheel or a clone"
    )


def _without_outputs(path: Path) -> bytes:
    notebook = json.loads(path.read_bytes())
    for cell in notebook["cells"]:
        if cell["cell_type"] == "code":
            cell |= {"outputs": [], "execution_count": None}
    return (json.dumps(notebook, ensure_ascii=False, indent=1) + "\n").encode()


def _copy(target: Path, *, overwrite: bool) -> tuple[list[str], list[str]]:
    """Copies the course; the names of the files that were copied, and of those that were kept."""
    files = course()
    if target.exists() and not target.is_dir():
        raise ArgumentError(f"{target} is a file, not a folder", "name a folder for the copies")
    if overwrite and target.resolve() == _source().resolve():
        raise ArgumentError(
            f"{target} is where the copies are made from", "name another folder for them"
        )
    kept = [name for name in files if not overwrite and os.path.lexists(target / name)]
    copied = [name for name in files if name not in kept]
    target.mkdir(parents=True, exist_ok=True)
    for name in reversed(copied):  # of files just copied, the first notebook is the newest
        write_atomically(target / name, files[name])
    return copied, kept


def _saved_last(folder: Path, names: Sequence[str]) -> str | None:
    """The newest of the notebooks among the names, if there are any."""
    files = [folder / name for name in names if name.endswith(".ipynb")]
    saved = {file.name: file.stat().st_mtime for file in files if file.exists()}
    return max(saved, key=saved.__getitem__, default=None)


def _open(folder: Path, notebook: str, console: Console, options: Sequence[str]) -> None:
    """Runs JupyterLab in a folder, with a notebook open, until it is ended."""
    if find_spec("jupyterlab") is None:
        raise MissingExtraError(
            "opening the course needs jupyterlab, which is not installed",
            hint="pip install 'microgradlab[notebook]'",
        )
    console.message(f"JupyterLab opens {notebook}; Ctrl-C here ends it.")
    sys.stdout.flush()  # before anything that JupyterLab writes
    command = [
        *(sys.executable, "-P", "-m", "jupyterlab"),  # -P: not what the current folder may hold
        f"--ServerApp.root_dir={folder.resolve()}",
        f"--LabApp.default_url=/lab/tree/{notebook}",
        f"--Application.log_level={'ERROR' if console.quiet else 'WARN'}",
        *options,
    ]
    code = _run(command)
    if code:
        raise LabError(
            f"JupyterLab ended with exit code {code}",
            hint="it says why above; its own options stand after --, see notebooks --help",
        )


def _run(command: Sequence[str]) -> int:
    """Runs a server until it ends; Ctrl-C, or a request to terminate, is no failure of it."""
    asked = False

    # Kernels are to be this Python, also where the user has others with the same name.
    environment = {"JUPYTER_PREFER_ENV_PATH": "1", **os.environ}
    # Without a stdin JupyterLab does not ask whether Ctrl-C was meant.
    with subprocess.Popen(command, stdin=subprocess.DEVNULL, env=environment) as server:

        def terminate(*_: object) -> None:
            nonlocal asked
            asked = True
            server.terminate()

        before = signal.signal(signal.SIGTERM, terminate)
        try:
            code = server.wait()
            return 0 if asked else code
        except KeyboardInterrupt:
            _end(server)
            return 0
        finally:
            signal.signal(signal.SIGTERM, before)


def _end(server: subprocess.Popen[bytes]) -> None:
    """Waits for a server that has had the same Ctrl-C on a terminal; if it had not, ends it."""
    for end in (server.terminate, server.kill):
        try:
            server.wait(_PATIENCE)
            return
        except (subprocess.TimeoutExpired, KeyboardInterrupt):
            end()
    server.wait()
