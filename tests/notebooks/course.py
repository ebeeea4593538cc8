"""The course's notebooks as files: where they are, and the form in which they are kept."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from copy import deepcopy
from dataclasses import dataclass
from pathlib import Path
from typing import Any, TypeAlias

from microgradlab.files import write_atomically

FOLDER = Path(__file__).parents[2] / "notebooks"

Book: TypeAlias = Any
"""A notebook as nbformat reads it: a dict whose keys are attributes, too."""

Output: TypeAlias = dict[str, Any]

_METADATA = {
    "kernelspec": {
        "display_name": "Python 3 (ipykernel)",
        "language": "python",
        "name": "python3",
    },
    "language_info": {"name": "python"},
}
_HEAD = 60  # characters of a cell's first line
_LONGEST = {8, 9, 10}  # the numbers of the notebooks that take most of the time


@dataclass(frozen=True)
class Fault:
    """What is wrong in a cell.

    Attributes:
        cell: its number, the first being 1; markdown counts.
        head: its first line.
        message: what is wrong.
    """

    cell: int
    head: str
    message: str

    def __str__(self) -> str:
        return f"cell {self.cell} ({self.head}): {self.message}"


def notebooks(folder: Path = FOLDER, numbers: Iterable[int] = ()) -> list[Path]:
    """The notebooks of a folder in their order; of these numbers, if any is given.

    Raises:
        FileNotFoundError: there is none, or none of such a number.
    """
    known = {number_of(path): path for path in sorted(folder.glob("[0-9]*.ipynb"))}
    if not known:
        raise FileNotFoundError(f"no notebooks in {folder}")
    wanted = sorted(set(numbers)) or list(known)
    missing = [str(number) for number in wanted if number not in known]
    if missing:
        raise FileNotFoundError(f"no notebook {', '.join(missing)} in {folder}")
    return [known[number] for number in wanted]


def number_of(path: Path) -> int:
    """The number with which a notebook's name begins.

    >>> number_of(Path("03-the-seven-steps-of-training.ipynb"))
    3
    """
    return int(re.split(r"\D", path.name, maxsplit=1)[0])


def longest_first(paths: Iterable[Path]) -> list[Path]:
    """In the order in which several at a time end soonest: none waits for a long one at the end."""
    return sorted(paths, key=lambda path: number_of(path) not in _LONGEST)


def read(path: Path) -> Book:
    """A notebook from its file."""
    import nbformat

    return nbformat.reads(path.read_text(encoding="utf-8"), as_version=4)


def text_of(book: Book) -> str:
    """A notebook as the text of its file.

    Raises:
        nbformat.ValidationError: it is no valid notebook.
    """
    import nbformat

    nbformat.validate(book)
    return f"{nbformat.writes(book, version=4).rstrip()}\n"


def write(path: Path, book: Book) -> None:
    """Writes a notebook in the form in which it is kept: all of it, or nothing."""
    write_atomically(path, text_of(normalised(book)))


def normalised(book: Book) -> Book:
    """The same notebook without what changes from run to run, or from machine to machine.

    Pages in frames are left out, for code hosts do not show them; their text stays.
    """
    book = deepcopy(book)
    book.nbformat, book.nbformat_minor = 4, 5
    book.metadata = type(book)(_METADATA)
    for number, cell in enumerate(book.cells, start=1):
        cell.setdefault("id", f"cell-{number:02}")
        tags = cell.metadata.get("tags")
        cell.metadata = type(book)({"tags": tags} if tags else {})
        if cell.cell_type == "code":
            cell.execution_count = None
            cell.outputs = [*_normalised(cell.outputs)]
    return book


def _normalised(outputs: Iterable[Output]) -> list[Output]:
    kept: list[Output] = []
    for output in outputs:
        if "execution_count" in output:
            output["execution_count"] = None
        if "<iframe" in as_text(output.get("data", {}).get("text/html", "")):
            del output["data"]["text/html"]
        if kept and _is_stream(output) and _is_stream(kept[-1], output["name"]):
            kept[-1]["text"] += output["text"]
        else:
            kept.append(output)
    return kept


def _is_stream(output: Mapping[str, Any], name: str | None = None) -> bool:
    return output["output_type"] == "stream" and name in (None, output["name"])


def as_text(content: str | list[str]) -> str:
    """A text that may be kept as a list of its lines."""
    return content if isinstance(content, str) else "".join(content)


def head_of(cell: Any) -> str:
    """The first line of a cell that is not empty, shortened."""
    lines = cell.source.strip().splitlines() or ["empty"]
    return lines[0] if len(lines[0]) <= _HEAD else f"{lines[0][: _HEAD - 1]}…"
