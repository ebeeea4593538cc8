"""Contexts that change what operations record, or watch it. Floor 1.

Operations look at one module variable, `active`, which is 0 as long as nobody anywhere is inside
such a context; only then do they ask which mode holds for the thread or task they run in.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass, replace
from threading import Lock
from typing import Any

Watcher = Callable[[Any], object]
EscapeHandler = Callable[[Any, str], object]


@dataclass(frozen=True, slots=True)
class Mode:
    """What operations do beside computing."""

    no_grads: int = 0  # how many of each context are entered, in whatever order they are left
    anomalies: int = 0
    watchers: tuple[Watcher, ...] = ()

    @property
    def record(self) -> bool:
        """Whether results keep their operands."""
        return self.no_grads <= 0

    @property
    def detect_anomaly(self) -> bool:
        """Whether results that are nan or infinite raise."""
        return self.anomalies > 0


active = 0
listening = 0
"""How many `escaping()` blocks are entered anywhere; recording is as fast inside as outside."""
_lock = Lock()
_USUAL = Mode()
_mode: ContextVar[Mode] = ContextVar("microgradlab_mode", default=_USUAL)
_handlers: ContextVar[tuple[EscapeHandler, ...]] = ContextVar("microgradlab_escapes", default=())


def current() -> Mode:
    """The mode of the running thread or task."""
    return _mode.get()


def _switch(mode: Mode, sign: int) -> None:
    """Makes a mode the current one: +1 on entering a context, -1 on leaving it."""
    global active
    _mode.set(mode)
    with _lock:
        active += sign


def _counted(no_grads: int, anomalies: int) -> Mode:
    mode = current()
    return replace(mode, no_grads=mode.no_grads + no_grads, anomalies=mode.anomalies + anomalies)


@contextmanager
def _inside(no_grads: int = 0, anomalies: int = 0) -> Iterator[None]:
    _switch(_counted(no_grads, anomalies), 1)
    try:
        yield
    finally:
        _switch(_counted(-no_grads, -anomalies), -1)


@contextmanager
def watching(watcher: Watcher) -> Iterator[None]:
    """Inside, a function is called with each new node, from within the operation that makes it.

    >>> from microgradlab import Value
    >>> made = []
    >>> with watching(made.append):
    ...     out = Value(2.0) * 3.0
    >>> made == [out]
    True
    """
    _switch(replace(current(), watchers=(*current().watchers, watcher)), 1)
    try:
        yield
    finally:
        others = tuple(other for other in current().watchers if other is not watcher)
        _switch(replace(current(), watchers=others), -1)


@contextmanager
def escaping(handler: EscapeHandler) -> Iterator[None]:
    """Inside, a function is told of each number that leaves the graph, before it does.

    A number leaves where Python asks a Value for it: in a comparison, as the condition of an `if`,
    as an index, and in float(), int(), math.sqrt() and the like, which make it a constant of what
    is recorded next. `==`, `!=` and `in` compare the identity of Values; they are told of where the
    other side is a number, for a float in the Value's place would be compared with it. Printing
    does not count, and `.data` is not noticed.

    Args:
        handler: called with the Value, and with how it leaves, as in "is compared" or "becomes a
            float"; it may raise. While it runs nothing is told, so that it may look at the Value in
            any way.

    >>> from microgradlab import Value
    >>> with escaping(lambda value, how: print(value.label, how)):
    ...     larger = Value(2.0, label="x") > 1.0
    x is compared
    """
    global listening
    _handlers.set((*_handlers.get(), handler))
    with _lock:
        listening += 1
    try:
        yield
    finally:
        _handlers.set(tuple(other for other in _handlers.get() if other is not handler))
        with _lock:
            listening -= 1


def escapes(value: Any, how: str) -> None:
    """Tells the handlers of `escaping()` that a Value's number leaves the graph."""
    handlers = _handlers.get()
    if handlers:
        token = _handlers.set(())
        try:
            for handler in handlers:
                handler(value, how)
        finally:
            _handlers.reset(token)


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
