"""The benchmark command: its pieces run, peers must agree, the tables find their place."""

from __future__ import annotations

import os
import sys
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest

import microgradlab as mg
from benchmarks import compiler, graph_size, micrograd_demo, threads
from benchmarks.__main__ import SECTIONS, Section, main
from benchmarks.peers import OURS, THEIRS, NotFeasibleError, Peer
from benchmarks.problem import Layers, Problem
from benchmarks.table import BEGIN, END, Row, markdown, page_of, place
from benchmarks.timing import Scale, Times, take_turns
from benchmarks.trainer import Start, Trainer, check_agreement, measure
from benchmarks.training_speed import Cell, goal, table
from benchmarks.workers import Worker
from microgradlab.engine import topological_order
from microgradlab.errors import LabError

TINY = Scale(
    rounds=1,
    long_rounds=1,
    samples=4,
    hidden=2,
    graph_sizes=(10, 20),
    turn=0.0,
    nets=((2, 3, 1),),
    batches=(4,),
    epochs=2,
)
BY_HAND, ORACLES = THEIRS[0], ("jax", "torch")
PYTORCH, SCAN = (
    next(peer for peer in THEIRS if peer.name == name) for name in ("PyTorch", "`jax.lax.scan`")
)
RELU = Problem((2, 3, 1), batch=4)
PROBLEMS = (
    RELU,
    Problem((2, 3, 2), 4),
    Problem((2, 3, 1), 4, "tanh", "cross_entropy"),
    Problem((2, 3, 3), 4, "tanh", "cross_entropy"),
)


def test_the_command_writes_its_tables_between_the_markers(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    pytest.importorskip("micrograd")
    pytest.importorskip("llvmlite")
    monkeypatch.setattr(compiler, "PEERS", (BY_HAND,))
    monkeypatch.setattr(compiler, "NUMPY_TORCH_JAX", (BY_HAND,))
    page = tmp_path / "README.md"
    page.write_text(f"# Title\n\n{BEGIN}\nold\n{END}\n\nThe end.\n", encoding="utf-8")
    assert main(["--write", str(page)], TINY) == 0
    tables = capsys.readouterr().out
    assert page.read_text("utf-8") == f"# Title\n\n{BEGIN}\n{tables}{END}\n\nThe end.\n"
    for part in ("forward + backward, collector off", "bytes per node", "`mg.fit`", "ms more"):
        assert part in tables
    for part in ("| 2-3-1 | 4 | ", "update of micrograd's demo", "compiling 2-3-1", "of moons"):
        assert part in tables


def test_only_what_was_asked_for_is_measured_and_the_rest_stays(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(SECTIONS, "pictures", Section("Pictures", lambda _: "new pictures"))
    page, before = tmp_path / "README.md", page_of({"The eager engine": "old", "Pictures": "old"})
    page.write_text(f"{BEGIN}\n{before}\n{END}\n", encoding="utf-8")
    assert main(["--only", "pictures", "--write", str(page)], TINY) == 0
    text = page.read_text("utf-8")
    assert "**The eager engine**\n\nold\n\n**Pictures**\n\nnew pictures\n" in text
    assert "**The compiler**" not in text


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
        place(page, {}, [])


def test_placing_a_table_twice_changes_nothing_more() -> None:
    titles, tables = ["One", "Two"], {"Two": "| table |\n\nhow"}
    once = place(f"before\n{BEGIN}\nolder\n{END}\nafter", tables, titles)
    assert place(once, tables, titles) == once
    assert place(once, {"One": "first"}, titles).count("**") == 4


def test_a_missing_micrograd_is_one_sentence_and_the_extra_to_install(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(sys.modules, "micrograd.engine", None)
    assert main(["--only", "engine"], TINY) == 1
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


COMPARED = [  # those of the extra `oracles` are optional
    pytest.param(peer, id=peer.name, marks=[pytest.mark.oracle] * (peer.package in ORACLES))
    for peer in (*THEIRS[1:], *OURS)
]


@pytest.mark.parametrize("problem", PROBLEMS, ids=str)
@pytest.mark.parametrize("peer", COMPARED)
def test_every_peer_computes_the_same_updates(peer: Peer, problem: Problem) -> None:
    pytest.importorskip(peer.package)
    starts = {each.name: Trainer(each).prepare(problem, turn=0.0) for each in (BY_HAND, peer)}
    check_agreement(problem, {name: start for name, start in starts.items() if start is not None})
    assert None not in starts.values()


def test_many_updates_are_the_same_as_single_ones() -> None:
    pytest.importorskip("llvmlite")
    single, whole = (peer.training(RELU) for peer in OURS[:2])
    costs = [single.run(1) for _ in range(5)]
    assert whole.run(5) == costs[-1]
    assert costs == sorted(costs, reverse=True)


def test_training_of_something_else_is_not_compared() -> None:
    start = Trainer(BY_HAND).prepare(RELU, turn=0.0)
    assert start is not None
    other = replace(start, cost=start.cost + 1e-6)
    with pytest.raises(LabError, match=r"b and a disagree by .* after 3 updates of 2-3-1"):
        check_agreement(RELU, {"a": start, "b": other})


def test_a_peer_that_gives_no_number_agrees_with_nobody() -> None:
    nan = Start(float("nan"), [])
    with pytest.raises(LabError, match="disagree"):
        check_agreement(RELU, {"a": Start(1.0, []), "b": nan})


class Counting:
    """A training that only counts."""

    def __init__(self) -> None:
        self.calls: list[int] = []

    def run(self, updates: int) -> float:
        """Notes the number of updates."""
        self.calls.append(updates)
        sum(range(1000 * updates))
        return 0.0

    def layers(self) -> Layers:
        """There are none."""
        return []


def test_turns_have_enough_updates_to_be_timed(monkeypatch: pytest.MonkeyPatch) -> None:
    training = Counting()
    monkeypatch.setattr(Peer, "training", lambda *_: training)
    times = measure(RELU, {"peer": Trainer(BY_HAND)}, rounds=2, turn=0.001)["peer"]
    assert training.calls[:3] == [1, 1, 1]
    assert training.calls[-1] == training.calls[-2] > 10
    assert len(times.seconds) == 2
    assert times.minimum < 0.001


def test_a_problem_that_is_too_large_for_a_peer_is_a_dash(monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(*_: object) -> None:
        raise NotFeasibleError

    monkeypatch.setattr(Peer, "training", refuse)
    assert Trainer(PYTORCH).prepare(RELU, turn=0.0) is None
    assert "| – | 9.0 (3.0×) | **3.00×** |" in table([a_cell({SCAN: 9e-6})], (PYTORCH, SCAN))


def a_cell(theirs: dict[Peer, float]) -> Cell:
    """A problem for which microgradlab takes 4 µs called for each update, 3 µs for an epoch."""
    seconds = {**dict(zip(OURS, (4e-6, 3e-6, 2e-6), strict=True)), **theirs}
    return Cell(RELU, {peer.name: Times([each]) for peer, each in seconds.items()})


def test_peers_are_compared_with_the_way_that_is_called_as_often_as_they_are() -> None:
    cell = a_cell({PYTORCH: 200e-6, SCAN: 12e-6})
    assert (cell.ratio(PYTORCH), cell.ratio(SCAN)) == pytest.approx((50.0, 4.0))
    line = table([cell], (PYTORCH, SCAN)).splitlines()[-1]
    assert line == "| 2-3-1 | 4 | 4.0 | 3.0 | 2.0 | 200 (50.0×) | 12.0 (4.0×) | **4.00×** |"


def test_a_goal_is_judged_by_the_cell_that_is_furthest_from_it() -> None:
    cells = [a_cell({SCAN: seconds}) for seconds in (12e-6, 3.9e-6, 6e-6)]
    row = goal("least ahead", cells, (SCAN,), at_least=1.4)
    assert row.result == pytest.approx(1.3)
    assert row.goal == "≥ 1.4 ✗"


def test_first_cell_against_pytorch_is_judged_in_the_way_in_which_training_runs(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(compiler, "PEERS", (PYTORCH,))
    monkeypatch.setattr(compiler, "NUMPY_TORCH_JAX", (PYTORCH,))
    cell = a_cell({PYTORCH: 150e-6})
    epoch, update, *_ = compiler._goals([cell], [cell])
    assert (epoch.what, epoch.goal) == ("first cell: 2-3-1, batch 4, an epoch a call", "≥ 40 ✓")
    assert (update.what, update.goal) == ("first cell: 2-3-1, batch 4, an update a call", "")
    assert (epoch.result, update.result) == pytest.approx((50.0, 37.5))


@pytest.mark.parametrize(("gain", "told"), [(1.9, []), (1.25, ["1.25"])])
def test_a_machine_without_two_cores_for_two_threads_is_told(
    gain: float, told: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(os, "cpu_count", lambda: 2)
    monkeypatch.setattr(threads, "two_threads", lambda _: gain)
    notes = threads.notes(TINY)
    assert len(notes) == len(told)
    assert all(figure in note for figure, note in zip(told, notes, strict=True))


def test_what_two_bare_threads_bring_is_measured() -> None:
    pytest.importorskip("llvmlite")
    assert threads.two_threads(rounds=1, turns=1000) > 0.0  # how much, a busy machine decides


def test_what_fails_in_a_worker_is_told_with_the_peers_name() -> None:
    worker = Worker(Peer("Nobody", "numpy", "by_hand:Nothing"))
    try:
        with pytest.raises(LabError, match=r"Nobody: AttributeError: .*has no attribute 'Nothing'"):
            worker.prepare(RELU, turn=0.0)
    finally:
        worker.end()


def test_a_worker_that_is_gone_is_told() -> None:
    worker = Worker(BY_HAND)
    worker.end()
    with pytest.raises(LabError, match="NumPy: its process ended"):
        worker.take_turn()
