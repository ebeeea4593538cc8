"""What training leaves for pictures: gradients and updates by layer, parameters by epoch. Floor 7.

A `Recorder` (recorder.py), a callback of `fit`, fills a `Recording`, which is saved in one file.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from microgradlab.documents import load_document, save_document
from microgradlab.errors import ArgumentError, CheckpointError
from microgradlab.meters import layer_of
from microgradlab.module import Module
from microgradlab.value import Value


@dataclass
class Recording:
    """A training run as columns, with one entry per epoch.

    Attributes:
        names: of the parameters, in the order of the frames' numbers.
        epochs: their numbers, from 1.
        updates: how many updates were recorded up to the end of each epoch.
        gradient_norms: by layer; the Euclidean norm of its gradient, before clipping, as the root
            mean square over the epoch's updates.
        update_ratios: by layer; how far its updates moved it, relative to its own norm, both as
            root mean squares over the epoch's updates. About 1e-3 is usual.
        frames: all parameters at the end of an epoch, by its number; 0 is before the first update.
            In a long run not every epoch has one.
        path: by name; the followed parameters before the first update and after each.
    """

    names: list[str]
    epochs: list[int] = field(default_factory=list)
    updates: list[int] = field(default_factory=list)
    gradient_norms: dict[str, list[float]] = field(default_factory=dict)
    update_ratios: dict[str, list[float]] = field(default_factory=dict)
    frames: dict[int, list[float]] = field(default_factory=dict)
    path: dict[str, list[float]] = field(default_factory=dict)

    def __len__(self) -> int:
        return len(self.epochs)

    def __repr__(self) -> str:
        return (
            f"Recording({len(self)} epochs of {len(self.names)} parameters, "
            f"{len(self.frames)} frames)"
        )

    @property
    def layers(self) -> dict[str, list[int]]:
        """The places of each layer's parameters among the names."""
        places: dict[str, list[int]] = {}
        for place, name in enumerate(self.names):
            places.setdefault(layer_of(name), []).append(place)
        return places

    def until(self, epoch: int) -> Recording:
        """A copy that ends with an epoch, for a run that is resumed from there."""
        count = len([known for known in self.epochs if known <= epoch])
        points = self.updates[count - 1] + 1 if count else 0
        return Recording(
            list(self.names),
            self.epochs[:count],
            self.updates[:count],
            {layer: norms[:count] for layer, norms in self.gradient_norms.items()},
            {layer: ratios[:count] for layer, ratios in self.update_ratios.items()},
            {
                known: list(frame)
                for known, frame in self.frames.items()
                if count and known <= epoch
            },
            {name: numbers[:points] for name, numbers in self.path.items()},
        )

    def frame(self, epoch: int) -> list[float]:
        """All parameters at the end of an epoch.

        Raises:
            ArgumentError: none was kept.
        """
        if epoch not in self.frames:
            raise ArgumentError(
                f"no frame was kept of epoch {epoch!r}",
                hint=f"these have one: {', '.join(map(str, self.frames)) or 'none'}",
            )
        return self.frames[epoch]

    @contextmanager
    def at(self, epoch: int, model: Module) -> Iterator[None]:
        """Sets a model back to the end of an epoch while a `with` block runs.

        Raises:
            ArgumentError: the epoch has no frame, or the model has other parameters.
        """
        frame, parameters = self.frame(epoch), self.checked_parameters(model)
        before = [parameter.data for parameter in parameters]
        try:
            for parameter, number in zip(parameters, frame, strict=True):
                parameter.data = number
            yield
        finally:
            for parameter, number in zip(parameters, before, strict=True):
                parameter.data = number

    def checked_parameters(self, model: Module) -> list[Value]:
        """The parameters of a model, if they are those that were recorded.

        Raises:
            ArgumentError: they are not.
        """
        named = dict(model.named_parameters())
        if list(named) != self.names:
            raise ArgumentError(
                f"the recording is of {len(self.names)} parameters ({', '.join(self.names[:2])}, "
                f"...), not of those of {model!r}",
                hint="give the model that was recorded, or one of the same architecture",
            )
        return list(named.values())

    def save(self, path: str | Path) -> None:
        """Writes the recording to a file, the whole of it or nothing.

        Args:
            path: ends in `.json`, or in `.safetensors` (extra `lab`).

        Raises:
            CheckpointError: the file name ends in something else.
            OSError: the file cannot be written; an older one stays as it was.
        """
        content = {
            "names": self.names,
            "epochs": self.epochs,
            "updates": self.updates,
            "layers": list(self.gradient_norms),
            "frame_epochs": list(self.frames),
            "followed": list(self.path),
            "gradient_norms": list(self.gradient_norms.values()),
            "update_ratios": list(self.update_ratios.values()),
            "frames": list(self.frames.values()),
            "path": list(self.path.values()),
        }
        save_document(path, "recording", content)

    @classmethod
    def load(cls, path: str | Path) -> Recording:
        """Reads a recording.

        Raises:
            CheckpointError: the file is truncated, damaged or foreign.
            OSError: there is no such file.
        """
        document = load_document(path, "recording")
        try:
            names, epochs, updates = (document[key] for key in ("names", "epochs", "updates"))
            layers = document["layers"]
            points = updates[-1] + 1 if updates else 0
            return cls(
                names,
                epochs,
                updates,
                _rows(document, "gradient_norms", layers, len(epochs)),
                _rows(document, "update_ratios", layers, len(epochs)),
                _rows(document, "frames", document["frame_epochs"], len(names)),
                _rows(document, "path", document["followed"], points),
            )
        except (KeyError, TypeError, ValueError) as error:
            raise CheckpointError(
                f"{path} lacks a part of the recording: {error}", "it may be damaged"
            ) from error


def _rows(
    document: Mapping[str, Any], name: str, labels: Sequence[Any], length: int
) -> dict[Any, list[float]]:
    """The rows of a matrix by their labels."""
    rows: dict[Any, list[float]] = dict(zip(labels, document[name], strict=True))
    if any(len(row) != length for row in rows.values()):
        raise ValueError(f"{name} has rows that are not {length} numbers long")
    return rows
