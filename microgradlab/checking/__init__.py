"""Gradient checking as a tool. Floor 7.

>>> from microgradlab import sin
>>> report = gradcheck(lambda x, y: x**2 * sin(y), 1.3, 0.2)
>>> bool(report)
True

`gradcheck` and `check_model` need mpmath; `assert_gradients` and `check_gradients`, for pytest
files, and the module `strategies` need Hypothesis as well: the extra `check` brings both.
"""

from __future__ import annotations

import importlib
from typing import TYPE_CHECKING, Any

from microgradlab.checking.gradcheck import check_model, gradcheck
from microgradlab.checking.report import GradientError, Report, Row, Verdict
from microgradlab.errors import optional_import

if TYPE_CHECKING:
    from microgradlab.checking import strategies
    from microgradlab.checking.testing import assert_gradients, check_gradients


def __getattr__(name: str) -> Any:
    if name in ("strategies", "assert_gradients", "check_gradients"):
        optional_import("hypothesis", extra="check", purpose=f"checking.{name}")
        if name == "strategies":
            return importlib.import_module("microgradlab.checking.strategies")
        return getattr(importlib.import_module("microgradlab.checking.testing"), name)
    raise AttributeError(f"module 'microgradlab.checking' has no attribute {name!r}")


__all__ = [
    "GradientError",
    "Report",
    "Row",
    "Verdict",
    "assert_gradients",
    "check_gradients",
    "check_model",
    "gradcheck",
    "strategies",
]
