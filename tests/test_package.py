"""The package as a whole: its public names, what importing it loads, who imports whom."""

from __future__ import annotations

import ast
import re
import subprocess
import sys
from collections.abc import Iterator
from functools import cache
from graphlib import TopologicalSorter
from pathlib import Path

import pytest

import microgradlab as mg

ROOT = Path(mg.__file__).parent
MODULES = {
    ".".join(path.relative_to(ROOT.parent).with_suffix("").parts).removesuffix(".__init__"): path
    for path in sorted(ROOT.rglob("*.py"))
}


def run(code: str) -> str:
    """What a fresh interpreter prints."""
    result = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, check=True
    )
    return result.stdout


def test_importing_the_package_loads_only_the_standard_library() -> None:
    loaded = run(
        "import sys; before = set(sys.modules); import microgradlab; "
        "print(*sorted({name.partition('.')[0] for name in set(sys.modules) - before}))"
    ).split()
    assert set(loaded) - {"microgradlab"} <= sys.stdlib_module_names


def test_importing_the_package_leaves_networks_and_data_for_later() -> None:
    loaded = run("import sys, microgradlab; print(*sys.modules)").split()
    assert not {"microgradlab.nn", "microgradlab.data", "microgradlab.training"} & set(loaded)


@pytest.mark.parametrize("name", mg.__all__)
def test_every_public_name_resolves_and_is_documented(name: str) -> None:
    thing = getattr(mg, name)
    assert name in dir(mg)
    assert name.isupper() or thing.__doc__


def test_names_that_do_not_exist_are_attribute_errors() -> None:
    with pytest.raises(AttributeError, match="module 'microgradlab' has no attribute 'Tensor'"):
        _ = mg.Tensor


def test_the_package_is_typed() -> None:
    assert (ROOT / "py.typed").exists()


# --- who imports whom


def statements(body: list[ast.stmt]) -> Iterator[ast.stmt]:
    """All statements, those in functions included, but not what is for type checkers alone."""
    for statement in body:
        if isinstance(statement, ast.If) and "TYPE_CHECKING" in ast.unparse(statement.test):
            continue
        yield statement
        for inner in ("body", "orelse", "handlers", "finalbody", "cases"):
            yield from statements(getattr(statement, inner, []))


def imports(name: str) -> set[str]:
    """The modules of this package that a module imports, at its top or inside of functions."""
    found = set()
    for statement in statements(ast.parse(MODULES[name].read_text("utf-8")).body):
        if isinstance(statement, ast.Import):
            found |= {alias.name for alias in statement.names}
        elif isinstance(statement, ast.ImportFrom) and statement.module:
            members = {f"{statement.module}.{alias.name}" for alias in statement.names}
            submodules = members & MODULES.keys()
            found |= submodules
            if submodules != members:
                found.add(statement.module)
    return (found & MODULES.keys()) - {name}


@cache
def floor(name: str) -> int | None:
    """The floor that a module's docstring states, its own or that of the package it is in."""
    if name == "microgradlab":
        return None
    docstring = ast.get_docstring(ast.parse(MODULES[name].read_text("utf-8"))) or ""
    if "The top floor" in docstring:
        return 99
    stated = re.search(r"Floor (\d+)", docstring)
    return int(stated[1]) if stated else floor(name.rpartition(".")[0])


INNER = [name for name in MODULES if name != "microgradlab"]


def test_there_are_no_import_circles() -> None:
    order = TopologicalSorter({name: imports(name) for name in MODULES}).static_order()
    assert set(order) == set(MODULES)


@pytest.mark.parametrize("name", INNER)
def test_a_module_states_its_floor_and_imports_nothing_from_above(name: str) -> None:
    own = floor(name)
    assert own is not None, "the docstring says on which floor the module stands"
    assert {other for other in imports(name) if (floor(other) or 0) > own} == set()


@pytest.mark.parametrize("name", INNER)
def test_only_the_command_line_imports_the_whole_package(name: str) -> None:
    assert "microgradlab" not in imports(name) or name.startswith("microgradlab.cli")
