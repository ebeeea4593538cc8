"""Pictures of training, in Matplotlib. Floor 8.

>>> from microgradlab import MLP, data, fit, optim
>>> from microgradlab.recorder import Recorder
>>> moons, model = data.moons(50, noise=0.1, seed=0), MLP(2, [8, 1], seed=0)
>>> recorder = Recorder(model)
>>> adam = optim.Adam(model.parameters(), lr=0.02)
>>> history = fit(model, moons, "hinge", adam, epochs=5, batch_size=10, callbacks=[recorder])
>>> for plot in (curves(history), boundaries(model, moons, recorder), gradient_norms(recorder)):
...     print(plot.axes[0].get_title())
cost by epoch
epoch 0: accuracy 0.58
gradient by layer

A plot is a Matplotlib figure that shows itself in notebooks; `plot.save("cost.svg")` writes it, and
its axes are there to be changed. Where it says `ax=`, a plot goes into axes of your own. A run
folder serves for history and recording: `curves("runs/iris-001")`.
"""

from __future__ import annotations

from microgradlab.plots.boundaries import boundaries, boundary
from microgradlab.plots.confusion import confusion
from microgradlab.plots.curves import curves, gradient_norms, update_ratios
from microgradlab.plots.diagnosis import diagnose
from microgradlab.plots.histograms import activations, weights
from microgradlab.plots.panels import panels
from microgradlab.plots.series import lines
from microgradlab.plots.surface import cost_surface

__all__ = [
    "activations",
    "boundaries",
    "boundary",
    "confusion",
    "cost_surface",
    "curves",
    "diagnose",
    "gradient_norms",
    "lines",
    "panels",
    "update_ratios",
    "weights",
]
