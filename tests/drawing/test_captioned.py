"""A picture with a caption, and words for those who do not see it."""

from __future__ import annotations

import base64
from typing import Any
from xml.etree import ElementTree

import pytest

from microgradlab import Value, draw, plots
from microgradlab.drawing import figure
from microgradlab.errors import ArgumentError

X = Value(2.0, label="x")


def html(shown: Any) -> ElementTree.Element:
    """What a notebook is given, read as XML, with the image's tag closed."""
    return ElementTree.fromstring(shown._repr_html_().replace('"><fig', '"/><fig'))


def test_a_notebook_is_given_image_caption_and_alternative_text() -> None:
    picture = draw(X**2)
    shown = html(figure(picture, "A power.", alt="Two boxes."))
    image, caption = shown
    start, data = image.attrib["src"].split(",")
    assert (shown.tag, start) == ("figure", "data:image/svg+xml;base64")
    assert base64.b64decode(data).decode() == picture.svg
    assert image.attrib["alt"] == f"Two boxes. {picture.alternative}"
    assert (caption.tag, caption.text) == ("figcaption", "A power.")


def test_a_plot_brings_its_numbers_in_words() -> None:
    plot = plots.lines({"cost": [0.5, 0.25]})
    assert figure(plot, "Costs.").alternative == plot.alternative


def test_signs_of_html_are_text() -> None:
    image, caption = html(figure(draw(X), 'a < b & "c"', alt='<b> & "d"'))
    assert image.attrib["alt"].startswith('<b> & "d" ')
    assert caption.text == 'a < b & "c"'


def test_as_text_it_is_caption_and_alternative() -> None:
    shown = figure(draw(X), "A number.", alt="A box.")
    assert repr(shown).startswith("Figure: A number. [A box. Graph of x = 2.0")


@pytest.mark.parametrize(
    ("picture", "caption", "message"),
    [(X, "x", "not of Value\nhint: give what mg.draw"), (draw(X), "  ", "the caption is empty")],
)
def test_what_is_no_picture_or_has_no_caption_is_refused(
    picture: Any, caption: str, message: str
) -> None:
    with pytest.raises(ArgumentError, match=message):
        figure(picture, caption)
