"""`microgradlab steps`: the seven steps of the first updates, with their numbers. Floor 9."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from microgradlab.cli.console import Console
from microgradlab.cli.recipe import Recipe
from microgradlab.cli.samples import load_source, prepare
from microgradlab.data import Dataset
from microgradlab.events import (
    Backpropagated,
    BatchCost,
    EpochEnded,
    Event,
    Initialized,
    Predicted,
    SampleLoss,
    Updated,
)
from microgradlab.training import train

_SHOWN = 4  # parameters that are followed


def steps(recipe: Recipe, updates: int, console: Console) -> None:
    """Prints the seven steps of the first updates.

    Args:
        recipe: what to train, and how.
        updates: after how many updates to stop.
        console: where to write.
    """
    data, schema = load_source(recipe)
    recipe = recipe.settled(data)
    part = prepare(recipe, data, schema).train
    model = recipe.model(part)
    narrator = _Narrator(recipe, part)
    events = train(
        model,
        part,
        recipe.loss,
        recipe.optimizer_for(model, part),
        epochs=recipe.epochs,
        batch_size=recipe.batch_size,
        seed=recipe.seed,
        penalty=recipe.penalty(),
        clip=recipe.clip,
    )
    records = []
    for event in events:
        text = narrator.tell(event)
        if text and not console.as_json:
            console.result(text, None)
        if console.as_json:
            records.append({"event": type(event).__name__, **_plain(event)})
        if isinstance(event, Updated) and event.update >= updates:
            break
    if console.as_json:
        console.result("", records)
    else:
        console.result(narrator.closing(updates), None)


class _Narrator:
    """Tells each event in words; what must be remembered between events is here."""

    def __init__(self, recipe: Recipe, data: Dataset) -> None:
        self.recipe = recipe
        self.data = data
        self.followed: list[str] = []  # names of the parameters that are shown
        self.outputs: list[str] = []  # lines of step 2, kept until the batch is complete
        self.losses: list[str] = []  # lines of step 3, likewise

    def tell(self, event: Event) -> str:
        """The event in words; nothing where the batch is told later as a whole."""
        match event:
            case Initialized():
                return self._initialized(event)
            case Predicted():
                self.outputs.append(
                    f"    sample {event.sample}: ({_row(event.features)}) "
                    f"-> {_outputs(event.prediction)}, wanted: {self._target(event.target)}"
                )
            case SampleLoss():
                self.losses.append(
                    f"    sample {event.sample}: {self.recipe.loss} = {event.loss.data:.6f}"
                )
            case BatchCost():
                return self._batch(event)
            case Backpropagated():
                return self._backpropagated(event)
            case Updated():
                return self._updated(event)
            case EpochEnded():
                return (
                    f"\nStep 7  the loop: epoch {event.epoch} is over; every sample was used "
                    f"once, in {event.updates} updates so far; mean cost {event.cost:.6f}"
                )
        return ""

    def closing(self, updates: int) -> str:
        per_epoch = self.recipe.updates_per_epoch(self.data)
        total = per_epoch * self.recipe.epochs
        return (
            f"\nStep 7  the loop: steps 2 to 6 again, batch after batch. {len(self.data)} samples "
            f"in batches of {self.recipe.batch_size or len(self.data)} make {per_epoch} updates "
            f"per epoch, {total:,} in {self.recipe.epochs} epochs; "
            f"these were the first {updates}.\n"
            f"\nLet it run: microgradlab train {self.recipe.data}"
        )

    def _initialized(self, event: Initialized) -> str:
        names = list(event.parameters)
        self.followed = [*names[: _SHOWN - 1], names[-1]][: len(names)]
        lines = "\n".join(f"    {name} = {event.parameters[name]:+.6f}" for name in self.followed)
        return (
            f"{self.data!r}, standardised\n\n"
            f"Step 1  weight initialisation: random weights, biases 0; the network knows nothing\n"
            f"    {event.model}\n    scheme {event.scheme}, seed {event.seed}\n{lines}\n"
            f"    and {len(names) - len(self.followed)} more"
        )

    def _batch(self, event: BatchCost) -> str:
        losses = " + ".join(f"{loss.data:.6f}" for loss in event.losses)
        penalty = "" if event.penalty is None else f" + penalty {event.penalty.data:.6f}"
        lines = [
            f"\n--- epoch {event.epoch}, batch {event.batch} ---",
            "Step 2  forward pass: what the network says about each sample",
            *self.outputs,
            "Step 3  loss: how wrong that is, sample by sample",
            *self.losses,
            "Step 4  cost: one number for the batch, the mean of its losses",
            f"    ({losses}) / {len(event.losses)}{penalty} = {event.cost.data:.6f}",
        ]
        self.outputs, self.losses = [], []
        return "\n".join(lines)

    def _backpropagated(self, event: Backpropagated) -> str:
        lines = [
            "Step 5  backpropagation: how the cost changes with each parameter, by the chain rule",
            *(f"    ∂cost/∂{name} = {event.gradients[name]:+.6f}" for name in self.followed),
            f"    and {len(event.gradients) - len(self.followed)} more",
        ]
        return "\n".join(lines)

    def _updated(self, event: Updated) -> str:
        lines = [
            f"Step 6  parameter update: {self.recipe.optimizer}, learning rate {event.lr:g}",
            *(
                f"    {name}: {event.before[name]:+.6f} -> {event.after[name]:+.6f}"
                f"   (moved by {event.after[name] - event.before[name]:+.6f})"
                for name in self.followed
            ),
        ]
        return "\n".join(lines)

    def _target(self, target: float) -> str:
        return f"{target:.4g}" if self.data.classes is None else self.data.classes[int(target)]


def _row(numbers: Sequence[float]) -> str:
    shown = ", ".join(f"{number:+.2f}" for number in numbers[:6])
    return shown + (f", ... {len(numbers)} in all" if len(numbers) > 6 else "")


def _outputs(prediction: Any) -> str:
    outputs = prediction if isinstance(prediction, list) else [prediction]
    return "[" + ", ".join(f"{float(output):+.4f}" for output in outputs) + "]"


def _plain(event: Event) -> dict[str, Any]:
    """The event's fields as numbers and texts, for JSON."""
    return {name: _number(getattr(event, name)) for name in type(event).__slots__}


def _number(field: Any) -> Any:
    if isinstance(field, (list, tuple)):
        return [_number(item) for item in field]
    if isinstance(field, Mapping):
        return dict(field)
    return field if isinstance(field, (int, str, type(None))) else float(field)
