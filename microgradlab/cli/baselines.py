"""What a network is compared with: a constant guess, and a linear model. Floor 9."""

from __future__ import annotations

import warnings
from typing import Any

from microgradlab.data import Dataset
from microgradlab.errors import optional_import


def baseline_scores(train: Dataset, test: Dataset) -> dict[str, dict[str, float]]:
    """Accuracy (classes) or R² (numbers) of scikit-learn's baselines, on both parts.

    Args:
        train: what they are fitted on, standardised like the network's.
        test: what they are measured on beside it.

    Returns:
        For "linear" and "dummy" the scores by part.
    """
    purpose = "a baseline to compare with"
    dummy = optional_import("sklearn.dummy", extra="lab", purpose=purpose)
    linear = optional_import("sklearn.linear_model", extra="lab", purpose=purpose)
    models: dict[str, Any] = {"linear": linear.LinearRegression(), "dummy": dummy.DummyRegressor()}
    if train.classes is not None:
        models = {
            "linear": linear.LogisticRegression(max_iter=1000),
            "dummy": dummy.DummyClassifier(strategy="most_frequent"),
        }
    scores = {}
    for name, model in models.items():
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # a baseline that has not quite converged will do
            model.fit(train.features, train.targets)
        scores[name] = {
            part: float(model.score(data.features, data.targets))
            for part, data in (("train", train), ("test", test))
        }
    return scores
