"""Recording one sample's computation, and noticing that another's would differ."""

from __future__ import annotations

import math
import random
import re
from collections.abc import Callable
from typing import Any

import pytest

import microgradlab as mg
from microgradlab import Value
from microgradlab.compiler.program import NONE
from microgradlab.compiler.tape import captured, record
from microgradlab.engine import NOT_COMPUTED
from microgradlab.errors import ArgumentError


def test_ids_count_parameters_then_inputs_then_constants_then_operations() -> None:
    weight = Value(3.0, label="w")
    tape = record(lambda x: [weight * x[0] + 2.0], [[5.0]], [weight], ["w", "x"])
    assert (tape.parameters, tape.inputs, tape.constants) == (1, 1, (2.0,))
    assert [op.name for op in tape.ops] == ["mul", "add"]
    assert (tape.x.tolist(), tape.y.tolist(), tape.outputs) == ([0, 3], [1, 2], (4,))


def test_an_operation_of_one_operand_has_no_second() -> None:
    assert record(lambda x: [mg.tanh(x[0])], [[0.5]]).y.tolist() == [NONE]


def test_operations_come_in_the_order_of_the_backward_pass() -> None:
    tape = record(lambda x: [mg.exp(x[0]) * mg.sin(x[0])], [[0.5]])
    assert [tape.ops[code].name for code in tape.code] == ["exp", "sin", "mul"]


def test_what_is_made_of_constants_alone_is_a_constant() -> None:
    tape = record(lambda x: [x[0] * (Value(2.0) * 3.0)], [[1.0]])
    assert [op.name for op in tape.ops] == ["mul"]
    assert tape.constants[tape.y[0] - tape.inputs] == 6.0


@pytest.mark.parametrize("number", [0.0, -0.0, math.inf, math.nan])
def test_constants_keep_their_bits(number: float) -> None:
    (constant,) = record(lambda x: [x[0] * number + x[0] * number], [[1.0]]).constants
    assert repr(constant) == repr(number)


def test_zero_and_minus_zero_are_two_constants() -> None:
    assert len(record(lambda x: [x[0] * 0.0 + x[0] * -0.0], [[1.0]]).constants) == 2


def test_a_result_that_the_first_does_not_need_is_recorded_too() -> None:
    tape = record(lambda x: [x[0] * 2.0, mg.sin(x[0])], [[1.0], [2.0]])
    assert [op.name for op in tape.ops] == ["mul", "sin"]


@pytest.mark.parametrize("result", [lambda x: x[0], lambda _: 3.0])
def test_a_result_may_be_an_input_or_a_constant(result: Callable[[list[Value]], Any]) -> None:
    tape = record(lambda x: [result(x)], [[1.0]])
    assert tape.outputs == (0,) or tape.constants == (3.0,)


def test_gradients_of_parameters_are_left_as_they_were() -> None:
    done, untouched = Value(1.0), Value(2.0)
    (done * 5.0).backward()
    record(lambda x: [done * untouched * x[0]], [[1.0]], [done, untouched])
    assert done.grad == 5.0
    assert untouched.grad is NOT_COMPUTED


def test_so_are_those_of_constants_and_of_graphs_from_outside() -> None:
    constant, outer = Value(1.0), Value(2.0) * 3.0
    (constant * 5.0).backward()
    record(lambda x: [x[0] * constant + outer], [[1.0]])
    assert constant.grad == 5.0
    assert outer.grad is NOT_COMPUTED


def leaves_by_data(x: list[Value]) -> list[Value]:
    return [x[0] * x[0].data]


def branches_by_data(x: list[Value]) -> list[Value]:
    return [mg.sin(x[0]) if x[0].data > 1.0 else mg.cos(x[0])]


def test_a_number_that_leaves_through_data_is_found_by_a_second_sample() -> None:
    with pytest.raises(
        ArgumentError, match=r"inputs \[2\.0\].*constant 2\.0 stands in place of 1\.0"
    ):
        record(leaves_by_data, [[1.0], [2.0]])


def test_another_operation_for_another_sample_is_named() -> None:
    with pytest.raises(ArgumentError, match=r"inputs \[3\.0\].*sin\(v0\).*in place of cos\(v0\)"):
        record(branches_by_data, [[0.0], [0.5], [3.0]])


def test_the_error_says_how_to_write_it() -> None:
    with pytest.raises(ArgumentError, match=r"mg\.where.*one-hot"):
        record(branches_by_data, [[0.0], [3.0]])


@pytest.mark.parametrize(
    ("function", "what"),
    [
        (lambda x: [x[0] if x[0] > 0.0 else -x[0]], "is compared"),
        (lambda x: [x[0] * math.sin(x[0])], "becomes a float"),
        (lambda x: [x[0] * int(x[0])], "becomes an int"),
        (lambda x: [x[0] * 2.0 if x[0] else x[0]], "becomes a bool"),
        (lambda x: [x[0] * 2.0 if x[0] == 1.0 else x[0]], "is compared with =="),
        (lambda x: [x[0] * 2.0 if x[0] != 1 else x[0]], "is compared with =="),
        (lambda x: [x[0] * 2.0 if x[0] in (0, 1) else x[0]], "is compared with =="),
        (lambda x: [[x[0], -x[0]][x[0]]], "is used as an index"),
    ],
)
def test_a_number_that_leaves_the_graph_is_refused_at_once(
    function: Callable[[list[Value]], list[Any]], what: str
) -> None:
    with pytest.raises(ArgumentError, match=rf"{what} at test_tape\.py:\d+"):
        record(function, [[1.0]])


def swallows(x: list[Value]) -> list[Any]:
    try:
        return [math.sqrt(x[0])]
    except ValueError:
        return [0.0]


def swallows_and_fails(x: list[Value]) -> list[Any]:
    swallows(x)
    raise RuntimeError


@pytest.mark.parametrize("function", [swallows, swallows_and_fails])
def test_also_if_the_function_swallows_the_error(
    function: Callable[[list[Value]], list[Any]],
) -> None:
    with pytest.raises(ArgumentError, match="becomes a float"):
        record(function, [[1.0]])


@pytest.mark.parametrize(
    ("function", "error"),
    [
        (lambda x: [{0.0: x[0]}[x[0]]], KeyError),
        (lambda x: [x[0] + "a"], TypeError),
        (lambda x: [x[0].is_integer() * 2.0], AttributeError),
    ],
)
def test_what_a_value_cannot_do_in_a_float_s_place_comes_with_the_hint(
    function: Callable[[Any], list[Any]], error: type[Exception]
) -> None:
    with pytest.raises(ArgumentError, match=rf"(?s){error.__name__}.*mg\.where") as caught:
        record(function, [[1.0]])
    assert isinstance(caught.value.__cause__, error)


WEIGHT = Value(0.5)


@pytest.mark.parametrize("points", [[[]], [[], []]])
@pytest.mark.parametrize(
    "function",
    [
        lambda _: [WEIGHT * WEIGHT.data],
        lambda _: [WEIGHT * 2.0 if WEIGHT.data > 0.0 else -WEIGHT],
        lambda _: [WEIGHT * random.random()],
    ],
    ids=["constant", "branch", "chance"],
)
def test_the_data_of_a_parameter_and_chance_are_found_too(
    function: Callable[[list[Value]], list[Any]], points: list[list[float]]
) -> None:
    with pytest.raises(ArgumentError, match=r"depends on (the data or|chance)"):
        record(function, points, [WEIGHT])
    assert WEIGHT.data == 0.5


def test_a_single_point_is_moved_for_another_recording() -> None:
    with pytest.raises(ArgumentError, match=r"constant -1\.0618 stands in place of 1\.0"):
        record(leaves_by_data, [[1.0]])


def test_no_grad_outside_does_not_matter() -> None:
    with mg.no_grad():
        assert len(record(lambda x: [x[0] * x[0]], [[1.0]]).code) == 1


def test_captured_values_come_from_outside() -> None:
    outside = Value(2.0)
    assert captured(lambda x: [x[0] * outside + Value(1.0)], [[1.0], [2.0]]) == [outside]


def test_operations_are_told_by_what_they_are_computed_of() -> None:
    def turned(x: list[Any]) -> list[Any]:
        return [mg.sin(x[0]) + (mg.cos(x[0]) if x[0].data > 0.0 else mg.sin(mg.cos(x[0])))]

    with pytest.raises(
        ArgumentError, match=r"sin\(cos\(…\)\) is computed in place of add\("
    ) as caught:
        record(turned, [[1.0], [-1.0]])
    assert not re.search(r"v[1-9]", str(caught.value))


def test_the_same_operation_of_others_is_told() -> None:
    def swapped(x: list[Any]) -> list[Any]:
        first, second = mg.sin(x[0]), mg.sin(x[1])
        return [first + second, second * first if x[0].data > 0.0 else first * second]

    with pytest.raises(ArgumentError, match=r"mul\(sin\(…\), sin\(…\)\) is computed of other"):
        record(swapped, [[1.0, 2.0], [-1.0, 2.0]])
