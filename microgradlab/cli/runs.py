"""The run folder: what a training run leaves behind, and how it is read again. Floor 11.

runs/iris-001/
    args.json       the recipe, and a fingerprint of the data
    schema.json     how rows become inputs: columns, categories, fill values, standardisation
    env.json        versions of Python and of the libraries, and what computed each sitting
    metrics.csv     cost and metrics by epoch, of the standardised data that the network sees
    summary.json    metrics on all parts, baselines, counts, seconds of the last sitting
    weights/        best.safetensors (predicts), last.safetensors (resumes: with the
                    optimizer's state and the history; the order of the samples follows from
                    the seed and the epoch)
    recording.safetensors   gradients and updates by layer, parameters by epoch
    loss.svg        the learning curve
    graph.svg       the graph of one sample's loss, after training
    report.html     all of this as one page, with a scrubber over the epochs
"""

from __future__ import annotations

import csv
import io
import json
import platform
from contextlib import suppress
from dataclasses import dataclass
from importlib import metadata
from pathlib import Path
from typing import Any

from microgradlab import checkpoint
from microgradlab.cli.recipe import Recipe
from microgradlab.cli.samples import Encoding, Source, fingerprint, is_file, load_source
from microgradlab.errors import ArgumentError, CheckpointError, DataError, LabError
from microgradlab.files import write_atomically
from microgradlab.history import History
from microgradlab.recording import Recording

_FILES = (
    *("args.json", "schema.json", "env.json", "metrics.csv", "summary.json"),
    *("weights/best.safetensors", "weights/last.safetensors", "recording.safetensors"),
    *("loss.svg", "graph.svg", "report.html"),
)
_LIBRARIES = (
    *("microgradlab", "numpy", "scikit-learn", "safetensors", "matplotlib", "graphviz"),
    "llvmlite",
)


@dataclass(frozen=True, slots=True)
class RunFolder:
    """The paths of a run, and its JSON files."""

    path: Path

    @classmethod
    def create(cls, path: str | None, name: str, overwrite: bool = False) -> RunFolder:
        """Makes the empty folder of a new run.

        Args:
            path: where; None for the next free `runs/NAME-001`.
            name: of the data.
            overwrite: remove the run that the folder holds.

        Raises:
            ArgumentError: the place is taken.
            LabError: the folder cannot be made.
        """
        refuse_taken(path, overwrite)
        try:
            run = cls(_numbered(name) if path is None else Path(path))
            run.path.mkdir(parents=True, exist_ok=True)
            run.clear()
            run.last.parent.mkdir(exist_ok=True)
        except OSError as error:
            raise LabError(
                f"the run folder {error.filename} cannot be made ({error.strerror})",
                hint="choose a place that can be written to with --run",
            ) from error
        return run

    @classmethod
    def open(cls, path: str) -> RunFolder:
        """The folder of a run that was made before.

        Raises:
            ArgumentError: there is no such folder, or it is none of a run.
        """
        run = cls(Path(path))
        if not run.args.is_file():
            what = "is a file, not a run folder" if run.path.is_file() else "is no run folder"
            if not run.path.exists():
                what = "does not exist"
            known = sorted(str(found.parent) for found in Path("runs").glob("*/args.json"))
            if known:
                hint = f"runs here: {', '.join(known[-5:])}"
            else:
                hint = "make one with: microgradlab train iris"
            raise ArgumentError(f"{path} {what}", hint=hint)
        return run

    def clear(self) -> None:
        """Removes the files of a run, and the folder of weights; nothing that is not the run's."""
        for name in _FILES:
            (self.path / name).unlink(missing_ok=True)
        with suppress(OSError):  # there is none, or it holds something else
            self.last.parent.rmdir()

    def remove(self) -> None:
        """Removes the run, and its folder if that is all it held."""
        self.clear()
        with suppress(OSError):
            self.path.rmdir()

    def recipe(self) -> Recipe:
        """The recipe of the run.

        Raises:
            CheckpointError: it is damaged.
        """
        arguments = self.read("args.json")
        arguments.pop("sha256", None)
        try:
            return Recipe.from_dict(arguments)
        except (KeyError, TypeError) as error:
            raise self._damaged("args.json", "it holds no recipe") from error

    def fingerprint(self) -> str | None:
        """The SHA-256 of the CSV file that the run was trained on."""
        known: str | None = self.read("args.json").get("sha256")
        return known

    def reload(self) -> tuple[Recipe, Source]:
        """The recipe of the run, and its data as they were when it began.

        Raises:
            CheckpointError: the recipe is damaged, or the data have changed.
            DataError: the data are gone.
        """
        recipe = self.recipe()
        if is_file(recipe.data) and not Path(recipe.data).is_file():
            raise DataError(
                f"{self.path} was trained on {recipe.data}, which is not here",
                hint="go to the folder it was trained in, or bring the file back",
            )
        source = load_source(recipe)
        if fingerprint(recipe.data) != self.fingerprint():
            raise CheckpointError(
                f"{recipe.data} has changed since {self.path} was made",
                hint="train a new run, or bring the old file back",
            )
        return recipe, source

    @property
    def args(self) -> Path:
        """args.json."""
        return self.path / "args.json"

    @property
    def best(self) -> Path:
        """The weights of the epoch with the lowest monitored cost."""
        return self.path / "weights" / "best.safetensors"

    @property
    def last(self) -> Path:
        """The checkpoint of the last epoch."""
        return self.path / "weights" / "last.safetensors"

    @property
    def recording_file(self) -> Path:
        """What was recorded for pictures."""
        return self.path / "recording.safetensors"

    def history(self) -> History:
        """The history of the epochs that have ended.

        Raises:
            CheckpointError: the checkpoint of the last epoch is damaged.
        """
        if not self.last.exists():
            return History()
        return History(checkpoint.read(self.last)["extra"].get("history", {}))

    def recording(self) -> Recording | None:
        """What was recorded in the epochs that have ended; None if there is nothing.

        Raises:
            CheckpointError: it is damaged.
        """
        if not self.recording_file.exists():
            return None
        # A run that was killed may have recorded one epoch more than its checkpoint knows.
        return Recording.load(self.recording_file).until(len(self.history()))

    def write(self, name: str, data: Any) -> None:
        """Writes a JSON file of the run."""
        text = json.dumps(data, indent=2, ensure_ascii=False)
        write_atomically(self.path / name, text + "\n")

    def read(self, name: str) -> dict[str, Any]:
        """Reads a JSON file of the run.

        Raises:
            CheckpointError: it is missing or damaged.
        """
        try:
            data = json.loads((self.path / name).read_text(encoding="utf-8"))
        except FileNotFoundError:
            raise CheckpointError(f"{self.path / name} is missing", hint="train again") from None
        except ValueError as error:
            raise self._damaged(name, "it is not JSON") from error
        if not isinstance(data, dict):
            raise self._damaged(name, "it is no JSON object")
        return data

    def _damaged(self, name: str, why: str) -> CheckpointError:
        return CheckpointError(f"{self.path / name} cannot be used ({why})", hint="train again")

    def write_start(self, recipe: Recipe, encoding: Encoding, engine: str) -> None:
        """Writes what is known before training: schema, environment, arguments."""
        self.write("schema.json", encoding.to_dict())
        self.write("env.json", {**_environment(), "engines": [engine]})
        self.write_recipe(recipe)  # last: with it, the folder is that of a run

    def write_engine(self, engine: str) -> None:
        """Adds an engine that the run goes on with to those of the sittings before."""
        environment = self.read("env.json")
        engines = environment.get("engines", ["Values"])  # what there was before it was noted
        self.write("env.json", {**environment, "engines": [*engines, engine]})

    def write_recipe(self, recipe: Recipe) -> None:
        """Writes the arguments of the run, and a fingerprint of its data."""
        self.write("args.json", {**recipe.to_dict(), "sha256": fingerprint(recipe.data)})

    def encoding(self) -> Encoding:
        """How the run encodes rows.

        Raises:
            CheckpointError: it is damaged.
        """
        try:
            return Encoding.from_dict(self.read("schema.json"))
        except (KeyError, TypeError, DataError) as error:
            raise self._damaged("schema.json", "it holds no schema") from error

    def write_metrics(self, history: History) -> None:
        """Writes metrics.csv, one row per epoch."""
        text = io.StringIO()
        writer = csv.writer(text, lineterminator="\n")
        writer.writerow(history.columns)
        writer.writerows(zip(*history.columns.values(), strict=True))
        write_atomically(self.path / "metrics.csv", text.getvalue())


def refuse_taken(path: str | None, overwrite: bool) -> None:
    """Complains about a place for a new run that holds something; a run may be overwritten.

    Raises:
        ArgumentError: the place is taken.
    """
    if path is None or not Path(path).exists():
        return
    is_run = (Path(path) / "args.json").is_file()
    if not is_run and (Path(path).is_file() or any(Path(path).iterdir())):
        raise ArgumentError(f"{path} exists and is no run folder", hint="choose another --run")
    if is_run and not overwrite:
        raise ArgumentError(
            f"the run folder {path} exists",
            hint=f"choose another --run, continue with --resume {path}, "
            "or replace it with --overwrite",
        )


def _numbered(name: str) -> Path:
    """Makes the next free folder runs/NAME-001; two commands at once get two folders."""
    number = 1
    while True:
        folder = Path("runs") / f"{name}-{number:03d}"
        try:
            folder.mkdir(parents=True)
        except FileExistsError:
            number += 1
        else:
            return folder


def _environment() -> dict[str, Any]:
    versions: dict[str, str | None] = {}
    for library in _LIBRARIES:
        try:
            versions[library] = metadata.version(library)
        except metadata.PackageNotFoundError:
            versions[library] = None
    return {
        "python": platform.python_version(),
        "implementation": platform.python_implementation(),
        "platform": platform.platform(),
        "versions": versions,
    }
