"""`microgradlab report`: the page of a run, with a scrubber over its epochs. Floor 12."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import replace
from itertools import groupby
from pathlib import Path
from typing import Any

from microgradlab.checkpoint import load
from microgradlab.cli.console import Console
from microgradlab.cli.recipe import Recipe
from microgradlab.cli.runs import RunFolder
from microgradlab.cli.samples import Parts, prepare
from microgradlab.cli.summary import score_rows, verdict
from microgradlab.drawing.report.predictions import Units, predictions_of
from microgradlab.drawing.report.report import Chart, Line, Report, report_page
from microgradlab.drawing.report.sample_graphs import sample_graphs
from microgradlab.errors import ArgumentError, CheckpointError
from microgradlab.files import write_atomically
from microgradlab.history import History
from microgradlab.losses import LOSSES
from microgradlab.plots import diagnose
from microgradlab.plots.diagnosis import USUAL_RATIO
from microgradlab.recording import Recording
from microgradlab.text import counted

_WIDE = 30.0  # numbers that differ by more than this factor are drawn by powers of ten
_TITLES = {
    "accuracy": ("Accuracy", "accuracy"),
    "r2": ("R², the share that is explained", "R²"),
}
_USUAL = (USUAL_RATIO / 10.0, USUAL_RATIO * 10.0)


def report(run: str, output: str | None, sample: int | None, console: Console) -> None:
    """Writes the report of a run anew.

    Args:
        run: the run folder, of a run that has ended or was stopped.
        output: the file to write; None for report.html in the folder.
        sample: of the training part, to be shown first.
        console: where to write.

    Raises:
        ArgumentError: the file does not end in .html, or there is no such run or sample.
    """
    if output is not None and not output.lower().endswith(".html"):
        raise ArgumentError(
            f"a report cannot be saved as {output!r}", hint="end the file name in .html"
        )
    folder = RunFolder.open(run)
    recipe, source = folder.reload()
    parts = prepare(recipe, source)
    path = folder.path / "report.html" if output is None else Path(output)
    save_report(path, folder, recipe, parts, sample)
    console.result(f"{path}: open it in a browser", {"file": str(path)})


def save_report(
    path: Path, folder: RunFolder, recipe: Recipe, parts: Parts, sample: int | None = None
) -> None:
    """Writes the page of a run.

    Args:
        path: the file to write.
        folder: of the run.
        recipe: of the run.
        parts: the data that the recipe stands for.
        sample: of the training part, to be shown first.

    Raises:
        ArgumentError: there is no such sample.
        CheckpointError: no epoch of the run has ended, or a file of it is missing or damaged.
    """
    history, recording = folder.history(), folder.recording()
    if recording is None or not len(recording):
        raise CheckpointError(
            f"{folder.path} has no recorded epoch to report on",
            hint=f"microgradlab train --resume {folder.path}",
        )
    kept = load(folder.best)
    model, best = kept.model, int(kept.extra["epoch"])
    own = [parameter.data for parameter in recording.checked_parameters(model)]
    recording = replace(recording, frames=dict(sorted({**recording.frames, best: own}.items())))
    encoding, loss = parts.encoding, LOSSES[recipe.loss]
    units = Units(encoding.features, encoding.in_units, encoding.schema.target)
    said, scores = _outcome(folder, recipe, history)
    contents = Report(
        title=f"{parts.train.name}: a training run",
        model=_about(repr(model), history, best),
        verdict=said,
        scores=scores,
        notes=diagnose(model, parts.train, recording),
        command=recipe.command(),
        facts=_facts(folder, recipe, parts),
        frames=list(recording.frames),
        best=best,
        kept=f"lowest {_monitored(history)}, kept",
        charts=_charts(history, recording),
        predictions=predictions_of(model, recording, parts.train, parts.test, units),
        samples=sample_graphs(model, parts.train, loss, recording, units, sample),
    )
    write_atomically(path, report_page(contents))


def _about(model: str, history: History, best: int) -> str:
    return (
        f"{model}; {counted(len(history), 'epoch')}, "
        f"{counted(int(history['updates'][-1]), 'update')}; "
        f"weights of epoch {best}, the one of lowest {_monitored(history)}"
    )


def _monitored(history: History) -> str:
    """What tells which epoch is best: the cost, or the validation cost."""
    return history.monitored.replace("_", " ")


def _outcome(folder: RunFolder, recipe: Recipe, history: History) -> tuple[str, list[list[Any]]]:
    """The verdict and the scores; for a run that was stopped, how to go on."""
    if (folder.path / "summary.json").exists():
        summary = folder.read("summary.json")
        if summary.get("epochs") == len(history):
            return verdict(summary), score_rows(summary)
    return (
        f"The run was stopped after {len(history)} of {recipe.epochs} epochs. "
        f"Go on with: microgradlab train --resume {folder.path}",
        [],
    )


def _charts(history: History, recording: Recording) -> list[Chart]:
    """Cost, metrics, learning rate, and what gradients and updates did, by epoch."""
    epochs = [int(epoch) for epoch in history["epoch"]]
    names = [name for name in history.columns if name not in ("epoch", "updates", "lr")]
    charts = []
    for name in (name for name in names if not name.startswith("validation_")):
        lines = [_line("training", history[name])]
        if f"validation_{name}" in names:
            lines.append(_line("validation", history[f"validation_{name}"]))
        is_cost = name == "cost"
        title, label = ("Cost", "cost (mean loss)") if is_cost else _TITLES[name]
        logarithmic = is_cost and _spans_decades(lines)
        includes = [] if logarithmic else [0.0 if is_cost else 1.0]
        charts.append(Chart(title, label, epochs, lines, logarithmic, includes))
    if len(set(history["lr"])) > 1:
        charts.append(Chart("Learning rate", "learning rate", epochs, [_line("lr", history["lr"])]))
    norms = [_line(layer, numbers) for layer, numbers in recording.gradient_norms.items()]
    ratios = [_line(layer, numbers) for layer, numbers in recording.update_ratios.items()]
    known = recording.epochs
    return [
        *charts,
        Chart("Gradients by layer", "norm of the gradient", known, norms, logarithmic=True),
        Chart("Updates by layer", "|update| / |weights|", known, ratios, True, (), _USUAL, "usual"),
    ]


def _line(name: str, numbers: Sequence[float]) -> Line:
    """Numbers with more digits than a chart shows, and fewer than they have, for a smaller page."""
    return Line(name, [float(f"{x:.6g}") if math.isfinite(x) else None for x in numbers])


def _spans_decades(lines: Sequence[Line]) -> bool:
    numbers = [number for line in lines for number in line.values if number is not None]
    return bool(numbers) and min(numbers) > 0.0 and max(numbers) > _WIDE * min(numbers)


def _facts(folder: RunFolder, recipe: Recipe, parts: Parts) -> dict[str, dict[str, str]]:
    """The configuration and the environment, as texts by name."""
    configuration = {
        "training samples": str(len(parts.train)),
        "test samples": str(len(parts.test)),
    }
    if parts.validation is not None:
        configuration["validation samples"] = str(len(parts.validation))
    arguments = {
        **recipe.to_dict(),
        "hidden": ", ".join(map(str, recipe.hidden)) or "no layer",
        "batch_size": recipe.batch_size or "all",
        "seed": str(recipe.seed),
    }
    for name, given in arguments.items():
        if given and name not in ("test", "validation"):  # these are counted above
            configuration[name.replace("_", " ")] = str(given)
    environment = folder.read("env.json")
    versions = environment.pop("versions", {})
    engines = environment.pop("engines", [])
    texts = {name: str(text) for name, text in environment.items()}
    if engines:
        texts["engine"] = "; then ".join(engine for engine, _ in groupby(engines))
    texts |= {name: version for name, version in versions.items() if version}
    return {"Configuration": configuration, "Environment": texts}
