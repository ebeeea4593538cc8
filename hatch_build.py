"""Builds the wheel: the course goes into the package, without its outputs."""

from __future__ import annotations

import sys
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from hatchling.builders.hooks.plugin.interface import BuildHookInterface


class Course(BuildHookInterface[Any]):
    """Puts the files that `microgradlab notebooks` copies into a wheel."""

    def initialize(self, version: str, build_data: dict[str, Any]) -> None:
        """Adds the files; an editable installation finds them in the clone."""
        if version == "editable":
            return
        sys.path.insert(0, self.root)
        from microgradlab.cli.notebooks import course

        self.folder = TemporaryDirectory()
        for name, content in course().items():
            file = Path(self.folder.name) / name
            file.write_bytes(content)
            build_data["force_include"][str(file)] = f"microgradlab/notebooks/{name}"
