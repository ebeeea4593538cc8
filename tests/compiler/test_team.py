"""Threads that work together."""

from __future__ import annotations

import multiprocessing
import os
import signal
import sys
import threading
from collections.abc import Callable

import pytest

from microgradlab.compiler.team import Team


def test_all_work_at_the_same_time() -> None:
    meeting = threading.Barrier(3, timeout=5.0)  # which none of them passes alone
    seen: list[int] = []

    def work(number: int) -> None:
        meeting.wait()
        seen.append(number)

    Team(3).run(work, 3)
    assert sorted(seen) == [0, 1, 2]


def test_the_calling_thread_is_number_0() -> None:
    names: dict[int, str] = {}
    Team(2).run(lambda number: names.update({number: threading.current_thread().name}), 2)
    assert names[0] == threading.current_thread().name
    assert names[1].startswith("microgradlab")


def test_one_alone_needs_no_other_thread() -> None:
    before = threading.active_count()
    Team(4).run(lambda _: None, 1)
    assert threading.active_count() == before


@pytest.mark.parametrize("unlucky", [0, 1])
def test_a_mistake_of_one_reaches_the_caller_and_the_others_end(unlucky: int) -> None:
    told = threading.Event()
    ended: list[int] = []

    def work(number: int) -> None:
        if number == unlucky:
            raise ZeroDivisionError
        assert told.wait(5.0)
        ended.append(number)

    with pytest.raises(ZeroDivisionError):
        Team(2).run(work, 2, abandon=told.set)
    assert ended == [1 - unlucky]


def test_others_are_told_when_one_of_them_cannot_begin(monkeypatch: pytest.MonkeyPatch) -> None:
    team, told = Team(3), threading.Event()
    submit = team._others().submit

    def no_more(work: Callable[[int], object], number: int) -> object:
        if number == 2:
            raise RuntimeError("can't start new thread")
        return submit(work, number)

    monkeypatch.setattr(team._others(), "submit", no_more)
    with pytest.raises(RuntimeError, match="can't start"):
        team.run(lambda _: told.wait(5.0), 3, abandon=told.set)
    assert told.is_set()


@pytest.mark.skipif(sys.platform == "win32", reason="no such signal")
def test_at_ctrl_c_the_caller_waits_for_all() -> None:
    begun, ended = threading.Event(), threading.Event()

    def work(number: int) -> None:
        if number == 0:
            assert begun.wait(5.0)
            os.kill(os.getpid(), signal.SIGINT)
        else:
            begun.set()
            told.wait(5.0)
            ended.set()

    told = threading.Event()
    with pytest.raises(KeyboardInterrupt):
        Team(2).run(work, 2, abandon=told.set)
    assert ended.is_set()


@pytest.mark.skipif(not hasattr(os, "fork"), reason="no fork")
@pytest.mark.filterwarnings("ignore:.*multi-threaded.*:DeprecationWarning")
def test_a_fork_has_threads_of_its_own() -> None:
    team = Team(2)
    team.run(lambda _: None, 2)
    child = multiprocessing.get_context("fork").Process(target=team.run, args=(print, 2))
    child.start()
    child.join(10.0)
    assert child.exitcode == 0
