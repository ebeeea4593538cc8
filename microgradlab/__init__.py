"""microgradlab: a scalar autograd laboratory. One number is one Value.

>>> import microgradlab as mg
>>> x = mg.Value(2.0, label="x")
>>> z = (x * mg.sin(x) + 1).tanh()
>>> z.backward()
>>> round(z.data, 6), round(x.grad, 6)
(0.9929, 0.00109)

The engine is imported at once; networks, data, losses, optimizers and training load when they are
first used, so that `import microgradlab` stays fast and needs only the standard library.
"""

from __future__ import annotations

import importlib
from typing import TYPE_CHECKING, Any

from microgradlab.functions import (
    ACTIVATIONS,
    dot,
    elu,
    gelu,
    gelu_tanh,
    hardtanh,
    leaky_relu,
    linear,
    log_sigmoid,
    log_softmax,
    logsumexp,
    max,
    mean,
    min,
    mish,
    selu,
    silu,
    softmax,
    softsign,
    sum,
    where,
)
from microgradlab.modes import detect_anomaly, no_grad
from microgradlab.ops import OPS, Op
from microgradlab.value import (
    Value,
    abs,
    acos,
    add,
    apply,
    asin,
    atan,
    cos,
    cosh,
    div,
    equal,
    erf,
    exp,
    expm1,
    gate,
    greater,
    log,
    log1p,
    maximum,
    minimum,
    mul,
    neg,
    pow,
    relu,
    sigmoid,
    sin,
    sinh,
    softplus,
    sqrt,
    sub,
    tan,
    tanh,
)

if TYPE_CHECKING:
    from microgradlab import checking, data, errors, events, init, losses, metrics, optim, plots
    from microgradlab.checking import gradcheck
    from microgradlab.checkpoint import Checkpoint, load, save
    from microgradlab.compiler.jit import jit
    from microgradlab.drawing import draw, explain, figure, why
    from microgradlab.fitting import fit
    from microgradlab.functional import grad, hessian, hvp, jacobian, jvp, value_and_grad, vjp
    from microgradlab.history import History
    from microgradlab.module import Module
    from microgradlab.nn import MLP, Layer, Neuron
    from microgradlab.recorder import Recorder
    from microgradlab.recording import Recording
    from microgradlab.training import train

__version__ = "0.1.0"

_SUBMODULES = (
    *("checking", "compiler", "data", "errors", "events", "init", "losses", "metrics", "optim"),
    "plots",
)
_HOMES = {
    "MLP": "nn",
    "Layer": "nn",
    "Neuron": "nn",
    "Module": "module",
    "History": "history",
    "train": "training",
    "fit": "fitting",
    "Checkpoint": "checkpoint",
    "save": "checkpoint",
    "load": "checkpoint",
    "Recorder": "recorder",
    "Recording": "recording",
    "jit": "compiler.jit",
    "draw": "drawing",
    "explain": "drawing",
    "figure": "drawing",
    "why": "drawing",
    "gradcheck": "checking",
    "grad": "functional",
    "value_and_grad": "functional",
    "jacobian": "functional",
    "hessian": "functional",
    "jvp": "functional",
    "vjp": "functional",
    "hvp": "functional",
}
"""The public names that load when they are first used, and the modules that hold them."""


def __getattr__(name: str) -> Any:
    if name in _SUBMODULES:
        return importlib.import_module(f"microgradlab.{name}")
    if name in _HOMES:
        found = getattr(importlib.import_module(f"microgradlab.{_HOMES[name]}"), name)
        globals()[name] = found
        return found
    raise AttributeError(f"module 'microgradlab' has no attribute {name!r}")


def __dir__() -> list[str]:
    return sorted(__all__)


__all__ = [
    "ACTIVATIONS",
    "MLP",
    "OPS",
    "Checkpoint",
    "History",
    "Layer",
    "Module",
    "Neuron",
    "Op",
    "Recorder",
    "Recording",
    "Value",
    "abs",
    "acos",
    "add",
    "apply",
    "asin",
    "atan",
    "checking",
    "compiler",
    "cos",
    "cosh",
    "data",
    "detect_anomaly",
    "div",
    "dot",
    "draw",
    "elu",
    "equal",
    "erf",
    "errors",
    "events",
    "exp",
    "explain",
    "expm1",
    "figure",
    "fit",
    "gate",
    "gelu",
    "gelu_tanh",
    "grad",
    "gradcheck",
    "greater",
    "hardtanh",
    "hessian",
    "hvp",
    "init",
    "jacobian",
    "jit",
    "jvp",
    "leaky_relu",
    "linear",
    "load",
    "log",
    "log1p",
    "log_sigmoid",
    "log_softmax",
    "logsumexp",
    "losses",
    "max",
    "maximum",
    "mean",
    "metrics",
    "min",
    "minimum",
    "mish",
    "mul",
    "neg",
    "no_grad",
    "optim",
    "plots",
    "pow",
    "relu",
    "save",
    "selu",
    "sigmoid",
    "silu",
    "sin",
    "sinh",
    "softmax",
    "softplus",
    "softsign",
    "sqrt",
    "sub",
    "sum",
    "tan",
    "tanh",
    "train",
    "value_and_grad",
    "vjp",
    "where",
    "why",
]
