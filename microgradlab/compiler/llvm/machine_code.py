"""Machine code from LLVM's assembly language, ready to be called from Python. Floor 4.

The text is written such that LLVM's optimisation passes would bring nothing: only code is
generated. What was compiled once is found in the cache on disk by the next process.
"""

from __future__ import annotations

import ctypes
import importlib
import re
import sys
import weakref
from collections.abc import Callable, Mapping
from typing import Any, TypeAlias

from microgradlab.compiler.llvm import cache
from microgradlab.compiler.llvm.machine import Machine, library
from microgradlab.errors import LabError

Prototype: TypeAlias = Callable[[int], Callable[..., Any]]
"""A function's C type: what `ctypes.CFUNCTYPE(result, *arguments)` gives."""

_LEVEL = 2  # 0 spills everything; 1 takes as long as 2
_DECLARED = re.compile(r"^declare [^@]*@(?!llvm\.)([\w$.]+)\(", re.MULTILINE)
_IMPLIED = ("memset", "memcpy", "memmove", "fma")  # what LLVM makes of instructions


class Native:
    """Compiled functions by name; their code is freed with the last of them.

    >>> from microgradlab.compiler.llvm.machine import host
    >>> twice = "define double @twice(double %x) { %y = fadd double %x, %x ret double %y }"
    >>> prototype = ctypes.CFUNCTYPE(ctypes.c_double, ctypes.c_double)
    >>> compile(twice, host(), {"twice": prototype})["twice"](21.0)
    42.0
    """

    def __init__(self, code: bytes, machine: Machine, functions: Mapping[str, Prototype]) -> None:
        llvm = library()
        context = llvm.create_context()
        module = llvm.parse_assembly("", context)
        engine = llvm.create_mcjit_compiler(module, _target(machine))  # which owns both from now on
        owner = _Owner()
        weakref.finalize(owner, _free, engine, context).atexit = False
        engine.add_object_file(llvm.object_file.ObjectFileRef.from_data(code))
        engine.finalize_object()
        self._functions = {
            name: prototype(engine.get_function_address(name))
            for name, prototype in functions.items()
        }
        function: Any
        for function in self._functions.values():
            function.owner = owner  # so that the code lives as long as one of its functions

    def __getitem__(self, name: str) -> Callable[..., Any]:
        return self._functions[name]


def compile(ir: str, machine: Machine, functions: Mapping[str, Prototype]) -> Native:
    """Compiles a module, or finds its code in the cache.

    A call of one of the functions releases Python's global lock.

    Args:
        ir: the module in LLVM's assembly language; functions of the C library may be declared.
        machine: the host, or a processor with less.
        functions: the C types of the functions that are called from Python.

    Raises:
        MissingExtraError: llvmlite is not installed.
        LabError: a function that the module declares is not to be found.
    """
    for name in (*_IMPLIED, *_DECLARED.findall(ir)):
        _provide(name)  # LLVM would end the process over one that is missing
    name = _cached_name(ir, machine)
    code = cache.load(name)
    if code is None:
        code = machine_code(ir, machine)
        cache.store(name, code)
    return Native(code, machine, functions)


def machine_code(ir: str, machine: Machine) -> bytes:
    """The object file of a module.

    Raises:
        RuntimeError: the text is no valid module.
    """
    llvm = library()
    with llvm.create_context() as context, llvm.parse_assembly(ir, context) as module:
        module.verify()
        code: bytes = _target(machine).emit_object(module)
    return code


class _Owner:
    """What the functions of a module hold on to; their code is freed when it goes."""


def _free(engine: Any, context: Any) -> None:
    """In this order: left to Python's garbage collector it might be the other."""
    engine.close()
    context.close()


def _target(machine: Machine) -> Any:
    target = library().Target.from_triple(library().get_process_triple())
    return target.create_target_machine(
        cpu=machine.name, features=machine.features, opt=_LEVEL, jit=True
    )


def _cached_name(ir: str, machine: Machine) -> str:
    """Made of the text and of all that decides what becomes of it."""
    llvm, llvmlite = library(), importlib.import_module("llvmlite")
    versions = (llvmlite.__version__, *map(str, llvm.llvm_version_info))
    triple = llvm.get_process_triple()
    return cache.name_of(ir, *versions, triple, machine.name, machine.features, str(_LEVEL))


def _provide(name: str) -> None:
    """Makes a function of the C library known to LLVM.

    Raises:
        LabError: there is none of that name.
    """
    llvm = library()
    if llvm.address_of_symbol(name):
        return
    for library_name in (
        ("ucrtbase", "kernel32") if sys.platform == "win32" else (None, "libm.so.6")
    ):
        try:
            function = getattr(ctypes.CDLL(library_name), name)
        except (AttributeError, OSError):
            continue
        llvm.add_symbol(name, ctypes.cast(function, ctypes.c_void_p).value)
        return
    raise LabError(
        f"this computer's C library has no function {name}, which the compiled code calls",
        hint="use the eager engine here",
    )
