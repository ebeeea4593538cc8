"""Where a number went wrong: the operation, its operands and the sample, in one error. Floor 6."""

from __future__ import annotations

from collections.abc import Sequence

from microgradlab import modes
from microgradlab.engine import describe, first_non_finite, topological_order
from microgradlab.errors import DivergedError, NonFiniteError
from microgradlab.value import Value

WHAT_TO_TRY = "begin anew with a smaller learning rate, clipped gradients, or standardised features"


def diverged(
    what: str, cost: Value, losses: Sequence[Value], samples: Sequence[int], batch: int, epoch: int
) -> DivergedError:
    """The error for a cost, or a gradient of it, that is nan or infinite.

    Args:
        what: the number that is not finite, such as "the cost".
        cost: of the batch.
        losses: that the cost was made of.
        samples: their indices in the data.
        batch: the number of the batch.
        epoch: the number of the epoch.

    >>> from microgradlab import log
    >>> p = Value(0.0, label="p")
    >>> print(diverged("the cost", log(p) / 1.0, [log(p)], [17], batch=3, epoch=2).message)
    the cost is not finite: log(x) = -inf at x = 0.0 ('p') (sample 17, batch 3, epoch 2)
    """
    place = f"batch {batch}, epoch {epoch}"
    for sample, loss in zip(samples, losses, strict=True):
        if culprit := _first_failure(loss):
            return _error(what, culprit, f"sample {sample}, {place}")
    culprit = _first_failure(cost) or "finite parts of a gradient overflow in their sum"
    return _error(what, culprit, place)


def _error(what: str, culprit: str, place: str) -> DivergedError:
    return DivergedError(f"{what} is not finite: {culprit} ({place})", hint=WHAT_TO_TRY)


def _first_failure(root: Value) -> str | None:
    """The first operation that gave nan or an infinity, forward or else backward."""
    node = first_non_finite(root)
    if node is not None:
        return describe(node)
    try:
        with modes.detect_anomaly():
            root.backward()
    except NonFiniteError as error:
        return error.message
    finally:  # the gradients of a failed pass are of no use to anyone
        for node in topological_order(root):
            node.zero_grad()
    return None
