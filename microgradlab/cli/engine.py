"""What computes a run: native loops where the compiler is installed, else Values. Floor 10."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from microgradlab.cli.console import Console
from microgradlab.errors import ArgumentError, LabError, MissingExtraError
from microgradlab.events import Event, Initialized
from microgradlab.text import counted


@dataclass(frozen=True, slots=True)
class Engine:
    """How the updates of a run are computed.

    Attributes:
        compiled: by native loops.
        threads: that share a batch, when compiled and it is large enough.

    >>> print(Engine(compiled=True, threads=2))
    compiled, 2 threads
    """

    compiled: bool
    threads: int = 1

    def __str__(self) -> str:
        return f"compiled, {counted(self.threads, 'thread')}" if self.compiled else "Values"

    def announcement(self, bar: Any, console: Console) -> Callable[[Event], None]:
        """A callback that says how long compiling took, which began about now."""
        started = time.perf_counter()

        def on_event(event: Event) -> None:
            if self.compiled and isinstance(event, Initialized):
                seconds = time.perf_counter() - started
                numbers = counted(len(event.parameters), "parameter")
                bar.clear()  # the message would stand behind it
                where = f" on up to {self.threads} threads" if self.threads > 1 else ""
                console.message(f"compiled: native loops for {numbers}{where}, in {seconds:.1f} s")

        return on_event


def choose_engine(eager: bool, threads: int | None, console: Console) -> Engine:
    """The compiled engine, unless it is not wanted or cannot be; why it cannot is said.

    Args:
        eager: it is not wanted.
        threads: as given; None if they were not.
        console: where to write.

    Raises:
        ArgumentError: threads were asked of the engine that has none, or too many.
    """
    if eager:
        if threads is not None:
            raise ArgumentError(
                "--threads is for compiled training, which --eager turns off",
                hint="give one of the two",
            )
        return Engine(compiled=False)
    unused = "" if threads is None else f"; --threads {threads} is not used"
    try:
        from microgradlab.compiler.llvm.machine import host
        from microgradlab.compiler.team import checked_threads

        host()
    except MissingExtraError:
        console.message("not compiled: install 'microgradlab[jit]' to train faster" + unused)
    except LabError as error:
        console.message(f"not compiled: {error.message}" + unused)
    else:
        return Engine(compiled=True, threads=checked_threads(threads or 1))
    return Engine(compiled=False)
