"""Checks of the arguments that optimizers, schedules and clipping share. Floor 3."""

from __future__ import annotations

from collections.abc import Iterable
from numbers import Real

from microgradlab.errors import ArgumentError
from microgradlab.value import Value


def number(name: str, value: object, interval: str) -> float:
    """The value as a float, if it is a real number inside the interval.

    Args:
        name: what the number is, for the message.
        value: the number.
        interval: in mathematical notation: `"[0, 1)"` holds 0, but not 1.

    Raises:
        ArgumentError: the value is no number, nan, or outside.

    >>> number("momentum", 1, "[0, 1)")
    Traceback (most recent call last):
    microgradlab.errors.ArgumentError: momentum is 1
    hint: give a number in [0, 1)
    """
    low, high = (float(bound) for bound in interval[1:-1].split(","))
    if isinstance(value, Real) and not isinstance(value, bool):
        plain = float(value)
        above = plain > low or (plain == low and interval.startswith("["))
        below = plain < high or (plain == high and interval.endswith("]"))
        if above and below:
            return plain
    raise ArgumentError(f"{name} is {value!r}", hint=f"give a number in {interval}")


def whole(name: str, value: object, least: int = 1) -> int:
    """The value, if it is an int from `least` up.

    Raises:
        ArgumentError: the value is no int, or less.
    """
    if isinstance(value, int) and not isinstance(value, bool) and value >= least:
        return value
    raise ArgumentError(f"{name} is {value!r}", hint=f"give a whole number from {least} up")


def leaves(parameters: Iterable[Value]) -> list[Value]:
    """The parameters as a list, if each is a leaf Value and there once.

    Raises:
        ArgumentError: there are none, one is no leaf Value, or one is there twice.
    """
    if not isinstance(parameters, Iterable):
        raise ArgumentError(
            f"parameters is {parameters!r}, not a list of Values",
            hint="give model.parameters(), or a list",
        )
    listed = list(parameters)
    if not listed:
        raise ArgumentError("parameters is empty", hint="give model.parameters() or other Values")
    first_place: dict[Value, int] = {}
    for place, parameter in enumerate(listed):
        if not isinstance(parameter, Value):
            raise ArgumentError(
                f"parameters[{place}] is {parameter!r}, not a Value", hint="wrap it: Value(number)"
            )
        if parameter.op is not None:
            raise ArgumentError(
                f"parameters[{place}] is the result of {parameter.op.name}, not a leaf",
                hint="only Values made from plain numbers can be updated: give its operands",
            )
        if parameter in first_place:
            raise ArgumentError(
                f"parameters[{place}] and parameters[{first_place[parameter]}] are the same Value",
                hint="give each parameter once",
            )
        first_place[parameter] = place
    return listed
