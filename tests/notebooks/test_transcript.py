"""The comparison of outputs finds what no longer follows from the code, and nothing else."""

from __future__ import annotations

import base64
import re
from collections.abc import Callable
from functools import cache
from typing import Any

import pytest

import microgradlab as mg
from tests.notebooks.books import book, code, needs_jupyter, result, shown, stream
from tests.notebooks.course import Output
from tests.notebooks.transcript import differences, improper, said_by

pytestmark = needs_jupyter


@cache
def graph(at: float = 2.0) -> Output:
    x = mg.Value(at, label="x")
    y = x * mg.tanh(x)
    y.backward()
    return shown(mg.figure(mg.draw(y), "A product, 1.928 in all.", alt="A graph."))


@cache
def plot(*costs: float) -> Output:
    return shown(mg.figure(mg.plots.lines({"cost": [*costs]}), "The cost falls.", alt="A curve."))


@cache
def network(seed: int) -> Output:
    return shown(mg.figure(mg.draw(mg.MLP(2, [3, 1], seed=seed)), "A network.", alt="Arrows."))


def messages(stored: Output, fresh: Output, *, tags: tuple[str, ...] = ()) -> list[str]:
    """What is said of a cell whose output was the first and is the second now."""
    was, now = (
        book("import microgradlab", code("show()", it, tags=tags)) for it in (stored, fresh)
    )
    faults = differences(was, now)
    assert all((fault.cell, fault.head) == (2, "show()") for fault in faults)
    return [fault.message for fault in faults]


def in_picture(output: Output, change: Callable[[str], str]) -> Output:
    """The same output with a picture that was changed."""

    def changed(match: re.Match[str]) -> str:
        svg = base64.b64decode(match[1]).decode()
        assert change(svg) != svg
        return f"base64,{base64.b64encode(change(svg).encode()).decode()}"

    return in_html(output, lambda html: re.sub(r'base64,([^"]+)', changed, html))


def in_html(output: Output, change: Callable[[str], str]) -> Output:
    html = output["data"]["text/html"]
    assert change(html) != html
    return {**output, "data": {**output["data"], "text/html": change(html)}}


@pytest.mark.parametrize(
    "output",
    [
        lambda: stream("1.0\n"),
        lambda: result(plain="1.0"),
        graph,
        lambda: plot(1.0, 0.5),
        lambda: network(0),
    ],
    ids=["printed", "shown", "graph", "plot", "network"],
)
def test_an_output_does_not_differ_from_itself(output: Callable[[], Output]) -> None:
    assert messages(output(), output()) == []


def test_a_graph_is_told_by_its_caption_its_texts_and_its_arrows() -> None:
    said = said_by(graph())
    assert said.kind == "execute_result, text/html, text/plain"
    assert said.lines[0].startswith("alternative text: A graph. Graph of v2 = 1.928")
    assert said.lines[1] == "picture: a graph"
    assert said.lines[-1] == "caption: A product, 1.928 in all."
    assert {"x", "2.0", "∂ 1.105", "tanh", "×"} <= set(said.lines)
    assert sum(" edge " in f" {line} " for line in said.lines) == 5
    assert not any("graph0" in line and "translate" in line for line in said.lines)


def test_a_plot_is_told_by_its_caption_and_its_alternative_text() -> None:
    said = said_by(plot(1.0, 0.5))
    assert len(said.lines) == 3
    assert "2 points from (1, 1) to (2, 0.5)" in said.lines[0]
    picture, caption = said.lines[1:]
    assert (
        picture == f"picture: a plot, {said.lines[0].removeprefix('alternative text: A curve. ')}"
    )
    assert caption == "caption: The cost falls."


@pytest.mark.parametrize(
    ("expected", "found"),
    [("1.928 in", "1.938 in"), ("A product", "A sum"), ("A graph.", "A plot.")],
)
def test_what_changed_beside_a_graph_is_found(expected: str, found: str) -> None:
    changed = in_html(graph(), lambda html: html.replace(expected, found))
    (message,) = messages(graph(), changed)
    first, was, now = message.splitlines()
    assert first == "another output (execute_result, text/html, text/plain)"
    assert was.startswith("  expected: ")
    assert expected in was
    assert now == was.replace("expected: ", "found:    ").replace(expected, found)


@pytest.mark.parametrize(
    ("expected", "found"),
    [
        ("∂ 1.105", "∂ 1.107"),
        (">tanh<", ">sinh<"),
        ("grad-positive", "grad-negative"),
        ('id="v2-1"', 'id="v2-0"'),
    ],
    ids=["a number", "a word", "a sign", "an arrow"],
)
def test_what_changed_in_a_graph_is_found(expected: str, found: str) -> None:
    (message,) = messages(graph(), in_picture(graph(), lambda svg: svg.replace(expected, found)))
    _, was, now, *_ = message.splitlines()
    assert re.sub('id=|[<>"]', "", expected) in was
    assert re.sub('id=|[<>"]', "", found) in now


def test_a_graph_of_other_data_is_found() -> None:
    (message,) = messages(graph(2.0), graph(2.01))
    assert "1.928" in message
    assert "1.939" in message


def test_one_unit_of_the_last_digit_is_rounding_and_two_are_not() -> None:
    one = in_picture(graph(), lambda svg: svg.replace("∂ 1.105", "∂ 1.106"))
    two = in_picture(graph(), lambda svg: svg.replace("∂ 1.105", "∂ 1.107"))
    assert messages(graph(), one) == []
    assert len(messages(graph(), two)) == 1


def test_coordinates_are_not_compared() -> None:
    moved = in_picture(graph(), lambda svg: re.sub(r' (x|y|cx|cy)="[^"]*"', r' \1="7"', svg))
    assert messages(graph(), moved) == []
    drawn = in_picture(plot(1.0, 0.5), lambda svg: re.sub(r' d="[^"]*"', ' d="M 0 0"', svg))
    assert messages(plot(1.0, 0.5), drawn) == []


def test_a_plot_of_other_data_is_found() -> None:
    (message,) = messages(plot(1.0, 0.5, 0.25), plot(1.0, 0.502, 0.25))
    assert "mean 0.5833" in message
    assert "mean 0.584" in message
    assert messages(plot(1.0, 0.5, 0.25), plot(1.0, 0.5 + 1e-13, 0.25)) == []


def test_a_network_with_other_weights_is_found_by_its_arrows() -> None:
    (message,) = messages(network(0), network(1))
    assert " edge use #" in message


def test_a_missing_picture_is_found() -> None:
    (message,) = messages(graph(), stream("nothing to see"))
    assert message == (
        "other outputs\n  expected: execute_result, text/html, text/plain\n  found:    stdout"
    )
    gone = in_html(graph(), lambda html: re.sub("<img.*?>", "", html))
    assert "expected: alternative text: A graph." in messages(graph(), gone)[0]


def test_a_picture_that_cannot_be_read_is_found() -> None:
    broken = in_html(graph(), lambda html: html.replace("base64,", "base64,A"))
    assert "found:    picture: no SVG" in messages(graph(), broken)[0]


def test_printed_lines_are_compared_one_by_one() -> None:
    (message,) = messages(stream("epoch 1: 0.5\nepoch 2: 0.25\n"), stream("epoch 1: 0.5\n"))
    assert message.endswith("expected: epoch 2: 0.25\n  found:    (nothing)")
    (message,) = messages(stream("a 1.5\nb\nc"), stream("a 2.5\nd\ne"))
    assert message.endswith("expected: a 1.5\n  found:    a 2.5\n  and 2 more lines")


def test_tables_are_compared_by_their_text() -> None:
    rows = "<style>td {color: red}</style><table><tr><td>%s</td><td>3</td></tr></table>"
    stored, fresh = (result(html=rows % cell, plain="the table") for cell in ("loss", "cost"))
    assert said_by(stored).lines == ("loss", "3", "the table")
    assert "expected: loss\n  found:    cost" in messages(stored, fresh)[0]


def test_of_a_cell_that_varies_only_the_kinds_of_outputs_are_compared() -> None:
    assert messages(stream("0.12 s"), stream("0.19 s")) != []
    assert messages(stream("0.12 s"), stream("0.19 s"), tags=("varies",)) == []
    assert messages(stream("0.12 s"), result(plain="0.12"), tags=("varies",)) != []


def faults(output: Output) -> list[Any]:
    return [fault.message for fault in improper(book(code("show()", output)))]


def test_warnings_are_errors() -> None:
    (message,) = faults(stream("UserWarning: hello\n", "stderr"))
    assert message == "writes to stderr\n  UserWarning: hello"


@pytest.mark.parametrize(
    "text",
    [
        "saved to /tmp/tmp3k2/model.c",
        "in /home/me/microgradlab/value.py",
        "C:\\Users\\me",
        "File /tmp/ipykernel_1234/567.py:3",
        "<object object at 0x7f3a12345678>",
    ],
)
def test_outputs_that_depend_on_the_machine_are_errors(text: str) -> None:
    (message,) = faults(result(plain=text))
    assert message.startswith("shows what depends on the machine: ")


@pytest.mark.parametrize(
    "text", ["1/2, a / tmp / b", "https://example.org/home/x", "firmware/model.c", "at 0x10"]
)
def test_other_outputs_are_not(text: str) -> None:
    assert faults(result(plain=text)) == []
