"""The options of a training run: the fields of a Recipe on the command line. Floor 10."""

from __future__ import annotations

import math
from argparse import SUPPRESS, ArgumentParser, ArgumentTypeError
from collections.abc import Callable, Iterable
from typing import Any

from microgradlab import init, optim
from microgradlab.cli.recipe import LOSSES_BY_TASK, Recipe
from microgradlab.errors import unknown_name
from microgradlab.functions import ACTIVATIONS

_TASKS = ("classification", "regression")
_LOSSES = tuple(dict.fromkeys(name for names in LOSSES_BY_TASK.values() for name in names))


def add_recipe(command: ArgumentParser) -> None:
    """Adds an option for each field of a Recipe; what is not given keeps the Recipe's default."""
    _add_data(command)
    _add_network(command)
    _add_training(command)


def whole(smallest: int) -> Callable[[str], int]:
    """A type of argument: a whole number from the smallest up.

    >>> whole(1)("12")
    12
    """

    def parse(text: str) -> int:
        number = int(text) if text.isascii() and text.isdigit() else -1
        if number < smallest:
            raise ArgumentTypeError(f"{text!r} is not a whole number from {smallest} up")
        return number

    return parse


def _add_data(command: ArgumentParser) -> None:
    usual = Recipe("")
    add = _group(command, "data")
    add("--target", str, "COLUMN", "the column to predict (default: the last)")
    add(
        "--task",
        _name("task", _TASKS),
        "TASK",
        "classification or regression (default: seen from the target's values)",
    )
    add("--test", _share, "SHARE", f"of the rows, kept for the test (default: {usual.test})")
    add(
        "--validation",
        _share,
        "SHARE",
        "of the other rows, to choose the best epoch by (default: none; 0.1 with --patience)",
    )
    add("--seed", whole(0), "N", f"the same seed gives the same run (default: {usual.seed})")


def _add_network(command: ArgumentParser) -> None:
    usual = Recipe("")
    add = _group(command, "network")
    add(
        "--hidden",
        _sizes,
        "N[,N...]",
        f"neurons of each hidden layer; 0 for no such layer (default: {usual.hidden[0]})",
    )
    add(
        "--activation",
        _name("activation", ACTIVATIONS),
        "NAME",
        f"of the hidden layers: {', '.join(ACTIVATIONS)} (default: {usual.activation})",
    )
    add(
        "--init",
        _name("init", init.SCHEMES),
        "NAME",
        "how the first weights are drawn: zeros, uniform, normal, lecun, glorot, he, orthogonal, "
        "... (default: what suits the activation)",
    )


def _add_training(command: ArgumentParser) -> None:
    usual = Recipe("")
    add = _group(command, "training")
    add("--loss", _name("loss", _LOSSES), "NAME", f"{', '.join(_LOSSES)} (default: by the task)")
    add(
        "--optimizer",
        _name("optimizer", optim.OPTIMIZERS),
        "NAME",
        f"{', '.join(optim.OPTIMIZERS)} (default: {usual.optimizer})",
    )
    add("--lr", _above_zero, "X", f"learning rate (default: {usual.lr})")
    add(
        "--schedule",
        _name("schedule", optim.SCHEDULES),
        "NAME",
        f"of the learning rate: {', '.join(optim.SCHEDULES)} (default: {usual.schedule})",
    )
    add("--warmup", whole(0), "N", "updates over which the learning rate rises (default: 0)")
    add(
        "--epochs", whole(1), "N", "times through the data (default: 10 to 40, fewer for many rows)"
    )
    add(
        "--batch-size",
        _batch_size,
        "N",
        f"samples per update, or all (default: {usual.batch_size})",
    )
    add(
        "--patience",
        whole(1),
        "N",
        "stop when the validation cost was not lowered for N epochs (default: never)",
    )
    add("--l1", _from_zero, "X", "adds X * Σ|p| to the cost (default: 0)")
    add("--l2", _from_zero, "X", "adds X * Σp² to the cost (default: 0)")
    add("--weight-decay", _from_zero, "X", "of the parameters, at each update (default: 0)")
    add("--clip-norm", _above_zero, "X", "limit of the gradients' norm (default: none)")
    add("--clip-value", _above_zero, "X", "limit of each gradient (default: none)")


def _group(
    command: ArgumentParser, title: str
) -> Callable[[str, Callable[[str], Any], str, str], None]:
    group = command.add_argument_group(title)

    def add(flag: str, kind: Callable[[str], Any], metavar: str, text: str) -> None:
        group.add_argument(flag, type=kind, metavar=metavar, help=text, default=SUPPRESS)

    return add


def _name(kind: str, known: Iterable[str]) -> Callable[[str], str]:
    """A type for names out of a list; a near miss is answered with the nearest name."""

    def parse(text: str) -> str:
        if text not in set(known):
            raise ArgumentTypeError(str(unknown_name(kind, text, known)))
        return text

    return parse


def _number(fits: Callable[[float], bool], which: str) -> Callable[[str], float]:
    """A type for finite numbers of a range."""

    def parse(text: str) -> float:
        try:
            number = float(text)
        except ValueError:
            number = math.nan
        if not (math.isfinite(number) and fits(number)):
            raise ArgumentTypeError(f"{text!r} is not a number {which}")
        return number

    return parse


_above_zero = _number(lambda number: number > 0.0, "above 0")
_from_zero = _number(lambda number: number >= 0.0, "from 0 up")
_share = _number(lambda number: 0.0 < number < 1.0, "between 0 and 1")


def _batch_size(text: str) -> int | None:
    return None if text == "all" else whole(1)(text)


def _sizes(text: str) -> tuple[int, ...]:
    return () if text == "0" else tuple(whole(1)(size.strip()) for size in text.split(","))
