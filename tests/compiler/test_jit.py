"""`mg.jit`: functions and models as machine code."""

from __future__ import annotations

import copy
import math
import pickle
import random
import re
import sys
import time
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings

import microgradlab as mg
from microgradlab import MLP, Value
from microgradlab.checking.strategies import numbers
from microgradlab.compiler.refusals import nudged
from microgradlab.compiler.tape import captured
from microgradlab.errors import ArgumentError, MissingExtraError


def wave(x: Any, y: Any) -> Any:
    return mg.sin(x) * y + mg.tanh(y) / 3.0


NO_FUNCTION: Any = 3
NO_PLACE: Any = "x"
WAVE = mg.jit(wave, argnums=(0, 1))


@settings(max_examples=50, deadline=None)
@given(numbers(), numbers())
def test_value_and_derivatives_are_those_of_value_and_grad(x: float, y: float) -> None:
    assert WAVE.value_and_grad(x, y) == mg.value_and_grad(wave, argnums=(0, 1))(x, y)


def test_floats_give_floats() -> None:
    assert type(WAVE(1.0, 2)) is float
    assert type(WAVE.grad(1.0, 2)[1]) is float


def test_values_are_taken_as_numbers_where_no_graph_is_recorded() -> None:
    with mg.no_grad():
        assert WAVE(Value(1.0), 2.0) == WAVE(1.0, 2.0)


def test_a_class_may_be_an_argument_of_a_loss() -> None:
    program = mg.jit(lambda z, t: mg.losses.cross_entropy(z, t))
    logits = [0.1, 0.2, 0.4]
    for target in (1, 0, 2):
        assert program(logits, target) == mg.losses.cross_entropy(logits, target)


def branches(x: Any) -> Any:
    return x if x.data > 0.0 else -10.0 * x


@pytest.mark.parametrize("x", [1.0, -1.0, 0.001, 0.3, 2.0, -40.0, 1e6])
@pytest.mark.parametrize(
    "function",
    [branches, lambda x: x * (x.data > 0.0), lambda x: round(x.data) * x],
    ids=["a branch", "a factor", "a rounding"],
)
def test_what_depends_on_data_is_refused_wherever_it_is_called_first(
    function: Any, x: float
) -> None:
    with pytest.raises(ArgumentError, match="depends on the data"):
        mg.jit(function)(x)


class Scaled(mg.Module):
    def __init__(self) -> None:
        self.w = Value(2.0)
        self.layers = [mg.Layer(1, 1, seed=0)]

    def __call__(self, x: Any) -> Any:
        return self.layers[0]([x])[0] * self.w


def test_a_model_whose_parameters_are_replaced_is_recorded_anew() -> None:
    model = Scaled()
    program = mg.jit(model)
    assert program(3.0) == model.predict(3.0)
    model.w = Value(1.0)
    assert program(3.0) == model.predict(3.0)
    model.layers[0] = mg.Layer(1, 1, seed=5)
    assert program(3.0) == model.predict(3.0)
    assert program.grad(3.0) == mg.grad(model)(3.0).data


def test_describe_calls_parameters_and_arguments_by_their_names() -> None:
    text = mg.jit(Scaled()).describe(3.0)
    assert "layers[0].neurons[0].weights[0]" in text
    text = mg.jit(lambda x, p: x * p["w"][1] + p["w"][0]).describe(1.0, {"w": [1.0, 2.0]})
    assert "p.w[1]" in text
    text = mg.jit(lambda x, *rest: x * rest[0] + rest[1]).describe(1.0, 2.0, 3.0)
    assert "inputs: x, rest[0…1]" in text


def test_arrays_are_broadcast_and_computed_entry_by_entry() -> None:
    xs, ys = np.linspace(-1.0, 1.0, 5)[:, None], np.array([0.5, 2.0])
    computed = WAVE(xs, ys)
    assert computed.shape == (5, 2)
    assert computed[3, 1] == WAVE(xs[3, 0], ys[1])


def test_gradients_over_arrays_have_the_array_s_shape() -> None:
    value, (by_x, by_y) = WAVE.value_and_grad(np.array([1.0, 2.0]), 3.0)
    assert value.shape == by_x.shape == by_y.shape == (2,)
    assert (by_x[1], by_y[1]) == WAVE.grad(2.0, 3.0)


def test_lists_and_dicts_keep_their_structure() -> None:
    program = mg.jit(lambda p: {"sum": mg.sum(p["w"]), "twice": [w * 2.0 for w in p["w"]]})
    assert program({"w": [1.0, 2.0]}) == {"sum": 3.0, "twice": [2.0, 4.0]}


def test_the_gradient_has_the_argument_s_structure() -> None:
    program = mg.jit(lambda p: p["w"][0] * p["b"] + p["w"][1])
    assert program.grad({"w": [2.0, 5.0], "b": 3.0}) == {"w": [3.0, 1.0], "b": 2.0}


def test_another_structure_is_recorded_anew() -> None:
    total = mg.jit(lambda values: mg.sum(values))
    assert (total([1.0, 2.0]), total([1.0, 2.0, 3.0])) == (3.0, 6.0)


def test_a_model_gives_the_bits_of_predict() -> None:
    model = MLP(2, [8, 3], activation="tanh", seed=1)
    assert mg.jit(model)([0.5, -1.0]) == model.predict([0.5, -1.0])


def test_a_matrix_of_samples_gives_a_row_for_each() -> None:
    model = MLP(2, [8, 3], seed=1)
    rows = np.array([[0.5, -1.0], [2.0, 0.0]])
    assert mg.jit(model)(rows).tolist() == [model.predict(row) for row in rows.tolist()]


def test_an_array_of_features_is_one_sample() -> None:
    model = MLP(2, [8, 3], seed=1)
    computed = mg.jit(model)(np.array([0.5, -1.0]))
    assert isinstance(computed, np.ndarray)
    assert computed.tolist() == model.predict([0.5, -1.0])


def test_an_mlp_takes_a_list_of_samples() -> None:
    model, rows = MLP(2, [1], seed=1), [[0.5, -1.0], [2.0, 0.0]]
    assert mg.jit(model)(rows).tolist() == [model.predict(row) for row in rows]


def test_the_gradient_by_an_array_of_features_is_an_array() -> None:
    program = mg.jit(MLP(2, [1], seed=1))
    assert program.grad(np.array([0.5, -1.0])).tolist() == program.grad([0.5, -1.0])


def test_truth_values_are_numbers_in_arrays() -> None:
    assert mg.jit(lambda x: x * 2.0)(np.array([True, False])).tolist() == [2.0, 0.0]


def test_an_int_beyond_all_floats_is_infinite_as_in_a_value() -> None:
    assert mg.jit(lambda x: -x)(10**400) == -math.inf


@pytest.mark.parametrize(
    ("function", "x", "expected"),
    [
        (lambda x: 1.0 / x, 0.0, math.inf),
        (lambda x: x**0.5, -1.0, math.nan),
        (lambda x: x.tanh(), 0.0, 0.0),
        (lambda x: x * x, math.nan, math.nan),
        (lambda x: 0.0 - x, 0.0, 0.0),
    ],
)
def test_where_python_floats_fail_values_count(function: Any, x: float, expected: float) -> None:
    assert repr(mg.jit(function)(x)) == repr(expected)


def test_numbers_are_not_read_while_a_recording_has_changed_them() -> None:
    weight = Value(2.0)
    program = mg.jit(lambda x: weight * x)
    program(1.0)
    with ThreadPoolExecutor(1) as pool:
        with nudged([weight]):
            computed = pool.submit(program, 1.0)
            time.sleep(0.01)
        assert computed.result() == 2.0


def test_a_model_with_one_output_gives_one_number_per_sample() -> None:
    assert mg.jit(MLP(2, [1]))(np.ones((4, 2))).shape == (4,)


def test_values_from_outside_are_read_at_each_call() -> None:
    weight = Value(2.0)
    program = mg.jit(lambda x: weight * x)
    before = program(3.0)
    weight.data = 10.0
    assert (before, program(3.0)) == (6.0, 30.0)


def test_a_choice_is_written_with_where() -> None:
    leaky = mg.jit(lambda x: mg.where(mg.greater(x, 0.0), x, 0.1 * x))
    assert leaky(np.array([-1.0, 2.0])).tolist() == [-0.1, 2.0]
    assert leaky.grad(np.array([-1.0, 2.0])).tolist() == [0.1, 1.0]


def test_fast_mode_stays_within_its_bound() -> None:
    model = MLP(4, [32, 1], activation="tanh", seed=2)
    rows = np.random.default_rng(0).normal(size=(50, 4))
    strict, fast = mg.jit(model)(rows), mg.jit(model, fast=True)(rows)
    assert np.allclose(fast, strict, rtol=1e-12, atol=1e-12)


def test_a_result_may_be_a_constant_or_an_argument() -> None:
    assert mg.jit(lambda x: [x, 3.0])(2.0) == [2.0, 3.0]


def test_describe_shows_the_loops_of_a_model_that_was_never_called() -> None:
    text = mg.jit(MLP(2, [16, 1])).describe()
    assert re.search(r"for each of 16 .*bias \+ Σ weights\[k\] · x\[k\]\s+over 2 terms", text)


def test_c_source_is_that_of_the_last_call() -> None:
    program = mg.jit(lambda values: mg.sum(values))
    program([1.0, 2.0, 3.0])
    assert "3" in program.c_source(name="total").header
    assert "void total(" in program.c_source(name="total").source


@pytest.mark.parametrize(
    ("mistake", "sentence"),
    [
        (lambda: mg.jit(NO_FUNCTION), "takes a function, not a number"),
        (lambda: mg.jit(lambda x: x if x > 0 else -x)(1.0), r"is compared at test_jit\.py"),
        (lambda: mg.jit(lambda x: 1.0 if x == 0.0 else mg.sin(x) / x)(0.0), "compared with =="),
        (
            lambda: mg.jit(lambda x: x if isinstance(x, Value) else -x)(1.0),
            r"Values .*\[1\.0\].*\[-1",
        ),
        (lambda: mg.jit(lambda x: x if isinstance(x, Value) else [x])(1.0), "with floats"),
        (lambda: mg.jit(lambda x, n: [x] * n)(1.0, 3), "used as an index"),
        (lambda: mg.jit(lambda x, y: x * y)(1.0, y=2.0), "argument y is given by its name"),
        (lambda: mg.jit(lambda x: x * x).grad(x=2.0), "argument x is given by its name"),
        (lambda: mg.grad(mg.jit(lambda x: x**3))(3.0), "gradient would be lost"),
        (lambda: mg.jit(mg.grad(lambda x: x**3))(3.0), r"derivative .* inside .* test_jit\.py"),
        (lambda: mg.jit(lambda x: x * random.random())(1.0), "depends on chance"),
        (lambda: mg.jit(lambda x: [10.0, 20.0][int(x.data)] * x)(0.5), "raises IndexError"),
        (lambda: mg.jit(lambda v: mg.sum(v))(np.ones(2)), "several numbers as a list"),
        (lambda: mg.jit(wave)(np.array([1j]), 1.0), "array of complex128 entries"),
        (lambda: mg.jit(MLP(2, [1]))(np.ones((2, 2, 2))), r"array of shape \(2, 2, 2\)"),
        (lambda: mg.jit(wave, argnums=NO_PLACE), "argnums of jit is 'x'"),
        (lambda: mg.jit(wave, argnums=()), r"argnums of jit is \(\)"),
        (lambda: mg.jit(MLP(2, [1]))([[1.0, 2.0], [3.0]]), "different numbers of features"),
        (lambda: WAVE("a", 1.0), r"argument\[0\] is a str"),
        (lambda: WAVE(np.ones(3), np.ones(2)), r"shapes are \(3,\), \(2,\)"),
        (lambda: mg.jit(lambda x: [x, x]).grad(1.0), "returns a list of 2"),
        (lambda: mg.jit(lambda _: "no")(1.0), "returns a str"),
        (lambda: mg.jit(lambda _: [])(1.0), "returns no number"),
        (lambda: mg.jit(lambda x: x, argnums=1).grad(1.0), "argnums is 1"),
        (lambda: mg.jit(lambda *x: x[0]).describe(), "not known yet"),
        (lambda: mg.jit(MLP(2, [1]))([1.0, 2.0, 3.0]), "takes 2 inputs, not 3"),
        (lambda: mg.jit(MLP(2, [1]))(np.ones((4, 3))), "takes 2 inputs, not 3"),
    ],
)
def test_mistakes_are_told(mistake: Any, sentence: str) -> None:
    with pytest.raises(ArgumentError, match=sentence):
        mistake()


def test_finding_the_parameters_takes_time_in_proportion_to_them() -> None:
    weights = [Value(0.5) for _ in range(20_000)]
    begin = time.process_time()
    assert len(captured(lambda x: [mg.sum([w * x[0] for w in weights])], [[1.0], [2.0]])) == 20_000
    assert time.process_time() - begin < 2.0


def test_without_llvmlite_jit_says_so_at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "llvmlite.binding", None)
    with pytest.raises(MissingExtraError, match="llvmlite"):
        mg.jit(wave)


def test_a_called_program_can_be_copied_and_pickled() -> None:
    program = mg.jit(wave)
    expected = program(1.0, 2.0)
    assert copy.deepcopy(program)(1.0, 2.0) == expected
    assert pickle.loads(pickle.dumps(program))(1.0, 2.0) == expected
