"""What is written: results on stdout, the rest on stderr; colours on terminals only."""

from __future__ import annotations

import io
import json
import sys

import pytest

from microgradlab.cli.console import Console


class Terminal(io.StringIO):
    """A stderr that says it is a terminal."""

    def isatty(self) -> bool:
        return True


def test_results_are_text_or_json(capsys: pytest.CaptureFixture[str]) -> None:
    Console().result("four", {"n": 4})
    assert capsys.readouterr() == ("four\n", "")
    Console(as_json=True).result("four", {"n": 4})
    assert json.loads(capsys.readouterr().out) == {"n": 4}


def test_messages_go_to_stderr_unless_quiet(capsys: pytest.CaptureFixture[str]) -> None:
    Console().message("working")
    assert capsys.readouterr() == ("", "working\n")
    Console(quiet=True).message("working")
    assert capsys.readouterr() == ("", "")


def test_errors_have_a_hint_and_are_never_quiet(capsys: pytest.CaptureFixture[str]) -> None:
    Console(quiet=True).error("it broke", "mend it")
    assert capsys.readouterr() == ("", "error: it broke\nhint: mend it\n")


@pytest.mark.parametrize(("no_color", "is_red"), [(None, True), ("", True), ("1", False)])
def test_errors_are_red_on_a_terminal_unless_no_color_is_set(
    monkeypatch: pytest.MonkeyPatch, no_color: str | None, is_red: bool
) -> None:
    terminal = Terminal()
    monkeypatch.setattr(sys, "stderr", terminal)
    monkeypatch.delenv("NO_COLOR", raising=False)
    if no_color is not None:
        monkeypatch.setenv("NO_COLOR", no_color)
    Console().error("it broke")
    assert ("\033[31m" in terminal.getvalue()) == is_red


def test_no_bar_off_a_terminal_or_when_quiet(monkeypatch: pytest.MonkeyPatch) -> None:
    assert Console().progress_bar(10, "update").disable
    monkeypatch.setattr(sys, "stderr", Terminal())
    assert Console(quiet=True).progress_bar(10, "update").disable
    with Console().progress_bar(10, "update") as bar:
        assert not bar.disable
