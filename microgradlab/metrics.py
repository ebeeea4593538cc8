"""Measures of how good predictions are, in a reader's units rather than the loss's. Floor 6."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any

from microgradlab.errors import ArgumentError, unknown_name
from microgradlab.functions import mean, sum
from microgradlab.losses import Loss, loss_by_name
from microgradlab.modes import no_grad
from microgradlab.module import Module
from microgradlab.value import Value

Metric = Callable[[Sequence[Any], Sequence[float]], float]
Samples = Iterable[tuple[Any, Any]]


def predicted_class(output: Any) -> int:
    """The class that a model's output stands for: the largest logit, or a single logit's sign.

    >>> predicted_class([0.1, 2.0, -1.0]), predicted_class(-0.3)
    (1, 0)
    """
    if isinstance(output, (list, tuple)) and len(output) > 1:
        return max(range(len(output)), key=lambda index: float(output[index]))
    return int(float(output[0] if isinstance(output, (list, tuple)) else output) > 0.0)


def accuracy(outputs: Sequence[Any], targets: Sequence[float]) -> float:
    """The share of samples whose class is predicted; targets of -1 count as class 0.

    >>> accuracy([1.5, -0.5], [1, 1])
    0.5
    """
    _check(outputs, targets)
    pairs = zip(outputs, targets, strict=True)
    right = [predicted_class(output) == max(target, 0) for output, target in pairs]
    return right.count(True) / len(right)


def mean_absolute_error(outputs: Sequence[Any], targets: Sequence[float]) -> float:
    """The mean distance between prediction and target.

    >>> mean_absolute_error([1.0, 2.0], [1.0, 4.0])
    1.0
    """
    _check_numbers(outputs, targets)
    pairs = zip(outputs, targets, strict=True)
    return sum(abs(float(output) - target) for output, target in pairs) / len(targets)


def r2(outputs: Sequence[Any], targets: Sequence[float]) -> float:
    """The share of the targets' variance that is explained; 0 for predicting their mean.

    >>> r2([1.0, 2.0, 3.0], [1.0, 2.0, 3.0])
    1.0
    """
    _check_numbers(outputs, targets)
    average = sum(targets) / len(targets)
    total = sum(_square(target - average) for target in targets)
    pairs = zip(outputs, targets, strict=True)
    residual = sum(_square(float(output) - target) for output, target in pairs)
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
        actual, predicted = int(max(target, 0)), predicted_class(output)
        if max(actual, predicted) >= classes:
            raise ArgumentError(
                f"class {max(actual, predicted)} does not fit into {classes} classes",
                hint="classes are counted from 0",
            )
        counts[actual][predicted] += 1
    return counts


METRICS: dict[str, Metric] = {
    "accuracy": accuracy,
    "mean_absolute_error": mean_absolute_error,
    "r2": r2,
}
"""The metrics by name."""


def metrics_by_name(metrics: Sequence[str] | Mapping[str, Metric]) -> dict[str, Metric]:
    """The metrics of these names; functions by name are returned as they are.

    Raises:
        ArgumentError: no metric has this name; the nearest one is suggested.
    """
    if isinstance(metrics, Mapping):
        return dict(metrics)
    names = [metrics] if isinstance(metrics, str) else metrics
    for name in names:
        if name not in METRICS:
            raise unknown_name("metric", name, METRICS)
    return {name: METRICS[name] for name in names}


def scores(
    metrics: Mapping[str, Metric], outputs: Sequence[Any], targets: Sequence[float]
) -> dict[str, float]:
    """What each metric says of these predictions."""
    return {name: float(metric(outputs, targets)) for name, metric in metrics.items()}


def evaluate(
    model: Module,
    data: Samples,
    loss: str | Loss,
    metrics: Sequence[str] | Mapping[str, Metric] = (),
) -> dict[str, float]:
    """The cost and metrics of a model on data, without training.

    Args:
        model: makes the predictions.
        data: samples (features, target), at least one.
        loss: of one sample, or its name; the cost is its mean.
        metrics: names such as "accuracy", or functions of (predictions, targets) by name.

    Returns:
        The metrics by name, and "cost".

    Raises:
        ArgumentError: there are no samples, or a name is unknown.

    >>> from microgradlab import MLP, data
    >>> evaluate(MLP(2, [1], init="zeros"), data.xor(40, seed=0), "hinge", ["accuracy"])
    {'cost': 1.0, 'accuracy': 0.5}
    """
    loss, metrics = loss_by_name(loss), metrics_by_name(metrics)
    outputs, targets, losses = [], [], []
    with no_grad():
        for features, target in data:
            output = model.predict(features)
            outputs.append(output)
            targets.append(target)
            losses.append(float(loss(_values(output), target)))
    if not losses:
        raise ArgumentError("there are no samples to evaluate on")
    return {"cost": mean(losses), **scores(metrics, outputs, targets)}


def _values(output: Any) -> Any:
    """Floats as a loss expects them: it may be written with methods that only Values have."""
    if isinstance(output, (list, tuple)):
        return [Value(number) for number in output]
    return Value(output)


def _square(number: float) -> float:
    return number * number  # not ** 2, which raises an OverflowError instead of giving inf


def _check(outputs: Sequence[Any], targets: Sequence[float]) -> None:
    if len(outputs) != len(targets) or not targets:
        raise ArgumentError(
            f"{len(outputs)} predictions cannot be compared with {len(targets)} targets",
            hint="give one prediction for each target, and at least one",
        )
    for target in targets:
        if hasattr(target, "__len__"):
            raise ArgumentError(
                f"a metric takes one number as target, not {target!r}",
                hint="give the index of the class, or a metric of your own",
            )


def _check_numbers(outputs: Sequence[Any], targets: Sequence[float]) -> None:
    _check(outputs, targets)
    if any(isinstance(output, (list, tuple)) for output in outputs):
        raise ArgumentError(
            f"this metric takes one output per sample, not {len(outputs[0])}",
            hint="give the model one output, or choose accuracy",
        )
