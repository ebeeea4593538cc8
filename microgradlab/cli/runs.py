"""The run folder: what a training run leaves behind, and how it is read again. Floor 9.

runs/iris-001/
    args.json       the recipe, and a fingerprint of the data
    schema.json     how rows become inputs: columns, categories, fill values, standardisation
    env.json        versions of Python and of the libraries
    metrics.csv     cost and metrics by epoch
    summary.json    metrics on all parts, baselines, counts
    weights/        best.safetensors (predicts), last.safetensors (resumes: with the
                    optimizer's state and the history; the order of the samples follows from
                    the seed and the epoch)
    loss.svg        the learning curve
    graph.svg       the graph of one sample's loss, after training
"""

from __future__ import annotations

import csv
import io
import json
import platform
from dataclasses import dataclass
from importlib import metadata
from pathlib import Path
from typing import Any

from microgradlab.cli.recipe import Recipe
from microgradlab.cli.samples import Encoding
from microgradlab.errors import ArgumentError, CheckpointError
from microgradlab.files import write_atomically
from microgradlab.history import History

_LIBRARIES = ("microgradlab", "numpy", "scikit-learn", "safetensors", "matplotlib", "graphviz")


@dataclass(frozen=True, slots=True)
class RunFolder:
    """The paths of a run, and its JSON files."""

    path: Path

    @classmethod
    def create(cls, path: str | None, name: str, overwrite: bool = False) -> RunFolder:
        """Makes the folder of a new run.

        Args:
            path: where; None for the next free `runs/NAME-001`.
            name: of the data.
            overwrite: go on although the folder holds something.

        Raises:
            ArgumentError: the folder exists and holds something.
            OSError: it cannot be made.
        """
        if path is None:
            number = 1
            while (Path("runs") / f"{name}-{number:03d}").exists():
                number += 1
            folder = Path("runs") / f"{name}-{number:03d}"
        else:
            folder = Path(path)
            if folder.exists() and not overwrite and (folder.is_file() or any(folder.iterdir())):
                raise ArgumentError(
                    f"the run folder {folder} exists",
                    hint=f"choose another --run, continue with --resume {folder}, "
                    "or replace it with --overwrite",
                )
        (folder / "weights").mkdir(parents=True, exist_ok=True)
        return cls(folder)

    @classmethod
    def open(cls, path: str) -> RunFolder:
        """The folder of a run that was made before.

        Raises:
            ArgumentError: there is no such folder, or it is none of a run.
        """
        run = cls(Path(path))
        if not run.args.is_file():
            what = "is no run folder" if run.path.is_dir() else "does not exist"
            known = sorted(str(found.parent) for found in Path("runs").glob("*/args.json"))
            hint = f"runs here: {', '.join(known[-5:])}" if known else "make one: train iris"
            raise ArgumentError(f"{path} {what}", hint=hint)
        return run

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

    def write(self, name: str, data: Any) -> None:
        """Writes a JSON file of the run."""
        text = json.dumps(data, indent=2, ensure_ascii=False)
        write_atomically(self.path / name, text + "\n")

    def read(self, name: str) -> Any:
        """Reads a JSON file of the run.

        Raises:
            CheckpointError: it is missing or damaged.
        """
        try:
            return json.loads((self.path / name).read_text(encoding="utf-8"))
        except (OSError, ValueError) as error:
            raise CheckpointError(
                f"{self.path / name} cannot be read: {error}", "train again"
            ) from error

    def write_start(self, recipe: Recipe, fingerprint: str | None, encoding: Encoding) -> None:
        """Writes what is known before training: arguments, schema, environment."""
        self.write("schema.json", encoding.to_dict())
        self.write("env.json", _environment())
        self.write("args.json", {**recipe.to_dict(), "sha256": fingerprint})

    def recipe(self) -> tuple[Recipe, str | None]:
        """The recipe of the run, and the fingerprint of its data."""
        arguments = self.read("args.json")
        fingerprint = arguments.pop("sha256", None)
        return Recipe.from_dict(arguments), fingerprint

    def encoding(self) -> Encoding:
        """How the run encodes rows."""
        return Encoding.from_dict(self.read("schema.json"))

    def write_metrics(self, history: History) -> None:
        """Writes metrics.csv, one row per epoch."""
        text = io.StringIO()
        writer = csv.writer(text, lineterminator="\n")
        writer.writerow(history.columns)
        writer.writerows(zip(*history.columns.values(), strict=True))
        write_atomically(self.path / "metrics.csv", text.getvalue())


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
