"""The table over floats with IEEE 754 results, where Python's own functions raise. Floor 1.

Python raises ZeroDivisionError, OverflowError or "math domain error" where IEEE 754 (and NumPy,
PyTorch and JAX) answer with inf or nan. The engine computes with Python's functions first, because
they are fast, and comes here when one of them has raised.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from math import copysign, inf, nan

from microgradlab.arithmetic import Arithmetic
from microgradlab.ops import Op

Unary = Callable[[float], float]


def div(x: float, y: float) -> float:
    """The quotient; a division by zero gives a signed infinity, 0 / 0 gives nan.

    >>> div(1.0, -0.0), div(0.0, 0.0)
    (-inf, nan)
    """
    try:
        return x / y
    except ZeroDivisionError:
        return nan if x == 0.0 or x != x else copysign(inf, x) * copysign(1.0, y)


def pow(x: float, y: float) -> float:
    """The power as C99 defines it (annex F.9.4.4).

    >>> pow(-8.0, 1 / 3), pow(0.0, -1.0), pow(-10.0, 401.0)
    (nan, inf, -inf)
    """
    odd = math.isfinite(y) and math.fmod(y, 2.0) in (1.0, -1.0)
    try:
        return math.pow(x, y)
    except OverflowError:
        return copysign(inf, x) if odd else inf
    except ValueError:
        if x == 0.0:
            return copysign(inf, x) if odd else inf
        return nan


def _total(function: Unary, *, overflow: Unary = lambda _: inf, pole: float = nan) -> Unary:
    """The function with inf for overflow, -inf at its pole, and nan outside of its domain."""

    def total(x: float) -> float:
        try:
            return function(x)
        except OverflowError:
            return overflow(x)
        except ValueError:
            return -inf if x == pole else nan

    return total


PRIMITIVES: dict[str, Callable[..., float]] = {
    "div": div,
    "pow": pow,
    "abs": math.fabs,
    "exp": _total(math.exp),
    "expm1": _total(math.expm1),
    "log": _total(math.log, pole=0.0),
    "log1p": _total(math.log1p, pole=-1.0),
    "sqrt": _total(math.sqrt),
    "sin": _total(math.sin),
    "cos": _total(math.cos),
    "tan": _total(math.tan),
    "asin": _total(math.asin),
    "acos": _total(math.acos),
    "atan": math.atan,
    "sinh": _total(math.sinh, overflow=lambda x: copysign(inf, x)),
    "cosh": _total(math.cosh),
    "tanh": math.tanh,
    "erf": math.erf,
}
"""The operations that come from the C library; all others are made of these by the table."""


FLOATS = Arithmetic(PRIMITIVES)


def value(op: Op, x: float, y: float | None = None) -> float:
    """The operation's result; never raises.

    >>> from microgradlab.ops import OPS
    >>> value(OPS["log"], 0.0)
    -inf
    """
    result: float = FLOATS.value(op, x, y)
    return result


def partials(op: Op, x: float, y: float | None, out: float) -> tuple[float, float | None]:
    """The partial derivatives by x and y (None for one operand); never raises.

    >>> from microgradlab.ops import OPS
    >>> partials(OPS["div"], 1.0, 0.0, math.inf)
    (inf, -inf)
    """
    return FLOATS.partials(op, x, y, out)
