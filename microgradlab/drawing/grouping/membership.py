"""Where each node of a graph belongs: its sample, layer and neuron. Floor 8."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from microgradlab.drawing.grouping.neurons import Applications, applications_of
from microgradlab.drawing.grouping.terms import PENALTY, SUM, terms_of
from microgradlab.drawing.grouping.wiring import wiring_of
from microgradlab.drawing.scene import Scene
from microgradlab.text import counted

PARAMETERS = "parameters"
_Path = tuple[str, ...]


@dataclass(frozen=True, slots=True, eq=False)
class Place:
    """Where nodes belong: one object for all that belong there.

    Attributes:
        frame: what is around the model, outermost first, such as ("sample 0",) or ("penalty",);
            ("parameters",) around parameters that several samples share.
        path: the parts of the model that it is in, such as ("layers.0", "neurons.3").
        fold: what it is a part of where one sample stands for all, as "19 other samples".
    """

    frame: _Path = ()
    path: _Path = ()
    fold: str = ""


def places_of(scene: Scene) -> dict[str, Place]:
    """The place of each node, constants apart, by its id."""
    wiring = wiring_of(scene)
    nodes = wiring.nodes
    owners, applications = applications_of(wiring)
    terms = terms_of(wiring, owners)
    is_model = any(node.role == "parameter" for node in nodes)
    frames = _frames(terms, "sample" if is_model else "term")
    applied = _numbered(owners, applications, terms)
    is_repeated = any(applied.values())
    is_shared = is_repeated or any(isinstance(term, int) for term in terms.values())
    places = {}
    known: dict[tuple[_Path, _Path, str], Place] = {}
    for number, node in enumerate(nodes):
        frame, fold = frames.get(terms.get(number), ((), ""))
        path = node.path
        owner = owners[number]
        if is_shared and node.role == "parameter":
            frame = (PARAMETERS,)
        if owner is not None and frame != (PENALTY,):
            path = applications.paths[owner]
            if is_repeated:
                frame = (*frame, f"use {applied[owner]}")
        key = (frame, path, fold)
        if key not in known:
            known[key] = Place(frame, path, fold)
        places[node.id] = known[key]
    return places


def _frames(terms: Mapping[int, int | str], kind: str) -> dict[int | str | None, tuple[_Path, str]]:
    """What is drawn around each term, and what it is folded into."""
    samples = sorted({term for term in terms.values() if isinstance(term, int)})
    others = counted(len(samples) - 1, f"other {kind}")
    total = f"sum of {counted(len(samples), kind)}"
    frames: dict[int | str | None, tuple[_Path, str]] = {
        sample: ((f"{kind} {sample}",), others if sample else "") for sample in samples
    }
    return frames | {PENALTY: ((PENALTY,), PENALTY), SUM: ((total,), total)}


def _numbered(
    owners: Sequence[int | None], applications: Applications, terms: Mapping[int, int | str]
) -> dict[int, int]:
    """How often the same parameters were applied before each application, to the same sample."""
    numbers: dict[int, int] = {}
    counts: dict[tuple[int | str | None, int], int] = {}
    for node, owner in enumerate(owners):
        term = terms.get(node)
        if owner is None or owner in numbers or term == PENALTY:
            continue
        keys = [(term, parameter) for parameter in applications.parameters[owner]]
        numbers[owner] = number = max(counts.get(key, 0) for key in keys)
        counts.update(dict.fromkeys(keys, number + 1))
    return numbers
