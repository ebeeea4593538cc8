"""The pictures in a run folder."""

from __future__ import annotations

from pathlib import Path

from microgradlab.cli.pictures import save_sample_graph
from microgradlab.data import Dataset
from microgradlab.losses import LOSSES
from microgradlab.nn import MLP


def test_a_feature_that_is_called_as_parameters_are_is_an_input(tmp_path: Path) -> None:
    names = ("layers.0.neurons.0.bias", "Petal.Length")
    data = Dataset([[0.5, 1.0], [1.0, 0.5]], [0.0, 1.0], feature_names=names)
    save_sample_graph(tmp_path / "g.svg", MLP(2, [1], seed=0), data, LOSSES["squared_error"])
    picture = (tmp_path / "g.svg").read_text("utf-8")
    assert (picture.count("role-input"), picture.count("role-parameter")) == (2, 3)
