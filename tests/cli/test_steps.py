"""`steps`: the seven steps of the first updates, with numbers that add up."""

from __future__ import annotations

import re
from typing import Any

import pytest

Call = Any

NUMBER = r"[+-]?\d+\.\d+"


def numbers(pattern: str, text: str) -> list[float]:
    return [float(found) for found in re.findall(pattern.replace("NUMBER", NUMBER), text)]


def test_the_seven_steps_come_in_their_order(call: Call) -> None:
    called = call("steps", "iris", "--batch-size", "4", "--updates", "2")
    assert (called.code, called.err) == (0, "")
    steps = [int(step) for step in re.findall(r"^Step (\d)", called.out, re.MULTILINE)]
    assert steps == [1, 2, 3, 4, 5, 6, 2, 3, 4, 5, 6, 7]


def test_the_cost_is_the_mean_of_the_losses_that_are_printed(call: Call) -> None:
    out = call("steps", "iris", "--batch-size", "8", "--updates", "1").out
    losses = numbers(r"cross_entropy = (NUMBER)", out)
    (cost,) = numbers(r"\) / 8 = (NUMBER)", out)
    assert len(losses) == 8
    assert cost == pytest.approx(sum(losses) / 8, abs=2e-6)


def test_a_penalty_is_a_term_of_the_cost(call: Call) -> None:
    out = call("steps", "iris", "--batch-size", "2", "--updates", "1", "--l2", "0.1").out
    losses = numbers(r"cross_entropy = (NUMBER)", out)
    (penalty,) = numbers(r"\) / 2 \+ (NUMBER) = ", out)
    (cost,) = numbers(r"\) / 2 \+ .* = (NUMBER)", out)
    assert penalty > 0.0
    assert cost == pytest.approx(sum(losses) / 2 + penalty, abs=2e-6)


def test_plain_sgd_moves_each_parameter_against_its_gradient(call: Call) -> None:
    words = ("--optimizer", "sgd", "--lr", "0.5", "--updates", "1", "--batch-size", "4")
    out = call("steps", "iris", *words).out
    gradients = numbers(r"∂cost/∂\S+ = (NUMBER)", out)
    moves = numbers(r"\(moved by (NUMBER)\)", out)
    assert len(gradients) == 4
    assert moves == pytest.approx([-0.5 * gradient for gradient in gradients], abs=1e-6)


def test_the_next_update_starts_where_the_last_one_ended(call: Call) -> None:
    out = call("steps", "moons", "--updates", "3", "--batch-size", "2").out
    before = numbers(r"weights\.0: (NUMBER) ->", out)
    after = numbers(r"weights\.0: NUMBER -> (NUMBER)", out)
    (first,) = numbers(r"weights\.0 = (NUMBER)\n    layers.0.neurons.0.weights.1 = ", out)
    assert before == [first, *after[:-1]]


def test_a_large_batch_is_summed_in_short(call: Call) -> None:
    out = call("steps", "iris", "--batch-size", "all", "--updates", "1").out
    (line,) = [line for line in out.splitlines() if " / 120 = " in line]
    assert " + ... + " in line
    assert len(line) < 100
    assert out.count("cross_entropy = ") == 120


def test_the_end_of_an_epoch_is_told(call: Call) -> None:
    out = call("steps", "iris", "--batch-size", "60", "--updates", "3").out
    assert "epoch 1 is over, every sample was used once; mean cost " in out
    assert "--- epoch 2, batch 1 ---" in out


def test_it_ends_with_the_way_on(call: Call, fruit: str) -> None:
    out = call("steps", "iris", "--batch-size", "4").out
    assert "updates per epoch: 30 (120 samples in batches of 4)" in out
    assert "updates in all: 1200 (epochs: 40); shown here: 2" in out
    assert out.endswith("\nLet it run: microgradlab train iris --batch-size 4\n")
    out = call("steps", fruit, "--target", "ripe").out
    assert out.endswith("\nLet it run: microgradlab train fruit.csv --target ripe\n")


def test_no_more_updates_are_shown_than_there_are(call: Call) -> None:
    words = ("--epochs", "1", "--batch-size", "60", "--updates", "50")
    assert "shown here: 2\n" in call("steps", "iris", *words).out


def test_a_network_of_few_parameters_is_shown_whole(call: Call) -> None:
    out = call("steps", "xor", "--hidden", "0", "--updates", "1").out
    assert out.count("∂cost/∂") == 3
    assert "more" not in out


def test_classes_are_named_and_numbers_are_not(call: Call) -> None:
    assert re.search(r"wanted: (setosa|versicolor|virginica)\n", call("steps", "iris").out)
    assert re.search(r"wanted: -?\d\.\d+\n", call("steps", "diabetes", "--updates", "1").out)


@pytest.mark.parametrize(
    ("words", "inputs", "outputs"),
    [
        (["iris"], "sepal_length, ", "one logit each for setosa, versicolor, virginica; the"),
        (["moons"], "x1, x2\n", "one logit, below 0 for upper and above 0 for lower"),
        (["moons", "--loss", "cross_entropy"], "x1, x2\n", "one logit each for upper, lower"),
        (["diabetes"], "age, sex, ", "the number to predict, standardised"),
        (["digits"], "... 64 in all", "one logit each for 0, 1, "),
    ],
)
def test_inputs_and_outputs_are_said_in_words(
    call: Call, words: list[str], inputs: str, outputs: str
) -> None:
    lines = call("steps", *words, "--updates", "1", "--batch-size", "1").out.splitlines(True)
    assert inputs in next(line for line in lines if line.startswith("inputs: "))
    assert outputs in next(line for line in lines if line.startswith("outputs: "))


def test_json_is_an_object_of_events(call: Call) -> None:
    events = call("steps", "iris", "--batch-size", "2", "--updates", "1", "--json").data["events"]
    assert [event["event"] for event in events] == [
        *("Initialized", "Predicted", "SampleLoss", "Predicted", "SampleLoss"),
        *("BatchCost", "Backpropagated", "Updated"),
    ]
    cost = events[5]
    assert cost["cost"] == sum(cost["losses"]) / 2
    assert events[7]["before"] == events[0]["parameters"]


def test_nothing_is_written(call: Call, tmp_path: Any) -> None:
    call("steps", "iris")
    assert list(tmp_path.iterdir()) == []
