"""What `train` asks of its arguments, before the first event. Floor 7."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from typing import Any

from microgradlab.errors import ArgumentError
from microgradlab.history import COLUMNS
from microgradlab.losses import Loss, binary_cross_entropy, loss_by_name
from microgradlab.metrics import Metric, Samples, metrics_by_name
from microgradlab.module import Module
from microgradlab.nn import MLP
from microgradlab.optim import Optimizer
from microgradlab.value import Value


def checked_samples(name: str, data: Samples, model: Module) -> list[tuple[Any, Any]]:
    """The samples as a list, if each is a pair, and its features fit where the model is an MLP."""
    samples = list(data)
    if not samples:
        raise ArgumentError(
            f"{name} has no samples",
            hint="give at least one; an iterator can be gone through only once",
        )
    for place, sample in enumerate(samples):
        if not isinstance(sample, (tuple, list)) or len(sample) != 2:
            raise ArgumentError(
                f"{name}[{place}] is no pair (features, target)",
                hint="as in [([0.0, 1.0], 1), ([1.0, 1.0], 0)]",
            )
        features = len(sample[0]) if hasattr(sample[0], "__len__") else "no list of"
        numbers = sample[0] if isinstance(sample[0], (tuple, list)) else ()
        for column, number in enumerate(numbers):
            if isinstance(number, float) and not math.isfinite(number):
                raise ArgumentError(
                    f"{name}[{place}] has {number!r} as feature {column}",
                    hint="fill in what is missing before training",
                )
        for number in sample[1] if isinstance(sample[1], (tuple, list)) else (sample[1],):
            if isinstance(number, float) and not math.isfinite(number):
                raise ArgumentError(
                    f"{name}[{place}] has {number!r} as target",
                    hint="leave out samples whose target is missing",
                )
        if type(model) is MLP and features != model.inputs:
            raise ArgumentError(
                f"{name}[{place}] has {features} features; the model takes {model.inputs}",
                hint="make the model with one input for each feature",
            )
    return samples


def checked_parameters(model: Module, optimizer: Optimizer) -> dict[str, Value]:
    for what, given, kind in (("model", model, Module), ("optimizer", optimizer, Optimizer)):
        if not isinstance(given, kind):
            raise ArgumentError(
                f"the {what} is {given!r}, not {'an' if what[0] == 'o' else 'a'} {kind.__name__}",
                hint="as in fit(model, data, loss, optim.Adam(model.parameters(), lr=0.01))",
            )
    named = dict(model.named_parameters())
    if not named:
        raise ArgumentError(f"{type(model).__name__} has no parameters to train")
    if set(named.values()).isdisjoint(optimizer.parameters):
        raise ArgumentError(
            "the optimizer has none of the model's parameters",
            hint=f"make it for this model: {type(optimizer).__name__}(model.parameters(), ...)",
        )
    for name, parameter in named.items():
        parameter.label = parameter.label or name  # messages and pictures name it
    return named


def fitting_loss(loss: str | Loss, model: Module) -> Loss:
    """The loss, unless it takes logits and the model's last layer makes probabilities of them."""
    function = loss_by_name(loss)
    output = model.layers[-1].activation_name if type(model) is MLP else ""
    if function is binary_cross_entropy and output == "sigmoid":
        raise ArgumentError(
            "binary_cross_entropy takes a logit, but the model's last layer is a sigmoid already",
            hint='make the model with output="linear"; mg.sigmoid(output) is the probability',
        )
    return function


def checked_function(name: str, function: Any) -> Any:
    if function is not None and not callable(function):
        raise ArgumentError(
            f"{name} is {function!r}, not a function of the parameters",
            hint="as in penalty=losses.l2(1e-4), clip=lambda p: optim.clip_grad_norm(p, 1.0)",
        )
    return function


def checked_metrics(metrics: Sequence[str] | Mapping[str, Metric]) -> dict[str, Metric]:
    named = metrics_by_name(metrics)
    for name in COLUMNS & named.keys():
        raise ArgumentError(f"a metric is called {name!r}, as is a column that every history has")
    return named


def checked_loss(loss: Any) -> Value:
    if isinstance(loss, Value) and loss.dx is None and loss.dy is None:
        raise ArgumentError(
            f"no operation leads from the parameters to the loss {loss!r}, so nothing would learn",
            hint="compute it from the prediction itself, not from its .data, and outside no_grad()",
        )
    if not isinstance(loss, Value):
        raise ArgumentError(
            f"the loss is {loss!r}, not a Value",
            hint="compute it from the prediction itself, not from its .data; "
            "microgradlab.maximum(x, 0.0) is a Value where max(x, 0.0) may not be",
        )
    return loss
