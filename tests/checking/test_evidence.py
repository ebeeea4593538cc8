"""The evidence for the checker: the command, the mistakes it plants, and the peers it emulates."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from microgradlab import engine
from microgradlab.checking.program import Expression, Step
from microgradlab.ops import OPS
from tests.evidence import __main__ as command
from tests.evidence.correctness import Batch, check_batch
from tests.evidence.detection import OURS, Detection, is_wrong
from tests.evidence.engine_mutants import ENGINE_MUTANTS
from tests.evidence.figures import percent
from tests.evidence.peers import PEERS, Check, hips_autograd, jax, pytorch
from tests.evidence.rule_mutants import RuleMutant, rule_mutants

MUTANTS, EQUAL = rule_mutants()


def rules(name: str, column: str) -> set[str]:
    """The wrong rules in the place of a right one."""
    return {
        getattr(mutant.op, column)
        for mutant in MUTANTS
        if mutant.op.name == name and mutant.column == column
    }


@pytest.mark.slow
def test_a_sample_of_mistakes_is_found_and_right_expressions_raise_no_alarm(
    capsys: pytest.CaptureFixture[str],
) -> None:
    assert command.main(["--quick"]) == 0
    printed = capsys.readouterr()
    assert "Not found: none." in printed.out
    assert "| the engine | 6 | 6 |" in printed.out
    assert "| all | 300 |" in printed.out
    assert "right expressions, edges: 20 of 20" in printed.err


def test_a_page_without_markers_is_refused_before_anything_is_measured(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    page = tmp_path / "README.md"
    page.write_text("# Tests\n", encoding="utf-8")
    assert command.main(["--write", str(page)]) == 1
    printed = capsys.readouterr()
    assert printed.out == ""
    assert "the page has no place" in printed.err


def test_mistakes_that_survive_and_false_alarms_are_faults() -> None:
    found = Detection(MUTANTS[0], {OURS: [3, 5]}, 1)
    missed = Detection(MUTANTS[1], {OURS: [3, None]}, 1)
    right = check_batch(Batch("smooth", 1, seed=0))[0]
    alarm = replace(right, wrong="x")
    assert command.Evidence([found], 0, [right]).faults == []
    faults = command.Evidence([found, missed], 0, [right, alarm]).faults
    assert faults == [f"not found: {MUTANTS[1]}", "false alarm:\nx"]


def test_a_product_may_be_wrong_in_its_sign_its_operands_or_by_a_factor() -> None:
    factors = {f"y * {1.0 + error!r}" for error in (1e-2, 1e-4, 1e-6, 1e-12)}
    assert rules("mul", "dx") == {"-y", "1.0", "x", "out"} | factors


def test_a_longer_rule_may_lack_each_of_its_factors_or_have_a_wrong_sign_within() -> None:
    assert {"1.0 - out", "1.0 + out * out", "1.0 - x * x"} < rules("tanh", "dx")
    assert {"1.0 / y", "-out", "-y / y", "-out / x"} < rules("div", "dy")


def test_rewritings_that_equal_the_right_rule_are_no_mistakes() -> None:
    assert EQUAL > 0
    assert "0.0 if out <= 0.0 else 1.0" not in rules("relu", "dx")
    assert "1.0" not in rules("add", "dx")


@pytest.mark.parametrize("mutant", MUTANTS[::20], ids=str)
def test_a_planted_row_computes_the_same_numbers(mutant: RuleMutant) -> None:
    operands = (0, 1)[: mutant.op.arity]
    right = Expression((0.5, 0.25), (Step(OPS[mutant.op.name], operands),))
    with mutant.planted(right) as wrong:
        assert wrong(0.5, 0.25) == right(0.5, 0.25)
        assert wrong.steps[0].op is mutant.op


def test_the_engine_is_right_again_when_a_mistake_was_planted() -> None:
    propagate = engine._propagate
    square = Expression((3.0,), (Step(OPS["mul"], (0, 0)),))
    for mutant in ENGINE_MUTANTS[:2]:
        with mutant.planted(square) as wrong:
            assert is_wrong(wrong)
        assert not is_wrong(square)
    assert engine._propagate is propagate


def test_the_same_seed_draws_the_same_expressions() -> None:
    def keys() -> list[bytes]:
        return [one.key for one in check_batch(Batch("smooth", 20, seed=7))]

    assert keys() == keys()
    assert len(set(keys())) == len(keys())


@pytest.mark.parametrize("check", [pytorch, jax, hips_autograd])
def test_the_peers_let_small_derivatives_of_the_wrong_sign_pass(check: Check) -> None:
    assert check(lambda x: 1e-7 * x, [2.0], [-1e-7])
    assert check(lambda x: x * x, [2.0], [4.0])
    assert not check(lambda x: x * x, [2.0], [-4.0])


def test_the_peers_allow_errors_of_their_own_tolerances() -> None:
    def passing(error: float) -> set[str]:
        return {name for name, check in PEERS.items() if check(lambda x: x, [1.0], [1.0 + error])}

    assert passing(1e-3) == {"PyTorch"}
    assert passing(1e-5) == {"PyTorch", "JAX"}
    assert passing(1e-6) == {"PyTorch", "JAX", "HIPS autograd"}


def test_shares_are_not_rounded_to_all_or_nothing() -> None:
    assert [percent(part, 1000) for part in (0, 1, 500, 999, 1000)] == [
        "0 %",
        "0.1 %",
        "50 %",
        "99.9 %",
        "100 %",
    ]
