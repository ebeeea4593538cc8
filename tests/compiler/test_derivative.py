"""Tapes differentiated: the same additions in the same order as the engine's."""

from __future__ import annotations

from dataclasses import replace

import pytest

import microgradlab as mg
from microgradlab import OPS, Value
from microgradlab.compiler.derivative import by_inputs, by_parameters, forward
from microgradlab.compiler.edges import product_with
from microgradlab.compiler.program import NONE, Program, merged
from microgradlab.compiler.tape import Function, record
from microgradlab.ieee import FLOATS


def numbers(program: Program, parameters: list[float], inputs: list[float]) -> list[float]:
    """Every number of a program, by id."""
    found = [*parameters, *inputs, *program.constants]
    for code, *operands in zip(*program.operations.columns, strict=True):
        x, y, out = (None if place == NONE else found[place] for place in operands)
        found.append(FLOATS.expression(program.expressions[code])(x, y, out))
    return found


def gradients(function: Function, inputs: list[float]) -> list[float]:
    program = by_inputs(record(function, [inputs]))
    found = numbers(program, [], inputs)
    return [found[place] for place in program.outputs[1:]]


def test_the_forward_program_is_the_tape() -> None:
    program = forward(record(lambda x: [mg.tanh(x[0] * x[1])], [[0.5, 2.0]]))
    assert program.expressions == ("x * y", "tanh(x)")
    assert len(program) == program.forward == 2


@pytest.mark.parametrize("op", OPS.values(), ids=lambda op: op.name)
def test_each_row_gives_the_engine_s_derivatives(op: mg.Op) -> None:
    point = [0.75, 0.5][: op.arity]
    leaves = [Value(number) for number in point]
    mg.apply(op, *leaves).backward()
    assert gradients(lambda x: [mg.apply(op, *x)], point) == [leaf.grad for leaf in leaves]


def test_a_number_used_often_adds_up_its_contributions_in_the_engine_s_order() -> None:
    def function(x: list[Value]) -> list[Value]:
        return [x[0] * 0.1 + mg.sin(x[0]) * 0.7 + x[0] * x[0] * 1e-3 + mg.exp(x[0])]

    leaf = Value(0.3)
    function([leaf])[0].backward()
    assert gradients(function, [0.3]) == [leaf.grad]


def test_what_the_result_does_not_depend_on_has_derivative_0() -> None:
    assert gradients(lambda x: [x[1] * 2.0], [1.0, 2.0]) == [0.0, 2.0]


def test_the_derivative_of_an_input_by_itself_is_1() -> None:
    assert gradients(lambda x: [x[0]], [5.0]) == [1.0]


def test_a_parameter_without_influence_has_no_gradient() -> None:
    used, unused = Value(2.0), Value(3.0)
    program = by_parameters(record(lambda x: [used * x[0]], [[1.0]], [used, unused]))
    assert program.gradients[1] == NONE


def test_a_seed_scales_all_gradients() -> None:
    weight = Value(2.0)
    program = by_parameters(record(lambda x: [weight * weight * x[0]], [[3.0]], [weight]))
    found = numbers(program, [2.0], [3.0, 0.5])
    assert found[program.gradients[0]] == 6.0


def test_no_derivative_is_computed_by_inputs_that_are_not_wanted() -> None:
    weight = Value(2.0)
    program = by_parameters(record(lambda x: [weight * mg.exp(x[0])], [[3.0]], [weight]))
    assert len(program) - program.forward == 1


def test_a_local_derivative_of_two_operands_is_one_expression_with_the_adjoint() -> None:
    assert product_with("-out / y") == ("x * (-out / y)", ("y", "out"))


def test_one_of_three_is_an_operation_of_its_own() -> None:
    program = by_inputs(record(lambda x: [x[0] ** x[1]], [[2.0, 3.0]]))
    assert OPS["pow"].dx in program.expressions


def test_a_row_of_one_s_own_is_differentiated_by_its_own_rule() -> None:
    wrong = replace(OPS["mul"], name="mul3", dx="3.0 * y")
    assert gradients(lambda x: [mg.apply(wrong, *x)], [2.0, 5.0]) == [15.0, 2.0]


def test_merging_computes_the_same_thing_once() -> None:
    program = forward(record(lambda x: [mg.exp(x[0] * 2.0) + mg.exp(x[0] * 2.0)], [[1.0]]))
    assert (len(program), len(merged(program))) == (5, 3)


def test_merging_changes_no_number() -> None:
    def function(x: list[Value]) -> list[Value]:
        return [mg.sin(x[0] * 2.0) * mg.exp(x[0]) + mg.sin(x[0] * 2.0) * x[1]]

    program = by_inputs(record(function, [[0.3, 0.7]]))
    smaller = merged(program)
    assert len(smaller) < len(program)
    before, after = (numbers(each, [], [0.3, 0.7]) for each in (program, smaller))
    assert [before[i] for i in program.outputs] == [after[i] for i in smaller.outputs]


def test_what_only_a_further_result_is_made_of_passes_nothing_on() -> None:
    program = by_inputs(record(lambda x: [x[0] * 2.0, mg.sin(x[0])], [[1.0]]))
    assert numbers(program, [], [1.0])[program.outputs[-1]] == 2.0
