"""`explain`: the passes over a formula as text on stdout, as JSON, or as a page to step through."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

import microgradlab as mg

Call = Any

NEURON = ["tanh(w*x + b)", "w=2", "x=-1", "b=0.5"]


def test_the_steps_are_those_of_mg_explain(call: Call) -> None:
    x = mg.Value(3.0, label="x")
    text = mg.explain(x * x + x).text()
    called = call("explain", "x*x + x", "x=3")
    assert (called.code, called.out, called.err) == (0, text + "\n", "")


def test_digits_are_those_of_every_number(call: Call) -> None:
    assert "0.36141328" not in call("explain", *NEURON).out
    assert "0.36141328" in call("explain", *NEURON, "--digits", "8").out


def test_json_is_nodes_and_steps_without_the_picture(call: Call) -> None:
    data = call("explain", *NEURON, "--json").data
    assert [node["name"] for node in data["nodes"]][:2] == ["w", "x"]
    assert {step["kind"] for step in data["steps"]} == {"forward", "seed", "backward"}
    assert "svg" not in data


def test_parameters_are_those_that_are_named(call: Call) -> None:
    data = call("explain", *NEURON, "--parameters", "w,b", "--json").data
    assert [node["name"] for node in data["nodes"] if node["role"] == "parameter"] == ["w", "b"]


def test_a_page_is_written_and_the_command_says_so(call: Call, tmp_path: Path) -> None:
    called = call("explain", *NEURON, "-o", "z.html")
    assert called.code == 0
    assert called.out.startswith("z.html: tanh(w*x + b) = -0.9051\n")
    assert (tmp_path / "z.html").read_text(encoding="utf-8").startswith("<!doctype html>")
    assert call("explain", *NEURON, "-o", "z.html", "--json").data["file"] == "z.html"


@pytest.mark.parametrize(
    ("words", "code", "why"),
    [
        (["x*y", "x=1"], 2, "the formula has no value for y"),
        (["x*x", "x=1", "--parameters", "w"], 2, "unknown variable 'w'"),
        (["x*x", "x=1", "-o", "x.svg"], 2, "x.svg"),
        (["x*x", "x=1", "-o", "gone/x.html"], 1, "gone/x.html"),
    ],
)
def test_mistakes_are_told_in_a_sentence_and_leave_no_file(
    call: Call, tmp_path: Path, words: list[str], code: int, why: str
) -> None:
    assert why in call("explain", *words).check_mistake(code, why)
    assert list(tmp_path.iterdir()) == []
