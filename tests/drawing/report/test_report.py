"""The page of a run: what stands in it, and what its scripts get."""

from __future__ import annotations

import json
from dataclasses import replace
from html.parser import HTMLParser
from typing import Any

import pytest

from microgradlab.drawing.report.predictions import confusion
from microgradlab.drawing.report.report import Chart, Line, Report, report_page
from tests.drawing.report.runs import iris_report, iris_run, moons_report, moons_run, report_of

HOSTILE = "</script><script>alert(1)</script><!-- <b>&\"'"


class Reader(HTMLParser):
    """The texts of a page, and its data."""

    def __init__(self, page: str) -> None:
        super().__init__()
        self.tags: list[str] = []
        self.texts: list[str] = []
        self.scripts: list[str] = []
        self.is_in_script = False
        self.feed(page)

    def handle_starttag(self, tag: str, attrs: object) -> None:  # noqa: ARG002  # the parser's
        self.tags.append(tag)
        self.is_in_script = tag == "script"

    def handle_endtag(self, tag: str) -> None:  # noqa: ARG002  # the parser's
        self.is_in_script = False

    def handle_data(self, data: str) -> None:
        (self.scripts if self.is_in_script else self.texts).append(data)

    @property
    def text(self) -> str:
        return " ".join(" ".join(self.texts).split())

    @property
    def data(self) -> Any:
        return json.loads(self.scripts[0])


def read(report: Report) -> Reader:
    return Reader(report_page(report))


def test_texts_and_tables_stand_in_the_page() -> None:
    report = replace(
        moons_report(),
        scores=[["accuracy", "train", "test"], ["this network", 0.975, None]],
        notes=["layers.0: dead"],
        facts={"Configuration": {"batch size": "16"}},
    )
    text = read(report).text
    for part in (report.title, report.model, report.verdict, report.command, "layers.0: dead"):
        assert part in text
    assert "accuracy train test this network 0.9750 -" in text
    assert "Configuration batch size 16" in text


def test_a_run_without_scores_and_notes_has_no_empty_table_or_list() -> None:
    page = report_page(replace(moons_report(), scores=[], notes=[], facts={}))
    assert "<table" not in page.partition("<script")[0]
    assert "<ul" not in page.partition("<script")[0]


def test_the_scripts_get_frames_charts_predictions_and_samples() -> None:
    run = moons_run()
    data = read(moons_report()).data
    assert data["frames"] == [0, 1, 2, 3, 4]
    assert data["charts"][0]["series"][0]["values"] == run.history["cost"]
    assert data["predictions"]["kind"] == "boundary"
    assert len(data["predictions"]["shares"]) == len(data["frames"])
    assert {len(sample["numbers"]) for sample in data["samples"]} == {len(data["frames"])}
    assert {sample["graph"] for sample in data["samples"]} == set(range(len(data["graphs"])))


def test_a_number_that_is_missing_is_null() -> None:
    chart = Chart("Cost", "cost", [1, 2], [Line("training", [0.5, None])])
    assert read(replace(moons_report(), charts=[chart])).data["charts"][0]["series"] == [
        {"name": "training", "values": [0.5, None]}
    ]


@pytest.mark.parametrize("field", ["title", "model", "verdict", "command"])
def test_no_text_breaks_out_of_its_place(field: str) -> None:
    report: Report = replace(moons_report(), **{field: HOSTILE})  # type: ignore[arg-type]  # any
    reader = read(report)
    assert HOSTILE in reader.text
    assert reader.tags.count("script") == 2
    assert "b" not in reader.tags


def test_no_name_breaks_out_of_the_data() -> None:
    run = iris_run()
    data = replace(run.test, classes=(HOSTILE, "b", "c"))
    view = confusion(run.model, run.recording, data)
    reader = read(replace(iris_report(), predictions=view, notes=[HOSTILE]))
    assert reader.data["predictions"]["classes"][0] == HOSTILE
    assert reader.tags.count("script") == 2


def test_the_same_run_gives_the_same_bytes() -> None:
    assert report_page(report_of(moons_run())) == report_page(moons_report())


def test_the_page_is_small() -> None:
    assert len(report_page(iris_report()).encode()) < 3_000_000
