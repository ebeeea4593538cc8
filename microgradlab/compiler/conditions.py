"""The rows of the table that conditional expressions stand for, such as relu and relu′. Floor 4."""

from __future__ import annotations

import ast
import re
from dataclasses import dataclass

from microgradlab.expressions import OPERANDS, tree_of
from microgradlab.ops import TABLE, Op

_OPERAND = re.compile(rf"\b({'|'.join(OPERANDS)})\b")


@dataclass(frozen=True, slots=True)
class Condition:
    """A column of a row that a conditional expression is.

    Attributes:
        op: the row.
        column: "value", "dx" or "dy".
        operands: what the expression calls those of x, y and out that the column reads.
    """

    op: Op
    column: str
    operands: dict[str, str]


def condition(tree: ast.IfExp) -> Condition | None:
    """The first column of the table that is this expression, whatever its operands are called.

    >>> tree = tree_of("0.0 if y <= 0.0 else y")
    >>> assert isinstance(tree, ast.IfExp)
    >>> condition(tree)
    Condition(op=Op(relu), column='value', operands={'x': 'y'})
    """
    form, names = _form(tree)
    if form not in _COLUMNS:
        return None
    op, column, roles = _COLUMNS[form]
    return Condition(op, column, dict(sorted(zip(roles, names, strict=True), key=_in_order)))


def _in_order(pair: tuple[str, str]) -> int:
    return OPERANDS.index(pair[0])


def _form(tree: ast.expr) -> tuple[str, tuple[str, ...]]:
    """An expression without the names of its operands, and those names."""
    text = ast.unparse(tree)
    names = tuple(dict.fromkeys(_OPERAND.findall(text)))
    return _OPERAND.sub(lambda match: f"operand {names.index(match[0])}", text), names


def _columns() -> dict[str, tuple[Op, str, tuple[str, ...]]]:
    """The columns that hold a condition, by their form; values before derivatives."""
    found: dict[str, tuple[Op, str, tuple[str, ...]]] = {}
    for column in ("value", "dx", "dy"):
        for op in TABLE:
            source = getattr(op, column)
            if source is not None and " if " in source:
                form, roles = _form(tree_of(source))
                found.setdefault(form, (op, column, roles))
    return found


_COLUMNS = _columns()
