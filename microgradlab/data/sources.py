"""Data sets by name: iris comes with the package, others inside scikit-learn. Floor 1.

All of them work without a network connection.
"""

from __future__ import annotations

from pathlib import Path

from microgradlab.data.dataset import Dataset
from microgradlab.data.schema import load_table
from microgradlab.data.shapes import circles, moons, spirals, xor, yin_yang
from microgradlab.errors import optional_import, unknown_name

# Fisher's 150 flowers (1936), as scikit-learn has them: rows 35 and 38 follow his paper, not the
# UCI archive, whose copy has known errors there.
IRIS = Path(__file__).parent / "bundled" / "iris.csv"

_SHAPES = {
    "moons": moons,
    "circles": circles,
    "spirals": spirals,
    "xor": xor,
    "yin_yang": yin_yang,
}
_SCIKIT_LEARN = ("wine", "breast_cancer", "digits", "diabetes")

NAMES = ("iris", *_SCIKIT_LEARN, *_SHAPES)


def load(name: str, seed: int = 0) -> Dataset:
    """A data set by its name; `NAMES` lists them.

    Args:
        name: iris, wine, breast_cancer or digits (classes), diabetes (a number to predict), or a
            generated shape: moons, circles, spirals, xor, yin_yang, 500 points each.
        seed: the seed of a generated shape.

    Raises:
        ArgumentError: no data set has this name; the nearest one is suggested.
        MissingExtraError: scikit-learn is needed and not installed.

    >>> load("iris").feature_names
    ('sepal_length', 'sepal_width', 'petal_length', 'petal_width')
    """
    if name in _SHAPES:
        return _SHAPES[name](seed=seed)
    if name == "iris":
        return load_table(IRIS, target="species")[0]
    if name in _SCIKIT_LEARN:
        return _from_scikit_learn(name)
    raise unknown_name("data set", name, NAMES)


def _from_scikit_learn(name: str) -> Dataset:
    datasets = optional_import("sklearn.datasets", extra="lab", purpose=f"the data set {name!r}")
    # In its own units, diabetes can be standardised on the training part alone.
    options = {"scaled": False} if name == "diabetes" else {}
    bunch = getattr(datasets, f"load_{name}")(**options)
    names = getattr(bunch, "target_names", None)
    classes = None if names is None else [str(label) for label in names]
    features, targets = bunch.data.tolist(), bunch.target.tolist()
    return Dataset(features, targets, [str(n) for n in bunch.feature_names], classes, name)
