"""Writes value.py from the table: `python -m microgradlab.codegen`. A tool for developers. Floor 2.

The generated file is kept in the repository, so that readers, editors and type checkers see every
operation and importing it costs nothing; a test compares it with the table.
"""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path
from textwrap import indent

from microgradlab import ops
from microgradlab.expressions import can_raise, float_code, names_in
from microgradlab.ops import TABLE, Op

TARGET = Path(__file__).with_name("value.py")

OPERATORS = {
    "add": "add",
    "sub": "sub",
    "mul": "mul",
    "div": "truediv",
    "pow": "pow",
    "neg": "neg",
    "abs": "abs",
}
"""The operations that Python has an operator for: table name -> name between underscores."""

PRIMITIVES = {name: f"math.{name}" for name in ops.PRIMITIVES} | {"abs": "math.fabs"}
"""The operations that Python's math module has, as code."""

HEADER = '''\
"""The Value: a number that records how it was made. Floor 2.

Generated from the table in ops.py by `python -m microgradlab.codegen`: edit the table or the
generator, not this file. Each operation computes its result and its local derivatives with plain
floats, in the table's expressions; where Python raises, `apply` gives the IEEE result instead.
"""

from __future__ import annotations

import math
from numbers import Real
from typing import Any, TypeAlias, final, overload

from microgradlab import ieee, modes
from microgradlab.engine import NOT_COMPUTED, Node, finish
from microgradlab.ops import OPS, Op

Operand: TypeAlias = "Value | float"

_RAISED = (ZeroDivisionError, OverflowError, ValueError)  # what Python's float functions raise
_new = object.__new__


@final
class Value(Node):
    """A number in a computation: leaf, or result of an operation on other Values.

    Operators, methods and the functions of this module record a graph; `backward()` on the result
    fills in `grad` on everything it was made from. `<` and `>=` compare the numbers, but `==` tells
    whether it is the same Value, so that Values can be keys: compare `.data` for equal numbers.

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
'''

HELPERS = '''

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

    >>> cube = Op("cube", "³", "x to the third power.", "x * x * x", "3.0 * x * x")
    >>> x = Value(2.0)
    >>> y = apply(cube, x)
    >>> y.backward()
    >>> y.data, x.grad
    (8.0, 12.0)
    """
    a = x.data if isinstance(x, Value) else x
    b = y.data if isinstance(y, Value) else y
    data = ieee.value(op, a, b)
    dx, dy = ieee.partials(op, a, b, data)
    return _node(
        data, op, x, y, dx if type(x) is Value else None, dy if type(y) is Value else None
    )


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
        return number.data
    hint = ""
    if isinstance(number, (list, tuple)) or hasattr(number, "shape"):
        hint = f"; for many numbers write [{what}(v) for v in values]"
    elif isinstance(number, str):
        hint = f"; convert it first, as in {what}(float(text))"
    raise TypeError(f"{what} takes a real number or a Value, not {type(number).__name__}{hint}")

'''


def source() -> str:
    """The text of value.py, not yet formatted."""
    rows = "\n".join(f'{op.name.upper()} = OPS["{op.name}"]' for op in TABLE)
    header = HEADER.replace("@final", f"{rows}\n\n\n@final", 1)
    methods = "".join(_unary_methods(op) if op.arity == 1 else _binary_methods(op) for op in TABLE)
    functions = "".join(_function(op) for op in TABLE)
    names = ", ".join(f'"{op.name}": {op.name}' for op in TABLE)
    registry = f'\n\nValue.functions = {{"primal": float, {names}}}\n'
    return header + indent(methods, "    ") + HELPERS + functions + registry


def formatted() -> str:
    """The text of value.py as ruff formats it."""
    run = subprocess.run(
        [sys.executable, "-m", "ruff", "format", "--stdin-filename", str(TARGET), "-"],
        input=source(),
        capture_output=True,
        text=True,
        check=True,
    )
    return run.stdout


def _unary_methods(op: Op) -> str:
    text = f'''
def {op.name}(self) -> Value:
    """{op.summary}"""
    return {op.name}(self)
'''
    if op.name in OPERATORS:
        text += f"""
def __{OPERATORS[op.name]}__(self) -> Value:
    return {op.name}(self)
"""
    return text


def _binary_methods(op: Op) -> str:
    """The method for a Value on the left, and the reflected one for a constant on the left."""
    constant = f'    {{0}} = other if type(other) is float else real(other, "{op.name}")'
    if op.name in OPERATORS:  # a foreign operand is left to its own type
        constant = f"""\
    if type(other) is not float:
        if not isinstance(other, Real):
            return NotImplemented
        other = real(other, "{op.name}")
    {{0}} = other"""
    forward, reflected = _method_names(op)
    return f"""
def {forward}(self, other: Operand) -> Value:
{indent(_docstring(op), "    ")}
    x = self.data
    if type(other) is Value:
        y = other.data
{indent(_result(op, "self", "other"), "        ")}
{constant.format("y")}
{indent(_result(op, "self", "y"), "    ")}

def {reflected}(self, other: float) -> Value:
    y = self.data
{constant.format("x")}
{indent(_result(op, "x", "self"), "    ")}
"""


def _function(op: Op) -> str:
    """The module's function: of Values, which records, or of floats, which only computes."""
    if op.arity == 1:
        overloads = [("x: Value", "Value"), ("x: float", "float")]
        recorded = f"""
if type(x) is Value:
    node, x = x, x.data
{indent(_result(op, "node", "None"), "    ")}"""
    else:
        overloads = [
            ("x: Value, y: Operand", "Value"),
            ("x: float, y: Value", "Value"),
            ("x: float, y: float", "float"),
        ]
        recorded = f"""
if type(x) is Value:
    return x.{op.name}(y)
if type(y) is Value:
    return y._r{op.name}(x)"""
        if op.name in OPERATORS:  # so that Python refuses a foreign operand
            recorded = f"""
if type(x) is Value or type(y) is Value:
    return {op.value}"""
    operands = ("x", "y")[: op.arity]
    computed = f"return {float_code(op.value, PRIMITIVES)}"
    if can_raise(op.value):
        careful = f"return ieee.value({op.name.upper()}, {', '.join(operands)})"
        computed = f"try:\n    {computed}\nexcept _RAISED:\n    {careful}"
    declared = "".join(
        f"\n\n@overload\ndef {op.name}({given}) -> {result}: ...\n" for given, result in overloads
    )
    body = "\n".join(
        [
            _docstring(op) + recorded,
            *(f"if type({v}) is not float:\n    {v} = real({v}, '{op.name}')" for v in operands),
            computed,
        ]
    )
    signature = ", ".join(f"{v}: Operand" for v in operands)
    return f"{declared}def {op.name}({signature}) -> Operand:\n{indent(body, '    ')}\n\n"


def _method_names(op: Op) -> tuple[str, str]:
    if op.name in OPERATORS:
        return f"__{OPERATORS[op.name]}__", f"__r{OPERATORS[op.name]}__"
    return op.name, f"_r{op.name}"


def _docstring(op: Op) -> str:
    rules = [f"out = {op.value}", f"∂out/∂x = {op.dx}", *([f"∂out/∂y = {op.dy}"] if op.dy else [])]
    return f'"""{op.summary}\n\n' + "\n".join(rules) + '\n"""'


def _result(op: Op, x: str, y: str) -> str:
    """Statements that compute the operation from the floats x and y and return its node.

    Args:
        op: the row.
        x: the operand as the node keeps it: "x" for a constant, else the name of a Value, which
            gets a local derivative.
        y: likewise.
    """
    value = float_code(op.value, PRIMITIVES)
    dx = "None" if x == "x" else float_code(op.dx, PRIMITIVES)
    dy = "None" if op.dy is None or y == "y" else float_code(op.dy, PRIMITIVES)
    row = op.name.upper()
    shared = ""
    if "out" in names_in(dx) | names_in(dy):
        shared, value = f"out = {value}\n", "out"
    statements = f"{shared}return _node({value}, {row}, {x}, {y}, {dx}, {dy})"
    if not any(can_raise(code) for code in (op.value, dx, dy)):
        return statements
    # Outside of the handler, so that an error of detect_anomaly() comes without another before it.
    careful = f"return apply({row}, {x if op.arity == 1 else f'{x}, {y}'})"
    return f"try:\n{indent(statements, '    ')}\nexcept _RAISED:\n    pass\n{careful}"


if __name__ == "__main__":
    TARGET.write_text(formatted(), encoding="utf-8")
    print(f"wrote {TARGET.name}")
