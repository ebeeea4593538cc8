"""The summary of a table."""

from __future__ import annotations

from microgradlab.data import ColumnSummary, Schema, Table, describe


def test_every_column_is_summarised_in_the_order_of_the_table() -> None:
    table = Table.of(
        {
            "id": list("pqrstuvw"),
            "void": [None] * 8,
            "colour": ["red", "blue", None, "red", "red", "blue", "red", "red"],
            "mass": [1.5, 2, 3, 4, 5, 6, 7, None],
            "ripe": ["no", "yes", "no", "yes", "no", "yes", "no", None],
        }
    )
    different = "a different text in every row, such as a name"
    assert describe(table, Schema.fit(table)) == [
        ColumnSummary("id", "dropped", "categorical", 0, 8, "p, q, r, s, t, ...", different),
        ColumnSummary("void", "dropped", "empty", 8, 0, "", "empty"),
        ColumnSummary(
            "colour",
            "feature",
            "categorical",
            1,
            2,
            "blue, red",
            "2 inputs, one per category; 1 missing, filled with 'red'",
        ),
        ColumnSummary("mass", "feature", "numeric", 1, 7, "1.5 to 7", "1 missing, filled with 4.0"),
        ColumnSummary(
            "ripe",
            "target",
            "categorical",
            1,
            2,
            "no, yes",
            "2 classes; rows without it are left out",
        ),
    ]


def test_integer_classes_are_listed_and_numbers_given_as_a_range() -> None:
    table = Table.of({"x": [1, 2, 3, 4], "y": [0, 1, 0, 1]})
    as_class, as_number = (
        describe(table, Schema.fit(table, task=task))[1]
        for task in ("classification", "regression")
    )
    assert (as_class.kind, as_class.values, as_class.note) == ("categorical", "0, 1", "2 classes")
    assert (as_number.kind, as_number.values) == ("numeric", "0 to 1")
    assert as_number.note == "a number to predict"
