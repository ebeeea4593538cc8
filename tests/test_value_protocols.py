"""A Value among other objects: comparisons, conversions, NumPy's arrays, copies."""

from __future__ import annotations

import copy
import math
import operator
import pickle
from fractions import Fraction
from typing import Any

import numpy as np
import pytest

import microgradlab as mg
from microgradlab import Value
from microgradlab.ops import OPS

NUMBERS = [2, 2.0, Fraction(2), np.float64(2.0), np.float32(2.0), np.int64(2)]


def test_comparisons_are_by_data() -> None:
    a, b = Value(1.0), Value(2.0)
    assert a < b
    assert a <= b
    assert b > a
    assert b >= a
    assert not a > b
    assert not a >= b
    assert sorted([b, a]) == [a, b]
    assert max(a, b) is b


@pytest.mark.parametrize("two", NUMBERS, ids=lambda c: type(c).__name__)
def test_comparisons_with_numbers_on_either_side(two: Any) -> None:
    assert Value(1.0) < two <= Value(2.0)
    assert Value(3.0) > two >= Value(2.0)
    assert two > Value(1.0)
    assert two < Value(3.0)


def test_comparison_with_a_float32_is_in_double_precision() -> None:
    assert Value(1.0 + 1e-12) > np.float32(1.0)


def test_values_do_not_order_with_other_things() -> None:
    for compare in (operator.lt, operator.le, operator.gt, operator.ge):
        with pytest.raises(TypeError, match="not supported between"):
            compare(Value(1.0), "2")


def test_equality_and_hash_are_by_identity() -> None:
    a, b = Value(1.0), Value(1.0)
    others: list[object] = [b, 1.0, np.float64(1.0)]
    assert a == a
    assert all(a != other for other in others)
    assert len({a, b, a}) == 2


def test_conversions() -> None:
    assert float(Value(2.5)) == 2.5
    assert int(Value(-2.5)) == -2
    assert bool(Value(0.1))
    assert not Value(0.0)
    assert math.floor(Value(2.5)) == 2


def test_format_and_repr() -> None:
    value = Value(1 / 3, label="w")
    assert f"{value:.3f}" == "0.333"
    assert f"{value:>8.2e}" == "3.33e-01"
    assert f"{value}" == str(value) == repr(value)
    assert repr(value) == "Value(data=0.3333333333333333, grad=0.0, label='w')"
    assert repr(Value(1)) == "Value(data=1.0, grad=0.0)"


# --- in NumPy


def test_object_arrays_compute_element_by_element() -> None:
    values = np.array([Value(1.0), Value(2.0)])
    for result in (values * 2, 2 * values, values + values, values - np.array([1.0, 0.5])):
        assert all(type(item) is Value for item in result)
    assert [item.data for item in 1.0 / values] == [1.0, 0.5]
    assert [item.data for item in values**2] == [1.0, 4.0]


def test_matrix_products_of_values_and_floats() -> None:
    weights = np.array([[Value(1.0), Value(2.0)], [Value(3.0), Value(4.0)]])
    out = (weights @ np.array([10.0, 1.0])).sum()
    assert out.data == 46.0
    out.backward()
    assert [weight.grad for weight in weights.ravel()] == [10.0, 1.0, 10.0, 1.0]
    assert (np.array([1.0, 1.0]) @ weights)[1].data == 6.0


def test_a_value_times_a_float_array_is_an_array_of_values() -> None:
    product = Value(2.0) * np.array([1.0, 3.0])
    assert [item.data for item in product] == [2.0, 6.0]
    assert all(type(item) is Value for item in product)


@pytest.mark.parametrize("name", ["exp", "log", "sqrt", "sin", "cos", "tan", "tanh", "log1p"])
def test_numpys_functions_call_the_methods(name: str) -> None:
    x = Value(0.5)
    (result,) = getattr(np, name)(np.array([x]))
    assert result.op is OPS[name]
    assert result.operands == (x,)


def test_numpys_sum_mean_and_max_of_values() -> None:
    values = np.array([Value(1.0), Value(4.0), Value(1.0)])
    assert values.sum().data == 6.0
    assert values.mean().data == 2.0
    assert values.max() is values[1]


# --- copies


def test_a_deep_copy_of_a_model_is_independent() -> None:
    model = mg.MLP(2, [3, 1], seed=1)
    twin = copy.deepcopy(model)
    assert twin.predict([1.0, 2.0]) == model.predict([1.0, 2.0])
    twin.parameters()[0].data = 100.0
    assert model.parameters()[0].data != 100.0
    assert not set(model.parameters()) & set(twin.parameters())


def test_a_deep_copy_of_a_graph_has_gradients_of_its_own() -> None:
    x = Value(2.0, label="x")
    twin = copy.deepcopy(x * x)
    twin.backward()
    copied = twin.x
    assert isinstance(copied, Value)
    assert (copied.grad, copied.label, x.grad) == (4.0, "x", 0.0)


def test_leaves_can_be_pickled() -> None:
    leaf = pickle.loads(pickle.dumps(Value(2.0, label="x")))
    assert (leaf.data, leaf.label, leaf.op) == (2.0, "x", None)
