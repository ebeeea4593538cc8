"""grad and its like: mistakes are named, and where they are."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

import microgradlab as mg
from microgradlab import Value
from microgradlab.errors import ArgumentError
from microgradlab.functional import Function

WRONG: Any = Value(2.0)  # where a function belongs


def returns(result: Any) -> Callable[[Any], Any]:
    return lambda _: result


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (lambda: mg.grad(returns(None))(1.0), "returns one number; it returned None\nhint: return"),
        (lambda: mg.grad(returns("a"))(1.0), "returns one number; it returned a str\nhint: return"),
        (lambda: mg.grad(returns(True))(1.0), "returns one number; it returned a bool"),
        (
            lambda: mg.grad(lambda x: [x, x, x])(1.0),
            "grad needs a function that returns one number; it returned a list of 3\n"
            "hint: use jacobian",
        ),
        (lambda: mg.hessian(lambda x: [x])(1.0), "hessian needs a function that returns one num"),
        (lambda: mg.hvp(lambda x: [x])((1.0,), (1.0,)), "hvp needs a function that returns one"),
        (
            lambda: mg.jacobian(lambda x: {"a": [x, None]})(1.0),
            "jacobian needs a function that returns numbers; its result['a'][1] is None",
        ),
        (lambda: mg.grad(mg.sum)([1.0, 2.0, {"w": "b"}]), "argument 0, [2]['w'] is a str; grad"),
        (lambda: mg.grad(returns(1.0))(None), "argument 0 is None; grad differentiates by numbers"),
        (
            lambda: mg.grad(returns(1.0))(np.ones(2)),
            "argument 0 is a ndarray; grad differentiates by",
        ),
        (lambda: mg.grad(returns(1.0))(np.ones(2)), "hint: give array.tolist()"),
        (lambda: mg.hvp(returns(1.0))((None,), (1.0,)), "argument 0 is None; hvp differentiates"),
        (
            lambda: mg.jvp(returns(1.0))((None,), (1.0,)),
            "hint: what is no number may go by keyword",
        ),
        (
            lambda: mg.grad(returns(1.0), 1)(1.0),
            "argnums of grad is 1, but the call has 1 argument",
        ),
        (lambda: mg.grad(returns(1.0))(_=1.0), "0 arguments by position\nhint: arguments given by"),
        (lambda: mg.grad(max, (0, -2))(1.0, 2.0), "is (0, -2), the same argument twice"),
        (lambda: mg.grad(max, WRONG), "argnums of grad is Value(data=2.0, grad=0.0)\nhint: give a"),
        (lambda: mg.grad(max, ()), "argnums of grad is ()"),
        (lambda: mg.grad(WRONG), "grad takes a function, not a number\nhint: write grad(f)(x)"),
        (lambda: mg.jvp(WRONG), "jvp takes a function, not a number"),
        (lambda: mg.vjp(WRONG), "vjp takes a function, not a number"),
        (lambda: mg.jvp(mg.sin)(1.0, 1.0), "primals of jvp is a number, not a tuple of arguments"),
        (lambda: mg.hvp(mg.sin)((1.0,), 1.0), "tangents of hvp is a number, not a tuple"),
        (
            lambda: mg.jvp(mg.sum)(([1.0, [2.0]],), ([1.0, 2.0],)),
            "tangents[0][1] is a number, but the primals have a list of 1",
        ),
        (
            lambda: mg.jvp(mg.sum)(({"a": 1.0},), ({"b": 1.0},)),
            "tangents[0] is a dict with 'b', but the primals have a dict with 'a'",
        ),
        (lambda: mg.jvp(mg.sin)((1.0,), (1.0, 1.0)), "tangents is a tuple of 2, but the primals"),
        (lambda: mg.jvp(mg.sin)((1.0,), ("a",)), "tangents[0] is a str"),
        (
            lambda: mg.vjp(lambda x: [x, x])(1.0)[1](1.0),
            "cotangent is a number, but the results have a list of 2",
        ),
    ],
)
def test_mistakes_are_named(call: Callable[[], Any], message: str) -> None:
    with pytest.raises(ArgumentError) as error:
        call()
    assert message in str(error.value)


def test_a_pullback_over_parameters_that_have_changed_since_is_refused() -> None:
    w = Value(2.0)
    _, pullback = mg.vjp(lambda x: x * w)(3.0)
    w.data = 5.0
    with pytest.raises(ArgumentError, match="was changed after the forward pass"):
        pullback(1.0)


def test_all_take_a_function_and_give_a_function() -> None:
    takers: list[Callable[[Function], Function]] = [
        mg.grad,
        mg.value_and_grad,
        mg.jacobian,
        mg.hessian,
        mg.jvp,
        mg.vjp,
        mg.hvp,
    ]
    assert all(callable(taker(mg.sin)) for taker in takers)
