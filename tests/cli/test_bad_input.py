"""Bad input gets one sentence with its place, a hint, an exit code; and leaves nothing behind."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from microgradlab.cli import steps as steps_module
from microgradlab.errors import DataError, MissingExtraError

Call = Any

GOOD = "\n".join(["a,b,y", *(f"{i},{i * 2 % 7},{i % 2}" for i in range(40))]) + "\n"
TABLES = {
    "unequal rows": (GOOD + "1,2\n", "t.csv:42: 2 cells, but the header names 3 columns"),
    "text among numbers": (GOOD.replace("\n7,", "\nabc,"), "t.csv:9: 'abc' is not a number in 'a'"),
    "infinity": (GOOD.replace("\n7,", "\ninf,"), "t.csv:9: 'inf' is infinite in 'a'"),
    "one class": ("a,y\n" + "1,x\n2,x\n" * 9, "'y' is 'x' in every row"),
    "empty": ("", "t.csv is empty"),
    "no rows": ("a,b,y\n", "t.csv has a header and no rows"),
    "no header": ("1.5,2.5\n3.5,4.5\n", "'1.5' where a column's name belongs"),
    "no feature": ("y\n" + "1\n2\n" * 9, "no column is left"),
    "open quote": (GOOD + '"1,2,0\n', "t.csv:42: this row cannot be read"),
}


@pytest.mark.parametrize("command", ["train", "steps", "inspect"])
@pytest.mark.parametrize("kind", TABLES)
def test_bad_tables(call: Call, tmp_path: Path, command: str, kind: str) -> None:
    content, text = TABLES[kind]
    (tmp_path / "t.csv").write_text(content)
    call(command, "t.csv").check_mistake(3, text)


@pytest.mark.parametrize("command", ["train", "steps"])
def test_too_few_rows_for_two_parts(call: Call, tmp_path: Path, command: str) -> None:
    (tmp_path / "t.csv").write_text("a,y\n1,x\n2,z\n")
    call(command, "t.csv").check_mistake(3, "no class has two samples")


def test_nan_is_a_missing_cell(call: Call, tmp_path: Path) -> None:
    (tmp_path / "t.csv").write_text(GOOD.replace("\n7,", "\nnan,"))
    assert "filled 1 missing in 'a'" in call("train", "t.csv", "--dry-run").err


@pytest.mark.parametrize(
    ("words", "code", "text"),
    [
        (["trian", "iris"], 2, "unknown command 'trian'"),
        (["train"], 2, "train needs data"),
        (["train", "irs"], 3, "'irs' is neither a data set nor a file"),
        (["steps", "irs"], 3, "did you mean 'iris'?"),
        (["train", "gone.csv"], 3, "gone.csv: there is no such file"),
        (["train", "s.csv"], 3, "hint: check the path"),
        (["train", "t.csv", "--loss", "huber"], 2, "choose from binary_cross_entropy, hinge"),
        (["train", "iris", "--loss", "hinge"], 2, "hint: choose cross_entropy"),
        (["train", "t.csv", "--target", "z"], 3, "t.csv: there is no column 'z'"),
        (["inspect", "t.csv", "--target", "z"], 3, "t.csv: there is no column 'z'"),
        (["train", "iris", "--lr", "-1"], 2, "--lr: '-1' is not a number above 0"),
        (["train", "iris", "--loss", "huber"], 2, "the loss 'huber' does not fit iris"),
        (["train", "iris", "--warmup", "99999"], 2, "warm"),
        (["train", "iris", "--run", "t.csv"], 2, "t.csv exists and is no run folder"),
        (["train", "iris", "--run", "t.csv/run"], 1, "t.csv/run cannot be made"),
        (["predict", "gone", "t.csv"], 2, "gone does not exist"),
        (["evaluate", "."], 2, ". is no run folder"),
    ],
)
def test_bad_words(call: Call, tmp_path: Path, words: list[str], code: int, text: str) -> None:
    (tmp_path / "t.csv").write_text(GOOD)
    call(*words).check_mistake(code, text)
    assert [path.name for path in tmp_path.iterdir()] == ["t.csv"]


def test_text_is_no_number_to_predict(call: Call, tmp_path: Path) -> None:
    (tmp_path / "t.csv").write_text("a,b,y\n" + "1,2,soft\n2,1,hard\n" * 9)
    called = call("train", "t.csv", "--task", "regression")
    called.check_mistake(3, "t.csv: 'y' holds text such as 'soft'")
    assert "hint: leave out --task regression" in called.err


@pytest.mark.parametrize(
    "words",
    [
        ["diabetes", "--loss", "squared_error", "--optimizer", "sgd", "--lr", "1e6"],
        ["diabetes", "--loss", "squared_error", "--optimizer", "sgd", "--lr", "1e308"],
        ["iris", "--optimizer", "sgd", "--lr", "1e308"],
    ],
)
def test_a_run_that_diverges_at_once_names_the_place_and_leaves_nothing(
    call: Call, tmp_path: Path, words: list[str]
) -> None:
    called = call("train", *words, "--run", "run")
    called.check_mistake(4, "not finite")
    assert "epoch 1)" in called.err
    assert "batch " in called.err
    assert "smaller learning rate" in called.err
    assert list(tmp_path.iterdir()) == []


def test_the_sample_and_the_operation_that_made_infinity_are_named(call: Call) -> None:
    called = call("train", "diabetes", "--optimizer", "sgd", "--lr", "1e6", "--run", "run")
    assert "the cost is not finite: mul(x, y) = inf at x = " in called.err
    assert "(sample " in called.err


def test_a_run_that_diverges_late_keeps_what_it_had_learned(call: Call, tmp_path: Path) -> None:
    words = ("--optimizer", "sgd", "--lr", "30", "--hidden", "0", "--epochs", "200")
    called = call("train", "diabetes", *words, "--run", "run", "--batch-size", "all")
    assert called.code == 4
    assert "what the finished epochs have learned is in run" in called.err
    assert (tmp_path / "run/weights/best.safetensors").exists()
    assert call("evaluate", "run").code == 0


def test_debug_shows_the_traceback(call: Call) -> None:
    with pytest.raises(DataError):
        call("train", "gone.csv", "--debug")


def test_a_missing_library_is_named_with_its_extra(
    call: Call, monkeypatch: pytest.MonkeyPatch
) -> None:
    def missing(module: str, **_: str) -> None:
        raise MissingExtraError(f"needs {module}", "pip install 'microgradlab[lab]'")

    monkeypatch.setattr("microgradlab.cli.train.optional_import", missing)
    call("train", "iris").check_mistake(1, "pip install 'microgradlab[lab]'")


@pytest.mark.parametrize(
    ("error", "text"),
    [
        (PermissionError(13, "Permission denied", "a/b"), "a/b: Permission denied"),
        (OSError(28, "No space left on device"), "No space left on device"),
        (ZeroDivisionError("surprise"), "unexpected ZeroDivisionError: surprise"),
    ],
)
def test_any_other_failure_is_a_sentence_too(
    call: Call, monkeypatch: pytest.MonkeyPatch, error: Exception, text: str
) -> None:
    monkeypatch.setattr(steps_module, "load_source", _raising(error))
    call("steps", "iris").check_mistake(1, text)


def test_an_interruption_is_quiet(call: Call, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(steps_module, "load_source", _raising(KeyboardInterrupt()))
    called = call("steps", "iris")
    assert (called.code, called.out, called.err) == (130, "", "")


def _raising(error: BaseException) -> Callable[[object], None]:
    def function(_: object) -> None:
        raise error

    return function
