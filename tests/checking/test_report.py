"""What a report says, prints, raises and hands on."""

from __future__ import annotations

import json
from math import inf, nan
from typing import Any

import pytest

from microgradlab.checking import GradientError, Report, Row, Verdict

METHOD = "Reference: a number that is known"


def row(verdict: Verdict = Verdict.OK, name: str = "x", **changes: Any) -> Row:
    numbers = {"at": 1.5, "analytic": 2.0, "reference": 2.5, "allowed": 0.25, "ulps": 1.25}
    return Row(name, **(numbers | {"why": ""} | changes), verdict=verdict)


def report(*verdicts: Verdict, findings: tuple[str, ...] = ()) -> Report:
    return Report("f", tuple(map(row, verdicts)), METHOD, findings)


# --- verdicts


@pytest.mark.parametrize("verdict", Verdict)
def test_ok_and_kink_alone_are_passes(verdict: Verdict) -> None:
    passes = verdict in (Verdict.OK, Verdict.KINK)
    assert verdict.passes is passes
    assert bool(report(Verdict.OK, verdict)) is passes


def test_the_verdict_of_a_report_is_the_worst_of_its_rows() -> None:
    mixed = [Verdict.OK, Verdict.INCONCLUSIVE, Verdict.KINK, Verdict.ILL_CONDITIONED]
    assert report(*mixed).verdict is Verdict.INCONCLUSIVE
    assert report(*mixed, Verdict.WRONG).verdict is Verdict.WRONG


# --- print


def test_it_prints_as_a_table_with_findings_and_method_below() -> None:
    rows = (
        row(Verdict.KINK, why="relu has a kink"),
        row(name="w[0]", at=0.1 + 0.2, analytic=-1e-9, reference=1 / 3, allowed=1.2e-16, ulps=2e5),
    )
    text = str(Report("f", rows, METHOD, ("Something was found.",)))
    assert text == repr(Report("f", rows, METHOD, ("Something was found.",)))
    assert text.splitlines() == [
        "f: 2 derivatives, 1 KINK, 1 OK",
        "",
        "input       analytic  reference           allowed    ulps   verdict  why",
        "x = 1.5     2.0       2.5                 ± 2.5e-01  1.2    KINK     relu has a kink",
        "w[0] ≈ 0.3  -1e-09    0.3333333333333333  ± 1.2e-16  2e+05  OK",
        "",
        "Something was found.",
        "",
        "Reference: a number that is known.",
    ]


def test_without_reasons_and_findings_there_is_no_place_for_them() -> None:
    text = str(report(Verdict.OK))
    assert "why" not in text
    assert "\n\n\n" not in text
    assert text.startswith("f: 1 derivative, all OK\n")


def test_the_counts_begin_with_the_worst() -> None:
    text = str(report(Verdict.OK, Verdict.WRONG, Verdict.OK, Verdict.INCONCLUSIVE))
    assert text.startswith("f: 4 derivatives, 1 WRONG, 1 INCONCLUSIVE, 2 OK\n")


def test_what_is_not_a_number_prints_as_a_dash() -> None:
    text = str(Report("f", (row(at=None, reference=nan, allowed=nan, ulps=nan),), METHOD))
    assert text.splitlines()[3].split() == ["x", "2.0", "nan", "-", "-", "OK"]


def test_an_input_of_nan_or_infinity_is_shown_as_it_is() -> None:
    text = str(Report("f", (row(at=nan), row(name="y", at=-inf)), METHOD))
    assert "x = nan " in text
    assert "y = -inf " in text


def test_up_to_twenty_rows_stand_in_the_order_of_the_inputs() -> None:
    rows = [row(Verdict.WRONG if i == 7 else Verdict.OK, name=f"x{i}") for i in range(20)]
    shown = str(Report("f", tuple(rows), METHOD)).splitlines()[3:23]
    assert [line.split()[0] for line in shown] == [f"x{i}" for i in range(20)]


def test_of_more_rows_the_worst_twenty_are_shown_first() -> None:
    rows = [row(name=f"x{i}", ulps=i / 10) for i in range(30)]
    rows += [row(Verdict.WRONG, name="worst"), row(Verdict.KINK, name="kink", ulps=nan)]
    shown = str(Report("f", tuple(rows), METHOD)).splitlines()[3:]
    names = [line.split()[0] for line in shown[:20]]
    assert names == ["worst", "kink", *(f"x{i}" for i in range(29, 11, -1))]
    assert shown[20] == "... and 12 more, none of them worse"


# --- assert_ok


def test_assert_ok_is_silent_where_everything_passes() -> None:
    report(Verdict.OK, Verdict.KINK).assert_ok()


@pytest.mark.parametrize(
    "verdict", [Verdict.WRONG, Verdict.INCONCLUSIVE, Verdict.ILL_CONDITIONED], ids=str
)
def test_assert_ok_raises_an_assertion_error_with_the_report(verdict: Verdict) -> None:
    failed = report(Verdict.OK, verdict)
    with pytest.raises(AssertionError) as caught:
        failed.assert_ok()
    assert isinstance(caught.value, GradientError)
    assert str(caught.value) == str(failed)


def test_further_verdicts_may_be_let_pass() -> None:
    doubtful = report(Verdict.OK, Verdict.ILL_CONDITIONED)
    doubtful.assert_ok(allow=[Verdict.ILL_CONDITIONED])
    with pytest.raises(GradientError):
        doubtful.assert_ok(allow=[Verdict.INCONCLUSIVE])


# --- as data


def test_as_data_it_goes_through_json() -> None:
    rows = (row(Verdict.WRONG, why="mul's dx is wrong"), row(name="y", at=None))
    data = json.loads(json.dumps(Report("f", rows, METHOD, ("Found.",)).as_dict()))
    assert data == {
        "ok": False,
        "verdict": "WRONG",
        "rows": [
            {
                "input": "x",
                "at": 1.5,
                "analytic": 2.0,
                "reference": 2.5,
                "low": 2.25,
                "high": 2.75,
                "ulps": 1.25,
                "verdict": "WRONG",
                "why": "mul's dx is wrong",
            },
            {**data["rows"][1], "input": "y", "at": None, "verdict": "OK", "why": ""},
        ],
        "method": METHOD,
        "findings": ["Found."],
    }


def test_nan_and_infinities_are_strings_because_json_has_none() -> None:
    special = row(at=-inf, analytic=inf, reference=nan, allowed=nan, ulps=nan)
    text = json.dumps(Report("f", (special,), METHOD).as_dict(), allow_nan=False)
    data = json.loads(text)["rows"][0]
    assert [data[key] for key in ("at", "analytic", "reference", "low", "ulps")] == [
        "-inf",
        "inf",
        "nan",
        "nan",
        "nan",
    ]
