"""An optimizer's rule in machine code, against the optimizer itself."""

from __future__ import annotations

import ctypes
import math
from collections.abc import Callable
from dataclasses import dataclass
from math import inf, nan
from random import Random

import numpy as np
import pytest

from microgradlab import optim
from microgradlab.compiler.arrays import Numbers, aligned
from microgradlab.compiler.build import rule_kernel
from microgradlab.compiler.kernel import Kernel, Map, Operand, Steps, Sum, Total
from microgradlab.compiler.llvm.machine import host
from microgradlab.compiler.llvm.machine_code import compile
from microgradlab.compiler.llvm.rule import update_function
from microgradlab.optim import Optimizer
from microgradlab.value import Value
from tests.compiler.kernels import shared, slot, table

LENGTH = 40  # of all arrays
_POINTER, _NUMBER = ctypes.c_void_p, ctypes.c_int64
PROTOTYPE = ctypes.CFUNCTYPE(
    ctypes.c_bool, _POINTER, _POINTER, _NUMBER, _POINTER, _NUMBER, _POINTER, _NUMBER, _NUMBER
)

OPTIMIZERS: dict[str, Callable[[list[Value]], Optimizer]] = {
    "SGD": lambda parameters: optim.SGD(parameters, lr=0.1),
    "SGD with momentum": lambda parameters: optim.SGD(
        parameters, lr=0.1, momentum=0.9, nesterov=True, weight_decay=0.01
    ),
    "RMSProp": lambda parameters: optim.RMSProp(parameters, weight_decay=0.01),
    "Adagrad": optim.Adagrad,
    "Adam": optim.Adam,
    "AdamW": optim.AdamW,
}


@dataclass
class Arrays:
    """What a rule works on; numbers from `updated` on are not the optimizer's."""

    parameters: Numbers
    gradients: Numbers
    state: Numbers

    @staticmethod
    def drawn(columns: int, seed: int = 0) -> Arrays:
        draw = Random(seed)
        arrays = Arrays(aligned(LENGTH), aligned(LENGTH), aligned(columns, LENGTH))
        for array in (arrays.parameters, arrays.gradients):
            array[:] = [draw.gauss(0.0, 1.0) for _ in array]
        return arrays


class Rule:
    """A compiled rule."""

    def __init__(self, kernel: Kernel, *, fast: bool = False) -> None:
        text = update_function(kernel, host(), fast=fast)
        self.function = compile(text, host(), {"update": PROTOTYPE})["update"]

    def __call__(
        self,
        arrays: Arrays,
        scalars: tuple[float, ...],
        *,
        updated: int = LENGTH,
        span: tuple[int, int] = (0, LENGTH),
    ) -> bool:
        row = np.array(scalars)
        finite: bool = self.function(
            arrays.parameters.ctypes.data,
            arrays.gradients.ctypes.data,
            updated,
            arrays.state.ctypes.data,
            LENGTH,
            row.ctypes.data,
            *span,
        )
        return finite


def sgd() -> Kernel:
    """parameter - lr * gradient, made by hand."""
    return Kernel(
        inputs=2,
        slots=4,
        parameters=1,
        constants=(),
        statements=(one(2, "x * y", shared(0), slot(1)), one(3, "x - y", slot(0), slot(2))),
        outputs=(3,),
    )


def one(target: int, expression: str, x: Operand, y: Operand | None = None) -> Map:
    return Map((), expression, slot(target).index, x, y)


SGD = Rule(sgd())


@pytest.mark.parametrize("name", OPTIMIZERS)
def test_every_optimizer_moves_as_the_eager_one_to_the_last_bit(name: str) -> None:
    optimizer = OPTIMIZERS[name]([Value(0.0) for _ in range(LENGTH)])
    arrays = Arrays.drawn(len(optimizer.state_names))
    rule = Rule(rule_kernel(optimizer))
    for parameter, number in zip(optimizer.parameters, arrays.parameters, strict=True):
        parameter.data = float(number)
    for update in range(5):
        arrays.gradients[:] = Arrays.drawn(0, seed=update).gradients
        for parameter, number in zip(optimizer.parameters, arrays.gradients, strict=True):
            parameter.grad = float(number)
        assert rule(arrays, optimizer.step_scalars())
        optimizer.step()
        assert arrays.parameters.tolist() == [each.data for each in optimizer.parameters]
        assert arrays.state.T.tolist() == [list(numbers) for numbers in optimizer.state]


@pytest.mark.parametrize("name", OPTIMIZERS)
def test_fast_rules_stay_within_rounding(name: str) -> None:
    optimizer = OPTIMIZERS[name]([Value(0.0)])
    exact, fast = (Arrays.drawn(len(optimizer.state_names)) for _ in range(2))
    Rule(rule_kernel(optimizer))(exact, optimizer.step_scalars())
    Rule(rule_kernel(optimizer), fast=True)(fast, optimizer.step_scalars())
    np.testing.assert_allclose(fast.parameters, exact.parameters, rtol=1e-12)


@pytest.mark.parametrize("updated", [1, 7, 8, 9, 33])
def test_parameters_of_others_stay_as_they_are(updated: int) -> None:
    arrays, before = Arrays.drawn(0), Arrays.drawn(0)
    assert SGD(arrays, (0.5,), updated=updated)
    moved = before.parameters - 0.5 * before.gradients
    assert arrays.parameters[:updated].tolist() == moved[:updated].tolist()
    assert arrays.parameters[updated:].tolist() == before.parameters[updated:].tolist()


def test_a_slice_is_updated_alone() -> None:
    arrays, before = Arrays.drawn(0), Arrays.drawn(0)
    SGD(arrays, (0.5,), span=(8, 24))
    changed = arrays.parameters != before.parameters
    assert np.flatnonzero(changed).tolist() == list(range(8, 24))


def test_an_empty_slice_is_fine() -> None:
    arrays, before = Arrays.drawn(0), Arrays.drawn(0)
    assert SGD(arrays, (0.5,), span=(LENGTH, LENGTH))
    assert arrays.parameters.tolist() == before.parameters.tolist()


# --- what is not finite


@pytest.mark.parametrize("number", [nan, inf, -inf])
@pytest.mark.parametrize("place", [0, 9, LENGTH - 1])
def test_a_gradient_that_is_not_finite_is_noticed(number: float, place: int) -> None:
    arrays = Arrays.drawn(0)
    arrays.gradients[place] = number
    assert not SGD(arrays, (0.5,), updated=5)  # whoever's gradient it is


def test_gradients_outside_of_the_slice_are_not_looked_at() -> None:
    arrays = Arrays.drawn(0)
    arrays.gradients[[7, 24]] = nan
    assert SGD(arrays, (0.5,), span=(8, 24))


def test_a_parameter_that_overflows_is_noticed() -> None:
    arrays = Arrays.drawn(0)
    arrays.gradients[3] = 1e300
    assert SGD(arrays, (1.0,))
    assert not SGD(arrays, (1e10,))


def test_an_overflow_where_no_parameter_of_the_optimizer_is_does_not_count() -> None:
    arrays = Arrays.drawn(0)
    arrays.gradients[9] = 1e300
    assert SGD(arrays, (1e10,), updated=9)


def test_constants_behind_the_parameters_may_be_infinite() -> None:
    arrays = Arrays.drawn(0)
    arrays.parameters[16] = -inf
    assert SGD(arrays, (0.5,), updated=13)


# --- all kinds of statements


def test_sums_and_steps_are_computed_in_order() -> None:
    weighted = Sum((2,), 2, slot(2, 1).index, None, slot(0, 0, 1), shared(0, 2, 1))
    started = Sum((1,), 2, slot(4, 0).index, shared(0, 0), slot(2, 0, 1), None)
    irregular = Steps(("x - y", "sqrt(x)"), table([0, 5, 4, 1, -1], [1, 6, 5, -1, -1]))
    kernel = Kernel(2, 7, 4, (), (weighted, started, irregular), (6,))
    arrays, before = Arrays.drawn(0), Arrays.drawn(0)
    arrays.parameters[:] = before.parameters[:] = abs(before.parameters)
    a, b, c, d = scalars = (0.1, 0.2, 0.3, 0.4)
    Rule(kernel)(arrays, scalars)
    for p, g, moved in zip(
        before.parameters.tolist(),
        before.gradients.tolist(),
        arrays.parameters.tolist(),
        strict=True,
    ):
        inner = (a + (p * a + g * b)) + (p * c + g * d) - g
        assert moved == math.sqrt(inner) if inner >= 0.0 else math.isnan(moved)


def test_what_adds_up_samples_is_no_rule() -> None:
    total = Total((1,), 1, slot(0, 0).index, slot(0, 0), None)
    with pytest.raises(AssertionError, match="no samples to be added up"):
        update_function(Kernel(2, 2, 1, (), (total,), (0,)), host(), fast=False)
