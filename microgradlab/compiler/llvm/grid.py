"""The items of a `Total` as rows and columns, and the routes to its numbers. Floor 4."""

from __future__ import annotations

from dataclasses import dataclass, replace

from microgradlab.compiler.kernel import Shape, Total
from microgradlab.compiler.llvm.layout import Layout, Memory, Route
from microgradlab.compiler.llvm.sums import Factor


@dataclass(frozen=True, slots=True)
class Grid:
    """A total over rows and columns; routes have two strides, the rows' and the columns'.

    Attributes:
        rows: the number of rows; 1 where there is only one loop.
        columns: the number of columns; their totals are neighbours in memory, as a rule.
        terms: the number of terms of each item.
        target: where it adds to.
        factors: what is read for each term.
    """

    rows: int
    columns: int
    terms: int
    target: Route
    factors: tuple[Factor, ...]

    @classmethod
    def of(cls, total: Total, layout: Layout) -> Grid:
        """The grid of a statement."""
        shape = total.shape
        target = layout.route(Memory.TOTALS, total.target, shape)
        factors = [
            Factor.of(operand, layout, shape, total.terms)
            for operand in (total.x, total.y)
            if operand is not None
        ]
        is_turned = len(shape) == 2 and target.strides[0] == 8 and not target.table

        def two(sizes: Shape, missing: int) -> tuple[int, int]:
            outer, inner = (missing, *sizes)[-2:]
            return (inner, outer) if is_turned else (outer, inner)

        def route(of: Route) -> Route:
            return replace(of, strides=two(of.strides, 0))

        factors = [replace(each, route=route(each.route)) for each in factors]
        rows, columns = two(shape, 1)
        return cls(rows, columns, total.terms, route(target), tuple(factors))

    @property
    def in_line(self) -> bool:
        """Whether the totals of a row are neighbours."""
        return self.target.strides[1] == 8 and not self.target.table

    @property
    def routes(self) -> list[Route]:
        """All routes."""
        return [self.target, *(each.route for each in self.factors)]

    def outer_product(self) -> tuple[Route, Route] | None:
        """The factor of the rows and that of the columns, where each depends on one alone."""
        if self.terms > 1 or len(self.factors) != 2:
            return None
        routes = [each.route for each in self.factors]
        if any(route.table or route.memory is not Memory.SLOTS for route in routes):
            return None
        for row, column in (routes, routes[::-1]):
            if not row.strides[1] and not column.strides[0]:
                return row, column
        return None
