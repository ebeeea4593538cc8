"""Standardisation agrees with scikit-learn's and can be undone."""

from __future__ import annotations

import json
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sklearn.preprocessing import StandardScaler

from microgradlab.data import Dataset, Standardisation, load, standardise
from microgradlab.errors import ArgumentError, DataError


@pytest.mark.parametrize("name", ["iris", "wine", "digits"])
def test_it_agrees_with_scikit_learn(name: str) -> None:
    data = load(name)
    scaled = standardise(data, Standardisation.fit(data.features))
    expected = StandardScaler().fit_transform(np.array(data.features))
    np.testing.assert_allclose(np.array(scaled.features), expected, rtol=1e-12, atol=1e-12)


def test_it_is_fitted_on_one_set_and_applied_to_others() -> None:
    scaling = Standardisation.fit([[0.0], [2.0]])
    assert standardise(Dataset([[5.0]], [0.0]), scaling).features == ((4.0,),)


def test_a_constant_column_becomes_zero_even_where_its_mean_would_round() -> None:
    scaling = Standardisation.fit([[0.1]] * 3)
    assert scaling.deviations == (1.0,)
    assert scaling.apply([0.1]) == (0.0,)


@settings(deadline=None)
@given(st.lists(st.tuples(*[st.floats(-1e6, 1e6)] * 2), min_size=1, max_size=20))
def test_undo_brings_rows_back(rows: list[tuple[float, float]]) -> None:
    scaling = Standardisation.fit(rows)
    for row in rows:
        assert scaling.undo(scaling.apply(row)) == pytest.approx(row, rel=1e-9, abs=1e-8)


def test_a_regression_target_is_standardised_and_mapped_back() -> None:
    train = Dataset([[1.0], [3.0]], [10.0, 30.0])
    target = Standardisation.fit_column(train.targets)
    scaled = standardise(train, Standardisation.fit(train.features), target)
    assert scaled.targets == (-1.0, 1.0)
    assert target.undo([1.0]) == (30.0,)


def test_classes_cannot_be_standardised() -> None:
    data = Dataset([[1.0], [3.0]], [0, 1], classes=("a", "b"))
    scaling = Standardisation.fit(data.features)
    with pytest.raises(ArgumentError, match="are classes"):
        standardise(data, scaling, Standardisation.fit_column(data.targets))


@pytest.mark.parametrize("wrong", [Dataset([[1.0]], [1.0]), None, [1.0]])
def test_something_else_than_a_standardisation_is_refused(wrong: Any) -> None:
    data = Dataset([[1.0], [3.0]], [10.0, 30.0])
    with pytest.raises(
        ArgumentError, match="standardise takes a Standardisation, not a "
    ) as caught:
        standardise(data, wrong)
    assert caught.value.hint == "standardise(data, Standardisation.fit(train.features))"
    if wrong is not None:  # without one, the targets keep their units
        with pytest.raises(ArgumentError, match="standardise takes a Standardisation"):
            standardise(data, Standardisation.fit(data.features), wrong)


def test_it_survives_json() -> None:
    scaling = Standardisation.fit([[0.1, 1.0], [0.3, 2.0]])
    assert Standardisation.from_dict(json.loads(json.dumps(scaling.to_dict()))) == scaling


@pytest.mark.parametrize("data", [{}, [], {"means": 1.0, "deviations": [1.0]}])
def test_something_else_in_json_is_refused(data: Any) -> None:
    with pytest.raises(DataError, match="not a standardisation"):
        Standardisation.from_dict(data)


def test_a_row_of_another_length_is_refused() -> None:
    scaling = Standardisation.fit([[1.0, 2.0]])
    for use in (scaling.apply, scaling.undo):
        with pytest.raises(ArgumentError, match="a row of 1 numbers"):
            use([1.0])


def test_a_column_too_wide_for_floats_is_refused() -> None:
    with pytest.raises(DataError, match="too wide"):
        Standardisation.fit([[-1e308], [1e308]])
