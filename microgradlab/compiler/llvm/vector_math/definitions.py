"""Functions over vectors as LLVM text: by a vector algorithm, or lane by lane. Floor 4."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping

from microgradlab.compiler.llvm.code import Code
from microgradlab.compiler.llvm.vector_math.exponentials import exp, expm1, tanh
from microgradlab.compiler.llvm.vector_math.logarithms import log, log1p
from microgradlab.compiler.llvm.vector_math.numbers import Mask, Numbers, Products, VectorCode
from microgradlab.compiler.llvm.vector_math.powers import pow
from microgradlab.ops import OPS

ALGORITHMS: Mapping[str, Callable[..., Numbers | tuple[Numbers, Mask]]] = {
    "exp": exp,
    "expm1": expm1,
    "log": log,
    "log1p": log1p,
    "pow": pow,
    "tanh": tanh,
}
"""The functions that there is vector code for. A mask says in which lanes the result is right."""


def name_of(function: str, lanes: int) -> str:
    """What a function over vectors is called in the text.

    >>> name_of("exp", 8)
    'exp.x8'
    """
    return f"{function}.x{lanes}"


def definition(function: str, lanes: int, products: Products | None) -> str:
    """The text that defines a function over vectors, and what it needs.

    Args:
        function: a primitive of the table.
        lanes: numbers per vector.
        products: for its vector algorithm, how products are added; None: the C library is called
            for each lane.
    """
    name, declaration = name_of(function, lanes), _declaration(function)
    if products is None:
        return "\n".join((declaration, "", _lane_by_lane(function, lanes, name)))
    code = VectorCode(function, lanes, products)
    result = ALGORITHMS[function](*(Numbers(code, operand) for operand in _operands(function)))
    if isinstance(result, Numbers):
        code.line(f"ret {code.vector} {result}")
        return _function(name, function, code)
    _return_or_call(code, *result, f"{name}.each")
    tables = [_table(*entry) for entry in code.tables.items()]
    rare = _lane_by_lane(function, lanes, f"{name}.each")
    return "\n".join((declaration, "", *tables, rare, _function(name, function, code)))


def _return_or_call(code: VectorCode, result: Numbers, holds: Mask, otherwise: str) -> None:
    """Ends a function: with the result if it holds in all lanes, else with another function's."""
    lanes = f"v{code.lanes}i1(<{code.lanes} x i1> {holds})"
    all_hold = code.emit(f"call i1 @llvm.vector.reduce.and.{lanes}")
    code.line(f"br i1 {all_hold}, label %usual, label %rare")
    code.label("usual")
    code.line(f"ret {code.vector} {result}")
    code.label("rare")
    given = _typed(code.vector, _operands(code.function))
    code.line(f"ret {code.vector} {code.emit(f'call {code.vector} @{otherwise}({given})')}")


def _lane_by_lane(function: str, lanes: int, name: str) -> str:
    """A function of the C library on each lane: what Python's math module computes with."""
    code = Code(lanes)
    result = "poison"
    for lane in range(lanes):
        scalars = [
            code.emit(f"extractelement {code.vector} {operand}, i32 {lane}")
            for operand in _operands(function)
        ]
        value = code.emit(f"call double @{function}({_typed('double', scalars)})")
        result = code.emit(f"insertelement {code.vector} {result}, double {value}, i32 {lane}")
    code.line(f"ret {code.vector} {result}")
    return _function(name, function, code)


def _function(name: str, function: str, code: Code) -> str:
    operands = _typed(code.vector, _operands(function))
    header = f"define internal {code.vector} @{name}({operands}) noinline {{"
    return "\n".join((header, *code.lines, "}", ""))


def _declaration(function: str) -> str:
    return f"declare double @{function}({', '.join(['double'] * OPS[function].arity)})"


def _operands(function: str) -> tuple[str, ...]:
    return ("%x", "%y")[: OPS[function].arity]


def _typed(type: str, names: Iterable[str]) -> str:
    return ", ".join(f"{type} {name}" for name in names)


def _table(name: str, rows: tuple[tuple[int, int], ...]) -> str:
    text = ", ".join(f"[2 x i64] [i64 {first}, i64 {second}]" for first, second in rows)
    return f"@{name} = private constant [{len(rows)} x [2 x i64]] [{text}], align 16\n"
