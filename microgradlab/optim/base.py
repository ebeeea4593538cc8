"""What all optimizers share: parameters, a learning rate, a rule and its state. Floor 3."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Any, ClassVar, TypeAlias

from microgradlab.checks import number
from microgradlab.engine import NOT_COMPUTED
from microgradlab.errors import ArgumentError, CheckpointError
from microgradlab.optim.schedules import ConstantLR, Schedule
from microgradlab.value import Value

State: TypeAlias = tuple[float, ...]
Betas: TypeAlias = tuple[float, float]
Rule: TypeAlias = Callable[..., tuple[float, State]]


class Optimizer:
    """Applies a rule to each parameter in turn, and keeps the rule's state by their positions.

    Attributes:
        rule: a function of rules.py.
        parameters: the leaf Values that are updated, in the caller's order.
        schedule: gives the learning rate for the number of updates done.
        updates: the number of updates done.
        options: the rule's hyper-parameters by name.
        state_names: names for the numbers of a parameter's state; there may be none.
        state: these numbers, one tuple per parameter.
    """

    rule: ClassVar[Rule]

    def __init__(
        self,
        parameters: Iterable[Value],
        lr: float | Schedule,
        state_names: tuple[str, ...],
        **options: float | Betas,
    ) -> None:
        self.parameters = _leaves(parameters)
        self.schedule = lr if callable(lr) else ConstantLR(lr)
        self.updates = 0
        self.options = options
        self.state_names = state_names
        self.state: list[State] = [(0.0,) * len(state_names) for _ in self.parameters]

    @property
    def lr(self) -> float:
        """The learning rate of the next update."""
        return number("lr", self.schedule(self.updates), "[0, inf)")

    def step_scalars(self) -> tuple[float, ...]:
        """What the rule takes after the state: numbers that change from update to update."""
        return (self.lr,)

    def step(self) -> None:
        """Updates every parameter by its gradient, where a gradient not computed counts as 0."""
        rule, options, scalars = self.rule, self.options, self.step_scalars()
        for place, parameter in enumerate(self.parameters):
            parameter.data, self.state[place] = rule(
                parameter.data, float(parameter.grad), self.state[place], *scalars, **options
            )
        self.updates += 1

    def zero_grad(self) -> None:
        """Forgets the gradients of all parameters; `backward()` would add to them."""
        for parameter in self.parameters:
            parameter.grad = NOT_COMPUTED

    def state_dict(self) -> dict[str, Any]:
        """What the updates so far have changed here, as numbers, strings and lists for JSON.

        Learning rate and hyper-parameters are not part of it: they are given at construction.
        """
        return {
            "optimizer": type(self).__name__,
            "parameters": len(self.parameters),
            "updates": self.updates,
            "state": {
                name: [numbers[column] for numbers in self.state]
                for column, name in enumerate(self.state_names)
            },
        }

    def load_state_dict(self, state_dict: dict[str, Any]) -> None:
        """Goes on where another optimizer, built with the same arguments, stood: to the last bit.

        Args:
            state_dict: what that optimizer's `state_dict()` gave.

        Raises:
            CheckpointError: it comes from another kind of optimizer or another number of
                parameters, or it is damaged. Nothing has changed then.
        """
        if not isinstance(state_dict, dict):
            raise CheckpointError(
                f"the optimizer state is {state_dict!r}, no dict",
                hint="give what state_dict() gave",
            )
        own = self.state_dict()
        for key in ("optimizer", "parameters"):
            if state_dict.get(key) != own[key]:
                raise _misfit(f"{key} {state_dict.get(key)!r}", f"{own[key]!r}")
        columns, updates = state_dict.get("state"), state_dict.get("updates")
        if not isinstance(columns, dict) or columns.keys() != own["state"].keys():
            raise _misfit(f"state {columns and list(columns)!r}", f"{list(self.state_names)!r}")
        if not isinstance(updates, int) or updates < 0:
            raise _misfit(f"updates {updates!r}", "a count")
        for name, column in columns.items():
            if not _is_column(column, len(self.parameters)):
                raise _misfit(f"a damaged list {name!r}", f"{len(self.parameters)} numbers")
        self.updates = updates
        self.state = [
            tuple(float(columns[name][place]) for name in self.state_names)
            for place in range(len(self.parameters))
        ]

    def __repr__(self) -> str:
        options = "".join(f", {name}={value!r}" for name, value in self.options.items())
        name, count = type(self).__name__, len(self.parameters)
        return f"{name}(parameters={count}, lr={self.schedule!r}{options})"


def _is_column(column: object, length: int) -> bool:
    return (
        isinstance(column, list)
        and len(column) == length
        and all(isinstance(entry, (int, float)) for entry in column)
    )


def _misfit(theirs: str, own: str) -> CheckpointError:
    return CheckpointError(
        f"the optimizer state has {theirs}; this optimizer takes {own}",
        hint="build the optimizer with the arguments it had when the state was saved",
    )


def _leaves(parameters: Iterable[Value]) -> list[Value]:
    """The parameters as a list, if each is a leaf Value and there once.

    Raises:
        ArgumentError: there are none, one is no leaf Value, or one is there twice.
    """
    if not isinstance(parameters, Iterable):
        raise ArgumentError(
            f"parameters is {parameters!r}, not a list of Values",
            hint="give model.parameters(), or a list",
        )
    listed = list(parameters)
    if not listed:
        raise ArgumentError("parameters is empty", hint="give model.parameters() or other Values")
    first_place: dict[Value, int] = {}
    for place, parameter in enumerate(listed):
        if not isinstance(parameter, Value):
            raise ArgumentError(
                f"parameters[{place}] is {parameter!r}, not a Value", hint="wrap it: Value(number)"
            )
        if parameter.op is not None:
            raise ArgumentError(
                f"parameters[{place}] is the result of {parameter.op.name}, not a leaf",
                hint="only Values made from plain numbers can be updated: give its operands",
            )
        if parameter in first_place:
            raise ArgumentError(
                f"parameters[{place}] and parameters[{first_place[parameter]}] are the same Value",
                hint="give each parameter once",
            )
        first_place[parameter] = place
    return listed
