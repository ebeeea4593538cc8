"""From tables to data sets, the same way in training and prediction."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any, Literal

import pytest

from microgradlab.data import Schema, Table, load_schema, load_table, read_csv, save_schema
from microgradlab.errors import ArgumentError, DataError

FRUIT = """\
id,colour,mass,shop,label
k1,red,1.0,A,apple
k2,,2.0,A,plum
k3,blue,NA,A,plum
k4,red,4.0,A,apple
k5,red,5.0,A,
"""


@pytest.fixture
def fruit(tmp_path: Path) -> Path:
    path = tmp_path / "fruit.csv"
    path.write_text(FRUIT, encoding="utf-8")
    return path


def target_of(*values: object, task: Literal["classification", "regression"] | None = None) -> Any:
    """The classes that a schema finds in a target of these values."""
    table = Table.of({"x": range(len(values)), "y": values}, source="data.csv")
    return Schema.fit(table, "y", task).classes


def test_a_table_becomes_a_data_set(fruit: Path) -> None:
    data, _ = load_table(fruit, target="label")
    assert data.feature_names == ("colour=blue", "colour=red", "mass")
    assert data.classes == ("apple", "plum")
    assert data.features == ((0, 1, 1), (0, 1, 2), (1, 0, 2), (0, 1, 4))
    assert data.targets == (0, 1, 1, 0)
    assert data.name == "fruit"


def test_what_was_left_out_and_filled_in_is_reported(fruit: Path) -> None:
    _, schema = load_table(fruit)
    assert list(schema.dropped) == ["id", "shop"]
    assert schema.rows_dropped == 1
    assert {f.name: (f.missing, f.fill) for f in schema.features} == {
        "colour": (1, "red"),
        "mass": (1, 2.0),
    }


def test_the_last_column_is_the_target_unless_named(fruit: Path) -> None:
    assert load_table(fruit)[1].target == "label"
    assert load_table(fruit, target="mass")[1].target == "mass"


def test_a_missing_target_column_gets_the_nearest_name(fruit: Path) -> None:
    with pytest.raises(DataError, match=r"(?s)fruit.csv: there is no column 'lable'.*'label'"):
        load_table(fruit, target="lable")


def test_text_booleans_and_two_integers_are_classes() -> None:
    assert target_of("b", "a", "b", "a") == ("a", "b")
    assert target_of(True, False, True, False) == ("False", "True")
    assert target_of(1, -1, 1, -1) == ("-1", "1")


def test_few_integers_are_classes_and_many_are_numbers() -> None:
    assert target_of(*[i % 3 for i in range(61)]) == ("0", "1", "2")
    assert target_of(*[i % 3 for i in range(60)]) is None  # 3 in 60 is not below 5 %
    assert target_of(*[i % 21 for i in range(1000)]) is None


def test_floats_are_numbers_even_if_there_are_two() -> None:
    assert target_of(0.5, 1.5, 0.5, 1.5) is None


def test_the_task_can_be_forced() -> None:
    assert target_of(0, 1, 0, 1, task="regression") is None
    assert target_of(0.5, 1.5, 0.5, 2.0, task="classification") == ("0.5", "1.5", "2")
    with pytest.raises(DataError, match="'y' holds text such as 'b'") as caught:
        target_of("a", "b", task="regression")
    assert caught.value.hint.startswith("leave out --task regression")
    with pytest.raises(DataError, match=r"data.csv:21: 'oops' is not a number in 'y'"):
        target_of(*range(20), "oops", task="regression")
    with pytest.raises(ArgumentError, match="unknown task 'regresion'"):
        target_of(1, 2, task="regresion")  # type: ignore[arg-type]  # misspelt on purpose


@pytest.mark.parametrize(
    ("values", "message"),
    [
        (("a", "a"), "'y' is 'a' in every row: nothing to learn"),
        ((3, 3), "'y' is '3' in every row"),
        ((None, ""), "the target 'y' is missing in every row"),
        (tuple("abcd"), "'y' has 4 classes in 4 rows"),
        ((*range(20), "oops"), "data.csv:21: 'oops' is not a number in 'y'"),
        ((1.5, "inf", 2.5), "data.csv:2: 'inf' is infinite in 'y'"),
    ],
)
def test_a_target_that_cannot_be_learned_is_refused(
    values: tuple[object, ...], message: str
) -> None:
    with pytest.raises(DataError, match=message) as caught:
        target_of(*values)
    assert caught.value.hint


def test_a_table_without_a_useful_feature_is_refused() -> None:
    with pytest.raises(DataError, match=r"(?s)no column is left.*'x' is constant"):
        Schema.fit(Table.of({"x": [1, 1], "y": [0, 1]}))
    with pytest.raises(DataError, match=r"(?s)no column is left.*add columns"):
        Schema.fit(Table.of({"y": [0, 1]}))


def test_new_rows_are_treated_as_the_training_rows(fruit: Path) -> None:
    _, schema = load_table(fruit)
    new = Table.of({"mass": [None, 7], "colour": ["green", None]}, source="new.csv")
    assert schema.encode(new) == [(0, 0, 2), (0, 1, 7)]
    assert schema.remarks(new) == [
        "'colour': 1 missing, filled with 'red'",
        "'colour': 'green' was not seen in training, so it counts as no category in 1 of 2 rows, "
        "first at new.csv:1",
        "'mass': 1 missing, filled with 2.0",
    ]


def test_new_rows_need_the_columns_of_the_training_rows(fruit: Path) -> None:
    _, schema = load_table(fruit)
    with pytest.raises(DataError, match=r"(?s)no column 'mass'.*did you mean 'masss'"):
        schema.encode(Table.of({"masss": [1.0], "colour": ["red"]}))


@pytest.mark.parametrize("use", [Schema.encode, Schema.remarks])
def test_all_columns_that_new_rows_lack_are_named(fruit: Path, use: Any) -> None:
    _, schema = load_table(fruit)
    with pytest.raises(DataError, match="no columns 'colour', 'mass'") as caught:
        use(schema, Table.of({"size": [1.0], "shape": ["round"]}))
    assert caught.value.hint == "the columns here: size, shape"


def test_a_class_that_training_never_saw_is_refused(fruit: Path) -> None:
    _, schema = load_table(fruit)
    with pytest.raises(DataError, match=r"(?s)table:2: 'plumm' in 'label'.*did you mean 'plum'"):
        schema.encode_target(Table.of({"label": ["apple", "plumm"]}))


def test_a_missing_target_is_refused(fruit: Path) -> None:
    _, schema = load_table(fruit)
    with pytest.raises(DataError, match="table:2: the target 'label' is missing"):
        schema.encode_target(Table.of({"label": ["apple", None]}))


def test_a_number_is_encoded_as_it_is() -> None:
    table = Table.of({"x": [1, 2, 3], "y": [1.5, 2.5, 4]})
    assert Schema.fit(table).encode_target(table) == (1.5, 2.5, 4.0)


def test_a_schema_survives_its_file(fruit: Path, tmp_path: Path) -> None:
    for target in ("label", "mass"):
        _, schema = load_table(fruit, target=target)
        save_schema(tmp_path / "schema.json", schema)
        assert load_schema(tmp_path / "schema.json") == schema


def test_a_schema_is_found_in_the_file_of_a_run(fruit: Path, tmp_path: Path) -> None:
    _, schema = load_table(fruit)
    run = {"schema": schema.to_dict(), "features": {"means": [0.0], "deviations": [1.0]}}
    (tmp_path / "schema.json").write_text(json.dumps(run), encoding="utf-8")
    assert load_schema(tmp_path / "schema.json") == schema


def test_a_refilled_schema_differs_in_its_fill_values_alone() -> None:
    table = Table.of({"mass": [1, None, 3, 90], "colour": ["a", "b", "b", "c"], "y": [0, 1, 0, 1]})
    schema = Schema.fit(table)
    refilled = schema.refilled(table.rows([0, 1, 2]))
    assert [feature.fill for feature in refilled.features] == [2.0, "b"]
    assert refilled.feature_names == schema.feature_names
    assert (refilled.target, refilled.classes) == (schema.target, schema.classes)


def test_rows_without_a_target_are_not_labelled(fruit: Path) -> None:
    _, schema = load_table(fruit)
    labelled = schema.labelled(read_csv(fruit))
    assert labelled.column("id") == ("k1", "k2", "k3", "k4")
    assert len(schema.dataset(labelled)) == 4


@pytest.mark.parametrize(
    "text", ["", "{", "[]", "{}", "5", '{"schema": []}', json.dumps({"features": ["a"]})]
)
def test_another_file_is_no_schema(tmp_path: Path, text: str) -> None:
    path = tmp_path / "schema.json"
    path.write_text(text, encoding="utf-8")
    with pytest.raises(DataError, match=r"schema.json: no schema can be read") as caught:
        load_schema(path)
    assert str(caught.value).count("hint:") == 1


def test_a_missing_schema_is_refused(tmp_path: Path) -> None:
    with pytest.raises(DataError, match=r"no schema can be read from it \(No such file"):
        load_schema(tmp_path / "schema.json")
