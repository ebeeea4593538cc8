"""The arguments of a compiled function: numbers and arrays as rows for native code. Floor 4."""

from __future__ import annotations

from typing import Any

import numpy as np

from microgradlab import modes
from microgradlab.compiler.arrays import Numbers
from microgradlab.errors import ArgumentError
from microgradlab.module import Module
from microgradlab.trees import describe as described
from microgradlab.trees import is_number, tree_map
from microgradlab.value import Value, real

_HOLDERS = (Module, list, tuple, dict)


class Call:
    """The numbers of a call as rows, and the structure that they stand in.

    Args:
        args: numbers and arrays of numbers, in lists, tuples and dicts.

    Attributes:
        places: the arguments with each number's column in its place.
        shape: that of all arrays, broadcast; `()` if there are none.
        rows: a row for each entry of that shape.

    Raises:
        ArgumentError: an entry is no number; the arrays' shapes do not fit.

    >>> call = Call(([2.0, np.array([1.0, 3.0])],))
    >>> call.places, call.shape, call.rows.tolist()
    (([0, 1],), (2,), [[2.0, 1.0], [2.0, 3.0]])
    """

    def __init__(self, args: tuple[Any, ...]) -> None:
        leaves: list[Any] = []

        def take(path: str, entry: Any) -> int:
            leaves.append(_checked(path, entry))
            return len(leaves) - 1

        self.places = tree_map(take, args)
        try:
            columns = np.broadcast_arrays(*leaves) if leaves else []
        except ValueError:
            shapes = ", ".join(str(np.shape(leaf)) for leaf in leaves)
            raise ArgumentError(
                f"the arguments' shapes are {shapes}", hint="give arrays of one shape, and numbers"
            ) from None
        self.shape: tuple[int, ...] = columns[0].shape if columns else ()
        count = int(np.prod(self.shape))
        self.rows = np.empty((count, len(columns)))
        for place, column in enumerate(columns):
            self.rows[:, place] = column.ravel()

    def results(self, structure: Any, outputs: Numbers) -> Any:
        """Outputs in the structure whose entries are their places."""

        def result(_: str, place: int) -> Any:
            column = outputs[:, place]
            return column.reshape(self.shape).copy() if self.shape else float(column[0])

        return tree_map(result, structure)


def _checked(path: str, entry: Any) -> Any:
    if isinstance(entry, Value):
        if modes.current().record:
            raise ArgumentError(
                f"argument{path} is a Value, and compiled code records no graph: its gradient "
                "would be lost",
                hint="give x.data, or take the gradient of the compiled function: jit(f).grad(x)",
            )
        return entry.data
    if isinstance(entry, np.ndarray) and entry.dtype.kind in "fiub":
        return entry.astype(np.float64)
    if is_number(entry):
        return real(entry, "jit")
    hint = "give numbers, or arrays of numbers"
    if isinstance(entry, np.ndarray):
        raise ArgumentError(f"argument{path} is an array of {entry.dtype} entries", hint=hint)
    if hasattr(entry, "to_numpy"):
        hint = "give it as an array, with .to_numpy()"
    raise ArgumentError(f"argument{path} is {described(entry)}", hint=hint)


def is_list_of_lists(argument: Any) -> bool:
    """Whether an argument is several samples of an MLP."""
    entries = argument if isinstance(argument, (list, tuple)) else []
    return bool(entries) and all(isinstance(entry, (list, tuple)) for entry in entries)


def held_by(function: Any) -> list[Value]:
    """The leaf Values of a model, or of a method's model, as they stand now.

    It is quicker than `parameters()`, for each call of a compiled model asks.
    """
    model = getattr(function, "__self__", function)
    return _leaves(model) if isinstance(model, Module) else []


def _leaves(holder: Any) -> list[Value]:
    children = vars(holder) if isinstance(holder, Module) else holder
    found: list[Value] = []
    for child in children.values() if isinstance(children, dict) else children:
        if isinstance(child, Value):
            if child.op is None:
                found.append(child)
        elif isinstance(child, _HOLDERS):
            found += _leaves(child)
    return found
