"""`report`: the page of a run that has ended, or was stopped."""

from __future__ import annotations

import json
import signal
import time
from pathlib import Path
from typing import Any

import pytest

from microgradlab.cli.report import save_report
from microgradlab.cli.runs import RunFolder
from microgradlab.cli.samples import prepare

Call = Any

QUICK = ("--hidden", "3", "--epochs", "2")


def body(page: Path) -> str:
    """What stands in a page before its data."""
    return page.read_text("utf-8").partition('<script type="application/json"')[0]


def data(page: Path) -> Any:
    """What the page's scripts get."""
    text = page.read_text("utf-8").partition('id="data">')[2]
    return json.loads(text.partition("</script>")[0])


def test_it_makes_the_page_that_training_left(call: Call, iris_run: Path, tmp_path: Path) -> None:
    called = call("report", iris_run, "-o", "page.html")
    assert (called.code, called.out) == (0, "page.html: open it in a browser\n")
    assert (tmp_path / "page.html").read_bytes() == (iris_run / "report.html").read_bytes()


def test_without_a_file_name_it_goes_into_the_run_folder(call: Call, tmp_path: Path) -> None:
    assert call("train", "iris", *QUICK, "--run", "run").code == 0
    before = (tmp_path / "run/report.html").read_bytes()
    (tmp_path / "run/report.html").unlink()
    assert call("report", "run", "--json").data == {"file": "run/report.html"}
    assert (tmp_path / "run/report.html").read_bytes() == before


def test_the_page_says_what_the_command_said(call: Call, tmp_path: Path) -> None:
    out = call("train", "xor", "--epochs", "2", "--hidden", "2", "--run", "run").out
    page = body(tmp_path / "run/report.html")
    (verdict,) = [line for line in out.splitlines() if line.startswith("The ")]
    assert verdict in page
    for part in ("this network", "linear model", "best constant guess"):
        assert part in page
    command = "microgradlab train xor --hidden 2 --loss binary_cross_entropy --epochs 2"
    assert command in page
    assert call(*command.split()[1:], "--run", "again").code == 0
    assert (tmp_path / "again/metrics.csv").read_bytes() == (
        tmp_path / "run/metrics.csv"
    ).read_bytes()


def test_configuration_and_environment_are_told(iris_run: Path) -> None:
    page = body(iris_run / "report.html")
    for name, text in (("training samples", "120"), ("hidden", "4"), ("seed", "0")):
        assert f'<th scope="row">{name}</th><td>{text}</td>' in page
    environment = json.loads((iris_run / "env.json").read_text())
    assert environment["python"] in page
    assert environment["versions"]["numpy"] in page


def test_the_charts_are_of_metrics_csv_and_the_recording(call: Call, tmp_path: Path) -> None:
    words = ("--validation", "0.2", "--schedule", "cosine", "--run", "run")
    assert call("train", "iris", *QUICK, *words).code == 0
    charts = {chart["title"]: chart for chart in data(tmp_path / "run/report.html")["charts"]}
    assert list(charts) == [
        *("Cost", "Accuracy", "Learning rate", "Gradients by layer", "Updates by layer")
    ]
    history = RunFolder.open(str(tmp_path / "run")).history()
    training, validation = charts["Cost"]["series"]
    assert (training["name"], validation["name"]) == ("training", "validation")
    assert training["values"] == pytest.approx(history["cost"], rel=1e-5)
    assert validation["values"] == pytest.approx(history["validation_cost"], rel=1e-5)
    layers = [line["name"] for line in charts["Gradients by layer"]["series"]]
    assert layers == ["layers.0", "layers.1"]


def test_a_sample_can_be_chosen(call: Call, iris_run: Path, tmp_path: Path) -> None:
    assert call("report", iris_run, "-o", "page.html", "--sample", "33").code == 0
    assert data(tmp_path / "page.html")["samples"][0]["title"].startswith("sample 33: ")


def test_a_sample_that_is_not_there_is_refused_and_no_page_is_written(
    call: Call, iris_run: Path, tmp_path: Path
) -> None:
    called = call("report", iris_run, "-o", "page.html", "--sample", "120")
    assert called.code == 2
    assert "its samples are numbered from 0 to 119" in called.err
    assert list(tmp_path.iterdir()) == []


def test_another_file_format_is_refused(call: Call, iris_run: Path, tmp_path: Path) -> None:
    called = call("report", iris_run, "-o", "r.pdf")
    assert called.code == 2
    assert "error: a report cannot be saved as 'r.pdf'" in called.err
    assert "hint: end the file name in .html" in called.err
    assert list(tmp_path.iterdir()) == []


def test_the_kept_epoch_is_that_of_the_lowest_validation_cost_if_there_is_one(
    call: Call, iris_run: Path, tmp_path: Path
) -> None:
    assert data(iris_run / "report.html")["kept"] == "lowest cost, kept"
    words = ("--validation", "0.2", "--epochs", "1", "--hidden", "2", "--run", "run")
    assert call("train", "iris", *words).code == 0
    assert data(tmp_path / "run/report.html")["kept"] == "lowest validation cost, kept"


def test_a_page_that_cannot_be_written_is_a_sentence(call: Call, iris_run: Path) -> None:
    called = call("report", iris_run, "-o", "missing/page.html")
    assert called.code == 1
    assert "missing/page.html: No such file or directory" in called.err


def test_what_is_conspicuous_is_told(call: Call, write: Any, tmp_path: Path) -> None:
    rows = [["x", "y", "class"], *[[i % 7, i % 5, "ab"[i % 7 > 3]] for i in range(30)]]
    name = write("small.csv", rows)
    words = ("--activation", "relu", "--init", "zeros", "--hidden", "2", "--epochs", "1")
    assert call("train", name, *words, "--run", "run").code == 0
    assert "dead, no gradient reaches its weights" in body(tmp_path / "run/report.html")


def test_the_page_of_numbers_is_in_their_units(call: Call, houses: str, tmp_path: Path) -> None:
    assert call("train", houses, *QUICK, "--run", "run").code == 0
    predictions = data(tmp_path / "run/report.html")["predictions"]
    assert (predictions["kind"], predictions["name"]) == ("scatter", "price")
    assert min(predictions["targets"]) > 100_000.0


def test_names_in_a_table_cannot_break_out_of_the_page(call: Call, write: Any) -> None:
    hostile = "</script><b>&amp;"
    rows = [[i % 7, i % 5, f"{hostile}{i % 7 > 3}"] for i in range(30)]
    name = write("small.csv", [[f"{hostile}x", "y", f"{hostile}c"], *rows])
    assert call("train", name, *QUICK, "--run", "run").code == 0
    page = Path("run/report.html")
    assert page.read_text("utf-8").count("</script>") == 2
    assert data(page)["predictions"]["names"] == [f"{hostile}x", "y"]


def test_the_kept_epoch_has_a_frame_even_in_a_long_run(call: Call, tmp_path: Path) -> None:
    words = ("--epochs", "130", "--hidden", "1", "--batch-size", "all", "--lr", "0.3")
    summary = call("train", "iris", *words, "--run", "run", "--json").data
    frames = data(tmp_path / "run/report.html")["frames"]
    assert summary["best_epoch"] in frames
    assert frames == sorted(frames)
    assert {0, 130} <= set(frames)
    assert len(frames) < 70


def test_a_stopped_run_has_a_page_that_says_how_to_go_on(
    call: Call, start: Any, tmp_path: Path
) -> None:
    process = start("train", "iris", "--epochs", "500", "--hidden", "2", "--run", "run")
    metrics = tmp_path / "run/metrics.csv"
    deadline = time.monotonic() + 60.0
    while not metrics.exists() or len(metrics.read_text().splitlines()) < 5:
        assert process.poll() is None
        assert time.monotonic() < deadline
        time.sleep(0.005)
    process.send_signal(signal.SIGKILL)
    process.communicate(timeout=60)
    assert not (tmp_path / "run/report.html").exists()
    assert call("report", "run").code == 0
    epochs = len(RunFolder.open("run").history())
    page = tmp_path / "run/report.html"
    assert f"The run was stopped after {epochs} of 500 epochs." in body(page)
    assert "microgradlab train --resume run" in body(page)
    assert data(page)["charts"][0]["epochs"] == list(range(1, epochs + 1))


def test_a_run_without_a_finished_epoch_has_nothing_to_report(
    call: Call, iris_run: Path, tmp_path: Path
) -> None:
    (tmp_path / "run").mkdir()
    for name in ("args.json", "schema.json", "env.json"):
        (tmp_path / "run" / name).write_bytes((iris_run / name).read_bytes())
    called = call("report", "run")
    assert called.code == 1
    assert "run has no recorded epoch to report on" in called.err
    assert "hint: microgradlab train --resume run" in called.err


def test_what_is_no_run_is_refused(call: Call) -> None:
    called = call("report", "nothing")
    assert called.code == 2
    assert "nothing does not exist" in called.err


def test_a_failure_leaves_no_half_page(
    iris_run: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(*_: object) -> str:
        raise RuntimeError

    folder = RunFolder.open(str(iris_run))
    recipe, source = folder.reload()
    monkeypatch.setattr("microgradlab.cli.report.report_page", fail)
    with pytest.raises(RuntimeError):
        save_report(tmp_path / "page.html", folder, recipe, prepare(recipe, source))
    assert list(tmp_path.iterdir()) == []
