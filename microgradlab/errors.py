"""Errors that say what was expected, what came, and how to mend it. Floor 1: imports nothing."""

from __future__ import annotations

import importlib
from collections.abc import Iterable
from typing import Any


class LabError(Exception):
    """The root of the package's own errors: a sentence, and a hint on how to mend the cause.

    >>> print(LabError("batch_size is 0", hint="give a whole number from 1 up"))
    batch_size is 0
    hint: give a whole number from 1 up
    """

    def __init__(self, message: str, hint: str = "") -> None:
        super().__init__(message, hint)
        self.message = message
        self.hint = hint

    def __str__(self) -> str:
        return f"{self.message}\nhint: {self.hint}" if self.hint else self.message


class ArgumentError(LabError, ValueError):
    """An argument has a value that cannot be used."""


class DataError(LabError, ValueError):
    """A data set or a table cannot be used as it is."""


class CheckpointError(LabError, ValueError):
    """A checkpoint or run folder cannot be read, or does not fit the model."""


class DivergedError(LabError, ArithmeticError):
    """Training met a cost that is nan or infinite."""


class NonFiniteError(LabError, ArithmeticError):
    """An operation made a nan or an infinity while `detect_anomaly()` was on."""


class MissingExtraError(LabError, ImportError):
    """An optional library is not installed."""


def unknown_name(
    kind: str,
    name: object,
    known: Iterable[str],
    meant: str | None = None,
    *,
    most: int | None = None,
) -> ArgumentError:
    """The error for a name that is not in a registry, with the nearest name that is, or `meant`.

    Of the known names no more than `most` are listed.

    >>> print(unknown_name("activation", "rellu", ["relu", "tanh"]))
    unknown activation 'rellu'
    hint: did you mean 'relu'? Known: relu, tanh
    >>> print(unknown_name("parameter", "w", ["b.0", "b.1", "b.2"], most=2).hint)
    Known: b.0, b.1 and 1 more
    """
    from difflib import get_close_matches  # costs milliseconds; only an error needs it

    names = sorted(known)
    near = [meant] if meant else get_close_matches(str(name), names, n=1)
    guess = f"did you mean {near[0]!r}? " if near else ""
    listed = ", ".join(names[:most])
    if most is not None and len(names) > most:
        listed += f" and {len(names) - most} more"
    return ArgumentError(f"unknown {kind} {name!r}", hint=f"{guess}Known: {listed}")


def optional_import(module: str, *, extra: str, purpose: str) -> Any:
    """Imports an optional library, or says which extra brings it.

    Args:
        module: the module's name, such as `"pandas"`.
        extra: the extra of this package that installs it.
        purpose: what it is needed for, as in "reading CSV tables".

    Raises:
        MissingExtraError: the library is not installed.
    """
    try:
        return importlib.import_module(module)
    except ImportError as error:
        raise MissingExtraError(
            f"{purpose} needs {module.partition('.')[0]}, which is not installed",
            hint=f"pip install 'microgradlab[{extra}]'",
        ) from error
