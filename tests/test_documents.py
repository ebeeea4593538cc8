"""Documents: every bit comes back, and what is damaged or foreign is refused."""

from __future__ import annotations

import json
import math
from pathlib import Path
from typing import Any

import pytest

from microgradlab.documents import load_document, save_document
from microgradlab.errors import CheckpointError

FORMATS = ["json", "safetensors"]


@pytest.fixture(params=FORMATS)
def path(request: pytest.FixtureRequest, tmp_path: Path) -> Path:
    return tmp_path / f"a.{request.param}"


@pytest.mark.parametrize(
    "part",
    [
        ["∂", "b"],
        3,
        None,
        0.1,
        [0.1, -0.0, 5e-324],
        [[0.1, -0.0, 5e-324], [math.inf, -math.inf, 1e308]],
        [[1.0], [2.0, 3.0]],
        [[1.0], 2.0],
        [],
        [[]],
        {"nested": {"a": [1.0]}, "b": [1, 2.0]},
    ],
)
def test_every_part_comes_back_as_it_was(path: Path, part: Any) -> None:
    save_document(path, "test", {"part": part})
    assert json.dumps(load_document(path, "test")["part"]) == json.dumps(part)


def test_a_file_that_is_cut_short_is_refused(path: Path) -> None:
    save_document(path, "test", {"a": [[1.0, 2.0]]})
    path.write_bytes(path.read_bytes()[:-3])
    with pytest.raises(CheckpointError, match="cannot be read as a test"):
        load_document(path, "test")


def test_a_file_of_another_kind_is_refused(path: Path) -> None:
    save_document(path, "test", {"a": [[1.0]]})
    with pytest.raises(CheckpointError, match=r"a\.\w+ is no recording of microgradlab"):
        load_document(path, "recording")


@pytest.mark.parametrize("text", ["[1, 2]", "{}", '"microgradlab test"'])
def test_a_foreign_json_file_is_refused(text: str, tmp_path: Path) -> None:
    (tmp_path / "a.json").write_text(text)
    with pytest.raises(CheckpointError, match="is no test of microgradlab"):
        load_document(tmp_path / "a.json", "test")


def test_a_file_of_a_later_version_is_refused(tmp_path: Path) -> None:
    (tmp_path / "a.json").write_text('{"format": "microgradlab test", "version": 2}')
    with pytest.raises(CheckpointError, match="has format version 2; this release reads 1"):
        load_document(tmp_path / "a.json", "test")


def test_an_unknown_format_is_refused_before_anything_is_written(tmp_path: Path) -> None:
    with pytest.raises(CheckpointError, match=r"ends in \.json or \.safetensors, not in '\.npz'"):
        save_document(tmp_path / "a.npz", "test", {})
    assert list(tmp_path.iterdir()) == []


def test_a_file_that_does_not_exist_is_an_os_error(path: Path) -> None:
    with pytest.raises(FileNotFoundError):
        load_document(path, "test")
