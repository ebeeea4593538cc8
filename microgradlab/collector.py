"""Python's cyclic garbage collector, kept out of the way. Floor 1."""

from __future__ import annotations

import gc
from collections.abc import Iterator
from contextlib import contextmanager


@contextmanager
def paused_gc() -> Iterator[None]:
    """Keeps Python's cyclic garbage collector away, and restores it however the block ends.

    Graphs of Values have no cycles and are freed without it; searching them for cycles costs more
    than the training itself.
    """
    was_enabled = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if was_enabled:
            gc.enable()
