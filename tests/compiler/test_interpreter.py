"""The interpreter of kernels, and the check of their form."""

from __future__ import annotations

import math
import random
from collections.abc import Sequence
from dataclasses import replace

import pytest

from microgradlab.compiler.interpreter import check, run
from microgradlab.compiler.kernel import Index, Kernel, Map, Statement, Steps, Sum, Total
from microgradlab.errors import ArgumentError
from microgradlab.nn import MLP
from microgradlab.value import Value
from tests.compiler.kernels import (
    KERNELS,
    dense_layer,
    negative_strides,
    relu_mlp,
    relu_mlp_training,
    shared,
    slot,
    steps,
    table,
    two_dimensional_totals,
)


def uniform(count: int, seed: int) -> list[float]:
    generator = random.Random(seed)
    return [generator.uniform(-2.0, 2.0) for _ in range(count)]


def kernel_of(*statements: Statement, slots: int = 6, inputs: int = 2, totals: int = 0) -> Kernel:
    """A kernel with two parameters and the constant 3.0."""
    return Kernel(inputs, slots, 2, (3.0,), statements, outputs=(), totals=totals)


def slots_after(
    *statements: Statement, inputs: Sequence[float], parameters: Sequence[float] = (0.0, 0.0)
) -> list[float]:
    kernel = kernel_of(*statements, inputs=len(inputs))
    check(kernel)
    return run(kernel, parameters, [inputs]).slots[0]


# --- what statements mean


def test_a_map_computes_an_expression_for_each_item() -> None:
    statement = Map((2,), "x - out * y", Index(2, (2,)), slot(1, -1), shared(0, 2), slot(0, 0))
    after = slots_after(statement, inputs=[2.0, 5.0], parameters=[7.0, 0.0])
    assert after == [2.0, 5.0, 5.0 - 2.0 * 7.0, 0.0, 2.0 - 2.0 * 3.0, 0.0]


def test_expressions_follow_ieee_754_where_python_raises() -> None:
    statement = Map((2,), "x / y", Index(2, (1,)), x=slot(0, 1), y=shared(0, 0))
    assert slots_after(statement, inputs=[1.0, 0.0])[2] == math.inf
    assert math.isnan(slots_after(statement, inputs=[1.0, 0.0])[3])


def test_a_sum_begins_with_its_start_and_goes_from_left_to_right() -> None:
    statement = Sum((1,), 2, Index(2, (0,)), shared(2, 0), slot(0, 0, 1), shared(0, 0, 1))
    after = slots_after(statement, inputs=[1e16, -1e16], parameters=[1.0, 1.0])
    assert after[2] == (3.0 + 1e16) - 1e16 != 3.0 + (1e16 - 1e16)


def test_a_sum_without_a_start_is_its_terms_alone() -> None:
    statement = Sum((1,), 2, Index(2, (0,)), None, slot(0, 0, 1), None)
    assert math.copysign(1.0, slots_after(statement, inputs=[-0.0, -0.0])[2]) == -1.0
    assert math.copysign(1.0, slots_after(statement, inputs=[-0.0, 0.0])[2]) == 1.0


def test_totals_add_up_over_the_samples_in_their_order() -> None:
    kernel = kernel_of(Total((1,), 2, Index(0, (0,)), slot(0, 0, 1), None), totals=1)
    rows = [[1e16, 0.0], [1.0, 2.0], [-1e16, 0.0]]
    assert run(kernel, [0.0, 0.0], rows).totals == [((0.0 + 1e16) + 3.0) - 1e16]


def test_steps_read_what_the_steps_before_them_wrote() -> None:
    kernel = steps()
    check(kernel)
    (sample,) = run(kernel, [], [[0.25, 0.5]]).slots
    sine = math.sin(0.75)
    sigmoid = 1.0 / (1.0 + math.exp(-sine))
    assert sample[2:5] == [0.75, sine, sigmoid]
    assert sample[5:] == [1.0 - sigmoid**2, 1.25 - sigmoid**2, 0.5 / (1.25 - sigmoid**2)]


def test_tables_give_the_places_of_operands_and_targets() -> None:
    x, y = slot(0, table=table(1, 0)), shared(0, table=table(2, 1))
    statement = Map((2,), "x * y", Index(0, (), table(5, 2)), x, y)
    after = slots_after(statement, inputs=[10.0, 20.0], parameters=[0.0, 7.0])
    assert after[2:] == [70.0, 0.0, 0.0, 60.0]


def test_outputs_may_be_inputs_and_come_in_any_order() -> None:
    kernel = replace(kernel_of(), outputs=(1, 0, 1))
    check(kernel)
    assert run(kernel, [0.0, 0.0], [[1.0, 2.0]]).outputs == [[2.0, 1.0, 2.0]]


# --- against the engine


@pytest.mark.parametrize(("inputs", "hidden"), [(2, 3), (1, 1), (5, 4)])
def test_an_mlp_predicts_what_the_eager_engine_predicts(inputs: int, hidden: int) -> None:
    model = MLP(inputs, [hidden, 1], activation="relu", seed=1)
    rows = [uniform(inputs, seed) for seed in range(10)]
    parameters = [parameter.data for parameter in model.parameters()]
    outputs = run(relu_mlp(inputs, hidden), parameters, rows).outputs
    assert outputs == [[model.predict(row)] for row in rows]


def test_training_gives_the_gradients_of_the_eager_engine() -> None:
    model = MLP(2, [3, 1], activation="relu", seed=1)
    row, target = uniform(2, 0), 0.7
    parameters = [parameter.data for parameter in model.parameters()]
    kernel = relu_mlp_training()
    result = run(kernel, parameters, [[*row, target]], seed=0.25)
    loss = (model(row) - target) ** 2
    assert isinstance(loss, Value)
    (loss * 0.25).backward()
    assert result.outputs[0][0] == pytest.approx(loss.data, rel=1e-15)
    gradients = [parameter.grad for parameter in model.parameters()]
    assert result.totals == pytest.approx([*gradients, loss.data * 0.25], rel=1e-14)


def test_negative_strides_add_from_the_last_neuron_to_the_first() -> None:
    kernel = negative_strides(inputs=2, outputs=3)
    w, adjoints = uniform(9, 0), [1e16, 1.0, -1e16]
    expected = [(w[6 + k] * -1e16 + w[3 + k] * 1.0) + w[k] * 1e16 for k in (0, 1)]
    assert run(kernel, w, [adjoints]).outputs == [expected]


def test_two_dimensional_totals_are_outer_products() -> None:
    left, right = [2.0, 3.0], [5.0, 7.0, 11.0]
    result = run(two_dimensional_totals(2, 3), [], [[*left, *right]] * 2, seed=0.5)
    outer = [x * y for x in left for y in right]
    assert result.totals == [*outer, 2.0 * sum(right), 3.0 * sum(right)]


# --- what does not fit


@pytest.mark.parametrize("kernel", KERNELS.values(), ids=KERNELS)
def test_the_kernels_of_the_tests_are_sound(kernel: Kernel) -> None:
    check(kernel)


@pytest.mark.parametrize(
    ("parameters", "row", "seed", "message"),
    [
        ([0.0] * 4, [1.0, 2.0], None, "the kernel has 9 parameters, but is given 4"),
        ([0.0] * 9, [1.0], None, "the kernel has 2 inputs in a row, but is given 1"),
        ([0.0] * 9, [1.0, 2.0], 1.0, "the kernel has 0 seeds, but is given 1"),
    ],
)
def test_the_wrong_count_of_numbers_is_refused(
    parameters: list[float], row: list[float], seed: float | None, message: str
) -> None:
    with pytest.raises(ArgumentError, match=message):
        run(dense_layer(2, 3), parameters, [row], seed=seed)


DOUBLED = Map((2,), "x + x", Index(2, (1,)), x=slot(0, 1))


@pytest.mark.parametrize(
    ("statements", "message"),
    [
        ([replace(DOUBLED, x=slot(1, 1))], "0 .Map. reads slot 2, which is not written yet"),
        ([DOUBLED, DOUBLED], "1 .Map. writes slot 2, which is written already"),
        ([replace(DOUBLED, target=Index(2, (0,)))], "writes slot 2, which is written already"),
        ([replace(DOUBLED, target=Index(1, (1,)))], "writes slot 1, which is written already"),
        ([replace(DOUBLED, target=Index(5, (1,)))], "writes slot 6, but there are 6"),
        ([replace(DOUBLED, x=slot(0, -1))], "reads slot -1, but there are 6"),
        ([replace(DOUBLED, x=shared(2, 1))], "reads shared 3, but there are 3"),
        ([replace(DOUBLED, x=slot(0, 1, 1))], "an index that does not fit the loops .2,."),
        ([replace(DOUBLED, x=slot(0, table=table(0)))], "an index that does not fit the loops"),
        ([replace(DOUBLED, shape=(0,))], "an index that does not fit the loops .0,."),
        ([replace(DOUBLED, y=slot(0, 1))], "computes 'x . x', but is given x, y"),
        ([replace(DOUBLED, x=None)], "computes 'x . x', but is given nothing"),
        ([Steps(("sin(x)",), table((0, 2, 3, -1, -1)))], "0 .Steps. reads slot 3"),
        ([Steps(("sin(x)",), table((0, 2, 1, 0, -1)))], "computes 'sin.x.', but is given x, y"),
        (
            [Total((1,), 1, Index(0, (0,)), slot(0, 0, 0), None), DOUBLED],
            "1 .Map. stands behind a Total",
        ),
        ([Total((2,), 1, Index(0, (1,)), slot(0, 0, 0), None)], "writes total 1, but there are 1"),
    ],
)
def test_statements_that_do_not_fit_together_are_refused(
    statements: list[Statement], message: str
) -> None:
    with pytest.raises(ArgumentError, match=message):
        check(kernel_of(*statements, totals=1))


def test_outputs_that_nothing_writes_are_refused() -> None:
    with pytest.raises(ArgumentError, match="output 2 is no slot that is written"):
        check(replace(kernel_of(), outputs=(0, 2)))


def test_a_seed_that_is_not_the_last_input_is_refused() -> None:
    with pytest.raises(ArgumentError, match="the seed is slot 0, not the last of 2 inputs"):
        check(replace(kernel_of(), seed=0))
