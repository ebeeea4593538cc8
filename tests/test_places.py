"""How messages name a line of code."""

from __future__ import annotations

import subprocess
import sys

import pytest

from microgradlab.places import place

NOTEBOOK = """
from IPython.core.interactiveshell import InteractiveShell
from microgradlab.places import place
shell = InteractiveShell.instance()
file = shell.compile.cache("x = 1\\ny = 2", number=5)
print(place(file, 2), place("/some/where/model.py", 7), sep=" / ")
"""


def test_a_line_of_a_file_is_named_by_the_file() -> None:
    assert place("/some/where/model.py", 7) == "model.py:7"


def test_a_line_of_a_notebook_is_named_by_its_cell() -> None:
    pytest.importorskip("IPython")
    command = [sys.executable, "-W", "ignore", "-c", NOTEBOOK]
    run = subprocess.run(command, capture_output=True, text=True, check=True)
    assert run.stdout.strip() == "cell In[5], line 2 / model.py:7"
