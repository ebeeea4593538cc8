"""Executing a notebook from scratch: a fresh kernel of this Python, in a copy of its folder."""

from __future__ import annotations

import asyncio
import os
import re
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from copy import deepcopy
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory
from time import perf_counter
from typing import Any

from tests.notebooks.course import Book, Fault, head_of, normalised, read
from tests.notebooks.transcript import differences, improper

TIMEOUT = 300
"""Seconds that a cell may take."""

_ROOT = Path(__file__).parents[2]
_COLOURS = re.compile(r"\x1b\[[0-9;]*m")
_LEFT_BEHIND = shutil.ignore_patterns(".*", "__pycache__")


@dataclass(frozen=True)
class Run:
    """What came of executing a notebook.

    Attributes:
        path: the notebook.
        stored: what its file holds.
        fresh: the same with new outputs, as far as it came, in the form in which it is kept.
        faults: the error that ended it, and outputs that no notebook may have.
        differences: between the outputs; none are looked for where there are faults.
        seconds: that it took.
        cpu: seconds of CPU time of the kernel and of what it started.
    """

    path: Path
    stored: Book
    fresh: Book
    faults: tuple[Fault, ...]
    differences: tuple[Fault, ...]
    seconds: float
    cpu: float


def execute(path: Path) -> Run:
    """Executes a notebook; its file and its folder stay as they are.

    CPU time is right if nothing else that this process started ends at the same time.
    """
    stored = read(path)
    book = deepcopy(stored)
    start, cpu = perf_counter(), _cpu_of_children()
    with _copy_of(path.parent) as folder:
        error = _run(book, folder)
    seconds, cpu = perf_counter() - start, _cpu_of_children() - cpu
    fresh = normalised(book)
    faults = (error,) if error else tuple(improper(fresh))
    changed = () if faults else tuple(differences(normalised(stored), fresh))
    return Run(path, stored, fresh, faults, changed, seconds, cpu)


def _cpu_of_children() -> float:
    times = os.times()
    return times.children_user + times.children_system


@contextmanager
def _copy_of(folder: Path) -> Iterator[Path]:
    with TemporaryDirectory(prefix="notebooks-", ignore_cleanup_errors=True) as temporary:
        copy = Path(temporary, folder.name)
        shutil.copytree(folder, copy, ignore=_LEFT_BEHIND)
        yield copy


def _run(book: Book, folder: Path) -> Fault | None:
    """Executes the cells one after the other; what ended this too early, if anything did."""
    from jupyter_client.kernelspec import KernelSpecManager
    from jupyter_client.manager import AsyncKernelManager
    from nbclient import NotebookClient
    from nbclient.exceptions import CellExecutionError, CellTimeoutError, DeadKernelError

    begun: list[int] = []
    manager = AsyncKernelManager(
        kernel_name="python3",
        kernel_spec_manager=KernelSpecManager(kernel_dirs=[]),  # this Python, whatever is installed
        connection_file=str(folder.parent / "kernel.json"),
        **_sockets(folder.parent),
    )
    client = NotebookClient(
        book,
        manager,
        timeout=TIMEOUT,
        iopub_timeout=TIMEOUT,
        raise_on_iopub_timeout=True,  # rather than going on without some of the outputs
        record_timing=False,
        store_widget_state=False,
        on_cell_execute=lambda cell, cell_index: begun.append(cell_index),  # noqa: ARG005  # the hook's
    )
    own = {"IPYTHONDIR": folder.parent / "ipython", "MICROGRADLAB_CACHE": folder.parent / "cache"}
    # This checkout's library, whichever of several is installed.
    paths = os.pathsep.join(filter(None, [str(_ROOT), os.environ.get("PYTHONPATH")]))
    with (folder.parent / "kernel.log").open("w+", encoding="utf-8", errors="replace") as log:
        try:
            asyncio.run(
                client.async_execute(
                    cleanup_kc=True,
                    cwd=str(folder),
                    env=os.environ
                    | {name: str(path) for name, path in own.items()}
                    | {"PYTHONPATH": paths},
                    stderr=log,
                )
            )
        except CellExecutionError:
            message = _told(book.cells[begun[-1]])
        except CellTimeoutError:
            message = f"takes longer than {TIMEOUT} seconds"
        except DeadKernelError:
            log.seek(0)
            message = f"the kernel died\n{_indented(log.read())}".rstrip()
        else:
            return None
    cell = book.cells[begun[-1]]
    return Fault(begun[-1] + 1, head_of(cell), message)


def _sockets(folder: Path) -> dict[str, Any]:
    """Sockets in the folder, where the system has them: two kernels never take the same port."""
    return {} if os.name == "nt" else {"transport": "ipc", "ip": str(folder / "kernel")}


def _told(cell: Any) -> str:
    """What the error of a cell says, and where; of all but failed claims the way to it as well."""
    error = next(output for output in cell.outputs if output.output_type == "error")
    trace = _COLOURS.sub("", "\n".join(error.traceback))
    lines = re.findall(r"^ *Cell In\[\d+\], line (\d+)", trace, re.MULTILINE)
    place = f"line {lines[0]}: " if lines else ""
    if error.ename == "AssertionError":
        return f"{place}a claim does not hold: {error.evalue or 'assert without a message'}"
    return f"{place}{error.ename}: {error.evalue.partition(chr(10))[0]}\n{_indented(trace)}"


def _indented(text: str) -> str:
    return "\n".join(f"    {line}".rstrip() for line in text.strip().splitlines())
