"""The page of what the checks found: counts and reasons, no values, nothing loaded from elsewhere."""

from __future__ import annotations

import datetime as dt
import re
from pathlib import Path
from typing import Any

import polars as pl

from melflow.reports.checks import render

REASONS = {
    "src_response.choice": "A choice that is not listed has no score.",
    "src_exchange.own:day": "A day has <24> hours.",
    "src_exchange.unused": "Never shown.",
}


def row(source: str, table: str, rule: str, severity: str, n: int, n_failed: int, **more: Any) -> dict[str, Any]:
    moment = dt.datetime(2026, 7, 1, 12, tzinfo=dt.UTC)
    return {"source": source, "table_name": table, "rule_id": rule, "severity": severity, "success": not n_failed,
            "n_checked": n, "n_failed": n_failed, "checked_at": moment} | more  # fmt: skip


def test_checks__counts_and_reasons(tmp_path: Path) -> None:
    """Should count rules, rows and broken rules, take an open gate for no broken rule, and escape every text."""
    checks = pl.DataFrame([
        row("survey", "src_response", "choice:cap@1", "error", 40, 2),
        row("survey", "src_response", "most_answers_readable", "gate", 40, 7, success=True),
        row("log", "src_exchange", "own:day", "warn", 5, 1),
        row("log", "src_exchange", "date_present", "error", 5, 0),
    ])  # fmt: skip
    page = render("River", checks, REASONS, tmp_path)
    text = page.read_text(encoding="utf-8")
    assert "4 rules judged 45 rows of 2 sources; broken rules: 2." in text
    assert text.count("most_answers_readable") == 1 and text.count("choice:cap@1") == 2
    assert "A choice that is not listed has no score." in text and "A day has &lt;24&gt; hours." in text
    assert "Never shown." not in text
    assert text.count("<script") == text.count("<script>") == 1  # the page's own
    assert not re.search(r"(?:https?:)?//\w|<link|@import|url\(", text)
    again = render("River", checks.reverse(), REASONS, tmp_path / "again")
    assert again.read_bytes() == page.read_bytes()


def test_checks__nothing_checked(tmp_path: Path) -> None:
    """Should say so."""
    schema = pl.DataFrame([row("a", "b", "c", "warn", 1, 0)]).schema
    page = render("River", pl.DataFrame(schema=schema), {}, tmp_path)
    assert "Nothing was checked yet." in page.read_text(encoding="utf-8")
