"""Writes the operations in value.py from the table: `python -m microgradlab.codegen`. Floor 2.

What it writes, between marks, is kept in the repository, so that readers, editors and type checkers
see every operation and importing it costs nothing; a test compares it with the table.
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


def source() -> str:
    """The text of value.py with its generated parts made anew, not yet formatted."""
    methods = "".join(_unary_methods(op) if op.arity == 1 else _binary_methods(op) for op in TABLE)
    names = ", ".join(f'"{op.name}": {op.name}' for op in TABLE)
    parts = {
        "rows": "\n".join(f'{op.name.upper()} = OPS["{op.name}"]' for op in TABLE),
        "methods": indent(methods, "    "),
        "functions": "".join(_function(op) for op in TABLE)
        + f'\n\nValue.functions = {{"primal": float, {names}}}\n',
    }
    text = TARGET.read_text(encoding="utf-8")
    for name, code in parts.items():
        begin, end = f"# --- generated: {name} ---\n", f"# --- end of {name} ---"
        before, _, rest = text.partition(begin)
        _, found, after = rest.partition(end)
        if not found:
            raise SystemExit(f"{TARGET.name} has lost the marks of its generated {name}")
        text = f"{before}{begin}{code}\n{end}{after}"
    return text


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
