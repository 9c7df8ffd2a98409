"""A corrected rate, and a figure of a fiscal year that changed, are restated: what it was, what it is, and why."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import polars as pl
import pytest
from frames import PERIODS, progress, release_of

from melflow.reports.context import Context
from melflow.reports.edition_data import Dyad
from melflow.reports.frame import Frame, Rate
from melflow.reports.restated_own import own_restated
from melflow.reports.section_changes import cells

RATES = tuple(Rate("USD", "EUR", period, 0.5, "2025-01-31", "the bank") for period in PERIODS)
CORRECTED = (*RATES[:1], replace(RATES[1], rate=0.75), *RATES[2:])
EURO, YEARS = Frame(currency="EUR", rates=RATES), Frame(fiscal_year_starts=7)
SECTIONS = ("results", "members", "flow")


def _money(frame: Frame, received: float = 100.0) -> Context:
    rows = [{"period_id": period, "currency": "USD", "received": received} for period in PERIODS]
    budget = {"scope": "alliance", "scope_id": "alliance", "resource": "budget", "unit": "USD", "basis": "actual"}
    held = [budget | {"period_id": period, "total": 80.0} for period in PERIODS]
    return release_of([], frame, pub_funding=rows, pub_power_balance=held)


def _results(actual: float | None, frame: Frame = YEARS, **given: Any) -> Context:
    actuals = (3.0, 5.0, 6.0, actual)
    rows = [progress("WC-01", period, kind="non_cumulative", actual=one, target_in_force=10.0, **given)
            for period, one in zip(PERIODS, actuals, strict=True)]  # fmt: skip
    return release_of(rows, frame)


def _told(now: Context, before: Context, sections: tuple[str, ...] = SECTIONS) -> list[tuple[str, ...]]:
    rows = own_restated(now, before, sections, "values")
    assert rows.filter(pl.col("why") == "no_figure").select("keys", "old", "new").drop_nulls().is_empty()
    return [cells(now, row) for row in rows.to_dicts()]


@pytest.mark.parametrize("sections", [("members",), ("power",)])
def test_own__corrected_rate(sections: tuple[str, ...]) -> None:
    """Should name the rate behind every converted amount of its period, by the report's own money or its budgets."""
    told = _told(_money(replace(EURO, rates=CORRECTED)), _money(EURO), sections)
    why = "rate corrected: 1 USD = 0.75 EUR for Jan-Jun 2025, before 0.5"
    of = "Money in the report's own periods and currency, converted"
    spent = (f"{of}, Budget, spent (EUR), Jan-Jun 2025", "40", "60", why)
    received = (f"{of}, Received (EUR), Jan-Jun 2025", "50", "75", why)
    assert told == ([spent] if sections == ("power",) else [received, spent])


def test_own__rate_and_amount() -> None:
    """Should tell a corrected rate from a corrected amount, from both, and from a rate that is new or gone."""
    both = _told(_money(replace(EURO, rates=CORRECTED), received=120.0), _money(EURO), ("members",))
    assert both[0][1:] == ("50", "60", "data behind it came late, were corrected or withdrawn")
    assert both[1][1:3] == ("50", "90") and both[1][3].endswith("before 0.5; the amount changed, too")
    fewer = replace(EURO, rates=RATES[1:])
    new = _told(_money(EURO), _money(fewer), ("members",))
    assert {row[1:] for row in new} == {("–", "50", _NEW), ("–", "40", _NEW)} and len(new) == 2  # noqa: RUF001
    gone = _told(_money(fewer), _money(EURO), ("members",))
    assert {row[3] for row in gone} == {
        "2 figures, there are none now: withheld: no rate from USD to EUR for Jul-Dec 2024"
    }


_NEW = "rate declared since: 1 USD = 0.5 EUR for Jul-Dec 2024"


def test_own__a_year_in_another_currency() -> None:
    """Should tell a fiscal year's sum with the rate of the period in it, and pass over what its audience chose anew."""
    years = replace(EURO, fiscal_year_starts=7)
    told = _told(_money(replace(years, rates=CORRECTED)), _money(years), ("members",))
    assert [row[1:3] for row in told] == [("100", "125"), ("80", "100")]
    assert all("Jul 2024-Jun 2025" in row[0] and "for Jan-Jun 2025, before 0.5" in row[3] for row in told)
    assert _told(_money(replace(EURO, currency="GBP", rates=())), _money(EURO), ("members",)) == []
    assert _told(_money(EURO), _money(years), ("members",)) == []


@pytest.mark.parametrize(
    ("now", "before", "told"),
    [
        (lambda: _results(12.0), lambda: _results(9.0), ("15", "18", "data behind it came late")),
        (lambda: _results(12.0, n_summed=3), lambda: _results(9.0), ("15", "18", "rests on 6 cases, before on 4")),
        (lambda: _results(9.0), lambda: _results(None), ("–", "15", "had no figure then")),  # noqa: RUF001
        (lambda: _results(None), lambda: _results(9.0), ("suppressed", "–", "one figure, there is none now")),  # noqa: RUF001
    ],
)  # fmt: skip
def test_own__fiscal_year(
    now: Callable[[], Context], before: Callable[[], Context], told: tuple[str, str, str]
) -> None:
    """Should list a year's figure that is another now, that came or went; of what went, not how much it was."""
    [row] = _told(now(), before())
    assert row[1:3] == told[:2] and row[3].startswith(told[2]) and "Jul 2025-Jun 2026" in row[0]


def test_own__a_year_that_was_not_over() -> None:
    """Should not call it a restatement when a year came to its end, nor list single periods twice."""
    now = _results(9.0)
    before = replace(now, data=replace(now.data, period=now.data.periods[2], periods=now.data.periods[:3]))
    assert _told(now, before) == [] == _told(_results(9.0, Frame(shown=PERIODS)), _results(8.0, Frame(shown=PERIODS)))


def test_own__exchanges() -> None:
    """Should list the exchanges of a fiscal year that are others now, and no sum that would tell a withdrawn pair's."""
    contexts = []
    for total in (30, 34):
        rows = [{"dyad_id": "ana--bo", "period_id": period, "measure": "events", "channel": "all", "flow_total": total}
                for period in PERIODS]  # fmt: skip
        contexts.append(release_of([], YEARS, pub_mutuality_dyad=rows))
    before, now = contexts
    assert [row[1:3] for row in _told(now, before)] == [("60", "68")] * 2
    wider = replace(before, data=replace(before.data, dyads={"ana--cy": Dyad("ana--cy", "ana", "cy")}))
    assert [row[1:] for row in _told(now, wider)] == [("suppressed", "–", "one figure, a sum of fewer pairs now")] * 2  # noqa: RUF001
