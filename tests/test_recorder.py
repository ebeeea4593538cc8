"""What a Recorder takes down is right, whether or not a run is interrupted."""

from __future__ import annotations

import math
from itertools import pairwise
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from microgradlab import optim
from microgradlab.errors import ArgumentError
from microgradlab.events import Backpropagated, Event, Updated
from microgradlab.fitting import fit
from microgradlab.module import Module
from microgradlab.nn import MLP, Layer, Neuron
from microgradlab.recorder import Recorder
from microgradlab.recording import Recording
from microgradlab.value import Value
from tests.recordings import BIAS, MOONS, events, network, recorded

# --- what is recorded


def test_the_gradient_norm_is_the_root_mean_square_over_the_updates_of_an_epoch() -> None:
    squares = [
        math.fsum(g * g for name, g in event.gradients.items() if name.startswith("layers.0"))
        for event in events()
        if isinstance(event, Backpropagated)
    ]
    expected = math.sqrt(math.fsum(squares) / len(squares))
    assert recorded(1).gradient_norms["layers.0"] == [pytest.approx(expected, rel=1e-14)]


def test_the_update_ratio_compares_moves_with_weights() -> None:
    moves, sizes = [], []
    for event in events():
        if isinstance(event, Updated):
            own = [name for name in event.after if name.startswith("layers.1")]
            moves += [(event.after[name] - event.before[name]) ** 2 for name in own]
            sizes += [event.after[name] ** 2 for name in own]
    expected = math.sqrt(math.fsum(moves) / math.fsum(sizes))
    assert recorded(1).update_ratios["layers.1"] == [pytest.approx(expected, rel=1e-14)]


def test_a_frame_holds_all_parameters_as_they_were() -> None:
    updated = [event for event in events(2) if isinstance(event, Updated)]
    recording = recorded(2)
    assert recording.names == list(updated[0].before)
    assert recording.frames == {
        0: list(updated[0].before.values()),
        1: list(updated[2].after.values()),
        2: list(updated[5].after.values()),
    }


def test_followed_parameters_are_known_after_every_update() -> None:
    updated = [event for event in events(2) if isinstance(event, Updated)]
    expected = [updated[0].before[BIAS], *(event.after[BIAS] for event in updated)]
    assert recorded(2).path == {BIAS: expected}


def test_epochs_and_updates_are_counted() -> None:
    recording = recorded(3)
    assert recording.epochs == [1, 2, 3]
    assert recording.updates == [3, 6, 9]
    assert repr(recording) == "Recording(3 epochs of 13 parameters, 4 frames)"


def test_a_layer_whose_weights_stay_zero_has_the_ratio_zero() -> None:
    model = MLP(2, [2, 1], init="zeros")
    recorder = Recorder(model)
    sgd = optim.SGD(model.parameters(), lr=0.1)
    fit(model, MOONS, "squared_error", sgd, epochs=1, callbacks=[recorder])
    assert recorder.recording.update_ratios["layers.0"] == [0.0]


@pytest.mark.parametrize("model", [Neuron(2), Layer(2, 3), MLP(2, [3, 1])], ids=repr)
def test_every_parameter_belongs_to_one_layer(model: Module) -> None:
    recording = Recorder(model).recording
    places = [place for layer in recording.layers.values() for place in layer]
    assert sorted(places) == list(range(len(model.parameters())))
    assert set(recording.gradient_norms) == set(recording.layers)


# --- thinning


@given(last=st.integers(1, 300), limit=st.integers(1, 70))
def test_frames_stay_within_their_limit_evenly_spread(last: int, limit: int) -> None:
    model = Neuron(1)
    recorder = Recorder(model, frames=limit)
    for epoch in range(1, last + 1):
        recorder.recording.frames.setdefault(0, [0.0, 0.0])
        recorder.recording.epochs.append(epoch)
        recorder._keep_frame()
    kept = list(recorder.recording.frames)
    assert kept[0] == 0
    assert kept[-1] == last
    assert len(kept) <= limit + 1
    assert len({b - a for a, b in pairwise(kept[:-1])}) <= 1


def test_frames_stay_within_a_budget_of_numbers() -> None:
    assert list(recorded(9, numbers=13 * 4).frames) == [0, 4, 8, 9]
    assert list(recorded(9, numbers=1).frames) == [0, 9]


# --- resuming


@pytest.mark.parametrize("stop", [1, 4, 7])
@pytest.mark.parametrize("frames", [60, 3])
def test_a_resumed_run_records_what_an_uninterrupted_one_does(
    stop: int, frames: int, tmp_path: Path
) -> None:
    checkpoint, file = tmp_path / "run.json", tmp_path / "recording.json"
    recorded(stop, checkpoint=checkpoint, frames=frames).save(file)
    resumed = recorded(9, Recording.load(file), checkpoint, frames=frames)
    assert resumed == recorded(9, frames=frames)


def test_a_recording_that_is_ahead_of_the_checkpoint_is_cut_back(tmp_path: Path) -> None:
    checkpoint = tmp_path / "run.json"
    recorded(5, checkpoint=checkpoint, frames=3)
    ahead = recorded(6, frames=3)
    assert 5 not in ahead.frames
    assert recorded(9, ahead.until(5), checkpoint, frames=3) == recorded(9, frames=3)
    assert ahead == recorded(6, frames=3)


def test_the_last_epoch_has_a_frame_even_where_it_was_dropped_before(tmp_path: Path) -> None:
    checkpoint = tmp_path / "run.json"
    ended = recorded(5, checkpoint=checkpoint, frames=3)
    resumed = recorded(5, recorded(6, frames=3).until(5), checkpoint, frames=3)
    assert resumed.frames[5] == ended.frames[5]


def test_a_recording_cut_back_is_that_of_the_shorter_run() -> None:
    assert recorded(5).until(3) == recorded(3)
    assert recorded(5).until(99) == recorded(5)


def test_a_recording_cut_back_to_nothing_starts_anew() -> None:
    assert recorded(3, recorded(2).until(0)) == recorded(3)


def test_a_run_that_is_resumed_without_its_recording_is_recorded_from_there(
    tmp_path: Path,
) -> None:
    checkpoint = tmp_path / "run.json"
    recorded(2, checkpoint=checkpoint)
    resumed = recorded(4, checkpoint=checkpoint)
    assert resumed.epochs == [3, 4]
    assert resumed.frames == {epoch: recorded(4).frames[epoch] for epoch in (2, 3, 4)}


def test_what_was_recorded_of_an_unfinished_epoch_is_forgotten() -> None:
    model, optimizer = network()
    recorder = Recorder(model, path=[BIAS])

    def interrupt(event: Event) -> None:
        if isinstance(event, Updated) and event.update == 5:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        fit(
            model,
            MOONS,
            "binary_cross_entropy",
            optimizer,
            batch_size=10,
            callbacks=[recorder, interrupt],
        )
    assert recorder.recording == recorded(1)


# --- mistakes


def test_an_epoch_without_a_frame_names_those_that_have_one() -> None:
    recording = recorded(9, frames=3)
    with (
        pytest.raises(ArgumentError, match=r"epoch 3\nhint: these have one: 0, 4, 8, 9"),
        recording.at(3, network()[0]),
    ):
        pass


def test_a_model_with_other_parameters_is_refused() -> None:
    with pytest.raises(ArgumentError, match=r"not of those of MLP\(2 → 1 linear: 3 parameters\)"):
        Recorder(MLP(2, [1]), recording=recorded(1))


def test_a_parameter_to_follow_must_exist() -> None:
    with pytest.raises(ArgumentError, match="unknown parameter 'bais'"):
        Recorder(network()[0], path=["bais"])


def test_other_parameters_to_follow_than_before_are_refused() -> None:
    other = "layers.0.neurons.1.bias"
    with pytest.raises(ArgumentError, match=f"the recording follows {BIAS}, not {other}"):
        Recorder(network()[0], path=[other], recording=recorded(1))


def test_a_model_without_parameters_is_refused() -> None:
    with pytest.raises(ArgumentError, match="has no parameters"):
        Recorder(Module())


def test_a_recorder_is_for_one_run() -> None:
    model, optimizer = network()
    recorder = Recorder(model)
    fit(model, MOONS, "hinge", optimizer, epochs=2, callbacks=[recorder])
    with pytest.raises(ArgumentError, match="ends with epoch 2, and training is in epoch 1"):
        fit(model, MOONS, "hinge", optimizer, epochs=2, callbacks=[recorder])


def test_a_gap_between_recording_and_run_is_refused(tmp_path: Path) -> None:
    checkpoint = tmp_path / "run.json"
    recorded(4, checkpoint=checkpoint)
    with pytest.raises(ArgumentError, match=r"epoch 2, and training is in epoch 5"):
        recorded(6, recorded(2), checkpoint)


def test_parameters_named_by_their_module_alone_are_recorded() -> None:
    class Line(Module):
        def __init__(self) -> None:
            self.w, self.b = Value(1.0), Value(0.0)

        def __call__(self, x: list[float]) -> Value:
            return self.w * x[0] + self.b

    line = Line()
    recorder = Recorder(line, path=["w", "b"])
    sgd = optim.SGD(line.parameters(), lr=0.1)
    fit(line, [([1.0], 3.0)], "squared_error", sgd, epochs=2, callbacks=[recorder])
    assert list(recorder.recording.gradient_norms) == ["w", "b"]
    assert recorder.recording.path["w"] == [1.0, 1.4, pytest.approx(1.64)]
