"""What kind a column is, and how it becomes inputs."""

from __future__ import annotations

import re
import statistics

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from microgradlab.data import Table
from microgradlab.data.columns import Feature, is_numeric, label, labels, numbers, uselessness
from microgradlab.errors import DataError


def column(*cells: object) -> Table:
    return Table.of({"mass": cells}, source="data.csv")


def test_numbers_in_any_spelling_are_numeric() -> None:
    assert is_numeric(column("1", "-2.5", "+1e3", ".5", None), "mass")


@pytest.mark.parametrize("cells", [("red", "blue"), ("True", "False"), ("1", "a", "2")])
def test_text_is_categorical(cells: tuple[str, ...]) -> None:
    assert not is_numeric(column(*cells), "mass")


def test_a_few_texts_among_numbers_are_mistakes() -> None:
    cells = [*range(15), "abc", *range(15), "x"]
    with pytest.raises(DataError, match=r"data.csv:16: 'abc' is not a number in 'mass' \(and 1"):
        is_numeric(column(*cells), "mass")


def test_one_text_in_ten_is_a_mistake_and_one_in_nine_a_category() -> None:
    with pytest.raises(DataError, match=r"data.csv:10"):
        is_numeric(column(*range(9), "abc"), "mass")
    assert not is_numeric(column(*range(8), "abc"), "mass")


@pytest.mark.parametrize("cells", [("1,5", "2,5", "3"), ("1,000", "2,000,000", "3")])
def test_commas_within_numbers_are_pointed_out(cells: tuple[str, ...]) -> None:
    with pytest.raises(DataError, match=r"data.csv:1: .* has a comma"):
        is_numeric(column(*cells), "mass")


@pytest.mark.parametrize("cell", ["inf", "-Infinity", "1e999"])
def test_infinity_is_refused(cell: str) -> None:
    with pytest.raises(DataError, match=rf"data.csv:2: '{cell}' is infinite in 'mass'"):
        numbers(column("1", cell), "mass")


@pytest.mark.parametrize("cell", ["abc", "+nan"])
def test_text_where_a_number_belongs_is_refused(cell: str) -> None:
    feature = Feature.fit(column("1", "2"), "mass")
    with pytest.raises(DataError, match=re.escape(f"data.csv:2: '{cell}' is not a number in")):
        feature.encode(column("1", cell))


def test_a_refilled_feature_knows_the_cells_of_the_other_table_alone() -> None:
    feature = Feature.fit(column(1.0, None, 100.0), "mass")
    assert feature.refilled(column(1.0, None, 3.0)) == Feature("mass", fill=2.0, missing=1)
    assert feature.refilled(column(None)) == feature
    colour = Feature.fit(column("a", "b", "b"), "mass")
    refilled = colour.refilled(column("a", None))
    assert (refilled.fill, refilled.categories) == ("a", ("a", "b"))


def test_a_missing_number_becomes_the_median() -> None:
    table = column("4", None, "1", "2", "100")
    feature = Feature.fit(table, "mass")
    assert (feature.fill, feature.missing) == (3.0, 1)
    assert feature.encode(table)[1] == (3.0,)
    assert feature.remarks(table) == ["'mass': 1 missing, filled with 3.0"]


@settings(deadline=None)
@given(st.lists(st.floats(-1e9, 1e9), min_size=1))
def test_the_median_is_that_of_statistics(values: list[float]) -> None:
    assert Feature.fit(column(*values), "mass").fill == pytest.approx(statistics.median(values))


def test_a_missing_category_becomes_the_most_frequent() -> None:
    feature = Feature.fit(column("b", "a", "b", None), "mass")
    assert feature.fill == "b"
    assert feature.categories == ("a", "b")
    assert feature.encode(column(None, "a")) == [(0.0, 1.0), (1.0, 0.0)]


def test_a_tie_of_categories_goes_to_the_first_in_the_alphabet() -> None:
    assert Feature.fit(column("b", "a", "b", "a"), "mass").fill == "a"


def test_an_unknown_category_is_all_zeros_and_reported() -> None:
    feature = Feature.fit(column("a", "b"), "mass")
    new = column("a", "c", "c")
    assert feature.encode(new)[1:] == [(0.0, 0.0), (0.0, 0.0)]
    assert feature.remarks(new) == [
        "'mass': 'c' was not seen in training, so it counts as no category in 2 of 3 rows, "
        "first at data.csv:2"
    ]


def test_a_clean_table_gets_no_remarks() -> None:
    table = column("a", "b")
    assert Feature.fit(table, "mass").remarks(table) == []


@pytest.mark.parametrize(
    ("cells", "reason"),
    [
        ((None, None), "empty"),
        (("3", "3.0", None), "constant"),
        (("a", "a"), "constant"),
        (("ann", "bob", "cid"), "a different text in every row"),
        (("1", "2", "3"), None),
        (("a", "b", "a"), None),
    ],
)
def test_useless_columns(cells: tuple[str | None, ...], reason: str | None) -> None:
    found = uselessness(column(*cells), "mass")
    assert found == reason if reason is None else str(found).startswith(reason)


@pytest.mark.parametrize(
    "name",
    ["id", "ID", "Id", "user_id", "row id", "PassengerId", "customerID", "index", "Row Index"]
    + ["column 1", "Unnamed: 0"],
)
def test_numbers_of_rows_are_useless(name: str) -> None:
    for cells in ([7, 8, 9], [0.0, 1.0, 2.0]):
        assert "number for each row" in str(uselessness(Table.of({name: cells}), name))
    assert uselessness(Table.of({name: [7, 7, 9]}), name) is None
    assert uselessness(Table.of({name: [7.5, 8.5, 9.5]}), name) is None


@pytest.mark.parametrize("name", ["bid", "acid", "BID", "price_index", "body mass index", "idle"])
def test_a_name_that_only_ends_like_that_of_a_number_of_rows_is_learned_from(name: str) -> None:
    assert uselessness(Table.of({name: [7, 8, 9]}), name) is None


def test_labels_are_ordered_as_a_person_would() -> None:
    assert labels(column("10", "9", "b", "a", "9.0", None), "mass") == ["9", "10", "a", "b"]


@pytest.mark.parametrize(
    ("cell", "name"), [("1.0", "1"), ("01", "1"), ("2.50", "2.5"), ("a", "a"), ("inf", "inf")]
)
def test_one_class_has_one_label(cell: str, name: str) -> None:
    assert label(cell) == name
