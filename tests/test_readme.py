"""The README's examples run as they stand, and say what they promise."""

from __future__ import annotations

import math
import re
from ast import literal_eval
from pathlib import Path
from typing import Any

import pytest

README = Path(__file__).parents[1] / "README.md"


def test_the_examples_run_one_after_the_other(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(tmp_path)
    text = README.read_text(encoding="utf-8")
    names: dict[str, Any] = {}
    outputs = []
    for block in re.findall(r"```python\n(.*?)```", text, re.DOTALL):
        exec(block, names)
        outputs.append(capsys.readouterr().out)
    ten_lines, by_hand, flow, explained, why, diagnosis, derivatives, *further = outputs
    check, test, compiled, wave, loops, firmware = further
    assert by_hand == flow == test == compiled == ""
    assert diagnosis

    first, costs, probability = ten_lines.splitlines()
    assert first.startswith("0.9928")
    assert costs.endswith("]")
    assert float(probability) < 0.01
    assert (tmp_path / "z.svg").read_text(encoding="utf-8").startswith("<svg")

    slope, curvature, along = map(literal_eval, derivatives.splitlines())
    assert slope == pytest.approx(2.0 * 1.3 * math.sin(0.2), rel=1e-15)
    assert curvature == pytest.approx(2.0 * math.sin(0.2), rel=1e-15)
    assert along == (names["f"](1.3, 0.2), slope)

    for printed in (explained, why, check, loops):
        assert f"```text\n{printed}```" in text
    assert wave.split() == [repr(2.0 * math.sin(1.0)), repr(2.0 * math.cos(1.0))]
    assert firmware == "True\n"
    assert (tmp_path / "firmware" / "model.c").exists()
    for picture in ("flow.svg", "model.svg", "steps.html", "boundaries.svg", "gradients.svg"):
        assert (tmp_path / picture).stat().st_size > 1000
    names["test_my_loss"]()


def test_every_file_that_the_readme_links_to_is_there() -> None:
    links = re.findall(r"\]\(((?!https?:)[^)]+)\)", README.read_text(encoding="utf-8"))
    assert links
    assert [link for link in links if not (README.parent / link).exists()] == []
