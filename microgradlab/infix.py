"""The table's expressions as text in a language with C's operators. Floor 2.

JavaScript and C differ in how a number, a name and a call are written, and in a symbol or two:
their printers say that, and no more.
"""

from __future__ import annotations

import ast
from collections.abc import Mapping, Sequence

SYMBOLS: Mapping[type[ast.AST], str] = {
    ast.Add: "+",
    ast.Sub: "-",
    ast.Mult: "*",
    ast.Div: "/",
    ast.Lt: "<",
    ast.LtE: "<=",
    ast.Gt: ">",
    ast.GtE: ">=",
    ast.Eq: "==",
    ast.NotEq: "!=",
}


class Infix:
    """Prints syntax trees of the table's grammar; no precedence but that of `?:` is relied on.

    Args:
        symbols: of the operators and comparisons.
    """

    def __init__(self, symbols: Mapping[type[ast.AST], str] = SYMBOLS) -> None:
        self._symbols = symbols

    def literal(self, number: float) -> str:
        """A number."""
        return repr(number)

    def name(self, name: str) -> str:
        """An operand."""
        return name

    def call(self, name: str, arguments: Sequence[str]) -> str:
        """A function of the table, or `pow`, of arguments that are printed already."""
        return f"{name}({', '.join(arguments)})"

    def choice(self, tree: ast.IfExp) -> str:
        """A conditional expression."""
        test = self.whole(tree.test)
        return f"{test} ? {self._part(tree.body)} : {self._part(tree.orelse)}"

    def whole(self, tree: ast.AST) -> str:
        """A whole expression, an argument, what stands in parentheses.

        >>> Infix().whole(ast.parse("-x / (x ** 2.0) if x != 0.0 else x", mode="eval").body)
        'x != 0.0 ? ((-x) / pow(x, 2.0)) : x'
        """
        match tree:
            case ast.Constant(value=float() as number):
                return self.literal(number)
            case ast.Name(id=name):
                return self.name(name)
            case ast.Call(func=ast.Name(id=name), args=arguments):
                return self.call(name, [self.whole(argument) for argument in arguments])
            case ast.UnaryOp(op=ast.USub(), operand=operand):
                return f"-{self._part(operand)}"
            case ast.BinOp(left=left, op=ast.Pow(), right=right):
                return self.call("pow", [self.whole(left), self.whole(right)])
            case ast.BinOp(left=left, op=operator, right=right):
                return self._pair(left, operator, right)
            case ast.BoolOp(op=ast.And(), values=conditions):
                return " && ".join(map(self._part, conditions))
            case ast.Compare(left=left, ops=[operator], comparators=[right]):
                return self._pair(left, operator, right)
            case ast.Compare(left=left, ops=comparisons, comparators=comparators):
                pairs = zip([left, *comparators], comparisons, comparators, strict=False)
                return " && ".join(f"({self._pair(*pair)})" for pair in pairs)
            case ast.IfExp():
                return self.choice(tree)
        raise AssertionError(f"outside the grammar: {ast.dump(tree)}")

    def _pair(self, left: ast.AST, operator: ast.AST, right: ast.AST) -> str:
        return f"{self._part(left)} {self._symbols[type(operator)]} {self._part(right)}"

    def _part(self, tree: ast.AST) -> str:
        """A part of a larger expression."""
        is_power = isinstance(tree, ast.BinOp) and isinstance(tree.op, ast.Pow)  # a call as well
        is_whole = is_power or isinstance(tree, (ast.Constant, ast.Name, ast.Call))
        return self.whole(tree) if is_whole else f"({self.whole(tree)})"
