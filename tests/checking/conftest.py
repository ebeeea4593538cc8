"""The operations a second time: in mpmath at 300 digits, written by hand and not from the table."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import mpmath
import pytest

Functions = dict[str, Callable[..., Any]]


@pytest.fixture(scope="session")
def mp() -> Any:
    """Numbers of 300 digits, in a context of their own."""
    context = mpmath.MPContext()
    context.dps = 300
    return context


@pytest.fixture(scope="session")
def functions(mp: Any) -> Functions:
    """Each operation by its name, over real numbers of `mp`."""
    names = ("exp", "log", "sqrt", "sin", "cos", "tan", "asin", "acos", "atan", "sinh", "cosh")
    return {name: getattr(mp, name) for name in names} | {
        "add": lambda x, y: x + y,
        "sub": lambda x, y: x - y,
        "mul": lambda x, y: x * y,
        "div": lambda x, y: x / y,
        "neg": lambda x: -x,
        "pow": lambda x, y: x**y,
        "abs": abs,
        "maximum": max,
        "minimum": min,
        "greater": lambda x, y: mp.mpf(x > y),
        "equal": lambda x, y: mp.mpf(x == y),
        "gate": lambda x, y: x if y != 0 else mp.mpf(0),
        "expm1": lambda x: mp.exp(x) - 1,
        "log1p": lambda x: mp.log(1 + x),
        "tanh": lambda x: (mp.exp(2 * x) - 1) / (mp.exp(2 * x) + 1),
        "sigmoid": lambda x: 1 / (1 + mp.exp(-x)),
        "relu": lambda x: max(x, mp.mpf(0)),
        "softplus": lambda x: mp.log(1 + mp.exp(x)),
        "erf": lambda x: 1 - mp.erfc(x),
    }


Slope = Callable[[Callable[..., Any], list[Any], int], Any]


@pytest.fixture(scope="session")
def slope(mp: Any) -> Slope:
    """The derivative of a function by the argument at a place: a central difference."""

    def central(f: Callable[..., Any], at: list[Any], place: int) -> Any:
        step = mp.mpf(10) ** -100
        right, left = ([*at[:place], at[place] + d, *at[place + 1 :]] for d in (step, -step))
        return (f(*right) - f(*left)) / (2 * step)

    return central
