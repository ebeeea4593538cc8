"""What is checked: something that makes Values of numbers, and can be run at any point. Floor 7."""

from __future__ import annotations

import copy
import inspect
import os
import sys
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager, nullcontext
from dataclasses import dataclass
from pathlib import Path
from types import FrameType
from typing import Any, Protocol

from microgradlab.engine import Node, topological_order
from microgradlab.engine import describe as describe_node
from microgradlab.errors import ArgumentError
from microgradlab.losses import Loss, Penalty, cost
from microgradlab.modes import recording, watching
from microgradlab.module import Module
from microgradlab.places import place
from microgradlab.text import counted
from microgradlab.trees import describe, is_number, tree_map
from microgradlab.value import Value

Place = tuple[str, int]  # a file and a line

_PACKAGE = str(Path(__file__).parents[1]) + os.sep
_ENGINE = {"engine.py", "value.py", "arithmetic.py", "formula.py", "check.py"}


@dataclass(frozen=True, slots=True)
class Trace:
    """One run: the recorded results, and the leaves that stand for the inputs.

    Attributes:
        results: the Values that came out, by name; "" for a single one.
        inputs: a leaf for each input.
        places: the line of the source, where it is known, that made a node.
    """

    results: dict[str, Value]
    inputs: list[Value]
    places: dict[Node, Place]

    def order(self, result: str) -> list[Node]:
        """The nodes under a result, operands before results."""
        return topological_order(self.results[result])

    def describe(self, node: Node) -> str:
        """A node in words, with the place in the source that it is from."""
        if node not in self.places:
            return describe_node(node)
        return f"{describe_node(node)} ({place(*self.places[node])})"


class Subject(Protocol):
    """Something with inputs that can be run at any point.

    Attributes:
        title: what it is called in a report.
        names: of the inputs.
        point: the inputs' numbers where it is checked.
    """

    title: str
    names: list[str]
    point: list[float]

    def run(self, point: Sequence[float], *, with_places: bool = False) -> Trace:
        """Runs it at a point, on fresh Values; noting the lines that make them takes time."""


class Function:
    """A function of numbers and of containers of numbers.

    Args:
        f: the function.
        inputs: its arguments.
        names: of the arguments; those of f's signature when None.

    Raises:
        ArgumentError: an input is no number, or there are none, or f does not take so many.
    """

    def __init__(
        self, f: Callable[..., Any], inputs: Sequence[Any], names: Sequence[str] | None = None
    ) -> None:
        if not callable(f):
            raise ArgumentError(
                f"f is {describe(f)}, not a function",
                hint="the function comes first, then its inputs, as in gradcheck(f, 1.3)",
            )
        self.f = f
        self.inputs = tuple(inputs)
        self.title = _title(f)
        self.names: list[str] = []
        self.point: list[float] = []
        for name, argument in zip(_argument_names(f, inputs, names), inputs, strict=True):
            tree_map(self._add_input, argument, path=name)
        if not self.names:
            raise ArgumentError(
                "there is no number to differentiate by",
                hint="give the inputs after the function, as in gradcheck(f, 1.3, [0.5, 2.0])",
            )

    def _add_input(self, name: str, entry: Any) -> None:
        if not is_number(entry):
            hint = (
                "give numbers, or lists, tuples and dicts of numbers; what f needs beside them "
                "goes by a lambda, as in gradcheck(lambda x: f(x, mode), 1.3)"
            )
            if hasattr(entry, "tolist"):
                hint = "give array.tolist()"
            raise ArgumentError(f"{name} is {describe(entry)}, not a number", hint=hint)
        self.names.append(name)
        self.point.append(float(entry))

    def arguments(self, numbers: Iterable[Any]) -> tuple[Any, ...]:
        """The arguments with these numbers in the places of the inputs'."""
        rest = iter(numbers)
        filled: tuple[Any, ...] = tree_map(lambda *_: next(rest), self.inputs)
        return filled

    def plain(self, point: Sequence[Any]) -> Any:
        """What f returns for plain numbers."""
        return self.f(*self.arguments(point))

    def run(self, point: Sequence[float], *, with_places: bool = False) -> Trace:
        """Runs f on Values.

        Raises:
            ArgumentError: it returns something else than Values.
        """
        leaves = [Value(number, label=name) for number, name in zip(point, self.names, strict=True)]
        with recording(), _places(with_places) as places:
            returned = self.f(*self.arguments(leaves))
        results = _results(returned, self.title)
        return Trace(results, leaves, places)


class Model:
    """A model's cost over some samples, as a function of its parameters.

    Args:
        model: the model; it is copied, and stays as it is.
        samples: pairs of features and target.
        loss: the loss of one sample.
        penalty: on the parameters.

    Raises:
        ArgumentError: there are no parameters or no samples.
    """

    def __init__(
        self,
        model: Module,
        samples: Iterable[tuple[Any, Any]],
        loss: Loss,
        penalty: Penalty | None = None,
    ) -> None:
        named = list(model.named_parameters())
        self.model, self.samples = model, list(samples)
        self.loss, self.penalty = loss, penalty
        self.title = f"{type(model).__name__} with {_title(loss, 'a loss')}"
        self.names = [name for name, _ in named]
        self.point = [parameter.data for _, parameter in named]
        if not named:
            raise ArgumentError(f"{model!r} has no parameters to differentiate by")
        if not self.samples:
            raise ArgumentError("there are no samples", hint="give pairs of features and target")

    def run(self, point: Sequence[float], *, with_places: bool = False) -> Trace:
        """Computes the cost with a copy of the model."""
        model = copy.deepcopy(self.model)
        parameters = model.parameters()
        for parameter, number in zip(parameters, point, strict=True):
            parameter.data = number
        with recording(), _places(with_places) as places:
            losses = [self._loss(model(features), target) for features, target in self.samples]
            whole = cost(losses, self.penalty(parameters) if self.penalty else None)
        return Trace(_results(whole, self.title), parameters, places)

    def _loss(self, prediction: Any, target: Any) -> Any:
        loss = self.loss(prediction, target)
        if not is_number(loss):
            raise ArgumentError(
                f"the loss of a sample is {describe(loss)}, not a Value",
                hint="a loss takes a prediction and a target, and returns one Value",
            )
        return loss


@contextmanager
def _places(wanted: bool) -> Iterator[dict[Node, Place]]:
    """Inside, the lines that make new nodes are noted, if they are wanted."""
    places: dict[Node, Place] = {}

    def note(node: Node) -> None:
        found = _place(sys._getframe(1))
        if found is not None:
            places[node] = found

    with watching(note) if wanted else nullcontext():
        yield places


def _place(frame: FrameType | None) -> Place | None:
    """The line outside of this package that called; else the nearest above the engine."""
    inside = None
    while frame is not None and frame.f_code.co_filename != __file__:
        file, line = frame.f_code.co_filename, frame.f_lineno
        if not file.startswith(_PACKAGE):
            return None if file.startswith("<") else (file, line)  # not code made from text
        inside = inside or (None if file.rpartition(os.sep)[2] in _ENGINE else (file, line))
        frame = frame.f_back
    return inside


def _results(returned: Any, title: str) -> dict[str, Value]:
    """The Values that came out, by their place in the containers that were returned."""
    results: dict[str, Value] = {}

    def add(place: str, entry: Any) -> None:
        if not isinstance(entry, Value):
            raise ArgumentError(
                f"{title} returned {describe(entry)}{place and f' at {place}'}, not a Value",
                hint="compute with mg.sin and the like, not with math.sin, numpy or float(); "
                "derivatives of an engine of your own are checked with gradient=",
            )
        results[place] = entry

    tree_map(add, returned)
    if not results:
        raise ArgumentError(f"{title} returned {describe(returned)}: no number to differentiate")
    return results


def _title(f: Callable[..., Any], default: str = "f") -> str:
    """A function's name, but for a lambda, which has none."""
    name: str = getattr(f, "__name__", type(f).__name__)
    return default if name == "<lambda>" else name


def _argument_names(
    f: Callable[..., Any], inputs: Sequence[Any], names: Sequence[str] | None
) -> list[str]:
    if names is not None:
        if len(names) != len(inputs):
            raise ArgumentError(f"{len(names)} names are given for {counted(len(inputs), 'input')}")
        return list(names)
    try:
        signature = inspect.signature(f)
    except (TypeError, ValueError):  # some builtins have none
        return [f"x{place}" for place in range(len(inputs))]
    try:
        bound = signature.bind(*inputs)
    except TypeError as error:
        raise ArgumentError(
            f"{_title(f)}{signature} does not take {counted(len(inputs), 'input')}: {error}",
            hint="give one input for each argument; a list counts as one",
        ) from error
    given: list[str] = []
    for name, value in bound.arguments.items():
        is_star = signature.parameters[name].kind is inspect.Parameter.VAR_POSITIONAL
        given += [f"{name}[{place}]" for place in range(len(value))] if is_star else [name]
    return given
