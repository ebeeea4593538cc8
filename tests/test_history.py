"""The history: rows in, columns out, and which epoch was best."""

from __future__ import annotations

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from microgradlab.errors import ArgumentError, CheckpointError
from microgradlab.events import EpochEnded
from microgradlab.history import History


def history_of(costs: list[float], **metrics: list[float]) -> History:
    history = History()
    for i, cost in enumerate(costs):
        row = {name: column[i] for name, column in metrics.items()}
        history.append(
            EpochEnded(epoch=i + 1, updates=10 * (i + 1), lr=0.1, cost=cost, metrics=row)
        )
    return history


def test_each_epoch_is_a_row_of_the_columns() -> None:
    history = history_of([0.5, 0.25], accuracy=[0.8, 0.9])
    assert history.columns == {
        "epoch": [1, 2],
        "updates": [10, 20],
        "lr": [0.1, 0.1],
        "cost": [0.5, 0.25],
        "accuracy": [0.8, 0.9],
    }
    assert len(history) == 2
    assert history["cost"] == [0.5, 0.25]
    assert history.rows()[1] == {
        "epoch": 2, "updates": 20, "lr": 0.1, "cost": 0.25, "accuracy": 0.9
    }  # fmt: skip


def test_a_history_goes_on_from_its_columns() -> None:
    one = history_of([0.5, 0.25, 0.75], validation_cost=[3.0, 1.0, 2.0])
    other = History(one.columns)
    assert other.columns == one.columns
    assert other.best_index() == one.best_index() == 1
    other.append(EpochEnded(epoch=4, updates=40, lr=0.1, cost=0.1, metrics={"validation_cost": 0}))
    assert len(other) == 4
    assert len(one) == 3


def test_the_best_epoch_has_the_lowest_cost() -> None:
    history = history_of([3.0, 1.0, 2.0])
    assert history.monitored == "cost"
    assert history.best_index() == 1
    assert history.epochs_since_best() == 1


def test_the_validation_cost_is_monitored_where_there_is_one() -> None:
    history = history_of([3.0, 1.0, 2.0], validation_cost=[1.0, 2.0, 3.0])
    assert history.monitored == "validation_cost"
    assert history.best_index() == 0


def test_an_empty_history_has_no_best_epoch() -> None:
    assert History().best_index() is None
    assert History().epochs_since_best() == 0
    assert History().rows() == []


costs = st.sampled_from([1.0, 2.0, 3.0, -math.inf, math.inf, math.nan])


@given(st.lists(costs, min_size=1))
def test_the_best_epoch_is_the_first_of_the_lowest_and_never_nan_beside_a_number(
    costs: list[float],
) -> None:
    best = history_of(costs).best_index()
    assert best is not None
    numbers = [cost for cost in costs if not math.isnan(cost)]
    assert best == (costs.index(min(numbers)) if numbers else 0)


def test_an_unknown_column_is_refused_with_the_nearest_name() -> None:
    with pytest.raises(ArgumentError, match="did you mean 'accuracy'"):
        history_of([1.0], accuracy=[1.0])["acuracy"]


def test_rows_with_other_metrics_are_refused() -> None:
    history = history_of([1.0], accuracy=[1.0])
    with pytest.raises(CheckpointError, match="this epoch has epoch, updates, lr, cost, but"):
        history.append(EpochEnded(epoch=2, updates=20, lr=0.1, cost=1.0, metrics={}))
    assert history.columns == history_of([1.0], accuracy=[1.0]).columns


@pytest.mark.parametrize(
    "columns",
    [
        {"cost": [1.0]},
        {"loss": [1.0, 2.0]},
        {"epoch": [1, 2], "updates": [1, 2], "lr": [0.1, 0.1], "cost": [1.0]},
    ],
)
def test_columns_that_are_no_history_are_refused(columns: dict[str, list[float]]) -> None:
    with pytest.raises(CheckpointError, match="are no history"):
        History(columns)


def test_to_frame_gives_the_columns() -> None:
    history = history_of([0.5, 0.25], accuracy=[0.8, 0.9])
    frame = history.to_frame()
    assert list(frame.columns) == list(history.columns)
    assert frame["accuracy"].tolist() == [0.8, 0.9]
    assert frame["epoch"].tolist() == [1, 2]


def test_repr_shows_the_last_epoch() -> None:
    assert repr(History()) == "History(no epochs yet)"
    shown = "History(2 epochs; the last: epoch 2, updates 20, lr 0.1, cost 0.25)"
    assert repr(history_of([0.5, 0.25])) == shown
