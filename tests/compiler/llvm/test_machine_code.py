"""Machine code that Python calls."""

from __future__ import annotations

import ctypes
import gc
import math
import multiprocessing
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from pathlib import Path

import pytest

from microgradlab.compiler.llvm import machine_code
from microgradlab.compiler.llvm.machine import Machine, host
from microgradlab.errors import LabError

UNARY = ctypes.CFUNCTYPE(ctypes.c_double, ctypes.c_double)


def times(factor: float) -> str:
    return f"define double @f(double %x) {{ %y = fmul double %x, {factor:.1f} ret double %y }}"


def answer(factor: float) -> float:
    """6 times the factor, by code of its own."""
    result: float = machine_code.compile(times(factor), host(), {"f": UNARY})["f"](6.0)
    return result


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    place = tmp_path / "cache"
    monkeypatch.setenv("MICROGRADLAB_CACHE", str(place))
    return place / "microgradlab"


def test_a_function_is_called_with_numbers() -> None:
    assert answer(7.0) == 42.0


def test_the_c_library_is_at_hand() -> None:
    tanh = "declare double @tanh(double)\n" + times(1.0).replace(
        "fmul double %x, 1.0", "call double @tanh(double %x)"
    )
    assert machine_code.compile(tanh, host(), {"f": UNARY})["f"](0.5) == math.tanh(0.5)


def test_a_function_that_nobody_has_is_an_error_and_not_the_end_of_the_process() -> None:
    lost = "declare double @tanhh(double)\n" + times(1.0).replace(
        "fmul double %x, 1.0", "call double @tanhh(double %x)"
    )
    with pytest.raises(LabError, match="C library has no function tanhh"):
        machine_code.compile(lost, host(), {"f": UNARY})


def test_a_text_that_is_no_module_is_an_error() -> None:
    with pytest.raises(RuntimeError, match="parsing error"):
        machine_code.compile("define nonsense", host(), {})


def test_code_lives_as_long_as_one_of_its_functions() -> None:
    function = machine_code.compile(times(7.0), host(), {"f": UNARY})["f"]
    gc.collect()
    for _ in range(20):  # would take the place of code that was freed
        answer(3.0)
    assert function(6.0) == 42.0


def test_code_in_a_circle_of_references_is_freed_in_order() -> None:
    for number in range(30):
        circle: list[object] = [machine_code.compile(times(number), host(), {"f": UNARY})["f"]]
        circle.append(circle)
    del circle
    gc.collect()  # ends the process if a context goes before its engine
    assert answer(7.0) == 42.0


# --- the cache


def test_what_was_compiled_once_is_not_compiled_again(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert answer(7.0) == 42.0
    monkeypatch.delattr(machine_code, "machine_code")
    assert answer(7.0) == 42.0
    assert len(list(folder.iterdir())) == 1


def test_a_damaged_file_is_compiled_again(folder: Path) -> None:
    answer(7.0)
    (path,) = folder.iterdir()
    intact = path.read_bytes()
    path.write_bytes(intact.replace(b"ELF", b"FLE")[:-1])
    assert answer(7.0) == 42.0
    assert path.read_bytes() == intact


@pytest.mark.parametrize(
    "other", [replace(host(), name="x86-64"), replace(host(), features="-avx2")]
)
def test_code_for_another_processor_is_kept_apart(folder: Path, other: Machine) -> None:
    for machine in (host(), other):
        machine_code.compile(times(7.0), machine, {})
    assert len(list(folder.iterdir())) == 2


def test_the_same_text_gives_the_same_bytes() -> None:
    first, second = (machine_code.machine_code(times(7.0), host()) for _ in range(2))
    assert first == second


# --- many at once, and many in a row


def test_threads_compile_at_the_same_time(folder: Path) -> None:
    factors = [float(number % 5) for number in range(40)]
    with ThreadPoolExecutor(4) as pool:
        assert list(pool.map(answer, factors)) == [6.0 * factor for factor in factors]
    assert len(list(folder.iterdir())) == 5


def test_processes_share_the_cache(folder: Path) -> None:
    with multiprocessing.get_context("spawn").Pool(2) as pool:
        assert pool.map(answer, [7.0, 7.0, 8.0, 8.0]) == [42.0, 42.0, 48.0, 48.0]
    assert len(list(folder.iterdir())) == 2


def resident() -> int:
    """The memory of this process that is in use, in bytes."""
    pages = int(Path("/proc/self/statm").read_text("ascii").split()[1])
    return pages * 4096


@pytest.mark.skipif(not Path("/proc/self/statm").exists(), reason="memory is read from /proc")
@pytest.mark.parametrize("count", [60, pytest.param(1000, marks=pytest.mark.slow)])
def test_compilations_in_a_row_do_not_leak(count: int, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("MICROGRADLAB_CACHE", "")
    for _ in range(20):  # what is allocated once
        answer(7.0)
    before = resident()
    for _ in range(count):
        answer(7.0)
    assert resident() - before < 2**20
