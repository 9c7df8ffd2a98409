"""An audience's own periods, groups, names, order and currency: by the rule of each indicator, never by a guess."""

from __future__ import annotations

import json
from dataclasses import asdict
from types import SimpleNamespace
from typing import Any

import pytest
from fake_release import make_report, make_workspace
from frames import PERIODS, frozen, progress, release_of

from melflow.core.workspace.frames import OwnPeriods
from melflow.core.workspace.rates import Rate as DeclaredRate
from melflow.reports import section_own, section_results
from melflow.reports.document import Table
from melflow.reports.frame import Frame, Rate
from melflow.reports.frozen import Frozen
from melflow.reports.money import amounts
from melflow.reports.own_exchanges import exchanged
from melflow.reports.own_periods import Value, series, value, windows
from melflow.reports.section_power import section as power
from melflow.reports.xlsx_own import sheets

JULY = Frame(fiscal_year_starts=7)
RATES = tuple(
    Rate("USD", "EUR", period, 0.5 + number / 4, "2025-01-31", "the bank") for number, period in enumerate(PERIODS)
)


def _rows(kind: str | None, actuals: list[float | None], **given: Any) -> list[dict[str, Any]]:
    return [
        progress("WC-01", period, kind=kind, baseline=1.0, target_in_force=10.0 * number, actual=actual,
                 reason=None if actual is not None else "not reported", **given)
        for number, (period, actual) in enumerate(zip(PERIODS, actuals, strict=True), start=1)
    ]  # fmt: skip


def _values(rows: list[dict[str, Any]], frame: Frame) -> list[Value]:
    context = release_of(rows, frame)
    return [value(context, one, span) for one in series(context) for span in windows(context)]


def test_fiscal_year__running_totals() -> None:
    """Should take a running total from the last period of the year, with the target that was in force then."""
    first, second = _values(_rows("cumulative", [3.0, 5.0, 6.0, 9.0]), JULY)
    assert (first.baseline, first.target, first.actual, first.n, first.of) == (1.0, 20.0, 5.0, 2, 3)
    assert (second.target, second.actual) == (40.0, 9.0)


def test_fiscal_year__sums_without_holes() -> None:
    """Should add up figures of periods alone, and never over a hole."""
    first, second = _values(_rows("non_cumulative", [3.0, 5.0, None, 9.0]), JULY)
    assert (first.baseline, first.target, first.actual, first.n, first.of) == (None, 30.0, 8.0, 4, 6)
    assert (second.target, second.actual, second.reason) == (70.0, None, "Jul-Dec 2025: not reported")


@pytest.mark.parametrize(("kind", "why"), [("non_summing", "neither added up nor averaged"), (None, "indicators.csv")])
def test_fiscal_year__never_averaged(kind: str | None, why: str) -> None:
    """Should give no figure of a year for a share, and say why."""
    for one in _values(_rows(kind, [3.0, 5.0, 6.0, 9.0]), JULY):
        assert one.actual is None and one.target is None and why in one.reason


def test_fiscal_year__that_cuts_a_period() -> None:
    """Should give no figure of any year that starts within a period of the alliance, nor of one that is not over."""
    cut = _values(_rows("cumulative", [3.0, 5.0, 6.0, 9.0]), Frame(fiscal_year_starts=4))
    assert all(one.actual is None and "cuts a period of the alliance" in one.reason for one in cut) and len(cut) == 3
    first, second, third = _values(_rows("cumulative", [3.0, 5.0, 6.0, 9.0]), Frame(fiscal_year_starts=1))
    assert "counts from Jul-Dec 2024 on" in first.reason and second.actual == 6.0
    assert "not over yet" in third.reason and third.actual is None


def test_shown__one_period_keeps_its_figures() -> None:
    """Should show a share of a period as it is, and withhold what is suppressed."""
    rows = _rows("non_summing", [3.0, 5.0, 6.0, 9.0])
    rows[0] |= {"is_suppressed": True, "n_suppressed_reason": "fewer than 10 respondents"}
    hidden, open_ = _values(rows, Frame(shown=PERIODS[:2]))
    assert (hidden.actual, hidden.reason, open_.actual) == (None, "fewer than 10 respondents", 5.0)


def test_frame__names_order_choice_groups() -> None:
    """Should show the indicators the audience chose, in its order, under its names, by its groups alone."""
    rows = [
        progress(indicator, PERIODS[-1], group, actual=1.0, baseline=0.0)
        for indicator in ("A", "B", "C")
        for group in ("total", "sex: women", "youth")
    ]
    rows += [progress("B", PERIODS[-1], scope="partner", partner_id="ana", actual=1.0)]
    frame = Frame(indicators=("C", "B"), disaggregation=("Sex", "partner"))
    context = release_of(rows, frame, names={"B": "Open books"})
    shown = [
        (one.indicator_id, one.head["indicator_name"], one.dimension, one.group, one.who) for one in series(context)
    ]
    assert shown == [
        ("C", "Committees", "", "", ""), ("C", "Committees", "sex", "women", ""),
        ("B", "Open books", "", "", ""), ("B", "Open books", "sex", "women", ""), ("B", "Open books", "", "", "Ana"),
    ]  # fmt: skip
    titles = [block.title for block in section_results.section(context).blocks if isinstance(block, Table)]
    assert "Results by group: B Open books (committees)" in titles


def _money(frame: Frame, **changed: Any) -> Any:
    rows = [
        {"period_id": period, "currency": "USD", "received": 100.0 * number, "committed_ahead": 50.0} | changed
        for number, period in enumerate(PERIODS, start=1)
    ]
    budget = {"scope": "alliance", "scope_id": "alliance", "resource": "budget", "unit": "USD", "basis": "actual"}
    held = [budget | {"period_id": period, "total": 80.0, "top_share": 0.5} for period in PERIODS]
    return release_of([], frame, pub_funding=rows, pub_power_balance=held)


def test_money__by_the_rate_of_each_period() -> None:
    """Should convert each period by its own rate, and a year as the sum of its converted periods."""
    context = _money(Frame(fiscal_year_starts=7, currency="EUR", rates=RATES))
    found = {(one.what, one.window.label): (one.amount, one.converted) for one in amounts(context)}
    assert found["received", "Jul 2024-Jun 2025"] == (300.0, 100 * 0.5 + 200 * 0.75)
    assert found["committed_ahead", "Jul 2025-Jun 2026"] == (50.0, 50 * 1.25)
    assert found["spent", "Jul 2025-Jun 2026"] == (160.0, 80 * 1.0 + 80 * 1.25)
    rates = next(block for block in section_own.money(context) if isinstance(block, Table) and "rates" in block.title)
    assert rates.rows[0] == ("Jul-Dec 2024", "1 USD = 0.5 EUR", "31 January 2025", "the bank") and len(rates.rows) == 4
    assert any(
        "100 EUR" in cell
        for block in power(context).blocks
        if isinstance(block, Table)
        for row in block.rows
        for cell in row
    )


def test_money__no_rate_no_number() -> None:
    """Should withhold an amount without a declared rate, also from a sum, and never guess one."""
    context = _money(Frame(currency="EUR", rates=RATES[:1]))
    first, second = (one for one in amounts(context) if one.what == "received" and one.window.period_ids[0] < "2025-H2")
    assert first.converted == 50.0 and second.converted is None
    assert second.reason == "withheld: no rate from USD to EUR for Jan-Jun 2025"
    year = amounts(_money(Frame(fiscal_year_starts=7, currency="EUR", rates=RATES[:1])))[0]
    assert year.amount == 300.0 and year.converted is None and "no rate from USD" in year.reason
    several = amounts(_money(Frame(fiscal_year_starts=7), received=None, currency=None, reason="several currencies"))[0]
    assert several.amount is None and several.reason == "several currencies"
    hidden = amounts(_money(Frame(currency="USD"), received=None, is_suppressed=True, n_suppressed_reason="too few"))[0]
    assert hidden.amount is None and hidden.converted is None and hidden.reason == "too few"


def test_workbook__own_sheets_hold_the_same_numbers() -> None:
    """Should give the same figures as the printed tables, with a meaning for every column."""
    context = release_of(_rows("cumulative", [3.0, 5.0, 6.0, 9.0]), JULY)
    (sheet,) = sheets(context, ("results",))
    names = [name for name, _ in sheet.columns]
    cells = [dict(zip(names, row, strict=True)) for row in sheet.rows]
    assert [(one["period"], one["starts_on"], one["actual"]) for one in cells] == [
        ("Jul 2024-Jun 2025", "2024-07-01", 5.0), ("Jul 2025-Jun 2026", "2025-07-01", 9.0),
    ]  # fmt: skip
    assert all(meaning.endswith(".") for _, meaning in sheet.columns)
    money, rates = sheets(_money(Frame(fiscal_year_starts=7, currency="EUR", rates=RATES)), ("members",))
    assert money.rows[0][-5:] == (300.0, "USD", 200.0, "EUR", None)
    assert rates.rows[0] == ("USD", "EUR", "Jul-Dec 2024", 0.5, "2025-01-31", "the bank") and len(rates.rows) == 4


def test_frozen__keeps_the_frame() -> None:
    """Should come back whole from the manifest, and from one of before audiences had a frame."""
    frame = Frame(("A",), ("trust",), ("women",), 7, (), "EUR", RATES)
    kept = json.loads(json.dumps(frozen(frame=frame).keep()))
    assert Frozen.read(kept) == frozen(frame=frame)
    del kept["frame"]
    assert Frozen.read(kept).frame == Frame()


def test_frame__rates_of_the_day() -> None:
    """Should keep the rates into the report's currency and no other, whatever order they stand in."""
    rates = [DeclaredRate(**{**asdict(rate), "into": into}) for rate in reversed(RATES) for into in ("KES", "EUR")]
    workspace = SimpleNamespace(rates=rates)
    report = make_report(currency="EUR", periods=OwnPeriods(fiscal_year_starts=7), indicators=("A",))
    frame = Frame.of(report, workspace)  # type: ignore[arg-type]
    assert frame == Frame(indicators=("A",), fiscal_year_starts=7, currency="EUR", rates=RATES)


def test_exchanged__added_up_of_whole_logs() -> None:
    """Should add up what pairs exchanged in a year, unless a log did not come or a figure is withheld."""
    rows = [
        {"dyad_id": pair, "measure": measure, "channel": channel, "period_id": period, "flow_total": 10.0}
        for pair in ("ana--bo", "bo--cy")
        for measure in ("events", "hours")
        for channel in ("all", "visit")
        for period in PERIODS
    ]
    whole = [(one.measure, one.total, one.n_pairs) for one in exchanged(release_of([], JULY, pub_mutuality_dyad=rows))]
    assert whole == [("events", 40.0, 2)] * 2 + [("hours", 40.0, 2)] * 2
    holed = [row for row in rows if row["measure"] == "events" and row["period_id"] != "2024-H2"]
    holed += [row for row in rows if row["measure"] == "hours"]
    hidden = [row | {"flow_total": None} if row["period_id"] == "2026-H1" else row for row in holed]
    found = [(one.total, one.reason) for one in exchanged(release_of([], JULY, pub_mutuality_dyad=hidden))]
    assert found[0] == (None, "nothing is logged of Jul-Dec 2024") and found[1][0] is None
    assert found[1][1] == "2 figures of pairs are withheld" and found[2] == (40.0, "")
    assert not list(exchanged(release_of([], pub_mutuality_dyad=rows)))


def test_frozen__further_language_has_its_place() -> None:
    """Should put an edition in a further language beside those of the report, and never among its partners."""
    workspace = make_workspace()
    places = [
        Frozen.of(make_report(), workspace, partner, language).place
        for partner, language in ((None, None), (None, "en"), (None, "es"), ("es", None), ("es", "es"))
    ]
    assert places == ["funder", "funder", "funder.es", "funder/es", "funder.es/es"]
    assert Frozen.of(make_report(), workspace, None, "es").language == "es"
