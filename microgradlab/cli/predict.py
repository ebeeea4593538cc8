"""`microgradlab predict` and `evaluate`: a finished run meets rows it has not seen. Floor 12."""

from __future__ import annotations

import csv
import io
import shlex
from pathlib import Path
from typing import Any

from microgradlab.checkpoint import load
from microgradlab.cli.console import Console
from microgradlab.cli.recipe import METRICS_BY_TASK, Recipe
from microgradlab.cli.runs import RunFolder
from microgradlab.cli.samples import Encoding, fingerprint, prepare, read_rows
from microgradlab.errors import ArgumentError, CheckpointError
from microgradlab.functions import softmax
from microgradlab.metrics import confusion_matrix, evaluate, predicted_class
from microgradlab.nn import MLP
from microgradlab.text import counted, table
from microgradlab.value import sigmoid


def predict(path: str, rows: str, console: Console) -> None:
    """Writes a CSV of predictions, one line per row: the class and its probability, or a number.

    Args:
        path: the run folder.
        rows: a CSV file with the columns of the training table; the target may be absent.
        console: where to write.
    """
    _refuse_swapped("predict", path, rows)
    folder = RunFolder.open(path)
    recipe, encoding = folder.recipe(), folder.encoding()
    model = _best_model(folder, encoding)
    new = read_rows(rows)
    for remark in encoding.schema.remarks(new):
        console.message(remark)
    outputs = [model.predict(row) for row in encoding.inputs(new)]
    predictions = [_prediction(output, encoding, recipe) for output in outputs]
    text = io.StringIO()
    writer = csv.DictWriter(text, predictions[0], lineterminator="\n")
    writer.writeheader()
    writer.writerows(predictions)
    console.result(text.getvalue().rstrip("\n"), {"predictions": predictions})


def evaluate_run(path: str, rows: str | None, console: Console) -> None:
    """Measures a run on its own test part, or on the rows of a CSV file.

    Args:
        path: the run folder.
        rows: a CSV file with the columns of the training table and the target.
        console: where to write.
    """
    _refuse_swapped("evaluate", path, rows)
    folder = RunFolder.open(path)
    recipe, encoding = folder.recipe(), folder.encoding()
    model = _best_model(folder, encoding)
    if rows is None:
        data = prepare(*folder.reload()).test
        what = f"the test part of {data.name}"
    else:
        new = read_rows(rows)
        for remark in encoding.schema.remarks(new):
            console.message(remark)
        data, what = encoding.dataset(new), rows
        if fingerprint(rows) == folder.fingerprint():
            console.message(
                "these are the rows it was trained on; without a file it is measured on its test "
                "part alone"
            )
    metrics = METRICS_BY_TASK[data.task]
    scores = encoding.scores_in_units(evaluate(model, data, recipe.loss, metrics))
    text = f"{counted(len(data), 'row')} of {what}\n\n" + table(["", "score"], list(scores.items()))
    result: dict[str, Any] = {"data": what, "rows": len(data), "scores": scores}
    if data.classes is not None:
        outputs = [model.predict(row) for row in data.features]
        counts = confusion_matrix(outputs, data.targets, len(data.classes))
        header = ["true class \\ predicted", *data.classes]
        text += "\n\n" + table(
            header, [[c, *row] for c, row in zip(data.classes, counts, strict=True)]
        )
        result["confusion"] = {"classes": list(data.classes), "counts": counts}
    console.result(text, result)


def _refuse_swapped(command: str, path: str, rows: str | None) -> None:
    if rows is not None and Path(path).is_file() and Path(rows).is_dir():
        raise ArgumentError(
            f"{path} is a file, not a run folder",
            hint="the run comes first: " + shlex.join(["microgradlab", command, rows, path]),
        )


def _best_model(folder: RunFolder, encoding: Encoding) -> MLP:
    if not folder.best.is_file():
        raise CheckpointError(
            f"{folder.path} has no weights yet: no epoch was finished",
            hint=f"microgradlab train --resume {folder.path}",
        )
    model = load(folder.best).model
    classes = len(encoding.schema.classes or ["a number"])
    outputs = (1, 2) if classes == 2 else (classes,)
    if (
        not isinstance(model, MLP)
        or model.inputs != len(encoding.features.means)
        or len(model.layers[-1].neurons) not in outputs
    ):
        raise CheckpointError(
            f"{folder.best} holds {model!r}, which does not fit {folder.path / 'schema.json'}",
            hint="train again; the files of two runs may have been mixed",
        )
    return model


def _prediction(output: Any, encoding: Encoding, recipe: Recipe) -> dict[str, Any]:
    """One line of the result; hinge losses have no probabilities."""
    schema = encoding.schema
    if schema.classes is None:
        return {schema.target: encoding.in_units(output)}
    index = predicted_class(output)
    line: dict[str, Any] = {schema.target: schema.classes[index]}
    if isinstance(output, list):
        probabilities = softmax(output)
    elif recipe.loss == "binary_cross_entropy":
        probabilities = [sigmoid(-output), sigmoid(output)]
    else:
        return line
    for name, probability in zip(schema.classes, probabilities, strict=True):
        line[f"p({name})"] = round(probability, 6)
    return line
