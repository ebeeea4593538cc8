"""Comparisons that intervals leave open: an expression, evaluated in every case. Floor 7.

`x > 0.0` holds for some numbers of [-1, 1] and not for others. Then a conditional such as
`x if x > 0.0 else 0.0` is evaluated once for each order in which its comparands can stand.
"""

from __future__ import annotations

import operator
from collections.abc import Callable
from types import FunctionType
from typing import Any


class UndecidedError(Exception):
    """A comparison holds for some numbers of its intervals only.

    Args:
        orders: how its sides can stand: -1 for less, 0 for equal, 1 for greater.
    """

    def __init__(self, orders: list[int]) -> None:
        super().__init__(orders)
        self.orders = orders


class Case:
    """One evaluation of an expression.

    Args:
        script: the orders to assume for open comparisons, as they are asked for; the first that
            is not foreseen raises `UndecidedError`.
    """

    def __init__(self, script: tuple[int, ...] = ()) -> None:
        self.script = script
        self.assumed: list[tuple[Any, Any, int]] = []

    def primal(self, number: Any) -> Comparand:
        """What a comparison looks at: a float, or an interval with the ends `low` and `high`."""
        return Comparand(number, self)

    def order(self, x: Any, y: Any, possible: list[int]) -> int:
        """The order assumed for x and y; the same again whenever the same two are compared."""
        for a, b, order in self.assumed:  # or x >= y and y > x could both be false
            if a is x and b is y:
                return order
            if a is y and b is x:
                return -order
        if len(self.assumed) == len(self.script):
            raise UndecidedError(possible)
        order = self.script[len(self.assumed)]
        self.assumed.append((x, y, order))
        return order


class Comparand:
    """One side of a comparison."""

    __slots__ = ("case", "high", "low", "number")

    def __init__(self, number: Any, case: Case) -> None:
        self.number = number
        self.case = case
        if type(number) is float:
            self.low = self.high = number
        else:
            self.low, self.high = number.low, number.high

    def _holds(self, relation: Callable[[int, int], bool], other: Any) -> bool:
        a, b, c, d = self.low, self.high, other.low, other.high
        if b < c:
            return relation(-1, 0)
        if a > d:
            return relation(1, 0)
        possible = [*([-1] if a < d else []), 0, *([1] if b > c else [])]
        answers = {relation(order, 0) for order in possible}
        if len(answers) == 1:
            return answers.pop()
        return relation(self.case.order(self.number, other.number, possible), 0)

    def __lt__(self, other: Comparand) -> bool:
        return self._holds(operator.lt, other)

    def __le__(self, other: Comparand) -> bool:
        return self._holds(operator.le, other)

    def __gt__(self, other: Comparand) -> bool:
        return self._holds(operator.gt, other)

    def __ge__(self, other: Comparand) -> bool:
        return self._holds(operator.ge, other)

    def __eq__(self, other: object) -> bool:
        return self._holds(operator.eq, other)

    def __ne__(self, other: object) -> bool:
        return self._holds(operator.ne, other)


def in_every_case(compiled: Any, *operands: Any) -> list[Any]:
    """The results of a compiled expression under all orders that its comparisons leave open.

    Args:
        compiled: what `compile_over` made; its comparands are Comparands here.
        operands: what it is called with.

    >>> from types import SimpleNamespace
    >>> from microgradlab.expressions import compile_over
    >>> sign = compile_over("1.0 if x > 0.0 else -1.0 if x < 0.0 else 0.0", {})
    >>> in_every_case(sign, SimpleNamespace(low=0.0, high=2.0), None, None)
    [0.0, 1.0]
    """
    scripts: list[tuple[int, ...]] = [()]
    results = []
    for script in scripts:  # which grows meanwhile
        # The orders belong to this call alone, so that threads do not meet in the namespace.
        namespace = {**compiled.__globals__, "primal": Case(script).primal}
        try:
            results.append(FunctionType(compiled.__code__, namespace)(*operands))
        except UndecidedError as question:
            scripts += [(*script, order) for order in question.orders]
    return results
