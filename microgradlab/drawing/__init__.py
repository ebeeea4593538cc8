"""Pictures of graphs. Floor 8.

>>> import microgradlab as mg
>>> picture = mg.draw(mg.Value(2.0, label="x") ** 2)
>>> picture.source.startswith("digraph")
True
"""

from __future__ import annotations

from microgradlab.drawing.picture import Picture, draw

__all__ = ["Picture", "draw"]
