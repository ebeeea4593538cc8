"""`microgradlab steps`: the seven steps of the first updates, with their numbers. Floor 11."""

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
from microgradlab.metrics import predicted_class
from microgradlab.training import train

_SHOWN = 4  # parameters that are followed
_NAMED = 12  # inputs and outputs that are listed
_SUMMED = 6  # losses that are written out in the sum of step 4


def steps(recipe: Recipe, updates: int, console: Console) -> None:
    """Prints the seven steps of the first updates.

    Args:
        recipe: what to train, and how.
        updates: after how many updates to stop.
        console: where to write.
    """
    source, command = load_source(recipe), recipe.command()
    recipe = recipe.settled(source.data)
    part = prepare(recipe, source).train
    model = recipe.model(part)
    narrator = _Narrator(recipe, part, command)
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
        if console.as_json:
            records.append({"event": type(event).__name__, **_plain(event)})
        elif text:
            console.result(text, None)
        if isinstance(event, Updated) and event.update >= updates:
            break
    console.result(narrator.closing(), {"events": records})


class _Narrator:
    """Tells each event in words; what must be remembered between events is here."""

    def __init__(self, recipe: Recipe, data: Dataset, command: str) -> None:
        self.recipe = recipe
        self.data = data
        self.command = command  # that trains the same to the end
        self.followed: list[str] = []  # names of the parameters that are shown
        self.hidden = 0  # how many others there are
        self.outputs: list[str] = []  # lines of step 2, kept until the batch is complete
        self.losses: list[str] = []  # lines of step 3, likewise
        self.updates = 0  # so far

    def tell(self, event: Event) -> str:
        """The event in words; nothing where the batch is told later as a whole."""
        match event:
            case Initialized():
                return self._initialized(event)
            case Predicted():
                self.outputs.append(
                    f"    sample {event.sample}: ({_row(event.features)}) "
                    f"-> {_outputs(event.prediction)}{self._says(event.prediction)}, "
                    f"wanted: {self._target(event.target)}"
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
                    f"\nStep 7  the loop: epoch {event.epoch} is over, every sample was used once; "
                    f"mean cost {event.cost:.6f}"
                )
        return ""

    def closing(self) -> str:
        """The last words: how the loop goes on, and the command that lets it."""
        per_epoch = self.recipe.updates_per_epoch(self.data)
        size = min(self.recipe.batch_size or len(self.data), len(self.data))
        return (
            "\nStep 7  the loop: steps 2 to 6 again, batch after batch\n"
            f"    updates per epoch: {per_epoch} ({len(self.data)} samples in batches of {size})\n"
            f"    updates in all: {per_epoch * self.recipe.epochs} (epochs: {self.recipe.epochs}); "
            f"shown here: {self.updates}\n"
            f"\nLet it run: {self.command}"
        )

    def _initialized(self, event: Initialized) -> str:
        names = list(event.parameters)
        self.followed = [*names[: _SHOWN - 1], names[-1]][: len(names)]
        self.hidden = len(names) - len(self.followed)
        lines = "\n".join(f"    {name} = {event.parameters[name]:+.6f}" for name in self.followed)
        return (
            f"{self.data!r}, standardised\n"
            f"inputs: {_list(self.data.feature_names)}\noutputs: {self._meaning()}\n\n"
            "Step 1  weight initialisation: where the search starts; nothing is learned yet\n"
            f"    {event.model}\n"
            f"    weights drawn by the scheme {event.scheme} with seed {event.seed}, biases 0\n"
            f"{lines}{self._more()}"
        )

    def _batch(self, event: BatchCost) -> str:
        losses = [f"{loss.data:.6f}" for loss in event.losses]
        if len(losses) > _SUMMED:
            losses[_SUMMED - 1 : -1] = ["..."]
        penalty = "" if event.penalty is None else f" + {event.penalty.data:.6f}"
        also = " + the penalty" if penalty else ""
        lines = [
            f"\n--- epoch {event.epoch}, batch {event.batch} ---",
            "Step 2  forward pass: what the network says about each sample, (inputs) -> [outputs]",
            *self.outputs,
            "Step 3  loss: how wrong that is, sample by sample",
            *self.losses,
            f"Step 4  cost: one number for the batch, the mean of its losses{also}",
            f"    ({' + '.join(losses)}) / {len(event.losses)}{penalty} = {event.cost.data:.6f}",
        ]
        self.outputs, self.losses = [], []
        return "\n".join(lines)

    def _backpropagated(self, event: Backpropagated) -> str:
        lines = [
            "Step 5  backpropagation: how the cost changes with each parameter, by the chain rule",
            *(f"    ∂cost/∂{name} = {event.gradients[name]:+.6f}" for name in self.followed),
        ]
        return "\n".join(lines) + self._more()

    def _updated(self, event: Updated) -> str:
        self.updates = event.update
        is_clipped = self.recipe.clip_norm or self.recipe.clip_value
        clipped = ", gradients clipped first" if is_clipped else ""
        how = f"{self.recipe.optimizer}, learning rate {event.lr:g}{clipped}"
        if event.update == 1 and self.recipe.optimizer.startswith("adam"):
            how += "\n    (Adam's first step is the learning rate, against the gradient's sign)"
        lines = [
            f"Step 6  parameter update: {how}",
            *(
                f"    {name}: {event.before[name]:+.6f} -> {event.after[name]:+.6f}"
                f"   (moved by {event.after[name] - event.before[name]:+.6f})"
                for name in self.followed
            ),
        ]
        return "\n".join(lines) + self._more()

    def _more(self) -> str:
        return f"\n    and {self.hidden} more" if self.hidden else ""

    def _meaning(self) -> str:
        """What the network's outputs stand for."""
        classes = self.data.classes
        if classes is None:
            return "the number to predict, standardised"
        if len(classes) == 2 and self.recipe.loss != "cross_entropy":
            return f"one logit, below 0 for {classes[0]} and above 0 for {classes[1]}"
        return f"one logit each for {_list(classes)}; the largest wins"

    def _says(self, prediction: Any) -> str:
        classes = self.data.classes
        return "" if classes is None else f" says {classes[predicted_class(prediction)]}"

    def _target(self, target: float) -> str:
        return f"{target:.4g}" if self.data.classes is None else self.data.classes[int(target)]


def _row(numbers: Sequence[float]) -> str:
    shown = ", ".join(f"{number:+.2f}" for number in numbers[:6])
    return shown + (f", ... {len(numbers)} in all" if len(numbers) > 6 else "")


def _list(names: Sequence[str]) -> str:
    return ", ".join(names[:_NAMED]) + (f", ... {len(names)} in all" if len(names) > _NAMED else "")


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
