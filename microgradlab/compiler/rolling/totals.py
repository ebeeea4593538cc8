"""The gradients by parameters as sums over the samples. Floor 4."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from microgradlab.compiler.program import NONE, Ids, Program
from microgradlab.compiler.rolling.chains import Chains, Terms
from microgradlab.compiler.rolling.groups import equal_keys


@dataclass(frozen=True, eq=False)
class Totals:
    """The terms of each gradient, for the parameters that have one.

    Attributes:
        targets: the parameters.
        ids: their gradients of one sample.
        number: the sum that the gradient is, among the chains; `NONE` for a single term.
        count: the number of terms.
        kind: the kind of the terms.
        absorbed: whether an operation is computed inside of a total alone, by id.
        terms, chains: of the program.
    """

    targets: Ids
    ids: Ids
    number: Ids
    count: Ids
    kind: Ids
    absorbed: NDArray[np.bool_]
    terms: Terms
    chains: Chains

    @staticmethod
    def of(program: Program, terms: Terms, chains: Chains) -> Totals:
        """The totals of a program; none where it has no gradients."""
        targets = np.flatnonzero(program.gradients != NONE).astype(np.int32)
        ids = program.gradients[targets]
        numbers = program.leaves + len(program)
        alone = program.uses[ids] == 1  # the gradient is not needed by anything else
        sum_of = np.full(numbers, NONE, np.int32)
        sums = np.flatnonzero(chains.start == NONE)
        sum_of[chains.last[sums]] = sums
        number = np.where(alone, sum_of[ids], NONE).astype(np.int32)
        count, kind = np.ones(len(ids), np.int32), terms.kind[ids]
        is_sum = number != NONE
        count[is_sum] = chains.count[number[is_sum]]
        kind[is_sum] = chains.kind[number[is_sum]]
        absorbed = np.zeros(numbers, np.bool_)
        absorbed[ids[is_sum | (alone & (terms.y[ids] != NONE))]] = True
        return Totals(targets, ids, number, count, kind, absorbed, terms, chains)

    def groups(self, levels: NDArray[np.int32]) -> Iterator[tuple[Ids, Ids, Ids]]:
        """Totals of one form, whose second factors, if any, are at the same depth.

        Args:
            levels: the depth of each number, by id.

        Yields:
            The parameters, and the factors x and y of their terms, one row per parameter.
        """
        single = self.number == NONE
        begin = np.zeros(len(self.ids), np.int32)
        begin[~single] = self.chains.first[self.number[~single]]
        first = self.ids.copy()
        first[~single] = self.chains.terms[begin[~single]]
        y = self.terms.y[first]
        depth = np.where(y == NONE, NONE, levels[y])  # that of a layer's inputs
        for _, members in reversed([*equal_keys((depth, self.count, self.kind, single))]):
            ids = self.ids[members][:, None]
            if single[members[0]]:
                x, y = self.terms.x[ids], self.terms.y[ids]
            else:
                places = begin[members][:, None] + np.arange(self.count[members[0]])
                x, y = (factor[places] for factor in self.chains.factors)
            yield self.targets[members], x, y
