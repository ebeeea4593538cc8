"""Contexts that change what operations record: no_grad and detect_anomaly. Floor 1.

Operations look at one module variable, `active`, which is 0 as long as nobody anywhere is inside
such a context; only then do they ask which mode holds for the thread or task they run in.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass, replace
from threading import Lock


@dataclass(frozen=True, slots=True)
class Mode:
    """What operations do beside computing."""

    record: bool = True
    detect_anomaly: bool = False


active = 0
_lock = Lock()
_USUAL = Mode()
_mode: ContextVar[Mode] = ContextVar("microgradlab_mode", default=_USUAL)


def current() -> Mode:
    """The mode of the running thread or task."""
    return _mode.get()


@contextmanager
def _entered(mode: Mode) -> Iterator[None]:
    global active
    token = _mode.set(mode)
    with _lock:
        active += 1
    try:
        yield
    finally:
        with _lock:
            active -= 1
        _mode.reset(token)


@contextmanager
def no_grad() -> Iterator[None]:
    """Inside, operations on Values give leaves: numbers without a graph.

    >>> from microgradlab import Value
    >>> with no_grad():
    ...     out = Value(2.0) * 3.0
    >>> out.op is None
    True
    """
    with _entered(replace(current(), record=False)):
        yield


@contextmanager
def detect_anomaly() -> Iterator[None]:
    """Inside, the first operation that makes nan or an infinity raises, forward or backward.

    Raises:
        NonFiniteError: from the operation itself, with its operands, so that the traceback points
            at the line that called it.

    >>> from microgradlab import Value, log
    >>> with detect_anomaly():
    ...     log(Value(0.0, label="p"))
    Traceback (most recent call last):
    microgradlab.errors.NonFiniteError: log(x) = -inf at x = 0.0 ('p')
    """
    with _entered(replace(current(), detect_anomaly=True)):
        yield
