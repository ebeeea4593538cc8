"""The plane of a report: where the network says nan, no class is painted."""

from __future__ import annotations

from base64 import b64encode
from dataclasses import replace

from microgradlab.drawing.report.predictions import Boundary
from microgradlab.drawing.report.report import report_page
from tests.browser.window import Browser
from tests.drawing.report.runs import moons_report

COLOURS = """
  const canvas = document.querySelector("canvas");
  const { data } = canvas.getContext("2d").getImageData(0, 0, canvas.width, canvas.height);
  const pixels = new Uint32Array(data.buffer);
  return [...new Set(pixels)].length;
"""


def test_where_the_network_says_nan_the_plane_is_hatched_in_two_colours(browser: Browser) -> None:
    report = moons_report()
    assert isinstance(report.predictions, Boundary)
    level = b64encode(bytes([255]) * report.predictions.points**2).decode("ascii")
    unknown = replace(report.predictions, shares=[level] * len(report.frames))
    browser.open(report_page(report))
    assert browser.run(COLOURS) > 20
    assert "nan" not in browser.text(".plane-legend")
    browser.open(report_page(replace(report, predictions=unknown)))
    assert browser.run(COLOURS) == 2
    assert "hatched: the network says nan" in browser.text(".plane-legend")
