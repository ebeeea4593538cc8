"""A function recorded for one structure of arguments, for `jit`. Floor 4."""

from __future__ import annotations

import inspect
import re
from collections.abc import Callable, Sequence
from functools import cached_property
from reprlib import repr as shortened
from typing import Any

import numpy as np

from microgradlab.compiler.arguments import Call, held_by
from microgradlab.compiler.arrays import Numbers
from microgradlab.compiler.build import function_kernel
from microgradlab.compiler.kernel import Kernel
from microgradlab.compiler.native import NativeFunction
from microgradlab.compiler.refusals import NUMBERS, UNSEEN, agree, in_time, probes
from microgradlab.compiler.tape import captured
from microgradlab.engine import number_of
from microgradlab.errors import ArgumentError
from microgradlab.modes import no_grad
from microgradlab.module import Module
from microgradlab.trees import describe as described
from microgradlab.trees import is_number, tree_map
from microgradlab.value import Value

_MOST_ROWS = 8  # with as many probes
_NOT_FOR_FLOATS = (ArithmeticError, AttributeError, TypeError, ValueError)
"""What Python raises where Values have a method, or give inf or nan, and floats do not."""


class Recorded:
    """A function recorded for one structure of arguments."""

    def __init__(self, function: Callable[..., Any], call: Call, fast: bool) -> None:
        self._fast = fast
        self._places = call.places
        self._function = function
        self.structure: Any = None
        rows = call.rows[:_MOST_ROWS].tolist() or [[0.5] * call.rows.shape[1]]
        with no_grad():
            others = list(in_time(filter(self._is_accepted, probes(rows[0]))))
        self.points = [*rows, *reversed(others or rows[:1])]
        self._captured = self._values()
        self._names = [*self._captured_names(), *_argument_names(function, call.places)]
        self.kernel = self._kernel(gradient=False)
        self._check_floats(rows)
        self.held = held_by(function)

    def numbers(self) -> Numbers:
        """The captured Values' numbers."""
        with NUMBERS:
            return np.array([value.data for value in self._captured], np.float64)

    @cached_property
    def value(self) -> NativeFunction:
        """The results."""
        return NativeFunction(self.kernel, fast=self._fast)

    @cached_property
    def gradient(self) -> NativeFunction:
        """The result, and its derivatives by each input."""
        return NativeFunction(self._kernel(gradient=True), fast=self._fast)

    def _values(self) -> list[Value]:
        """The Values from outside; a model's parameters in their order, which makes loops plain."""
        found = dict.fromkeys(captured(self._flat, [self.points[0]] * 2))
        model = getattr(self._function, "__self__", self._function)
        ordered = model.parameters() if isinstance(model, Module) else []
        return list(dict.fromkeys([*(value for value in ordered if value in found), *found]))

    def _captured_names(self) -> list[str]:
        model = getattr(self._function, "__self__", self._function)
        paths = model.named_parameters() if isinstance(model, Module) else ()
        names = {value: name for name, value in paths}
        return [
            names.get(value) or value.label or f"p{place}"
            for place, value in enumerate(self._captured)
        ]

    def _kernel(self, gradient: bool) -> Kernel:
        return function_kernel(
            self._flat, self.points, self._captured, gradient=gradient, names=self._names
        )

    def _is_accepted(self, numbers: list[float]) -> bool:
        """Whether the function takes numbers; it may check them, as losses check classes."""
        try:
            self._flat(list(map(Value, numbers)))
        except ArgumentError:
            return False
        except Exception:
            return True  # to be told of where it is recorded
        return True

    def _check_floats(self, rows: Sequence[list[float]]) -> None:
        """Compares what is recorded with the function called with floats, where it takes them."""
        with no_grad():
            for row in in_time(rows):
                compiled = [number_of(result) for result in self._flat(list(map(Value, row)))]
                try:
                    structure, results = self._called(row)
                except _NOT_FOR_FLOATS:
                    continue
                plain = [float(number_of(result)) for result in results]
                if structure != self.structure or not agree(compiled, plain):
                    raise ArgumentError(
                        f"recorded with Values the function gives {shortened(compiled)}, and with "
                        f"floats {shortened(plain)}, for the numbers {shortened(row)}",
                        hint=UNSEEN,
                    )

    def _flat(self, numbers: list[Value]) -> list[Any]:
        """The function over a list of numbers, with its results as a list."""
        self.structure, results = self._called(numbers)
        return results

    def _called(self, numbers: Sequence[Any]) -> tuple[Any, list[Any]]:
        """The structure of the function's results, with their places, and the results."""
        results: list[Any] = []

        def keep(path: str, entry: Any) -> int:
            if not is_number(entry):
                raise ArgumentError(
                    f"the function returns {described(entry)} as result{path}",
                    hint="return numbers, or lists, tuples and dicts of numbers",
                )
            results.append(entry)
            return len(results) - 1

        args = tree_map(lambda _, place: numbers[place], self._places)
        structure = tree_map(keep, self._function(*args))
        if not results:
            raise ArgumentError("the function returns no number", hint="return at least one")
        return structure, results


def _argument_names(function: Callable[..., Any], places: tuple[Any, ...]) -> list[str]:
    """The numbers of a call by the function's own names: "x", "p.w.0"."""
    try:
        parameters = list(inspect.signature(function).parameters.values())
    except ValueError:  # some of Python's own functions do not tell
        parameters = []
    own = [p.name for p in parameters if p.kind in (p.POSITIONAL_ONLY, p.POSITIONAL_OR_KEYWORD)]
    several = next((p.name for p in parameters if p.kind is p.VAR_POSITIONAL), "x")
    found: list[str] = []
    for place, entry in enumerate(places):
        name = own[place] if place < len(own) else f"{several}.{place - len(own)}"
        tree_map(lambda path, _, name=name: found.append(name + _dotted(path)), entry)
    return found


def _dotted(path: str) -> str:
    """A path such as "['w'][0]" with dots."""
    return "".join(f".{key.strip(chr(39))}" for key in re.findall(r"\[(.*?)\]", path))
