"""What the command line writes: results on stdout, progress and messages on stderr. Floor 9."""

from __future__ import annotations

import json
import os
import sys
from dataclasses import dataclass
from typing import Any

from microgradlab.errors import optional_import


@dataclass(frozen=True, slots=True)
class Console:
    """Where a command writes, and how much.

    Attributes:
        quiet: no progress and no messages.
        as_json: results as one JSON object instead of text.
    """

    quiet: bool = False
    as_json: bool = False

    def message(self, text: str) -> None:
        """A remark about what is going on, on stderr."""
        if not self.quiet:
            print(text, file=sys.stderr, flush=True)

    def result(self, text: str, data: Any) -> None:
        """The result of the command, on stdout: the text, or with --json the data."""
        print(json.dumps(data, ensure_ascii=False, indent=2) if self.as_json else text)

    def progress_bar(self, total: int, unit: str) -> Any:
        """A progress bar on stderr; it shows nothing off a terminal or when quiet."""
        tqdm = optional_import("tqdm", extra="lab", purpose="a progress bar").tqdm
        hidden = self.quiet or not sys.stderr.isatty()
        ascii_only = None if "utf" in (sys.stderr.encoding or "").lower() else True
        return tqdm(total=total, unit=unit, disable=hidden, leave=False, ascii=ascii_only)

    def error(self, message: str, hint: str = "") -> None:
        """What went wrong, and how to mend it."""
        print(f"{_red('error:')} {message}", file=sys.stderr)
        if hint:
            print(f"hint: {hint}", file=sys.stderr)


def _red(text: str) -> str:
    """Red on a terminal, unless NO_COLOR is set (https://no-color.org)."""
    if sys.stderr.isatty() and not os.environ.get("NO_COLOR"):
        return f"\033[31m{text}\033[0m"
    return text
