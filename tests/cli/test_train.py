"""`train`: a data set in; a trained network, a fair comparison and a run folder out."""

from __future__ import annotations

import csv
import json
import re
from pathlib import Path
from typing import Any

import pytest

from microgradlab import init, optim
from microgradlab.checkpoint import load
from microgradlab.cli.recipe import LOSSES_BY_TASK, Recipe
from microgradlab.cli.samples import Parts, load_source, prepare
from microgradlab.functions import ACTIVATIONS
from microgradlab.metrics import evaluate

Call = Any

FILES = {
    *("args.json", "schema.json", "env.json", "metrics.csv", "summary.json"),
    *("weights/best.safetensors", "weights/last.safetensors", "recording.safetensors"),
    *("loss.svg", "graph.svg", "report.html"),
}
CHOICES = [
    *(("activation", name, "moons") for name in ACTIVATIONS),
    *(("init", name, "moons") for name in init.SCHEMES),
    *(("optimizer", name, "moons") for name in optim.OPTIMIZERS),
    *(("schedule", name, "moons") for name in optim.SCHEDULES),
    *(("loss", name, "houses.csv") for name in LOSSES_BY_TASK["regression"]),
    *(("loss", name, "moons") for name in LOSSES_BY_TASK["binary"]),
    *(("loss", name, "iris") for name in LOSSES_BY_TASK["multiclass"]),
]
QUICK = ("--hidden", "3", "--epochs", "2")


def files_in(folder: Path) -> set[str]:
    return {path.relative_to(folder).as_posix() for path in folder.rglob("*") if path.is_file()}


def test_a_run_leaves_all_its_files_and_no_others(iris_run: Path) -> None:
    assert files_in(iris_run) == FILES


def test_the_next_free_folder_is_taken(call: Call, tmp_path: Path) -> None:
    for number in ("001", "002"):
        assert f"runs/iris-{number};" in call("train", "iris", *QUICK).out
        assert files_in(tmp_path / "runs" / f"iris-{number}") == FILES


def test_results_go_to_stdout_and_progress_to_stderr(call: Call) -> None:
    called = call("train", "iris", *QUICK)
    assert called.code == 0
    assert "accuracy" in called.out
    assert "linear model" in called.out
    assert "best constant guess" in called.out
    assert "epoch 1/2: cost" in called.err
    assert "epoch 1/2" not in called.out


def test_quiet_is_silent_on_stderr(call: Call) -> None:
    called = call("train", "iris", *QUICK, "--quiet")
    assert called.err == ""
    assert "accuracy" in called.out


def test_json_is_the_summary_with_the_folder(call: Call, tmp_path: Path) -> None:
    data = call("train", "iris", *QUICK, "--json").data
    run = tmp_path / data.pop("run")
    assert data == json.loads((run / "summary.json").read_text())


def test_the_summary_tells_what_the_best_weights_score(iris_run: Path) -> None:
    recipe = Recipe.from_dict(
        {k: v for k, v in json.loads((iris_run / "args.json").read_text()).items() if k != "sha256"}
    )
    parts = prepare(recipe, load_source(recipe))
    model = load(iris_run / "weights/best.safetensors").model
    summary = json.loads((iris_run / "summary.json").read_text())
    for name, part in (("train", parts.train), ("test", parts.test)):
        assert summary["scores"][name] == evaluate(model, part, recipe.loss, ["accuracy"])


def test_metrics_csv_has_a_row_per_epoch(iris_run: Path) -> None:
    with (iris_run / "metrics.csv").open() as file:
        rows = list(csv.DictReader(file))
    assert [row["epoch"] for row in rows] == ["1", "2", "3"]
    assert [row["updates"] for row in rows] == ["8", "16", "24"]
    assert float(rows[2]["cost"]) < float(rows[0]["cost"])
    summary = json.loads((iris_run / "summary.json").read_text())
    assert (summary["best_epoch"], summary["updates"]) == (3, 24)


def test_a_run_folder_that_exists_is_replaced_only_when_asked(call: Call, tmp_path: Path) -> None:
    words = ("train", "iris", *QUICK, "--run", "run")
    assert call(*words).code == 0
    before = (tmp_path / "run/summary.json").read_bytes()
    called = call(*words)
    assert called.code == 2
    assert "--resume run" in called.err
    assert (tmp_path / "run/summary.json").read_bytes() == before
    assert call(*words, "--overwrite", "--seed", "1").code == 0
    assert json.loads((tmp_path / "run/args.json").read_text())["seed"] == 1
    assert files_in(tmp_path / "run") == FILES


def test_the_same_command_gives_the_same_files(call: Call, tmp_path: Path) -> None:
    for name in ("first", "second"):
        assert call("train", "iris", *QUICK, "--run", name).code == 0
    for name in FILES - {"summary.json"}:  # it holds the seconds
        assert (tmp_path / "first" / name).read_bytes() == (tmp_path / "second" / name).read_bytes()


def test_a_dry_run_says_what_would_be_done_and_writes_nothing(call: Call, tmp_path: Path) -> None:
    called = call("train", "iris", "--dry-run")
    assert called.code == 0
    assert "nothing was trained or written" in called.out
    assert "120 train, 30 test" in called.err
    assert list(tmp_path.iterdir()) == []


def test_a_dry_run_as_json_is_the_recipe(call: Call) -> None:
    data = call("train", "moons", "--dry-run", "--json").data
    assert (data["loss"], data["epochs"]) == ("binary_cross_entropy", 32)


@pytest.mark.usefixtures("houses")
@pytest.mark.parametrize(("option", "name", "data"), CHOICES)
def test_every_name_is_accepted(call: Call, option: str, name: str, data: str) -> None:
    assert call("train", data, f"--{option}", name, "--dry-run", "--json").data[option] == name


@pytest.mark.parametrize(
    ("words", "described"),
    [
        ("--hidden 0", "MLP(4 → 3 linear: 15 parameters)"),
        ("--hidden 5,4 --activation relu", "MLP(4 → 5 relu → 4 relu → 3 linear"),
        ("--batch-size all", "batch size all"),
        ("--batch-size 1000", "batch size 1000"),
        ("--validation 0.2", "96 train, 30 test, 24 validation"),
        ("--test 0.5", "75 train, 75 test"),
    ],
)
def test_options_are_announced(call: Call, words: str, described: str) -> None:
    called = call("train", "iris", "--dry-run", *words.split())
    assert called.code == 0
    assert described in called.err


@pytest.mark.parametrize(
    "words",
    [
        "--batch-size all",
        "--batch-size 1000 --schedule one_cycle",
        "--l1 0.01 --l2 0.01 --clip-norm 0.5 --clip-value 0.1 --weight-decay 0.01",
        "--schedule cosine --warmup 3 --optimizer nesterov --loss hinge",
        "--loss cross_entropy --optimizer rmsprop --hidden 0",
    ],
)
def test_unusual_recipes_train(call: Call, write: Any, words: str) -> None:
    rows = [[i % 7, i % 5, "ab"[i % 7 > 3]] for i in range(30)]
    name = write("small.csv", [["x", "y", "class"], *rows])
    data = call("train", name, "--epochs", "3", "--hidden", "2", "--json", *words.split()).data
    assert data["epochs"] == 3
    assert 0.0 <= data["scores"]["test"]["accuracy"] <= 1.0


def test_patience_stops_early_and_keeps_the_best_epoch(call: Call, tmp_path: Path) -> None:
    words = ["--epochs", "100", "--patience", "1", "--lr", "0.5", "--json", "--run", "run"]
    data = call("train", "iris", "--hidden", "3", *words).data
    assert data["epochs"] == data["best_epoch"] + 1 < 100
    with (tmp_path / "run/metrics.csv").open() as file:
        costs = [float(row["validation_cost"]) for row in csv.DictReader(file)]
    assert costs[data["best_epoch"] - 1] == min(costs)
    assert data["scores"]["validation"]["cost"] == min(costs)


@pytest.mark.parametrize(
    ("data", "words"),
    [
        ("iris", "--lr 1e-9 --init zeros"),
        ("houses.csv", "--lr 1e-9 --init zeros"),
        ("houses.csv", "--lr 50 --optimizer adam"),
    ],
)
@pytest.mark.usefixtures("houses")
def test_a_network_that_learned_nothing_is_told_so(call: Call, data: str, words: str) -> None:
    called = call("train", data, "--epochs", "1", "--batch-size", "all", *words.split())
    assert called.code == 0
    assert "The network has learned nothing" in called.out
    assert "linear model is" not in called.out


def test_a_network_that_finds_a_rare_class_has_learned_something(call: Call, write: Any) -> None:
    rows = [[i % 100 / 100, "rare" if i % 200 == 199 else "usual"] for i in range(600)]
    rows += [[9.0, "rare"]] * 3
    name = write("rare.csv", [["x", "class"], *[row for row in rows if row[0] != 0.99]])
    called = call("train", name, "--epochs", "20", "--hidden", "4")
    assert "best constant guess  0.99" in called.out
    assert "learned nothing" not in called.out


def test_the_comparison_says_plainly_when_a_linear_model_is_as_good(call: Call) -> None:
    called = call("train", "iris", "--hidden", "3", "--epochs", "1")
    assert "The linear model is better on the test part: prefer it, or train longer" in called.out
    called = call("train", "xor", "--epochs", "20", "--batch-size", "50", "--lr", "0.1")
    assert "The network is ahead of the linear model by" in called.out


def test_a_number_to_predict_is_off_by_so_many_of_its_units(call: Call, houses: str) -> None:
    called = call("train", houses, "--epochs", "30", "--run", "run", "--json")
    error = called.data["scores"]["test"]["mean_absolute_error"]
    assert 100.0 < error < 100_000.0
    assert called.data["baselines"]["r2"]["linear"]["test"] == pytest.approx(1.0)


def test_progress_is_a_short_line_per_epoch(call: Call, houses: str) -> None:
    called = call("train", houses, "--epochs", "2", "--validation", "0.2")
    lines = [line for line in called.err.splitlines() if line.startswith("epoch ")]
    assert len(lines) == 2
    for line in lines:
        names = re.findall(r"(\w+) -?\d+\.\d{4}", line)
        assert names == ["cost", "r2", "validation_cost", "validation_r2"]


def test_large_numbers_in_the_progress_are_short(call: Call) -> None:
    words = ("--optimizer", "sgd", "--lr", "30", "--hidden", "0", "--batch-size", "all")
    called = call("train", "diabetes", *words, "--epochs", "20")
    (last,) = [line for line in called.err.splitlines() if line.startswith("epoch 20/20")]
    assert re.search(r"cost \d\.\d+e\+\d+", last)
    assert len(last) < 80


def test_metrics_by_epoch_are_those_that_need_no_units(call: Call, houses: str) -> None:
    assert call("train", houses, *QUICK, "--run", "run").code == 0
    header = Path("run/metrics.csv").read_text().splitlines()[0]
    assert header == "epoch,updates,lr,cost,r2"


@pytest.mark.parametrize("recipe", [Recipe("t.csv"), Recipe("t.csv", validation=0.25)])
def test_rows_outside_the_training_part_cannot_move_what_missing_cells_are_filled_with(
    write: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, recipe: Recipe
) -> None:
    monkeypatch.chdir(tmp_path)
    rows: list[list[Any]] = [[i, "ab"[i % 2], i / 4] for i in range(40)]
    rows[0][:2] = ["", ""]

    def parts(table: list[list[Any]]) -> Parts:
        write("t.csv", [["mass", "colour", "price"], *table])
        return prepare(recipe, load_source(recipe))

    before = parts(rows)
    trained_on = {before.encoding.in_units(target) for target in before.train.targets}
    others = [row for row in rows if not any(abs(row[2] - price) < 0.1 for price in trained_on)]
    assert len(others) == 40 - len(before.train)
    for row in others:
        row[:2] = [1e6, "b"]
    after = parts(rows)
    assert after.encoding == before.encoding
    assert after.train == before.train
    assert after.test != before.test


def test_missing_cells_and_useless_columns_are_reported(call: Call, fruit: str) -> None:
    called = call("train", fruit, "--target", "ripe", "--dry-run")
    assert "left out 'name': a different text in every row" in called.err
    assert "filled 6 missing in 'mass' with" in called.err
    assert "filled 4 missing in 'colour' with 'red'" in called.err


def test_a_data_set_that_has_its_own_target_takes_no_other(call: Call) -> None:
    assert call("train", "iris", "--dry-run", "--target", "species").code == 0
    assert call("train", "iris", "--dry-run", "--task", "classification").code == 0
    for option in (("--target", "petal_width"), ("--task", "regression")):
        called = call("train", "iris", "--dry-run", *option)
        assert called.code == 2
        assert "iris comes with its own target" in called.err


def test_a_loss_that_does_not_fit_the_task_is_refused_with_those_that_do(call: Call) -> None:
    called = call("train", "diabetes", "--loss", "hinge", "--dry-run")
    assert called.code == 2
    assert "hint: choose from squared_error, absolute_error, huber" in called.err


def test_the_graph_shows_the_loss_of_one_sample(iris_run: Path) -> None:
    graph = (iris_run / "graph.svg").read_text(encoding="utf-8")
    for label in ("loss", "petal_width", "neuron 3"):
        assert label in graph
    assert "not computed" not in graph


def test_the_graph_names_its_data_and_explains_its_colours(iris_run: Path) -> None:
    graph = (iris_run / "graph.svg").read_text(encoding="utf-8")
    assert "iris: the loss of one sample after training; wanted: setosa" in graph
    assert "blue: positive, orange: negative" in graph
