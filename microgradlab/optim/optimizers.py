"""The optimizers: each a rule with its hyper-parameters. Floor 3.

Arguments and their defaults have PyTorch's names and values, where SGD's `lr` is 0.01.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable
from functools import partial
from typing import ClassVar, cast

from microgradlab.checks import number
from microgradlab.errors import ArgumentError, unknown_name
from microgradlab.optim import rules
from microgradlab.optim.base import Betas, Optimizer, Rule
from microgradlab.optim.schedules import Schedule
from microgradlab.value import Value


class SGD(Optimizer):
    """Stochastic gradient descent: steps against the gradient, with momentum if wanted.

    Args:
        parameters: leaf Values, such as `model.parameters()`.
        lr: the learning rate, or a schedule of it.
        momentum: the part of each update's direction that stays for the next; often 0.9.
        nesterov: look ahead along the momentum.
        weight_decay: adds this times the parameter to its gradient (an L2 penalty).

    Raises:
        ArgumentError: an argument is out of range, or `nesterov` comes without momentum.

    >>> weight = Value(1.0)
    >>> optimizer = SGD([weight], lr=0.1)
    >>> (weight * weight).backward()
    >>> optimizer.step()
    >>> weight.data
    0.8
    """

    rule: ClassVar[Rule] = staticmethod(rules.sgd)

    def __init__(
        self,
        parameters: Iterable[Value],
        lr: float | Schedule = 0.01,
        momentum: float = 0.0,
        nesterov: bool = False,
        weight_decay: float = 0.0,
    ) -> None:
        if nesterov and not momentum:
            raise ArgumentError("nesterov needs momentum", hint="give momentum=0.9")
        super().__init__(
            parameters,
            lr,
            state_names=("momentum_buffer",) if momentum else (),
            momentum=number("momentum", momentum, "[0, inf)"),
            nesterov=bool(nesterov),
            weight_decay=number("weight_decay", weight_decay, "[0, inf)"),
        )


class RMSProp(Optimizer):
    """Steps of about `lr` whatever the size of the gradient, by its running mean square.

    Args:
        parameters: leaf Values, such as `model.parameters()`.
        lr: the learning rate, or a schedule of it.
        alpha: the part of the running mean that stays at each update.
        eps: keeps the division away from zero.
        weight_decay: adds this times the parameter to its gradient (an L2 penalty).

    Raises:
        ArgumentError: an argument is out of range.
    """

    rule: ClassVar[Rule] = staticmethod(rules.rmsprop)

    def __init__(
        self,
        parameters: Iterable[Value],
        lr: float | Schedule = 0.01,
        alpha: float = 0.99,
        eps: float = 1e-8,
        weight_decay: float = 0.0,
    ) -> None:
        super().__init__(
            parameters,
            lr,
            state_names=("square_avg",),
            alpha=number("alpha", alpha, "[0, 1)"),
            eps=number("eps", eps, "(0, inf)"),
            weight_decay=number("weight_decay", weight_decay, "[0, inf)"),
        )


class Adagrad(Optimizer):
    """Steps that shrink for each parameter as its squared gradients add up.

    Args:
        parameters: leaf Values, such as `model.parameters()`.
        lr: the learning rate, or a schedule of it.
        eps: keeps the division away from zero.
        weight_decay: adds this times the parameter to its gradient (an L2 penalty).

    Raises:
        ArgumentError: an argument is out of range.
    """

    rule: ClassVar[Rule] = staticmethod(rules.adagrad)

    def __init__(
        self,
        parameters: Iterable[Value],
        lr: float | Schedule = 0.01,
        eps: float = 1e-10,
        weight_decay: float = 0.0,
    ) -> None:
        super().__init__(
            parameters,
            lr,
            state_names=("square_sum",),
            eps=number("eps", eps, "(0, inf)"),
            weight_decay=number("weight_decay", weight_decay, "[0, inf)"),
        )


class Adam(Optimizer):
    """Momentum and RMSProp in one, both corrected for their start at zero.

    Args:
        parameters: leaf Values, such as `model.parameters()`.
        lr: the learning rate, or a schedule of it.
        betas: the parts of the running means, of the gradient and of its square, that stay.
        eps: keeps the division away from zero.
        weight_decay: adds this times the parameter to its gradient (an L2 penalty).

    Raises:
        ArgumentError: an argument is out of range.
    """

    rule: ClassVar[Rule] = staticmethod(rules.adam)

    def __init__(
        self,
        parameters: Iterable[Value],
        lr: float | Schedule = 0.001,
        betas: Betas = (0.9, 0.999),
        eps: float = 1e-8,
        weight_decay: float = 0.0,
    ) -> None:
        super().__init__(
            parameters,
            lr,
            state_names=("exp_avg", "exp_avg_sq"),
            betas=_checked_betas(betas),
            eps=number("eps", eps, "(0, inf)"),
            weight_decay=number("weight_decay", weight_decay, "[0, inf)"),
        )

    def step_scalars(self) -> tuple[float, ...]:
        """The learning rate over the mean's correction, and the root of the mean square's."""
        update = self.updates + 1
        beta1, beta2 = cast("Betas", self.options["betas"])
        return self.lr / (1.0 - beta1**update), math.sqrt(1.0 - beta2**update)


class AdamW(Adam):
    """Adam with weight decay apart from the gradient, where Adam's scaling does not reach it.

    Args:
        parameters: leaf Values, such as `model.parameters()`.
        lr: the learning rate, or a schedule of it.
        betas: the parts of the running means, of the gradient and of its square, that stay.
        eps: keeps the division away from zero.
        weight_decay: each update first takes lr * weight_decay of the parameter away.

    Raises:
        ArgumentError: an argument is out of range.
    """

    rule: ClassVar[Rule] = staticmethod(rules.adamw)

    def __init__(
        self,
        parameters: Iterable[Value],
        lr: float | Schedule = 0.001,
        betas: Betas = (0.9, 0.999),
        eps: float = 1e-8,
        weight_decay: float = 0.01,
    ) -> None:
        super().__init__(parameters, lr, betas, eps, weight_decay)

    def step_scalars(self) -> tuple[float, ...]:
        """Adam's two, and the learning rate itself."""
        return *super().step_scalars(), self.lr


OPTIMIZERS: dict[str, Callable[..., Optimizer]] = {
    "sgd": SGD,
    "momentum": partial(SGD, momentum=0.9),
    "nesterov": partial(SGD, momentum=0.9, nesterov=True),
    "rmsprop": RMSProp,
    "adagrad": Adagrad,
    "adam": Adam,
    "adamw": AdamW,
}
"""The optimizers by name, as a command line gives it."""


def by_name(
    name: str, parameters: Iterable[Value], lr: float | Schedule, **options: float | Betas
) -> Optimizer:
    """The optimizer of that name.

    Args:
        name: a key of OPTIMIZERS.
        parameters: leaf Values, such as `model.parameters()`.
        lr: the learning rate, or a schedule of it.
        options: further arguments of that optimizer, by name.

    Raises:
        ArgumentError: no optimizer has that name, or an argument is out of range.

    >>> by_name("momentum", [Value(1.0)], lr=0.1)
    SGD(parameters=1, lr=ConstantLR(lr=0.1), momentum=0.9, nesterov=False, weight_decay=0.0)
    """
    if name not in OPTIMIZERS:
        raise unknown_name("optimizer", name, OPTIMIZERS)
    return OPTIMIZERS[name](parameters, lr, **options)


def _checked_betas(betas: Betas) -> Betas:
    if not isinstance(betas, (tuple, list)) or len(betas) != 2:
        raise ArgumentError(f"betas is {betas!r}", hint="give two numbers, such as (0.9, 0.999)")
    return number("betas[0]", betas[0], "[0, 1)"), number("betas[1]", betas[1], "[0, 1)")
