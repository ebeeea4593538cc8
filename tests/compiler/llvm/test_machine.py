"""The computer that code is made for."""

from __future__ import annotations

import sys
from dataclasses import replace

import pytest

from microgradlab.compiler.llvm import machine
from microgradlab.compiler.llvm.machine import host, registers
from microgradlab.errors import LabError, MissingExtraError


def test_the_host_has_a_name_and_features() -> None:
    assert host().name
    assert "," in host().features


@pytest.mark.parametrize(
    ("triple", "features", "shape"),
    [
        ("x86_64-unknown-linux-gnu", {"avx512f": True, "avx": True}, (8, 32)),
        ("x86_64-pc-windows-msvc", {"avx512f": False, "avx": True}, (4, 16)),
        ("x86_64-unknown-linux-gnu", {"sse2": True}, (2, 16)),
        ("arm64-apple-darwin22.1.0", {"neon": True}, (2, 32)),
    ],
)
def test_registers_follow_the_processor(
    triple: str, features: dict[str, bool], shape: tuple[int, int]
) -> None:
    assert registers(triple, features) == shape


def test_a_machine_can_be_taken_for_a_smaller_one() -> None:
    assert replace(host(), lanes=2).lanes == 2


def test_a_big_endian_computer_is_refused_in_a_sentence(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "byteorder", "big")
    with pytest.raises(LabError, match="this is a 64-bit big-endian computer"):
        host.__wrapped__()


def test_a_32_bit_python_is_refused_in_a_sentence(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "maxsize", 2**31 - 1)
    with pytest.raises(LabError, match="this is a 32-bit little-endian"):
        host.__wrapped__()


def test_a_processor_without_code_generation_is_refused_in_a_sentence(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    class Llvm:
        def initialize_native_target(self) -> None:
            raise RuntimeError("no native target")

    monkeypatch.setattr(machine, "library", Llvm)
    with pytest.raises(LabError, match=r"one where llvmlite makes no code that runs \(no native"):
        host.__wrapped__()


def test_a_missing_llvmlite_names_the_extra(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "llvmlite.binding", None)
    with pytest.raises(MissingExtraError, match="compiling needs llvmlite") as caught:
        machine.library()
    assert "microgradlab[jit]" in caught.value.hint
