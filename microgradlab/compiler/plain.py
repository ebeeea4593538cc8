"""Training's losses and outputs without compilation, which compiled ones must equal. Floor 5."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from random import Random
from reprlib import repr as shortened
from typing import Any, TypeAlias

from microgradlab.compiler.build import is_list, listed
from microgradlab.compiler.refusals import UNSEEN, agree, in_time
from microgradlab.engine import number_of
from microgradlab.errors import ArgumentError
from microgradlab.modes import no_grad

Plain: TypeAlias = dict[int, tuple[Any, Any]]
"""Loss and output, by the sample's place."""

_MOST_COMPARED = 1000
_MOST_CLASSES = 100


def plain_outputs(
    model: Callable[[Any], Any],
    loss: Callable[[Any, Any], Any],
    samples: Sequence[tuple[Any, Any]],
) -> Plain:
    """Loss and output of the first sample and, while time allows, of the last and others.

    >>> plain_outputs(lambda x: x[0] + 1.0, lambda output, target: output - target, [([1.0], 0.5)])
    {0: (1.5, 2.0)}
    """
    last = len(samples) - 1
    others = Random(0).sample(range(last + 1), min(last + 1, _MOST_COMPARED))
    plain: Plain = {}
    with no_grad():
        for place in in_time(dict.fromkeys([0, last, *others])):
            features, target = samples[place]
            output = model(features)
            plain[place] = (loss(output, target), output)
    return plain


def check_same(outputs: Sequence[Sequence[float]], plain: Plain, *, fast: bool = False) -> None:
    """Refuses compiled outputs that are not the plain ones, but for rounding.

    Args:
        outputs: a row for each of the plain samples: its loss, then its predictions.
        plain: what they must be.
        fast: whether they come from fused and reordered arithmetic.

    Raises:
        ArgumentError: names the first sample whose numbers differ.
    """
    for (place, (loss, output)), numbers in zip(plain.items(), outputs, strict=True):
        expected = [number_of(number) for number in (loss, *listed(output))]
        if not agree(numbers, expected, fast=fast):
            raise ArgumentError(
                f"loss and predictions of sample {place} are {shortened(numbers)} in compiled "
                f"training, and {shortened(expected)} without",
                hint=UNSEEN,
            )


def output_width(output: Any) -> int | None:
    """The number of a model's outputs; None for one that is no list.

    Raises:
        ArgumentError: it is a list of lists.

    >>> output_width([1.0, 2.0]), output_width(1.0)
    (2, None)
    """
    if not isinstance(output, (list, tuple)):
        return None
    if any(isinstance(item, (list, tuple)) for item in output):
        raise ArgumentError(
            "the model's output is a list of lists",
            hint="compiled training takes a number or a list of numbers; for others train "
            "without compiled=True",
        )
    return len(output)


def check_targets(loss: Callable[[Any, Any], Any], output: Any, targets: Sequence[Any]) -> None:
    """Shows each class to the loss, which may refuse it; recorded, it cannot look at targets.

    Targets that hardly repeat are no classes, and not shown: that would take long.
    """
    distinct: dict[Any, Any] = {}
    for target in targets:
        distinct[tuple(map(float, target)) if is_list(target) else target] = target
        if len(distinct) > max(_MOST_CLASSES, len(targets) // 4):
            return
    with no_grad():
        for target in distinct.values():
            loss(output, target)
