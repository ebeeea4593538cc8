"""A kernel in words and mathematics: the loops that the compiler has found. Floor 4.

Inside of loops i and j count the items, k the terms of a sum.
"""

from __future__ import annotations

import ast
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from itertools import groupby
from math import prod

from microgradlab.compiler.choices import with_choices
from microgradlab.compiler.conditions import Condition, condition
from microgradlab.compiler.kernel import (
    Kernel,
    Map,
    Shape,
    Statement,
    Steps,
    Sum,
    Total,
)
from microgradlab.compiler.naming import Names, listed, names_of
from microgradlab.expressions import OPERANDS, tree_of
from microgradlab.ops import OPS, Op
from microgradlab.text import counted

_MOST_STEPS = 12  # that are listed one by one


def describe(kernel: Kernel) -> str:
    """The loops of a kernel, a line for each statement, and how much there is of everything.

    >>> from microgradlab.compiler.kernel import Index, Operand, Space
    >>> x = Operand(Space.SLOT, Index(0, (0, 1)))
    >>> w, bias = Operand(Space.SHARED, Index(0, (3, 1))), Operand(Space.SHARED, Index(2, (3,)))
    >>> z = Sum(shape=(4,), terms=2, target=Index(2, (1,)), start=bias, x=w, y=x)
    >>> a = Map((4,), "0.0 if x <= 0.0 else x", Index(6, (1,)), Operand(Space.SLOT, Index(2, (1,))))
    >>> names = [f"neurons.{n}.{of}" for n in range(4) for of in ("weights.0", "weights.1", "bias")]
    >>> print(describe(Kernel(2, 10, 12, (), (z, a), (6, 7, 8, 9), shared_names=tuple(names))))
    inputs: x[0…1]
    for each of 4 neurons[i]:  z1[i] = bias + Σ weights[k] · x[k]  over 2 terms
    for each of 4:  a1[i] = relu(z1[i])
    outputs: a1[0…3]
    2 statements, 12 parameters; per sample 10 numbers (inputs and results) and 20 operations
    """
    names = names_of(kernel)
    lines = [f"inputs: {listed(names.slots[: kernel.inputs])}"]
    parts = [(title, list(part)) for title, part in groupby(kernel.statements, _title)]
    is_forward_alone = [title for title, _ in parts] == ["forward"]
    indent = "" if is_forward_alone else "  "
    for title, statements in parts:
        lines += [] if is_forward_alone else [title]
        for statement in statements:
            lines += [f"{indent}{line}" for line in sentences(statement, names)]
    if kernel.outputs:
        lines.append(f"outputs: {listed(names.slots[place] for place in kernel.outputs)}")
    lines = with_choices(lines)
    counts = (
        counted(len(kernel.statements), "statement"),
        f"{counted(kernel.parameters, 'parameter')}; per sample "
        f"{counted(kernel.slots, 'number')} (inputs and results) and "
        f"{counted(sum(map(operations, kernel.statements)), 'operation')}",
    )
    lines += _definitions(kernel, lines)
    if any(" … " in line for line in lines):
        lines.append("…: places that a table gives")
    return "\n".join([*lines, ", ".join(counts)])


def _definitions(kernel: Kernel, lines: Sequence[str]) -> list[str]:
    """What stands in the lines for a condition, and what the seed is.

    Conditions are derivatives, functions of two operands, and `where`.
    """
    found = {}
    for statement in kernel.statements:
        sources = () if isinstance(statement, (Sum, Total)) else _expressions(statement)
        for node in (node for source in sources for node in ast.walk(tree_of(source))):
            row = condition(node) if isinstance(node, ast.IfExp) else None
            if row is not None and (row.column != "value" or row.op.arity > 1):
                tree = tree_of(getattr(row.op, row.column))
                value = _signed(_Formula({name: name for name in OPERANDS}).generic_visit(tree))
                found[_called(row), ", ".join(row.operands)] = value
    found["where", "c, x, y"] = "x if c ≠ 0 else y"
    defined = [
        f"{name}({operands}) is {value}"
        for (name, operands), value in found.items()
        if any(f"{name}(" in line for line in lines)
    ]
    return defined + ["seed is the weight of a sample: 1 / n in a batch of n"] * (
        kernel.seed is not None
    )


def _expressions(statement: Map | Steps) -> tuple[str, ...]:
    return (statement.expression,) if isinstance(statement, Map) else statement.expressions


def _title(statement: Statement) -> str:
    if isinstance(statement, Total):
        return "totals over the samples"
    return "backward" if statement.backward else "forward"


def operations(statement: Statement) -> int:
    """How many operations a statement is for one sample; a product and its addition are two."""
    match statement:
        case Map(shape=shape):
            return prod(shape)
        case Sum(shape=shape, terms=terms, y=y, start=start):
            return prod(shape) * (terms + terms * (y is not None) - (start is None))
        case Total(shape=shape, terms=terms, y=y):
            return prod(shape) * (terms + terms * (y is not None))
        case Steps(rows=rows):
            return len(rows)


def sentences(statement: Statement, names: Names) -> Iterator[str]:
    """What a statement computes, in a line; of a few `Steps`, a line for each."""
    match statement:
        case Map(shape=shape, expression=source, x=x, y=y, out=out):
            read = {
                name: names.operand(operand, shape)
                for name, operand in zip(OPERANDS, (x, y, out), strict=True)
                if operand is not None
            }
            yield f"{_loops(shape)}{names.slot(statement.target, shape)} = {formula(source, read)}"
        case Sum(shape=shape, start=start):
            target, terms = names.slot(statement.target, shape), _terms(statement, names)
            if start is None:
                yield f"{_loops(shape)}{target} = {terms}"
            else:
                first = names.operand(start, shape)
                owner = _owner(first, terms)
                plus = "" if first == "0" else f"{first} + "  # Python's sum() starts with 0
                text = f"{target} = {plus}{terms}".replace(owner, "")
                yield f"{_loops(shape, owner)}{text}"
        case Total(shape=shape, target=target):
            yield f"{_loops(shape)}{names.total(target, shape)} += {_terms(statement, names)}"
        case Steps():
            yield from _steps(statement, names)


def _terms(statement: Sum | Total, names: Names) -> str:
    nest = (*statement.shape, statement.terms)
    factors = (factor for factor in (statement.x, statement.y) if factor is not None)
    product = " · ".join(names.operand(factor, nest, is_sum=True) for factor in factors)
    return product if statement.terms == 1 else f"Σ {product}  over {statement.terms} terms"


def _owner(start: str, terms: str) -> str:
    """What a sum's start and first factors belong to, such as `layers[0].neurons[i].`."""
    owner, dot, _ = start.rpartition(".")
    return owner + dot if terms.removeprefix("Σ ").startswith(owner + dot) else ""


def _loops(shape: Shape, owner: str = "") -> str:
    """The loops over the items, in words; nothing where there is one item alone."""
    of = owner.rstrip(".")
    if prod(shape) == 1:
        return f"for {of}:  " if of else ""
    return f"for each of {' × '.join(map(str, shape))}{' ' * bool(of)}{of}:  "


def _steps(statement: Steps, names: Names) -> Iterator[str]:
    rows = statement.rows.tolist()
    if len(rows) > _MOST_STEPS:
        plain = {name: name for name in OPERANDS}
        kinds = Counter(formula(statement.expressions[number], plain) for number, *_ in rows)
        parts = (f"{count} of {text}" for text, count in kinds.most_common())
        yield f"{len(rows)} steps, one after the other: {', '.join(parts)}"
        return
    for number, target, *operands in rows:
        read = {
            name: str(names.slots[place])
            for name, place in zip(OPERANDS, operands, strict=True)
            if place >= 0
        }
        yield f"{names.slots[target]} = {formula(statement.expressions[number], read)}"


def formula(source: str, operands: Mapping[str, str]) -> str:
    """An expression of the table with its operands put in.

    What has a condition goes by the name of its row, or of the row's derivative.

    Args:
        source: the expression.
        operands: what stands for those of x, y and out that the expression reads.

    >>> formula("1.0 - out * out", {"out": "a1[i]"})
    '1 - a1[i] · a1[i]'
    >>> formula("x * (0.0 if y <= 0.0 else 1.0)", {"x": "g2", "y": "z1[i]"})
    'g2 · relu′(z1[i])'
    """
    return _signed(_Formula(operands).visit(tree_of(source)))


def _signed(tree: ast.AST) -> str:
    """Python with the signs of mathematics."""
    text = ast.unparse(tree)
    for python, sign in ((" * ", " · "), (" <= ", " ≤ "), (" >= ", " ≥ "), (" != ", " ≠ ")):
        text = text.replace(python, sign)
    return text


class _Formula(ast.NodeTransformer):
    """Puts operands in, writes functions and conditions as their names, and 1.0 as 1."""

    def __init__(self, operands: Mapping[str, str]) -> None:
        self.operands = operands

    def visit_Name(self, node: ast.Name) -> ast.expr:
        return ast.Name(self.operands[node.id])

    def visit_Constant(self, node: ast.Constant) -> ast.expr:
        return ast.Name(str(node.value).removesuffix(".0"))

    def visit_Call(self, node: ast.Call) -> ast.expr:
        assert isinstance(node.func, ast.Name)
        arguments = [self.visit(argument) for argument in node.args]
        return ast.Call(ast.Name(_symbol(OPS[node.func.id])), arguments, [])

    def visit_IfExp(self, node: ast.IfExp) -> ast.AST:
        found = condition(node)
        if found is None:
            return self.generic_visit(node)
        arguments = (self.operands[name] for name in found.operands.values())
        return ast.Name(f"{_called(found)}({', '.join(arguments)})")


def _called(found: Condition) -> str:
    if found.column == "value":
        return _symbol(found.op)
    if found.op.arity == 1:
        return f"{_symbol(found.op)}′"
    return f"∂{found.op.name}/∂{found.column[1]}"


def _symbol(op: Op) -> str:
    return op.symbol if op.symbol.isidentifier() else op.name
