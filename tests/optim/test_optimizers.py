"""What every optimizer promises: steps, gradients, state, and errors for bad arguments."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from microgradlab import optim
from microgradlab.engine import NOT_COMPUTED
from microgradlab.errors import ArgumentError, CheckpointError
from microgradlab.value import Value

NAMES = list(optim.OPTIMIZERS)


def descend(optimizer: optim.Optimizer, updates: int) -> list[float]:
    """Updates along the gradient of Σ x⁴ / 4 - x; returns the parameters."""
    for _ in range(updates):
        for parameter in optimizer.parameters:
            parameter.grad = parameter.data * parameter.data * parameter.data - 1.0
        optimizer.step()
    return [parameter.data for parameter in optimizer.parameters]


@pytest.mark.parametrize("name", NAMES)
def test_every_optimizer_finds_a_minimum(name: str) -> None:
    optimizer = optim.by_name(name, [Value(0.5), Value(1.4)], lr=0.05)
    assert descend(optimizer, 500) == pytest.approx([1.0, 1.0], abs=0.06)


def test_a_step_uses_the_gradients_of_backward() -> None:
    weight = Value(3.0)
    optimizer = optim.SGD([weight], lr=0.5)
    (weight * weight).backward()
    optimizer.step()
    assert weight.data == 0.0
    assert type(weight.data) is float


def test_a_step_takes_the_number_of_a_gradient_with_a_graph() -> None:
    weight = Value(3.0)
    (weight * weight).backward(create_graph=True)
    optim.SGD([weight], lr=0.5).step()
    assert type(weight.data) is float


def test_a_parameter_without_gradient_stays() -> None:
    used, unused = Value(3.0), Value(4.0)
    (used * used).backward()
    optim.Adam([used, unused]).step()
    assert unused.data == 4.0


def test_zero_grad_forgets_all_gradients() -> None:
    weight = Value(3.0)
    (weight * weight).backward()
    optim.SGD([weight]).zero_grad()
    assert weight.grad is NOT_COMPUTED


def test_lr_is_the_rate_of_the_next_update() -> None:
    weight = Value(1.0)
    optimizer = optim.SGD([weight], lr=lambda updates: [0.5, 0.25][updates])
    weight.grad = 1.0
    assert (optimizer.updates, optimizer.lr) == (0, 0.5)
    optimizer.step()
    assert (optimizer.updates, optimizer.lr, weight.data) == (1, 0.25, 0.5)
    optimizer.step()
    assert weight.data == 0.25


def test_parameters_may_come_from_a_generator() -> None:
    assert len(optim.SGD(Value(x) for x in (1.0, 2.0)).parameters) == 2


def test_repr_names_the_options() -> None:
    assert repr(optim.Adagrad([Value(1.0)], lr=0.5)) == (
        "Adagrad(parameters=1, lr=ConstantLR(lr=0.5), eps=1e-10, weight_decay=0.0)"
    )


# -- state -----------------------------------------------------------------------------------------


@settings(max_examples=20)
@given(
    name=st.sampled_from(NAMES),
    start=st.lists(st.floats(-1.5, 1.5), min_size=1, max_size=4),
    before=st.integers(0, 5),
    after=st.integers(1, 5),
)
def test_a_restored_optimizer_goes_on_bit_for_bit(
    name: str, start: list[float], before: int, after: int
) -> None:
    schedule = optim.CosineAnnealingLR(0.1, total_steps=10)
    first = optim.by_name(name, [Value(x) for x in start], schedule)
    descend(first, before)
    saved = json.dumps(first.state_dict())
    second = optim.by_name(name, [Value(p.data) for p in first.parameters], schedule)
    second.load_state_dict(json.loads(saved))
    assert descend(second, after) == descend(first, after)
    assert second.state_dict() == first.state_dict()


def test_the_state_names_what_it_holds() -> None:
    optimizer = optim.SGD([Value(2.0), Value(0.0)], lr=0.1, momentum=0.9)
    descend(optimizer, 1)
    assert optimizer.state_dict() == {
        "optimizer": "SGD",
        "parameters": 2,
        "updates": 1,
        "state": {"momentum_buffer": [7.0, -1.0]},
    }


def test_a_saved_state_does_not_change_with_later_updates() -> None:
    optimizer = optim.Adam([Value(2.0)])
    saved = optimizer.state_dict()
    descend(optimizer, 1)
    assert saved["state"] == {"exp_avg": [0.0], "exp_avg_sq": [0.0]}


ADAM = optim.Adam([Value(1.0), Value(2.0)]).state_dict()
MISFITS: dict[str, tuple[Any, str]] = {
    "no dict": ([], "optimizer state is"),
    "another optimizer": (optim.AdamW([Value(1.0), Value(2.0)]).state_dict(), "'AdamW'.*'Adam'"),
    "another number": (optim.Adam([Value(1.0)]).state_dict(), "parameters 1; .* takes 2"),
    "updates missing": ({**ADAM, "updates": None}, "updates None"),
    "updates negative": ({**ADAM, "updates": -1}, "updates -1"),
    "state missing": ({**ADAM, "state": None}, "state None"),
    "other names": ({**ADAM, "state": {"square_avg": [0.0, 0.0]}}, "square_avg.*exp_avg"),
    "short list": ({**ADAM, "state": {**ADAM["state"], "exp_avg": [0.0]}}, "damaged.*'exp_avg'"),
    "text": ({**ADAM, "state": {**ADAM["state"], "exp_avg": ["0", "0"]}}, "damaged.*'exp_avg'"),
    "no list": ({**ADAM, "state": {**ADAM["state"], "exp_avg": 0.0}}, "damaged.*'exp_avg'"),
}


@pytest.mark.parametrize("case", MISFITS)
def test_a_state_that_does_not_fit_is_refused_and_changes_nothing(case: str) -> None:
    state, message = MISFITS[case]
    optimizer = optim.Adam([Value(1.0), Value(2.0)])
    descend(optimizer, 3)
    before = optimizer.state_dict()
    with pytest.raises(CheckpointError, match=message):
        optimizer.load_state_dict(state)
    assert optimizer.state_dict() == before


def test_a_momentum_state_does_not_fit_plain_sgd() -> None:
    state = optim.SGD([Value(1.0)], momentum=0.9).state_dict()
    with pytest.raises(CheckpointError, match="momentum_buffer"):
        optim.SGD([Value(1.0)]).load_state_dict(state)


# -- bad arguments ---------------------------------------------------------------------------------

Make = Callable[[], object]
one = [Value(1.0)]
BAD: dict[str, tuple[Make, str]] = {
    "no parameters": (lambda: optim.SGD([]), "parameters is empty"),
    "no list": (lambda: optim.SGD(one[0]), "not a list of Values"),  # type: ignore[arg-type]
    "numbers": (lambda: optim.SGD([1.0]), "is 1.0, not a Value"),  # type: ignore[list-item]
    "results": (lambda: optim.SGD([one[0] * 2.0]), "the result of mul"),
    "duplicates": (lambda: optim.SGD([*one, Value(2.0), *one]), r"\[2\] and parameters\[0\]"),
    "negative lr": (lambda: optim.SGD(one, lr=-0.1), "lr is -0.1"),
    "nan lr": (lambda: optim.SGD(one, lr=float("nan")), "lr is nan"),
    "infinite lr": (lambda: optim.SGD(one, lr=float("inf")), "lr is inf"),
    "text lr": (lambda: optim.SGD(one, lr="0.1"), "lr is '0.1'"),  # type: ignore[arg-type]
    "true lr": (lambda: optim.SGD(one, lr=True), "lr is True"),
    "a schedule's lr": (lambda: optim.SGD(one, lr=lambda _: -1.0).step(), "lr is -1.0"),
    "momentum": (lambda: optim.SGD(one, momentum=-0.1), "momentum is -0.1"),
    "nesterov": (lambda: optim.SGD(one, nesterov=True), "nesterov needs momentum"),
    "weight decay": (lambda: optim.SGD(one, weight_decay=-1.0), "weight_decay is -1.0"),
    "alpha": (lambda: optim.RMSProp(one, alpha=1.0), "alpha is 1.0"),
    "eps": (lambda: optim.Adagrad(one, eps=0.0), "eps is 0.0"),
    "beta of 1": (lambda: optim.Adam(one, betas=(0.9, 1.0)), r"betas\[1\] is 1.0"),
    "negative beta": (lambda: optim.AdamW(one, betas=(-0.1, 0.9)), r"betas\[0\] is -0.1"),
    "one beta": (lambda: optim.Adam(one, betas=0.9), "betas is 0.9"),  # type: ignore[arg-type]
    "unknown name": (lambda: optim.by_name("adm", one, 0.1), "did you mean 'adam'"),
}


@pytest.mark.parametrize("case", BAD)
def test_a_bad_argument_is_named_at_once(case: str) -> None:
    make, message = BAD[case]
    with pytest.raises(ArgumentError, match=message) as caught:
        make()
    assert caught.value.hint


@pytest.mark.parametrize("name", NAMES)
def test_a_name_stands_for_an_optimizer_with_its_options(name: str) -> None:
    optimizer = optim.by_name(name, [Value(1.0)], 0.5, weight_decay=0.25)
    assert (optimizer.lr, optimizer.options["weight_decay"]) == (0.5, 0.25)


def test_momentum_and_nesterov_are_sgd() -> None:
    nesterov = optim.by_name("nesterov", [Value(1.0)], 0.5)
    momentum = optim.by_name("momentum", [Value(1.0)], 0.5, momentum=0.8)
    assert (nesterov.options["momentum"], nesterov.options["nesterov"]) == (0.9, True)
    assert (momentum.options["momentum"], momentum.options["nesterov"]) == (0.8, False)
