"""A run that is stopped or killed at any moment goes on, and ends as if it never had been."""

from __future__ import annotations

import json
import os
import random
import signal
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import pytest

import microgradlab
from microgradlab import data, optim
from microgradlab.checkpoint import load, save
from microgradlab.errors import CheckpointError
from microgradlab.events import BatchCost, EpochEnded, Event, Predicted, Updated
from microgradlab.fitting import fit
from microgradlab.history import History
from microgradlab.nn import MLP

TRAIN, HELD_OUT = data.moons(30, noise=0.2, seed=0).split(0.7)


def network(name: str = "adam") -> tuple[MLP, optim.Optimizer]:
    model = MLP(2, [3, 1], activation="tanh", seed=0)
    schedule = optim.CosineAnnealingLR(0.05, total_steps=100)
    return model, optim.by_name(name, model.parameters(), lr=schedule)


def fitted(model: MLP, optimizer: optim.Optimizer, epochs: int = 6, **options: Any) -> History:
    options = {"batch_size": 5, "metrics": ["accuracy"], "validation": HELD_OUT, **options}
    return fit(model, TRAIN, "binary_cross_entropy", optimizer, epochs=epochs, **options)


def outcome(model: MLP, optimizer: optim.Optimizer, history: History) -> str:
    """All that a run ends with, with every bit of every number."""
    return json.dumps([model.state_dict(), optimizer.state_dict(), history.columns])


def undisturbed(name: str = "adam", **options: Any) -> str:
    model, optimizer = network(name)
    return outcome(model, optimizer, fitted(model, optimizer, **options))


class StoppingAt:
    """A callback that interrupts the run at its nth event of a kind."""

    def __init__(self, kind: type[Any], n: int) -> None:
        self.kind, self.n = kind, n

    def __call__(self, event: Event) -> None:
        self.n -= isinstance(event, self.kind)
        if self.n == 0:
            self.n = -1
            raise KeyboardInterrupt


@pytest.mark.parametrize("format_", ["json", "safetensors"])
@pytest.mark.parametrize("name", optim.OPTIMIZERS)
def test_an_interrupted_run_goes_on_bit_for_bit(name: str, format_: str, tmp_path: Path) -> None:
    path = tmp_path / f"run.{format_}"
    for kind, n in [(Predicted, 1), (BatchCost, 7), (EpochEnded, 2), (Updated, 3)]:
        with pytest.raises(KeyboardInterrupt):
            fitted(*network(name), checkpoint=path, resume=True, callbacks=[StoppingAt(kind, n)])
    model, optimizer = network(name)
    history = fitted(model, optimizer, checkpoint=path, resume=True)
    assert outcome(model, optimizer, history) == undisturbed(name)
    assert list(tmp_path.iterdir()) == [path]


@pytest.mark.parametrize("options", [{"keep_best": True}, {"patience": 3}], ids=str)
@pytest.mark.parametrize("epoch", [1, 3, 6])  # the fourth is the best
def test_the_best_parameters_survive_an_interruption(
    options: dict[str, Any], epoch: int, tmp_path: Path
) -> None:
    options = {**options, "epochs": 10, "batch_size": 1, "checkpoint": tmp_path / "run.json"}
    stop = StoppingAt(EpochEnded, epoch)
    with pytest.raises(KeyboardInterrupt):
        fitted(*network("rmsprop"), **options, callbacks=[stop])
    model, optimizer = network("rmsprop")
    history = fitted(model, optimizer, **options, resume=True)
    assert outcome(model, optimizer, history) == undisturbed("rmsprop", **options)


@pytest.mark.parametrize("options", [{}, {"patience": 1, "epochs": 40, "batch_size": 1}], ids=str)
def test_a_finished_run_is_resumed_to_the_same_end_without_training(
    options: dict[str, Any], tmp_path: Path
) -> None:
    path = tmp_path / "run.json"
    expected = undisturbed(**options, checkpoint=path)
    events: list[Event] = []
    model, optimizer = network()
    options = {**options, "checkpoint": path, "resume": True, "callbacks": [events.append]}
    assert outcome(model, optimizer, fitted(model, optimizer, **options)) == expected
    assert not [event for event in events if isinstance(event, Predicted)]


def test_a_finished_run_can_be_made_longer(tmp_path: Path) -> None:
    options: dict[str, Any] = {"checkpoint": tmp_path / "run.json", "keep_best": True}
    fitted(*network(), epochs=2, **options)
    model, optimizer = network()
    history = fitted(model, optimizer, epochs=6, resume=True, **options)
    assert outcome(model, optimizer, history) == undisturbed(keep_best=True)


def test_without_a_file_a_resumed_run_begins_anew(tmp_path: Path) -> None:
    assert undisturbed(checkpoint=tmp_path / "run.json", resume=True) == undisturbed()


def test_without_resume_the_run_begins_anew(tmp_path: Path) -> None:
    path = tmp_path / "run.json"
    fitted(*network(), checkpoint=path)
    assert undisturbed(checkpoint=path) == undisturbed()


def test_the_checkpoint_is_the_state_after_the_last_epoch(tmp_path: Path) -> None:
    model, optimizer = network()
    history = fitted(model, optimizer, checkpoint=tmp_path / "run.json")
    fresh, its = network()
    extra = load(tmp_path / "run.json", fresh, its).extra
    assert outcome(fresh, its, History(extra["history"])) == outcome(model, optimizer, history)


@pytest.mark.parametrize("extra", [{}, {"history": [1.0]}, {"history": {"loss": [1.0]}}], ids=str)
def test_a_checkpoint_without_a_run_is_refused_and_changes_nothing(
    extra: dict[str, Any], tmp_path: Path
) -> None:
    path = tmp_path / "run.json"
    other = MLP(2, [3, 1], activation="tanh", seed=8)
    save(path, other, optim.Adam(other.parameters()), extra=extra)
    raw = path.read_bytes()
    model, optimizer = network()
    before = outcome(model, optimizer, History())
    with pytest.raises(CheckpointError, match="histor"):
        fitted(model, optimizer, checkpoint=path, resume=True)
    assert outcome(model, optimizer, History()) == before
    assert path.read_bytes() == raw


def test_keeping_the_best_cannot_begin_in_the_middle(tmp_path: Path) -> None:
    path = tmp_path / "run.json"
    fitted(*network(), epochs=2, checkpoint=path)
    with pytest.raises(CheckpointError, match="holds no best parameters"):
        fitted(*network(), checkpoint=path, resume=True, keep_best=True)


def test_other_metrics_than_before_are_refused(tmp_path: Path) -> None:
    path = tmp_path / "run.json"
    fitted(*network(), epochs=2, checkpoint=path)
    with pytest.raises(CheckpointError, match="resume a run with the metrics"):
        fitted(*network(), checkpoint=path, resume=True, metrics=[])


def test_a_checkpoint_that_cannot_be_written_stops_the_run_before_it_trains(tmp_path: Path) -> None:
    model, optimizer = network()
    before = model.state_dict()
    with pytest.raises(FileNotFoundError):
        fitted(model, optimizer, checkpoint=tmp_path / "missing" / "run.json")
    with pytest.raises(CheckpointError, match="name ends in"):
        fitted(model, optimizer, checkpoint=tmp_path / "run.pickle")
    assert model.state_dict() == before


CHILD = """
import json, sys
from microgradlab import MLP, data, fit, optim
from microgradlab.events import EpochEnded, Initialized

def keep_in_step(event):
    if isinstance(event, Initialized):
        print("begun", flush=True)
    if isinstance(event, EpochEnded):
        sys.stdin.readline()  # waits for a line, or until the parent closes it

path, options = sys.argv[1], json.loads(sys.argv[2])
train, held_out = data.moons(30, noise=0.2, seed=0).split(0.7)
model = MLP(2, [4, 1], activation="tanh", seed=0)
adam = optim.Adam(model.parameters(), lr=0.05)
history = fit(
    model, train, "hinge", adam, epochs=25, batch_size=4, validation=held_out,
    checkpoint=path, resume=True, callbacks=[keep_in_step], **options,
)
print(json.dumps([model.state_dict(), adam.state_dict(), history.columns]))
"""


def child(path: Path, options: dict[str, Any]) -> subprocess.Popen[str]:
    root = str(Path(microgradlab.__file__).parents[1])
    return subprocess.Popen(
        [sys.executable, "-c", CHILD, str(path), json.dumps(options)],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
        env={**os.environ, "PYTHONPATH": root},
    )


def kill_in_the_middle(process: subprocess.Popen[str], rng: random.Random) -> None:
    assert process.stdin is not None
    assert process.stdout is not None
    with process.stdin, process.stdout:
        assert process.stdout.readline() == "begun\n"
        process.stdin.write("\n" * rng.randint(0, 4))  # so many epochs may end and be saved
        process.stdin.flush()
        time.sleep(rng.uniform(0.0, 0.04))
        process.kill()
        assert process.wait(timeout=60) == -signal.SIGKILL


@pytest.mark.skipif(os.name == "nt", reason="there is no SIGKILL")
@pytest.mark.parametrize(
    ("format_", "options", "epochs"),
    [
        ("json", {}, 25),
        ("safetensors", {"keep_best": True}, 25),
        ("json", {"patience": 4}, 13),
    ],
)
def test_a_process_killed_at_random_moments_goes_on_bit_for_bit(
    format_: str, options: dict[str, Any], epochs: int, tmp_path: Path
) -> None:
    expected, _ = child(tmp_path / f"whole.{format_}", options).communicate(timeout=60)
    path = tmp_path / f"killed.{format_}"
    rng = random.Random(f"{format_}{options}")
    for _ in range(3):
        kill_in_the_middle(child(path, options), rng)
    resumed, _ = child(path, options).communicate(timeout=60)
    assert resumed == expected
    assert len(json.loads(resumed.splitlines()[-1])[2]["epoch"]) == epochs
