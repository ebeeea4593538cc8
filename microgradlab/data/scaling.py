"""Standardisation: features of mean 0 and deviation 1, which train faster. Floor 1.

Means and deviations are fitted on the training part and applied to everything else, so that
nothing of the test part leaks into training.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass, replace
from typing import Any

from microgradlab.data.dataset import Dataset
from microgradlab.errors import ArgumentError, DataError


@dataclass(frozen=True)
class Standardisation:
    """A mean and a deviation per column: z = (x - mean) / deviation.

    >>> scaling = Standardisation.fit([[1.0, 5.0], [3.0, 5.0]])
    >>> scaling
    Standardisation(means=(2.0, 5.0), deviations=(1.0, 1.0))
    >>> scaling.apply([4.0, 5.0])
    (2.0, 0.0)
    >>> scaling.undo([2.0, 0.0])
    (4.0, 5.0)
    """

    means: tuple[float, ...]
    deviations: tuple[float, ...]

    @classmethod
    def fit(cls, rows: Iterable[Sequence[float]]) -> Standardisation:
        """Takes the mean and the population deviation of each column; a constant one keeps 1."""
        fitted = [_mean_and_deviation(column) for column in zip(*rows, strict=True)]
        return cls(tuple(mean for mean, _ in fitted), tuple(deviation for _, deviation in fitted))

    @classmethod
    def fit_column(cls, values: Iterable[float]) -> Standardisation:
        """The same for one column of numbers, such as the targets of a regression."""
        return cls.fit([(value,) for value in values])

    def apply(self, row: Sequence[float]) -> tuple[float, ...]:
        """One row, standardised."""
        columns = zip(self._checked(row), self.means, self.deviations, strict=True)
        return tuple((x - mean) / deviation for x, mean, deviation in columns)

    def undo(self, row: Sequence[float]) -> tuple[float, ...]:
        """One standardised row, back in its own units."""
        columns = zip(self._checked(row), self.means, self.deviations, strict=True)
        return tuple(z * deviation + mean for z, mean, deviation in columns)

    def to_dict(self) -> dict[str, list[float]]:
        """As plain lists, for JSON."""
        return {name: list(values) for name, values in asdict(self).items()}

    @classmethod
    def from_dict(cls, data: Mapping[str, Any]) -> Standardisation:
        """From what `to_dict` gave.

        Raises:
            DataError: it is not a standardisation.
        """
        try:
            return cls(tuple(data["means"]), tuple(data["deviations"]))
        except (KeyError, TypeError) as error:
            raise DataError(
                "this is not a standardisation",
                hint="give the dictionary that Standardisation.to_dict made",
            ) from error

    def _checked(self, row: Sequence[float]) -> Sequence[float]:
        if len(row) != len(self.means):
            raise ArgumentError(
                f"a row of {len(row)} numbers for a standardisation of {len(self.means)} columns",
                hint="give rows like those that it was fitted on",
            )
        return row


def standardise(
    data: Dataset, features: Standardisation, target: Standardisation | None = None
) -> Dataset:
    """The data set with its features standardised, and its targets too if `target` is given.

    Args:
        data: the training part, or any other.
        features: fitted on the features of the training part.
        target: fitted on the targets of the training part, for regression.

    Raises:
        ArgumentError: no standardisation is given, the targets are classes, or the columns do
            not fit.

    >>> train = Dataset([[1.0], [3.0]], [10.0, 30.0])
    >>> scaling = Standardisation.fit(train.features)
    >>> standardise(train, scaling).features
    ((-1.0,), (1.0,))
    """
    for scaling in [features] if target is None else [features, target]:
        if not isinstance(scaling, Standardisation):
            raise ArgumentError(
                f"standardise takes a Standardisation, not a {type(scaling).__name__}",
                hint="standardise(data, Standardisation.fit(train.features))",
            )
    targets = data.targets
    if target is not None:
        if data.classes is not None:
            raise ArgumentError(
                f"the targets of {data.name} are classes, which cannot be standardised",
                hint="give the standardisation of the features only",
            )
        targets = [target.apply((value,))[0] for value in targets]
    return replace(data, features=[features.apply(row) for row in data.features], targets=targets)


def _mean_and_deviation(column: Sequence[float]) -> tuple[float, float]:
    """The mean and the population deviation, as scikit-learn's StandardScaler."""
    if min(column) == max(column):  # rounding must not give a constant a deviation
        return column[0], 1.0
    total = squares = 0.0
    for x in column:
        total += x
    mean = total / len(column)
    for x in column:
        squares += (x - mean) * (x - mean)
    deviation = math.sqrt(squares / len(column))
    if not math.isfinite(deviation):
        raise DataError(
            f"a column from {min(column):g} to {max(column):g} is too wide to standardise",
            hint="divide it by a large number first",
        )
    return mean, deviation or 1.0
