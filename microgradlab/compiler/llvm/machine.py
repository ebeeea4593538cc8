"""The computer that code is made for: processor and shape of its vector registers. Floor 4."""

from __future__ import annotations

import sys
from dataclasses import dataclass
from functools import cache
from typing import Any

from microgradlab.errors import LabError, optional_import


@dataclass(frozen=True, slots=True)
class Machine:
    """A processor as the code generator sees it.

    Attributes:
        name: LLVM's name of the processor, such as "znver3".
        features: what it can do, as LLVM writes it: "+avx2,+fma,...".
        lanes: doubles per vector register: 2, 4 or 8.
        registers: the number of vector registers: 16 or 32.
    """

    name: str
    features: str
    lanes: int
    registers: int


def library() -> Any:
    """LLVM, by llvmlite's binding.

    Raises:
        MissingExtraError: llvmlite is not installed.
    """
    return optional_import("llvmlite.binding", extra="jit", purpose="compiling")


@cache
def host() -> Machine:
    """This computer.

    Raises:
        MissingExtraError: llvmlite is not installed.
        LabError: it is none that compiled code can be made for.

    >>> host().lanes in (2, 4, 8)
    True
    """
    llvm = library()
    if sys.byteorder != "little" or sys.maxsize < 2**63 - 1:
        raise _unsupported(f"a {sys.maxsize.bit_length() + 1}-bit {sys.byteorder}-endian computer")
    try:
        llvm.initialize_native_target()
        llvm.initialize_native_asmprinter()
        llvm.check_jit_execution()
        features = llvm.get_host_cpu_features()
    except (RuntimeError, OSError) as error:
        raise _unsupported(f"one where llvmlite makes no code that runs ({error})") from error
    name, triple = llvm.get_host_cpu_name(), llvm.get_process_triple()
    return Machine(name, features.flatten(), *registers(triple, features))


def registers(triple: str, features: dict[str, bool]) -> tuple[int, int]:
    """How many doubles a vector register holds, and how many of these registers there are.

    >>> registers("x86_64-unknown-linux-gnu", {"avx2": True, "avx": True})
    (4, 16)
    """
    if not triple.startswith(("x86_64", "amd64")):
        return 2, 32  # Arm's Neon, and the like
    if features.get("avx512f"):
        return 8, 32
    return (4, 16) if features.get("avx") else (2, 16)


def _unsupported(what: str) -> LabError:
    return LabError(
        f"compiled code needs a 64-bit little-endian computer known to llvmlite; this is {what}",
        hint="train without compiled=True: the eager engine runs wherever Python does",
    )
