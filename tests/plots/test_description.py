"""A plot in words and numbers: whatever is drawn is in them."""

from __future__ import annotations

from collections.abc import Callable
from xml.etree import ElementTree

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from matplotlib.axes import Axes

from microgradlab.plots import lines, panels
from microgradlab.plots.figure import Plot

NAN = float("nan")
NUMBERS = [0.5, 2.0, 1.0]
CHANGED = [0.5, 2.1, 1.0]

DRAWN: dict[str, Callable[[Axes, list[float]], object]] = {
    "area": lambda panel, ys: panel.fill_between([1.0, 2.0, 3.0], ys),
    "bars with names": lambda panel, ys: panel.bar([f"{y:g}" for y in ys], [1.0, 2.0, 3.0]),
    "bars": lambda panel, ys: panel.bar(["a", "b", "c"], ys),
    "bars to the right": lambda panel, ys: panel.barh(["a", "b", "c"], ys),
    "contours": lambda panel, ys: panel.contour([[0.0, 1.0, 2.0], ys], [0.4, 0.9]),
    "filled contours": lambda panel, ys: panel.contourf([[0.0, 1.0, 2.0], ys], [0.4, 0.9]),
    "histogram": lambda panel, ys: panel.hist(
        [*ys, 2.05], bins=20, range=(0.0, 3.0), histtype="step"
    ),
    "image": lambda panel, ys: panel.imshow([ys, ys]),
    "level": lambda panel, ys: panel.axhline(ys[1]),
    "level upright": lambda panel, ys: panel.axvline(ys[1]),
    "line": lambda panel, ys: panel.plot([1.0, 2.0, 3.0], ys),
    "line segments": lambda panel, ys: panel.vlines([1.0, 2.0, 3.0], 0.0, ys),
    "markers": lambda panel, ys: panel.scatter([1.0, 2.0, 3.0], ys),
    "markers in colours": lambda panel, ys: panel.scatter([1.0, 2.0, 3.0], [0.0] * 3, c=ys),
    "mesh": lambda panel, ys: panel.pcolormesh([ys, ys]),
    "text": lambda panel, ys: panel.text(0.0, 0.0, f"the second is {ys[1]}"),
    "note": lambda panel, ys: panel.annotate(f"the second is {ys[1]}", (0.0, 0.0)),
}


def drawn(name: str, numbers: list[float]) -> Plot:
    with panels(1, 1, (3.0, 2.0)) as (plot, [panel]):
        DRAWN[name](panel, numbers)
    return plot


@pytest.mark.parametrize("name", DRAWN)
def test_another_number_gives_another_description(name: str) -> None:
    assert drawn(name, NUMBERS).alternative != drawn(name, CHANGED).alternative
    assert drawn(name, NUMBERS).alternative == drawn(name, NUMBERS).alternative


@given(st.lists(st.integers(1, 99), min_size=3, max_size=9), st.data())
def test_a_change_in_the_middle_of_a_curve_is_in_its_mean(
    numbers: list[int], data: st.DataObject
) -> None:
    place = data.draw(st.integers(0, len(numbers) - 1))
    changed = [number + 5 * (at == place) for at, number in enumerate(numbers)]
    first, second = (
        lines({"a": [float(number) for number in column]}) for column in (numbers, changed)
    )
    assert first.alternative != second.alternative


def test_a_curve_says_its_ends_its_extent_and_its_gaps() -> None:
    plot = lines({"cost": [3.0, NAN, 1.0, 2.0]}, xlabel="epoch", title="cost by epoch")
    assert plot.alternative == (
        "cost by epoch (x: epoch): cost: 4 points from (1, 3) to (4, 2), y between 1 and 3, mean 2,"
        " 1 gap."
    )


@pytest.mark.parametrize("name", ["bars", "image", "line", "mesh"])
def test_the_order_of_numbers_is_part_of_it(name: str) -> None:
    turned = [NUMBERS[1], NUMBERS[2], NUMBERS[0]]
    assert drawn(name, NUMBERS).alternative != drawn(name, turned).alternative


def test_what_cannot_be_shown_is_left_out() -> None:
    with panels(1, 1, (3.0, 2.0)) as (plot, [panel]):
        panel.plot(np.ma.array([1.0, 99.0, 3.0], mask=[False, True, False]), label="masked")
        panel.scatter([], [], label="empty")
        panel.scatter([1.0, NAN], [2.0, 3.0], label="half")
        panel.plot(["a", "b"], [1.0, 2.0], label="categories")
    assert "masked: 3 points from (0, 1) to (2, 3), y between 1 and 3" in plot.alternative
    assert "empty: no points" in plot.alternative
    assert "half: 1 point around (1, 2)" in plot.alternative
    assert "categories: 2 points from (0, 1) to (1, 2)" in plot.alternative


def test_the_picture_holds_its_description() -> None:
    plot = lines({"a < b": [1.0, 2.0]})
    root = ElementTree.fromstring(plot.svg)
    assert [text.text for text in root.iter() if text.tag.endswith("description")] == [
        plot.alternative
    ]


def test_axes_say_when_they_are_logarithmic() -> None:
    plot = lines({"a": [1.0, 2.0]}, xlabel="n", ylabel="cost (log)", log="xy")
    assert "(x: n (logarithmic), y: cost (log))" in plot.alternative
    assert "(y: logit (logarithmic))" in lines({"a": [1.0]}, ylabel="logit", log="y").alternative


def test_every_panel_is_described() -> None:
    with panels(1, 2, (3.0, 2.0)) as (plot, axes):
        for title, panel in zip(("left", "right"), axes, strict=True):
            panel.set_title(title)
    assert plot.alternative == "left. right."
