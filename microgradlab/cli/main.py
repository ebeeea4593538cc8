"""`microgradlab ...`: calls the command; errors become sentences and exit codes. Floor 13.

Exit codes: 0 success, 1 failure or failed check, 2 wrong usage, 3 bad data, 4 diverged,
130 interrupted.
"""

from __future__ import annotations

import io
import os
import sys
from argparse import Namespace
from collections.abc import Sequence
from typing import Any

from microgradlab.cli.arguments import given_fields, parse, recipe_from
from microgradlab.cli.console import Console
from microgradlab.errors import ArgumentError, DataError, DivergedError, LabError

_EXIT_CODES = ((ArgumentError, 2), (DataError, 3), (DivergedError, 4))


def run(argv: Sequence[str] | None = None) -> int:
    """Runs a command.

    Args:
        argv: the arguments after the program's name; those of the process when None.

    Returns:
        The exit code.
    """
    words = sys.argv[1:] if argv is None else list(argv)
    if isinstance(sys.stdout, io.TextIOWrapper):  # a terminal without → or ∂ must not stop a run
        sys.stdout.reconfigure(errors="backslashreplace")
    try:
        return _run(words)
    except KeyboardInterrupt:
        return 130
    except BrokenPipeError:  # the reader of a pipe, such as `head`, has seen enough
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return 0


def _run(words: Sequence[str]) -> int:
    console = Console()
    try:
        arguments = parse(words)
        console = Console(quiet=arguments.quiet, as_json=arguments.json)
        return _dispatch(arguments, console)
    except SystemExit as ended:  # after --help or --version
        return int(ended.code or 0)
    except BrokenPipeError:
        raise
    except Exception as error:
        if "--debug" in words:
            raise
        return _explain(error, console)
    finally:
        sys.stdout.flush()


def _explain(error: Exception, console: Console) -> int:
    """Says what went wrong, and returns the exit code for it."""
    if isinstance(error, LabError):
        console.error(error.message, error.hint)
    elif isinstance(error, OSError):
        what = f"{error.filename or 'a file'}: {error.strerror or error}"
        console.error(what, "check the path, the permission to write, and the free space")
    else:
        what = f"unexpected {type(error).__name__}: {error}"
        console.error(what, "this is a mistake in microgradlab: report it with what --debug says")
    return next((code for kind, code in _EXIT_CODES if isinstance(error, kind)), 1)


def _dispatch(arguments: Namespace, console: Console) -> int:
    """Calls the command, and returns its exit code; its libraries load only now."""
    match arguments.command:
        case "train":
            _train(arguments, console)
        case "steps":
            from microgradlab.cli.steps import steps

            steps(recipe_from(arguments), arguments.updates, console)
        case "inspect":
            from microgradlab.cli.inspect import inspect

            inspect(arguments.rows, arguments.target, console)
        case "predict":
            from microgradlab.cli.predict import predict

            predict(arguments.run, arguments.rows, console)
        case "evaluate":
            from microgradlab.cli.predict import evaluate_run

            evaluate_run(arguments.run, arguments.rows, console)
        case "report":
            from microgradlab.cli.report import report

            report(arguments.run, arguments.output, arguments.sample, console)
        case "draw":
            from microgradlab.cli.draw import draw

            look = _given(arguments, "parameters", "digits", "flow", "flat", "direction", "theme")
            draw(arguments.formula, arguments.values, arguments.output, console, **look)
        case "explain":
            from microgradlab.cli.explain import explain

            look = _given(arguments, "parameters", "digits")
            explain(arguments.formula, arguments.values, arguments.output, console, **look)
        case "check":
            from microgradlab.cli.check import check

            return check(arguments.formula, arguments.values, arguments.thorough, console)
        case "notebooks":
            from microgradlab.cli.notebooks import notebooks

            notebooks(
                arguments.folder,
                console,
                overwrite=arguments.overwrite,
                copy_only=arguments.copy_only,
                browser=not arguments.no_browser,
                further=arguments.further,
            )
    return 0


def _given(arguments: Namespace, *names: str) -> dict[str, Any]:
    """The options that were given, by name; the others keep the command's defaults."""
    return {name: getattr(arguments, name) for name in names if name in arguments}


def _train(arguments: Namespace, console: Console) -> None:
    from microgradlab.cli.train import resume, train

    speed: dict[str, Any] = {"eager": arguments.eager, "threads": arguments.threads}
    given = {name for name, value in given_fields(arguments).items() if value is not None}
    if arguments.resume is None and arguments.data is None:
        raise ArgumentError("train needs data", "a name or a file, as in: microgradlab train iris")
    if arguments.resume is None:
        train(
            recipe_from(arguments),
            console,
            run=arguments.run,
            overwrite=arguments.overwrite,
            dry_run=arguments.dry_run,
            **speed,
        )
    elif given - {"epochs"} or arguments.run or arguments.overwrite or arguments.dry_run:
        raise ArgumentError(
            "--resume takes everything but --epochs from the run",
            hint=f"microgradlab train --resume {arguments.resume}",
        )
    else:
        resume(arguments.resume, getattr(arguments, "epochs", None), console, **speed)


if __name__ == "__main__":
    sys.exit(run())
