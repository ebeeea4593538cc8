"""The command line's arguments, and its help. Floor 9."""

from __future__ import annotations

import argparse
from collections.abc import Callable, Iterable
from typing import Any, NoReturn

from microgradlab import __version__, optim
from microgradlab import init as schemes
from microgradlab.cli.recipe import LOSSES_BY_TASK, Recipe
from microgradlab.data import NAMES
from microgradlab.errors import ArgumentError, unknown_name
from microgradlab.functions import ACTIVATIONS

_DESCRIPTION = """\
A scalar autograd laboratory: trains small networks, one number at a time, in steps you can see.
"""

_EXAMPLES = """\
examples:
  microgradlab steps iris --batch-size 4      the seven steps of training, in numbers
  microgradlab train iris                     train, compare with a linear model, keep the run
  microgradlab train cars.csv --target price  the same with a table of your own
  microgradlab inspect cars.csv               what a table holds, before training
  microgradlab predict runs/cars-001 new.csv  predictions for new rows, as CSV
  microgradlab evaluate runs/cars-001         its scores on rows it has not seen

data sets that need no file: {names}

exit codes: 0 success, 1 failure, 2 wrong usage, 3 bad data, 4 diverged, 130 interrupted
"""


_TASKS = ("classification", "regression")


class _Parser(argparse.ArgumentParser):
    """A parser whose errors look like all others of this program."""

    def error(self, message: str) -> NoReturn:
        what, _, hint = message.partition("\nhint: ")
        raise ArgumentError(what, hint or f"see {self.prog} --help")


def parser() -> argparse.ArgumentParser:
    """The parser of the whole command line."""
    top = _Parser(
        prog="microgradlab",
        description=_DESCRIPTION,
        epilog=_EXAMPLES.format(names=", ".join(NAMES)),
        formatter_class=argparse.RawDescriptionHelpFormatter,
        allow_abbrev=False,
    )
    top.add_argument("--version", action="version", version=f"microgradlab {__version__}")
    commands = top.add_subparsers(dest="command", metavar="command", required=True)

    train = _command(commands, "train", "train a network, and keep everything in a run folder")
    train.add_argument("data", nargs="?", help="a data set by its name, or a CSV file")
    _add_recipe(train)
    run = train.add_argument_group("the run folder")
    run.add_argument("--run", metavar="DIR", help="where to keep the run (default: runs/NAME-001)")
    run.add_argument("--overwrite", action="store_true", help="use DIR although it exists")
    run.add_argument(
        "--resume",
        metavar="RUN",
        help="go on with a run that was stopped; with a"
        " larger --epochs also with one that had ended",
    )
    run.add_argument("--dry-run", action="store_true", help="only say what would be done")

    predict = _command(commands, "predict", "predict the target of new rows, as CSV on stdout")
    predict.add_argument("run", help="a run folder, such as runs/iris-001")
    predict.add_argument("rows", help="a CSV file with the columns of the training table")

    evaluate = _command(commands, "evaluate", "measure a run on rows it has not seen")
    evaluate.add_argument("run", help="a run folder, such as runs/iris-001")
    evaluate.add_argument("rows", nargs="?", help="a CSV file (default: the run's own test part)")

    inspect = _command(commands, "inspect", "say what a CSV file holds, column by column")
    inspect.add_argument("rows", metavar="data", help="a CSV file")
    inspect.add_argument("--target", help="the column to predict (default: the last)")

    steps = _command(commands, "steps", "print the seven steps of the first updates")
    steps.add_argument("data", help="a data set by its name, or a CSV file")
    steps.add_argument(
        "--updates",
        type=_whole(1),
        default=2,
        metavar="N",
        help="how many updates to show (default: 2)",
    )
    _add_recipe(steps)
    return top


def recipe_from(arguments: argparse.Namespace) -> Recipe:
    """The recipe that the arguments describe."""
    given = vars(arguments)
    fields = {name: given[name] for name in Recipe.__dataclass_fields__ if name in given}
    return Recipe(**fields)


def _command(commands: Any, name: str, text: str) -> argparse.ArgumentParser:
    command: argparse.ArgumentParser = commands.add_parser(
        name, help=text, description=text[0].upper() + text[1:] + ".", allow_abbrev=False
    )
    output = command.add_argument_group("output")
    output.add_argument("--json", action="store_true", help="results as JSON")
    output.add_argument("-q", "--quiet", action="store_true", help="no progress, no messages")
    output.add_argument("--debug", action="store_true", help="tracebacks for errors")
    return command


def _add_recipe(command: argparse.ArgumentParser) -> None:
    """The fields of a Recipe as options; what is not given keeps the Recipe's default."""
    usual = Recipe("")
    losses = dict.fromkeys(name for names in LOSSES_BY_TASK.values() for name in names)

    def option(group: Any, flag: str, kind: Any, metavar: str, text: str) -> None:
        group.add_argument(flag, type=kind, metavar=metavar, help=text, default=argparse.SUPPRESS)

    data = command.add_argument_group("data")
    option(data, "--target", str, "COLUMN", "the column to predict (default: the last)")
    option(
        data,
        "--task",
        _name("task", _TASKS),
        "TASK",
        f"{' or '.join(_TASKS)} (default: seen from the target's values)",
    )
    option(
        data,
        "--test",
        float,
        "SHARE",
        f"share of the rows kept for the test (default: {usual.test})",
    )
    option(
        data,
        "--validation",
        float,
        "SHARE",
        "share of the other rows to choose the best epoch by (default: 0; 0.1 with --patience)",
    )
    option(
        data,
        "--seed",
        _whole(0),
        "N",
        f"of weights, split and order: same seed, same run (default: {usual.seed})",
    )

    network = command.add_argument_group("network")
    option(
        network,
        "--hidden",
        _sizes,
        "N[,N...]",
        f"neurons of each hidden layer; 0 for none (default: {usual.hidden[0]})",
    )
    option(
        network,
        "--activation",
        _name("activation", ACTIVATIONS),
        "NAME",
        f"of the hidden layers (default: {usual.activation}); one of {', '.join(ACTIVATIONS)}",
    )
    option(
        network,
        "--init",
        _name("init", schemes.SCHEMES),
        "NAME",
        "how weights are drawn: he, glorot, lecun, orthogonal, ... (default: by the activation)",
    )

    training = command.add_argument_group("training")
    option(
        training,
        "--loss",
        _name("loss", losses),
        "NAME",
        f"one of {', '.join(losses)} (default: by the task)",
    )
    option(
        training,
        "--optimizer",
        _name("optimizer", optim.OPTIMIZERS),
        "NAME",
        f"one of {', '.join(optim.OPTIMIZERS)} (default: {usual.optimizer})",
    )
    option(training, "--lr", float, "X", f"learning rate (default: {usual.lr})")
    option(
        training,
        "--schedule",
        _name("schedule", optim.SCHEDULES),
        "NAME",
        f"of the learning rate: {', '.join(optim.SCHEDULES)} (default: {usual.schedule})",
    )
    option(
        training,
        "--warmup",
        _whole(0),
        "N",
        "updates over which the learning rate rises (default: 0)",
    )
    option(
        training,
        "--epochs",
        _whole(1),
        "N",
        "times through the data (default: 10 to 40, fewer for more rows)",
    )
    option(
        training,
        "--batch-size",
        _batch_size,
        "N",
        f"samples per update, or all (default: {usual.batch_size})",
    )
    option(
        training,
        "--patience",
        _whole(1),
        "N",
        "stop when the validation cost was not lowered for N epochs (default: never)",
    )
    option(training, "--l1", float, "X", "penalty X * Σ|p| in the cost (default: 0)")
    option(training, "--l2", float, "X", "penalty X * Σp² in the cost (default: 0)")
    option(training, "--weight-decay", float, "X", "of the parameters, in the update (default: 0)")
    option(training, "--clip-norm", float, "X", "limit of the gradients' norm (default: none)")
    option(training, "--clip-value", float, "X", "limit of each gradient (default: none)")


def _name(kind: str, known: Iterable[str]) -> Callable[[str], str]:
    """A type for names out of a list; a near miss is answered with the nearest name."""

    def parse(text: str) -> str:
        if text not in set(known):
            raise argparse.ArgumentTypeError(str(unknown_name(kind, text, known)))
        return text

    return parse


def _whole(smallest: int) -> Callable[[str], int]:
    def parse(text: str) -> int:
        if not text.lstrip("+-").isdigit() or int(text) < smallest:
            raise argparse.ArgumentTypeError(f"{text!r} is not a whole number from {smallest} up")
        return int(text)

    return parse


def _batch_size(text: str) -> int | None:
    return None if text == "all" else _whole(1)(text)


def _sizes(text: str) -> tuple[int, ...]:
    if text in ("0", "none", ""):
        return ()
    return tuple(_whole(1)(part.strip()) for part in text.split(","))
