"""Reading CSV files: what is understood, and what is said when something is wrong."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from microgradlab.data import Table, read_csv
from microgradlab.errors import DataError

Write = Callable[[str], Path]


@pytest.fixture
def write(tmp_path: Path) -> Write:
    def write(text: str) -> Path:
        path = tmp_path / "data.csv"
        path.write_bytes(text.encode())
        return path

    return write


@pytest.mark.parametrize(
    "text",
    [
        "a,b\n1,x\n2,y\n",
        "a;b\n1;x\n2;y\n",
        "a\tb\n1\tx\n2\ty\n",
        "a,b\r\n1,x\r\n2,y\r\n",
        "\ufeffa,b\n1,x\n2,y\n",
        "a,b\n1,x\n2,y",
        'a, b\n1, "x"\n2, "y"\n',
        " a , b \n 1 , x \n 2 , y \n",
        "a,b\n\n1,x\n\n2,y\n\n",
    ],
)
def test_the_ways_to_write_a_table(write: Write, text: str) -> None:
    assert read_csv(write(text)).columns == {"a": ("1", "2"), "b": ("x", "y")}


def test_a_header_of_one_separator_may_hold_another(write: Write) -> None:
    assert list(read_csv(write("a;b (x, y);c\n1;2;3\n")).columns) == ["a", "b (x, y)", "c"]


@pytest.mark.parametrize(
    "cell", ["", "NA", "n/a", "nan", "NaN", "-nan", "#N/A", "null", "None", "?", "  "]
)
def test_what_counts_as_missing(write: Write, cell: str) -> None:
    assert read_csv(write(f"a,b\n1,{cell}\n")).columns["b"] == (None,)


def test_lines_are_right_after_blank_lines_and_quoted_line_breaks(write: Write) -> None:
    table = read_csv(write('a,b\n1,"two\nlines"\n\n2,y\n3,z\n'))
    assert table.lines == (2, 5, 6)
    assert table.place(1).endswith("data.csv:5")


def test_a_column_without_a_name_gets_one(write: Write) -> None:
    assert list(read_csv(write(",b\n0,1\n")).columns) == ["column 1", "b"]


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("", "data.csv is empty"),
        ("\n\n", "data.csv is empty"),
        ("a,b\n", "has a header and no rows"),
        ("a,b\n1,2\n3\n", "data.csv:3: 1 cells, but the header names 2 columns"),
        ('a,b\n"x\ny",2\n3,4,5\n', "data.csv:4: 3 cells"),
        ("a,b,a\n1,2,3\n", "data.csv:1: two columns are called 'a'"),
        ("5.1,3.5,setosa\n4.9,3.0,setosa\n", "data.csv:1: the first line holds the value '5.1'"),
        ('a,b\n1,"open\n2,3\n', "data.csv:2: this row cannot be read"),
        ('a,b\n1,"x"y\n', "data.csv:2: this row cannot be read"),
    ],
)
def test_a_broken_file_is_refused_with_its_line(write: Write, text: str, message: str) -> None:
    with pytest.raises(DataError, match=message) as caught:
        read_csv(write(text))
    assert caught.value.hint


def test_years_and_pixels_may_be_names(write: Write) -> None:
    assert list(read_csv(write("2019,2020\n1,2\n")).columns) == ["2019", "2020"]


def test_a_missing_file_gets_the_nearest_name(write: Write) -> None:
    path = write("a\n1\n")
    with pytest.raises(
        DataError, match=r"(?s)daat.csv: there is no such file.*mean \S+/data.csv\?"
    ):
        read_csv(path.with_name("daat.csv"))


def test_no_name_is_suggested_for_a_missing_file_where_none_is_near(write: Write) -> None:
    folder = write("a\n1\n").parent
    for name in ("cars.csv", "d.csv", "gone/data.csv"):
        with pytest.raises(DataError, match=r"no such file") as caught:
            read_csv(folder / name)
        assert caught.value.hint == "check the path"


def test_a_folder_is_refused(tmp_path: Path) -> None:
    with pytest.raises(DataError, match="cannot be read"):
        read_csv(tmp_path)


def test_another_encoding_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "latin.csv"
    path.write_bytes("größe,b\n1,2\n".encode("latin-1"))
    with pytest.raises(DataError, match="not UTF-8"):
        read_csv(path)


def test_a_missing_column_gets_the_nearest_name(write: Write) -> None:
    with pytest.raises(DataError, match=r"(?s)no column 'spezies'.*did you mean 'species'"):
        read_csv(write("mass,species\n1,a\n")).column("spezies")


def test_of_takes_a_pandas_frame() -> None:
    frame = pd.DataFrame({"mass": [1.5, np.nan], "kind": ["a", None], "big": [True, False]})
    table = Table.of(frame)
    assert table.columns == {
        "mass": ("1.5", None),
        "kind": ("a", None),
        "big": ("True", "False"),
    }
    assert table.lines == (1, 2)


@pytest.mark.parametrize("columns", [{}, {"a": []}, {"a": [1], "b": [1, 2]}])
def test_of_refuses_columns_of_unequal_lengths(columns: dict[str, list[int]]) -> None:
    with pytest.raises(DataError, match="lengths"):
        Table.of(columns)


def test_rows_keep_their_lines(write: Write) -> None:
    table = read_csv(write("a\n1\n2\n3\n")).rows([2, 0])
    assert table.columns == {"a": ("3", "1")}
    assert table.lines == (4, 2)


def test_the_repr_is_one_line() -> None:
    assert repr(Table.of({"a": [1], "b": [2]})) == "Table 'table': 1 rows, columns a, b"
