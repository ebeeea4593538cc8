"""Colours and widths: what a picture must tell apart, by all eyes and in print."""

from __future__ import annotations

import math
import re
from collections.abc import Callable
from typing import get_args

import pytest
from hypothesis import given
from hypothesis import strategies as st

from microgradlab.drawing.page import asset
from microgradlab.drawing.pictures.style import (
    THEMES,
    TINY,
    Kind,
    Theme,
    kind_of,
    largest_of,
    width_of,
)
from microgradlab.plots.style import NEGATIVE, POSITIVE

finite = st.floats(allow_nan=False, allow_infinity=False)
themes = pytest.mark.parametrize("theme", THEMES.values(), ids=list(THEMES))


def luminance(colour: str) -> float:
    """The relative luminance of #rrggbb, as WCAG 2.1 defines it."""
    channels = [int(colour[start : start + 2], 16) / 255.0 for start in (1, 3, 5)]
    linear = [c / 12.92 if c <= 0.03928 else ((c + 0.055) / 1.055) ** 2.4 for c in channels]
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]


def contrast(one: str, other: str) -> float:
    """The contrast ratio of two colours, from 1 to 21 (WCAG 2.1)."""
    dark, light = sorted(luminance(colour) for colour in (one, other))
    return (light + 0.05) / (dark + 0.05)


def pair(colour: Callable[[Theme], str]) -> tuple[str, ...]:
    """A colour in the light and in the dark theme."""
    return tuple(colour(THEMES[name]) for name in ("light", "dark"))


SHARED = {
    "paper": pair(lambda theme: theme.background),
    "ink": pair(lambda theme: theme.text),
    "muted": pair(lambda theme: theme.muted),
    "operation": pair(lambda theme: theme.plain),
    "input": pair(lambda theme: theme.borders["input"]),
    "parameter": pair(lambda theme: theme.borders["parameter"]),
    "positive": pair(lambda theme: theme.lines["positive"]),
    "negative": pair(lambda theme: theme.lines["negative"]),
    "infinite": pair(lambda theme: theme.lines["inf"]),
    "positive-fill": pair(lambda theme: theme.fills["positive"]),
    "negative-fill": pair(lambda theme: theme.fills["negative"]),
    "zero-fill": pair(lambda theme: theme.fills["zero"]),
    "tiny-fill": pair(lambda theme: theme.fills["tiny"]),
}


def properties(stylesheet: str) -> dict[str, tuple[str, ...]]:
    """The colours that a stylesheet names, each for light and for dark."""
    found = re.findall(r"--([\w-]+): light-dark\((#\w+), (#\w+)\)", asset(stylesheet))
    return {name: (light, dark) for name, light, dark in found}


def test_pages_have_the_colours_of_pictures() -> None:
    assert SHARED.items() <= properties("colours.css").items()


def test_curves_in_reports_and_plots_have_the_colours_of_pictures() -> None:
    curves = properties("report.css")
    names = ("positive", "negative", "input", "parameter", "muted")
    assert [curves[f"line-{number}"] for number in range(5)] == [SHARED[name] for name in names]
    assert (SHARED["positive"][0], SHARED["negative"][0]) == (POSITIVE, NEGATIVE)


@themes
def test_each_kind_of_gradient_has_its_colours(theme: Theme) -> None:
    assert set(theme.fills) == set(theme.lines) == set(get_args(Kind))
    assert len(set(theme.fills.values())) == len(theme.fills)


@themes
def test_text_is_legible_in_every_box(theme: Theme) -> None:
    for kind, fill in theme.fills.items():
        text = theme.background if kind in ("nan", "inf") else theme.text
        assert contrast(text, fill) >= 4.5
    assert contrast(theme.text, theme.plain) >= 4.5


@themes
def test_lines_and_borders_stand_out_from_the_background(theme: Theme) -> None:
    for colour in [theme.muted, *theme.lines.values(), *theme.borders.values()]:
        assert contrast(colour, theme.background) >= 4.5


@given(finite, st.floats(0.0, allow_infinity=False))
def test_the_kind_of_a_finite_gradient(gradient: float, largest: float) -> None:
    kind = kind_of(gradient, largest)
    assert (kind == "zero") == (gradient == 0.0)
    if kind == "tiny":
        assert abs(gradient) < largest
    if kind in ("positive", "negative"):
        assert (kind == "positive") == (gradient > 0.0)


def test_a_gradient_is_tiny_beside_the_largest() -> None:
    assert kind_of(TINY, 1.0) == "positive"
    assert kind_of(-0.99 * TINY, 1.0) == "tiny"
    assert kind_of(-0.99 * TINY, 0.0) == "negative"


def test_the_largest_is_finite() -> None:
    assert largest_of([None, -2.0, 1.0, math.nan, -math.inf]) == 2.0
    assert largest_of([None, math.nan]) == largest_of([]) == 0.0


@given(finite, finite)
def test_a_larger_gradient_has_no_thinner_arrow(one: float, other: float) -> None:
    largest = max(abs(one), abs(other))
    smaller, larger = sorted((one, other), key=abs)
    thin, thick = width_of(smaller, largest), width_of(larger, largest)
    assert 0.0 < thin <= thick <= 3.0


@given(st.floats(1e-3, 1.0))
def test_widths_are_a_logarithmic_scale(gradient: float) -> None:
    step = width_of(gradient, 1.0) - width_of(gradient / 10.0, 1.0)
    assert step == pytest.approx(width_of(1.0, 1.0) - width_of(0.1, 1.0))


@pytest.mark.parametrize("gradient", [math.nan, math.inf, -math.inf])
def test_what_is_not_finite_is_drawn_thick(gradient: float) -> None:
    assert width_of(gradient, 1.0) == width_of(1.0, 1.0)


def test_an_unknown_gradient_is_drawn_thin() -> None:
    assert width_of(None, 1.0) == width_of(0.0, 1.0)
