"""Gradient clipping, between `backward()` and `step()`. Floor 3."""

from __future__ import annotations

import math
from collections.abc import Iterable

from microgradlab.checks import number
from microgradlab.value import Value


def clip_grad_norm(parameters: Iterable[Value], max_norm: float) -> float:
    """Scales all gradients by one factor so that their Euclidean norm is at most `max_norm`.

    The direction of the update stays. The factor is max_norm / (norm + 1e-6), as in PyTorch's
    `clip_grad_norm_` (Pascanu et al. 2013, arXiv:1211.5063). Where the norm is nan or infinite no
    factor helps, and the gradients are left as they are.

    Args:
        parameters: Values whose gradients are set.
        max_norm: the largest norm wanted, above 0; infinity only measures.

    Returns:
        The norm before clipping.

    Raises:
        ArgumentError: `max_norm` is not above 0.

    >>> weight = Value(1.0)
    >>> (3.0 * weight).backward()
    >>> clip_grad_norm([weight], max_norm=1.0)
    3.0
    >>> print(f"{weight.grad:.3f}")
    1.000
    """
    max_norm = number("max_norm", max_norm, "(0, inf]")
    parameters = list(parameters)
    norm = math.hypot(*(float(parameter.grad) for parameter in parameters))
    factor = max_norm / (norm + 1e-6)
    if factor < 1.0 and math.isfinite(norm):
        for parameter in parameters:
            parameter.grad = float(parameter.grad) * factor
    return norm


def clip_grad_value(parameters: Iterable[Value], limit: float) -> None:
    """Moves each gradient into [-limit, limit]; nan stays nan.

    Args:
        parameters: Values whose gradients are set.
        limit: the largest magnitude wanted, above 0.

    Raises:
        ArgumentError: `limit` is not above 0.

    >>> weight = Value(1.0)
    >>> (-3.0 * weight).backward()
    >>> clip_grad_value([weight], limit=0.5)
    >>> weight.grad
    -0.5
    """
    limit = number("limit", limit, "(0, inf]")
    for parameter in parameters:
        gradient = float(parameter.grad)
        if gradient > limit:
            parameter.grad = limit
        elif gradient < -limit:
            parameter.grad = -limit
