"""The benchmark command: its pieces run, peers must agree, the tables find their place."""

from __future__ import annotations

import sys
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest

import microgradlab as mg
from benchmarks import graph_size, micrograd_demo
from benchmarks.__main__ import main
from benchmarks.table import BEGIN, END, Row, markdown, place
from benchmarks.timing import Scale, Times, take_turns
from microgradlab.engine import topological_order
from microgradlab.errors import LabError

TINY = Scale(rounds=1, long_rounds=1, samples=4, hidden=2, graph_sizes=(10, 20))


def test_the_command_writes_its_table_between_the_markers(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    pytest.importorskip("micrograd")
    page = tmp_path / "README.md"
    page.write_text(f"# Title\n\n{BEGIN}\nold\n{END}\n\nThe end.\n", encoding="utf-8")
    assert main(["--write", str(page)], TINY) == 0
    tables = capsys.readouterr().out
    assert page.read_text("utf-8") == f"# Title\n\n{BEGIN}\n{tables}{END}\n\nThe end.\n"
    for part in ("forward + backward, collector off", "bytes per node", "`mg.fit`", "ms more"):
        assert part in tables


def test_a_page_without_markers_is_refused_before_anything_is_measured(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    page = tmp_path / "README.md"
    page.write_text("# Title\n", encoding="utf-8")
    assert main(["--write", str(page)], TINY) == 1
    output = capsys.readouterr()
    assert output.out == ""
    assert "measuring" not in output.err
    assert f"write {BEGIN} and {END} once each" in output.err


@pytest.mark.parametrize("page", ["", BEGIN, f"{END}{BEGIN}", f"{BEGIN}{END}{BEGIN}{END}"])
def test_the_markers_are_needed_once_each_and_in_order(page: str) -> None:
    with pytest.raises(LabError, match="no place for the tables"):
        place(page, "text")


def test_placing_a_table_twice_changes_nothing_more() -> None:
    once = place(f"before\n{BEGIN}\n{END}\nafter", "| table |")
    assert place(once, "| table |") == once


def test_a_missing_micrograd_is_one_sentence_and_the_extra_to_install(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(sys.modules, "micrograd.engine", None)
    assert main([], TINY) == 1
    error = capsys.readouterr().err
    assert "the comparison with micrograd needs micrograd, which is not installed" in error
    assert "pip install 'microgradlab[bench]'" in error


def test_peers_that_compute_something_else_are_not_compared() -> None:
    samples = list(mg.data.moons(4, seed=0))
    one, other = (micrograd_demo.microgradlab_peer(samples, hidden=2) for _ in range(2))
    micrograd_demo.check_agreement(one, other)
    other.parameters[0].data += 1e-9
    with pytest.raises(LabError, match="the peers disagree"):
        micrograd_demo.check_agreement(one, other)


def test_the_nodes_of_a_step_are_counted_without_the_parameters() -> None:
    leaf = mg.Value(2.0)
    ours = micrograd_demo.microgradlab_peer(list(mg.data.moons(4, seed=0)), hidden=2)
    square = replace(ours, forward=lambda: leaf * leaf + leaf, parameters=[leaf])
    used, nodes = micrograd_demo.graph_bytes(square)
    assert nodes == 2
    assert used > 0


@pytest.mark.parametrize("shape", [graph_size.chain, graph_size.wide_sum])
def test_graphs_have_the_size_that_was_asked_for(shape: Callable[[int], mg.Value]) -> None:
    operations = [node for node in topological_order(shape(1000)) if node.op is not None]
    assert len(operations) in (999, 1000)


def test_the_first_round_is_for_warming_up_and_peers_take_turns() -> None:
    calls: list[str] = []

    def peer(name: str) -> int:
        calls.append(name)
        return len(calls)

    results = take_turns([lambda: peer("a"), lambda: peer("b")], rounds=2, collector=False)
    assert calls == ["a", "b"] * 3
    assert results == [[3, 5], [4, 6]]


def test_a_row_shows_the_result_and_whether_the_goal_is_met() -> None:
    rows = [
        Row("speed", "1 ms", "peer 3 ms", 3.0, "times faster", at_least=2.0),
        Row("memory", "9 MB", "peer 1 MB", 200.0, "bytes per node", at_most=160.0),
        Row("overhead", "2 ms", "peer 1 ms", 2.0, "times the time"),
    ]
    assert markdown(rows).splitlines()[2:] == [
        "| speed | 1 ms | peer 3 ms | 3.00 times faster | ≥ 2 ✓ |",
        "| memory | 9 MB | peer 1 MB | 200 bytes per node | ≤ 160 ✗ |",
        "| overhead | 2 ms | peer 1 ms | 2.00 times the time |  |",
    ]


def test_times_know_their_least_disturbed_and_their_usual_round() -> None:
    times = Times([0.3, 0.1, 0.2])
    assert (times.minimum, times.median) == (0.1, 0.2)
