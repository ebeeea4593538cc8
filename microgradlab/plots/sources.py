"""What plots are made from: histories, recordings, run folders, data."""

from __future__ import annotations

import csv
from pathlib import Path
from typing import Any, TypeAlias

from microgradlab.data import Dataset
from microgradlab.errors import ArgumentError, CheckpointError
from microgradlab.history import History
from microgradlab.metrics import Samples
from microgradlab.module import Module
from microgradlab.recorder import Recorder
from microgradlab.recording import Recording

Recorded: TypeAlias = Recording | Recorder | str | Path


def history_of(source: History | str | Path) -> History:
    """A history of at least one epoch: itself, or that of a run folder or its metrics.csv.

    Raises:
        ArgumentError: it has no epochs, or is something else.
        CheckpointError: the file is missing or damaged.
    """
    if isinstance(source, (str, Path)):
        source = _read_history(Path(source))
    if not isinstance(source, History):
        raise ArgumentError(
            f"a {type(source).__name__} is no history",
            hint='give what fit() returns, or a run folder such as "runs/iris-001"',
        )
    if not len(source):
        raise ArgumentError("the history has no epochs yet", hint="train first")
    return source


def _read_history(path: Path) -> History:
    file = _file(path, "metrics.csv")
    try:
        with file.open(encoding="utf-8", newline="") as lines:
            names, *rows = csv.reader(lines)
            numbers = [[float(cell) for cell in row] for row in rows]
            return History(dict(zip(names, zip(*numbers, strict=True), strict=True)))
    except ValueError as error:
        raise CheckpointError(
            f"{file} holds no history of a run: {error}", "it may be damaged"
        ) from error


def recording_of(source: Recorded) -> Recording:
    """A recording of at least one epoch: itself, or that of a recorder, file or run folder.

    Raises:
        ArgumentError: it has no epochs, or is something else.
        CheckpointError: the file is missing or damaged.
    """
    if isinstance(source, (str, Path)):
        source = _read_recording(Path(source))
    if isinstance(source, Recorder):
        source = source.recording
    if not isinstance(source, Recording):
        raise ArgumentError(
            f"a {type(source).__name__} is no recording",
            hint="as in recorder = Recorder(model); fit(..., callbacks=[recorder])",
        )
    if not len(source):
        raise ArgumentError("the recording has no epochs yet", hint="train for one at least")
    return source


def _read_recording(path: Path) -> Recording:
    recording = Recording.load(_file(path, "recording.safetensors"))
    # A run that was killed may have recorded one epoch more than its history knows.
    return recording.until(len(_read_history(path))) if path.is_dir() else recording


def _file(path: Path, name: str) -> Path:
    """A file, or the one of this name in a run folder."""
    file = path / name if path.is_dir() else path
    if not file.exists():
        raise CheckpointError(
            f"{file.absolute()} does not exist",
            hint="give the folder of a run that has ended an epoch",
        )
    return file


def dataset_of(data: Dataset | Samples) -> Dataset:
    """Samples as a data set, which knows its classes and the names of its features.

    Raises:
        DataError: they are none.
    """
    if isinstance(data, Dataset):
        return data
    samples = list(data)
    return Dataset.of([features for features, _ in samples], [target for _, target in samples])


def classified(data: Dataset | Samples, what: str) -> tuple[Dataset, tuple[str, ...]]:
    """A data set with its classes.

    Raises:
        ArgumentError: its targets are numbers.
    """
    dataset = dataset_of(data)
    if dataset.classes is None:
        raise ArgumentError(
            f"{what} needs classes, but the targets of {dataset.name} are numbers",
            hint="give classes as integers or texts: Dataset.of(features, targets)",
        )
    return dataset, tuple(dataset.classes)


def outputs_of(model: Module, data: Dataset) -> list[Any]:
    """What a model predicts for each sample.

    Raises:
        ArgumentError: it is no model.
    """
    if not isinstance(model, Module):
        raise ArgumentError(f"{model!r} is no model", hint="as in mg.MLP(2, [16, 16, 1])")
    return [model.predict(features) for features in data.features]
