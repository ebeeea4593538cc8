"""`predict` and `evaluate`: a finished run meets rows, and says what its own model says."""

from __future__ import annotations

import csv
import io
import json
import shutil
from pathlib import Path
from typing import Any

import pytest

from microgradlab.checkpoint import load
from microgradlab.cli.runs import RunFolder
from microgradlab.data.table import read_csv
from microgradlab.functions import softmax

Call = Any
Write = Any

IRIS_COLUMNS = ["sepal_length", "sepal_width", "petal_length", "petal_width"]
FLOWERS = [IRIS_COLUMNS, [5.1, 3.5, 1.4, 0.2], [6.0, 3.0, 5.0, 2.0]]


def records(text: str) -> list[dict[str, str]]:
    return list(csv.DictReader(io.StringIO(text)))


@pytest.fixture
def fruit_run(call: Call, fruit: str) -> str:
    words = ("--target", "ripe", "--epochs", "10", "--hidden", "3")
    assert call("train", fruit, *words, "--run", "run").code == 0
    return "run"


def test_classes_come_as_csv_with_their_probabilities(
    call: Call, iris_run: Path, write: Write
) -> None:
    called = call("predict", iris_run, write("flowers.csv", FLOWERS))
    assert called.code == 0
    lines = records(called.out)
    assert list(lines[0]) == ["species", "p(setosa)", "p(versicolor)", "p(virginica)"]
    for line in lines:
        chances = {name: float(cell) for name, cell in line.items() if name != "species"}
        assert sum(chances.values()) == pytest.approx(1.0, abs=2e-6)
        assert max(chances, key=lambda name: chances[name]) == f"p({line['species']})"


def test_predictions_are_those_of_the_librarys_own_model(
    call: Call, iris_run: Path, iris_rows: Path
) -> None:
    model = load(iris_run / "weights/best.safetensors").model
    encoding = RunFolder(iris_run).encoding()
    expected = [softmax(model.predict(row)) for row in encoding.inputs(read_csv(iris_rows))]
    lines = call("predict", iris_run, iris_rows, "--json").data["predictions"]
    assert len(lines) == 150
    for line, chances in zip(lines, expected, strict=True):
        assert [line[f"p({name})"] for name in encoding.schema.classes or ()] == [
            round(chance, 6) for chance in chances
        ]


def test_two_classes_of_one_logit_have_two_probabilities(
    call: Call, fruit_run: str, fruit: str
) -> None:
    lines = call("predict", fruit_run, fruit, "--json").data["predictions"]
    assert {line["ripe"] for line in lines} == {"no", "yes"}
    for line in lines:
        assert line["p(no)"] + line["p(yes)"] == pytest.approx(1.0)
        assert (line["p(yes)"] > 0.5) == (line["ripe"] == "yes")


def test_a_hinge_loss_gives_classes_without_probabilities(call: Call, fruit: str) -> None:
    assert call("train", fruit, "--loss", "hinge", "--epochs", "2", "--run", "run").code == 0
    assert set(call("predict", "run", fruit).out.split()) == {"ripe", "yes", "no"}


def test_numbers_are_predicted_in_the_units_of_the_table(call: Call, houses: str) -> None:
    assert call("train", houses, "--epochs", "60", "--run", "run").code == 0
    lines = call("predict", "run", houses, "--json").data["predictions"]
    prices = [float(cell) for cell in read_csv(Path(houses)).columns["price"] if cell]
    errors = [abs(line["price"] - price) for line, price in zip(lines, prices, strict=True)]
    assert sum(errors) / len(errors) < 30_000.0
    scores = call("evaluate", "run", houses, "--json").data["scores"]
    assert scores["mean_absolute_error"] == pytest.approx(sum(errors) / len(errors))


def test_missing_cells_and_unknown_categories_are_remarked_on(
    call: Call, fruit_run: str, write: Write
) -> None:
    rows = [["colour", "mass"], ["red", ""], ["blue", 4.0]]
    called = call("predict", fruit_run, write("new.csv", rows))
    assert called.code == 0
    assert len(records(called.out)) == 2
    assert "'mass': 1 missing, filled with" in called.err
    assert "'blue' was not seen in training" in called.err
    assert "new.csv:3" in called.err
    assert call("predict", fruit_run, "new.csv", "--quiet").err == ""


def test_a_missing_column_is_named(call: Call, fruit_run: str, write: Write) -> None:
    called = call("predict", fruit_run, write("new.csv", [["color", "mass"], ["red", 1.0]]))
    assert (called.code, called.out) == (3, "")
    assert called.err.splitlines() == [
        "error: new.csv: there is no column 'colour'",
        "hint: did you mean 'color'? Known: color, mass",
    ]


def test_several_missing_columns_are_all_named(call: Call, fruit_run: str, write: Write) -> None:
    called = call("predict", fruit_run, write("new.csv", [["size", "shape"], [1.0, "round"]]))
    assert (called.code, called.out) == (3, "")
    assert called.err.splitlines() == [
        "error: new.csv: there are no columns 'mass', 'colour'",
        "hint: the columns here: size, shape",
    ]


def test_text_among_numbers_is_refused_with_its_line(
    call: Call, iris_run: Path, write: Write
) -> None:
    called = call("predict", iris_run, write("bad.csv", [*FLOWERS, [1.0, "abc", 1.0, 1.0]]))
    assert (called.code, called.out) == (3, "")
    assert "bad.csv:4: 'abc' is not a number in 'sepal_width'" in called.err


def test_evaluate_measures_the_runs_own_test_part(call: Call, iris_run: Path) -> None:
    summary = json.loads((iris_run / "summary.json").read_text())
    data = call("evaluate", iris_run, "--json").data
    assert data["rows"] == 30
    assert data["scores"] == summary["scores"]["test"]


def test_evaluate_counts_what_each_class_is_taken_for(call: Call, iris_run: Path) -> None:
    called = call("evaluate", iris_run)
    assert "30 rows of the test part of iris" in called.out
    assert "true class \\ predicted  setosa  versicolor  virginica" in called.out
    confusion = call("evaluate", iris_run, "--json").data["confusion"]
    assert confusion["classes"] == ["setosa", "versicolor", "virginica"]
    assert [sum(row) for row in confusion["counts"]] == [10, 10, 10]


def test_evaluate_takes_a_table(call: Call, iris_run: Path, iris_rows: Path) -> None:
    data = call("evaluate", iris_run, iris_rows, "--json").data
    right = sum(row[i] for i, row in enumerate(data["confusion"]["counts"]))
    assert data["rows"] == 150
    assert data["scores"]["accuracy"] == right / 150


def test_evaluate_says_when_the_rows_are_those_of_the_training_table(
    call: Call, fruit_run: str, fruit: str, tmp_path: Path
) -> None:
    remark = "these are the rows it was trained on"
    shutil.copy(tmp_path / fruit, tmp_path / "copy.csv")
    assert remark in call("evaluate", fruit_run, "copy.csv").err
    lines = (tmp_path / fruit).read_text().splitlines(keepends=True)
    (tmp_path / "new.csv").write_text("".join(lines[:20]))
    assert remark not in call("evaluate", fruit_run, "new.csv").err
    assert remark not in call("evaluate", fruit_run).err


def test_evaluate_wants_targets_of_known_classes(call: Call, iris_run: Path, write: Write) -> None:
    called = call("evaluate", iris_run, write("no_target.csv", FLOWERS))
    assert called.code == 3
    assert "there is no column 'species'" in called.err
    rows = [[*IRIS_COLUMNS, "species"], [1, 2, 3, 4, "rose"]]
    called = call("evaluate", iris_run, write("rose.csv", rows))
    assert called.code == 3
    assert "rose.csv:2: 'rose' in 'species' is not a class" in called.err


@pytest.mark.parametrize("content", [b"", b"\x00" * 64, b"PK\x03\x04 some other file"])
def test_weights_of_another_format_are_refused(
    call: Call, iris_run: Path, iris_rows: Path, tmp_path: Path, content: bytes
) -> None:
    shutil.copytree(iris_run, tmp_path / "run")
    (tmp_path / "run/weights/best.safetensors").write_bytes(content)
    called = call("predict", "run", iris_rows)
    assert (called.code, called.out) == (1, "")
    assert "best.safetensors cannot be read as a checkpoint" in called.err


def test_truncated_weights_are_refused(
    call: Call, iris_run: Path, iris_rows: Path, tmp_path: Path
) -> None:
    shutil.copytree(iris_run, tmp_path / "run")
    best = tmp_path / "run/weights/best.safetensors"
    best.write_bytes(best.read_bytes()[:-100])
    called = call("predict", "run", iris_rows)
    assert (called.code, called.out) == (1, "")
    assert "cut short or damaged" in called.err


def test_the_weights_of_another_run_are_refused(
    call: Call, iris_run: Path, fruit_run: str, tmp_path: Path
) -> None:
    shutil.copytree(iris_run, tmp_path / "mixed")
    shutil.copy(tmp_path / fruit_run / "weights/best.safetensors", tmp_path / "mixed/weights")
    called = call("evaluate", "mixed")
    assert (called.code, called.out) == (1, "")
    assert "does not fit" in called.err


def test_a_run_without_weights_says_how_to_get_them(
    call: Call, iris_run: Path, iris_rows: Path, tmp_path: Path
) -> None:
    shutil.copytree(iris_run, tmp_path / "run")
    (tmp_path / "run/weights/best.safetensors").unlink()
    called = call("predict", "run", iris_rows)
    assert called.code == 1
    assert "run has no weights yet" in called.err
    assert "hint: microgradlab train --resume run" in called.err


@pytest.mark.parametrize("name", ["args.json", "schema.json"])
@pytest.mark.parametrize("content", ["", "{", "[]", "{}", '{"hidden": 5}', '{"schema": {}}'])
def test_damaged_files_of_a_run_are_named(
    call: Call, iris_run: Path, iris_rows: Path, tmp_path: Path, name: str, content: str
) -> None:
    shutil.copytree(iris_run, tmp_path / "run")
    (tmp_path / "run" / name).write_text(content)
    called = call("predict", "run", iris_rows)
    assert (called.code, called.out) == (1, "")
    assert f"error: run/{name} cannot be used" in called.err
    assert "Error" not in called.err
    assert len(called.err.splitlines()) == 2


def test_a_file_of_a_run_that_is_gone_is_named(
    call: Call, iris_run: Path, iris_rows: Path, tmp_path: Path
) -> None:
    shutil.copytree(iris_run, tmp_path / "run")
    (tmp_path / "run/schema.json").unlink()
    called = call("predict", "run", iris_rows)
    assert (called.code, called.out) == (1, "")
    assert called.err.splitlines() == ["error: run/schema.json is missing", "hint: train again"]


@pytest.mark.parametrize("command", ["predict", "evaluate"])
def test_swapped_arguments_are_answered_with_the_right_order(
    call: Call, iris_run: Path, iris_rows: Path, command: str
) -> None:
    called = call(command, iris_rows, iris_run)
    assert (called.code, called.out) == (2, "")
    assert called.err.splitlines() == [
        f"error: {iris_rows} is a file, not a run folder",
        f"hint: the run comes first: microgradlab {command} {iris_run} {iris_rows}",
    ]


def test_a_file_alone_is_no_run_folder_either(call: Call, iris_rows: Path) -> None:
    called = call("evaluate", iris_rows)
    assert called.code == 2
    assert f"{iris_rows} is a file, not a run folder" in called.err
