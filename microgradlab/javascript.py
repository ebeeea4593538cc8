"""The table's expressions as JavaScript, for pages that compute a graph again. Floor 2.

A page or widget carries the rows that its graph needs, generated here from their syntax trees, and
computes with them what Python would. The functions that Python's math module has, and that no row
can express, are in `drawing/assets/primitives.js`.
"""

from __future__ import annotations

import ast
import json
import math
from collections.abc import Iterable, Sequence

from microgradlab.branches import selector
from microgradlab.expressions import calls_in, tree_of
from microgradlab.infix import SYMBOLS, Infix
from microgradlab.ops import OPS, PRIMITIVES, Op

_SYMBOLS = {**SYMBOLS, ast.Eq: "===", ast.NotEq: "!=="}


class _JavaScript(Infix):
    def literal(self, number: float) -> str:
        return "Infinity" if number == math.inf else repr(number)  # of 1e999

    def call(self, name: str, arguments: Sequence[str]) -> str:
        function = f"PRIMITIVES.{name}" if name in PRIMITIVES else f"OPERATIONS.{name}.value"
        return super().call(function, arguments)


def expression(source: str) -> str:
    """An expression of the table as JavaScript over x, y and out.

    Args:
        source: an expression that `expressions.parse` has accepted.

    >>> expression("0.0 if x <= 0.0 else x")
    'x <= 0.0 ? 0.0 : x'
    >>> expression("y * x ** (y - 1.0) + sigmoid(x)")
    '(y * PRIMITIVES.pow(x, y - 1.0)) + OPERATIONS.sigmoid.value(x)'
    """
    return _JavaScript(_SYMBOLS).whole(tree_of(source))


def operations(ops: Iterable[Op]) -> str:
    """JavaScript that defines `OPERATIONS`: for each operation its value and its derivatives.

    A function `kink` is there where the derivative is a convention at some operands, and `dxBranch`
    or `dyBranch`, the number of the branch that holds, where the derivative has several. Rows that
    the given ones call are defined as well.

    Args:
        ops: rows of the table, or of one's own.

    >>> from microgradlab.ops import OPS
    >>> print(operations([OPS["mul"]]))
    const OPERATIONS = {
      mul: {
        value: (x, y, out) => x * y,
        dx: (x, y, out) => y,
        dy: (x, y, out) => x,
      },
    };
    """
    rows = "".join(_row(key, op) for op, key in keys(_with_callees(ops)).items())
    return f"const OPERATIONS = {{\n{rows}}};"


def keys(ops: Iterable[Op]) -> dict[Op, str]:
    """What each operation is called in `OPERATIONS`: its name.

    A row of one's own gets a number where its name is another row's.

    >>> from microgradlab.ops import OPS
    >>> own = Op("mul", "*", "Not the table's.", "x * y", "y", "x")
    >>> list(keys([OPS["mul"], own]).values())
    ['mul', 'mul (2)']
    """
    named: dict[Op, str] = {}
    taken = set(OPS)
    for op in ops:
        if op not in named:
            key = op.name
            copy = 2
            while key in taken and OPS.get(key) is not op:
                key = f"{op.name} ({copy})"
                copy += 1
            taken.add(key)
            named[op] = key
    return named


def json_number(number: float | None) -> float | str | None:
    """A number as JSON can hold it: nan and the infinities are words.

    >>> json_number(0.5), json_number(float("-inf")), json_number(None)
    (0.5, '-inf', None)
    """
    return number if number is None or math.isfinite(number) else repr(number)


def _with_callees(ops: Iterable[Op]) -> list[Op]:
    """The rows, and the rows that their expressions call, and so on."""
    found = list(dict.fromkeys(ops))
    for op in found:  # which grows on the way
        for source in (op.value, op.dx, op.dy, op.kink):
            callees = (OPS[name] for name in calls_in(source or "x") if name not in PRIMITIVES)
            found.extend(callee for callee in callees if callee not in found)
    return found


def _row(key: str, op: Op) -> str:
    columns = {"value": op.value, "dx": op.dx, "dy": op.dy, "kink": op.kink}
    columns["dxBranch"], columns["dyBranch"] = (
        selector(source or "x") for source in (op.dx, op.dy)
    )
    lines = "".join(
        f"    {column}: (x, y, out) => {expression(source)},\n"
        for column, source in columns.items()
        if source is not None
    )
    # In brackets even "__proto__" is a key like any other; the rows may stand in a page's script.
    text = key if key in OPS else f"[{json.dumps(key)}]".replace("<", "\\u003c")
    return f"  {text}: {{\n{lines}  }},\n"
