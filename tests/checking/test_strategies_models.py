"""Strategies for networks, data sets and optimizers, and what all strategies print."""

from __future__ import annotations

from functools import partial
from typing import Any

import pytest
from hypothesis import Phase, find, given, settings
from hypothesis import strategies as st

import microgradlab as mg
from microgradlab import Value
from microgradlab.checking.program import Expression, Step
from microgradlab.checking.strategies import datasets, expressions, mlps, optimizers, values
from microgradlab.data import Dataset
from microgradlab.errors import ArgumentError
from microgradlab.nn import MLP

quick = settings(database=None, print_blob=False, phases=[Phase.generate, Phase.shrink])


@given(mlps(inputs=2, outputs=3, activations=["tanh", "sigmoid"], max_layers=2, max_size=4))
def test_mlps_have_the_sizes_and_activations_asked_for(model: MLP) -> None:
    config = model.config
    assert (config["inputs"], config["sizes"][-1]) == (2, 3)
    assert len(config["sizes"]) <= 2
    assert {*config["activation"], config["output"]} <= {"tanh", "sigmoid"}


@given(mlps())
def test_mlps_can_be_run(model: MLP) -> None:
    outputs = model.predict([0.5] * model.inputs)
    assert isinstance(outputs, float) == (model.config["sizes"][-1] == 1)


@pytest.mark.parametrize("task", ["regression", "binary", "multiclass"])
def test_datasets_are_of_the_task_and_size_asked_for(task: Any) -> None:
    @given(datasets(task, inputs=2, max_samples=5))
    def holds(data: Dataset) -> None:
        assert (data.task, data.inputs) == (task, 2)
        assert 1 <= len(data) <= 5

    holds()


@pytest.mark.parametrize("task", ["regression", "binary", "multiclass"])
def test_datasets_are_of_all_tasks(task: str) -> None:
    found = find(datasets(), lambda data: data.task == task, settings=quick)
    assert len(found) == 1


def test_datasets_of_no_such_task_are_refused() -> None:
    with pytest.raises(ArgumentError, match="did you mean 'regression'"):
        datasets("regresion")  # type: ignore[arg-type]  # misspelt on purpose


@given(optimizers())
def test_optimizers_take_parameters_and_update_them(make: Any) -> None:
    parameter = Value(1.0)
    parameter.grad = 0.5
    make([parameter]).step()
    assert parameter.data < 1.0


@pytest.mark.parametrize("name", ["SGD", "RMSProp", "Adagrad", "Adam", "AdamW"])
def test_optimizers_are_of_all_kinds(name: str) -> None:
    find(optimizers(), lambda make: make.func.__name__ == name, settings=quick)


def test_optimizers_have_nesterov_among_them() -> None:
    find(optimizers(), lambda make: make.keywords.get("nesterov"), settings=quick)


@pytest.mark.parametrize(
    ("strategy", "again"),
    [
        (values(), "Value(data=1.0, grad=0.0)"),
        (mlps(), "MLP(1 → 1 linear: 2 parameters)"),
        (datasets(), "1 feature, targets from 1 to 1"),
        (optimizers(), "functools.partial(<class 'microgradlab.optim.optimizers.SGD'>, lr=0.001"),
        (expressions(operations=["mul"]), "Step(mg.OPS['mul'], (0, 0))"),
    ],
    ids=["values", "mlps", "datasets", "optimizers", "expressions"],
)
def test_a_failing_test_prints_the_python_that_makes_it_again(
    strategy: st.SearchStrategy[Any], again: str
) -> None:
    @quick
    @given(strategy)
    def fails(thing: Any) -> None:
        assert isinstance(thing, Expression)
        assert not thing.steps

    with pytest.raises(AssertionError) as caught:
        fails()
    _, _, call = "\n".join(caught.value.__notes__).partition("fails")
    names = {"mg": mg, "microgradlab": mg, "partial": partial, "Dataset": Dataset}
    names |= {"Value": Value, "MLP": MLP, "Expression": Expression, "Step": Step}
    thing = eval(f"dict{call}", names)["thing"]
    assert again in repr(thing)
