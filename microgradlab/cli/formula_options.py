"""The options of `draw`, `explain` and `check`, which take a formula. Floor 11."""

from __future__ import annotations

import re
import textwrap
from argparse import SUPPRESS
from collections.abc import Callable, Iterable, Sequence
from itertools import islice
from typing import Any, TypeAlias

from microgradlab.cli.options import whole
from microgradlab.formula import FUNCTIONS

Command: TypeAlias = Callable[..., tuple[Any, Any]]
"""Makes a new command: its parser, and the group of its own arguments."""

FORMULA_COMMANDS = ("draw", "explain", "check")

_WITH_VALUE = ("-o", "--output", "--parameters", "--digits", "--direction", "--theme")
"""Those options of these commands that another word follows."""


def listed(names: Iterable[str]) -> str:
    """Names as lines of the help's end, which argparse leaves as they are."""
    return textwrap.fill(", ".join(names), 74, subsequent_indent="  ")


_FORMULAS = f"""
formulas and values hold numbers, names, + - * / **, parentheses, pi, e, and:
  {listed(sorted(FUNCTIONS))}
"""

_DRAW_END = f"""\
examples:
  microgradlab draw "tanh(w*x + b)" w=2 x=-1 b=0.5 --parameters w,b -o n.svg
  microgradlab draw "sigmoid(x)*y" x=1/3 y=pi --flow --theme dark -o flow.html
  microgradlab draw "-x**2" x=3 --flat --direction TB --digits 6
{_FORMULAS}"""

_EXPLAIN_END = f"""\
examples:
  microgradlab explain "tanh(w*x + b)" w=2 x=-1 b=0.5
  microgradlab explain "tanh(w*x + b)" w=2 x=-1 b=0.5 -o steps.html
  microgradlab explain "x*x + x" x=3 --digits 6 --json
{_FORMULAS}"""

_CHECK_END = f"""\
examples:
  microgradlab check "x**2 * sin(y)" x=1.3 y=0.2
  microgradlab check "sigmoid(w*x + b)" w=-2 x=1/3 b=pi --thorough
  microgradlab check "relu(x) - max(x, -y, 1)" x=0 y=-1
{_FORMULAS}
exit codes:
  0 every derivative passed, 1 one did not, 2 wrong usage
"""


def add_formula_commands(command: Command) -> None:
    """Adds the commands; `command` makes a parser and the group of its own arguments."""
    usage = "FORMULA NAME=VALUE ... [options]"
    _, own = command("draw", usage, "draw the graph of a formula, with its gradient", _DRAW_END)
    _add_draw(own)
    text = "explain a formula's forward and backward pass, step by step"
    _, own = command("explain", usage, text, _EXPLAIN_END)
    _add_point(own)
    add_file(own, "a page to step through (.html), or text (.txt; default: on stdout)")
    _add_numbers(own)
    _, own = command("check", usage, "check the derivatives of a formula at a point", _CHECK_END)
    _add_point(own)
    own.add_argument(
        "--thorough",
        action="store_true",
        help="second derivatives, forward mode and the graph in another order, too",
    )


def add_file(own: Any, text: str, default: str | None = None) -> None:
    """Adds the option for the file that a command writes."""
    own.add_argument("-o", "--output", metavar="FILE", default=default, help=text)


def options_first(words: Sequence[str]) -> list[str]:
    """The same words with the options in front: a formula may begin with a minus, as -x does.

    argparse would take it for an option, and would not put up with options among the values.

    >>> options_first(["draw", "-x", "x=1", "-o", "n.svg"])
    ['draw', '-o', 'n.svg', '--', '-x', 'x=1']
    """
    options: list[str] = []
    others: list[str] = []
    rest = iter(words)
    for word in rest:
        if word == "--":  # the next word is no option, whatever it looks like
            others += islice(rest, 1)
        elif word in _WITH_VALUE:
            options += [word, *islice(rest, 1)]
        elif _is_option(word, after_formula=len(others) > 1):
            options.append(word)
        else:
            others.append(word)
    return [others[0], *options, "--", *others[1:]]


def _is_option(word: str, *, after_formula: bool) -> bool:
    """Whether a word is an option: before the formula only what cannot be the formula itself."""
    if after_formula:
        return re.match("--?[a-z]", word) is not None
    return word.startswith("--") or word in ("-q", "-h")


def _add_draw(own: Any) -> None:
    _add_point(own)
    text = "the picture: .svg, .png, .pdf, .dot or .html (default: %(default)s)"
    add_file(own, text, default="graph.svg")
    own.add_argument("--flow", action="store_true", help="show how the gradient flows back")
    own.add_argument("--flat", action="store_true", help="operations inside of the boxes")
    own.add_argument(
        "--direction",
        type=str.upper,
        default=SUPPRESS,
        metavar="WAY",
        help="LR (from left to right), TB (top to bottom), RL or BT (default: LR)",
    )
    own.add_argument(
        "--theme", default=SUPPRESS, metavar="NAME", help="light or dark (default: light)"
    )
    _add_numbers(own)


def _add_point(own: Any) -> None:
    own.add_argument("formula", metavar="FORMULA", help='in quotes, such as "x**2 * sin(y)"')
    own.add_argument(
        "values", metavar="NAME=VALUE", nargs="*", help="a number for each variable, as in y=pi/2"
    )


def _add_numbers(own: Any) -> None:
    own.add_argument(
        "--parameters",
        type=lambda names: [name.strip() for name in names.split(",")],
        default=SUPPRESS,
        metavar="NAMES",
        help="the variables that are parameters, as in w,b (default: none)",
    )
    own.add_argument(
        "--digits",
        type=whole(1),
        default=SUPPRESS,
        metavar="N",
        help="significant digits of the numbers (default: 4)",
    )
