"""How the gradient checks of other libraries judge: their formulas, at their default tolerances.

Each compares a gradient with central differences of the function, at first order and for reverse
mode. PyTorch checks derivative by derivative (torch/autograd/gradcheck.py, slow mode). JAX
(jax/_src/public_test_util.py, check_vjp in float64) and HIPS autograd (autograd/test_util.py,
check_vjp) check one random direction, times a random cotangent.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from random import Random

from microgradlab.checking.program import Expression

Function = Callable[..., float]
Check = Callable[[Function, Sequence[float], Sequence[float]], bool]


def pytorch(f: Function, point: Sequence[float], gradient: Sequence[float]) -> bool:
    """`gradcheck(eps=1e-6, atol=1e-5, rtol=1e-3)`."""
    for place, analytic in enumerate(gradient):
        direction = [float(place == other) for other in range(len(point))]
        numerical = _difference(f, point, direction, 1e-6)
        if not abs(analytic - numerical) <= 1e-5 + 1e-3 * abs(numerical):
            return False
    return True


def jax(f: Function, point: Sequence[float], gradient: Sequence[float]) -> bool:
    """`check_grads`: eps 1e-4, and 1e-5 for both tolerances in float64."""
    analytic, numerical = _projections(f, point, gradient, 1e-4)
    return abs(analytic - numerical) <= 1e-5 + 1e-5 * abs(numerical)


def hips_autograd(f: Function, point: Sequence[float], gradient: Sequence[float]) -> bool:
    """`check_grads`: EPS = 1e-6, half of it to each side, TOL = RTOL = 1e-6."""
    analytic, numerical = _projections(f, point, gradient, 0.5e-6)
    distance = abs(numerical - analytic)
    return distance < 1e-6 or distance < 1e-6 * abs(numerical + analytic)


PEERS: dict[str, Check] = {"PyTorch": pytorch, "JAX": jax, "HIPS autograd": hips_autograd}


def peer_alarms(expression: Expression) -> frozenset[str]:
    """The peers that would call the engine's gradient wrong."""
    root, leaves = expression.record()
    root.backward()
    gradient = [float(leaf.grad) for leaf in leaves]
    return frozenset(
        name for name, check in PEERS.items() if not check(expression, expression.inputs, gradient)
    )


def _difference(
    f: Function, point: Sequence[float], direction: Sequence[float], step: float
) -> float:
    """The central difference of a function along a direction."""
    after, before = (
        f(*(x + sign * step * factor for x, factor in zip(point, direction, strict=True)))
        for sign in (1.0, -1.0)
    )
    return (after - before) / (2.0 * step)


def _projections(
    f: Function, point: Sequence[float], gradient: Sequence[float], step: float
) -> tuple[float, float]:
    """The analytic and numerical derivative in a random direction, times a random cotangent."""
    random = Random(0)
    direction = [random.gauss(0.0, 1.0) for _ in point]
    cotangent = random.gauss(0.0, 1.0)
    analytic = 0.0
    for derivative, factor in zip(gradient, direction, strict=True):
        analytic += derivative * factor
    return analytic * cotangent, _difference(f, point, direction, step) * cotangent
