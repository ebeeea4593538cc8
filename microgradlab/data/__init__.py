"""Data: sets by name, generated shapes, tables from CSV, batches. Floor 1.

>>> from microgradlab import data
>>> train, test = data.moons(100, noise=0.1, seed=0).split(0.8, seed=0)
>>> len(train), len(test)
(80, 20)
"""

from __future__ import annotations

from microgradlab.data.batching import batches
from microgradlab.data.dataset import Dataset
from microgradlab.data.describe import ColumnSummary, describe
from microgradlab.data.scaling import Standardisation, standardise
from microgradlab.data.schema import Schema, load_schema, load_table, save_schema
from microgradlab.data.shapes import circles, moons, spirals, xor, yin_yang
from microgradlab.data.sources import NAMES, load
from microgradlab.data.table import Table, read_csv

__all__ = [
    "NAMES",
    "ColumnSummary",
    "Dataset",
    "Schema",
    "Standardisation",
    "Table",
    "batches",
    "circles",
    "describe",
    "load",
    "load_schema",
    "load_table",
    "moons",
    "read_csv",
    "save_schema",
    "spirals",
    "standardise",
    "xor",
    "yin_yang",
]
