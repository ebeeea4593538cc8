"""What a model said at each epoch that a recording kept: boundaries, classes, numbers. Floor 8.

The parameters of every frame are put into the model, one after the other; what it then predicts
becomes a picture's data, small enough to go into a page.
"""

from __future__ import annotations

import math
from base64 import b64encode
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Any

from microgradlab.data import Dataset, Standardisation
from microgradlab.metrics import confusion_matrix
from microgradlab.module import Module, floats
from microgradlab.plots.panels import spread
from microgradlab.recording import Recording

_WORK = 5_000_000  # what a boundary may cost: grid points × frames × parameters
_COARSEST, _FINEST = 16, 48  # grid points along each axis
_MARGIN = 0.08  # of the data's width, beyond the outermost points
_CERTAIN, _UNKNOWN = 254, 255  # levels: of a probability of 1, and of nan
_POINTS = 400  # at most this many samples are drawn


@dataclass(frozen=True)
class Units:
    """How to get from what a network sees to the units that a reader knows.

    Attributes:
        features: how the features were standardised.
        target: turns a standardised target or a prediction into its units.
        name: of the target.
    """

    features: Standardisation
    target: Callable[[float], float] = float
    name: str = "target"


@dataclass(frozen=True)
class Points:
    """Samples in the plane, in their own units."""

    xs: list[float | None]
    ys: list[float | None]
    targets: list[int]


@dataclass(frozen=True)
class Boundary:
    """What a classifier says all over the plane, epoch by epoch.

    Attributes:
        names: of the two features, x and y.
        x, y: the first and the last grid point along each axis, in the features' own units.
        points: of the grid, along each axis.
        classes: their names.
        shares: for each frame bytes in base64, one per grid point, row by row from the lowest y:
            the probability of the second class of two, from 0 to 254, or 255 where the model says
            nan; for more classes one such grid after the other.
        train, test: the samples.
    """

    names: tuple[str, str]
    x: tuple[float, float]
    y: tuple[float, float]
    points: int
    classes: tuple[str, ...]
    shares: list[str]
    train: Points
    test: Points


@dataclass(frozen=True)
class Confusion:
    """How often each class (row) was taken for each class (column), epoch by epoch."""

    classes: tuple[str, ...]
    counts: list[list[list[int]]]


@dataclass(frozen=True)
class Scatter:
    """Numbers that were predicted beside the true ones, epoch by epoch."""

    name: str
    targets: list[float | None]
    predictions: list[list[float | None]]


def boundary(
    model: Module,
    recording: Recording,
    train: Dataset,
    test: Dataset,
    units: Units,
) -> Boundary:
    """The classes that the model gives to the points of a grid over two features.

    Args:
        model: takes two standardised features.
        recording: its parameters by epoch.
        train: samples to show, standardised.
        test: more of them.
        units: those of the axes.
    """
    scaling = units.features
    cost = len(recording.frames) * (100 + len(recording.names))  # 100: what a call costs by itself
    points = max(_COARSEST, min(_FINEST, math.isqrt(_WORK // max(cost, 1))))
    rows = (scaling.undo(row) for row in (*train.features, *test.features))
    xs, ys = (spread(column, points, _MARGIN) for column in zip(*rows, strict=True))
    grid = [scaling.apply((x, y)) for y in ys for x in xs]
    classes = tuple(train.classes or ())
    shares = []
    for epoch in recording.frames:
        with recording.at(epoch, model):
            levels = [_shares(model.predict(point)) for point in grid]
        shares.append(_base64(level for column in zip(*levels, strict=True) for level in column))
    x_name, y_name = train.feature_names
    return Boundary(
        (x_name, y_name),
        (xs[0], xs[-1]),
        (ys[0], ys[-1]),
        points,
        classes,
        shares,
        _points(train, scaling),
        _points(test, scaling),
    )


def confusion(model: Module, recording: Recording, data: Dataset) -> Confusion:
    """How the classes of the samples were mixed up at each epoch."""
    classes = tuple(data.classes or ())
    counts = []
    for epoch in recording.frames:
        with recording.at(epoch, model):
            outputs = [model.predict(features) for features in data.features]
        counts.append(confusion_matrix(outputs, data.targets, len(classes)))
    return Confusion(classes, counts)


def scatter(model: Module, recording: Recording, data: Dataset, units: Units) -> Scatter:
    """What was predicted for each sample at each epoch."""
    shown = data.subset(_spread(len(data)))
    predictions = []
    for epoch in recording.frames:
        with recording.at(epoch, model):
            outputs = [model.predict(features) for features in shown.features]
        predictions.append([_rounded(units.target(output)) for output in outputs])
    targets = [_rounded(units.target(target)) for target in shown.targets]
    return Scatter(units.name, targets, predictions)


def predictions_of(
    model: Module, recording: Recording, train: Dataset, test: Dataset, units: Units
) -> Boundary | Confusion | Scatter:
    """The view that suits the data: of numbers, of classes in the plane, or of classes."""
    if train.classes is None:
        return scatter(model, recording, test, units)
    if train.inputs == 2:
        return boundary(model, recording, train, test, units)
    return confusion(model, recording, test)


def _shares(output: Any) -> list[int]:
    """The probabilities of the classes, as levels; of two classes, that of the second.

    >>> _shares(0.0), _shares([0.0, 0.0, -100.0]), _shares([0.0, 0.0, math.nan])
    ([127], [127, 127, 0], [255, 255, 255])
    """
    logits = floats(output)
    if isinstance(logits, float):
        logits = [0.0, logits]
    if any(map(math.isnan, logits)):
        levels = [_UNKNOWN] * len(logits)
    else:
        finite = [min(1e300, max(-1e300, logit)) for logit in logits]
        largest = max(finite)
        weights = [math.exp(logit - largest) for logit in finite]
        total = math.fsum(weights)
        levels = [math.floor(_CERTAIN * weight / total + 0.5) for weight in weights]
    return levels[1:] if len(levels) == 2 else levels


def _points(data: Dataset, scaling: Standardisation) -> Points:
    shown = _spread(len(data))
    rows = [scaling.undo(data.features[i]) for i in shown]
    return Points(
        [_rounded(x) for x, _ in rows],
        [_rounded(y) for _, y in rows],
        [int(data.targets[i]) for i in shown],
    )


def _spread(count: int) -> list[int]:
    """All indices, or evenly spread ones where there are too many to draw."""
    shown = min(count, _POINTS)
    return [index * count // shown for index in range(shown)]


def _rounded(number: float) -> float | None:
    """Five digits, more than a picture shows; None for what is not finite."""
    return float(f"{number:.5g}") if math.isfinite(number) else None


def _base64(levels: Iterable[int]) -> str:
    return b64encode(bytes(levels)).decode("ascii")
