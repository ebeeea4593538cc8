"""check_model: the gradient of a cost by every parameter, or along directions."""

from __future__ import annotations

import sys
import time
from typing import Any

import pytest

import microgradlab as mg
from microgradlab import MLP, Value, losses
from microgradlab.checking import Verdict, check_model
from microgradlab.errors import ArgumentError
from microgradlab.functions import ACTIVATIONS

SAMPLES = [([0.5, -1.0], 1.0), ([2.0, 0.3], 0.0)]
OUTPUTS = {"cross_entropy": 3, "gaussian_nll": 2}


def model(outputs: int = 1, activation: str = "tanh", output: str = "linear") -> MLP:
    return MLP(2, [3, outputs], activation=activation, output=output, seed=0)


def parabola(prediction: Any, target: Any) -> Any:
    return (prediction - target) ** 2


def leaking(prediction: Any, target: Any) -> Any:
    return prediction * (float(prediction) - target)


# --- right models pass


@pytest.mark.parametrize("loss", losses.LOSSES)
def test_every_loss_passes(loss: str) -> None:
    report = check_model(model(OUTPUTS.get(loss, 1)), SAMPLES, loss)
    assert report
    assert len(report.rows) == len(list(model(OUTPUTS.get(loss, 1)).parameters()))
    assert report.title == f"MLP with {loss}"


@pytest.mark.parametrize("activation", ACTIVATIONS)
def test_every_activation_passes(activation: str) -> None:
    assert check_model(model(1, activation, activation), SAMPLES, "squared_error")


@pytest.mark.parametrize("penalty", [losses.l1(0.1), losses.l2(0.1)], ids=["l1", "l2"])
def test_penalties_pass(penalty: Any) -> None:
    report = check_model(model(), SAMPLES, "squared_error", penalty=penalty)
    assert report
    assert report.rows != check_model(model(), SAMPLES, "squared_error").rows


def test_the_kink_of_a_penalty_at_a_bias_of_0_is_told_once() -> None:
    report = check_model(model(), SAMPLES, "squared_error", penalty=losses.l1(0.1))
    kinks = [row.name for row in report.rows if row.verdict is Verdict.KINK]
    assert kinks == [row.name for row in report.rows if row.name.endswith("bias")]
    assert len(report.findings) == 1


def test_dead_relus_at_their_kink_are_told() -> None:
    report = check_model(model(1, "relu"), [([0.0, 0.0], 1.0)], "squared_error")
    assert report.verdict is Verdict.KINK


def test_a_function_of_ones_own_is_a_loss() -> None:
    report = check_model(model(), SAMPLES, parabola)
    assert report
    assert report.title == "MLP with parabola"
    assert check_model(model(), SAMPLES, lambda p, t: (p - t) ** 2).title == "MLP with a loss"


def test_a_layer_is_a_model_too() -> None:
    assert check_model(mg.Neuron(2, seed=0), SAMPLES, "squared_error")


def test_the_cost_is_the_mean_over_the_samples() -> None:
    twice = check_model(model(), SAMPLES * 2, "squared_error")
    once = check_model(model(), SAMPLES, "squared_error")
    assert [row.reference for row in twice.rows] == pytest.approx(
        [row.reference for row in once.rows], rel=1e-14
    )


def test_thorough_adds_its_rows() -> None:
    report = check_model(model(), SAMPLES, "binary_cross_entropy", thorough=True)
    assert report
    assert report.rows[-1].name == "second derivative"


# --- wrong models do not


def test_a_loss_that_leaves_the_graph_is_found() -> None:
    report = check_model(model(), SAMPLES, leaking)
    assert report.verdict is Verdict.WRONG
    assert report.findings[0].startswith(
        "MLP with leaking differs from its recorded graph: at a nearby point, the constant "
    )
    assert "(test_check_model.py:" in report.findings[0]


def test_of_many_parameters_a_few_directions_show_it() -> None:
    report = check_model(MLP(2, [8, 1], seed=0), SAMPLES, leaking)
    assert [row.name for row in report.rows] == [f"direction {i}" for i in (1, 2, 3, 4, 5)]
    assert report.verdict is Verdict.WRONG


def test_a_parameter_that_is_never_used_has_the_derivative_0() -> None:
    rows = check_model(model(), [([0.0, 1.0], 1.0)], "squared_error").rows
    unused = [row for row in rows if row.name.endswith("weights.0") and "layers.0" in row.name]
    assert [(row.analytic, row.verdict) for row in unused] == [(0.0, Verdict.OK)] * 3


# --- directions


def test_directions_replace_the_parameters() -> None:
    report = check_model(model(), SAMPLES, "binary_cross_entropy", directions=3)
    assert report
    assert [row.name for row in report.rows] == ["direction 1", "direction 2", "direction 3"]


def test_directions_pass_at_kinks() -> None:
    report = check_model(model(), SAMPLES, "squared_error", penalty=losses.l1(0.1), directions=4)
    assert [row.verdict for row in report.rows] == [Verdict.KINK] * 4


def test_along_directions_a_loss_that_leaves_the_graph_is_found_too() -> None:
    report = check_model(model(), SAMPLES, leaking, directions=2)
    assert report.verdict is Verdict.WRONG
    assert "differs from its recorded graph" in report.findings[0]


# --- the model stays as it is


def test_the_model_its_gradients_and_its_graphs_stay_as_they_are() -> None:
    network = model()
    parabola(network([1.0, 2.0]), 1.0).backward()
    before = [(p, p.data, p.grad) for p in network.parameters()]
    check_model(network, SAMPLES, "squared_error", thorough=True)
    check_model(network, SAMPLES, leaking)
    assert [(p, p.data, p.grad) for p in network.parameters()] == before
    assert all(type(p) is Value for p in network.parameters())


def test_it_works_inside_no_grad() -> None:
    with mg.no_grad():
        assert check_model(model(), SAMPLES, "squared_error", thorough=True)


# --- many parameters


def test_a_network_of_a_thousand_parameters_takes_seconds() -> None:
    network = MLP(8, [26, 26, 1], activation="relu", seed=0)
    samples = [([0.1 * i * s for i in range(1, 9)], float(s > 0)) for s in (-1, 2)]
    began = time.perf_counter()
    report = check_model(network, samples, "binary_cross_entropy")
    assert len(report.rows) == 963
    assert report
    assert time.perf_counter() - began < 30.0  # one or two on an idle machine
    assert "... and 943 more, none of them worse" in str(report)


def test_no_bar_is_drawn_off_a_terminal(capsys: pytest.CaptureFixture[str]) -> None:
    check_model(model(), SAMPLES, "squared_error", progress=True)
    assert capsys.readouterr() == ("", "")


def test_no_bar_is_needed(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "tqdm", None)
    assert check_model(model(), SAMPLES, "squared_error", progress=True)


# --- bad input


@pytest.mark.parametrize(
    ("arguments", "options", "message"),
    [
        ((model(), [], "squared_error"), {}, "there are no samples"),
        ((model(), SAMPLES, "squared"), {}, "unknown loss 'squared'"),
        ((model(), SAMPLES, "squared_error"), {"directions": 0}, "directions is 0"),
        (
            (model(), SAMPLES, "squared_error"),
            {"directions": 2, "thorough": True},
            "thorough=True needs every parameter, and does not go with directions=",
        ),
        (
            (model(2), SAMPLES, lambda p, _: p),
            {},
            "the loss of a sample is a list of 2, not a Value",
        ),
        ((model(), SAMPLES, lambda *_: None), {}, "the loss of a sample is None, not a Value"),
        (
            (model(), SAMPLES, lambda p, _: float(p)),
            {},
            "MLP with a loss returned a number, not a Value",
        ),
    ],
)
def test_bad_input_gets_a_sentence(
    arguments: tuple[Any, ...], options: dict[str, Any], message: str
) -> None:
    with pytest.raises(ArgumentError) as caught:
        check_model(*arguments, **options)
    assert message in caught.value.message


def test_an_infinite_cost_is_no_pass() -> None:
    assert not check_model(model(1, "linear"), [([1e308, 1e308], 0.0)], parabola)
