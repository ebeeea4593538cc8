"""Curves of any numbers."""

from __future__ import annotations

from typing import Any

import pytest

from microgradlab.errors import ArgumentError
from microgradlab.plots import lines, panels
from tests.plots.reading import line

NAN = float("nan")


def test_a_list_of_heights_stands_at_1_2_3() -> None:
    plot = lines({"cost": [0.5, 0.25]})
    assert line(plot.axes[0], "cost") == [(1.0, 0.5), (2.0, 0.25)]


def test_a_tuple_gives_x_and_y() -> None:
    plot = lines({"f": ([-1.0, 1.0], [2.0, 3.0])}, xlabel="x", ylabel="f(x)", title="f")
    (panel,) = plot.axes
    assert line(panel, "f") == [(-1.0, 2.0), (1.0, 3.0)]
    assert (panel.get_xlabel(), panel.get_ylabel(), panel.get_title()) == ("x", "f(x)", "f")


def test_curves_differ_in_more_than_colour() -> None:
    first, second = lines({"a": [1.0], "b": [2.0]}).axes[0].lines
    assert first.get_linestyle() != second.get_linestyle()
    assert first.get_marker() != second.get_marker()


@pytest.mark.parametrize("log", ["", "x", "y", "xy"])
def test_axes_are_logarithmic_where_asked_for(log: str) -> None:
    (panel,) = lines({"a": [1.0, 1000.0]}, log=log).axes
    scales = {"x": panel.get_xscale(), "y": panel.get_yscale()}
    assert scales == {name: "log" if name in log else "linear" for name in "xy"}


@pytest.mark.parametrize("log", ["x", "y"])
def test_logarithmic_axes_have_plain_numbers(log: str) -> None:
    svg = lines({"a": ([1.0, 1000.0], [1.0, 1000.0])}, log=log).svg
    assert ">100</text>" in svg
    assert "math" not in svg


def test_what_a_logarithmic_axis_cannot_show_is_a_gap() -> None:
    plot = lines({"a": [10.0, -1.0, 5.0]}, log="y")
    assert plot.alternative.endswith("y between 5 and 10, mean 7.5, 1 gap.")


def test_it_draws_into_axes_of_ones_own() -> None:
    with panels(1, 2, (3.0, 2.0)) as (plot, [left, right]):
        assert lines({"a": [1.0, 2.0]}, ax=right) is plot
    assert (len(left.lines), len(right.lines)) == (0, 1)


@pytest.mark.parametrize(
    ("series", "options", "message"),
    [
        ({}, {}, "there is no curve to draw"),
        ({"a": ([1.0], [1.0, 2.0])}, {}, "the curve 'a' is not a list of numbers, nor a tuple of"),
        ({"a": [[1.0, 2.0], [3.0, 4.0]]}, {}, "give a list of y, or a tuple of two lists"),
        ({"a": "abc"}, {}, "the curve 'a' is not a list of numbers"),
        ({"a": [-1.0, 0.0]}, {"log": "y"}, "no y is above 0, so a logarithmic axis has nothing"),
        ({"a": []}, {"log": "xy"}, "no x is above 0"),
        ({"a": (1.0, 2.0, 3.0)}, {}, "give a list of y, or a tuple of two lists"),
        ({"a": [1.0]}, {"log": "z"}, "log is 'z'"),
    ],
)
def test_what_is_no_curve_is_refused(series: Any, options: dict[str, Any], message: str) -> None:
    with pytest.raises(ArgumentError, match=message):
        lines(series, **options)
