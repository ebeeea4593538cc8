"""How soon a mistake is found, and to what case Hypothesis shrinks it."""

from __future__ import annotations

from collections.abc import Container, Sequence
from dataclasses import dataclass
from functools import cache
from random import Random

from hypothesis import Phase, find, settings
from hypothesis.errors import NoSuchExample

from microgradlab.checking import Verdict, gradcheck
from microgradlab.checking.program import Expression
from microgradlab.checking.strategies import expressions
from tests.evidence.engine_mutants import EngineMutant
from tests.evidence.peers import PEERS, peer_alarms
from tests.evidence.rule_mutants import RuleMutant
from tests.evidence.sampling import drawn

Mutant = RuleMutant | EngineMutant

OURS = "gradcheck"


@dataclass(frozen=True)
class Hunt:
    """What is done with a mutant.

    Attributes:
        mutant: the mistake.
        seeds: one series of random expressions for each.
        draws: how many expressions a series has.
        shrink: whether to look for the smallest case, which takes most of the time.
    """

    mutant: Mutant
    seeds: Sequence[int]
    draws: int
    shrink: bool


@dataclass(frozen=True)
class Detection:
    """What became of a mutant.

    Attributes:
        mutant: the mistake.
        examples: for each checker and series, how many were drawn until it was found; None if it
            was not.
        operations: of the smallest case; None if there is none, or none was looked for.
    """

    mutant: Mutant
    examples: dict[str, list[int | None]]
    operations: int | None


def detect(hunt: Hunt) -> Detection:
    """Hunts a mutant with each checker."""
    found = [_first_alarms(hunt.mutant, hunt.draws, seed) for seed in hunt.seeds]
    examples = {name: [first.get(name) for first in found] for name in (OURS, *PEERS)}
    operations = _shrunk(hunt.mutant, hunt.draws, hunt.seeds[0]) if hunt.shrink else None
    return Detection(hunt.mutant, examples, operations)


def _first_alarms(mutant: Mutant, draws: int, seed: int) -> dict[str, int]:
    """How many expressions were drawn when each checker found the mutant, where it did.

    An alarm counts if there is none on the same expression without the mutant.
    """
    found: dict[str, int] = {}
    for count, expression in enumerate(_series(draws, seed), start=1):
        if mutant.concerns(expression):
            with mutant.planted(expression) as wrong:
                raised = _alarms(wrong, found)
            if raised:
                found |= dict.fromkeys(raised - _alarms(expression, found), count)
            if len(found) == 1 + len(PEERS):
                break
    return found


def _alarms(expression: Expression, found: Container[str]) -> set[str]:
    """The checkers, of those that have not found the mutant yet, that call a gradient wrong."""
    alarms = {OURS} if OURS not in found and is_wrong(expression) else set()
    return alarms | {name for name in peer_alarms(expression) if name not in found}


def is_wrong(expression: Expression) -> bool:
    """Whether the gradient check says WRONG."""
    return gradcheck(expression, *expression.inputs).verdict is Verdict.WRONG


@cache
def _series(draws: int, seed: int) -> list[Expression]:
    return drawn("smooth", draws, seed)


def _shrunk(mutant: Mutant, draws: int, seed: int) -> int | None:
    """The number of operations in the smallest case that Hypothesis finds."""

    def fails(expression: Expression) -> bool:
        if not mutant.concerns(expression):
            return False
        with mutant.planted(expression) as wrong:
            return is_wrong(wrong)

    limits = settings(
        max_examples=draws, phases=[Phase.generate, Phase.shrink], database=None, deadline=None
    )
    try:
        return len(find(expressions(), fails, settings=limits, random=Random(seed)).steps)
    except NoSuchExample:
        return None
