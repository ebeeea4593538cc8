"""The mapping that events carry."""

from __future__ import annotations

from dataclasses import FrozenInstanceError

import pytest
from hypothesis import given
from hypothesis import strategies as st

from microgradlab.events import Finished, NamedNumbers


@given(st.dictionaries(st.text("abc", max_size=3), st.floats(allow_nan=False)))
def test_named_numbers_are_like_a_dict(numbers: dict[str, float]) -> None:
    places = {name: place for place, name in enumerate(numbers)}
    named = NamedNumbers(places, list(numbers.values()))
    assert named == numbers
    assert list(named.items()) == list(numbers.items())
    if len(numbers) <= 6:
        assert repr(named) == repr(numbers)
    else:
        assert repr(named).endswith(f"... {len(numbers) - 6} more}}")
    assert len(named) == len(numbers)


def test_named_numbers_differ_from_others() -> None:
    places = {"weight": 0, "bias": 1}
    assert NamedNumbers(places, [1.0, 2.0]) == NamedNumbers(places, [1.0, 2.0])
    assert NamedNumbers(places, [1.0, 2.0]) != NamedNumbers(places, [1.0, 3.0])
    assert "weights" not in NamedNumbers(places, [1.0, 2.0])


def test_events_cannot_be_changed() -> None:
    event = Finished(epochs=1, updates=2, cost=0.5, metrics={})
    with pytest.raises(FrozenInstanceError):
        event.cost = 0.0  # type: ignore[misc]  # frozen, as mypy sees too
