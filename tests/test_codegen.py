"""value.py is what the table says."""

from __future__ import annotations

from typing import Any

import pytest

from microgradlab import codegen
from microgradlab.ops import OPS, TABLE, Op


def test_value_py_is_what_the_generator_writes() -> None:
    assert codegen.TARGET.read_text("utf-8") == codegen.formatted(), (
        "the table and value.py differ: run python -m microgradlab.codegen"
    )


def test_an_operation_that_cannot_raise_has_no_try() -> None:
    relu = codegen._function(OPS["relu"])
    assert "try" not in relu
    assert "try" in codegen._function(OPS["log"])


def test_adding_an_operation_is_adding_a_row(monkeypatch: pytest.MonkeyPatch) -> None:
    hypot = Op("hypot", "hypot", "√(x² + y²).", "sqrt(x * x + y * y)", "x / out", "y / out")
    monkeypatch.setitem(OPS, "hypot", hypot)
    monkeypatch.setattr(codegen, "TABLE", (*TABLE, hypot))
    namespace: dict[str, Any] = {"__name__": "generated"}
    exec(codegen.source(), namespace)
    x, y = namespace["Value"](3.0), namespace["Value"](4.0)
    out = x.hypot(y) + namespace["hypot"](5.0, 12.0)
    out.backward()
    assert (out.data, x.grad, y.grad) == (18.0, 0.6, 0.8)
