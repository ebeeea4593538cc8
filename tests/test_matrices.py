"""Files of matrices: every bit comes back, and what is damaged or foreign is refused."""

from __future__ import annotations

import json
import math
from pathlib import Path

import pytest

from microgradlab.errors import CheckpointError
from microgradlab.matrices import load_matrices, save_matrices

FORMATS = ["json", "safetensors"]


@pytest.fixture(params=FORMATS)
def path(request: pytest.FixtureRequest, tmp_path: Path) -> Path:
    return tmp_path / f"a.{request.param}"


def test_header_and_matrices_come_back(path: Path) -> None:
    rows = [[0.1, -0.0, 5e-324], [math.inf, -math.inf, 1e308]]
    save_matrices(path, "test", {"names": ["∂", "b"], "count": 3}, {"a": rows, "none": []})
    document = load_matrices(path, "test")
    assert (document["names"], document["count"]) == (["∂", "b"], 3)
    assert json.dumps(document["a"]) == json.dumps(rows)
    assert document["none"] == []


def test_a_file_that_is_cut_short_is_refused(path: Path) -> None:
    save_matrices(path, "test", {}, {"a": [[1.0, 2.0]]})
    path.write_bytes(path.read_bytes()[:-3])
    with pytest.raises(CheckpointError, match="cannot be read as a test"):
        load_matrices(path, "test")


def test_a_file_of_another_kind_is_refused(path: Path) -> None:
    save_matrices(path, "test", {}, {"a": [[1.0]]})
    with pytest.raises(CheckpointError, match=r"a\.\w+ is no recording of microgradlab"):
        load_matrices(path, "recording")


@pytest.mark.parametrize("text", ["[1, 2]", "{}", '"microgradlab test"'])
def test_a_foreign_json_file_is_refused(text: str, tmp_path: Path) -> None:
    (tmp_path / "a.json").write_text(text)
    with pytest.raises(CheckpointError, match="is no test of microgradlab"):
        load_matrices(tmp_path / "a.json", "test")


def test_a_file_of_a_later_version_is_refused(tmp_path: Path) -> None:
    (tmp_path / "a.json").write_text('{"format": "microgradlab test", "version": 2}')
    with pytest.raises(CheckpointError, match="has format version 2; this release reads 1"):
        load_matrices(tmp_path / "a.json", "test")


def test_an_unknown_format_is_refused_before_anything_is_written(tmp_path: Path) -> None:
    with pytest.raises(CheckpointError, match=r"ends in \.json or \.safetensors, not in '\.npz'"):
        save_matrices(tmp_path / "a.npz", "test", {}, {})
    assert list(tmp_path.iterdir()) == []


def test_a_file_that_does_not_exist_is_an_os_error(path: Path) -> None:
    with pytest.raises(FileNotFoundError):
        load_matrices(path, "test")
