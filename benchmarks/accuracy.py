"""Test accuracy with the command line's defaults: `python -m benchmarks.accuracy [DATA ...]`.

Prints the mean over seeds 0 to 9, which decide split, weights and order, beside a linear model's.
The defaults were chosen on other seeds, from 10 up, so these are held out.
"""

from __future__ import annotations

import sys
from collections.abc import Sequence
from concurrent.futures import ProcessPoolExecutor
from itertools import product

from microgradlab.cli.baselines import baseline_scores
from microgradlab.cli.recipe import Recipe
from microgradlab.cli.samples import load_source, prepare
from microgradlab.fitting import fit
from microgradlab.metrics import evaluate

DATA = ("iris", "wine", "breast_cancer", "moons", "digits")
SEEDS = range(10)


def accuracies(name: str, seed: int) -> tuple[float, float]:
    """Test accuracy of the network and of the linear baseline, as `microgradlab train` has them."""
    recipe = Recipe(name, seed=seed)
    source = load_source(recipe)
    recipe = recipe.settled(source.data)
    parts = prepare(recipe, source)
    model = recipe.model(parts.train)
    fit(
        model,
        parts.train,
        recipe.loss,
        recipe.optimizer_for(model, parts.train),
        epochs=recipe.epochs,
        batch_size=recipe.batch_size,
        seed=recipe.seed,
        keep_best=True,
    )
    network = evaluate(model, parts.test, recipe.loss, ["accuracy"])["accuracy"]
    return network, baseline_scores(parts.train, parts.test)["linear"]["test"]


def main(names: Sequence[str]) -> None:
    """Measures the data sets and prints a table in Markdown."""
    names = names or DATA
    print("| data | network, mean | lowest of 10 | linear model, mean |")
    print("|---|---|---|---|")
    with ProcessPoolExecutor() as pool:
        runs = list(product(names, SEEDS))
        scores = iter(list(pool.map(accuracies, *zip(*runs, strict=True))))
    for name in names:
        network, linear = zip(*(next(scores) for _ in SEEDS), strict=True)
        mean, baseline = sum(network) / len(network), sum(linear) / len(linear)
        print(f"| {name} | {mean:.2%} | {min(network):.2%} | {baseline:.2%} |")


if __name__ == "__main__":
    main(sys.argv[1:])
