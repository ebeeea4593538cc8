"""The table's expressions as LLVM code over vectors. Floor 4.

A row that is no primitive is expanded from its own expression. Both branches of a conditional are
computed and one is selected, lane by lane: the operations are pure, so nobody sees the other.
"""

from __future__ import annotations

import ast
from collections.abc import Iterable, Mapping

from microgradlab.compiler.llvm.code import Code, constant
from microgradlab.compiler.llvm.vector_math.definitions import ALGORITHMS, definition, name_of
from microgradlab.compiler.llvm.vector_math.numbers import Products
from microgradlab.compiler.llvm.vector_math.probe import exact
from microgradlab.expressions import tree_of
from microgradlab.ops import OPS, PRIMITIVES

_ARITHMETIC: Mapping[type[ast.AST], str] = {
    ast.Add: "fadd",
    ast.Sub: "fsub",
    ast.Mult: "fmul",
    ast.Div: "fdiv",
}
_COMPARISONS: Mapping[type[ast.AST], str] = {  # all are false of nan, except !=
    ast.Lt: "olt",
    ast.LtE: "ole",
    ast.Gt: "ogt",
    ast.GtE: "oge",
    ast.Eq: "oeq",
    ast.NotEq: "une",
}
_INTRINSICS = {"sqrt": "sqrt", "abs": "fabs"}  # which are instructions of the machine
_LARGEST_PRODUCT = 4  # the highest power that fast code multiplies out


def lower(code: Code, source: str, operands: Mapping[str, str]) -> str:
    r"""Appends the instructions of an expression over vectors.

    Args:
        code: what they are appended to; the functions called are added to `code.calls`.
        source: an expression that `microgradlab.expressions.parse` has accepted.
        operands: the vectors that it calls x, y and out: names in the code, or constants.

    Returns:
        The result: a name in the code, or a constant.

    >>> code = Code(lanes=4)
    >>> lower(code, "0.0 if x <= 0.0 else x", {"x": "%z"})
    '%v2'
    >>> print(*code.lines, sep="\n")
      %v1 = fcmp ole <4 x double> %z, splat (double 0x0000000000000000)
      %v2 = select <4 x i1> %v1, <4 x double> splat (double 0x0000000000000000), <4 x double> %z
    """
    return _Lowering(code).number(tree_of(source), dict(operands))


def support(calls: Iterable[str], lanes: int, fast: bool) -> str:
    """Declares and defines the functions that lowered expressions call.

    Args:
        calls: the `calls` of all the code in a module.
        lanes: as of that code.
        fast: as of that code.

    Returns:
        Text that belongs into the module once.

    >>> print(support(["sin"], lanes=1, fast=False))
    declare double @sin(double)
    <BLANKLINE>
    define internal <1 x double> @sin.x1(<1 x double> %x) noinline {
      %v1 = extractelement <1 x double> %x, i32 0
      %v2 = call double @sin(double %v1)
      %v3 = insertelement <1 x double> poison, double %v2, i32 0
      ret <1 x double> %v3
    }
    <BLANKLINE>
    """
    return "\n".join(definition(name, lanes, _products(name, fast)) for name in sorted(set(calls)))


def _products(name: str, fast: bool) -> Products | None:
    """Strict code takes a vector algorithm only where its results are those of the C library."""
    if not fast:
        return exact(name)
    return Products.EITHER if name in ALGORITHMS else None


class _Lowering:
    """The lowering of one expression; instructions that are there already are not repeated."""

    def __init__(self, code: Code) -> None:
        self.code = code
        self.known: dict[str, str] = {}

    def emit(self, text: str) -> str:
        """The result of an instruction."""
        if text not in self.known:
            self.known[text] = self.code.emit(text)
        return self.known[text]

    def number(self, tree: ast.expr, operands: Mapping[str, str]) -> str:
        """The vector of an expression; `operands` also holds calls whose results are known."""
        code = self.code
        match tree:
            case ast.Constant(value=float() as number):
                return constant(number)
            case ast.Name(id=name):
                return operands[name]
            case ast.Call(func=ast.Name(id=name), args=arguments):
                known = operands.get(ast.dump(tree))
                return known or self.call(name, [self.number(each, operands) for each in arguments])
            case ast.UnaryOp(op=ast.USub(), operand=ast.Constant(value=float() as number)):
                return constant(-number)
            case ast.UnaryOp(op=ast.USub(), operand=operand):
                return self.emit(f"fneg {code.vector} {self.number(operand, operands)}")
            case ast.BinOp(left=left, op=ast.Pow(), right=right):
                return self.call("pow", [self.number(left, operands), self.number(right, operands)])
            case ast.BinOp(left=left, op=operator, right=right):
                x, y = self.number(left, operands), self.number(right, operands)
                return self.emit(
                    f"{_ARITHMETIC[type(operator)]} {code.flags}{code.vector} {x}, {y}"
                )
            case ast.IfExp(test=test, body=body, orelse=orelse):
                return self.conditional(test, body, orelse, operands)
        raise AssertionError(f"outside the grammar: {ast.dump(tree)}")

    def call(self, name: str, arguments: list[str]) -> str:
        """A function of numbers: an intrinsic, a primitive, or another row, expanded."""
        vector = self.code.vector
        if name not in PRIMITIVES:
            row = tree_of(OPS[name].value)
            return self.number(row, dict(zip(("x", "y"), arguments, strict=False)))
        if name == "pow" and self.code.fast:
            for times in range(1, _LARGEST_PRODUCT + 1):
                if arguments[1] == constant(float(times)):
                    return self.product(arguments[0], times)
        if name in _INTRINSICS:
            function = f"llvm.{_INTRINSICS[name]}.v{self.code.lanes}f64"
        else:
            function = name_of(name, self.code.lanes)
            self.code.calls.add(name)
        given = ", ".join(f"{vector} {argument}" for argument in arguments)
        return self.emit(f"call {vector} @{function}({given})")

    def product(self, x: str, times: int) -> str:
        """A small power, multiplied out."""
        if times == 1:
            return x
        half = self.product(x, times // 2)
        square = self.emit(f"fmul {self.code.flags}{self.code.vector} {half}, {half}")
        if times % 2 == 0:
            return square
        return self.emit(f"fmul {self.code.flags}{self.code.vector} {square}, {x}")

    def condition(self, tree: ast.expr, operands: Mapping[str, str]) -> str:
        """The mask of the lanes in which a condition holds."""
        if isinstance(tree, ast.BoolOp):
            masks = [self.condition(part, operands) for part in tree.values]
        else:
            assert isinstance(tree, ast.Compare)
            sides = [self.number(side, operands) for side in (tree.left, *tree.comparators)]
            masks = [
                self.emit(f"fcmp {_COMPARISONS[type(sign)]} {self.code.vector} {x}, {y}")
                for x, sign, y in zip(sides, tree.ops, sides[1:], strict=False)
            ]
        mask = masks[0]
        for other in masks[1:]:
            mask = self.emit(f"and <{self.code.lanes} x i1> {mask}, {other}")
        return mask

    def conditional(
        self, test: ast.expr, body: ast.expr, orelse: ast.expr, operands: Mapping[str, str]
    ) -> str:
        """The one branch or the other. A function that both call is called only once.

        `f(a) if c else f(b)` is `f(a if c else b)`: half the work where f is costly, as in sigmoid
        and softplus.
        """
        mask = self.condition(test, operands)
        ours, theirs = dict(operands), dict(operands)
        for mine, other in _pairs(_calls(body, ours), _calls(orelse, theirs)):
            arguments = [
                self.select(mask, self.number(x, ours), self.number(y, theirs))
                for x, y in zip(mine.args, other.args, strict=True)
            ]
            result = self.call(_name(mine), arguments)
            ours[ast.dump(mine)] = theirs[ast.dump(other)] = result
        return self.select(mask, self.number(body, ours), self.number(orelse, theirs))

    def select(self, mask: str, x: str, y: str) -> str:
        """x in the lanes of the mask, y in the others."""
        vector = self.code.vector
        if x == y:
            return x
        return self.emit(f"select <{self.code.lanes} x i1> {mask}, {vector} {x}, {vector} {y}")


def _calls(tree: ast.expr, known: Mapping[str, str]) -> list[ast.Call]:
    """The distinct calls in an expression, inner before outer, without those that are known."""
    found: dict[str, ast.Call] = {}

    def visit(node: ast.AST) -> None:
        for part in ast.iter_child_nodes(node):
            visit(part)
        if isinstance(node, ast.Call) and ast.dump(node) not in known:
            found.setdefault(ast.dump(node), node)

    visit(tree)
    return list(found.values())


def _pairs(ours: list[ast.Call], theirs: list[ast.Call]) -> list[tuple[ast.Call, ast.Call]]:
    """Calls of one function by two branches, the first with the first, and so on."""
    pairs, left = [], list(theirs)
    for mine in ours:
        for place, other in enumerate(left):
            if _name(mine) == _name(other):
                pairs.append((mine, other))
                del left[: place + 1]  # so that the pairs are in the order of both branches
                break
    return pairs


def _name(call: ast.Call) -> str:
    assert isinstance(call.func, ast.Name)
    return call.func.id
