"""Contexts that change what operations record: no_grad and detect_anomaly. Floor 1.

Operations look at one module variable, `active`, which is 0 as long as nobody anywhere is inside
such a context; only then do they ask which mode holds for the thread or task they run in.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass
from threading import Lock


@dataclass(frozen=True, slots=True)
class Mode:
    """What operations do beside computing."""

    no_grads: int = 0  # how many of each context are entered, in whatever order they are left
    anomalies: int = 0

    @property
    def record(self) -> bool:
        """Whether results keep their operands."""
        return self.no_grads <= 0

    @property
    def detect_anomaly(self) -> bool:
        """Whether results that are nan or infinite raise."""
        return self.anomalies > 0


active = 0
_lock = Lock()
_USUAL = Mode()
_mode: ContextVar[Mode] = ContextVar("microgradlab_mode", default=_USUAL)


def current() -> Mode:
    """The mode of the running thread or task."""
    return _mode.get()


def _enter(no_grads: int, anomalies: int, sign: int) -> None:
    """Counts contexts: +1 to enter, -1 to leave."""
    global active
    mode = current()
    _mode.set(Mode(mode.no_grads + sign * no_grads, mode.anomalies + sign * anomalies))
    with _lock:
        active += sign


@contextmanager
def _inside(no_grads: int = 0, anomalies: int = 0) -> Iterator[None]:
    _enter(no_grads, anomalies, 1)
    try:
        yield
    finally:
        _enter(no_grads, anomalies, -1)


@contextmanager
def no_grad() -> Iterator[None]:
    """Inside, operations on Values give leaves: numbers without a graph.

    >>> from microgradlab import Value
    >>> with no_grad():
    ...     out = Value(2.0) * 3.0
    >>> out.op is None
    True
    """
    with _inside(no_grads=1):
        yield


@contextmanager
def recording() -> Iterator[None]:
    """Inside, operations record their graphs, even if a no_grad() holds outside.

    >>> from microgradlab import Value
    >>> with no_grad(), recording():
    ...     out = Value(2.0) * 3.0
    >>> out.op
    Op(mul)
    """
    if current().record:  # the usual case keeps operations fast: `active` stays as it is
        yield
    else:
        with _inside(no_grads=-current().no_grads):
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
    hint: keep the operand inside of the operation's domain, with maximum or minimum if need be
    """
    with _inside(anomalies=1):
        yield
