"""Plots are made from what lies at hand: objects, run folders, files, plain samples."""

from __future__ import annotations

import csv
from pathlib import Path

import pytest

from microgradlab import plots
from microgradlab.errors import ArgumentError, CheckpointError
from microgradlab.history import History
from microgradlab.nn import MLP
from microgradlab.plots.sources import dataset_of, history_of, recording_of
from microgradlab.recorder import Recorder
from tests.plots.conftest import Run


@pytest.fixture
def folder(run: Run, tmp_path: Path) -> Path:
    """A run folder, as far as plots need it."""
    with (tmp_path / "metrics.csv").open("w", newline="") as file:
        writer = csv.writer(file)
        writer.writerow(run.history.columns)
        writer.writerows(zip(*run.history.columns.values(), strict=True))
    run.recording.save(tmp_path / "recording.safetensors")
    return tmp_path


def test_a_run_folder_serves_for_history_and_recording(folder: Path, run: Run) -> None:
    assert history_of(folder).columns == run.history.columns
    assert history_of(str(folder / "metrics.csv")).columns == run.history.columns
    assert recording_of(str(folder)) == run.recording
    assert plots.curves(folder).svg == plots.curves(run.history).svg


def test_the_recording_of_a_killed_run_ends_with_its_history(folder: Path, run: Run) -> None:
    metrics = folder / "metrics.csv"
    *ended, _ = metrics.read_text().splitlines()
    metrics.write_text("\n".join(ended) + "\n")
    assert len(history_of(folder)) == len(run.history) - 1
    assert recording_of(folder) == run.recording.until(len(run.history) - 1)
    assert recording_of(folder / "recording.safetensors") == run.recording


def test_a_recorder_and_any_file_serve_for_a_recording(run: Run, tmp_path: Path) -> None:
    run.recording.save(tmp_path / "mine.json")
    assert recording_of(tmp_path / "mine.json") == run.recording
    assert recording_of(Recorder(run.model, recording=run.recording)) is run.recording


def test_plain_samples_are_a_data_set(run: Run) -> None:
    samples = [([0.0, 1.0], -1), ([1.0, 0.0], 1)]
    assert dataset_of(samples).classes == ("-1", "1")
    assert plots.confusion(run.model, samples).axes[0].get_xlabel() == "predicted"


def test_a_folder_without_a_run_is_named(tmp_path: Path) -> None:
    with pytest.raises(CheckpointError, match=r"metrics\.csv does not exist"):
        plots.curves(tmp_path)
    with pytest.raises(CheckpointError) as caught:
        plots.curves(".")
    assert str(Path("metrics.csv").absolute()) in caught.value.message
    with pytest.raises(CheckpointError, match=r"recording\.safetensors does not exist"):
        plots.gradient_norms(tmp_path)


@pytest.mark.parametrize(
    "text",
    ["", "epoch,cost\n1,2\n", "epoch,updates,lr,cost\n1,2\n", "epoch,updates,lr,cost\n1,2,3,x"],
)
def test_a_damaged_history_is_refused(text: str, tmp_path: Path) -> None:
    (tmp_path / "metrics.csv").write_text(text)
    with pytest.raises(CheckpointError):
        plots.curves(tmp_path)


def test_a_history_or_recording_without_epochs_is_refused(run: Run) -> None:
    with pytest.raises(ArgumentError, match="the history has no epochs yet"):
        plots.curves(History())
    with pytest.raises(ArgumentError, match="the recording has no epochs yet"):
        plots.gradient_norms(Recorder(run.model))


def test_something_else_is_refused(run: Run) -> None:
    with pytest.raises(ArgumentError, match="a list is no history"):
        plots.curves([1.0, 0.5])  # type: ignore[arg-type]
    with pytest.raises(ArgumentError, match="a History is no recording"):
        plots.update_ratios(run.history)  # type: ignore[arg-type]
    with pytest.raises(ArgumentError, match="is no model"):
        plots.confusion("runs/iris-001", run.data)  # type: ignore[arg-type]


def test_numbers_to_predict_have_no_confusion_and_no_boundary() -> None:
    samples = [([0.0, 1.0], 0.5), ([1.0, 0.0], 1.5)]
    with pytest.raises(ArgumentError, match="a confusion matrix needs classes"):
        plots.confusion(MLP(2, [1]), samples)
    with pytest.raises(ArgumentError, match="a boundary needs classes"):
        plots.boundary(MLP(2, [1]), samples)
