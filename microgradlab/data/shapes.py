"""Generated sets of points in the plane that no straight line can tell apart. Floor 1.

Each takes the number of points, the deviation of the Gaussian noise that is added to both
coordinates, and a seed; the classes are as equal in number as n allows, in shuffled order.
"""

from __future__ import annotations

import math
import random
from collections.abc import Callable

from microgradlab.data.dataset import Dataset
from microgradlab.errors import ArgumentError

Point = tuple[float, float]


def moons(n: int = 500, noise: float = 0.1, seed: int = 0) -> Dataset:
    """Two interleaved half circles, as scikit-learn's `make_moons`.

    >>> moons(100, noise=0.1, seed=0)
    Dataset 'moons': 100 samples, 2 features, 2 classes (upper 50, lower 50)
    """

    def point(label: int, i: int, count: int) -> Point:
        angle = math.pi * i / max(count - 1, 1)
        x, y = math.cos(angle), math.sin(angle)
        return (x, y) if label == 0 else (1.0 - x, 0.5 - y)

    return _shape("moons", ("upper", "lower"), point, n, noise, seed)


def circles(n: int = 500, noise: float = 0.05, seed: int = 0) -> Dataset:
    """A circle within a circle of twice its radius, as scikit-learn's `make_circles(factor=0.5)`.

    >>> circles(100).classes
    ('outer', 'inner')
    """

    def point(label: int, i: int, count: int) -> Point:
        angle, radius = 2.0 * math.pi * i / count, (1.0, 0.5)[label]
        return radius * math.cos(angle), radius * math.sin(angle)

    return _shape("circles", ("outer", "inner"), point, n, noise, seed)


def spirals(n: int = 500, noise: float = 0.02, seed: int = 0) -> Dataset:
    """Two arms that wind around each other from the centre, 1.75 turns each, to radius 1.

    >>> spirals(100).classes
    ('first', 'second')
    """

    def point(label: int, i: int, count: int) -> Point:
        radius = (i + 1) / count
        angle = 2.0 * math.pi * 1.75 * radius + math.pi * label
        return radius * math.cos(angle), radius * math.sin(angle)

    return _shape("spirals", ("first", "second"), point, n, noise, seed)


def xor(n: int = 500, noise: float = 0.1, seed: int = 0) -> Dataset:
    """Points around the corners of the unit square, true where just one coordinate is 1.

    >>> sorted(xor(4, noise=0.0))
    [((0.0, 0.0), 0), ((0.0, 1.0), 1), ((1.0, 0.0), 1), ((1.0, 1.0), 0)]
    """
    corners = (((0.0, 0.0), (1.0, 1.0)), ((0.0, 1.0), (1.0, 0.0)))

    def point(label: int, i: int, count: int) -> Point:  # noqa: ARG001  # every shape takes them
        return corners[label][i % 2]

    return _shape("xor", ("false", "true"), point, n, noise, seed)


def yin_yang(n: int = 500, noise: float = 0.0, seed: int = 0) -> Dataset:
    """The yin-yang sign of radius 0.5 around (0.5, 0.5): two halves and their two dots.

    Three classes for small networks, after Kriener, Göltz and Petrovici, The Yin-Yang dataset,
    NICE 2022, https://arxiv.org/abs/2102.08211 (without the mirrored copies of the coordinates).

    >>> yin_yang(300)
    Dataset 'yin_yang': 300 samples, 2 features, 3 classes (yin 100, yang 100, dot 100)
    """
    rng = random.Random(f"yin_yang/points/{seed}")

    def point(label: int, i: int, count: int) -> Point:  # noqa: ARG001  # every shape takes them
        while True:  # 16 tries on average for a dot, 3 for a half
            x, y = rng.random(), rng.random()
            if math.hypot(x - 0.5, y - 0.5) <= 0.5 and _yin_yang_class(x, y) == label:
                return x, y

    return _shape("yin_yang", ("yin", "yang", "dot"), point, n, noise, seed)


def _yin_yang_class(x: float, y: float) -> int:
    left, right = math.hypot(x - 0.25, y - 0.5), math.hypot(x - 0.75, y - 0.5)
    if left < 0.1 or right < 0.1:
        return 2
    return int(left <= 0.25 or (y > 0.5 and right > 0.25))


def _shape(
    name: str,
    classes: tuple[str, ...],
    point: Callable[[int, int, int], Point],
    n: int,
    noise: float,
    seed: int,
) -> Dataset:
    """n points, where `point(label, i, count)` is the i-th of the `count` points of a class."""
    if isinstance(n, bool) or not isinstance(n, int) or n < len(classes):
        raise ArgumentError(
            f"{name} of n = {n!r} points", hint=f"give a whole number from {len(classes)} up"
        )
    if not hasattr(noise, "__float__") or not 0.0 <= noise < math.inf:
        raise ArgumentError(
            f"{name} with noise = {noise!r}", hint="give a deviation of 0 or more, such as 0.1"
        )
    rng = random.Random(f"{name}/{seed}")
    samples = []
    for label in range(len(classes)):
        # The later classes get the points that are left over, as in scikit-learn.
        count = (n + label) // len(classes)
        for i in range(count):
            x, y = point(label, i, count)
            samples.append(((x + rng.gauss(0.0, noise), y + rng.gauss(0.0, noise)), label))
    rng.shuffle(samples)
    features, targets = zip(*samples, strict=True)
    return Dataset(features, targets, ("x1", "x2"), classes, name)
