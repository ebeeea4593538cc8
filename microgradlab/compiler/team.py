"""Threads that run one native function together. Floor 4."""

from __future__ import annotations

import os
from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor, wait

from microgradlab.checks import whole
from microgradlab.errors import ArgumentError

_MOST = 256


def checked_threads(threads: int) -> int:
    """The number of threads, for each of which there will be memory of its own.

    Raises:
        ArgumentError: it is no whole number from 1 up, or far more than help.
    """
    if whole("threads", threads) > _MOST:
        raise ArgumentError(
            f"threads is {threads}, and {_MOST} is the most",
            hint=f"give as many as there are cores that are free; here are {os.cpu_count()}",
        )
    return threads


class Team:
    """The calling thread, and others that are kept for the next time.

    Args:
        threads: how many, the calling one included.

    Raises:
        ArgumentError: as for `checked_threads`.
    """

    def __init__(self, threads: int) -> None:
        self.threads = checked_threads(threads)
        self._pool: ThreadPoolExecutor | None = None
        self._process = 0

    def run(
        self,
        work: Callable[[int], object],
        threads: int,
        abandon: Callable[[], None] = lambda: None,
    ) -> None:
        """Calls work(0), work(1), ... at the same time, and returns when all have returned.

        Args:
            work: is given the number of the thread, 0 for the calling one.
            threads: how many are to work, no more than there are.
            abandon: is called where one of them did not begin or not end well, as at Ctrl-C; makes
                those end that wait for it.
        """

        def guarded(number: int) -> None:
            try:
                work(number)
            except BaseException:
                abandon()
                raise

        others: list[Future[None]] = []
        try:
            others.extend(self._others().submit(guarded, number) for number in range(1, threads))
            work(0)
        except BaseException:
            abandon()
            raise
        finally:
            _wait(others)
        for other in others:
            other.result()

    def _others(self) -> ThreadPoolExecutor:
        if self._pool is None or self._process != os.getpid():  # a fork has no threads
            self._pool = ThreadPoolExecutor(self.threads - 1, "microgradlab")
            self._process = os.getpid()
        return self._pool


def _wait(others: list[Future[None]]) -> None:
    """Waits even if Ctrl-C is pressed meanwhile: the threads write into the caller's arrays."""
    interrupt = None
    while not all(other.done() for other in others):
        try:
            wait(others)
        except KeyboardInterrupt as error:
            interrupt = error
    if interrupt:
        raise interrupt
