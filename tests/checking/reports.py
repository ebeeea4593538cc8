"""What tests read out of a report."""

from __future__ import annotations

from microgradlab.checking import Report, Verdict


def verdicts(report: Report) -> list[Verdict]:
    """The verdicts of its rows, in order."""
    return [row.verdict for row in report.rows]


def reason(report: Report) -> str:
    """Why its only row has its verdict."""
    assert len(report.rows) == 1
    return report.rows[0].why


def finding(report: Report) -> str:
    """Its only finding."""
    assert len(report.findings) == 1
    return report.findings[0]
