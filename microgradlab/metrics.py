"""Measures of how good predictions are, in a reader's units rather than the loss's. Floor 6."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any

from microgradlab.errors import ArgumentError, unknown_name
from microgradlab.losses import Loss, loss_by_name
from microgradlab.module import Module

Metric = Callable[[Sequence[Any], Sequence[float]], float]
Samples = Iterable[tuple[Any, Any]]


def predicted_class(output: Any) -> int:
    """The class that a model's output stands for: the largest logit, or a single logit's sign.

    >>> predicted_class([0.1, 2.0, -1.0]), predicted_class(-0.3)
    (1, 0)
    """
    if isinstance(output, (list, tuple)):
        return max(range(len(output)), key=lambda index: float(output[index]))
    return int(float(output) > 0.0)


def accuracy(outputs: Sequence[Any], targets: Sequence[float]) -> float:
    """The share of samples whose class is predicted; targets of -1 count as class 0.

    >>> accuracy([1.5, -0.5], [1, 1])
    0.5
    """
    _check(outputs, targets)
    pairs = zip(outputs, targets, strict=True)
    return sum(predicted_class(output) == max(target, 0) for output, target in pairs) / len(targets)


def mean_absolute_error(outputs: Sequence[Any], targets: Sequence[float]) -> float:
    """The mean distance between prediction and target.

    >>> mean_absolute_error([1.0, 2.0], [1.0, 4.0])
    1.0
    """
    _check(outputs, targets)
    pairs = zip(outputs, targets, strict=True)
    return math.fsum(abs(float(output) - target) for output, target in pairs) / len(targets)


def r2(outputs: Sequence[Any], targets: Sequence[float]) -> float:
    """The share of the targets' variance that is explained; 0 for predicting their mean.

    >>> r2([1.0, 2.0, 3.0], [1.0, 2.0, 3.0])
    1.0
    """
    _check(outputs, targets)
    average = math.fsum(targets) / len(targets)
    total = math.fsum((target - average) ** 2 for target in targets)
    pairs = zip(outputs, targets, strict=True)
    residual = math.fsum((float(output) - target) ** 2 for output, target in pairs)
    if total == 0.0:
        return 1.0 if residual == 0.0 else 0.0
    return 1.0 - residual / total


def confusion_matrix(
    outputs: Sequence[Any], targets: Sequence[float], classes: int
) -> list[list[int]]:
    """How often each class (row) was predicted as each class (column).

    >>> confusion_matrix([1.5, -0.5, 2.0], [1, 1, 0], classes=2)
    [[0, 1], [1, 1]]
    """
    _check(outputs, targets)
    counts = [[0] * classes for _ in range(classes)]
    for output, target in zip(outputs, targets, strict=True):
        counts[int(max(target, 0))][predicted_class(output)] += 1
    return counts


METRICS: dict[str, Metric] = {
    "accuracy": accuracy,
    "mean_absolute_error": mean_absolute_error,
    "r2": r2,
}
"""The metrics by name."""


def metrics_by_name(names: Sequence[str]) -> dict[str, Metric]:
    """The metrics of these names.

    Raises:
        ArgumentError: no metric has this name; the nearest one is suggested.
    """
    for name in names:
        if name not in METRICS:
            raise unknown_name("metric", name, METRICS)
    return {name: METRICS[name] for name in names}


def evaluate(
    model: Module, data: Samples, loss: str | Loss, metrics: Sequence[str] | Mapping[str, Metric]
) -> dict[str, float]:
    """The cost and metrics of a model on data, without training.

    >>> from microgradlab import MLP, data
    >>> scores = evaluate(MLP(2, [1], seed=0), data.xor(40, seed=0), "hinge", ["accuracy"])
    >>> sorted(scores)
    ['accuracy', 'cost']
    """
    loss = loss_by_name(loss)
    named = metrics if isinstance(metrics, Mapping) else metrics_by_name(metrics)
    outputs, targets, total = [], [], 0.0
    for features, target in data:
        output = model.predict(features)
        outputs.append(output)
        targets.append(target)
        total += float(loss(output, target))
    scores = {name: metric(outputs, targets) for name, metric in named.items()}
    return {"cost": total / len(targets), **scores}


def _check(outputs: Sequence[Any], targets: Sequence[float]) -> None:
    if len(outputs) != len(targets) or not targets:
        raise ArgumentError(
            f"{len(outputs)} predictions cannot be compared with {len(targets)} targets",
            hint="give one prediction for each target, and at least one",
        )
