"""What a gradient check found: a verdict for each derivative, and how it is printed. Floor 7."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass
from enum import Enum
from typing import Any

from microgradlab.errors import LabError
from microgradlab.text import counted, table

_SHOWN = 20  # rows of a table; of more rows, those with the worst verdicts


class Verdict(Enum):
    """What can be said of a derivative. Only OK and KINK are passes."""

    OK = "OK"
    """It is as near to the reference as rounding allows."""
    KINK = "KINK"
    """The way to the result leads over a kink, and takes a slope that is allowed there."""
    ILL_CONDITIONED = "ILL-CONDITIONED"
    """Rounding may change more than the seventh digit here, so that agreement says little."""
    INCONCLUSIVE = "INCONCLUSIVE"
    """There is no reference to compare with."""
    WRONG = "WRONG"
    """It is farther from the reference than rounding explains."""

    def __str__(self) -> str:
        return self.value

    @property
    def passes(self) -> bool:
        """Whether it counts as a pass."""
        return self in (Verdict.OK, Verdict.KINK)


_SEVERITY = {verdict: place for place, verdict in enumerate(Verdict)}


class GradientError(LabError, AssertionError):
    """A gradient check did not pass; the message holds the report."""


@dataclass(frozen=True, slots=True)
class Row:
    """One derivative.

    Attributes:
        name: what it is the derivative by, such as "x" or "w[0][1]".
        at: the input's number; None where the derivative is along a direction.
        analytic: the derivative under test.
        reference: what it should be.
        allowed: how far from the reference it may be.
        ulps: how far it is, in units of the reference's last place.
        verdict: what follows.
        why: the reason, where the verdict is not plain.
    """

    name: str
    at: float | None
    analytic: float
    reference: float
    allowed: float
    ulps: float
    verdict: Verdict
    why: str = ""

    @property
    def low(self) -> float:
        """The smallest derivative that would pass."""
        return self.reference - self.allowed

    @property
    def high(self) -> float:
        """The largest derivative that would pass."""
        return self.reference + self.allowed


@dataclass(frozen=True, slots=True, repr=False)
class Report:
    """The result of a gradient check: truthy when every derivative passed.

    Attributes:
        title: what was checked.
        rows: the derivatives.
        method: where the reference is from, and why from there.
        findings: in sentences, what was found beside or behind the verdicts.
    """

    title: str
    rows: tuple[Row, ...]
    method: str
    findings: tuple[str, ...] = ()

    @property
    def verdict(self) -> Verdict:
        """The worst of the verdicts."""
        return max((row.verdict for row in self.rows), key=_SEVERITY.__getitem__)

    @property
    def verdicts(self) -> Counter[Verdict]:
        """How many derivatives have each verdict."""
        return Counter(row.verdict for row in self.rows)

    def __bool__(self) -> bool:
        return self.verdict.passes

    def assert_ok(self, *, allow: Iterable[Verdict | str] = ()) -> None:
        """Raises unless every derivative passed.

        Args:
            allow: further verdicts to let pass, such as `["ILL-CONDITIONED"]`.

        Raises:
            GradientError: an AssertionError with the report.
        """
        __tracebackhide__ = True  # in pytest's reports
        passes = {Verdict(verdict) for verdict in allow}
        if not all(verdict.passes or verdict in passes for verdict in self.verdicts):
            raise GradientError(str(self))

    def __repr__(self) -> str:
        told = [*self.findings, ""] if self.findings else []
        return "\n".join([self._summary(), "", self._table(), "", *told, f"{self.method}."])

    __str__ = __repr__

    def _summary(self) -> str:
        counts = ", ".join(
            f"{count} {verdict}"
            for verdict, count in sorted(
                self.verdicts.items(), key=lambda item: -_SEVERITY[item[0]]
            )
        )
        all_ok = set(self.verdicts) == {Verdict.OK}
        how = "all OK" if all_ok else counts
        return f"{self.title}: {counted(len(self.rows), 'derivative')}, {how}"

    def _table(self) -> str:
        rows = self.rows
        if len(rows) > _SHOWN:
            rows = tuple(sorted(rows, key=_badness, reverse=True)[:_SHOWN])
        has_reasons = any(row.why for row in rows)
        header = ["input", "analytic", "reference", "allowed", "ulps", "verdict", "why"]
        lines = [
            [
                _input(row.name, row.at),
                f"{row.analytic!r}",
                f"{row.reference!r}",
                "-" if math.isnan(row.allowed) else f"± {row.allowed:.1e}",
                _ulps(row.ulps),
                str(row.verdict),
                row.why,
            ]
            for row in rows
        ]
        shown = 7 if has_reasons else 6
        text = table(header[:shown], [line[:shown] for line in lines])
        hidden = len(self.rows) - len(rows)
        return text + (f"\n... and {hidden} more, none of them worse" if hidden else "")

    def as_dict(self) -> dict[str, Any]:
        """The report as plain data for JSON; nan and infinities are strings."""
        rows = [
            {
                "input": row.name,
                "at": _plain(row.at),
                "analytic": _plain(row.analytic),
                "reference": _plain(row.reference),
                "low": _plain(row.low),
                "high": _plain(row.high),
                "ulps": _plain(row.ulps),
                "verdict": str(row.verdict),
                "why": row.why,
            }
            for row in self.rows
        ]
        return {
            "ok": bool(self),
            "verdict": str(self.verdict),
            "rows": rows,
            "method": self.method,
            "findings": list(self.findings),
        }


def _badness(row: Row) -> tuple[int, float]:
    return _SEVERITY[row.verdict], 0.0 if math.isnan(row.ulps) else row.ulps


def _input(name: str, at: float | None) -> str:
    if at is None:
        return name
    short = f"{at:.6g}"
    return f"{name} = {at!r}" if at != at or float(short) == at else f"{name} ≈ {short}"


def _ulps(ulps: float) -> str:
    if math.isnan(ulps):
        return "-"
    return f"{ulps:.1f}" if ulps < 1e4 else f"{ulps:.0e}"


def _plain(number: float | None) -> float | str | None:
    return number if number is None or math.isfinite(number) else repr(number)
