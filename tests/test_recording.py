"""Recordings come back from their files bit for bit, and set a model back to an epoch."""

from __future__ import annotations

from pathlib import Path

import pytest

from microgradlab.errors import CheckpointError
from microgradlab.fitting import fit
from microgradlab.recorder import Recorder
from microgradlab.recording import Recording
from tests.recordings import BIAS, MOONS, network, recorded

# --- files


@pytest.mark.parametrize("format_", ["json", "safetensors"])
def test_a_recording_comes_back_bit_for_bit(format_: str, tmp_path: Path) -> None:
    path, again = tmp_path / f"a.{format_}", tmp_path / f"b.{format_}"
    recording = recorded(3)
    recording.save(path)
    assert Recording.load(path) == recording
    Recording.load(path).save(again)
    assert again.read_bytes() == path.read_bytes()


@pytest.mark.parametrize("format_", ["json", "safetensors"])
def test_an_empty_recording_comes_back(format_: str, tmp_path: Path) -> None:
    recording = Recorder(network()[0], path=[BIAS]).recording
    recording.save(tmp_path / f"a.{format_}")
    assert Recording.load(tmp_path / f"a.{format_}") == recording


@pytest.mark.parametrize("part", ["names", "gradient_norms", "frames", "path"])
def test_a_file_that_lacks_a_part_is_refused(part: str, tmp_path: Path) -> None:
    path = tmp_path / "a.json"
    recorded(2).save(path)
    path.write_text(path.read_text().replace(f'"{part}"', '"other"'))
    with pytest.raises(CheckpointError, match=f"lacks a part of the recording: '{part}'"):
        Recording.load(path)


def test_a_file_with_rows_of_other_lengths_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "a.json"
    recording = recorded(2)
    recording.frames[1].pop()
    recording.save(path)
    with pytest.raises(CheckpointError, match="frames has rows that are not 13 numbers long"):
        Recording.load(path)


# --- looking back


def test_a_model_is_set_back_to_an_epoch_and_restored_afterwards() -> None:
    model, optimizer = network()
    before = model.state_dict()
    recorder = Recorder(model)
    fit(model, MOONS, "hinge", optimizer, epochs=2, callbacks=[recorder])
    after = model.state_dict()
    with recorder.recording.at(0, model):
        assert model.state_dict() == before
    assert model.state_dict() == after
    with pytest.raises(RuntimeError), recorder.recording.at(0, model):
        raise RuntimeError
    assert model.state_dict() == after
