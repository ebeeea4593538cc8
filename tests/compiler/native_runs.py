"""A small network in native code, for tests."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from microgradlab import optim
from microgradlab.compiler.arrays import Numbers
from microgradlab.compiler.build import rule_kernel
from microgradlab.compiler.native import NativeTraining
from microgradlab.optim import Optimizer
from microgradlab.value import Value
from tests.compiler.kernels import relu_mlp, relu_mlp_training

MLP_PARAMETERS = relu_mlp().parameters


def drawn(*shape: int, seed: int = 0) -> Numbers:
    return np.random.default_rng(seed).normal(size=shape)


ROWS = drawn(100, 3)  # two features and a target
ORDER = np.random.default_rng(1).permutation(100)


def close_to(numbers: list[float]) -> Any:
    return pytest.approx(numbers, rel=1e-12, abs=1e-14)


def training(
    optimizer: Optimizer | None = None, weights: Numbers | None = None, **options: Any
) -> NativeTraining:
    rule = rule_kernel(optimizer or optim.SGD([Value(0.0)], lr=0.1))
    native = NativeTraining(relu_mlp_training(), rule, **{"updated": MLP_PARAMETERS, **options})
    native.parameters[:] = drawn(MLP_PARAMETERS, seed=2) if weights is None else weights
    return native
