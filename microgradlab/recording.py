"""What training leaves for pictures: gradients and updates by layer, parameters by epoch. Floor 7.

A `Recorder` is a callback of `fit`; what it gathers is a `Recording`, which is saved in one file.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from microgradlab.checks import whole
from microgradlab.documents import load_document, save_document
from microgradlab.errors import ArgumentError, CheckpointError, unknown_name
from microgradlab.events import Backpropagated, EpochEnded, Event, Initialized, Updated
from microgradlab.meters import LayerMeter, layer_of
from microgradlab.module import Module
from microgradlab.value import Value

MAX_FRAMES = 60
"""At most this many epochs keep their parameters, and the last one besides."""

MAX_NUMBERS = 300_000
"""At most this many numbers are kept as frames, unless two frames have more: 2.4 MB."""


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


class Recorder:
    """Fills a recording as a model is trained: a callback of `fit`.

    Args:
        model: the model that is trained.
        path: names of parameters to follow from update to update.
        frames: at most so many epochs keep their parameters, and the first and last besides: when
            there are more, every other one is dropped.
        numbers: a limit for what the frames hold together; first and last are always kept.
        recording: one to go on with, of a run that is resumed; with the same arguments it ends
            with the same bits as one that was never stopped.

    Attributes:
        recording: what was recorded up to the end of the last epoch.

    Raises:
        ArgumentError: an argument cannot be used, or the recording is of another model.

    >>> from microgradlab import MLP, data, fit, optim
    >>> moons, model = data.moons(50, noise=0.1, seed=0), MLP(2, [4, 1], seed=0)
    >>> recorder = Recorder(model)
    >>> adam = optim.Adam(model.parameters(), lr=0.05)
    >>> history = fit(model, moons, "hinge", adam, epochs=3, callbacks=[recorder])
    >>> recorder.recording
    Recording(3 epochs of 17 parameters, 4 frames)
    >>> list(recorder.recording.gradient_norms)
    ['layers.0', 'layers.1']
    """

    def __init__(
        self,
        model: Module,
        *,
        path: Sequence[str] = (),
        frames: int = MAX_FRAMES,
        numbers: int = MAX_NUMBERS,
        recording: Recording | None = None,
    ) -> None:
        names = [name for name, _ in model.named_parameters()]
        if not names:
            raise ArgumentError(f"{type(model).__name__} has no parameters to record")
        for name in path:
            if name not in names:
                raise unknown_name("parameter", name, names)
        self._limit = max(1, min(whole("frames", frames), whole("numbers", numbers) // len(names)))
        if recording is None:
            recording = Recording(names, path={name: [] for name in path})
            recording.gradient_norms = {layer: [] for layer in recording.layers}
            recording.update_ratios = {layer: [] for layer in recording.layers}
        elif path and list(path) != list(recording.path):
            raise ArgumentError(
                f"the recording follows {', '.join(recording.path) or 'no parameters'}, "
                f"not {', '.join(path)}",
                hint="go on with the parameters that it follows",
            )
        self.recording = recording
        self._parameters = recording.checked_parameters(model)
        self._meters = {
            layer: LayerMeter([self._parameters[place] for place in places])
            for layer, places in recording.layers.items()
        }
        self._followed = [self._parameters[names.index(name)] for name in recording.path]
        self._points: list[list[float]] = []  # of the followed parameters, in this epoch

    def __call__(self, event: Event) -> None:
        """Takes in an event; all but four kinds pass by."""
        match event:
            case Initialized():
                self._start_run()
            case Backpropagated():
                self._record_gradients(event.epoch)
            case Updated():
                self._record_update()
            case EpochEnded():
                self._end_epoch(event.epoch)

    def _start_run(self) -> None:
        self._start_epoch()
        self._start = _numbers(self._parameters)
        if self.recording.epochs:
            self._keep_frame()  # a recording that was cut back may have lost this one
        else:
            self._points.append(_numbers(self._followed))

    def _start_epoch(self) -> None:
        self._updates = self.recording.updates[-1] if self.recording.updates else 0
        self._points.clear()
        for meter in self._meters.values():
            meter.start_epoch()

    def _record_gradients(self, epoch: int) -> None:
        epochs = self.recording.epochs
        if epochs and epoch != epochs[-1] + 1:
            raise ArgumentError(
                f"the recording ends with epoch {epochs[-1]}, and training is in epoch {epoch}",
                hint="take a new Recorder for a new run; for one that is resumed, cut the "
                f"recording back: Recorder(model, recording=recording.until({epoch - 1}))",
            )
        for meter in self._meters.values():
            meter.record_gradient()

    def _record_update(self) -> None:
        self._updates += 1
        for meter in self._meters.values():
            meter.record_update()
        self._points.append(_numbers(self._followed))

    def _end_epoch(self, epoch: int) -> None:
        recording = self.recording
        if not recording.epochs:
            recording.frames[epoch - 1] = self._start
        recording.epochs.append(epoch)
        recording.updates.append(self._updates)
        for layer, meter in self._meters.items():
            recording.gradient_norms[layer].append(meter.gradient_norm())
            recording.update_ratios[layer].append(meter.update_ratio())
        for column, numbers in enumerate(recording.path.values()):
            numbers += [point[column] for point in self._points]
        self._keep_frame()
        self._start_epoch()

    def _keep_frame(self) -> None:
        """Keeps the last epoch's parameters; of others, in a long run, every 2nd, 4th, 8th, ..."""
        frames, last = self.recording.frames, self.recording.epochs[-1]
        frames[last] = _numbers(self._parameters)
        stride = 1
        while last // stride + 1 > self._limit:
            stride *= 2
        kept = {min(frames), last}
        for epoch in [epoch for epoch in frames if epoch % stride and epoch not in kept]:
            del frames[epoch]


def _numbers(parameters: Sequence[Value]) -> list[float]:
    return [parameter.data for parameter in parameters]
