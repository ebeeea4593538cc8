"""Data sets by name."""

from __future__ import annotations

import subprocess
import sys

import numpy as np
import pytest
import sklearn.datasets

from microgradlab.data import NAMES, load
from microgradlab.errors import ArgumentError, MissingExtraError


def test_iris_is_the_corrected_copy_of_scikit_learn() -> None:
    data, expected = load("iris"), sklearn.datasets.load_iris()
    np.testing.assert_array_equal(np.array(data.features), expected.data)
    np.testing.assert_array_equal(np.array(data.targets), expected.target)
    assert data.classes == ("setosa", "versicolor", "virginica")
    assert data.name == "iris"


@pytest.mark.parametrize(
    ("name", "samples", "inputs", "task"),
    [
        ("iris", 150, 4, "multiclass"),
        ("wine", 178, 13, "multiclass"),
        ("breast_cancer", 569, 30, "binary"),
        ("digits", 1797, 64, "multiclass"),
        ("diabetes", 442, 10, "regression"),
        ("moons", 500, 2, "binary"),
        ("circles", 500, 2, "binary"),
        ("spirals", 500, 2, "binary"),
        ("xor", 500, 2, "binary"),
        ("yin_yang", 500, 2, "multiclass"),
    ],
)
def test_every_name_loads(name: str, samples: int, inputs: int, task: str) -> None:
    data = load(name)
    assert (len(data), data.inputs, data.task, data.name) == (samples, inputs, task, name)
    assert name in NAMES


def test_the_names_are_all_listed() -> None:
    assert len(NAMES) == 10


def test_the_seed_is_that_of_the_shape() -> None:
    assert load("moons", seed=1) != load("moons", seed=2)


def test_digits_are_pixels_from_0_to_16() -> None:
    pixels = {x for row in load("digits").features for x in row}
    assert (min(pixels), max(pixels)) == (0.0, 16.0)


def test_diabetes_is_in_its_own_units() -> None:
    ages = [row[0] for row in load("diabetes").features]
    assert (min(ages), max(ages)) == (19.0, 79.0)


def test_an_unknown_name_gets_the_nearest_one() -> None:
    with pytest.raises(ArgumentError, match="did you mean 'iris'"):
        load("irsi")


def test_a_missing_library_is_named_with_its_extra(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "sklearn.datasets", None)
    with pytest.raises(MissingExtraError, match=r"(?s)'wine' needs sklearn.*microgradlab\[lab\]"):
        load("wine")


def test_iris_and_the_package_need_the_standard_library_only() -> None:
    code = (
        "import sys; from microgradlab.data import load; load('iris');"
        "print([m for m in ('numpy', 'pandas', 'sklearn') if m in sys.modules])"
    )
    result = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True)
    assert result.stdout == "[]\n", result.stderr
