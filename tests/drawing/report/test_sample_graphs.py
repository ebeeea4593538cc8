"""The graphs of a few samples in a report, and their numbers at each epoch."""

from __future__ import annotations

import struct
from base64 import b64decode

import pytest

from microgradlab.data import moons
from microgradlab.drawing.numerals import numeral
from microgradlab.drawing.report import sample_graphs as module
from microgradlab.drawing.report.sample_graphs import Sample, SampleGraphs, sample_graphs
from microgradlab.engine import topological_order
from microgradlab.errors import ArgumentError
from microgradlab.losses import LOSSES
from microgradlab.ops import Op
from microgradlab.value import Value, apply
from tests.drawing.report.runs import Run, iris_run, line_run, moons_run, trained


def graphs_of(run: Run, chosen: int | None = None) -> SampleGraphs:
    return sample_graphs(run.model, run.train, LOSSES[run.loss], run.recording, run.units, chosen)


def numbers(sample: Sample, frame: int) -> dict[str, float]:
    raw = b64decode(sample.numbers[frame])
    return dict(zip(sample.ids, struct.unpack(f"<{len(raw) // 8}d", raw), strict=True))


def index_of(sample: Sample) -> int:
    return int(sample.title.split(":")[0].removeprefix("sample "))


def losses(run: Run) -> list[float]:
    loss = LOSSES[run.loss]
    return [float(loss(run.model.predict(x), target)) for x, target in run.train]


def test_there_is_one_of_each_class_and_the_one_with_the_highest_loss() -> None:
    run = iris_run()
    samples = graphs_of(run).samples
    for name in run.train.classes or ():
        assert any(sample.title.endswith(f": wanted {name}") for sample in samples)
    (worst,) = [sample for sample in samples if "the highest loss" in sample.title]
    assert losses(run)[index_of(worst)] == max(losses(run))


def test_a_chosen_sample_comes_first() -> None:
    assert index_of(graphs_of(iris_run(), chosen=17).samples[0]) == 17


@pytest.mark.parametrize("index", [-1, 120])
def test_a_sample_that_is_not_there_is_refused(index: int) -> None:
    with pytest.raises(ArgumentError, match=f"no sample {index} in the training part") as caught:
        graphs_of(iris_run(), chosen=index)
    assert "from 0 to 119" in caught.value.hint


def test_numbers_are_named_in_the_units_of_the_target() -> None:
    run = line_run()
    sample = graphs_of(run).samples[0]
    wanted = numeral(run.units.target(run.train.targets[0]))
    predicted = numeral(run.units.target(run.model.predict(run.train.features[0])))
    said = f"(in the kept epoch: predicted {predicted}"
    assert sample.title.startswith(f"sample 0: wanted {wanted} {said}")
    assert sample.features == pytest.approx(run.units.features.undo(run.train.features[0]))


def test_parameters_move_from_frame_to_frame_as_they_were_recorded() -> None:
    run = moons_run()
    found = graphs_of(run)
    for sample in found.samples:
        names = {node["id"]: node["name"] for node in found.graphs[sample.graph]["nodes"]}
        assert {names[id] for id in sample.ids} == set(run.recording.names)
        for frame, recorded in enumerate(run.recording.frames.values()):
            wanted = dict(zip(run.recording.names, recorded, strict=True))
            assert {names[id]: x for id, x in numbers(sample, frame).items()} == wanted


def test_inputs_are_given_by_their_ids() -> None:
    run = moons_run()
    found = graphs_of(run)
    for sample in found.samples:
        names = {node["id"]: node["name"] for node in found.graphs[sample.graph]["nodes"]}
        given = {names[id]: number for id, number in sample.givens.items()}
        features = run.train.features[index_of(sample)]
        assert given == dict(zip(run.train.feature_names, features, strict=True))


def test_samples_of_one_class_share_a_graph() -> None:
    run = moons_run()
    found = graphs_of(run, chosen=run.train.targets.index(0, 5))
    titles = [sample.title for sample in found.samples]
    assert len(found.graphs) == 2 < len(titles)


def test_results_that_are_cut_off_follow_the_frames(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "LIMIT", 10)
    monkeypatch.setattr(module, "_CUT", 10)
    run = moons_run()
    found = graphs_of(run)
    sample = found.samples[0]
    nodes = found.graphs[sample.graph]["nodes"]
    cut = [node["id"] for node in nodes if node["role"] == "cut"]
    assert cut
    assert set(cut) <= set(sample.ids)
    for frame, epoch in enumerate(run.recording.frames):
        with run.recording.at(epoch, run.model):
            features, target = run.train[index_of(sample)]
            loss = LOSSES[run.loss](run.model([Value(x) for x in features]), target)
        order = topological_order(loss)
        for id in cut:
            assert numbers(sample, frame)[id] == order[int(id[1:])].data


def test_no_more_graphs_than_a_page_can_hold(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "_BUDGET", 0)
    found = graphs_of(iris_run())
    assert (len(found.graphs), len(found.samples)) == (1, 1)


def test_a_graph_is_cut_only_where_the_whole_does_not_fit(monkeypatch: pytest.MonkeyPatch) -> None:
    run = trained(moons(60, noise=0.1, seed=0), "binary_cross_entropy", [24, 1], epochs=1)
    (first, *_) = graphs_of(run).graphs
    assert len(first["nodes"]) > 250
    assert not any(node["role"] == "cut" or node.get("partial") for node in first["nodes"])
    monkeypatch.setattr(module, "_BUDGET", 400_000)
    (first, *_) = graphs_of(run).graphs
    assert len(first["nodes"]) <= 250
    assert any(node["role"] == "cut" for node in first["nodes"])
    assert any(node.get("partial") for node in first["nodes"])


def test_own_operations_of_the_same_name_are_told_apart_in_all_graphs() -> None:
    square = Op("sq", "sq", "x squared.", "x * x", "2.0 * x")
    cube = Op("sq", "sq", "x cubed, in spite of its name.", "x * x * x", "3.0 * x * x")
    run = moons_run()

    def loss(output: Value, target: float) -> Value:
        return apply(cube if target else square, output)

    found = sample_graphs(run.model, run.train, loss, run.recording, run.units)
    made = {graph["nodes"][-1]["op"]: graph["ops"] for graph in found.graphs}
    assert set(made) == {"sq", "sq (2)"}
    for name, ops in made.items():
        assert name in ops
        assert f'["{name}"]: {{' in found.operations
    assert {made[name][name]["value"] for name in made} == {"x * x", "x * x * x"}


def test_the_operations_of_all_graphs_are_carried_along() -> None:
    found = graphs_of(iris_run())
    used = {node["op"] for graph in found.graphs for node in graph["nodes"]} - {None}
    assert used
    assert all(f"{name}: {{" in found.operations for name in used)


def test_gradients_of_the_training_are_not_told_of() -> None:
    run = moons_run()
    for parameter in run.model.parameters():
        parameter.grad = 7.0
    graphs = graphs_of(run)
    assert not any("backward()" in note for graph in graphs.graphs for note in graph["notes"])
