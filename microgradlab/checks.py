"""Checks of arguments that are numbers. Floor 1."""

from __future__ import annotations

from numbers import Real

from microgradlab.errors import ArgumentError


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
