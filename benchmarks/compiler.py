"""The section on the compiler: two tables of speed, and rows with goals."""

from __future__ import annotations

import sys
from importlib.util import find_spec

from benchmarks import compile_time, compiled_demo, threads
from benchmarks.peers import THEIRS
from benchmarks.table import Row, markdown
from benchmarks.timing import Scale
from benchmarks.training_speed import (
    A_CALL,
    AN_EPOCH,
    Cell,
    compared,
    goal,
    measured,
    problems,
    table,
)

PEERS = tuple(peer for peer in THEIRS if peer.is_installed)
NUMPY_TORCH_JAX = tuple(peer for peer in PEERS if peer.name != "CasADi")

_ABOUT_TABLES = """\
One update of batch gradient descent in microseconds: forward pass, losses, mean, gradients and SGD,
in float64 on one core. In brackets, how many times faster microgradlab is in strict mode; a peer
that makes many updates in a call is compared with an epoch a call, others with an update a call.
After three updates all have the same cost and parameters to 1e-9."""


def text(scale: Scale) -> str:
    """Measures everything; the tables and what they show."""
    relu = measured(problems("relu", "squared_error", scale), PEERS, scale)
    tanh = measured(problems("tanh", "cross_entropy", scale), NUMPY_TORCH_JAX, scale)
    rows = _goals(relu, tanh)
    for module in (compiled_demo, compile_time, threads):
        print(f"measuring: {module.__name__.rpartition('.')[2]}", file=sys.stderr)
        rows += module.rows(scale)
    tables = [
        _ABOUT_TABLES,
        "relu, squared error:",
        table(relu, PEERS),
        "tanh, cross-entropy (softmax inside; of one output, sigmoid):",
        table(tanh, NUMPY_TORCH_JAX),
        markdown(rows),
        *_notes(relu),
        *threads.notes(scale),
    ]
    return "\n\n".join(tables)


def _goals(relu: list[Cell], tanh: list[Cell]) -> list[Row]:
    """Where microgradlab is least ahead, against those that are installed."""
    goals = (
        ("first cell", relu[:1], "`jax.lax.scan`", 3.0),
        ("least ahead with relu", relu, "`jax.lax.scan`", 1.4),
        ("least ahead with tanh", tanh, "PyTorch", 1.0),
    )
    by_name = {peer.name: (peer,) for peer in PEERS}
    ways = ((AN_EPOCH, 40.0), (A_CALL, None))  # `fit` makes an epoch a call
    return [
        *(
            compared("first cell", relu[0], peer, way, at_least)
            for peer in by_name.get("PyTorch", ())
            for way, at_least in ways
        ),
        *(
            goal(what, cells, by_name[name], at_least)
            for what, cells, name, at_least in goals
            if name in by_name
        ),
        goal("least ahead of all with relu", relu, PEERS, 1.0),
        goal("least ahead of all with tanh", tanh, NUMPY_TORCH_JAX, 1.0),
    ]


def _notes(relu: list[Cell]) -> list[str]:
    notes = []
    missing = [peer.name for peer in THEIRS if peer not in PEERS]
    missing += [] if find_spec("micrograd") else ["micrograd"]
    if missing:
        notes.append(f"Not installed and left out: {', '.join(missing)}.")
    if any(peer.name not in cell.times for cell in relu for peer in PEERS):
        notes.append("–: an update would take many seconds.")
    return notes
