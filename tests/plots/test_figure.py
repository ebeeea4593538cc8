"""What all plots have in common: they show and save themselves, in one style."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from xml.etree import ElementTree

import matplotlib as mpl
import pytest
from matplotlib.figure import Figure

from microgradlab import plots
from microgradlab.data import Dataset
from microgradlab.errors import ArgumentError, MissingExtraError
from microgradlab.nn import MLP
from microgradlab.plots.figure import Plot
from tests.plots.conftest import Run

LAYER = "layers.0.neurons.0."
PLOTS: dict[str, Callable[[Run], Plot]] = {
    "activations": lambda run: plots.activations(run.model, run.data),
    "boundaries": lambda run: plots.boundaries(run.model, run.data, run.recording, resolution=6),
    "boundary": lambda run: plots.boundary(run.model, run.data, resolution=6),
    "confusion": lambda run: plots.confusion(run.model, run.data),
    "cost_surface": lambda run: plots.cost_surface(
        run.model,
        run.data,
        "hinge",
        parameters=(LAYER + "weights.0", LAYER + "bias"),
        path=run.recording,
        resolution=4,
    ),
    "curves": lambda run: plots.curves(run.history),
    "lines": lambda run: plots.lines({"cost": run.history["cost"]}, xlabel="epoch", ylabel="cost"),
    "gradient_norms": lambda run: plots.gradient_norms(run.recording),
    "update_ratios": lambda run: plots.update_ratios(run.recording),
    "weights": lambda run: plots.weights(run.recording),
}


def test_every_plot_is_tried_here() -> None:
    assert {*PLOTS, "diagnose", "panels"} == set(plots.__all__)


@pytest.mark.parametrize("name", PLOTS)
def test_the_same_plot_gives_the_same_bytes(name: str, run: Run) -> None:
    assert PLOTS[name](run).svg == PLOTS[name](run).svg


def test_a_plot_gives_the_same_bytes_again_after_one_of_another_size(
    run: Run, tmp_path: Path
) -> None:
    plot = plots.confusion(run.model, run.data)
    first = plot.svg
    plot.save(tmp_path / "plot.png")
    assert plot.svg == first


def test_what_a_reader_adds_finds_its_place(run: Run) -> None:
    plot = plots.confusion(run.model, run.data)
    plot.axes[0].set_title("three\nlines\nof title")
    (title,) = [text for text in [plot.axes[0].title] if plot.svg]
    assert title.get_window_extent().y1 <= plot.bbox.y1


@pytest.mark.parametrize("name", PLOTS)
def test_every_panel_says_what_its_axes_are(name: str, run: Run) -> None:
    panels = [panel for panel in PLOTS[name](run).axes if panel.get_visible()]
    assert all(panel.get_title() or panel.get_ylabel() for panel in panels)
    assert panels[-1].get_xlabel()
    assert panels[0].get_ylabel()


def test_a_plot_shows_itself_as_svg_with_text_as_text(run: Run) -> None:
    root = ElementTree.fromstring(plots.gradient_norms(run.recording)._repr_svg_())
    texts = {
        "".join(element.itertext()).strip() for element in root.iter() if "text" in element.tag
    }
    assert {"epoch", "norm of the gradient (log)", "layers.0", "layers.1"} <= texts


@pytest.mark.parametrize(
    ("suffix", "start"), [("png", b"\x89PNG"), ("pdf", b"%PDF"), ("svg", b"<?xml")]
)
def test_a_plot_is_saved_by_the_name_of_its_file(
    suffix: str, start: bytes, run: Run, tmp_path: Path
) -> None:
    path = tmp_path / f"plot.{suffix}"
    plots.curves(run.history).save(path)
    assert path.read_bytes().startswith(start)


def test_an_unknown_format_is_refused(run: Run, tmp_path: Path) -> None:
    with pytest.raises(ArgumentError, match=r"a plot cannot be saved as .*plot\.xyz"):
        plots.curves(run.history).save(tmp_path / "plot.xyz")
    assert list(tmp_path.iterdir()) == []


def test_an_unwritable_place_is_an_os_error(run: Run, tmp_path: Path) -> None:
    with pytest.raises(FileNotFoundError, match=r"none/plot\.svg"):
        plots.curves(run.history).save(tmp_path / "none" / "plot.svg")


def test_matplotlibs_own_savefig_uses_the_style_as_well(run: Run, tmp_path: Path) -> None:
    plots.curves(run.history).savefig(tmp_path / "plot.svg")
    assert ">epoch</text>" in (tmp_path / "plot.svg").read_text(encoding="utf-8")


def test_a_readers_own_settings_do_not_reach_a_plot(run: Run) -> None:
    expected = plots.curves(run.history).svg
    with mpl.rc_context({"font.size": 30.0, "axes.facecolor": "red"}):
        assert plots.curves(run.history).svg == expected


@pytest.mark.parametrize(
    "name", ["curves", "gradient_norms", "update_ratios", "boundary", "confusion"]
)
def test_a_plot_goes_into_axes_that_are_given(name: str, run: Run) -> None:
    figure = Figure(figsize=(3.0, 2.0), layout="constrained")
    ax = figure.subplots()
    arguments = {
        "curves": (run.history,),
        "boundary": (run.model, run.data),
        "confusion": (run.model, run.data),
    }.get(name, (run.recording,))
    assert getattr(plots, name)(*arguments, ax=ax) is figure
    assert ax.get_title()
    assert figure.axes == [ax]
    assert figure.get_size_inches().tolist() == [3.0, 2.0]


def test_axes_that_are_none_are_refused(run: Run) -> None:
    with pytest.raises(ArgumentError, match="ax is 'left'"):
        plots.curves(run.history, ax="left")  # type: ignore[arg-type]


def test_names_with_dollars_and_signs_are_shown_as_they_are() -> None:
    odd = Dataset([[0.0, 1.0], [1.0, 0.0]], [0, 1], ("$a_b$", "<b>&"), ("$x$", "漢"))
    plot = plots.boundary(MLP(2, [1], seed=0), odd, resolution=4)
    for text in ("$a_b$", "&lt;b&gt;&amp;", "$x$", "漢"):
        assert f">{text}</text>" in plot.svg


def test_without_matplotlib_a_plot_says_what_to_install(
    run: Run, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(sys.modules, "matplotlib", None)
    with pytest.raises(
        MissingExtraError, match=r"a plot needs matplotlib.*\n.*microgradlab\[lab\]"
    ):
        plots.curves(run.history)


def test_matplotlib_is_not_loaded_before_the_first_plot() -> None:
    code = "import sys, microgradlab; microgradlab.plots.curves; print('matplotlib' in sys.modules)"
    result = subprocess.run([sys.executable, "-c", code], capture_output=True, check=True)
    assert result.stdout.split() == [b"False"]
