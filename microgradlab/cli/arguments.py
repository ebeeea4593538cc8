"""The command line's commands and arguments, and its help. Floor 11."""

from __future__ import annotations

import argparse
import re
from collections.abc import Sequence
from typing import Any, NoReturn

from microgradlab import __version__
from microgradlab.cli.formula_options import (
    FORMULA_COMMANDS,
    Command,
    add_file,
    add_formula_commands,
    listed,
    options_first,
)
from microgradlab.cli.options import add_recipe, whole
from microgradlab.cli.recipe import Recipe
from microgradlab.data import NAMES
from microgradlab.errors import ArgumentError, unknown_name

_DESCRIPTION = """\
A scalar autograd laboratory: trains small networks, one number at a time, in
steps you can see.
"""

_EXAMPLES = """\
examples:
  microgradlab steps iris --batch-size 4      the seven steps of training
  microgradlab train iris                     a network, and a linear model too
  microgradlab inspect cars.csv               what a table of your own holds
  microgradlab train cars.csv --target price  a network for it
  microgradlab predict runs/cars-001 new.csv  what it says about new rows
  microgradlab evaluate runs/cars-001         how good it is on its test part
  microgradlab report runs/cars-001           its page: every epoch, its graph
  microgradlab draw "tanh(w*x)" w=2 x=-1      a picture of a formula's graph
  microgradlab explain "w*x" w=2 x=-1         its backward pass, step by step
  microgradlab check "x**2*sin(y)" x=1 y=pi   derivatives of a formula, checked
  microgradlab notebooks                      the course, in JupyterLab

data sets that need no file:
  {names}

exit codes:
  0 success, 1 failure or failed check, 2 wrong usage, 3 bad data, 4 diverged,
  130 interrupted

More about a command: microgradlab COMMAND --help
"""

_TRAIN_EXAMPLES = """\
examples:
  microgradlab train moons --hidden 16,16 --activation relu
  microgradlab train cars.csv --target price --epochs 100 --patience 10
  microgradlab train --resume runs/cars-001 --epochs 200
"""

_REPORT_EXAMPLES = """\
examples:
  microgradlab report runs/iris-001
  microgradlab report runs/iris-001 --sample 7 -o seventh.html
"""

_NOTEBOOKS_EXAMPLES = """\
examples:
  microgradlab notebooks                      the folder microgradlab-notebooks
  microgradlab notebooks course --copy-only   for another editor of notebooks
  microgradlab notebooks course -- --port 8890 --ip 0.0.0.0

What stands after -- goes to JupyterLab. Ctrl-C in the terminal ends it.
"""

_DATA = "a data set by its name, or a CSV file"
_RUN = "a run folder, such as runs/iris-001"


class _Parser(argparse.ArgumentParser):
    """A parser whose errors look like all others of this program."""

    def error(self, message: str) -> NoReturn:
        what, _, hint = message.removeprefix("argument ").partition("\nhint: ")
        raise ArgumentError(what, hint or f"see {self.prog} --help")


def parse(words: Sequence[str]) -> argparse.Namespace:
    """The arguments in the words of a command line; no words ask for the help.

    Raises:
        ArgumentError: an unknown command or option, or a value that cannot be used.
        SystemExit: the help or the version was asked for, and has been printed.
    """
    top, commands = _parsers()
    command = next((word for word in words if not word.startswith("-")), None)
    if command is not None and command not in commands:
        raise unknown_name("command", command, commands)
    further: list[str] = []
    if command in FORMULA_COMMANDS:
        words = options_first(words)
    elif command == "notebooks" and "--" in words:
        place = list(words).index("--")
        words, further = words[:place], list(words[place + 1 :])
    arguments, unknown = top.parse_known_args(words or ["--help"])
    if unknown:
        raise _unknown_argument(unknown[0], commands.get(arguments.command, top))
    arguments.further = further
    return arguments


def recipe_from(arguments: argparse.Namespace) -> Recipe:
    """The recipe that the arguments describe."""
    return Recipe(**given_fields(arguments))


def given_fields(arguments: argparse.Namespace) -> dict[str, Any]:
    """The fields of a recipe that were given, by name."""
    given = vars(arguments)
    return {name: given[name] for name in Recipe.__dataclass_fields__ if name in given}


def _top() -> _Parser:
    top = _Parser(
        prog="microgradlab",
        usage="%(prog)s COMMAND ...",
        description=_DESCRIPTION,
        epilog=_EXAMPLES.format(names=listed(NAMES)),
        formatter_class=argparse.RawDescriptionHelpFormatter,
        allow_abbrev=False,
    )
    top.add_argument("--version", action="version", version=f"microgradlab {__version__}")
    return top


def _parsers() -> tuple[_Parser, dict[str, _Parser]]:
    """The parser of the whole command line, and those of its commands."""
    top = _top()
    commands = top.add_subparsers(
        title="commands", dest="command", metavar="COMMAND", prog="microgradlab"
    )
    parsers: dict[str, _Parser] = {}

    def command(name: str, usage: str, text: str, epilog: str = "") -> tuple[_Parser, Any]:
        """A new command's parser, and the group of its own arguments."""
        parser = parsers[name] = commands.add_parser(
            name,
            usage=f"%(prog)s {usage}",
            help=text,
            description=f"{text[0].upper()}{text[1:]}.",
            epilog=epilog,
            formatter_class=argparse.RawDescriptionHelpFormatter,
            allow_abbrev=False,
            add_help=False,  # it stands at the end, with the output options
        )
        return parser, parser.add_argument_group("arguments")

    _add_data_commands(command)
    _add_run_commands(command)
    add_formula_commands(command)
    _add_notebooks(command)
    for parser in parsers.values():
        _add_output(parser)
    return top, parsers


def _add_data_commands(command: Command) -> None:
    """The commands that take a data set or a table."""
    train, own = command(
        "train",
        "DATA [options]",
        "train a network, and keep everything in a run folder",
        _TRAIN_EXAMPLES,
    )
    own.add_argument("data", metavar="DATA", nargs="?", help=_DATA)
    add_recipe(train)
    _add_engine(train)
    _add_run_folder(train)

    steps, own = command("steps", "DATA [options]", "print the seven steps of the first updates")
    own.add_argument("data", metavar="DATA", help=_DATA)
    own.add_argument(
        "--updates", type=whole(1), default=2, metavar="N", help="how many to show (default: 2)"
    )
    add_recipe(steps)

    _, own = command("inspect", "FILE [options]", "say what a CSV file holds, column by column")
    own.add_argument("rows", metavar="FILE", help="a CSV file")
    own.add_argument("--target", metavar="COLUMN", help="the column to predict (default: the last)")


def _add_run_commands(command: Command) -> None:
    """The commands that take a run folder."""
    _, own = command("predict", "RUN FILE", "predict the target of new rows, as CSV on stdout")
    own.add_argument("run", metavar="RUN", help=_RUN)
    own.add_argument(
        "rows", metavar="FILE", help="a CSV file with the columns of the training table"
    )

    _, own = command("evaluate", "RUN [FILE]", "measure a run on rows it was not trained on")
    own.add_argument("run", metavar="RUN", help=_RUN)
    own.add_argument(
        "rows", metavar="FILE", nargs="?", help="a CSV file (default: the run's own test part)"
    )

    _, own = command(
        "report",
        "RUN [options]",
        "write the page on a run, to scrub through its epochs",
        _REPORT_EXAMPLES,
    )
    own.add_argument("run", metavar="RUN", help=_RUN)
    add_file(own, "the page to write (default: report.html in the run folder)")
    own.add_argument(
        "--sample", type=whole(0), metavar="N", help="show the training part's row N, from 0"
    )


def _add_notebooks(command: Command) -> None:
    _, own = command(
        "notebooks",
        "[FOLDER] [options] [-- OPTIONS OF JUPYTERLAB]",
        "copy the course in ten notebooks to a folder, and open it in JupyterLab",
        _NOTEBOOKS_EXAMPLES,
    )
    own.add_argument(
        "folder",
        metavar="FOLDER",
        nargs="?",
        default="microgradlab-notebooks",
        help="where to (default: %(default)s); files that are there already are kept",
    )
    own.add_argument("--overwrite", action="store_true", help="replace files that are there")
    own.add_argument("--copy-only", action="store_true", help="do not start JupyterLab")
    own.add_argument("--no-browser", action="store_true", help="JupyterLab opens no browser")


def _add_engine(command: _Parser) -> None:
    engine = command.add_argument_group("speed")
    engine.add_argument(
        "--eager",
        action="store_true",
        help="train with Values, also where the compiler is installed",
    )
    engine.add_argument(
        "--threads",
        type=whole(1),
        metavar="N",
        help="at most, that share a batch where it is large, when compiled (default: 1)",
    )


def _add_run_folder(command: _Parser) -> None:
    run = command.add_argument_group("the run folder")
    run.add_argument("--run", metavar="DIR", help="where to keep the run (default: runs/DATA-001)")
    run.add_argument("--overwrite", action="store_true", help="replace the run that DIR holds")
    run.add_argument(
        "--resume",
        metavar="RUN",
        help="go on with a run that was stopped, or with a larger --epochs with one that had ended",
    )
    run.add_argument("--dry-run", action="store_true", help="only say what would be done")


def _add_output(command: _Parser) -> None:
    output = command.add_argument_group("output")
    output.add_argument("--json", action="store_true", help="the result as a JSON object")
    output.add_argument("-q", "--quiet", action="store_true", help="no progress, no messages")
    output.add_argument("--debug", action="store_true", help="errors with their traceback")
    output.add_argument("-h", "--help", action="help", help="show this help and exit")


def _unknown_argument(word: str, command: _Parser) -> ArgumentError:
    from difflib import get_close_matches  # costs milliseconds; only an error needs it

    options = re.findall(r"--[a-z0-9-]+", command.format_help())
    option = word.partition("=")[0]
    near = get_close_matches(option, options, 1, 0.75) if option.startswith("-") else []
    guess = f"did you mean {near[0]}? " if near else ""
    if command.prog.endswith("notebooks") and not near:
        guess = "options of JupyterLab stand after --; "
    return ArgumentError(f"unknown argument {option!r}", f"{guess}see {command.prog} --help")
