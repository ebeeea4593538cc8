"""Choices in the lines of a description: what `where` has recorded, in its own words. Floor 4.

`where(c, x, y)` is recorded as gate(x, c) + gate(y, equal(c, 0)), so four operations.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Mapping

_NAME = r"a\d+(?:\[(?:[ij]|\d+)\])*"  # of what is computed item by item
_RESULT = re.compile(rf" *(?:for each of [\d ×]+:  )?({_NAME}) = (.+)")
_ADDED = re.compile(rf"({_NAME}) \+ ({_NAME})")
_BASE = re.compile(r"\ba\d+\b")
_CHOICE = re.compile(rf"where\(({_NAME}), ")
_GATED = re.compile(rf"gate\((.+), ({_NAME})\)")


def with_choices(lines: list[str]) -> list[str]:
    """The lines with each choice as one of them; what nothing else reads is left out.

    >>> with_choices(["a1 = greater(x[0], 0)", "a2 = gate(x[1], a1)", "a3 = equal(a1, 0)",
    ...               "a4 = gate(x[2], a3)", "a5 = a2 + a4", "outputs: a5"])
    ['a5 = where(greater(x[0], 0), x[1], x[2])', 'outputs: a5']
    """
    found = {match[1]: match[2] for line in lines if (match := _RESULT.fullmatch(line))}
    choices: dict[str, str] = {}
    parts: set[str] = set()
    for name, formula in found.items():
        if (added := _ADDED.fullmatch(formula)) is not None:
            x, y = (_GATED.fullmatch(found.get(part, "")) for part in added.groups())
            if x and y and found.get(y[2]) == f"equal({x[2]}, 0)":
                choices[name] = f"where({x[2]}, {x[1]}, {y[1]})"
                parts |= {*added.groups(), y[2]}
    result: list[str] = []
    reads: Counter[str] = Counter()  # by the lines that follow
    for line in reversed(lines):
        match = _RESULT.fullmatch(line)
        name, formula = match.groups() if match else ("", line)
        if name in parts and not reads[_base(name)]:
            continue
        formula = choices.get(name, formula)
        reads.update(_BASE.findall(formula))
        result.append(line[: match.start(2)] + formula if match else line)
    return _with_conditions(result[::-1], reads)


def _with_conditions(lines: list[str], reads: Mapping[str, int]) -> list[str]:
    """The lines with the conditions of choices in their places, where nothing else reads them."""
    conditions: dict[str, str] = {}
    kept = []
    choosing = {match[1] for line in lines for match in _CHOICE.finditer(line)}
    for line in lines:
        match = _RESULT.fullmatch(line)
        if match and match[1] in choosing and reads[_base(match[1])] == 1:
            conditions[match[1]] = match[2]
        else:
            choice = _CHOICE.search(line)
            if choice and choice[1] in conditions:
                line = line.replace(choice[0], f"where({conditions[choice[1]]}, ", 1)
            kept.append(line)
    return kept


def _base(name: str) -> str:
    """Without subscripts."""
    return name.partition("[")[0]
