"""The rules are pure functions of scalars: the same on floats and on Values."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from microgradlab.optim import rules
from microgradlab.value import Value

EPS = 1e-8
SGD = {"momentum": 0.9, "nesterov": False, "weight_decay": 0.1}
ADAM = {"betas": (0.9, 0.99), "eps": EPS, "weight_decay": 0.1}
# A rule, how many numbers its state has, how many scalars follow, its hyper-parameters.
RULES: dict[str, tuple[Callable[..., Any], int, int, dict[str, Any]]] = {
    "sgd": (rules.sgd, 0, 1, {**SGD, "momentum": 0.0}),
    "momentum": (rules.sgd, 1, 1, SGD),
    "nesterov": (rules.sgd, 1, 1, {**SGD, "nesterov": True}),
    "rmsprop": (rules.rmsprop, 1, 1, {"alpha": 0.9, "eps": EPS, "weight_decay": 0.1}),
    "adagrad": (rules.adagrad, 1, 1, {"eps": EPS, "weight_decay": 0.1}),
    "adam": (rules.adam, 2, 2, ADAM),
    "adamw": (rules.adamw, 2, 3, ADAM),
}

numbers = st.floats(-100.0, 100.0)
positive = st.floats(0.01, 1.0)


@pytest.mark.parametrize("name", RULES)
@given(data=st.data())
def test_a_rule_traced_on_values_gives_the_numbers_of_floats(
    name: str, data: st.DataObject
) -> None:
    rule, states, scalars, options = RULES[name]
    point = [data.draw(numbers), data.draw(numbers)]
    state = tuple(data.draw(positive) for _ in range(states))
    rest = [data.draw(positive) for _ in range(scalars)]
    parameter, new_state = rule(*point, state, *rest, **options)
    traced, traced_state = rule(*map(Value, point), tuple(map(Value, state)), *rest, **options)
    assert (traced.data, tuple(value.data for value in traced_state)) == (parameter, new_state)


@pytest.mark.parametrize("name", RULES)
def test_a_rule_does_not_read_the_scalars_to_choose_its_way(name: str) -> None:
    rule, states, scalars, options = RULES[name]

    def operations(at: float) -> list[str]:
        inputs = [Value(at) for _ in range(2 + states + scalars)]
        out, _ = rule(*inputs[:2], tuple(inputs[2 : 2 + states]), *inputs[2 + states :], **options)
        found, stack = [], [out]
        while stack:
            node = stack.pop()
            if isinstance(node, Value) and node.op is not None:
                found.append(node.op.name)
                stack.extend(node.operands)
        return found

    assert operations(0.0) == operations(0.7)


def test_plain_sgd_goes_against_the_gradient() -> None:
    assert rules.sgd(1.0, 2.0, (), 0.25, momentum=0.0, nesterov=False, weight_decay=0.0) == (
        0.5,
        (),
    )


@given(gradient=numbers.filter(lambda g: abs(g) > 1e-3))
def test_adams_first_step_is_the_learning_rate_against_the_sign(gradient: float) -> None:
    lr, root = 0.1, (1.0 - 0.999) ** 0.5
    moved, _ = rules.adam(
        0.0, gradient, (0.0, 0.0), lr / 0.1, root, betas=(0.9, 0.999), eps=0.0, weight_decay=0.0
    )
    assert moved == pytest.approx(-lr if gradient > 0 else lr)


@given(start=numbers, end=numbers)
def test_lerp_gives_both_ends_exactly(start: float, end: float) -> None:
    assert rules.lerp(start, end, 0.0) == start
    assert rules.lerp(start, end, 1.0) == end
