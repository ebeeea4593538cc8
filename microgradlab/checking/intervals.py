"""The table over intervals: where a result must lie, exact or computed in floats. Floor 7.

Running the same forward and backward code on intervals tells how far rounding can reach in this
very computation, at these very numbers: as far as its result is wide.
"""

from __future__ import annotations

import math
import re
from collections.abc import Callable, Mapping
from math import inf, nan, nextafter, ulp
from typing import Any

from microgradlab.arithmetic import Arithmetic, Expression
from microgradlab.checking.comparisons import Case, UndecidedError, in_every_case
from microgradlab.checking.interval import EVERYTHING, Interval, Number, as_interval, divide, hull
from microgradlab.expressions import compile_over
from microgradlab.ieee import PRIMITIVES as FLOATS

__all__ = ["EVERYTHING", "INTERVALS", "Interval", "IntervalArithmetic", "as_interval", "hull"]

_LARGEST = nextafter(inf, 0.0)
_LONG_LITERAL = re.compile(r"[\d.]{17,}(e[-+]?\d+)?")


def _abs(x: Number) -> Interval:
    x = as_interval(x)
    if x.low >= 0.0:
        return x
    return -x if x.high <= 0.0 else Interval(0.0, max(-x.low, x.high))


def _sqrt(x: Number) -> Interval:
    """The square root, which IEEE 754 rounds correctly; what lies below 0 has none."""
    x = as_interval(x)
    square = max(x.low, 0.0)
    low, high = FLOATS["sqrt"](square), FLOATS["sqrt"](x.high)
    if not _is_exact_root(low, square):
        low = nextafter(low, 0.0)
    if not _is_exact_root(high, x.high):
        high = nextafter(high, inf)
    return Interval(low, high)


def _is_exact_root(root: float, square: float) -> bool:
    """Whether the root of a whole square, small enough to be squared without rounding, is whole."""
    return root.is_integer() and root < 2.0**26 and root * root == square


# --- functions of the C library: 4 ulps to each side, where glibc promises 1 or 2


def _below(value: float) -> float:
    return _LARGEST if value == inf else value - 4.0 * ulp(value)


def _above(value: float) -> float:
    return -_LARGEST if value == -inf else value + 4.0 * ulp(value)


def _monotone(
    function: Callable[[float], float],
    exact: float,
    *,
    domain: tuple[float, float] = (-inf, inf),
    image: tuple[float, float] = (-inf, inf),
) -> Callable[[Number], Interval]:
    """A function that rises, over intervals: its values at the ends are the ends.

    Args:
        function: the function of floats.
        exact: the operand whose result is not rounded.
        domain: operands outside are left out.
        image: where the results lie.
    """
    (first, last), (least, most) = domain, image

    def enclosure(x: Number) -> Interval:
        x = as_interval(x)
        a, b = max(x.low, first), min(x.high, last)
        if a > b:
            return EVERYTHING
        low, high = function(a), function(b)
        if a != exact:
            low = max(_below(low), least)
        if b != exact:
            high = min(_above(high), most)
        return Interval(low, high)

    return enclosure


_cosh_of_positive = _monotone(FLOATS["cosh"], 0.0, image=(1.0, inf))
_minus_acos = _monotone(lambda x: -math.acos(x), 1.0, domain=(-1.0, 1.0), image=(-inf, 0.0))


def _cosh(x: Number) -> Interval:
    return _cosh_of_positive(_abs(x))


def _acos(x: Number) -> Interval:
    return -_minus_acos(x)


def _wave(name: str) -> Callable[[Number], Interval]:
    """sin and cos: they change by no more than their operand does."""
    function = FLOATS[name]

    def enclosure(x: Number) -> Interval:
        x = as_interval(x)
        low, high = x.low, x.high
        middle = 0.5 * low + 0.5 * high
        center = function(middle)
        if low == high == 0.0:
            return Interval(center, center)
        around = Interval(_below(center), _above(center))
        if low < high:
            radius = _above(max(high - middle, middle - low))
            around += Interval(-radius, radius)
        elif center != center:
            return EVERYTHING  # of an infinity
        return Interval(max(around.low, -1.0), min(around.high, 1.0))

    return enclosure


_tan_between_poles = _monotone(FLOATS["tan"], 0.0)


def _tan(x: Number) -> Interval:
    """On less than a period, tan rises from end to end exactly if no pole lies between them."""
    x = as_interval(x)
    tan = FLOATS["tan"]
    rises = x.high - x.low < 3.0 and tan(x.low) <= tan(x.high)
    return _tan_between_poles(x) if rises else EVERYTHING


def _pow(x: Number, y: Number) -> Interval:
    """Powers of positive bases; of any base where the exponent is one whole number."""
    x, y = as_interval(x), as_interval(y)
    constant = y.low if y.low == y.high else nan
    if constant == 0.0:
        return Interval(1.0, 1.0)
    if constant == 1.0:
        return x
    if constant.is_integer():
        if constant % 2.0 == 0.0:
            x = _abs(x)
        elif constant < 0.0 and x.low <= 0.0 <= x.high:
            return EVERYTHING
    elif math.isfinite(constant) and x.high >= 0.0:
        x = Interval(max(x.low, 0.0), x.high)  # roots of what lies below 0 are undefined
    elif x.low < 0.0 or (x.low == 0.0 and y.low <= 0.0):
        return EVERYTHING
    if x.low == x.high and x.low in (-1.0, 0.0, 1.0):
        result = FLOATS["pow"](x.low, y.low)
        return Interval(result, result)
    # Monotone in x and in y, in one direction or the other: the extremes are at the corners.
    corners = [FLOATS["pow"](base, exponent) for base in _ends(x) for exponent in _ends(y)]
    least = 0.0 if x.low >= 0.0 else -inf
    return Interval(max(_below(min(corners)), least), _above(max(corners)))


def _ends(x: Interval) -> tuple[float, ...]:
    return (x.low,) if x.low == x.high else (x.low, x.high)


PRIMITIVES: dict[str, Callable[..., Interval]] = {
    "div": divide,
    "pow": _pow,
    "abs": _abs,
    "exp": _monotone(FLOATS["exp"], 0.0, image=(0.0, inf)),
    "expm1": _monotone(FLOATS["expm1"], 0.0, image=(-1.0, inf)),
    "log": _monotone(FLOATS["log"], 1.0, domain=(0.0, inf)),
    "log1p": _monotone(FLOATS["log1p"], 0.0, domain=(-1.0, inf)),
    "sqrt": _sqrt,
    "sin": _wave("sin"),
    "cos": _wave("cos"),
    "tan": _tan,
    "asin": _monotone(FLOATS["asin"], 0.0, domain=(-1.0, 1.0)),
    "acos": _acos,
    "atan": _monotone(FLOATS["atan"], 0.0),
    "sinh": _monotone(FLOATS["sinh"], 0.0),
    "cosh": _cosh,
    "tanh": _monotone(FLOATS["tanh"], 0.0, image=(-1.0, 1.0)),
    "erf": _monotone(FLOATS["erf"], 0.0, image=(-1.0, 1.0)),
}
"""The operations that the table is made of, over intervals."""


class IntervalArithmetic(Arithmetic):
    """The table over intervals; operands may be floats, results are always intervals.

    A comparison that intervals leave open, as in `0.0 if x <= 0.0 else x` at [-1, 1], is evaluated
    both ways, and the result encloses both. Of a row's literals that meet each other, as in
    `2.0 * 3.1 * x`, the result encloses what floats make, which may be half an ulp off. A literal
    of 16 digits or more, such as erf's 2/√π, stands for a number between its neighbours.

    >>> from microgradlab.ops import OPS
    >>> x = Interval(-1.0, 2.0)
    >>> INTERVALS.value(OPS["abs"], x), INTERVALS.partials(OPS["abs"], x, None, x)[0]
    (Interval(0.0, 2.0), Interval(-1.0, 1.0))
    """

    def __init__(self, primitives: Mapping[str, Callable[..., Interval]]) -> None:
        super().__init__(primitives, primal=Case().primal)
        self.functions["rounded"] = _rounded

    def expression(self, source: str) -> Expression:
        """An expression of a row as a function of (x, y, out), which gives an interval."""
        function = self._compiled.get(source)
        if function is None:
            known = _LONG_LITERAL.sub(r"rounded(\g<0>)", source)
            function = self._compiled[source] = _enclosing(compile_over(known, self.functions))
        return function


def _rounded(number: float) -> Interval:
    return Interval(nextafter(number, -inf), nextafter(number, inf))


def _enclosing(compiled: Expression) -> Expression:
    def enclosure(x: Any, y: Any, out: Any) -> Interval:
        # Floats become intervals first: two of them would be added with rounding.
        if type(x) is not Interval:
            x = as_interval(x)
        if type(y) is not Interval and y is not None:
            y = as_interval(y)
        if type(out) is not Interval and out is not None:
            out = as_interval(out)
        try:
            result = compiled(x, y, out)
        except UndecidedError:
            return hull(as_interval(case) for case in in_every_case(compiled, x, y, out))
        return result if type(result) is Interval else Interval(result, result)

    return enclosure


INTERVALS = IntervalArithmetic(PRIMITIVES)
"""The table over intervals: `INTERVALS.value(op, x, y)`, `INTERVALS.partials(op, x, y, out)`."""
