"""`inspect`: what a table holds, and what training would make of it."""

from __future__ import annotations

from typing import Any

Call = Any


def test_every_column_is_described(call: Call, fruit: str) -> None:
    called = call("inspect", fruit, "--target", "ripe")
    assert (called.code, called.err) == (0, "")
    assert called.out.startswith("fruit.csv: 60 rows, 4 columns; 'ripe' is one of 2 classes")
    lines = {line.split()[0]: line for line in called.out.splitlines() if line}
    assert "dropped" in lines["name"]
    assert "6 missing, filled with" in lines["mass"]
    assert "green, red, yellow" in lines["colour"]
    assert "2 classes" in lines["ripe"]


def test_the_last_column_is_the_target_and_may_be_a_number(call: Call, houses: str) -> None:
    assert "'price' is a number, predicted from 2 inputs" in call("inspect", houses).out


def test_one_of_a_kind_is_said_in_the_singular(call: Call, write: Any) -> None:
    out = call("inspect", write("t.csv", [["x", "y"], [1, 2.5], [2, 3.5], [3, 1.0]])).out
    assert "'y' is a number, predicted from 1 input\n" in out


def test_it_ends_with_the_command_that_trains(call: Call, write: Any) -> None:
    name = write("my table.csv", [["a b", "c"], [1, 2.5], [2, 3.5], [3, 1.0]])
    out = call("inspect", name, "--target", "a b").out
    assert out.endswith("Train on it: microgradlab train 'my table.csv' --target 'a b'\n")


def test_json_has_an_entry_per_column(call: Call, fruit: str) -> None:
    data = call("inspect", fruit, "--json").data
    assert data["rows"] == 60
    assert [column["role"] for column in data["columns"]] == [
        *("dropped", "feature", "feature", "target")
    ]


def test_a_data_set_by_name_is_no_file(call: Call) -> None:
    called = call("inspect", "iris")
    assert called.code == 3
    assert "'iris' is not a CSV file" in called.err
