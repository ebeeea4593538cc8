"""Kernels as machine code against their interpretation, statement by statement."""

from __future__ import annotations

from dataclasses import replace
from functools import cache
from itertools import pairwise

import numpy as np
import pytest
from hypothesis import given, settings

from microgradlab.compiler.kernel import Index, Kernel, Map, Sum, Total
from microgradlab.compiler.llvm.kernel import functions
from microgradlab.compiler.llvm.machine import Machine, host
from tests.compiler.kernels import KERNELS, dense, dense_layer, relu_mlp_training, shared, slot
from tests.compiler.llvm.running import (
    SEED,
    Native,
    assert_same_bits,
    drawn,
    drawn_whole,
    interpreted,
    showing_all,
)
from tests.compiler.llvm.statements import kernels

MACHINES = {
    "this one": host(),
    "two lanes": replace(host(), lanes=2),
    "eight lanes": replace(host(), lanes=8, registers=32),
}


@cache
def native(name: str, machine: str = "this one") -> Native:
    return Native(showing_all(KERNELS[name]), MACHINES[machine])


@pytest.mark.parametrize("machine", MACHINES)
@pytest.mark.parametrize("name", KERNELS)
def test_each_slot_of_each_sample_has_the_interpreters_bits(name: str, machine: str) -> None:
    ours = native(name, machine)
    rows, parameters = drawn(ours.kernel, 9)
    theirs = interpreted(ours.kernel, rows, parameters)
    assert_same_bits(ours(rows, parameters).outputs, theirs.outputs)


@pytest.mark.parametrize("samples", [1, 2, 7, 8, 9, 16, 17, 100, 128, 129, 300])
def test_totals_are_sums_over_any_number_of_samples(samples: int) -> None:
    for name in ("training of a relu MLP", "two-dimensional totals"):
        kernel = native(name).kernel
        rows, parameters = drawn_whole(kernel, samples)
        ours, theirs = native(name)(rows, parameters), interpreted(kernel, rows, parameters)
        assert ours.totals.tolist() == theirs.totals.tolist()
        assert_same_bits(ours.outputs, theirs.outputs)


@settings(max_examples=60, deadline=None)
@given(kernels())
def test_random_statements_compute_what_the_interpreter_does(kernel: Kernel) -> None:
    ours = Native(kernel)
    rows, parameters = drawn(kernel, 3)
    theirs = interpreted(kernel, rows, parameters)
    assert_same_bits(ours(rows, parameters).outputs, theirs.outputs)
    rows, parameters = drawn_whole(kernel, 11)
    theirs = interpreted(kernel, rows, parameters)
    assert ours(rows, parameters).totals.tolist() == theirs.totals.tolist()


def test_a_sum_without_a_start_begins_with_its_first_term() -> None:
    total = Sum((1,), 2, Index(2, (0,)), start=None, x=slot(0, 0, 1), y=None)
    kernel = Kernel(2, 3, 0, (), (total,), outputs=(2,))
    ours = Native(kernel)(np.array([[-0.0, -0.0], [0.0, -0.0]]), np.empty(0))
    assert_same_bits(ours.outputs, np.array([[-0.0], [0.0]]))


def test_a_samples_terms_are_added_up_before_the_samples_are() -> None:
    weighted = Map((2,), "x * y", Index(3, (1,)), slot(0, 1), slot(2, 0))
    total = Total((1,), 2, Index(0, (0,)), slot(3, 0, 1), None)
    kernel = Kernel(3, 5, 0, (), (weighted, total), outputs=(), totals=1, seed=2)
    rows = np.array([[1.0, 0.0]] + 99 * [[1e20, -1e20]])  # 1 + 1e20 would be 1e20
    assert Native(kernel)(rows, np.empty(0)).totals.tolist() == [SEED]


def layers(*widths: int) -> Kernel:
    """Dense layers one behind the other, and the outer products of each one's ends.

    Behind a layer's outputs stand the same times the seed, the weight of each sample.
    """
    forward: list[Map | Sum] = []
    outer: list[Total] = []
    seed, source, parameters, totals = widths[0], 0, 0, 0
    slots = seed + 1
    for inputs, outputs in pairwise(widths):
        weighted, each = slots + outputs, (outputs,)
        forward += [
            dense(inputs, outputs, source=source, target=slots),
            Map(each, "x * y", Index(weighted, (1,)), slot(slots, 1), slot(seed, 0)),
        ]
        ends = slot(weighted, 1, 0, 0), slot(source, 0, 1, 0)
        outer.append(Total((outputs, inputs), 1, Index(totals, (inputs, 1)), *ends))
        source, slots = slots, weighted + outputs
        parameters = max(parameters, outputs * (inputs + 1))
        totals += outputs * inputs
    return Kernel(
        inputs=seed + 1,
        slots=slots,
        parameters=parameters,
        constants=(),
        statements=(*forward, *outer),
        outputs=tuple(range(slots)),
        totals=totals,
        seed=seed,
    )


@pytest.mark.parametrize("machine", MACHINES)
def test_layers_may_have_any_width(machine: str) -> None:
    kernel = layers(5, 17, 1, 2, 3, 100, 10, 7)
    ours = Native(kernel, MACHINES[machine])
    rows, parameters = drawn(kernel, 9)
    theirs = interpreted(kernel, rows, parameters)
    assert_same_bits(ours(rows, parameters).outputs, theirs.outputs)
    np.testing.assert_allclose(ours(rows, parameters).totals, theirs.totals, rtol=1e-9)


TRAINING = "training of a relu MLP"


def test_an_order_chooses_samples() -> None:
    rows, parameters = drawn(native(TRAINING).kernel, 40)
    order = np.random.default_rng(0).integers(40, size=50)
    ours = native(TRAINING)(rows, parameters, order=order, first=20, count=30)
    theirs = native(TRAINING)(rows[order[20:]], parameters)
    assert_same_bits(ours.outputs[20:], theirs.outputs)
    assert_same_bits(ours.totals, theirs.totals)


def test_without_an_order_samples_are_in_their_places() -> None:
    rows, parameters = drawn(native(TRAINING).kernel, 40)
    ours = native(TRAINING)(rows, parameters, first=20, count=13)
    theirs = native(TRAINING)(rows[20:33], parameters)
    assert_same_bits(ours.outputs[20:], theirs.outputs)
    assert_same_bits(ours.totals, theirs.totals)


def test_outputs_are_written_for_the_samples_alone() -> None:
    rows, parameters = drawn(native(TRAINING).kernel, 40)
    ours = native(TRAINING)(rows, parameters, first=20, count=13)
    assert (ours.outputs[:20] == 7.0).all()


def test_outputs_need_not_be_wanted() -> None:
    rows, parameters = drawn(native(TRAINING).kernel, 40)
    ours = native(TRAINING)(rows, parameters, outputs=False)
    assert (ours.outputs == 7.0).all()
    assert_same_bits(ours.totals, native(TRAINING)(rows, parameters).totals)


def test_totals_are_added_to_what_is_there() -> None:
    rows, parameters = drawn_whole(native(TRAINING).kernel, 10)
    totals = np.arange(float(native(TRAINING).kernel.totals))
    ours = native(TRAINING)(rows, parameters, totals=totals.copy()).totals
    assert (ours - totals).tolist() == native(TRAINING)(rows, parameters).totals.tolist()


def test_no_samples_are_nothing() -> None:
    rows, parameters = drawn(native(TRAINING).kernel, 1)
    assert not native(TRAINING)(rows, parameters, count=0).totals.any()


def test_places_may_reach_from_the_parameters_into_the_constants() -> None:
    kernel = Kernel(
        inputs=1,
        slots=5,
        parameters=3,
        constants=(0.5, 0.25),
        statements=(Map((4,), "x * y", Index(1, (1,)), slot(0, 0), shared(4, -1)),),
        outputs=(1, 2, 3, 4),
    )
    ours = Native(kernel)(np.array([[2.0]]), np.array([1.0, 3.0, 5.0]))
    assert ours.outputs.tolist() == [[0.5, 1.0, 10.0, 6.0]]


def test_a_kernel_of_a_seed_alone_has_one_sample() -> None:
    each = (3,)
    kernel = Kernel(
        inputs=1,
        slots=8,
        parameters=3,
        constants=(),
        statements=(
            Map(each, "x * y", Index(1, (1,)), shared(0, 1), shared(0, 1)),
            Sum((1,), 3, Index(4, (0,)), None, slot(1, 0, 1), None),
            Map(each, "x * (y + y)", Index(5, (1,)), slot(0, 0), shared(0, 1)),
            Total(each, 1, Index(0, (1,)), slot(5, 1, 0), None),
            Total((1,), 1, Index(3, (0,)), slot(4, 0, 0), slot(0, 0, 0)),
        ),
        outputs=(4,),
        totals=4,
        seed=0,
    )
    ours = Native(kernel)(np.empty((1, 0)), np.array([1.0, 2.0, -3.0]))
    assert ours.outputs.tolist() == [[14.0]]
    assert ours.totals.tolist() == [2.0 * SEED, 4.0 * SEED, -6.0 * SEED, 14.0 * SEED]


def test_fast_code_computes_nearly_the_same() -> None:
    kernel = showing_all(relu_mlp_training(5, 30))
    rows, parameters = drawn(kernel, 50)
    fast = Native(kernel, fast=True)(rows, parameters)
    exact = Native(kernel)(rows, parameters)
    np.testing.assert_allclose(fast.outputs, exact.outputs, rtol=1e-12, atol=1e-12)
    np.testing.assert_allclose(fast.totals, exact.totals, rtol=1e-12, atol=1e-12)


def text(kernel: Kernel, machine: Machine | None = None) -> str:
    return functions(kernel, machine or host(), name="kernel", fast=False)


def test_the_same_kernel_has_the_same_code() -> None:
    assert text(relu_mlp_training(3, 8)) == text(relu_mlp_training(3, 8))


def test_the_code_of_large_loops_is_no_longer() -> None:
    small, large = text(layers(40, 80, 40)), text(layers(400, 800, 400))
    assert large.count("\n") == small.count("\n")


def test_code_begins_with_its_name() -> None:
    names = [
        line.partition("@")[2].partition("(")[0]
        for line in text(dense_layer()).splitlines()
        if line.startswith("define")
    ]
    assert names[-1] == "kernel"
    assert all(name.startswith("kernel.") for name in names[:-1])
