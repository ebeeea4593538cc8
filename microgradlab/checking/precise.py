"""Derivatives of recorded operations to a hundred digits, without their rules. Floor 7.

A derivative is taken from the row's value alone, by a complex step (Squire and Trapp 1998): with
f(a + ih) = f(a) + ih f'(a) - ..., the imaginary part over h is f'(a), and no digit cancels. In
mpmath at 400 bits, with h = 2⁻³⁰⁰ min(|a|, 1), that is exact for every purpose here. At a point
that is not plainly smooth, the same is done closely left and right of it, to tell a kink, a pole,
the end of a domain and a jump from a smooth point.
"""

from __future__ import annotations

import threading
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from microgradlab.arithmetic import Arithmetic
from microgradlab.errors import optional_import
from microgradlab.ops import OPS, Op

_BITS = 400
_STEP = -300  # the complex step, as a power of two
_NEAR, _NEARER = -100, -200  # distances to the left and right, relative to the operand
_NEAREST = -1100  # a distance from 0 that no float is in
_NOISE = -300  # relative differences below this power of two are rounding
_LARGEST = 1024  # numbers from 2^1024 up are infinite, as they are among floats
_SMALLEST = -(2**14)  # numbers below this power of two are 0: far below the floats' underflow

Number = Any  # an mpf

JUMPS = "jumps"
"""What is said of a point where a value is another than beside it."""


@dataclass(frozen=True, slots=True)
class Local:
    """A local derivative: by one operand, at one point.

    Attributes:
        value: the derivative; its limit where that is infinite; nan where there is none.
        sides: at a kink, the derivatives from the left and from the right.
        why: what is special about the point, as in "has a kink"; empty where nothing is.
    """

    value: Number
    sides: tuple[Number, Number] | None = None
    why: str = ""


class Precise(Arithmetic):
    """The table over mpmath's real numbers, with derivatives by its complex ones."""

    def __init__(self) -> None:
        mpmath = optional_import("mpmath", extra="check", purpose="gradcheck's reference")
        self.mp = mpmath.MPContext()  # a context of its own: mpmath's global precision stays
        self.mp.prec = _BITS
        self.number = self.mp.mpf
        self.nan = self.mp.nan
        names = ("exp", "expm1", "log", "log1p", "sqrt", "sin", "cos", "tan", "asin", "acos")
        functions = {n: getattr(self.mp, n) for n in (*names, "sinh", "cosh", "tanh")}
        functions |= {"pow": self._pow, "div": self._div, "abs": self._abs}
        functions |= {"atan": self._atan, "erf": self._erf}
        super().__init__({n: self._real(f) for n, f in functions.items()})
        self.complex = Arithmetic(
            {n: self._holomorphic(f) for n, f in functions.items()}, primal=lambda z: z.real
        )

    def value(self, op: Op, x: Number, y: Number | None = None) -> Number:
        """The operation's result; infinite beyond the range of floats, nan outside its domain."""
        return self._within_range(super().value(op, x, y))

    def local(
        self, op: Op, column: str, x: Number, y: Number | None, out: Number | None = None
    ) -> Local:
        """The partial derivative by the operand of a column, "x" or "y"; or "xy", moving both.

        Args:
            op: the row.
            column: of the operand.
            x: the first operand.
            y: the second; None where there is none.
            out: the operation's result, if it is known already.
        """
        out = self.value(op, x, y) if out is None else out
        operands = (x,) if y is None else (x, y)
        if not all(self.mp.isfinite(number) for number in operands):
            return Local(self.nan, why="is taken at an infinite operand or nan")
        if self.mp.isnan(out):
            domain = f" ({op.smooth})" if op.smooth != "all" else ""
            return Local(self.nan, why=f"is outside its domain{domain}")
        if self.is_smooth(op, x, y):
            return Local(self._slope(op, column, x, y))
        return self._limits(op, column, x, y, out)

    def beside(
        self,
        op: Op,
        x: Number,
        y: Number,
        out: Number,
        sides: tuple[Number, Number],
        dx: float,
    ) -> Local:
        """The slopes by y at a tie that go with a slope by x: moving both adds the two up."""
        both = self.local(op, "xy", x, y, out)
        low, high = sorted(both.sides or (both.value, both.value))
        least, most = sorted(sides)
        given = self.number(dx)
        return Local(self.nan, (max(least, low - given), min(most, high - given)), "has a kink")

    def is_smooth(self, op: Op, x: Number, y: Number | None) -> bool:
        """Whether the table says so; a row of one's own is looked at, not believed."""
        if OPS.get(op.name) is not op:
            return False
        return op.smooth == "all" or bool(self.expression(op.smooth)(x, y, None))

    def is_constant(self, op: Op, x: Number, y: Number | None, out: Number) -> bool:
        """Whether the value is `out` all around a point too, as a comparison's beside its jump."""

        def around(number: Number | None) -> tuple[Number | None, ...]:
            if number is None:
                return (None,)
            distance = self._relative(number, _NEARER) if number else self.mp.ldexp(1, _NEAREST)
            return number - distance, number, number + distance

        return all(self.value(op, a, b) == out for a in around(x) for b in around(y))

    def _slope(self, op: Op, column: str, x: Number, y: Number | None) -> Number:
        """The complex step."""
        at: Number = y if column == "y" else x
        size = max(
            abs(x), abs(y or 0), 1
        )  # where 1e100 is an exponent, a step is 1e100 times longer
        step = self.mp.ldexp(min(abs(at) or 1, 1), _STEP) / size
        point = _moved(column, x, y, self.mp.mpc(0, step))
        out = self.complex.value(op, *point)
        return self.nan if self.mp.isinf(out.real) else self.number(out.imag) / step

    def _relative(self, number: Number, power: int) -> Number:
        """A small distance: 2^power relative to a number, absolute for 0."""
        return self.mp.ldexp(abs(number) if number else self.number(1), power)

    def _limits(self, op: Op, column: str, x: Number, y: Number | None, out: Number) -> Local:
        """The derivative at a point that may be a kink, a pole, an end of the domain or a jump."""
        sides = [self._side(op, column, x, y, out, sign) for sign in (-1, 1)]
        inside = [side for side in sides if not self.mp.isnan(side.slope)]
        if not inside:
            where = "is defined at this point only" if self.mp.isfinite(out) else "is infinite"
            return Local(self.nan, why=where)
        if self.mp.isfinite(out) and any(side.jumps for side in inside):
            return Local(self.nan, why=JUMPS)
        slopes = [side.nearer for side in inside]
        if len(slopes) == 1:
            return Local(slopes[0], why="is at the end of its domain")
        if any(self.mp.isinf(slope) for slope in slopes):
            return Local(slopes[0] if slopes[0] == slopes[1] else self.nan, why="has a pole")
        if self._meet(*inside):
            return Local((slopes[0] + slopes[1]) / 2)
        return Local(self.nan, (slopes[0], slopes[1]), "has a kink")

    def _meet(self, left: _Side, right: _Side) -> bool:
        """Whether the slopes meet at the point: their difference shrinks with the distance."""
        gap, nearer_gap = abs(left.slope - right.slope), abs(left.nearer - right.nearer)
        noise = self.mp.ldexp(1 + abs(left.nearer), _NOISE)
        return bool(nearer_gap <= max(self.mp.ldexp(gap, -20), noise))

    def _side(
        self, op: Op, column: str, x: Number, y: Number | None, out: Number, sign: int
    ) -> _Side:
        at: Number = y if column == "y" else x

        def slope_and_value(power: int) -> tuple[Number, Number]:
            point = _moved(column, x, y, sign * self._relative(at, power))
            value = self.value(op, *point)
            return (self.nan if self.mp.isnan(value) else self._slope(op, column, *point)), value

        slope, value = slope_and_value(_NEAR)
        nearer, nearer_value = slope_and_value(_NEARER)
        gap, nearer_gap = abs(value - out), abs(nearer_value - out)
        jumps = nearer_gap > max(0.9 * gap, self.mp.ldexp(abs(out), _NOISE))  # it does not shrink
        if abs(nearer) > self.mp.ldexp(1 + abs(slope), 20):  # it grows without bound
            nearer = self.mp.inf * self.mp.sign(nearer)
        elif abs(nearer) < self.mp.ldexp(abs(slope), -20):  # it goes to 0, as that of x ** 2.5 at 0
            nearer = self.number(0)
        return _Side(slope, nearer, bool(jumps))

    # --- the primitives

    def _real(self, function: Callable[..., Any]) -> Callable[..., Any]:
        def real(*numbers: Number) -> Number:
            try:
                result = function(*numbers)
            except (ArithmeticError, ValueError):
                return self.nan
            return self._within_range(self.nan if isinstance(result, self.mp.mpc) else result)

        return real

    def _within_range(self, number: Number) -> Number:
        number = self.number(number)
        magnitude = self.mp.mag(number)  # -inf for 0, +inf for infinities, nan for nan
        if magnitude > _LARGEST:
            return self.mp.sign(number) * self.mp.inf
        return self.number(0) if magnitude < _SMALLEST else number

    def _holomorphic(self, function: Callable[..., Any]) -> Callable[..., Any]:
        def holomorphic(*numbers: Any) -> Any:
            try:
                result = self.mp.mpc(function(*numbers))
            except (ArithmeticError, ValueError):
                return self.mp.mpc(self.nan, self.nan)
            return result

        return holomorphic

    def _div(self, x: Any, y: Any) -> Any:
        if y == 0:
            return self.nan if x == 0 or x != x else self.mp.sign(x) * self.mp.inf
        return x / y

    def _pow(self, x: Any, y: Any) -> Any:
        exponent = self.mp.re(y)
        if x == 0 and exponent != 0:  # mpmath refuses complex exponents
            return self.mp.inf if exponent < 0 else self.number(0)
        return self.mp.power(x, y)

    def _abs(self, z: Any) -> Any:
        return -z if self.mp.re(z) < 0 else z

    def _erf(self, z: Any) -> Any:
        """With more bits: mpmath rounds small imaginary parts to what is seen of the real one."""
        with self.mp.workprec(2 * _BITS):
            return self.mp.erf(z)

    def _atan(self, z: Any) -> Any:
        """By asin, because mpmath's own loses small imaginary parts to cancellation."""
        if abs(z) < 1:
            return self.mp.asin(z / self.mp.sqrt(1 + z * z))
        quarter = self.mp.pi / 2 * self.mp.sign(self.mp.re(z))
        return quarter - self._atan(1 / z) if abs(z) > 1 else self.mp.atan(z)


def _moved(column: str, x: Number, y: Number | None, by: Number) -> tuple[Number, Number | None]:
    return (x + by if "x" in column else x), (y + by if y is not None and "y" in column else y)


@dataclass(frozen=True, slots=True)
class _Side:
    """What happens close to a point, on one side."""

    slope: Number
    nearer: Number  # the slope, closer to the point
    jumps: bool  # whether the value here is another than at the point itself


class _PerThread(threading.local):
    found: Precise | None = None


_per_thread = _PerThread()


def precise() -> Precise:
    """The one object that all checks of a thread share: making it takes some milliseconds.

    Threads cannot share one, since mpmath's functions change their context's precision meanwhile.
    """
    if _per_thread.found is None:
        _per_thread.found = Precise()
    return _per_thread.found
