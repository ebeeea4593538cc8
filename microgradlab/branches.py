"""The branches of the table's conditional expressions, and which of them holds. Floor 2."""

from __future__ import annotations

import ast
from dataclasses import dataclass
from functools import lru_cache

from microgradlab.expressions import tree_of

_OPPOSITES: tuple[tuple[type[ast.cmpop], type[ast.cmpop]], ...] = (
    (ast.Eq, ast.NotEq),
    (ast.NotEq, ast.Eq),
)  # of numbers that may be nan only these: "not x <= 0.0" is more than "x > 0.0"


@dataclass(frozen=True, slots=True)
class Branch:
    """What an expression is under a condition.

    Attributes:
        value: an expression without a condition around it.
        condition: when it holds, in words such as " where x > 0.0"; "" if always.
    """

    value: str
    condition: str


@lru_cache(maxsize=1024)
def branches(source: str) -> tuple[Branch, ...]:
    """The branches of an expression, in the order in which their conditions are tried.

    Args:
        source: an expression that `expressions.parse` has accepted.

    >>> for branch in branches("0.0 if x <= 0.0 else 1.0"):
    ...     print(branch.value + branch.condition)
    0.0 where x <= 0.0
    1.0 unless x <= 0.0
    """
    tree, failed, found = tree_of(source), list[ast.expr](), list[Branch]()
    while isinstance(tree, ast.IfExp):
        found.append(Branch(ast.unparse(tree.body), _condition(failed, tree.test)))
        failed.append(tree.test)
        tree = tree.orelse
    return (*found, Branch(ast.unparse(tree), _condition(failed, None)))


@lru_cache(maxsize=1024)
def selector(source: str) -> str | None:
    """The expression of the number of the branch that holds; None where there is only one.

    >>> selector("1.0 if x > 0.0 else -1.0 if x < 0.0 else 0.0")
    '0.0 if x > 0.0 else 1.0 if x < 0.0 else 2.0'
    """
    tree = top = tree_of(source)
    number = 0.0
    while isinstance(tree, ast.IfExp):
        tree.body = ast.Constant(number)
        number += 1.0
        if not isinstance(tree.orelse, ast.IfExp):
            tree.orelse = ast.Constant(number)
        tree = tree.orelse
    return ast.unparse(top) if number else None


def _condition(failed: list[ast.expr], held: ast.expr | None) -> str:
    where, unless = [], []
    for test in failed:
        opposite = _opposite(test)
        if opposite is not None:
            where.append(opposite)
        elif not _exclude(test, held):
            unless.append(ast.unparse(test))
    if held is not None:
        where.append(ast.unparse(held))
    return (f" where {' and '.join(where)}" if where else "") + (
        f" unless {' or '.join(unless)}" if unless else ""
    )


def _opposite(test: ast.expr) -> str | None:
    if isinstance(test, ast.Compare) and len(test.ops) == 1:
        for operator, opposite in _OPPOSITES:
            if isinstance(test.ops[0], operator):
                return ast.unparse(ast.Compare(test.left, [opposite()], test.comparators))
    return None


def _exclude(test: ast.expr, held: ast.expr | None) -> bool:
    """Whether the one is a > b and the other a < b: where one holds, the other need not be said."""
    if not (isinstance(test, ast.Compare) and isinstance(held, ast.Compare)):
        return False
    sides = [list(map(ast.dump, (each.left, *each.comparators))) for each in (test, held)]
    signs = {type(sign) for each in (test, held) for sign in each.ops}
    return len(test.ops) == 1 and sides[0] == sides[1] and signs == {ast.Lt, ast.Gt}
