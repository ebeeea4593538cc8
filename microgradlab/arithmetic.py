"""The table over any kind of number: floats, Values, dual numbers, intervals. Floor 1.

A kind of number brings the operations that Python's math module would compute, the primitives;
everything else of the table follows from its expressions.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from microgradlab.expressions import compile_over
from microgradlab.ops import TABLE, Op

Expression = Callable[[Any, Any, Any], Any]


class Arithmetic:
    """The table's operations and their derivatives over one kind of number.

    Args:
        primitives: the operations that the numbers bring, by name: `div`, and those in
            `ops.PRIMITIVES`. Further ones take precedence over the table's expressions.
        primal: what comparisons look at; the number itself unless given.

    >>> from fractions import Fraction
    >>> import operator
    >>> from microgradlab.ops import OPS
    >>> fractions = Arithmetic({"div": operator.truediv})
    >>> fractions.value(OPS["relu"], Fraction(-1, 3))
    0.0
    >>> fractions.partials(OPS["mul"], Fraction(1, 3), Fraction(2), Fraction(2, 3))
    (Fraction(2, 1), Fraction(1, 3))
    """

    def __init__(
        self,
        primitives: Mapping[str, Callable[..., Any]],
        primal: Callable[[Any], Any] = lambda number: number,
    ) -> None:
        self.functions: dict[str, Callable[..., Any]] = {"primal": primal, **primitives}
        for op in TABLE:
            self.functions.setdefault(op.name, self._function(op))
        self._compiled: dict[str, Expression] = {}

    def _function(self, op: Op) -> Callable[..., Any]:
        if op.arity == 1:
            return lambda x: self.value(op, x)
        return lambda x, y: self.value(op, x, y)

    def expression(self, source: str) -> Expression:
        """An expression of a row as a function of (x, y, out)."""
        function = self._compiled.get(source)
        if function is None:
            function = self._compiled[source] = compile_over(source, self.functions)
        return function

    def value(self, op: Op, x: Any, y: Any = None) -> Any:
        """The operation's result."""
        return self.expression(op.value)(x, y, None)

    def partials(self, op: Op, x: Any, y: Any, out: Any) -> tuple[Any, Any]:
        """The partial derivatives by x and y; None for a second operand that is not there."""
        dx = self.expression(op.dx)(x, y, out)
        return dx, None if op.dy is None else self.expression(op.dy)(x, y, out)
