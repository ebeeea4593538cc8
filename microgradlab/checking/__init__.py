"""Gradient checking as a tool. Floor 7.

>>> from microgradlab import sin
>>> report = gradcheck(lambda x, y: x**2 * sin(y), 1.3, 0.2)
>>> bool(report)
True

A report is a table with a row for each derivative. *Analytic* is the derivative under test, and
*reference* what it should be; *allowed* is how far rounding may take the one from the other, and
*ulps* how far it is, in units of the reference's last place. The verdicts are explained at
`Verdict`.

`gradcheck`, `check_model` and `assert_gradients` need mpmath; `check_gradients`, for pytest files,
and the module `strategies` need Hypothesis as well: the extra `check` brings both.
"""

from __future__ import annotations

import importlib
from typing import TYPE_CHECKING, Any

from microgradlab.checking.check import assert_gradients, check_model, gradcheck
from microgradlab.checking.program import Expression, Step
from microgradlab.checking.report import GradientError, Report, Row, Verdict

if TYPE_CHECKING:
    from microgradlab.checking import strategies
    from microgradlab.checking.testing import check_gradients


def __getattr__(name: str) -> Any:
    """What needs Hypothesis loads when it is first used."""
    if name == "strategies":
        return importlib.import_module("microgradlab.checking.strategies")
    if name == "check_gradients":
        return importlib.import_module("microgradlab.checking.testing").check_gradients
    raise AttributeError(f"module 'microgradlab.checking' has no attribute {name!r}")


def __dir__() -> list[str]:
    return sorted(__all__)


__all__ = [
    "Expression",
    "GradientError",
    "Report",
    "Row",
    "Step",
    "Verdict",
    "assert_gradients",
    "check_gradients",
    "check_model",
    "gradcheck",
    "strategies",
]
