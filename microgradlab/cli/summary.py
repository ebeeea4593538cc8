"""What a run came to: scores beside baselines, and the verdict on them. Floor 10."""

from __future__ import annotations

from typing import Any

from microgradlab.cli.baselines import baseline_scores
from microgradlab.cli.recipe import METRICS_BY_TASK, Recipe
from microgradlab.cli.samples import Parts
from microgradlab.history import History
from microgradlab.metrics import evaluate
from microgradlab.nn import MLP

_AS_GOOD = 0.005  # a smaller lead over the linear baseline is no lead


def summary_of(
    recipe: Recipe, parts: Parts, model: MLP, history: History, seconds: float
) -> dict[str, Any]:
    """What summary.json holds.

    Args:
        recipe: of the run.
        parts: its data.
        model: with the weights of the best epoch.
        history: of its epochs.
        seconds: that the training took.
    """
    metrics = METRICS_BY_TASK[parts.train.task]
    scores = {
        part: parts.encoding.scores_in_units(evaluate(model, data, recipe.loss, metrics))
        for part, data in (
            ("train", parts.train),
            ("validation", parts.validation),
            ("test", parts.test),
        )
        if data is not None
    }
    best = history.best_index()
    return {
        "data": parts.train.name,
        "task": parts.train.task,
        "model": repr(model),
        "epochs": len(history),
        "best_epoch": None if best is None else int(history["epoch"][best]),
        "updates": int(history["updates"][-1]) if len(history) else 0,
        "seconds": round(seconds, 3),
        "scores": scores,
        "baselines": {metrics[0]: baseline_scores(parts.train, parts.test)},
    }


def score_rows(summary: dict[str, Any]) -> list[list[Any]]:
    """The network's scores and the baselines' as a table, its header first."""
    ((metric, baselines),) = summary["baselines"].items()
    scores = summary["scores"]
    shown = [part for part in ("train", "validation", "test") if part in scores]
    rows: list[list[Any]] = [[metric, *shown]]
    rows.append(["this network", *(scores[part][metric] for part in shown)])
    for name, title in (("linear", "linear model"), ("dummy", "best constant guess")):
        rows.append([title, *(baselines[name].get(part) for part in shown)])
    return rows


def verdict(summary: dict[str, Any]) -> str:
    """What the scores say about the network, in sentences."""
    ((metric, baselines),) = summary["baselines"].items()
    scores = summary["scores"]
    lead = scores["test"][metric] - baselines["linear"]["test"]
    guess = baselines["dummy"]["train"]
    said = f"The network is ahead of the linear model by {lead:.4f} on the test part."
    if scores["train"][metric] - guess <= _AS_GOOD * (1.0 - guess):  # the best score is 1
        said = (
            "The network has learned nothing: it is no better than a constant guess on its own "
            "training part.\nTry another --lr, more --epochs, or --clip-norm 1."
        )
    elif lead < -_AS_GOOD:
        said = "The linear model is better on the test part: prefer it, or "
        if scores["train"][metric] > baselines["linear"]["train"]:  # learned by heart
            said += "try --validation 0.2 --patience 10, or --l2 0.001."
        else:
            said += "train longer with --epochs."
    elif lead <= _AS_GOOD:
        said = "The linear model is as good on the test part: these data need no network."
    if "mean_absolute_error" in scores["test"]:
        error = scores["test"]["mean_absolute_error"]
        said += f"\nOn the test part it is off by {error:.4g} on average."
    return said
