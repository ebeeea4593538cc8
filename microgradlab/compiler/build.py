"""Kernels of what is trained and called: losses, predictions, penalties, rules, functions. Floor 4.

| kernel | inputs | shared | outputs | totals |
|---|---|---|---|---|
| training | features, target numbers, seed | parameters | loss, predictions | gradients, cost |
| evaluation | features, target numbers | parameters | loss, predictions | |
| prediction | features | parameters | predictions | |
| penalty | seed | parameters | penalty | gradients, penalty |
| rule | parameter, gradient, state | the update's scalars | parameter, state | |
| function | arguments | captured Values | value (and derivatives) | |
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from microgradlab.compiler.derivative import by_inputs, by_parameters, forward
from microgradlab.compiler.kernel import Kernel
from microgradlab.compiler.program import merged
from microgradlab.compiler.rolling import rolled
from microgradlab.compiler.tape import Tape, record
from microgradlab.errors import ArgumentError
from microgradlab.optim import Optimizer
from microgradlab.value import Operand, Value, real

Rows = NDArray[np.float64]
Model = Callable[[Sequence[Any]], Any]
Loss = Callable[[Any, Any], Any]
Samples = Iterable[tuple[Any, Any]]


def rows_of(samples: Samples) -> Rows:
    """One row per sample: its features, then its target's numbers.

    Args:
        samples: pairs (features, target) that are all of one form; a target is a number or a list.

    Raises:
        ArgumentError: a sample has another form than the first, or something is no number.

    >>> rows_of([([0.0, 1.0], 1), ([2.0, 3.0], 0)]).tolist()
    [[0.0, 1.0, 1.0], [2.0, 3.0, 0.0]]
    """
    rows: list[list[float]] = []
    first: tuple[int, int | None] | None = None
    for place, (features, target) in enumerate(samples):
        form = _form_of(features, target)
        first = first or form
        if form != first:
            raise ArgumentError(
                f"sample {place} has {_described(form)}, and sample 0 has {_described(first)}",
                hint="compiled training takes samples of one form; train without compiled=True",
            )
        rows.append(_row(features, target))
    try:
        return np.array(rows, np.float64)
    except OverflowError:  # an int beyond the largest float
        return np.array([[real(number, "a sample") for number in row] for row in rows])


def is_list(target: Any) -> bool:
    """Whether a target is several numbers; an array without dimensions is one."""
    return hasattr(target, "__len__") and getattr(target, "shape", None) != ()


def _form_of(features: Sequence[Any], target: Any) -> tuple[int, int | None]:
    return len(features), len(target) if is_list(target) else None


def _row(features: Sequence[Any], target: Any) -> list[float]:
    numbers = [*features, *(target if is_list(target) else [target])]
    if set(map(type, numbers)) <= {float, int}:
        return numbers
    return [real(number, "a sample") for number in numbers]


class _Rows(Sequence[Sequence[float]]):
    """Samples as rows, made when they are asked for."""

    def __init__(self, samples: Sequence[tuple[Any, Any]]) -> None:
        self._samples = samples

    def __len__(self) -> int:
        return len(self._samples)

    def __getitem__(self, place: Any) -> Any:
        return _row(*self._samples[place])


def _described(form: tuple[int, int | None]) -> str:
    features, target = form
    return f"{features} features and " + (
        "one number as target" if target is None else f"a list of {target} as target"
    )


def training_kernel(
    model: Model, loss: Loss, samples: Sequence[tuple[Any, Any]], parameters: Sequence[Value]
) -> Kernel:
    """What one sample of a batch contributes to the cost and its gradients.

    Args:
        model: called with a sample's features.
        loss: called with the prediction and the target, of which numbers are Values.
        samples: the first is recorded, others are compared with it.
        parameters: the leaf Values whose gradients are totalled, each at its place.

    Raises:
        ArgumentError: what is computed depends on the data, or does not depend on a parameter.
    """
    tape = _loss_tape(model, loss, samples, parameters)
    program = merged(by_parameters(tape))
    if not (program.gradients >= 0).any():
        raise ArgumentError(
            "the loss depends on none of the optimizer's parameters",
            hint="compute it from the model's output, with the operations of this package",
        )
    return rolled(program)


def evaluation_kernel(
    model: Model, loss: Loss, samples: Sequence[tuple[Any, Any]], parameters: Sequence[Value]
) -> Kernel:
    """The loss and the predictions of a sample."""
    return rolled(merged(forward(_loss_tape(model, loss, samples, parameters))))


def prediction_kernel(model: Model, inputs: int, parameters: Sequence[Value]) -> Kernel:
    """The predictions for a sample's features."""
    points = [[0.25 + 0.5 * place for place in range(inputs)], [-1.0] * inputs]
    names = _parameter_names(parameters)
    names += [f"x{place}" for place in range(inputs)] if names else []
    return rolled(merged(forward(record(lambda x: listed(model(x)), points, parameters, names))))


def penalty_kernel(
    penalty: Callable[[Sequence[Value]], Any], parameters: Sequence[Value]
) -> Kernel:
    """A penalty on the parameters, computed once per update, as if for one sample.

    Args:
        penalty: called with the parameters.
        parameters: the leaf Values whose gradients are totalled, each at its place.
    """
    names = _parameter_names(parameters)
    tape = record(lambda _: [penalty(parameters)], [[]], parameters, names)
    return rolled(merged(by_parameters(tape)))


def rule_kernel(optimizer: Optimizer) -> Kernel:
    """The optimizer's rule for one parameter.

    Raises:
        ArgumentError: what the rule computes depends on the numbers.
    """
    scalars = [
        Value(number, label=f"scalar {k}") for k, number in enumerate(optimizer.step_scalars())
    ]
    states = len(optimizer.state_names)

    def update(numbers: list[Value]) -> list[Any]:
        parameter, gradient, *state = numbers
        moved, kept = optimizer.rule(
            parameter, gradient, tuple(state), *scalars, **optimizer.options
        )
        return [moved, *kept]

    points = [[0.5, 0.25, *[0.125] * states], [-1.0, -2.0, *[3.0] * states]]
    return rolled(merged(forward(record(update, points, scalars))))


def function_kernel(
    function: Callable[[list[Value]], Sequence[Operand]],
    points: Sequence[Sequence[float]],
    parameters: Sequence[Value] = (),
    *,
    gradient: bool = False,
    names: Sequence[str] = (),
) -> Kernel:
    """A function's results, and the derivatives of the first by each input if wanted."""
    tape = record(function, points, parameters, names)
    return rolled(merged(by_inputs(tape) if gradient else forward(tape)))


def _loss_tape(
    model: Model, loss: Loss, samples: Sequence[tuple[Any, Any]], parameters: Sequence[Value]
) -> Tape:
    features, targets = _form_of(*samples[0])
    is_list = targets is not None

    def one(numbers: list[Value]) -> list[Operand]:
        prediction = model(numbers[:features])
        target = numbers[features:] if is_list else numbers[features]
        return [loss(prediction, target), *listed(prediction)]

    names = _parameter_names(parameters)
    if names:
        names += [f"x{place}" for place in range(features)]
        names += ["target"] if targets is None else [f"target{place}" for place in range(targets)]
    return record(one, _Rows(samples), parameters, names)


def listed(prediction: Any) -> list[Any]:
    """A model's output as a list, also if it is one number."""
    return list(prediction) if isinstance(prediction, (list, tuple)) else [prediction]


def _parameter_names(parameters: Sequence[Value]) -> list[str]:
    return [value.label or f"p{place}" for place, value in enumerate(parameters)]
