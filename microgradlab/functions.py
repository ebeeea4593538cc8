"""Functions composed from the table's operations: activations, and functions of lists. Floor 3.

All take Values or floats, in any mix, and are written without branches on the data, so that one
recorded graph stands for every input.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable, Sequence
from typing import Any, TypeVar, overload

from microgradlab.errors import ArgumentError, unknown_name
from microgradlab.value import (
    Operand,
    Value,
    abs,
    equal,
    erf,
    exp,
    expm1,
    gate,
    log,
    maximum,
    minimum,
    relu,
    sigmoid,
    softplus,
    tanh,
)

Number = TypeVar("Number", Value, float)
Activation = Callable[[Any], Any]


def leaky_relu(x: Number, slope: float = 0.01) -> Number:
    """x where positive, else slope * x; at 0 the derivative is the slope, as in PyTorch.

    >>> leaky_relu(-2.0)
    -0.02
    """
    return relu(x) + slope * minimum(x, 0.0)


def elu(x: Number, alpha: float = 1.0) -> Number:
    """x where positive, else alpha * (exp(x) - 1). Clevert et al. 2015, arXiv:1511.07289.

    >>> elu(0.5), elu(-1000.0)
    (0.5, -1.0)
    """
    return relu(x) + alpha * expm1(minimum(x, 0.0))


def selu(x: Number) -> Number:
    """A scaled elu that keeps mean and variance. Klambauer et al. 2017, arXiv:1706.02515.

    >>> selu(1.0)
    1.0507009873554805
    """
    return 1.0507009873554804934193349852946 * elu(x, 1.6732632423543772848170429916717)


def silu(x: Number) -> Number:
    """x * sigmoid(x), also called swish. Elfwing et al. 2017, arXiv:1702.03118.

    >>> silu(0.0)
    0.0
    """
    return x * sigmoid(x)


def gelu(x: Number) -> Number:
    """x times the normal distribution's cumulative function. Hendrycks 2016, arXiv:1606.08415.

    >>> round(gelu(1.0), 12)
    0.841344746069
    """
    return 0.5 * x * (1.0 + erf(x * math.sqrt(0.5)))


def gelu_tanh(x: Number) -> Number:
    """The approximation of gelu by tanh, from the same paper.

    >>> round(gelu_tanh(1.0), 6)
    0.841192
    """
    inner = math.sqrt(2.0 / math.pi) * (x + 0.044715 * (x * x * x))
    return 0.5 * x * (1.0 + tanh(inner))


def hardtanh(x: Number) -> Number:
    """x cut off at -1 and 1; the derivative at the ends is 0, as in PyTorch.

    >>> hardtanh(3.0)
    1.0
    """
    return minimum(1.0, maximum(-1.0, x))


def softsign(x: Number) -> Number:
    """x / (1 + |x|).

    >>> softsign(-3.0)
    -0.75
    """
    return x / (1.0 + abs(x))


def mish(x: Number) -> Number:
    """x * tanh(softplus(x)). Misra 2019, arXiv:1908.08681.

    >>> mish(0.0)
    0.0
    """
    return x * tanh(softplus(x))


def log_sigmoid(x: Number) -> Number:
    """The logarithm of sigmoid(x), without overflow.

    >>> log_sigmoid(-1000.0)
    -1000.0
    """
    return -softplus(-x)


def linear(x: Number) -> Number:
    """x itself: the activation of a layer that has none.

    >>> linear(2.0)
    2.0
    """
    return x


ACTIVATIONS: dict[str, Activation] = {
    "linear": linear,
    "relu": relu,
    "leaky_relu": leaky_relu,
    "elu": elu,
    "selu": selu,
    "silu": silu,
    "gelu": gelu,
    "gelu_tanh": gelu_tanh,
    "sigmoid": sigmoid,
    "tanh": tanh,
    "hardtanh": hardtanh,
    "softplus": softplus,
    "softsign": softsign,
    "mish": mish,
    "log_sigmoid": log_sigmoid,
}
"""The activations by name."""


def activation_by_name(activation: str | Activation) -> Activation:
    """An activation by its name; a function is returned as it is.

    Raises:
        ArgumentError: no activation has this name; the nearest one is suggested.
    """
    if callable(activation):
        try:
            float(activation(0.0))
        except (AttributeError, TypeError) as error:
            raise ArgumentError(
                f"the activation {activation!r} does not take a float ({error})",
                hint="predict computes with floats: write mg.tanh(v) instead of v.tanh()",
            ) from error
        return activation
    if activation not in ACTIVATIONS:
        raise unknown_name("activation", activation, ACTIVATIONS)
    return ACTIVATIONS[activation]


@overload
def where(condition: float, x: float, y: float) -> float: ...
@overload
def where(condition: Operand, x: Operand, y: Operand) -> Any: ...
def where(condition: Operand, x: Operand, y: Operand) -> Any:
    """x where the condition is not 0, else y: a choice that is recorded whole.

    `if x > 1.0` looks at a number while the graph is being made, and records one side alone.
    `where` records both sides and the choice, so that the graph stands for every x. The derivative
    goes to the chosen side; a result of -0.0 becomes 0.0.

    The other side is computed as well, and its derivative is multiplied by 0: where that derivative
    is infinite or nan, as that of log(x) or sqrt(x) at 0, so is the sum. Keep its operand inside of
    the domain: `where(greater(x, 0.0), log(maximum(x, 1e-300)), 0.0)`.

    Args:
        condition: a comparison such as `greater(x, 1.0)` or `equal(x, 1.0)`, since `x > 1.0` is
            Python's True or False; `1.0 - greater(y, x)` is x >= y, and a product is "and".
        x: the result where the condition holds.
        y: the result where it does not.

    >>> import microgradlab as mg
    >>> x = mg.Value(3.0)
    >>> out = mg.where(mg.greater(x, 1.0), 2.0 * x, x * x)
    >>> out.backward()
    >>> out.data, x.grad
    (6.0, 2.0)
    """
    return gate(x, condition) + gate(y, equal(condition, 0.0))


@overload
def sum(values: Iterable[float]) -> float: ...
@overload
def sum(values: Iterable[Operand]) -> Any: ...
def sum(values: Iterable[Operand]) -> Any:
    """The sum, added from left to right; 0.0 for no values.

    Python's own sum() starts with 0 + ..., and from Python 3.12 on rounds floats differently.

    >>> sum([0.1] * 10)
    0.9999999999999999
    """
    rest = iter(values)
    total = next(rest, 0.0)
    for value in rest:
        total = total + value
    return total


def mean(values: Iterable[Operand]) -> Any:
    """The arithmetic mean.

    Raises:
        ArgumentError: there are no values.

    >>> mean([1.0, 2.0])
    1.5
    """
    numbers = _some(values, "mean")
    return sum(numbers) / float(len(numbers))


def dot(xs: Sequence[Operand], ys: Sequence[Operand], start: Operand | None = None) -> Any:
    """The sum of products start + x0 * y0 + x1 * y1 + ..., added from left to right.

    Args:
        xs: the left factors.
        ys: the right factors, as many.
        start: what the sum begins with, such as a neuron's bias; nothing when None.

    Raises:
        ArgumentError: the lengths differ.

    >>> dot([1.0, 2.0], [3.0, 4.0], start=0.5)
    11.5
    """
    if len(xs) != len(ys):
        raise ArgumentError(f"dot needs two lists of one length, not {len(xs)} and {len(ys)}")
    products = zip(xs, ys, strict=True)
    if start is None:
        x, y = next(products, (0.0, 0.0))
        start = x * y
    for x, y in products:
        start = start + x * y
    return start


def max(values: Iterable[Operand]) -> Any:
    """The largest value; on a tie the whole derivative goes to the first.

    >>> max([1.0, 3.0, 2.0])
    3.0
    """
    return _fold(maximum, values, "max")


def min(values: Iterable[Operand]) -> Any:
    """The smallest value; on a tie the whole derivative goes to the first.

    >>> min([1.0, 3.0, 2.0])
    1.0
    """
    return _fold(minimum, values, "min")


def logsumexp(values: Iterable[Operand]) -> Any:
    """The logarithm of the sum of the exponentials, without overflow.

    >>> logsumexp([1000.0, 1000.0])
    1000.6931471805599
    """
    numbers = _some(values, "logsumexp")
    largest = max(numbers)
    return largest + log(sum(exp(number - largest) for number in numbers))


def softmax(values: Iterable[Operand]) -> list[Any]:
    """The exponentials divided by their sum: probabilities from logits.

    >>> softmax([0.0, 0.0])
    [0.5, 0.5]
    """
    numbers = _some(values, "softmax")
    largest = max(numbers)
    exponentials = [exp(number - largest) for number in numbers]
    total = sum(exponentials)
    return [exponential / total for exponential in exponentials]


def log_softmax(values: Iterable[Operand]) -> list[Any]:
    """The logarithms of the softmax, accurate for small probabilities.

    >>> log_softmax([0.0, -1000.0])
    [0.0, -1000.0]
    """
    shifted, log_total = normalizer(values)
    return [value - log_total for value in shifted]


def normalizer(logits: Iterable[Operand]) -> tuple[list[Any], Any]:
    """The logits less the largest, and the logarithm of the sum of the exponentials of these.

    The difference of the two is the logarithm of the softmax.

    >>> normalizer([3.0, 3.0])
    ([0.0, 0.0], 0.6931471805599453)
    """
    numbers = _some(logits, "log_softmax")
    largest = max(numbers)
    shifted = [number - largest for number in numbers]
    return shifted, log(sum(exp(value) for value in shifted))


def _fold(function: Callable[[Any, Any], Any], values: Iterable[Operand], name: str) -> Any:
    first, *rest = _some(values, name)
    for value in rest:
        first = function(first, value)
    return first


def _some(values: Iterable[Operand], name: str) -> Sequence[Operand]:
    numbers = values if isinstance(values, Sequence) else list(values)
    if not numbers:
        raise ArgumentError(f"{name} needs at least one value", hint="the list is empty")
    return numbers
