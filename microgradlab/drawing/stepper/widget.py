"""The stepper as a notebook widget, through anywidget. Floor 8."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from microgradlab.drawing.page import module, widget_style
from microgradlab.errors import optional_import


def widget(explanation: Mapping[str, Any], operations: str) -> Any:
    """A widget that steps through a forward and backward pass.

    Args:
        explanation: `Explanation.to_dict()`.
        operations: JavaScript that defines `OPERATIONS`, from `javascript.operations`.

    Returns:
        An `anywidget.AnyWidget`, to be the last line of a notebook's cell.

    Raises:
        MissingExtraError: anywidget is not installed.
    """
    anywidget = optional_import("anywidget", extra="notebook", purpose="the stepper as a widget")
    traitlets = optional_import("traitlets", extra="notebook", purpose="the stepper as a widget")
    members = {
        "_esm": module(operations),
        "_css": widget_style(),
        "scene": traitlets.Dict(dict(explanation)).tag(sync=True),
    }
    return type("Stepper", (anywidget.AnyWidget,), members)()
