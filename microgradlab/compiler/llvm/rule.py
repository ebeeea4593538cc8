"""An optimizer's rule as machine code, with parameters as the lanes of vectors. Floor 4."""

from __future__ import annotations

from collections.abc import Sequence

from microgradlab.compiler.arrays import PADDING
from microgradlab.compiler.interpreter import iterations
from microgradlab.compiler.kernel import Kernel, Map, Operand, Shape, Space, Steps, Sum
from microgradlab.compiler.llvm import expressions
from microgradlab.compiler.llvm.code import Code, constant
from microgradlab.compiler.llvm.loops import loop
from microgradlab.compiler.llvm.machine import Machine
from microgradlab.compiler.llvm.vectors import broadcast, splat

_HEADER = """
define zeroext i1 @update(ptr %parameters, ptr %gradients, i64 %updated, ptr %state, i64 %stride,
                  ptr %scalars, i64 %from, i64 %to) nounwind {
  %some = icmp ult i64 %from, %to
  br i1 %some, label %some_numbers, label %none
none:
  ret i1 true
some_numbers:"""


def update_function(rule: Kernel, machine: Machine, *, fast: bool) -> str:
    """LLVM code of `@update`, which applies a rule to a slice of the parameters.

    It returns whether all is finite: the gradients from..to, and the new parameters. Parameters
    from `updated` on stay as they are. `from` and `to` are multiples of the padding, and so is
    `stride`: column c of the state begins at c * stride.

    Args:
        rule: statements of one item; its inputs are parameter, gradient and state, its parameters
            the numbers that change from update to update, its outputs parameter and state.
        machine: the processor.
        fast: whether results may differ in their last bits.
    """
    code = Code(min(PADDING, 2 * machine.lanes), fast)
    scalars = [
        broadcast(code, _at(code, "%scalars", str(place))) for place in range(rule.parameters)
    ]
    starts = [code.emit(f"mul i64 %stride, {column}") for column in range(rule.inputs - 2)]
    columns = [_at(code, "%state", start) for start in starts]
    arrays = [_at(code, array, "%from") for array in ("%parameters", "%gradients", *columns)]
    limit = splat(code, "double", code.emit("uitofp i64 %updated to double"))
    first = splat(code, "double", code.emit("uitofp i64 %from to double"))
    counting = ", ".join(f"double {lane}.0" for lane in range(code.lanes))
    places = code.emit(f"fadd {code.vector} {first}, <{counting}>")

    def body(carried: list[str]) -> list[str]:
        places, wrong, *arrays = carried
        inside = code.emit(f"fcmp olt {code.vector} {places}, {limit}")
        wrong = _apply(code, rule, arrays, scalars, inside, wrong)
        return [
            code.emit(f"fadd {code.vector} {places}, {constant(float(code.lanes))}"),
            wrong,
            *(_at(code, array, str(code.lanes)) for array in arrays),
        ]

    trips = code.emit(f"udiv i64 {code.emit('sub i64 %to, %from')}, {code.lanes}")
    vectors = [(code.vector, places), (code.vector, constant(0.0))]
    _, wrong, *_ = loop(code, trips, [*vectors, *(("ptr", array) for array in arrays)], body)
    mask = code.emit(f"fcmp uno {code.vector} {wrong}, {constant(0.0)}")
    bits = code.emit(f"bitcast <{code.lanes} x i1> {mask} to i{code.lanes}")
    code.line(f"ret i1 {code.emit(f'icmp eq i{code.lanes} {bits}, 0')}")
    return "\n".join([expressions.support(code.calls, code.lanes, fast), _HEADER, *code.lines, "}"])


def _apply(
    code: Code, rule: Kernel, arrays: Sequence[str], scalars: Sequence[str], inside: str, wrong: str
) -> str:
    """One vector of parameters; returns a vector that is nan where a number was not finite."""
    vector, aligned = code.vector, f"align {8 * code.lanes}"
    inputs = [code.emit(f"load {vector}, ptr {array}, {aligned}") for array in arrays]
    new, *state = _outputs(code, rule, inputs, scalars)

    def where_inside(other: str) -> str:
        return code.emit(f"select <{code.lanes} x i1> {inside}, {vector} {new}, {vector} {other}")

    parameter, gradient = inputs[:2]
    results = [where_inside(parameter), *state]
    for array, result in zip((arrays[0], *arrays[2:]), results, strict=True):
        code.line(f"store {vector} {result}, ptr {array}, {aligned}")
    zero_or_nan = [
        code.emit(f"fmul {vector} {numbers}, {constant(0.0)}")
        for numbers in (gradient, where_inside(gradient))
    ]
    # Both first: the loop waits for one addition only.
    both = code.emit(f"fadd {vector} {', '.join(zero_or_nan)}")
    return code.emit(f"fadd {vector} {wrong}, {both}")


def _outputs(code: Code, rule: Kernel, inputs: Sequence[str], scalars: Sequence[str]) -> list[str]:
    """The rule's statements, item by item, with all numbers in registers."""
    slots = dict(enumerate(inputs))
    shared = [*scalars, *map(constant, rule.constants)]

    def read(operand: Operand | None, counters: Shape) -> str:
        if operand is None:
            return ""
        return (slots if operand.space is Space.SLOT else shared)[operand.index.at(counters)]

    def compute(target: int, expression: str, x: str, y: str, out: str = "") -> None:
        slots[target] = expressions.lower(code, expression, {"x": x, "y": y, "out": out})

    for statement in rule.statements:
        match statement:
            case Map():
                for item in iterations(statement.shape):
                    operands = (statement.x, statement.y, statement.out)
                    x, y, out = (read(operand, item) for operand in operands)
                    compute(statement.target.at(item), statement.expression, x, y, out)
            case Sum():
                for item in iterations(statement.shape):
                    target = statement.target.at(item)
                    slots[target] = read(statement.start, item) or constant(-0.0)
                    for term in range(statement.terms):
                        x, y = (read(each, (*item, term)) for each in (statement.x, statement.y))
                        product = expressions.lower(code, "x * y", {"x": x, "y": y}) if y else x
                        compute(target, "x + y", slots[target], product)
            case Steps():
                for number, target, *places in statement.rows.tolist():
                    x, y, out = (slots.get(place, "") for place in places)
                    compute(target, statement.expressions[number], x, y, out)
            case _:
                raise AssertionError(f"a rule has no samples to be added up: {statement}")
    return [slots[place] for place in rule.outputs]


def _at(code: Code, array: str, place: str) -> str:
    return code.emit(f"getelementptr double, ptr {array}, i64 {place}")
