"""Losses of one sample, the cost that averages them over a batch, and penalties. Floor 4.

A loss is `loss(prediction, target)`: how wrong the model is about one sample, as one Value (or a
float, for float predictions). The cost of a batch is the mean of its samples' losses. Losses of
classifiers take logits, the raw outputs of a linear last layer: softmax and sigmoid are inside, in
a form without overflow.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from typing import Any

from microgradlab.errors import ArgumentError, unknown_name
from microgradlab.functions import dot, mean, normalizer, sum
from microgradlab.value import (
    Operand,
    Value,
    abs,
    equal,
    exp,
    gate,
    log,
    maximum,
    minimum,
    real,
    relu,
    softplus,
)

Loss = Callable[[Any, Any], Any]
Penalty = Callable[[Sequence[Value]], Any]


def squared_error(prediction: Any, target: Any) -> Any:
    """(prediction - target)²; for several outputs the mean over them, as PyTorch's mse_loss.

    >>> squared_error(3.0, 1.0)
    4.0
    """
    return _mean_over_outputs(lambda p, t: _square(p - t), prediction, target)


def absolute_error(prediction: Any, target: Any) -> Any:
    """|prediction - target|; for several outputs the mean over them, as PyTorch's l1_loss.

    >>> absolute_error([3.0, 0.0], [1.0, 1.0])
    1.5
    """
    return _mean_over_outputs(lambda p, t: abs(p - t), prediction, target)


def huber(prediction: Any, target: Any, delta: float = 1.0) -> Any:
    """Half the squared error up to `delta`, linear beyond. Huber 1964; PyTorch's huber_loss.

    >>> huber(3.0, 0.0)
    2.5
    """
    if not delta > 0.0:
        raise ArgumentError(f"huber's delta is {delta!r}", hint="give a number above 0")

    def one(p: Any, t: Any) -> Any:
        distance = abs(p - t)
        inside = minimum(distance, delta)
        return inside * (distance - 0.5 * inside)

    return _mean_over_outputs(one, prediction, target)


def hinge(prediction: Any, target: Any) -> Any:
    """max(0, 1 - t * prediction) for a target t of -1 or 1; a target of 0 counts as -1.

    >>> hinge(0.25, 0), hinge(0.25, -1), hinge(0.25, 1)
    (1.25, 1.25, 0.75)
    """
    return relu(1.0 - _sign(target, "hinge") * _single(prediction, "hinge"))


def squared_hinge(prediction: Any, target: Any) -> Any:
    """The square of the hinge loss.

    >>> squared_hinge(0.5, 1)
    0.25
    """
    return _square(hinge(prediction, target))


def binary_cross_entropy(prediction: Any, target: Any) -> Any:
    """-log of the probability given to the target, from a logit; target 0, 1 or between.

    t * softplus(-z) + (1 - t) * softplus(z): no term cancels another, so that it keeps its digits
    for confident predictions. PyTorch's binary_cross_entropy_with_logits.

    >>> binary_cross_entropy(0.0, 1) == math.log(2.0)
    True
    """
    logit = _single(prediction, "binary_cross_entropy")
    if not isinstance(target, Value):
        target = real(target, "binary_cross_entropy")
        if not 0.0 <= target <= 1.0:
            raise ArgumentError(
                f"binary_cross_entropy takes targets from 0 to 1, not {target!r}",
                hint="hinge and squared_hinge take -1 and 1",
            )
    return target * softplus(-logit) + (1.0 - target) * softplus(logit)


def cross_entropy(prediction: Any, target: Any, label_smoothing: float = 0.0) -> Any:
    """-log of the probability given to the target, from logits.

    Args:
        prediction: one logit per class.
        target: the index of the class, or a probability per class. An index that is a Value is
            compared with each class, so that the graph stands for all of them.
        label_smoothing: this share of the target is spread evenly over the classes. Szegedy et
            al. 2016, arXiv:1512.00567.

    >>> cross_entropy([0.0, 0.0], 1) == math.log(2.0)
    True
    """
    if not _is_list(prediction):
        raise ArgumentError(
            "cross_entropy takes one logit per class, not a single number",
            hint="for one output use binary_cross_entropy",
        )
    if not 0.0 <= label_smoothing <= 1.0:
        raise ArgumentError(f"label_smoothing is {label_smoothing!r}", hint="give 0 to 1")
    shifted, log_total = normalizer(prediction)
    log_probabilities = [logit - log_total for logit in shifted]
    uniform = sum(log_probabilities) / -float(len(prediction)) if label_smoothing else 0.0
    if _is_list(target):
        if len(target) != len(prediction):
            raise ArgumentError(
                f"the target has {len(target)} probabilities for {len(prediction)} logits"
            )
        loss = -dot(target, log_probabilities)
    else:
        # Not -log_probabilities[...]: so gradients are summed in one order for every class, and to
        # the last bit the same whether the index is a Value or not.
        loss = log_total - _at(shifted, target)
    if label_smoothing:
        return (1.0 - label_smoothing) * loss + label_smoothing * uniform
    return loss


def poisson_nll(prediction: Any, target: Any) -> Any:
    """exp(z) - target * z, for a count and the logarithm z of its expected number.

    The negative log-likelihood without the constant log(target!), as PyTorch's poisson_nll_loss.

    >>> poisson_nll(0.0, 3)
    1.0
    """
    rate = _single(prediction, "poisson_nll")
    return exp(rate) - target * rate


def gaussian_nll(prediction: Any, target: Any, eps: float = 1e-6) -> Any:
    """(log v + (mean - target)² / v) / 2, for a prediction [mean, v] with the variance v.

    The negative log-likelihood without its constant. v is kept above `eps`, as in PyTorch's
    gaussian_nll_loss, but below `eps` its derivative here is 0: a model had better predict a
    variance that is never small, such as softplus(z) + eps.

    >>> gaussian_nll([2.0, 1.0], 0.0)
    2.0
    """
    if not _is_list(prediction) or len(prediction) != 2:
        raise ArgumentError("gaussian_nll takes two outputs: a mean and a variance")
    if not eps > 0.0:
        raise ArgumentError(f"gaussian_nll's eps is {eps!r}", hint="give a number above 0")
    center, variance = prediction[0], maximum(prediction[1], eps)
    return 0.5 * (log(variance) + _square(center - target) / variance)


LOSSES: dict[str, Loss] = {
    "squared_error": squared_error,
    "absolute_error": absolute_error,
    "huber": huber,
    "hinge": hinge,
    "squared_hinge": squared_hinge,
    "binary_cross_entropy": binary_cross_entropy,
    "cross_entropy": cross_entropy,
    "poisson_nll": poisson_nll,
    "gaussian_nll": gaussian_nll,
}
"""The losses by name."""


_ALSO_CALLED = {
    "mse": "squared_error",
    "mae": "absolute_error",
    "bce": "binary_cross_entropy",
    "nll": "cross_entropy",
}
"""Names that other libraries use, for the hint of an error."""


def loss_by_name(loss: str | Loss) -> Loss:
    """A loss by its name; a function is returned as it is."""
    if callable(loss):
        return loss
    if loss not in LOSSES:
        raise unknown_name("loss", loss, LOSSES, meant=_ALSO_CALLED.get(loss))
    return LOSSES[loss]


def cost(losses: Sequence[Operand], penalty: Operand | None = None) -> Any:
    """The mean of the samples' losses, plus a penalty on the parameters when there is one.

    >>> cost([1.0, 2.0, 6.0])
    3.0
    """
    average = mean(losses)
    return average if penalty is None else average + penalty


def l1(strength: float) -> Penalty:
    """A penalty on the parameters: strength * Σ |p|.

    >>> l1(0.5)([Value(-2.0)]).data
    1.0
    """
    _check_strength("l1", strength)
    return lambda parameters: strength * sum(abs(p) for p in parameters)


def l2(strength: float) -> Penalty:
    """A penalty on the parameters: strength * Σ p².

    >>> l2(0.5)([Value(-2.0)]).data
    2.0
    """
    _check_strength("l2", strength)
    return lambda parameters: strength * sum(p * p for p in parameters)


def _check_strength(name: str, strength: float) -> None:
    if not 0.0 <= strength < math.inf:
        raise ArgumentError(f"{name}'s strength is {strength!r}", hint="give a number from 0 up")


def _square(x: Any) -> Any:
    return x * x  # not x ** 2, which a float's overflow turns into an error


def _single(prediction: Any, name: str) -> Any:
    if _is_list(prediction):
        raise ArgumentError(
            f"{name} takes a single output, not {len(prediction)}",
            hint="give the model one output, or use cross_entropy",
        )
    return prediction


def _mean_over_outputs(one: Loss, prediction: Any, target: Any) -> Any:
    """The loss of one output, or the mean of the losses of several."""
    predictions = prediction if _is_list(prediction) else [prediction]
    targets = target if _is_list(target) else [target]
    if len(predictions) != len(targets):
        raise ArgumentError(f"{len(predictions)} outputs are compared with {len(targets)} targets")
    losses = [one(p, t) for p, t in zip(predictions, targets, strict=True)]
    return losses[0] if len(losses) == 1 else mean(losses)


def _is_list(numbers: Any) -> bool:
    """Whether these are several numbers: a list, a tuple, an array."""
    return hasattr(numbers, "__len__")


def _sign(target: Any, name: str) -> Any:
    """-1 for a target of 0 or -1, and 1 for 1, by arithmetic alone: t² + t - 1."""
    if not isinstance(target, Value) and target not in (-1, 0, 1):
        raise ArgumentError(f"{name} takes targets -1 and 1, or 0 and 1, not {target!r}")
    return target * target + target - 1.0


def _at(logits: Sequence[Any], target: Any) -> Any:
    """The logit of a class; of a class that is a Value, the sum of all, behind gates."""
    if not isinstance(target, Value):
        return logits[_class_index(target, len(logits))]
    _class_index(target.data, len(logits))
    is_class = [equal(target, float(place)) for place in range(len(logits))]
    # nan, of 0 / 0, if the graph is computed again with a number that is no class.
    return sum(map(gate, logits, is_class)) / sum(is_class)


def _class_index(target: Any, classes: int) -> int:
    if target not in range(classes):
        raise ArgumentError(
            f"the target {target!r} is not the index of one of {classes} classes",
            hint=f"classes are numbered from 0 to {classes - 1}; a target may also be a list with "
            "one probability per class",
        )
    return int(target)
