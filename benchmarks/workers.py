"""Trainers in processes of their own, with one thread each.

Libraries choose their threads when they are loaded, and two of them in one process may disturb each
other. Each process measures its own CPU time, all of its threads together.
"""

from __future__ import annotations

import multiprocessing
import os
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from multiprocessing.connection import Connection
from typing import Any

from benchmarks.peers import Peer
from benchmarks.problem import Problem
from benchmarks.trainer import Start, Trainer
from microgradlab.errors import LabError

ONE_THREAD = {
    "JAX_PLATFORMS": "cpu",
    "MKL_NUM_THREADS": "1",
    "OMP_NUM_THREADS": "1",
    "OPENBLAS_NUM_THREADS": "1",
    "VECLIB_MAXIMUM_THREADS": "1",
    "XLA_FLAGS": "--xla_cpu_multi_thread_eigen=false intra_op_parallelism_threads=1",
}
"""What the libraries look at when they are loaded."""


class Worker:
    """A process with a trainer, which does what it is told."""

    def __init__(self, peer: Peer) -> None:
        self._peer = peer
        context = multiprocessing.get_context("spawn")
        self._connection, theirs = context.Pipe()
        self._process = context.Process(target=_serve, args=(peer, theirs), daemon=True)
        with _environment(ONE_THREAD):
            self._process.start()
        theirs.close()  # so that the end of the process is the end of the connection

    def prepare(self, problem: Problem, turn: float) -> Start | None:
        """As `Trainer.prepare`.

        Raises:
            LabError: something failed in the process.
        """
        start: Start | None = self._ask("prepare", problem, turn)
        return start

    def take_turn(self) -> tuple[float, float]:
        """As `Trainer.take_turn`.

        Raises:
            LabError: something failed in the process.
        """
        seconds: tuple[float, float] = self._ask("take_turn")
        return seconds

    def end(self) -> None:
        """Ends the process."""
        self._connection.close()
        self._process.join()

    def _ask(self, *request: Any) -> Any:
        try:
            self._connection.send(request)
            answer = self._connection.recv()
        except (EOFError, OSError) as error:
            raise LabError(
                f"{self._peer.name}: its process ended", hint="is there enough memory?"
            ) from error
        if isinstance(answer, LabError):
            raise answer
        return answer


@contextmanager
def working(peers: tuple[Peer, ...]) -> Iterator[dict[str, Worker]]:
    """A worker for each peer, by name; they end with the block."""
    with ExitStack() as stack:
        workers = {}
        for peer in peers:
            workers[peer.name] = worker = Worker(peer)
            stack.callback(worker.end)
        yield workers


@contextmanager
def _environment(variables: dict[str, str]) -> Iterator[None]:
    before = dict(os.environ)
    os.environ.update(variables)
    try:
        yield
    finally:
        os.environ.clear()
        os.environ.update(before)


def _serve(peer: Peer, connection: Connection) -> None:
    """Answers requests until the connection is closed."""
    trainer = Trainer(peer)
    while True:
        try:
            name, *arguments = connection.recv()
        except EOFError:
            return
        try:
            answer = getattr(trainer, name)(*arguments)
        except LabError as error:
            answer = error
        except Exception as error:  # whatever goes wrong in a library
            answer = LabError(f"{peer.name}: {type(error).__name__}: {error}")
        connection.send(answer)
