"""Random expressions as the public strategies draw them, and the same ones on every run."""

from __future__ import annotations

from hypothesis import HealthCheck, Phase, given, seed, settings

from microgradlab.checking.decoding import At
from microgradlab.checking.program import Expression
from microgradlab.checking.strategies import expressions


def drawn(at: At, draws: int, number: int) -> list[Expression]:
    """What Hypothesis draws first from `expressions(at=at)`; some expressions come repeatedly.

    Args:
        at: where the expressions are evaluated.
        draws: how many.
        number: the seed.
    """
    found: list[Expression] = []

    @seed(number)
    @settings(
        max_examples=draws,
        phases=[Phase.generate],
        database=None,
        deadline=None,
        suppress_health_check=list(HealthCheck),
    )
    @given(expressions(at=at))
    def draw(expression: Expression) -> None:
        found.append(expression)

    draw()
    return found
