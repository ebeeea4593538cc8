"""Numbers and tables as plain text."""

from __future__ import annotations

import pytest

from microgradlab.text import short, table


def test_tables_align_text_to_the_left_and_numbers_to_the_right() -> None:
    rows = [["mass", 4, 0.5, "a, b"], ["colour of it", 123, None, ""]]
    assert table(["column", "n", "score", "values"], rows).splitlines() == [
        "column          n   score  values",
        "mass            4  0.5000  a, b",
        "colour of it  123       -",
    ]


@pytest.mark.parametrize("number", [1.5e300, -2e6, 1.234567e-9, float("inf"), float("nan")])
def test_no_number_is_long(number: float) -> None:
    assert len(short(number)) <= 10
    assert float(short(number)) == pytest.approx(number, rel=1e-3, nan_ok=True)
    assert short(number) in table(["score"], [[number]])
