"""`microgradlab ...`: calls the command; errors become sentences and exit codes. Floor 10.

Exit codes: 0 success, 1 failure, 2 wrong usage, 3 bad data, 4 diverged, 130 interrupted.
"""

from __future__ import annotations

import os
import sys
from argparse import Namespace
from collections.abc import Sequence

from microgradlab.cli.arguments import parser, recipe_from
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
    debug = "--debug" in words
    console = Console()
    try:
        arguments = parser().parse_args(words)
        console = Console(quiet=arguments.quiet, as_json=arguments.json)
        _dispatch(arguments, console)
        sys.stdout.flush()
    except KeyboardInterrupt:
        return 130
    except BrokenPipeError:  # the reader of a pipe, such as `head`, has seen enough
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return 0
    except (LabError, OSError) as error:
        if debug:
            raise
        if isinstance(error, LabError):
            console.error(error.message, error.hint)
        else:
            console.error(f"{error.strerror or error}: {error.filename or ''}".rstrip(": "))
        return next((code for kind, code in _EXIT_CODES if isinstance(error, kind)), 1)
    except Exception as error:
        if debug:
            raise
        console.error(f"unexpected {type(error).__name__}: {error}", "see --debug, and report it")
        return 1
    return 0


def _dispatch(arguments: Namespace, console: Console) -> None:
    """Calls the command; each command's libraries load only when it is called."""
    if arguments.command == "train":
        from microgradlab.cli.train import resume, train

        if arguments.resume is not None:
            if arguments.data is not None or arguments.run is not None:
                raise ArgumentError(
                    "--resume takes its data and folder from the run",
                    hint=f"microgradlab train --resume {arguments.resume}",
                )
            resume(arguments.resume, getattr(arguments, "epochs", None), console)
        elif arguments.data is None:
            raise ArgumentError("train needs data", hint="a name or a file, as in: train iris")
        else:
            train(
                recipe_from(arguments),
                console,
                run=arguments.run,
                overwrite=arguments.overwrite,
                dry_run=arguments.dry_run,
            )
    elif arguments.command == "steps":
        from microgradlab.cli.steps import steps

        steps(recipe_from(arguments), arguments.updates, console)
    elif arguments.command == "inspect":
        from microgradlab.cli.inspect import inspect

        inspect(arguments.rows, arguments.target, console)
    elif arguments.command == "predict":
        from microgradlab.cli.predict import predict

        predict(arguments.run, arguments.rows, console)
    else:
        from microgradlab.cli.predict import evaluate_run

        evaluate_run(arguments.run, arguments.rows, console)


if __name__ == "__main__":
    sys.exit(run())
