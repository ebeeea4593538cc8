"""The node of the graph, and the chain rule over it. Floor 2.

A node holds one number, the operation that made it, its operands and, under the same names as the
table's columns, the local derivatives: for `out = x * y`, `out.dx` is ∂out/∂x. `backward()` visits
the graph in reverse topological order and adds, for each node and each of its operands,
`node.grad * local derivative` to the operand's gradient. That is the whole of backpropagation.

`Value`, in value.py, is this node with the table's operations as methods.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable, Iterator, Mapping
from functools import cache
from numbers import Real
from typing import TYPE_CHECKING, Any, ClassVar

from microgradlab import modes
from microgradlab.errors import ArgumentError, NonFiniteError
from microgradlab.expressions import compile_over

if TYPE_CHECKING:  # for the annotations alone: value.py stands on this module
    from microgradlab.ops import Op
    from microgradlab.value import Value

NOT_COMPUTED = float("0.0")
"""The gradient of a node that no backward pass has reached: the number 0, told by its identity.

`value.grad is NOT_COMPUTED` is true before `backward()` and after `zero_grad()`; a gradient that
was computed and is 0 is another object.
"""

_KEEP_AWAY = "keep the operand inside of the operation's domain, with maximum or minimum if need be"


class Node:
    """One number of a computation: its data, its gradient, and how it was made.

    Attributes:
        data: the number.
        grad: the derivative of the last root by this node; leaves accumulate it.
        op: the operation's row in the table; None for a leaf.
        x, y: the operands, nodes or plain floats; None where there is none.
        dx, dy: the local derivatives; None where the operand is no node.
        label: a name for pictures and messages.
    """

    __slots__ = ("data", "dx", "dy", "grad", "label", "op", "x", "y")

    functions: ClassVar[Mapping[str, Callable[..., Any]]]
    """The table's operations over Values, by name: what the expressions of the table call."""

    data: float
    grad: Any  # a float; a Value after backward(create_graph=True)
    op: Op | None
    x: Value | float | None
    y: Value | float | None
    dx: float | None
    dy: float | None
    label: str

    @property
    def operands(self) -> tuple[Value | float, ...]:
        """The operands in their order: none for a leaf, else one or two."""
        return tuple(operand for operand in (self.x, self.y) if operand is not None)

    def zero_grad(self) -> None:
        """Forgets this node's gradient."""
        self.grad = NOT_COMPUTED

    def __repr__(self) -> str:
        label = f", label={self.label!r}" if self.label else ""
        return f"Value(data={self.data!r}, grad={number_of(self.grad)!r}{label})"

    def __float__(self) -> float:
        if modes.listening:
            modes.escapes(self, "becomes a float")
        return self.data

    def __int__(self) -> int:
        if modes.listening:
            modes.escapes(self, "becomes an int")
        return int(self.data)

    def __bool__(self) -> bool:
        if modes.listening:
            modes.escapes(self, "becomes a bool")
        return self.data != 0.0

    def __index__(self) -> int:
        if modes.listening:
            modes.escapes(self, "is used as an index")
        raise TypeError(
            "a Value is no int, as an index or a repetition needs; write a choice with a one-hot "
            "row: mg.dot(row, values)"
        )

    def __format__(self, spec: str) -> str:
        return format(self.data, spec) if spec else repr(self)

    def __eq__(self, other: object) -> bool:
        """Identity, so that nodes can be keys; but where a float stood this compares numbers."""
        if modes.listening and isinstance(other, Real):
            modes.escapes(self, "is compared with ==")
        return NotImplemented

    __hash__ = object.__hash__

    def __lt__(self, other: Any) -> bool:
        number = _compared(self, other)
        return NotImplemented if number is None else self.data < number

    def __le__(self, other: Any) -> bool:
        number = _compared(self, other)
        return NotImplemented if number is None else self.data <= number

    def __gt__(self, other: Any) -> bool:
        number = _compared(self, other)
        return NotImplemented if number is None else self.data > number

    def __ge__(self, other: Any) -> bool:
        number = _compared(self, other)
        return NotImplemented if number is None else self.data >= number

    def backward(self, *, create_graph: bool = False) -> None:
        """Computes the derivative of this node by every node it was made from, as their `grad`.

        Inner nodes start from zero at each call; leaves add to what they have, until zero_grad().

        Args:
            create_graph: make the gradients Values with graphs of their own, so that they can be
                differentiated again. This makes reference cycles: call `zero_grad()` when done.

        >>> from microgradlab import Value
        >>> x = Value(3.0)
        >>> (x * x).backward()
        >>> x.grad
        6.0
        """
        if create_graph:
            _store_gradient_graph(self)
        elif self.op is None:
            self.grad = self.grad + 1.0
        else:
            order = mark_and_order(self)
            self.grad = 1.0
            if modes.current().detect_anomaly:
                _check_gradients(order)
            else:
                _propagate(order)


def finish(node: Node) -> None:
    """What no_grad(), detect_anomaly() and watching() do to each new node."""
    mode = modes.current()
    if mode.detect_anomaly and not math.isfinite(node.data):
        culprit = first_non_finite(node)
        raise NonFiniteError(describe(node if culprit is None else culprit), hint=_KEEP_AWAY)
    if not mode.record:
        node.op = node.x = node.y = node.dx = node.dy = None
    for watcher in mode.watchers:
        watcher(node)


def number_of(thing: Node | float) -> float:
    """The number of a node, or of a constant in its place, when the engine itself looks at it."""
    return thing.data if isinstance(thing, Node) else thing


def _compared(node: Node, other: object) -> float | None:
    """The number that a node is compared with; None where that is no number."""
    if modes.listening:
        for side in (node, other):
            if isinstance(side, Node):
                modes.escapes(side, "is compared")
    if isinstance(other, Node):
        return other.data
    return float(other) if isinstance(other, Real) else None


def mark_and_order(root: Node) -> list[Node]:
    """The inner nodes under the root, operands before results, each with its gradient at zero.

    A depth-first walk, x before y. One store does two things: `zero` is a new float object, so
    "its grad is this very zero" means visited in this walk, without a set of a million nodes; and
    an interrupted walk leaves nothing behind that could confuse the next one.
    """
    zero = float("0.0")
    order: list[Node] = []
    path: list[Node] = []  # the nodes above the current one
    node: Any = root
    while True:
        operand = node.x
        if node.dx is None or operand.grad is zero or operand.op is None:
            operand = node.y
            if node.dy is None or operand.grad is zero or operand.op is None:
                order.append(node)
                if not path:
                    return order
                node = path.pop()
                continue
        operand.grad = zero
        path.append(node)
        node = operand


def _propagate(order: list[Node]) -> None:
    """The chain rule, from the root back: each operand receives grad times local derivative."""
    node: Any
    for node in reversed(order):
        grad = node.grad
        if (dx := node.dx) is not None:
            node.x.grad += grad * dx
        if (dy := node.dy) is not None:
            node.y.grad += grad * dy


def _check_gradients(order: list[Node]) -> None:
    """The chain rule, stopping at the first contribution that is nan or infinite."""
    for node in reversed(order):
        for column, operand, local, _ in uses(node):
            contribution = node.grad * local
            if not math.isfinite(float(contribution)):
                raise NonFiniteError(
                    f"backward through {describe(node)} gives {float(contribution)!r} for "
                    f"{column}: gradient {float(node.grad)!r} times local derivative {local!r}",
                    hint=_KEEP_AWAY,
                )
            operand.grad += contribution


def uses(node: Any) -> Iterator[tuple[str, Value, float, str]]:
    """The operands of a node that are Values, with what the chain rule needs of each.

    Yields:
        The table's column ("x" or "y"), the operand, the local derivative, and its rule.

    >>> from microgradlab import Value
    >>> [(column, local, rule) for column, _, local, rule in uses(Value(2.0) * Value(3.0))]
    [('x', 3.0, 'y'), ('y', 2.0, 'x')]
    """
    if node.dx is not None:
        yield "x", node.x, node.dx, node.op.dx
    if node.dy is not None:
        yield "y", node.y, node.dy, node.op.dy


def topological_order(*roots: Node, without: Iterable[Node] = ()) -> list[Node]:
    """All nodes under the roots, leaves included, operands before results, x before y.

    Unlike a backward pass it changes nothing, so it also serves pictures and messages.

    Args:
        roots: where the walk starts.
        without: nodes that are left out, and not walked below.

    >>> from microgradlab import Value
    >>> a, b = Value(2.0, label="a"), Value(3.0, label="b")
    >>> [node.label or node.op for node in topological_order(a * b + a)]
    ['a', 'b', Op(mul), Op(add)]
    """
    order: list[Node] = []
    seen = set(without)
    for root in roots:
        path = [] if root in seen else [root]  # the current node, below those above it
        seen.add(root)
        while path:
            node = path[-1]
            for operand in (node.x, node.y):
                if isinstance(operand, Node) and operand not in seen:
                    seen.add(operand)
                    path.append(operand)
                    break
            else:
                order.append(path.pop())
    return order


def gradient_graph(root: Node) -> dict[Node, Value]:
    """The derivative of the root by each node under it, as Values that can be differentiated again.

    The local derivatives are the table's expressions, evaluated over Values. No node is changed.

    Raises:
        ArgumentError: an operand was changed after the forward pass, so that the graph is stale.
    """
    value_type: Any = type(root)
    gradients: dict[Node, Value] = {root: value_type(1.0)}
    for node in reversed(topological_order(root)):
        for _, operand, local, rule in uses(node):
            partial = partial_over_values(node, rule, local, node.x, node.y, node)
            contribution = gradients[node] * partial
            known = gradients.get(operand)
            gradients[operand] = contribution if known is None else known + contribution
    return gradients


def partial_over_values(node: Node, rule: str, local: float, x: Any, y: Any, out: Any) -> Any:
    """A local derivative that can be differentiated again: the rule over Values (or floats).

    Raises:
        ArgumentError: it is not what the forward pass recorded, so that the graph is stale.
    """
    value_type: Any = type(node)  # Value, which stands on this module
    partial = _over_values(rule, value_type)(x, y, out)
    if number_of(partial) != local and not math.isnan(local):
        raise ArgumentError(
            f"an operand of {describe(node)} was changed after the forward pass",
            hint="compute the root again, then differentiate it",
        )
    return partial


@cache
def _over_values(rule: str, node_type: type[Any]) -> Callable[[Any, Any, Any], Any]:
    return compile_over(rule, node_type.functions)


def _store_gradient_graph(root: Node) -> None:
    for node, gradient in gradient_graph(root).items():
        accumulates = node.op is None and node.grad is not NOT_COMPUTED
        node.grad = node.grad + gradient if accumulates else gradient


def describe(node: Node) -> str:
    """The operation that made a node, with its numbers, as in "log(x) = -inf at x = 0.0 ('p')"."""
    name = f" ({node.label!r})" if node.label else ""
    if node.op is None:
        return f"a leaf{name} holding {node.data!r}"
    parts = []
    for letter, operand in zip("xy", node.operands, strict=False):
        label = operand.label if isinstance(operand, Node) else ""
        parts.append(f"{letter} = {number_of(operand)!r}" + (f" ({label!r})" if label else ""))
    arguments = ", ".join("xy"[: node.op.arity])
    return f"{node.op.name}({arguments}) = {node.data!r}{name} at {', '.join(parts)}"


def first_non_finite(root: Node) -> Node | None:
    """The first node, operands before results, that holds nan or an infinity; None if all are fine.

    >>> from microgradlab import Value, log
    >>> p = Value(0.0, label="p")
    >>> describe(first_non_finite(log(p) * 2.0))
    "log(x) = -inf at x = 0.0 ('p')"
    """
    for node in topological_order(root):
        if not math.isfinite(node.data):
            return node
    return None
