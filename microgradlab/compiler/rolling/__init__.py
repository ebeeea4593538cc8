"""Loops recovered from a flat program. Floor 4.

Chains of additions become sums of terms (`chains.py`); what is computed alike, and at the same
depth, becomes one statement over many items (`groups.py`), whose operands stand at a base with
strides where they can (`indices.py`) in the slots given out for them (`slots.py`). Where that would
be hundreds of small statements, they become a table of steps (`irregular.py`). So the number
of statements depends on the number of distinct layers, not of weights.
"""

from microgradlab.compiler.rolling.roll import rolled

__all__ = ["rolled"]
