"""Rows of results as a release has them, in a context whose audience counts in its own way."""

from __future__ import annotations

import datetime as dt
from typing import Any

import polars as pl

from melflow.reports import columns
from melflow.reports.context import Context
from melflow.reports.edition_data import EditionData, Period, ReleaseInfo
from melflow.reports.frame import Frame, framed
from melflow.reports.frozen import Frozen
from melflow.reports.gate import Limits
from melflow.reports.words import Findings

SPANS = {
    "2024-H2": (dt.date(2024, 7, 1), dt.date(2024, 12, 31), "Jul-Dec 2024"),
    "2025-H1": (dt.date(2025, 1, 1), dt.date(2025, 6, 30), "Jan-Jun 2025"),
    "2025-H2": (dt.date(2025, 7, 1), dt.date(2025, 12, 31), "Jul-Dec 2025"),
    "2026-H1": (dt.date(2026, 1, 1), dt.date(2026, 6, 30), "Jan-Jun 2026"),
}
PERIODS = tuple(SPANS)
SETTINGS = {
    "alliance_id": "rivers", "reporting_org_ref": "XI-EXAMPLE-1001", "reporting_org_type": "60",
    "reporting_org_name": None, "activity_prefix": None, "activity_status": "2", "starts_on": "2024-07-01",
    "ends_on": None, "baseline_year": 2023, "sector": "14030", "default_currency": "USD", "humanitarian": False,
    "countries": {"Kenya": "KE"}, "results": {"WC-01": "outcome"},
}  # fmt: skip


def progress(indicator: str, period: str, group: str = "total", **given: Any) -> dict[str, Any]:
    """Return a row of the alliance's totals."""
    row = {"scope": "alliance", "indicator_id": indicator, "partner_id": "alliance", "period_id": period}
    row |= {"disaggregation": group, "indicator_name": "Committees", "kind": "cumulative", "direction": "rise"}
    return row | {"unit": "committees", "n_summed": 2, "results_due": 3, "is_suppressed": False} | given


def release_of(
    rows: list[dict[str, Any]], frame: Frame | None = None, names: dict[str, str] | None = None, **other: Any
) -> Context:
    """Return what an edition of the last period has: rows of results, and of other tables by name."""
    given = {"pub_indicator_progress": rows, **other}
    tables = {
        name: pl.DataFrame(
            [
                {column.name: ({"is_suppressed": False} | row).get(column.name) for column in spec}
                for row in given.get(name, [])
            ],
            schema={column.name: column.dtype for column in spec},
        )
        for name, spec in columns.TABLES.items()
    }
    periods = tuple(Period(key, label, start, end) for key, (start, end, label) in SPANS.items())
    created = dt.datetime(2026, 7, 1, 6, tzinfo=dt.UTC)
    info = ReleaseInfo("r1", created, dt.date(2026, 6, 30), "0", "c", "l", "Rivers Alliance")
    partners = {"ana": "Ana", "bo": "Bo", "cy": "Cy"}
    data = EditionData(
        info, periods[-1], periods, partners, {}, {}, tables, (), {"ana": "CO", "bo": "CO", "cy": "Kenya"}
    )
    frame = frame or Frame()
    return Context(framed(data, frame, names or {}), Findings((), (), (), ()), "en", 10, frame=frame)


def frozen(**given: Any) -> Frozen:
    """Return a funder's report with the settings of the standard."""
    kept: dict[str, Any] = {
        "report": "funder", "title": {"en": "Results"}, "audience": "funder", "language": "en",
        "publish_level": "funder", "sections": ("results",), "formats": ("iati",), "names": {}, "description": "",
        "min_n": 10, "limits": Limits(0.2, 400), "iati": SETTINGS,
    }  # fmt: skip
    return Frozen(**(kept | given))
