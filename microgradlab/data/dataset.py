"""The data set: rows of features, a target for each, and the names that go with them. Floor 1."""

from __future__ import annotations

import math
import random
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from typing import Any, Literal

from microgradlab.errors import ArgumentError, DataError

Task = Literal["regression", "binary", "multiclass"]


@dataclass(frozen=True, repr=False)
class Dataset:
    """Samples to learn from: features and targets, checked when made, immutable afterwards.

    Args:
        features: n rows of as many finite numbers each; kept as tuples of floats.
        targets: n numbers; a class is given by its index in `classes`, from 0.
        feature_names: one name per column; x1, x2, ... when not given.
        classes: the names of the classes; None when the targets are numbers to predict.
        name: what error messages and pictures call it.

    Raises:
        DataError: empty, of unequal lengths, not numbers, nan or infinite, or no such class.

    >>> data = Dataset([[0.0, 1.0], [1.0, 1.0]], [0, 1], classes=("no", "yes"))
    >>> data.inputs, data.outputs, data.task
    (2, 1, 'binary')
    >>> data[1]
    ((1.0, 1.0), 1)
    """

    features: Sequence[Sequence[float]]
    targets: Sequence[float]
    feature_names: Sequence[str] = ()
    classes: Sequence[str] | None = None
    name: str = "data"

    def __post_init__(self) -> None:
        features = _checked_features(self.features, self.name, tuple(self.feature_names))
        names = tuple(self.feature_names) or tuple(f"x{i + 1}" for i in range(len(features[0])))
        if len(self.targets) != len(features):
            raise DataError(
                f"{self.name}: {len(features)} rows of features and {len(self.targets)} targets",
                hint="give one target for each row",
            )
        classes = None if self.classes is None else tuple(self.classes)
        if classes is None:
            targets: tuple[float, ...] = _checked_numbers(self.targets, f"{self.name}: targets")
        else:
            targets = _checked_classes(self.targets, classes, self.name)
        # The data class is frozen, so the checked tuples go in by the back door.
        object.__setattr__(self, "features", features)
        object.__setattr__(self, "targets", targets)
        object.__setattr__(self, "feature_names", names)
        object.__setattr__(self, "classes", classes)

    @classmethod
    def of(
        cls,
        features: Iterable[Iterable[float]],
        targets: Iterable[float | str],
        *,
        feature_names: Iterable[str] = (),
        name: str = "data",
    ) -> Dataset:
        """Makes a data set from lists or arrays; targets that are text or integers are classes.

        The classes are the distinct targets, sorted. Targets with a float among them are numbers
        to predict, so integers that count something are given as floats.

        >>> Dataset.of([[1.0], [2.0], [3.0]], ["low", "low", "high"])
        Dataset 'data': 3 samples, 1 feature, 2 classes (high 1, low 2)
        >>> Dataset.of([[1.0], [2.0], [3.0]], [0.5, 1.0, 1.5]).task
        'regression'
        """
        rows, labels = _plain(features), [_plain(target) for target in _plain(targets)]
        names = tuple(feature_names)
        kinds = {str if isinstance(label, str) else type(label) for label in labels}
        if kinds not in ({str}, {int}, {bool}):
            return cls(rows, labels, names, name=name)
        found = sorted(set(labels))
        index = {label: number for number, label in enumerate(found)}
        targets_ = [index[label] for label in labels]
        return cls(rows, targets_, names, [str(label) for label in found], name)

    def __len__(self) -> int:
        return len(self.features)

    def __getitem__(self, index: int) -> tuple[Sequence[float], float]:
        return self.features[index], self.targets[index]

    def __iter__(self) -> Iterator[tuple[Sequence[float], float]]:
        return zip(self.features, self.targets, strict=True)

    def __repr__(self) -> str:
        features = "1 feature" if self.inputs == 1 else f"{self.inputs} features"
        if self.classes is None:
            what = f"targets from {min(self.targets):g} to {max(self.targets):g}"
        else:
            counts = (f"{c} {self.targets.count(i)}" for i, c in enumerate(self.classes))
            what = f"{len(self.classes)} classes ({', '.join(counts)})"
        return f"Dataset {self.name!r}: {len(self)} samples, {features}, {what}"

    @property
    def inputs(self) -> int:
        """The number of features: the inputs that a network takes."""
        return len(self.features[0])

    @property
    def outputs(self) -> int:
        """The outputs of a network: one per class; two classes and numbers need just one."""
        return len(self.classes) if self.classes is not None and len(self.classes) > 2 else 1

    @property
    def task(self) -> Task:
        """What there is to predict: a number, one of two classes, or one of several."""
        if self.classes is None:
            return "regression"
        return "binary" if len(self.classes) == 2 else "multiclass"

    def subset(self, indices: Iterable[int]) -> Dataset:
        """The samples at these indices, in their order."""
        chosen = list(indices)
        return replace(
            self,
            features=[self.features[i] for i in chosen],
            targets=[self.targets[i] for i in chosen],
        )

    def split(self, fraction: float = 0.8, seed: int = 0) -> tuple[Dataset, Dataset]:
        """Parts the samples at random in two, with the classes in the same proportions.

        Each class of two or more samples is in both parts; a single sample goes to the first.

        Args:
            fraction: the share of the first part, between 0 and 1.
            seed: the same seed gives the same parts.

        Raises:
            ArgumentError: the fraction is not between 0 and 1.
            DataError: there are too few samples for two parts.

        >>> data = Dataset.of([[float(i)] for i in range(10)], [0] * 5 + [1] * 5)
        >>> first, second = data.split(0.8)
        >>> second
        Dataset 'data': 2 samples, 1 feature, 2 classes (0 1, 1 1)
        """
        first, second = self.split_indices(fraction, seed)
        return self.subset(first), self.subset(second)

    def split_indices(self, fraction: float = 0.8, seed: int = 0) -> tuple[list[int], list[int]]:
        """The indices of the samples in the two parts of `split`, each in their order."""
        if not 0.0 < fraction < 1.0:
            raise ArgumentError(
                f"the fraction of a split is {fraction!r}", hint="give a share such as 0.8"
            )
        rng = random.Random(f"split/{seed}")
        groups: dict[float, list[int]] = {}
        for index, target in enumerate(self.targets):
            groups.setdefault(0 if self.classes is None else target, []).append(index)
        first: list[int] = []
        second: list[int] = []
        for _, group in sorted(groups.items()):
            rng.shuffle(group)
            count = min(max(math.floor(fraction * len(group) + 0.5), 1), max(len(group) - 1, 1))
            first += group[:count]
            second += group[count:]
        if not second:
            raise DataError(
                f"{self.name}: no class has two samples, so there is nothing to split",
                hint="give more samples",
            )
        return sorted(first), sorted(second)


def _plain(values: Any) -> Any:
    """Arrays and array scalars as Python's own lists and numbers, without importing NumPy."""
    return values.tolist() if hasattr(values, "tolist") else values


def _checked_features(
    features: Iterable[Any], name: str, names: tuple[str, ...]
) -> tuple[tuple[float, ...], ...]:
    rows = []
    for i, row in enumerate(_plain(features)):
        row = _plain(row)
        if isinstance(row, str) or not isinstance(row, Iterable):
            raise DataError(
                f"{name}: features[{i}] is {row!r}, not a row of numbers",
                hint="give one row for each sample, as in [[1.0], [2.0]]",
            )
        rows.append(tuple(row))
    if not rows or not rows[0]:
        raise DataError(
            f"{name} has no {'features' if rows else 'samples'}", hint="give at least one"
        )
    if names and len(names) != len(rows[0]):
        raise DataError(
            f"{name}: {len(names)} feature names for rows of {len(rows[0])} numbers",
            hint="give one name for each column",
        )
    for i, row in enumerate(rows):
        if len(row) != len(rows[0]):
            raise DataError(
                f"{name}: features[{i}] has {len(row)} numbers, features[0] has {len(rows[0])}",
                hint="give all rows the same length",
            )
    return tuple(
        _checked_numbers(row, f"{name}: features[{i}]", names) for i, row in enumerate(rows)
    )


def _checked_numbers(
    values: Sequence[Any], where: str, names: Sequence[str] = ()
) -> tuple[float, ...]:
    numbers = []
    for j, value in enumerate(map(_plain, values)):
        try:
            # Text such as "1.5" would pass float(), but then it is a mistake in reading a file.
            number = float(value) if hasattr(value, "__float__") else math.nan
            what = "" if math.isfinite(number) else f"{value!r}, not a finite number"
        except OverflowError:
            what = "an integer beyond the floats"
        if what:
            column = f" (the feature {names[j]!r})" if names else ""
            raise DataError(
                f"{where}[{j}]{column} is {what}", hint="mend the value or leave the row out"
            )
        numbers.append(number)
    return tuple(numbers)


def _checked_classes(
    targets: Sequence[Any], classes: tuple[str, ...], name: str
) -> tuple[int, ...]:
    if len(classes) < 2:
        raise DataError(
            f"{name} has only the class {', '.join(classes) or 'none'}: nothing to tell apart",
            hint="give samples of at least two classes",
        )
    indices = [_plain(target) for target in targets]
    for i, index in enumerate(indices):
        if not isinstance(index, int) or not 0 <= index < len(classes):
            raise DataError(
                f"{name}: targets[{i}] is {index!r}, not the index of a class",
                hint=f"give an integer from 0 to {len(classes) - 1}, or use Dataset.of",
            )
    return tuple(int(index) for index in indices)
