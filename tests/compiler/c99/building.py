"""The system's C compiler, as strict as it can be."""

from __future__ import annotations

import shutil

import pytest

_CC = shutil.which("cc")
needs_cc = pytest.mark.skipif(_CC is None, reason="there is no C compiler, cc")

_WARNINGS = ("-Wall", "-Wextra", "-pedantic", "-Wconversion", "-Wdouble-promotion", "-Wshadow")
# Without -fno-builtin the compiler works out sinh(2.0) itself, in more digits than the library.
_EXACT = ("-ffp-contract=off", "-fno-builtin")
COMMAND = (str(_CC), "-std=c99", "-O1", *_EXACT, *_WARNINGS, "-Werror")
