"""A recipe as a command: what it prints gives the same recipe back."""

from __future__ import annotations

import shlex
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from microgradlab import init, optim
from microgradlab.cli.arguments import parse, recipe_from
from microgradlab.cli.recipe import LOSSES_BY_TASK, Recipe
from microgradlab.functions import ACTIVATIONS

NAMES = st.text(st.characters(codec="utf-8", exclude_characters="\0"), min_size=1).filter(
    lambda name: not name.startswith("-")
)
COUNTS = st.integers(1, 10**6)
SHARES = st.floats(0.0, 1.0, exclude_min=True, exclude_max=True)
ABOVE_ZERO = st.floats(0.0, exclude_min=True, allow_infinity=False)
FROM_ZERO = st.floats(0.0, allow_infinity=False)
RECIPES = st.builds(
    Recipe,
    data=NAMES,
    target=st.none() | NAMES,
    task=st.sampled_from([None, "classification", "regression"]),
    hidden=st.lists(COUNTS, max_size=3).map(tuple),
    activation=st.sampled_from(sorted(ACTIVATIONS)),
    init=st.none() | st.sampled_from(sorted(init.SCHEMES)),
    loss=st.sampled_from(["", *LOSSES_BY_TASK["binary"], *LOSSES_BY_TASK["regression"]]),
    optimizer=st.sampled_from(sorted(optim.OPTIMIZERS)),
    lr=ABOVE_ZERO,
    schedule=st.sampled_from(sorted(optim.SCHEDULES)),
    warmup=st.integers(0, 100),
    epochs=st.integers(0, 100),
    batch_size=st.none() | COUNTS,
    seed=st.integers(0, 2**64),
    test=SHARES,
    validation=st.just(0.0) | SHARES,
    patience=st.none() | COUNTS,
    l1=FROM_ZERO,
    l2=FROM_ZERO,
    weight_decay=FROM_ZERO,
    clip_norm=st.none() | ABOVE_ZERO,
    clip_value=st.none() | ABOVE_ZERO,
)


def parsed(command: str) -> Recipe:
    program, *words = shlex.split(command)
    assert program == "microgradlab"
    return recipe_from(parse(words))


@settings(deadline=None, max_examples=50)
@given(RECIPES)
def test_the_command_of_a_recipe_gives_the_recipe(recipe: Recipe) -> None:
    assert parsed(recipe.command()) == recipe


@settings(deadline=None, max_examples=50)
@given(RECIPES)
def test_a_recipe_survives_its_dict(recipe: Recipe) -> None:
    assert Recipe.from_dict(recipe.to_dict()) == recipe


def test_the_usual_recipe_is_a_short_command() -> None:
    assert Recipe("iris").command() == "microgradlab train iris"


@pytest.mark.parametrize("words", [[], ["--hidden", "8,4", "--l2", "1e-05", "--batch-size", "all"]])
def test_steps_and_inspect_end_with_a_command_that_is_understood(
    call: Any, fruit: str, tmp_path: Path, words: list[str]
) -> None:
    (tmp_path / fruit).rename(tmp_path / "my fruit.csv")
    out = call("steps", "my fruit.csv", "--target", "ripe", "--updates", "1", *words).out
    expected = recipe_from(parse(["train", "my fruit.csv", "--target", "ripe", *words]))
    assert parsed(out.rpartition("Let it run: ")[2]) == expected
    out = call("inspect", "my fruit.csv", "--target", "ripe").out
    assert parsed(out.rpartition("Train on it: ")[2]) == Recipe("my fruit.csv", "ripe")
