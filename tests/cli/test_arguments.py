"""Words of the command line become arguments, or an error that says what was meant."""

from __future__ import annotations

import pytest

from microgradlab import optim
from microgradlab.cli.arguments import parse, recipe_from
from microgradlab.cli.recipe import Recipe
from microgradlab.errors import ArgumentError
from microgradlab.functions import ACTIVATIONS

COMMANDS = [
    *("train", "steps", "inspect", "predict", "evaluate", "report", "draw", "explain", "check"),
    "notebooks",
]


def help_of(capsys: pytest.CaptureFixture[str], *words: str) -> str:
    with pytest.raises(SystemExit) as ended:
        parse([*words, "--help"])
    assert not ended.value.code
    return capsys.readouterr().out


def complaint(*words: str) -> ArgumentError:
    with pytest.raises(ArgumentError) as caught:
        parse(words)
    return caught.value


def test_what_is_not_given_keeps_the_recipes_default() -> None:
    assert recipe_from(parse(["train", "iris"])) == Recipe("iris")


def test_every_field_of_a_recipe_has_an_option() -> None:
    words = "train cars.csv --target price --task regression --test 0.3 --validation 0.1 --seed 7"
    words += " --hidden 8,4 --activation relu --init he --loss huber --optimizer sgd --lr 0.1"
    words += " --schedule cosine --warmup 5 --epochs 9 --batch-size all --patience 3 --l1 0.01"
    words += " --l2 0.02 --weight-decay 0.03 --clip-norm 1 --clip-value 2"
    recipe = recipe_from(parse(words.split()))
    usual = Recipe("").to_dict()
    assert recipe.hidden == (8, 4)
    assert recipe.batch_size is None
    assert all(value != usual[name] for name, value in recipe.to_dict().items())


def test_hidden_0_is_a_network_without_hidden_layers() -> None:
    assert recipe_from(parse(["train", "iris", "--hidden", "0"])).hidden == ()


def test_patience_takes_a_part_of_the_training_rows_for_validation() -> None:
    assert recipe_from(parse(["train", "iris", "--patience", "3"])).validation == 0.1


@pytest.mark.parametrize(
    ("words", "nearest"),
    [
        ("trian iris", "'train'"),
        ("train iris --activation rellu", "'relu'"),
        ("train iris --optimizer adm", "'adam'"),
        ("train iris --loss crossentropy", "'cross_entropy'"),
        ("train iris --schedule cosin", "'cosine'"),
        ("train iris --init hee", "'he'"),
        ("train iris --task regresion", "'regression'"),
        ("train iris --epoch 3", "--epochs"),
        ("--verson", "--version"),
    ],
)
def test_a_near_miss_is_answered_with_the_nearest_name(words: str, nearest: str) -> None:
    error = complaint(*words.split())
    assert error.message.startswith("unknown") or ": unknown" in error.message
    assert nearest in error.hint


@pytest.mark.parametrize(
    "words",
    [
        "--batch-size 0",
        "--batch-size -3",
        "--batch-size half",
        "--epochs 0",
        "--epochs 1.5",
        "--epochs ²",
        "--seed -1",
        "--lr 0",
        "--lr -0.1",
        "--lr nan",
        "--lr inf",
        "--lr fast",
        "--test 0",
        "--test 1",
        "--test 1.5",
        "--test nan",
        "--validation 1",
        "--patience 0",
        "--warmup -1",
        "--hidden 8,x",
        "--hidden 8,0",
        "--hidden=",
        "--l1 -1",
        "--l2 nan",
        "--weight-decay -1",
        "--clip-norm 0",
        "--clip-value inf",
    ],
)
def test_a_number_out_of_range_is_refused_with_the_option_and_the_range(words: str) -> None:
    error = complaint("train", "iris", *words.split(" "))
    assert error.message.startswith(words.replace("=", " ").split()[0] + ": ")
    assert " is not a " in error.message
    assert "microgradlab train --help" in error.hint


@pytest.mark.parametrize(
    "words",
    [
        "predict",
        "predict run",
        "evaluate",
        "inspect",
        "steps",
        "check",
        "check --json",
        "draw",
        "explain",
        "report",
    ],
)
def test_what_is_missing_is_named(words: str) -> None:
    assert "required" in complaint(*words.split()).message


@pytest.mark.parametrize("command", ["draw", "explain", "check"])
def test_options_stand_anywhere_around_a_formula(command: str) -> None:
    for line in ("-x x=1 -q --json", "--json -q -x x=1", "-x --json x=1 -q", "--json -- -x x=1 -q"):
        arguments = parse([command, *line.split()])
        assert (arguments.formula, arguments.values) == ("-x", ["x=1"])
        assert arguments.json
        assert arguments.quiet


@pytest.mark.parametrize("command", ["draw", "explain"])
@pytest.mark.parametrize(
    "line",
    [
        "-q*x q=2 x=1 -o n.svg --parameters q,x --digits 6",
        "-q*x -o n.svg q=2 --digits=6 x=1 --parameters=q,x",
        "--parameters q,x --digits 6 --output n.svg -q*x q=2 x=1",
        "-q*x q=2 x=1 -on.svg --parameters q,x --digits 6",
    ],
)
def test_options_with_a_value_stand_anywhere_too(command: str, line: str) -> None:
    arguments = parse([command, *line.split()])
    assert (arguments.formula, arguments.values) == ("-q*x", ["q=2", "x=1"])
    assert (arguments.output, arguments.parameters) == ("n.svg", ["q", "x"])
    assert arguments.digits == 6


def test_the_word_after_two_dashes_is_the_formula_whatever_it_looks_like() -> None:
    assert parse(["explain", "--", "-q", "q=1"]).formula == "-q"
    assert parse(["explain", "--json", "--", "--x", "x=1"]).formula == "--x"


def test_numbers_without_a_name_are_no_options() -> None:
    assert parse(["draw", "w*x", "2", "-1"]).values == ["2", "-1"]


def test_the_look_of_a_picture_has_options() -> None:
    words = "draw x*y x=1 --flow y=2 --flat --direction tb --theme dark"
    arguments = parse(words.split())
    assert arguments.flow
    assert arguments.flat
    assert (arguments.direction, arguments.theme) == ("TB", "dark")
    assert arguments.output == "graph.svg"


def test_a_report_is_of_a_run_and_may_name_file_and_sample() -> None:
    arguments = parse(["report", "runs/iris-001", "-o", "page.html", "--sample", "0"])
    assert (arguments.run, arguments.output, arguments.sample) == ("runs/iris-001", "page.html", 0)
    arguments = parse(["report", "runs/iris-001"])
    assert (arguments.output, arguments.sample) == (None, None)


@pytest.mark.parametrize(
    ("line", "why"),
    [
        ("draw x x=1 -o", "-o/--output: expected one argument"),
        ("draw x x=1 -o --flow", "-o/--output: expected one argument"),
        ("draw x x=1 --digits 0", "--digits: '0' is not a whole number from 1 up"),
        ("draw x x=1 --digits -1", "--digits: '-1' is not a whole number from 1 up"),
        ("draw x x=1 -p x", "unknown argument '-p'"),
        ("explain x x=1 --flow", "unknown argument '--flow'"),
        ("check x x=1 -o n.svg", "unknown argument '-o'"),
        ("report run --sample -1", "--sample: '-1' is not a whole number from 0 up"),
    ],
)
def test_options_that_cannot_be_used_are_named(line: str, why: str) -> None:
    assert complaint(*line.split()).message == why


def test_a_word_too_many_is_refused() -> None:
    assert complaint("inspect", "a.csv", "b.csv").message == "unknown argument 'b.csv'"


def test_no_words_ask_for_the_help(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit):
        parse([])
    assert capsys.readouterr().out == help_of(capsys)


def test_the_help_names_all_commands_data_sets_and_exit_codes(
    capsys: pytest.CaptureFixture[str],
) -> None:
    text = help_of(capsys)
    for word in [*COMMANDS, "iris", "yin_yang", "130", "microgradlab train iris"]:
        assert word in text


@pytest.mark.parametrize("command", ["", *COMMANDS])
def test_help_fits_a_terminal_of_80_columns(
    command: str, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("COLUMNS", "80")
    lines = help_of(capsys, *command.split()).splitlines()
    assert max(map(len, lines)) < 80
    assert lines[0].startswith(f"usage: microgradlab {command}".rstrip())


def test_the_help_of_train_lists_every_choice(capsys: pytest.CaptureFixture[str]) -> None:
    text = help_of(capsys, "train")
    for name in [*ACTIVATIONS, *optim.OPTIMIZERS, *optim.SCHEDULES]:
        assert name in text
