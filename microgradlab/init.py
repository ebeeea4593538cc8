"""Weight initialisation schemes. Floor 1.

A scheme is a function `(fan_in, fan_out, rng) -> rows`: the weights of a dense layer as `fan_out`
rows, one per neuron, of `fan_in` numbers each. The functions here make schemes; `resolve` finds
them by name. Formulas and names are those of PyTorch's `torch.nn.init`.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from random import Random
from typing import Literal, TypeAlias

from microgradlab.checks import whole
from microgradlab.errors import ArgumentError, unknown_name

Weights: TypeAlias = list[list[float]]
Scheme: TypeAlias = Callable[[int, int, Random], Weights]
FanMode: TypeAlias = Literal["fan_in", "fan_out", "fan_avg"]
Distribution: TypeAlias = Literal["normal", "uniform"]


def constant(value: float) -> Scheme:
    """Every weight the same.

    Neurons of a layer that start alike stay alike, so this is for experiments and biases.

    >>> constant(0.5)(2, 1, Random(0))
    [[0.5, 0.5]]
    """
    _check_finite("value", value)
    return lambda fan_in, fan_out, _: _rows(fan_in, fan_out, lambda: float(value))


def zeros() -> Scheme:
    """Every weight 0.0."""
    return constant(0.0)


def uniform(low: float = -1.0, high: float = 1.0) -> Scheme:
    """Weights drawn evenly between two bounds.

    Raises:
        ArgumentError: a bound is not finite, or `low` is above `high`.
    """
    _check_finite("low", low)
    _check_finite("high", high)
    if low > high:
        raise ArgumentError(f"low is {low!r}, above high, {high!r}", hint="exchange the two")
    return lambda fan_in, fan_out, rng: _rows(fan_in, fan_out, lambda: rng.uniform(low, high))


def normal(mean: float = 0.0, std: float = 1.0) -> Scheme:
    """Weights drawn from a normal distribution.

    Raises:
        ArgumentError: `mean` or `std` is not finite, or `std` is negative.
    """
    _check_finite("mean", mean)
    _check_finite("std", std, low=0.0)
    return lambda fan_in, fan_out, rng: _rows(fan_in, fan_out, lambda: rng.gauss(mean, std))


def variance_scaling(gain: float, mode: FanMode, distribution: Distribution) -> Scheme:
    """Weights with mean 0 and standard deviation gain / √fan: the family of lecun, glorot and he.

    A sum of `fan` terms then keeps its size, times gain, whatever the width of the layer.

    Args:
        gain: makes up for what the activation shrinks: 1 for linear and sigmoid, 5/3 for tanh,
            √2 for relu (PyTorch's `calculate_gain`).
        mode: which number of connections counts: into a neuron, out of it, or their average.
        distribution: normal, or uniform with the same standard deviation (bounds ±√3 std).

    Raises:
        ArgumentError: the gain is negative or not finite, or a name is unknown.

    >>> weights = variance_scaling(1.0, "fan_in", "uniform")(12, 1, Random(0))
    >>> all(abs(weight) <= 0.5 for weight in weights[0])
    True
    """
    _check_finite("gain", gain, low=0.0)
    if mode not in _FANS:
        raise unknown_name("mode", mode, _FANS)
    if distribution not in ("normal", "uniform"):
        raise unknown_name("distribution", distribution, ("normal", "uniform"))

    def scheme(fan_in: int, fan_out: int, rng: Random) -> Weights:
        _check_fans(fan_in, fan_out)
        std = gain / math.sqrt(_FANS[mode](fan_in, fan_out))
        if distribution == "normal":
            return normal(0.0, std)(fan_in, fan_out, rng)
        bound = math.sqrt(3.0) * std
        return uniform(-bound, bound)(fan_in, fan_out, rng)

    return scheme


def lecun_normal(gain: float = 1.0) -> Scheme:
    """Normal weights with std = gain / √fan_in (LeCun et al. 1998, "Efficient BackProp")."""
    return variance_scaling(gain, "fan_in", "normal")


def lecun_uniform(gain: float = 1.0) -> Scheme:
    """Uniform weights with std = gain / √fan_in (LeCun et al. 1998, "Efficient BackProp")."""
    return variance_scaling(gain, "fan_in", "uniform")


def glorot_normal(gain: float = 1.0) -> Scheme:
    """Normal weights with std = gain √(2 / (fan_in + fan_out)) (Glorot and Bengio 2010)."""
    return variance_scaling(gain, "fan_avg", "normal")


def glorot_uniform(gain: float = 1.0) -> Scheme:
    """Uniform weights with std = gain √(2 / (fan_in + fan_out)) (Glorot and Bengio 2010)."""
    return variance_scaling(gain, "fan_avg", "uniform")


def he_normal(gain: float = math.sqrt(2.0), mode: FanMode = "fan_in") -> Scheme:
    """Normal weights with std = gain / √fan, for layers followed by relu (He et al. 2015)."""
    return variance_scaling(gain, mode, "normal")


def he_uniform(gain: float = math.sqrt(2.0), mode: FanMode = "fan_in") -> Scheme:
    """Uniform weights with std = gain / √fan, for layers followed by relu (He et al. 2015)."""
    return variance_scaling(gain, mode, "uniform")


xavier_normal, xavier_uniform = glorot_normal, glorot_uniform
kaiming_normal, kaiming_uniform = he_normal, he_uniform


def orthogonal(gain: float = 1.0) -> Scheme:
    """Orthonormal rows, or columns where there are fewer columns than rows, times the gain.

    All such matrices are equally likely, as in PyTorch's `orthogonal_` (Saxe et al. 2014).

    Raises:
        ArgumentError: the gain is not finite.

    >>> (a, b), (c, d) = orthogonal()(2, 2, Random(0))
    >>> round(a * c + b * d, 12), round(math.hypot(a, b), 12)
    (0.0, 1.0)
    """
    _check_finite("gain", gain)

    def scheme(fan_in: int, fan_out: int, rng: Random) -> Weights:
        _check_fans(fan_in, fan_out)
        vectors = _orthonormal(min(fan_in, fan_out), max(fan_in, fan_out), rng)
        rows = vectors if fan_out <= fan_in else zip(*vectors, strict=True)
        return [[gain * weight for weight in row] for row in rows]

    return scheme


SCHEMES: dict[str, Callable[[], Scheme]] = {
    "zeros": zeros,
    "uniform": uniform,
    "normal": normal,
    "lecun": lecun_normal,
    "lecun_normal": lecun_normal,
    "lecun_uniform": lecun_uniform,
    "glorot": glorot_normal,
    "glorot_normal": glorot_normal,
    "glorot_uniform": glorot_uniform,
    "xavier": xavier_normal,
    "xavier_normal": xavier_normal,
    "xavier_uniform": xavier_uniform,
    "he": he_normal,
    "he_normal": he_normal,
    "he_uniform": he_uniform,
    "kaiming": kaiming_normal,
    "kaiming_normal": kaiming_normal,
    "kaiming_uniform": kaiming_uniform,
    "orthogonal": orthogonal,
}
"""The schemes that have a name, each with its default options."""


def resolve(init: str | Scheme) -> Scheme:
    """The scheme of that name; a scheme is returned as it is.

    Args:
        init: a name such as `"he"` or `"xavier_uniform"`, or a scheme such as `normal(0.0, 0.1)`.

    Raises:
        ArgumentError: no scheme has that name, or `init` is neither a name nor a scheme.

    >>> resolve("zeros")(2, 1, Random(0))
    [[0.0, 0.0]]
    """
    if isinstance(init, str):
        if init not in SCHEMES:
            raise unknown_name("init", init, SCHEMES)
        return SCHEMES[init]()
    makers: list[object] = list(SCHEMES.values())
    if not callable(init) or init in makers:
        raise ArgumentError(
            f"init is {init!r}, neither a name nor a scheme",
            hint="give a name such as 'he', or call the function that makes it: he_normal()",
        )
    return init


_FANS: dict[str, Callable[[int, int], float]] = {
    "fan_in": lambda fan_in, _: fan_in,
    "fan_out": lambda _, fan_out: fan_out,
    "fan_avg": lambda fan_in, fan_out: (fan_in + fan_out) / 2.0,
}


def _rows(fan_in: int, fan_out: int, draw: Callable[[], float]) -> Weights:
    _check_fans(fan_in, fan_out)
    return [[draw() for _ in range(fan_in)] for _ in range(fan_out)]


def _orthonormal(count: int, length: int, rng: Random) -> Weights:
    """Draws `count` orthonormal vectors by Gram-Schmidt on Gaussian ones.

    This is a QR decomposition whose R has a positive diagonal, which makes Q uniformly distributed
    (Mezzadri 2007, arXiv:math-ph/0609050); Householder's QR needs its signs corrected for that.
    """
    basis: Weights = []
    for _ in range(count):
        vector = [rng.gauss(0.0, 1.0) for _ in range(length)]
        for _ in range(2):  # once leaves rounding errors where little remains; twice is enough
            for unit in basis:
                overlap = _dot(vector, unit)
                vector = [v - overlap * u for v, u in zip(vector, unit, strict=True)]
        norm = math.sqrt(_dot(vector, vector))
        basis.append([v / norm for v in vector])
    return basis


def _dot(left: list[float], right: list[float]) -> float:
    total = 0.0
    for a, b in zip(left, right, strict=True):
        total += a * b
    return total


def _check_fans(fan_in: int, fan_out: int) -> None:
    for name, fan in (("fan_in", fan_in), ("fan_out", fan_out)):
        whole(name, fan)


def _check_finite(name: str, value: float, low: float = -math.inf) -> None:
    if not isinstance(value, (int, float)) or not math.isfinite(value) or value < low:
        least = "" if low == -math.inf else f" from {low:g} up"
        raise ArgumentError(f"{name} is {value!r}", hint=f"give a finite number{least}")
