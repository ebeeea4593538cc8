"""Pictures of graphs, and their forward and backward passes step by step. Floor 8.

>>> import microgradlab as mg
>>> picture = mg.draw(mg.Value(2.0, label="x") ** 2)
>>> picture.source.startswith("digraph")
True
"""

from __future__ import annotations

from microgradlab.drawing.captioned import Figure, figure
from microgradlab.drawing.causes.reason import Reason, why
from microgradlab.drawing.pictures.picture import Picture, draw
from microgradlab.drawing.stepper.explanation import Explanation, explain

__all__ = ["Explanation", "Figure", "Picture", "Reason", "draw", "explain", "figure", "why"]
