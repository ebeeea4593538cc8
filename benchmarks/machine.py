"""What the measurements were made on."""

from __future__ import annotations

import os
import platform
from collections.abc import Iterable
from datetime import date
from importlib.metadata import version
from importlib.util import find_spec
from pathlib import Path

import microgradlab


def description(packages: Iterable[str]) -> str:
    """Processor, cores, system, Python, the packages' versions, and the date, in one line.

    Packages that are not installed are left out.
    """
    versions = [f"microgradlab {microgradlab.__version__}"]
    versions += [f"{package} {version(package)}" for package in packages if find_spec(package)]
    return ", ".join(
        [
            _processor(),
            f"{os.cpu_count()} cores",
            platform.system(),
            f"{platform.python_implementation()} {platform.python_version()}",
            *versions,
            date.today().isoformat(),
        ]
    )


def _processor() -> str:
    info = Path("/proc/cpuinfo")  # Linux; platform.processor() is vague or empty there
    if info.exists():
        for line in info.read_text(encoding="utf-8").splitlines():
            if line.startswith("model name"):
                return line.partition(":")[2].strip()
    return platform.processor() or platform.machine()
