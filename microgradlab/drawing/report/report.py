"""The report of a training run: one page with a scrubber over its epochs. Floor 8.

The page works offline. Texts and tables stand in it as HTML; what moves is drawn by the scripts in
`assets`: charts.js, views.js and report.js, and the stepper on one sample's graph.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from html import escape
from typing import Any

from microgradlab.drawing.page import asset, module, page, stepper_style
from microgradlab.drawing.report.predictions import Boundary, Confusion, Scatter
from microgradlab.drawing.report.sample_graphs import SampleGraphs
from microgradlab.text import short


@dataclass(frozen=True)
class Line:
    """A line of a chart: one number per epoch, None where there is none."""

    name: str
    values: Sequence[float | None]


@dataclass(frozen=True)
class Chart:
    """Numbers by epoch.

    Attributes:
        title: what it shows.
        label: of the vertical axis.
        epochs: of the lines' values.
        series: the lines.
        logarithmic: whether the vertical axis goes by powers of ten.
        includes: numbers that the vertical axis has to show.
        band: a usual range, or None.
        band_name: what that range is.
    """

    title: str
    label: str
    epochs: Sequence[int]
    series: Sequence[Line]
    logarithmic: bool = False
    includes: Sequence[float] = ()
    band: tuple[float, float] | None = None
    band_name: str = ""


@dataclass(frozen=True)
class Report:
    """What the page of a run shows.

    Attributes:
        title: of the page.
        model: what was trained, on what.
        verdict: what came of it, in sentences.
        scores: a table, its header first; empty for a run that has not ended.
        notes: what is conspicuous about the training, as sentences.
        command: repeats the run.
        facts: tables of names and texts, by their titles.
        frames: the epochs whose parameters are known; 0 is before the first update.
        best: the epoch whose weights were kept.
        kept: what is said of that epoch, such as "lowest cost, kept".
        charts: by epoch.
        predictions: what the model says at each frame.
        samples: graphs of samples' losses.
    """

    title: str
    model: str
    verdict: str
    scores: Sequence[Sequence[Any]]
    notes: Sequence[str]
    command: str
    facts: Mapping[str, Mapping[str, str]]
    frames: Sequence[int]
    best: int | None
    kept: str
    charts: Sequence[Chart]
    predictions: Boundary | Confusion | Scatter
    samples: SampleGraphs


def report_page(report: Report) -> str:
    """The report as one HTML file that needs nothing else."""
    scripts = map(asset, ("charts.js", "views.js", "report.js"))
    return page(
        report.title,
        _body(report),
        script="\n".join((module(report.samples.operations), *scripts)),
        style=stepper_style() + asset("report.css"),
        data={
            "frames": list(report.frames),
            "best": report.best,
            "kept": report.kept,
            "charts": [asdict(chart) for chart in report.charts],
            "predictions": {
                "kind": type(report.predictions).__name__.lower(),
                **asdict(report.predictions),
            },
            "graphs": report.samples.graphs,
            "samples": [asdict(sample) for sample in report.samples.samples],
        },
    )


def _body(report: Report) -> str:
    notes = "".join(f"<li>{escape(note)}</li>" for note in report.notes)
    facts = "".join(_facts(title, table) for title, table in report.facts.items())
    return f"""\
<main class="report">
<header>
<h1>{escape(report.title)}</h1>
<p>{escape(report.model)}</p>
</header>
<section>
<p class="verdict">{escape(report.verdict)}</p>
{_scores(report.scores)}
{f'<ul class="notes">{notes}</ul>' if notes else ""}
</section>
<section aria-labelledby="training">
<h2 id="training">Training, epoch by epoch</h2>
<p class="hint">Move the slider, click into a chart, or press the arrow keys.</p>
<noscript><p>The pictures need JavaScript.</p></noscript>
<div id="scrubber"></div>
<div id="charts"></div>
</section>
<section aria-labelledby="one-sample">
<h2 id="one-sample">One sample, number by number</h2>
<p>The graph of its loss. The parameters are those of the epoch under the scrubber.</p>
<div id="sample"></div>
</section>
<section aria-labelledby="run">
<h2 id="run">The run</h2>
<p>This command repeats it:</p>
<pre><code>{escape(report.command)}</code></pre>
<div class="facts">{facts}</div>
</section>
</main>"""


def _scores(rows: Sequence[Sequence[Any]]) -> str:
    """The table of scores; texts to the left, numbers to the right."""
    if not rows:
        return ""
    header, *body = rows
    head = "".join(f'<th scope="col">{escape(str(cell))}</th>' for cell in header)
    lines = []
    for name, *cells in body:
        numbers = "".join(f"<td>{'-' if cell is None else short(cell)}</td>" for cell in cells)
        lines.append(f'<tr><th scope="row">{escape(str(name))}</th>{numbers}</tr>')
    return (
        f'<table class="scores"><thead><tr>{head}</tr></thead>'
        f"<tbody>{''.join(lines)}</tbody></table>"
    )


def _facts(title: str, facts: Mapping[str, str]) -> str:
    rows = "".join(
        f'<tr><th scope="row">{escape(name)}</th><td>{escape(text)}</td></tr>'
        for name, text in facts.items()
    )
    return f"<table><caption>{escape(title)}</caption><tbody>{rows}</tbody></table>"
