"""The Value: a number that records how it was made. Floor 2.

The operations, between marks, are generated from the table in ops.py by `python -m
microgradlab.codegen`: edit the table or the generator. Each computes its result and its local
derivatives with plain floats, in the table's expressions; where Python raises, `apply` gives the
IEEE result instead.
"""

from __future__ import annotations

import math
from numbers import Real
from typing import Any, TypeAlias, final, overload

from microgradlab import ieee, modes
from microgradlab.engine import NOT_COMPUTED, Node, finish
from microgradlab.errors import ArgumentError
from microgradlab.ops import OPS, Op, check_own

Operand: TypeAlias = "Value | float"

_RAISED = (ZeroDivisionError, OverflowError, ValueError)  # what Python's float functions raise
_new = object.__new__


# --- generated: rows ---
ADD = OPS["add"]
SUB = OPS["sub"]
MUL = OPS["mul"]
DIV = OPS["div"]
NEG = OPS["neg"]
POW = OPS["pow"]
ABS = OPS["abs"]
MAXIMUM = OPS["maximum"]
MINIMUM = OPS["minimum"]
GREATER = OPS["greater"]
EQUAL = OPS["equal"]
GATE = OPS["gate"]
EXP = OPS["exp"]
EXPM1 = OPS["expm1"]
LOG = OPS["log"]
LOG1P = OPS["log1p"]
SQRT = OPS["sqrt"]
SIN = OPS["sin"]
COS = OPS["cos"]
TAN = OPS["tan"]
ASIN = OPS["asin"]
ACOS = OPS["acos"]
ATAN = OPS["atan"]
SINH = OPS["sinh"]
COSH = OPS["cosh"]
TANH = OPS["tanh"]
SIGMOID = OPS["sigmoid"]
RELU = OPS["relu"]
SOFTPLUS = OPS["softplus"]
ERF = OPS["erf"]
# --- end of rows ---


@final
class Value(Node):
    """A number in a computation: leaf, or result of an operation on other Values.

    Operators, methods and the functions of this module record a graph; `backward()` on the result
    fills in `grad` on everything it was made from. `<` and `>=` compare the numbers, but `==` tells
    whether it is the same Value, so that Values can be keys: compare `.data` for equal numbers. A
    comparison that shall be recorded is `greater(x, y)` or `equal(x, y)`.

    Args:
        data: any real number; it is kept as a Python float.
        label: a name for pictures and messages.

    Raises:
        TypeError: data is not a real number.

    >>> x = Value(2.0, label="x")
    >>> y = x**2 + 3 * x
    >>> y.backward()
    >>> y.data, x.grad
    (10.0, 7.0)
    """

    __slots__ = ()

    def __init__(self, data: Operand, label: str = "") -> None:
        self.data = real(data, "Value")
        self.grad = NOT_COMPUTED
        self.label = label
        self.op = self.x = self.y = self.dx = self.dy = None

    def __init_subclass__(cls) -> None:
        raise TypeError("Value cannot be subclassed: hold Values in a class of your own")

    def __pos__(self) -> Value:
        return self

    # --- generated: methods ---

    def __add__(self, other: Operand) -> Value:
        """The sum of x and y.

        out = x + y
        ∂out/∂x = 1.0
        ∂out/∂y = 1.0
        """
        x = self.data
        if type(other) is Value:
            y = other.data
            return _node(x + y, ADD, self, other, 1.0, 1.0)
        if type(other) is not float:
            if not isinstance(other, Real):
                return NotImplemented
            other = real(other, "add")
        y = other
        return _node(x + y, ADD, self, y, 1.0, None)

    def __radd__(self, other: float) -> Value:
        y = self.data
        if type(other) is not float:
            if not isinstance(other, Real):
                return NotImplemented
            other = real(other, "add")
        x = other
        return _node(x + y, ADD, x, self, None, 1.0)

    def __sub__(self, other: Operand) -> Value:
        """The difference of x and y.

        out = x - y
        ∂out/∂x = 1.0
        ∂out/∂y = -1.0
        """
        x = self.data
        if type(other) is Value:
            y = other.data
            return _node(x - y, SUB, self, other, 1.0, -1.0)
        if type(other) is not float:
            if not isinstance(other, Real):
                return NotImplemented
            other = real(other, "sub")
        y = other
        return _node(x - y, SUB, self, y, 1.0, None)

    def __rsub__(self, other: float) -> Value:
        y = self.data
        if type(other) is not float:
            if not isinstance(other, Real):
                return NotImplemented
            other = real(other, "sub")
        x = other
        return _node(x - y, SUB, x, self, None, -1.0)

    def __mul__(self, other: Operand) -> Value:
        """The product of x and y.

        out = x * y
        ∂out/∂x = y
        ∂out/∂y = x
        """
        x = self.data
        if type(other) is Value:
            y = other.data
            return _node(x * y, MUL, self, other, y, x)
        if type(other) is not float:
            if not isinstance(other, Real):
                return NotImplemented
            other = real(other, "mul")
        y = other
        return _node(x * y, MUL, self, y, y, None)

    def __rmul__(self, other: float) -> Value:
        y = self.data
        if type(other) is not float:
            if not isinstance(other, Real):
                return NotImplemented
            other = real(other, "mul")
        x = other
        return _node(x * y, MUL, x, self, None, x)

    def __truediv__(self, other: Operand) -> Value:
        """The quotient of x and y.

        out = x / y
        ∂out/∂x = 1.0 / y
        ∂out/∂y = -out / y
        """
        x = self.data
        if type(other) is Value:
            y = other.data
            try:
                out = x / y
                return _node(out, DIV, self, other, 1.0 / y, -out / y)
            except _RAISED:
                pass
            return apply(DIV, self, other)
        if type(other) is not float:
            if not isinstance(other, Real):
                return NotImplemented
            other = real(other, "div")
        y = other
        try:
            return _node(x / y, DIV, self, y, 1.0 / y, None)
        except _RAISED:
            pass
        return apply(DIV, self, y)

    def __rtruediv__(self, other: float) -> Value:
        y = self.data
        if type(other) is not float:
            if not isinstance(other, Real):
                return NotImplemented
            other = real(other, "div")
        x = other
        try:
            out = x / y
            return _node(out, DIV, x, self, None, -out / y)
        except _RAISED:
            pass
        return apply(DIV, x, self)

    def neg(self) -> Value:
        """Minus x."""
        return neg(self)

    def __neg__(self) -> Value:
        return neg(self)

    def __pow__(self, other: Operand) -> Value:
        """x to the power y; nan for a negative x with a fractional y.

        out = x ** y
        ∂out/∂x = y * x ** (y - 1.0) if y != 0.0 else 0.0 if x == 0.0 else y / x * out
        ∂out/∂y = 0.0 if x == 0.0 and y >= 0.0 else out * log(x)
        """
        x = self.data
        if type(other) is Value:
            y = other.data
            try:
                out = math.pow(x, y)
                return _node(
                    out,
                    POW,
                    self,
                    other,
                    y * math.pow(x, y - 1.0) if y != 0.0 else 0.0 if x == 0.0 else y / x * out,
                    0.0 if x == 0.0 and y >= 0.0 else out * math.log(x),
                )
            except _RAISED:
                pass
            return apply(POW, self, other)
        if type(other) is not float:
            if not isinstance(other, Real):
                return NotImplemented
            other = real(other, "pow")
        y = other
        try:
            out = math.pow(x, y)
            return _node(
                out,
                POW,
                self,
                y,
                y * math.pow(x, y - 1.0) if y != 0.0 else 0.0 if x == 0.0 else y / x * out,
                None,
            )
        except _RAISED:
            pass
        return apply(POW, self, y)

    def __rpow__(self, other: float) -> Value:
        y = self.data
        if type(other) is not float:
            if not isinstance(other, Real):
                return NotImplemented
            other = real(other, "pow")
        x = other
        try:
            out = math.pow(x, y)
            return _node(
                out, POW, x, self, None, 0.0 if x == 0.0 and y >= 0.0 else out * math.log(x)
            )
        except _RAISED:
            pass
        return apply(POW, x, self)

    def abs(self) -> Value:
        """The absolute value of x."""
        return abs(self)

    def __abs__(self) -> Value:
        return abs(self)

    def maximum(self, other: Operand) -> Value:
        """The larger of x and y; nan if either is nan.

        out = x if x >= y else y if y > x else x + y
        ∂out/∂x = 0.0 if x < y else 1.0
        ∂out/∂y = 0.0 if x >= y else 1.0
        """
        x = self.data
        if type(other) is Value:
            y = other.data
            return _node(
                x if x >= y else y if y > x else x + y,
                MAXIMUM,
                self,
                other,
                0.0 if x < y else 1.0,
                0.0 if x >= y else 1.0,
            )
        y = other if type(other) is float else real(other, "maximum")
        return _node(
            x if x >= y else y if y > x else x + y, MAXIMUM, self, y, 0.0 if x < y else 1.0, None
        )

    def _rmaximum(self, other: float) -> Value:
        y = self.data
        x = other if type(other) is float else real(other, "maximum")
        return _node(
            x if x >= y else y if y > x else x + y, MAXIMUM, x, self, None, 0.0 if x >= y else 1.0
        )

    def minimum(self, other: Operand) -> Value:
        """The smaller of x and y; nan if either is nan.

        out = x if x <= y else y if y < x else x + y
        ∂out/∂x = 0.0 if x > y else 1.0
        ∂out/∂y = 0.0 if x <= y else 1.0
        """
        x = self.data
        if type(other) is Value:
            y = other.data
            return _node(
                x if x <= y else y if y < x else x + y,
                MINIMUM,
                self,
                other,
                0.0 if x > y else 1.0,
                0.0 if x <= y else 1.0,
            )
        y = other if type(other) is float else real(other, "minimum")
        return _node(
            x if x <= y else y if y < x else x + y, MINIMUM, self, y, 0.0 if x > y else 1.0, None
        )

    def _rminimum(self, other: float) -> Value:
        y = self.data
        x = other if type(other) is float else real(other, "minimum")
        return _node(
            x if x <= y else y if y < x else x + y, MINIMUM, x, self, None, 0.0 if x <= y else 1.0
        )

    def greater(self, other: Operand) -> Value:
        """1 where x is larger than y, else 0.

        out = 1.0 if x > y else 0.0
        ∂out/∂x = 0.0
        ∂out/∂y = 0.0
        """
        x = self.data
        if type(other) is Value:
            y = other.data
            return _node(1.0 if x > y else 0.0, GREATER, self, other, 0.0, 0.0)
        y = other if type(other) is float else real(other, "greater")
        return _node(1.0 if x > y else 0.0, GREATER, self, y, 0.0, None)

    def _rgreater(self, other: float) -> Value:
        y = self.data
        x = other if type(other) is float else real(other, "greater")
        return _node(1.0 if x > y else 0.0, GREATER, x, self, None, 0.0)

    def equal(self, other: Operand) -> Value:
        """1 where x and y are the same number, else 0.

        out = 1.0 if x == y else 0.0
        ∂out/∂x = 0.0
        ∂out/∂y = 0.0
        """
        x = self.data
        if type(other) is Value:
            y = other.data
            return _node(1.0 if x == y else 0.0, EQUAL, self, other, 0.0, 0.0)
        y = other if type(other) is float else real(other, "equal")
        return _node(1.0 if x == y else 0.0, EQUAL, self, y, 0.0, None)

    def _requal(self, other: float) -> Value:
        y = self.data
        x = other if type(other) is float else real(other, "equal")
        return _node(1.0 if x == y else 0.0, EQUAL, x, self, None, 0.0)

    def gate(self, other: Operand) -> Value:
        """x where y is not 0, else 0, whatever x is.

        out = x if y != 0.0 else 0.0
        ∂out/∂x = 1.0 if y != 0.0 else 0.0
        ∂out/∂y = 0.0
        """
        x = self.data
        if type(other) is Value:
            y = other.data
            return _node(x if y != 0.0 else 0.0, GATE, self, other, 1.0 if y != 0.0 else 0.0, 0.0)
        y = other if type(other) is float else real(other, "gate")
        return _node(x if y != 0.0 else 0.0, GATE, self, y, 1.0 if y != 0.0 else 0.0, None)

    def _rgate(self, other: float) -> Value:
        y = self.data
        x = other if type(other) is float else real(other, "gate")
        return _node(x if y != 0.0 else 0.0, GATE, x, self, None, 0.0)

    def exp(self) -> Value:
        """e to the power x."""
        return exp(self)

    def expm1(self) -> Value:
        """exp(x) - 1, accurate near 0."""
        return expm1(self)

    def log(self) -> Value:
        """The natural logarithm of x."""
        return log(self)

    def log1p(self) -> Value:
        """log(1 + x), accurate near 0."""
        return log1p(self)

    def sqrt(self) -> Value:
        """The square root of x."""
        return sqrt(self)

    def sin(self) -> Value:
        """The sine of x, in radians."""
        return sin(self)

    def cos(self) -> Value:
        """The cosine of x, in radians."""
        return cos(self)

    def tan(self) -> Value:
        """The tangent of x, in radians."""
        return tan(self)

    def asin(self) -> Value:
        """The angle in radians whose sine is x."""
        return asin(self)

    def acos(self) -> Value:
        """The angle in radians whose cosine is x."""
        return acos(self)

    def atan(self) -> Value:
        """The angle in radians whose tangent is x."""
        return atan(self)

    def sinh(self) -> Value:
        """The hyperbolic sine of x."""
        return sinh(self)

    def cosh(self) -> Value:
        """The hyperbolic cosine of x."""
        return cosh(self)

    def tanh(self) -> Value:
        """The hyperbolic tangent of x."""
        return tanh(self)

    def sigmoid(self) -> Value:
        """The logistic function 1 / (1 + exp(-x))."""
        return sigmoid(self)

    def relu(self) -> Value:
        """The rectifier: x where positive, else 0."""
        return relu(self)

    def softplus(self) -> Value:
        """log(1 + exp(x)), a smooth rectifier."""
        return softplus(self)

    def erf(self) -> Value:
        """The error function 2/√π ∫ exp(-t²) dt from 0 to x."""
        return erf(self)


# --- end of methods ---


def _node(
    data: float, op: Op, x: Operand, y: Operand | None, dx: float | None, dy: float | None
) -> Value:
    """The result of an operation: the one place where nodes are made."""
    out = _new(Value)
    out.data = data
    out.grad = NOT_COMPUTED
    out.op = op
    out.x = x
    out.y = y
    out.dx = dx
    out.dy = dy
    out.label = ""
    if modes.active:
        finish(out)
    return out


def apply(op: Op, x: Operand, y: Operand | None = None) -> Value:
    """Records any operation from its row alone: slower than the functions below, with their result.

    It takes over where Python's functions raise, and serves rows that are not in the table.

    Args:
        op: a row, of the table or of one's own.
        x: the first operand.
        y: the second; None if the operation has one.

    Raises:
        ArgumentError: the number of operands is not the row's.
        ExpressionError: an expression of the row is outside the grammar; it shows where.

    >>> cube = Op("cube", "³", "x to the third power.", "x * x * x", "3.0 * x * x")
    >>> x = Value(2.0)
    >>> y = apply(cube, x)
    >>> y.backward()
    >>> y.data, x.grad
    (8.0, 12.0)
    """
    if not isinstance(op, Op):
        raise ArgumentError(f"apply takes a row, such as OPS['mul'], not {op!r}")
    if OPS.get(op.name) is not op:
        check_own(op)
    if (y is None) != (op.arity == 1):
        given = 1 if y is None else 2
        raise ArgumentError(
            f"{op.name} is given {given} of {op.arity} operands",
            hint="a row has two operands if it has a dy",
        )
    a = x.data if isinstance(x, Value) else x
    b = y.data if isinstance(y, Value) else y
    data = ieee.value(op, a, b)
    dx, dy = ieee.partials(op, a, b, data)
    return _node(data, op, x, y, dx if type(x) is Value else None, dy if type(y) is Value else None)


def real(number: Any, what: str) -> float:
    """A real number or Value as a float.

    Args:
        number: an int, float, NumPy scalar, Fraction or Value.
        what: the name of the operation, for the message.

    Raises:
        TypeError: it is something else.
    """
    if isinstance(number, Real):
        try:
            return float(number)
        except OverflowError:  # an int beyond the largest float
            return -math.inf if number < 0 else math.inf
    if isinstance(number, Value):
        return float(number)
    hint = ""
    if isinstance(number, (list, tuple)) or hasattr(number, "shape"):
        hint = f"; for many numbers write [{what}(v) for v in values]"
    elif isinstance(number, str):
        hint = f"; convert it first, as in {what}(float(text))"
    raise TypeError(f"{what} takes a real number or a Value, not {type(number).__name__}{hint}")


# --- generated: functions ---


@overload
def add(x: Value, y: Operand) -> Value: ...


@overload
def add(x: float, y: Value) -> Value: ...


@overload
def add(x: float, y: float) -> float: ...
def add(x: Operand, y: Operand) -> Operand:
    """The sum of x and y.

    out = x + y
    ∂out/∂x = 1.0
    ∂out/∂y = 1.0
    """
    if type(x) is Value or type(y) is Value:
        return x + y
    if type(x) is not float:
        x = real(x, "add")
    if type(y) is not float:
        y = real(y, "add")
    return x + y


@overload
def sub(x: Value, y: Operand) -> Value: ...


@overload
def sub(x: float, y: Value) -> Value: ...


@overload
def sub(x: float, y: float) -> float: ...
def sub(x: Operand, y: Operand) -> Operand:
    """The difference of x and y.

    out = x - y
    ∂out/∂x = 1.0
    ∂out/∂y = -1.0
    """
    if type(x) is Value or type(y) is Value:
        return x - y
    if type(x) is not float:
        x = real(x, "sub")
    if type(y) is not float:
        y = real(y, "sub")
    return x - y


@overload
def mul(x: Value, y: Operand) -> Value: ...


@overload
def mul(x: float, y: Value) -> Value: ...


@overload
def mul(x: float, y: float) -> float: ...
def mul(x: Operand, y: Operand) -> Operand:
    """The product of x and y.

    out = x * y
    ∂out/∂x = y
    ∂out/∂y = x
    """
    if type(x) is Value or type(y) is Value:
        return x * y
    if type(x) is not float:
        x = real(x, "mul")
    if type(y) is not float:
        y = real(y, "mul")
    return x * y


@overload
def div(x: Value, y: Operand) -> Value: ...


@overload
def div(x: float, y: Value) -> Value: ...


@overload
def div(x: float, y: float) -> float: ...
def div(x: Operand, y: Operand) -> Operand:
    """The quotient of x and y.

    out = x / y
    ∂out/∂x = 1.0 / y
    ∂out/∂y = -out / y
    """
    if type(x) is Value or type(y) is Value:
        return x / y
    if type(x) is not float:
        x = real(x, "div")
    if type(y) is not float:
        y = real(y, "div")
    try:
        return x / y
    except _RAISED:
        return ieee.value(DIV, x, y)


@overload
def neg(x: Value) -> Value: ...


@overload
def neg(x: float) -> float: ...
def neg(x: Operand) -> Operand:
    """Minus x.

    out = -x
    ∂out/∂x = -1.0
    """
    if type(x) is Value:
        node, x = x, x.data
        return _node(-x, NEG, node, None, -1.0, None)
    if type(x) is not float:
        x = real(x, "neg")
    return -x


@overload
def pow(x: Value, y: Operand) -> Value: ...


@overload
def pow(x: float, y: Value) -> Value: ...


@overload
def pow(x: float, y: float) -> float: ...
def pow(x: Operand, y: Operand) -> Operand:
    """x to the power y; nan for a negative x with a fractional y.

    out = x ** y
    ∂out/∂x = y * x ** (y - 1.0) if y != 0.0 else 0.0 if x == 0.0 else y / x * out
    ∂out/∂y = 0.0 if x == 0.0 and y >= 0.0 else out * log(x)
    """
    if type(x) is Value or type(y) is Value:
        return x**y
    if type(x) is not float:
        x = real(x, "pow")
    if type(y) is not float:
        y = real(y, "pow")
    try:
        return math.pow(x, y)
    except _RAISED:
        return ieee.value(POW, x, y)


@overload
def abs(x: Value) -> Value: ...


@overload
def abs(x: float) -> float: ...
def abs(x: Operand) -> Operand:
    """The absolute value of x.

    out = abs(x)
    ∂out/∂x = 1.0 if x > 0.0 else -1.0 if x < 0.0 else 0.0
    """
    if type(x) is Value:
        node, x = x, x.data
        try:
            return _node(
                math.fabs(x), ABS, node, None, 1.0 if x > 0.0 else -1.0 if x < 0.0 else 0.0, None
            )
        except _RAISED:
            pass
        return apply(ABS, node)
    if type(x) is not float:
        x = real(x, "abs")
    try:
        return math.fabs(x)
    except _RAISED:
        return ieee.value(ABS, x)


@overload
def maximum(x: Value, y: Operand) -> Value: ...


@overload
def maximum(x: float, y: Value) -> Value: ...


@overload
def maximum(x: float, y: float) -> float: ...
def maximum(x: Operand, y: Operand) -> Operand:
    """The larger of x and y; nan if either is nan.

    out = x if x >= y else y if y > x else x + y
    ∂out/∂x = 0.0 if x < y else 1.0
    ∂out/∂y = 0.0 if x >= y else 1.0
    """
    if type(x) is Value:
        return x.maximum(y)
    if type(y) is Value:
        return y._rmaximum(x)
    if type(x) is not float:
        x = real(x, "maximum")
    if type(y) is not float:
        y = real(y, "maximum")
    return x if x >= y else y if y > x else x + y


@overload
def minimum(x: Value, y: Operand) -> Value: ...


@overload
def minimum(x: float, y: Value) -> Value: ...


@overload
def minimum(x: float, y: float) -> float: ...
def minimum(x: Operand, y: Operand) -> Operand:
    """The smaller of x and y; nan if either is nan.

    out = x if x <= y else y if y < x else x + y
    ∂out/∂x = 0.0 if x > y else 1.0
    ∂out/∂y = 0.0 if x <= y else 1.0
    """
    if type(x) is Value:
        return x.minimum(y)
    if type(y) is Value:
        return y._rminimum(x)
    if type(x) is not float:
        x = real(x, "minimum")
    if type(y) is not float:
        y = real(y, "minimum")
    return x if x <= y else y if y < x else x + y


@overload
def greater(x: Value, y: Operand) -> Value: ...


@overload
def greater(x: float, y: Value) -> Value: ...


@overload
def greater(x: float, y: float) -> float: ...
def greater(x: Operand, y: Operand) -> Operand:
    """1 where x is larger than y, else 0.

    out = 1.0 if x > y else 0.0
    ∂out/∂x = 0.0
    ∂out/∂y = 0.0
    """
    if type(x) is Value:
        return x.greater(y)
    if type(y) is Value:
        return y._rgreater(x)
    if type(x) is not float:
        x = real(x, "greater")
    if type(y) is not float:
        y = real(y, "greater")
    return 1.0 if x > y else 0.0


@overload
def equal(x: Value, y: Operand) -> Value: ...


@overload
def equal(x: float, y: Value) -> Value: ...


@overload
def equal(x: float, y: float) -> float: ...
def equal(x: Operand, y: Operand) -> Operand:
    """1 where x and y are the same number, else 0.

    out = 1.0 if x == y else 0.0
    ∂out/∂x = 0.0
    ∂out/∂y = 0.0
    """
    if type(x) is Value:
        return x.equal(y)
    if type(y) is Value:
        return y._requal(x)
    if type(x) is not float:
        x = real(x, "equal")
    if type(y) is not float:
        y = real(y, "equal")
    return 1.0 if x == y else 0.0


@overload
def gate(x: Value, y: Operand) -> Value: ...


@overload
def gate(x: float, y: Value) -> Value: ...


@overload
def gate(x: float, y: float) -> float: ...
def gate(x: Operand, y: Operand) -> Operand:
    """x where y is not 0, else 0, whatever x is.

    out = x if y != 0.0 else 0.0
    ∂out/∂x = 1.0 if y != 0.0 else 0.0
    ∂out/∂y = 0.0
    """
    if type(x) is Value:
        return x.gate(y)
    if type(y) is Value:
        return y._rgate(x)
    if type(x) is not float:
        x = real(x, "gate")
    if type(y) is not float:
        y = real(y, "gate")
    return x if y != 0.0 else 0.0


@overload
def exp(x: Value) -> Value: ...


@overload
def exp(x: float) -> float: ...
def exp(x: Operand) -> Operand:
    """e to the power x.

    out = exp(x)
    ∂out/∂x = out
    """
    if type(x) is Value:
        node, x = x, x.data
        try:
            out = math.exp(x)
            return _node(out, EXP, node, None, out, None)
        except _RAISED:
            pass
        return apply(EXP, node)
    if type(x) is not float:
        x = real(x, "exp")
    try:
        return math.exp(x)
    except _RAISED:
        return ieee.value(EXP, x)


@overload
def expm1(x: Value) -> Value: ...


@overload
def expm1(x: float) -> float: ...
def expm1(x: Operand) -> Operand:
    """exp(x) - 1, accurate near 0.

    out = expm1(x)
    ∂out/∂x = exp(x)
    """
    if type(x) is Value:
        node, x = x, x.data
        try:
            return _node(math.expm1(x), EXPM1, node, None, math.exp(x), None)
        except _RAISED:
            pass
        return apply(EXPM1, node)
    if type(x) is not float:
        x = real(x, "expm1")
    try:
        return math.expm1(x)
    except _RAISED:
        return ieee.value(EXPM1, x)


@overload
def log(x: Value) -> Value: ...


@overload
def log(x: float) -> float: ...
def log(x: Operand) -> Operand:
    """The natural logarithm of x.

    out = log(x)
    ∂out/∂x = 1.0 / x
    """
    if type(x) is Value:
        node, x = x, x.data
        try:
            return _node(math.log(x), LOG, node, None, 1.0 / x, None)
        except _RAISED:
            pass
        return apply(LOG, node)
    if type(x) is not float:
        x = real(x, "log")
    try:
        return math.log(x)
    except _RAISED:
        return ieee.value(LOG, x)


@overload
def log1p(x: Value) -> Value: ...


@overload
def log1p(x: float) -> float: ...
def log1p(x: Operand) -> Operand:
    """log(1 + x), accurate near 0.

    out = log1p(x)
    ∂out/∂x = 1.0 / (1.0 + x)
    """
    if type(x) is Value:
        node, x = x, x.data
        try:
            return _node(math.log1p(x), LOG1P, node, None, 1.0 / (1.0 + x), None)
        except _RAISED:
            pass
        return apply(LOG1P, node)
    if type(x) is not float:
        x = real(x, "log1p")
    try:
        return math.log1p(x)
    except _RAISED:
        return ieee.value(LOG1P, x)


@overload
def sqrt(x: Value) -> Value: ...


@overload
def sqrt(x: float) -> float: ...
def sqrt(x: Operand) -> Operand:
    """The square root of x.

    out = sqrt(x)
    ∂out/∂x = 0.5 / out
    """
    if type(x) is Value:
        node, x = x, x.data
        try:
            out = math.sqrt(x)
            return _node(out, SQRT, node, None, 0.5 / out, None)
        except _RAISED:
            pass
        return apply(SQRT, node)
    if type(x) is not float:
        x = real(x, "sqrt")
    try:
        return math.sqrt(x)
    except _RAISED:
        return ieee.value(SQRT, x)


@overload
def sin(x: Value) -> Value: ...


@overload
def sin(x: float) -> float: ...
def sin(x: Operand) -> Operand:
    """The sine of x, in radians.

    out = sin(x)
    ∂out/∂x = cos(x)
    """
    if type(x) is Value:
        node, x = x, x.data
        try:
            return _node(math.sin(x), SIN, node, None, math.cos(x), None)
        except _RAISED:
            pass
        return apply(SIN, node)
    if type(x) is not float:
        x = real(x, "sin")
    try:
        return math.sin(x)
    except _RAISED:
        return ieee.value(SIN, x)


@overload
def cos(x: Value) -> Value: ...


@overload
def cos(x: float) -> float: ...
def cos(x: Operand) -> Operand:
    """The cosine of x, in radians.

    out = cos(x)
    ∂out/∂x = -sin(x)
    """
    if type(x) is Value:
        node, x = x, x.data
        try:
            return _node(math.cos(x), COS, node, None, -math.sin(x), None)
        except _RAISED:
            pass
        return apply(COS, node)
    if type(x) is not float:
        x = real(x, "cos")
    try:
        return math.cos(x)
    except _RAISED:
        return ieee.value(COS, x)


@overload
def tan(x: Value) -> Value: ...


@overload
def tan(x: float) -> float: ...
def tan(x: Operand) -> Operand:
    """The tangent of x, in radians.

    out = tan(x)
    ∂out/∂x = 1.0 + out * out
    """
    if type(x) is Value:
        node, x = x, x.data
        try:
            out = math.tan(x)
            return _node(out, TAN, node, None, 1.0 + out * out, None)
        except _RAISED:
            pass
        return apply(TAN, node)
    if type(x) is not float:
        x = real(x, "tan")
    try:
        return math.tan(x)
    except _RAISED:
        return ieee.value(TAN, x)


@overload
def asin(x: Value) -> Value: ...


@overload
def asin(x: float) -> float: ...
def asin(x: Operand) -> Operand:
    """The angle in radians whose sine is x.

    out = asin(x)
    ∂out/∂x = 1.0 / sqrt((1.0 - x) * (1.0 + x))
    """
    if type(x) is Value:
        node, x = x, x.data
        try:
            return _node(
                math.asin(x), ASIN, node, None, 1.0 / math.sqrt((1.0 - x) * (1.0 + x)), None
            )
        except _RAISED:
            pass
        return apply(ASIN, node)
    if type(x) is not float:
        x = real(x, "asin")
    try:
        return math.asin(x)
    except _RAISED:
        return ieee.value(ASIN, x)


@overload
def acos(x: Value) -> Value: ...


@overload
def acos(x: float) -> float: ...
def acos(x: Operand) -> Operand:
    """The angle in radians whose cosine is x.

    out = acos(x)
    ∂out/∂x = -1.0 / sqrt((1.0 - x) * (1.0 + x))
    """
    if type(x) is Value:
        node, x = x, x.data
        try:
            return _node(
                math.acos(x), ACOS, node, None, -1.0 / math.sqrt((1.0 - x) * (1.0 + x)), None
            )
        except _RAISED:
            pass
        return apply(ACOS, node)
    if type(x) is not float:
        x = real(x, "acos")
    try:
        return math.acos(x)
    except _RAISED:
        return ieee.value(ACOS, x)


@overload
def atan(x: Value) -> Value: ...


@overload
def atan(x: float) -> float: ...
def atan(x: Operand) -> Operand:
    """The angle in radians whose tangent is x.

    out = atan(x)
    ∂out/∂x = 1.0 / (1.0 + x * x)
    """
    if type(x) is Value:
        node, x = x, x.data
        try:
            return _node(math.atan(x), ATAN, node, None, 1.0 / (1.0 + x * x), None)
        except _RAISED:
            pass
        return apply(ATAN, node)
    if type(x) is not float:
        x = real(x, "atan")
    try:
        return math.atan(x)
    except _RAISED:
        return ieee.value(ATAN, x)


@overload
def sinh(x: Value) -> Value: ...


@overload
def sinh(x: float) -> float: ...
def sinh(x: Operand) -> Operand:
    """The hyperbolic sine of x.

    out = sinh(x)
    ∂out/∂x = cosh(x)
    """
    if type(x) is Value:
        node, x = x, x.data
        try:
            return _node(math.sinh(x), SINH, node, None, math.cosh(x), None)
        except _RAISED:
            pass
        return apply(SINH, node)
    if type(x) is not float:
        x = real(x, "sinh")
    try:
        return math.sinh(x)
    except _RAISED:
        return ieee.value(SINH, x)


@overload
def cosh(x: Value) -> Value: ...


@overload
def cosh(x: float) -> float: ...
def cosh(x: Operand) -> Operand:
    """The hyperbolic cosine of x.

    out = cosh(x)
    ∂out/∂x = sinh(x)
    """
    if type(x) is Value:
        node, x = x, x.data
        try:
            return _node(math.cosh(x), COSH, node, None, math.sinh(x), None)
        except _RAISED:
            pass
        return apply(COSH, node)
    if type(x) is not float:
        x = real(x, "cosh")
    try:
        return math.cosh(x)
    except _RAISED:
        return ieee.value(COSH, x)


@overload
def tanh(x: Value) -> Value: ...


@overload
def tanh(x: float) -> float: ...
def tanh(x: Operand) -> Operand:
    """The hyperbolic tangent of x.

    out = tanh(x)
    ∂out/∂x = 1.0 - out * out
    """
    if type(x) is Value:
        node, x = x, x.data
        try:
            out = math.tanh(x)
            return _node(out, TANH, node, None, 1.0 - out * out, None)
        except _RAISED:
            pass
        return apply(TANH, node)
    if type(x) is not float:
        x = real(x, "tanh")
    try:
        return math.tanh(x)
    except _RAISED:
        return ieee.value(TANH, x)


@overload
def sigmoid(x: Value) -> Value: ...


@overload
def sigmoid(x: float) -> float: ...
def sigmoid(x: Operand) -> Operand:
    """The logistic function 1 / (1 + exp(-x)).

    out = 1.0 / (1.0 + exp(-x)) if x >= 0.0 else exp(x) / (1.0 + exp(x))
    ∂out/∂x = out * (1.0 - out)
    """
    if type(x) is Value:
        node, x = x, x.data
        try:
            out = 1.0 / (1.0 + math.exp(-x)) if x >= 0.0 else math.exp(x) / (1.0 + math.exp(x))
            return _node(out, SIGMOID, node, None, out * (1.0 - out), None)
        except _RAISED:
            pass
        return apply(SIGMOID, node)
    if type(x) is not float:
        x = real(x, "sigmoid")
    try:
        return 1.0 / (1.0 + math.exp(-x)) if x >= 0.0 else math.exp(x) / (1.0 + math.exp(x))
    except _RAISED:
        return ieee.value(SIGMOID, x)


@overload
def relu(x: Value) -> Value: ...


@overload
def relu(x: float) -> float: ...
def relu(x: Operand) -> Operand:
    """The rectifier: x where positive, else 0.

    out = 0.0 if x <= 0.0 else x
    ∂out/∂x = 0.0 if x <= 0.0 else 1.0
    """
    if type(x) is Value:
        node, x = x, x.data
        return _node(0.0 if x <= 0.0 else x, RELU, node, None, 0.0 if x <= 0.0 else 1.0, None)
    if type(x) is not float:
        x = real(x, "relu")
    return 0.0 if x <= 0.0 else x


@overload
def softplus(x: Value) -> Value: ...


@overload
def softplus(x: float) -> float: ...
def softplus(x: Operand) -> Operand:
    """log(1 + exp(x)), a smooth rectifier.

    out = x + log1p(exp(-x)) if x > 0.0 else log1p(exp(x))
    ∂out/∂x = sigmoid(x)
    """
    if type(x) is Value:
        node, x = x, x.data
        try:
            return _node(
                x + math.log1p(math.exp(-x)) if x > 0.0 else math.log1p(math.exp(x)),
                SOFTPLUS,
                node,
                None,
                sigmoid(x),
                None,
            )
        except _RAISED:
            pass
        return apply(SOFTPLUS, node)
    if type(x) is not float:
        x = real(x, "softplus")
    try:
        return x + math.log1p(math.exp(-x)) if x > 0.0 else math.log1p(math.exp(x))
    except _RAISED:
        return ieee.value(SOFTPLUS, x)


@overload
def erf(x: Value) -> Value: ...


@overload
def erf(x: float) -> float: ...
def erf(x: Operand) -> Operand:
    """The error function 2/√π ∫ exp(-t²) dt from 0 to x.

    out = erf(x)
    ∂out/∂x = 1.1283791670955126 * exp(-(x * x))
    """
    if type(x) is Value:
        node, x = x, x.data
        try:
            return _node(
                math.erf(x), ERF, node, None, 1.1283791670955126 * math.exp(-(x * x)), None
            )
        except _RAISED:
            pass
        return apply(ERF, node)
    if type(x) is not float:
        x = real(x, "erf")
    try:
        return math.erf(x)
    except _RAISED:
        return ieee.value(ERF, x)


Value.functions = {
    "primal": float,
    "add": add,
    "sub": sub,
    "mul": mul,
    "div": div,
    "neg": neg,
    "pow": pow,
    "abs": abs,
    "maximum": maximum,
    "minimum": minimum,
    "greater": greater,
    "equal": equal,
    "gate": gate,
    "exp": exp,
    "expm1": expm1,
    "log": log,
    "log1p": log1p,
    "sqrt": sqrt,
    "sin": sin,
    "cos": cos,
    "tan": tan,
    "asin": asin,
    "acos": acos,
    "atan": atan,
    "sinh": sinh,
    "cosh": cosh,
    "tanh": tanh,
    "sigmoid": sigmoid,
    "relu": relu,
    "softplus": softplus,
    "erf": erf,
}

# --- end of functions ---
