"""What fills a recording as a model is trained. Floor 7."""

from __future__ import annotations

from collections.abc import Sequence
from typing import ClassVar

from microgradlab.checks import whole
from microgradlab.errors import ArgumentError, unknown_name
from microgradlab.events import Backpropagated, EpochEnded, Event, Initialized, Updated
from microgradlab.meters import LayerMeter
from microgradlab.module import Module
from microgradlab.recording import Recording
from microgradlab.value import Value

MAX_FRAMES = 60
"""At most this many epochs keep their parameters, and the last one besides."""

MAX_NUMBERS = 300_000
"""At most this many numbers are kept as frames, unless two frames have more: 2.4 MB."""


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
        wants: the events that compiled training is asked for.

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

    wants: ClassVar[frozenset[type[Event]]] = frozenset({Backpropagated, Updated})

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
