"""Shuffling natively: what `random.shuffle` does, to the last place."""

from __future__ import annotations

from random import Random

import pytest

from microgradlab.compiler.shuffle import shuffled


@pytest.mark.parametrize("size", [0, 1, 2, 3, 4, 5, 63, 64, 65, 1000, 4097])
def test_the_order_is_that_of_the_standard_library(size: int) -> None:
    for seed in ("0/1", "0/2", "7/123"):
        expected = list(range(size))
        Random(seed).shuffle(expected)
        assert shuffled(size, seed).tolist() == expected


def test_many_words_that_do_not_fit_are_made_up_for(monkeypatch: pytest.MonkeyPatch) -> None:
    """Of so unlucky a generator's words the first three quarters fit nowhere."""
    asked = []

    class Unlucky(Random):
        def getrandbits(self, k: int) -> int:
            asked.append(k)
            bits = super().getrandbits(k)
            return bits | (1 << min(k, 32 * 300)) - 1

    expected = shuffled(100, "0/1").tolist()
    monkeypatch.setattr("microgradlab.compiler.shuffle.Random", Unlucky)
    assert sorted(shuffled(100, "0/1").tolist()) == sorted(expected)
    assert asked == [32 * 264, 32 * 528]
