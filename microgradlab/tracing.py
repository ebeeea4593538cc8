"""A function's graph, and the two sweeps over it that apply the chain rule. Floor 3.

The function is called with a fresh Value in place of each number. Then a sweep goes over the graph
that these recorded:

- reverse mode, from the results back, gives every node its gradient ∂result/∂node;
- forward mode, from the inputs on, gives every node its tangent, the derivative along a direction.
  A node's number and its tangent together are a dual number.

The sweeps compute with the caller's numbers, and the fresh Values stay inside: a node's number is a
float or, where Values from outside take part (an outer derivative's variables, a model's
parameters), a Value in their graph. So results can be differentiated further, and no derivative can
take another's variable for its own ("perturbation confusion"), without tags that tell them apart.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any

from microgradlab import modes
from microgradlab.engine import (
    NOT_COMPUTED,
    Node,
    partial_over_values,
    topological_order,
    uses,
)
from microgradlab.errors import ArgumentError
from microgradlab.trees import describe, is_number, tree_map
from microgradlab.value import Operand, Value, apply, real


@dataclass(frozen=True)
class Trace:
    """One call of a function, recorded.

    Attributes:
        given: the fresh Values, and the caller's number that each stands for.
        inputs: the differentiated arguments, with the fresh Values in them.
        output: what the function returned.
        order: the nodes under the output but not under the caller's Values, operands first.
        closed: whether certainly no Value from outside takes part.
    """

    given: Mapping[Node, Operand]
    inputs: tuple[Any, ...]
    output: Any
    order: Sequence[Node]
    closed: bool

    @cached_property
    def numbers(self) -> dict[Node, Operand]:
        """The nodes that depend on the fresh Values, in order, each with its number outside."""
        numbers: dict[Node, Operand] = dict(self.given)
        node: Any
        for node in self.order:
            if node.x in numbers or node.y in numbers:
                x, y = numbers.get(node.x, node.x), numbers.get(node.y, node.y)
                outside = isinstance(x, Value) or isinstance(y, Value)
                numbers[node] = apply(node.op, x, y) if outside else node.data
        return numbers

    @property
    def value(self) -> Any:
        """What the function returned, in the caller's numbers."""

        def number(_: str, result: Any) -> Operand:
            if not isinstance(result, Value):
                return real(result, "trace")
            return result.data if self.closed else self.numbers.get(result, result)

        return tree_map(number, self.output)

    def gradients(self, result: Operand) -> tuple[Any, ...]:
        """The derivative of one result, in the structure of each input."""
        if not isinstance(result, Value):
            return self.by_input({})
        if not self.closed:
            return self.by_input(reverse(self.numbers, {result: 1.0}))
        # All of this graph is ours: the ordinary backward pass is several times faster.
        for variable in self.given:
            variable.zero_grad()
        result.backward()
        reached = (variable for variable in self.given if variable.grad is not NOT_COMPUTED)
        return self.by_input({variable: variable.grad for variable in reached})

    def by_input(self, gradients: Mapping[Node, Operand]) -> tuple[Any, ...]:
        """The gradients of the fresh Values, in the structure of each input."""
        return tuple(
            tree_map(lambda _, variable: gradients.get(variable, 0.0), tree) for tree in self.inputs
        )


def trace(
    name: str,
    f: Callable[..., Any],
    places: Sequence[int],
    args: Sequence[Any],
    kwargs: Mapping[str, Any],
    *,
    scalar: bool = False,
) -> Trace:
    """Calls f with fresh Values in some arguments.

    Args:
        name: who asks, for messages.
        f: the function.
        places: the arguments that get fresh Values.
        args: all arguments by position.
        kwargs: the arguments by keyword.
        scalar: whether f must return a single number.

    Raises:
        ArgumentError: something that is no number stands in these arguments or in the output.

    >>> call = trace("example", lambda x: x * x + 1.0, [0], [3.0], {})
    >>> call.value, call.gradients(call.output)
    (10.0, (6.0,))
    """
    given: dict[Node, Operand] = {}
    arguments = list(args)
    for place in places:
        arguments[place] = _with_fresh_values(name, place, args[place], given)
    inputs = tuple(tree_map(_itself, arguments[place]) for place in places)  # f may change its own
    with modes.recording():
        output = f(*arguments, **kwargs)
    _check_output(name, output, scalar)

    roots: list[Node] = []
    tree_map(lambda _, out: roots.append(out) if isinstance(out, Value) else None, output)
    # The caller's Values were there before: nothing below them depends on ours. Not to walk there
    # keeps a loop that differentiates at each step, as Newton's does, from being quadratic.
    outside = {number for number in given.values() if isinstance(number, Value)}
    outside.update(_values_among((*args, *kwargs.values())))
    order = topological_order(*roots, without=outside)
    closed = not outside and all(node.op is not None or node in given for node in order)
    return Trace(given, inputs, output, order, closed)


def _itself(_: str, entry: Any) -> Any:
    return entry


def _with_fresh_values(name: str, place: int, argument: Any, given: dict[Node, Operand]) -> Any:
    def fresh(path: str, number: Any) -> Value:
        if not is_number(number):
            where = f"argument {place}, {path}" if path else f"argument {place}"
            is_array = hasattr(number, "tolist")
            hint = "give array.tolist()" if is_array else "what is no number may go by keyword"
            raise ArgumentError(
                f"{where} is {describe(number)}; {name} differentiates by numbers, and by lists, "
                "tuples and dicts of numbers",
                hint=hint,
            )
        variable = Value(number)
        given[variable] = number if isinstance(number, Value) else variable.data
        return variable

    return tree_map(fresh, argument)


def _check_output(name: str, output: Any, scalar: bool) -> None:
    if scalar and not is_number(output):
        several = isinstance(output, (list, tuple, dict))
        raise ArgumentError(
            f"{name} needs a function that returns one number; it returned {describe(output)}",
            hint="use jacobian" if several else "return a Value or a float",
        )

    def check(path: str, result: Any) -> None:
        if not is_number(result):
            raise ArgumentError(
                f"{name} needs a function that returns numbers; its result{path} is "
                f"{describe(result)}",
                hint="return Values or floats, also in lists, tuples and dicts",
            )

    tree_map(check, output)


def _values_among(arguments: Iterable[Any]) -> Iterator[Value]:
    for argument in arguments:
        for entry in argument if isinstance(argument, (list, tuple)) else (argument,):
            if isinstance(entry, Value):
                yield entry


def forward(
    numbers: Mapping[Node, Operand], tangents: Mapping[Node, Operand]
) -> dict[Node, Operand]:
    """Forward mode: the tangent of each node, from those of the fresh Values.

    Constants have no tangent, rather than 0: 0 times an infinite derivative would be nan.
    """
    found = dict(tangents)
    for node in numbers:
        for operand, partial in _partials(node, numbers):
            _add(found, node, found[operand] * partial)
    return found


def reverse(
    numbers: Mapping[Node, Operand], cotangents: Mapping[Node, Operand]
) -> dict[Node, Operand]:
    """Reverse mode: the gradient of each node, from those of the results."""
    found = dict(cotangents)
    for node in reversed(list(numbers)):
        if node in found:
            for operand, partial in _partials(node, numbers):
                _add(found, operand, found[node] * partial)
    return found


def _add(found: dict[Node, Operand], node: Node, term: Operand) -> None:
    known = found.get(node)
    found[node] = term if known is None else known + term


def _partials(node: Any, numbers: Mapping[Node, Operand]) -> Iterator[tuple[Node, Operand]]:
    """The operands that depend on the fresh Values, with the local derivative by each."""
    out = numbers[node]
    for _, operand, local, rule in uses(node):
        if operand not in numbers:
            continue
        if isinstance(out, Value):
            x, y = numbers.get(node.x, node.x), numbers.get(node.y, node.y)
            yield operand, partial_over_values(node, rule, local, x, y, out)
        else:
            yield operand, local
