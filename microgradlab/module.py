"""What all models have in common: parameters with names, and their numbers. Floor 4.

A `Module` is any object that holds parameters: leaf Values, other modules, and lists or dicts of
these, in its attributes. Names follow from the attributes, as in `layers.0.neurons.3.weights.1`.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from typing import Any

from microgradlab.errors import CheckpointError
from microgradlab.modes import no_grad
from microgradlab.value import Value


class Module:
    """Something with parameters; a model defines `__call__(self, x)` over Values.

    >>> class Line(Module):
    ...     def __init__(self):
    ...         self.slope, self.offsets = Value(2.0), [Value(0.0), Value(1.0)]
    ...     def __call__(self, x):
    ...         return self.slope * x + self.offsets[1]
    >>> [name for name, _ in Line().named_parameters()]
    ['slope', 'offsets.0', 'offsets.1']
    >>> Line().predict(3.0)
    7.0
    """

    __call__: Callable[..., Any]

    def predict(self, x: Any) -> Any:
        """The output as floats, without a graph."""
        with no_grad():
            return floats(self(x))

    def named_parameters(self) -> Iterator[tuple[str, Value]]:
        """The parameters with their names, each once, in the order of the attributes."""
        seen: set[Value] = set()
        for name, entry in _entries("", self):
            for path, parameter in _flatten(name, entry):
                if parameter not in seen:
                    seen.add(parameter)
                    yield path, parameter

    def parameters(self) -> list[Value]:
        """The parameters, each once."""
        return [parameter for _, parameter in self.named_parameters()]

    def zero_grad(self) -> None:
        """Forgets the gradients of all parameters."""
        for parameter in self.parameters():
            parameter.zero_grad()

    def __repr__(self) -> str:
        return f"{type(self).__name__}({len(self.parameters())} parameters)"

    def state_dict(self) -> dict[str, Any]:
        """The parameters' numbers: a float or a (nested) list of floats by name.

        >>> from microgradlab.nn import MLP
        >>> MLP(2, [1], seed=1).state_dict()["layers.0.neurons.0.bias"]
        0.0
        """
        return {name: floats(entry) for name, entry in _entries("", self)}

    def load_state_dict(self, state: Mapping[str, Any]) -> None:
        """Sets the parameters to the numbers of a `state_dict`; all of them, or none.

        Raises:
            CheckpointError: names what is missing, unexpected or of another shape.
        """
        entries = dict(_entries("", self))
        problems = [f"{name} is missing" for name in entries if name not in state]
        problems += [f"{name} is unexpected" for name in state if name not in entries]
        for name in entries.keys() & state.keys():
            wanted, given = _shape(entries[name]), _shape(state[name])
            if wanted != given:
                problems.append(f"{name} has shape {given} instead of {wanted}")
        if problems:
            shown = "; ".join(sorted(problems)[:10])
            more = f"; and {len(problems) - 10} more" if len(problems) > 10 else ""
            raise CheckpointError(
                f"the state does not fit this {type(self).__name__}: {shown}{more}",
                hint="make the model with the sizes it had when the state was saved",
            )
        for name, entry in entries.items():
            numbers = dict(_flatten(name, state[name]))
            for path, parameter in _flatten(name, entry):
                parameter.data = float(numbers[path])


def _entries(path: str, holder: Any) -> Iterator[tuple[str, Any]]:
    """Parameters by name; a (nested) list of nothing but parameters is one entry."""
    if _is_parameter(holder) or _is_list_of_parameters(holder):
        yield path, holder
        return
    children: Mapping[Any, Any] = {}
    if isinstance(holder, Module):
        children = vars(holder)
    elif isinstance(holder, dict):
        children = holder
    elif isinstance(holder, (list, tuple)):
        children = dict(enumerate(holder))
    for name, child in children.items():
        yield from _entries(f"{path}.{name}" if path else str(name), child)


def _is_parameter(thing: Any) -> bool:
    """Whether this is a leaf: a result that a module keeps to be looked at is no parameter."""
    return isinstance(thing, Value) and thing.op is None


def _is_list_of_parameters(holder: Any) -> bool:
    return (
        isinstance(holder, (list, tuple))
        and len(holder) > 0
        and all(_is_parameter(item) or _is_list_of_parameters(item) for item in holder)
    )


def _flatten(path: str, entry: Any) -> Iterator[tuple[str, Any]]:
    if isinstance(entry, (list, tuple)):
        for index, item in enumerate(entry):
            yield from _flatten(f"{path}.{index}", item)
    else:
        yield path, entry


def _shape(entry: Any) -> tuple[Any, ...] | str:
    """The lengths of a nested list, (3, 2); of an uneven one the tuple of its rows' shapes."""
    if isinstance(entry, (list, tuple)):
        rows = [_shape(item) for item in entry]
        even = len(set(rows)) == 1 and isinstance(rows[0], tuple)
        return (len(rows), *rows[0]) if even else (len(rows), tuple(rows))
    if isinstance(entry, (int, float, Value)) and not isinstance(entry, bool):
        return ()
    return f"{type(entry).__name__}, not a number"


def floats(output: Any) -> Any:
    """A model's output as plain numbers: a float, or a list of what its items are."""
    if isinstance(output, (list, tuple)):
        return [floats(item) for item in output]
    return float(output)
