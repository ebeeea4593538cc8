"""The closed grammar of the table's expressions: parsed, checked, rewritten, compiled. Floor 1.

An expression may hold arithmetic (`+ - * / **`), comparisons, conditionals, numbers, the names it
is given, and calls of functions it is given. Anything else is refused, with a caret under it.
"""

from __future__ import annotations

import ast
from collections.abc import Callable, Iterable, Mapping
from typing import Any

OPERANDS = ("x", "y", "out")

_OPERATORS = (ast.Add, ast.Sub, ast.Mult, ast.Div, ast.Pow, ast.USub, ast.And)
_COMPARISONS = (ast.Lt, ast.LtE, ast.Gt, ast.GtE, ast.Eq, ast.NotEq)
_FORMS = (ast.BinOp, ast.UnaryOp, ast.BoolOp, ast.Compare, ast.IfExp)
_ALLOWED = (*_FORMS, *_OPERATORS, *_COMPARISONS)
_SYMBOLS = (ast.operator, ast.unaryop, ast.boolop, ast.cmpop)  # tokens without a place of their own
_AROUND = 34  # characters on either side of a caret, so that they fit a line of a terminal


class ExpressionError(ValueError):
    """An expression is outside the grammar; the message shows where."""


def parse(
    source: str,
    *,
    names: Iterable[str],
    functions: Mapping[str, int],
    where: str,
    condition: bool = False,
) -> ast.expr:
    """Parses an expression and refuses what the grammar does not hold.

    Args:
        source: the expression, such as `"1.0 - out * out"`.
        names: the variables it may use.
        functions: the functions it may call, each with its number of operands.
        where: what the expression belongs to, for the error message.
        condition: whether it is a condition, such as `"x > 0.0"`, and not a number.

    Raises:
        ExpressionError: something else stands in it.

    >>> parse("x.real", names=["x"], functions={}, where="cube, column dx")
    Traceback (most recent call last):
    microgradlab.expressions.ExpressionError: cube, column dx: Attribute is not allowed here
        x.real
        ^
    """
    try:
        tree = ast.parse(source.strip(), mode="eval").body
    except SyntaxError as error:
        raise _refusal(where, error.msg, source, (error.offset or 1) - 1) from None

    def refusal(node: ast.expr, why: str) -> ExpressionError:
        return _refusal(where, why, source, node.col_offset)

    _check(tree, frozenset(names), functions, refusal)
    _check_kind(tree, condition, refusal)
    return tree


def _check_kind(
    tree: ast.expr, is_condition: bool, refusal: Callable[[Any, str], ExpressionError]
) -> None:
    """Conditions stand where conditions belong: machine code and C do not add True to a number."""
    if isinstance(tree, (ast.Compare, ast.BoolOp)) != is_condition:
        wanted = "a comparison" if is_condition else "a number"
        raise refusal(tree, f"{wanted} belongs here")
    conditions: list[ast.expr] = []
    if isinstance(tree, ast.BoolOp):
        conditions = tree.values
    elif isinstance(tree, ast.IfExp):
        conditions = [tree.test]
    for part in ast.iter_child_nodes(tree):
        if isinstance(part, ast.expr):
            _check_kind(part, part in conditions, refusal)


def _check(
    tree: ast.AST,
    names: frozenset[str],
    functions: Mapping[str, int],
    refusal: Callable[[Any, str], ExpressionError],
) -> None:
    match tree:
        case ast.Constant(value=float()):
            return
        case ast.Constant(value=value):
            raise refusal(tree, f"{value!r} is not a float: numbers are written as 2.0")
        case ast.Name(id=name):
            if name not in names:
                raise refusal(tree, f"unknown name {name!r}; known: {', '.join(sorted(names))}")
            return
        case ast.Call(func=ast.Name(id=name), args=arguments, keywords=[]):
            if name not in functions:
                raise refusal(tree, f"{name!r} is not an operation of the table")
            given, wanted = len(arguments), functions[name]
            if given != wanted:
                raise refusal(tree, f"{name} is given {given} operands instead of {wanted}")
            parts: Iterable[ast.AST] = arguments
        case _ if isinstance(tree, _ALLOWED):
            parts = ast.iter_child_nodes(tree)
        case _:
            raise refusal(tree, f"{type(tree).__name__} is not allowed here")
    for part in parts:
        if isinstance(part, _SYMBOLS) and not isinstance(part, _ALLOWED):
            raise refusal(tree, f"{type(part).__name__} is not allowed here")
        _check(part, names, functions, refusal)


def _refusal(where: str, why: str, source: str, column: int) -> ExpressionError:
    return ExpressionError(f"{where}: {why}\n{pointed(source.strip(), column)}")


def pointed(source: str, column: int) -> str:
    """One line of source with a caret under a column; of a long line, the part around it.

    >>> print(pointed("2 * sine(x)", 4))
        2 * sine(x)
            ^
    """
    start, end = max(0, column - _AROUND), column + _AROUND
    before, after = "..." * (start > 0), "..." * (end < len(source))
    part = before + source[start:end] + after
    return f"    {part}\n    {' ' * (len(before) + column - start)}^"


class _AsCalls(ast.NodeTransformer):
    """Rewrites what number types treat differently into calls that a namespace supplies.

    `a / b` becomes `div(a, b)` and `a ** b` becomes `pow(a, b)`, because Python's floats raise
    where IEEE 754 has an answer; comparands are wrapped in `primal()`, because Values and dual
    numbers compare by the number they carry.
    """

    _NAMES = ((ast.Div, "div"), (ast.Pow, "pow"))

    def visit_BinOp(self, node: ast.BinOp) -> ast.expr:
        self.generic_visit(node)
        for operator, name in self._NAMES:
            if isinstance(node.op, operator):
                return _call(name, node.left, node.right)
        return node

    def visit_Compare(self, node: ast.Compare) -> ast.expr:
        self.generic_visit(node)
        node.left = _call("primal", node.left)
        node.comparators = [_call("primal", comparand) for comparand in node.comparators]
        return node


class _AsFloatCode(ast.NodeTransformer):
    """Rewrites into the fastest code over floats: `pow(x, y)` for `x ** y`, `math.tanh` for tanh.

    `**` on floats may return a complex number; `math.pow` raises there instead.
    """

    def __init__(self, primitives: Mapping[str, str]) -> None:
        self.primitives = primitives

    def visit_BinOp(self, node: ast.BinOp) -> ast.expr:
        self.generic_visit(node)
        if isinstance(node.op, ast.Pow):
            return _call(self.primitives["pow"], node.left, node.right)
        return node

    def visit_Call(self, node: ast.Call) -> ast.expr:
        self.generic_visit(node)
        assert isinstance(node.func, ast.Name)
        return _call(self.primitives.get(node.func.id, node.func.id), *node.args)


def _call(name: str, *arguments: ast.expr) -> ast.expr:
    return ast.Call(ast.Name(name, ast.Load()), list(arguments), [])


def tree_of(source: str) -> ast.expr:
    """The syntax tree of an expression that `parse` has accepted."""
    return ast.parse(source, mode="eval").body


def compile_over(source: str, namespace: Mapping[str, Any]) -> Callable[[Any, Any, Any], Any]:
    """Compiles a checked expression into a function of (x, y, out) over any kind of number.

    Args:
        source: an expression that `parse` has accepted.
        namespace: `div`, `pow` and `primal`, and every function that the expression calls.

    >>> from fractions import Fraction
    >>> import operator
    >>> half = compile_over("x / y", {"div": operator.truediv})
    >>> half(Fraction(1), Fraction(2), None)
    Fraction(1, 2)
    """
    body = ast.unparse(_AsCalls().visit(tree_of(source)))
    code = compile(f"lambda x, y, out: {body}", f"<table: {source}>", "eval")
    function: Callable[[Any, Any, Any], Any] = eval(code, dict(namespace))
    return function


def float_code(source: str, primitives: Mapping[str, str]) -> str:
    """The expression as source code over floats, with primitives such as tanh -> math.tanh.

    >>> float_code("1.0 / x ** 2.0", {"pow": "math.pow"})
    '1.0 / math.pow(x, 2.0)'
    """
    return ast.unparse(_AsFloatCode(primitives).visit(tree_of(source)))


def names_in(source: str) -> set[str]:
    """The variables that an expression reads.

    >>> sorted(names_in("-out / y"))
    ['out', 'y']
    """
    names = {node.id for node in ast.walk(tree_of(source)) if isinstance(node, ast.Name)}
    return names.intersection(OPERANDS)


def renamed(source: str, names: Mapping[str, str]) -> str:
    """The expression with other variables in place of some.

    >>> renamed("-out / y", {"out": "x"})
    '-x / y'
    """
    tree = tree_of(source)
    for node in ast.walk(tree):
        if isinstance(node, ast.Name):
            node.id = names.get(node.id, node.id)
    return ast.unparse(tree)


def calls_in(source: str) -> list[str]:
    """The functions that an expression calls, in the order in which they first appear.

    >>> calls_in("x + log1p(exp(-x))")
    ['log1p', 'exp']
    """
    calls = (node for node in ast.walk(tree_of(source)) if isinstance(node, ast.Call))
    return list(dict.fromkeys(node.func.id for node in calls if isinstance(node.func, ast.Name)))


def can_raise(source: str) -> bool:
    """Whether Python's floats may raise in this expression: a division, a power or a call.

    >>> can_raise("x * y"), can_raise("x / y")
    (False, True)
    """
    risky = (ast.Div, ast.Pow, ast.Call)
    return any(isinstance(node, risky) for node in ast.walk(tree_of(source)))
