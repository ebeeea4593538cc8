"""The confusion matrix: counts and shares, with the names of the classes."""

from __future__ import annotations

from microgradlab import plots
from microgradlab.data import Dataset
from microgradlab.nn import MLP

DATA = Dataset(
    [[-2.0], [-1.0], [1.0], [2.0], [3.0]], [0, 1, 1, 1, 0], classes=("calm", "thunderstorm")
)


def sign() -> MLP:
    model = MLP(1, [1])
    model.layers[0].neurons[0].weights[0].data = 1.0
    return model


def test_cells_hold_counts_and_shares_of_the_actual_class() -> None:
    (panel,) = plots.confusion(sign(), DATA).axes
    cells = {text.get_position(): text.get_text() for text in panel.texts}
    assert cells == {(0, 0): "1\n50%", (1, 0): "1\n50%", (0, 1): "1\n33%", (1, 1): "2\n67%"}


def test_rows_and_columns_bear_the_classes() -> None:
    (panel,) = plots.confusion(sign(), DATA).axes
    for labels in (panel.get_xticklabels(), panel.get_yticklabels()):
        assert [label.get_text() for label in labels] == ["calm", "thunderstorm"]
    assert (panel.get_xlabel(), panel.get_ylabel()) == ("predicted", "actual")
    assert panel.get_title() == "accuracy 0.6 of 5 samples"


def test_numbers_are_light_on_dark_and_dark_on_light() -> None:
    (panel,) = plots.confusion(sign(), DATA).axes
    assert [text.get_color() for text in panel.texts] == ["black", "black", "black", "white"]


def test_a_class_without_samples_has_an_empty_row() -> None:
    data = Dataset([[1.0], [2.0]], [1, 1], classes=("a", "b"))
    (panel,) = plots.confusion(sign(), data).axes
    assert [text.get_text() for text in panel.texts] == ["0\n0%", "0\n0%", "0\n0%", "2\n100%"]
