"""The widget's model: what anywidget is given. How it looks and works is tested in a browser."""

from __future__ import annotations

import sys

import pytest

from microgradlab.drawing.page import module
from microgradlab.drawing.stepper.widget import widget
from microgradlab.errors import MissingExtraError

OPERATIONS = "const OPERATIONS = {};"


def test_a_widget_carries_the_module_the_styles_and_the_scene() -> None:
    pytest.importorskip("anywidget")
    first, second = (widget({"title": title}, OPERATIONS) for title in "ab")
    state = first.get_state()
    assert state["_esm"] == module(OPERATIONS)
    assert ".mg-stepper" in state["_css"]
    assert "--paper" in state["_css"]
    assert [each.scene for each in (first, second)] == [{"title": "a"}, {"title": "b"}]


def test_without_anywidget_the_extra_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "anywidget", None)
    with pytest.raises(MissingExtraError, match=r"microgradlab\[notebook\]"):
        widget({}, OPERATIONS)
