"""The update rules: what one update does to one parameter. Floor 3.

A rule is a pure function of scalars, (parameter, gradient, state, ...) -> (parameter, state). Its
state is a tuple of scalars that starts at zeros. Then come the scalars that change from update to
update, computed once for all parameters (the learning rate, bias corrections), and by keyword the
hyper-parameters, which stay. Nothing branches on a scalar that changes, so a rule can be run on
floats and traced on Values alike.

The order of the arithmetic is that of PyTorch's single-tensor implementations.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, TypeAlias, TypeVar

from microgradlab.value import sqrt

if TYPE_CHECKING:
    from microgradlab.value import Value

Scalar = TypeVar("Scalar", float, "Value")
Update: TypeAlias = tuple[Scalar, tuple[Scalar, ...]]


def sgd(
    parameter: Scalar,
    gradient: Scalar,
    state: tuple[Scalar, ...],
    lr: Scalar,
    *,
    momentum: float,
    nesterov: bool,
    weight_decay: float,
) -> Update[Scalar]:
    """Stochastic gradient descent; with momentum, the state is the running sum of gradients.

    Nesterov's momentum looks one step ahead, in the form of Sutskever et al. 2013.

    >>> sgd(1.0, 0.5, (), 0.1, momentum=0.0, nesterov=False, weight_decay=0.0)
    (0.95, ())
    """
    if weight_decay:
        gradient = gradient + weight_decay * parameter
    if not momentum:
        return parameter - lr * gradient, ()
    (momentum_buffer,) = state
    momentum_buffer = momentum * momentum_buffer + gradient
    direction = gradient + momentum * momentum_buffer if nesterov else momentum_buffer
    return parameter - lr * direction, (momentum_buffer,)


def rmsprop(
    parameter: Scalar,
    gradient: Scalar,
    state: tuple[Scalar, ...],
    lr: Scalar,
    *,
    alpha: float,
    eps: float,
    weight_decay: float,
) -> Update[Scalar]:
    """Divides the gradient by the root of its running mean square (Tieleman and Hinton 2012)."""
    (square_avg,) = state
    if weight_decay:
        gradient = gradient + weight_decay * parameter
    square_avg = alpha * square_avg + (1.0 - alpha) * gradient * gradient
    return parameter - lr * gradient / (sqrt(square_avg) + eps), (square_avg,)


def adagrad(
    parameter: Scalar,
    gradient: Scalar,
    state: tuple[Scalar, ...],
    lr: Scalar,
    *,
    eps: float,
    weight_decay: float,
) -> Update[Scalar]:
    """Divides the gradient by the root of the sum of all its squares (Duchi et al. 2011)."""
    (square_sum,) = state
    if weight_decay:
        gradient = gradient + weight_decay * parameter
    square_sum = square_sum + gradient * gradient
    return parameter - lr * gradient / (sqrt(square_sum) + eps), (square_sum,)


def adam(
    parameter: Scalar,
    gradient: Scalar,
    state: tuple[Scalar, ...],
    step_size: Scalar,
    root_correction: Scalar,
    *,
    betas: tuple[float, float],
    eps: float,
    weight_decay: float,
) -> Update[Scalar]:
    """Running means of the gradient and of its square, corrected for their start at zero.

    The corrections come ready made: `step_size` is lr / (1 - betas[0] ** updates), and
    `root_correction` is √(1 - betas[1] ** updates). Source: Kingma and Ba 2015, arXiv:1412.6980.
    """
    exp_avg, exp_avg_sq = state
    beta1, beta2 = betas
    if weight_decay:
        gradient = gradient + weight_decay * parameter
    exp_avg = lerp(exp_avg, gradient, 1.0 - beta1)
    exp_avg_sq = beta2 * exp_avg_sq + (1.0 - beta2) * gradient * gradient
    denominator = sqrt(exp_avg_sq) / root_correction + eps
    return parameter - step_size * exp_avg / denominator, (exp_avg, exp_avg_sq)


def adamw(
    parameter: Scalar,
    gradient: Scalar,
    state: tuple[Scalar, ...],
    step_size: Scalar,
    root_correction: Scalar,
    lr: Scalar,
    *,
    betas: tuple[float, float],
    eps: float,
    weight_decay: float,
) -> Update[Scalar]:
    """Adam on a parameter that first shrinks by itself, apart from the gradient.

    Source: Loshchilov and Hutter 2019, arXiv:1711.05101.
    """
    shrunk = parameter * (1.0 - lr * weight_decay)
    scalars = (step_size, root_correction)
    return adam(shrunk, gradient, state, *scalars, betas=betas, eps=eps, weight_decay=0.0)


def lerp(start: Scalar, end: Scalar, weight: float) -> Scalar:
    """The point at `weight` between start and end, computed from the nearer end: `torch.lerp`.

    >>> lerp(1.0, 5.0, 0.25)
    2.0
    """
    if weight < 0.5:
        return start + weight * (end - start)
    return end - (1.0 - weight) * (end - start)
