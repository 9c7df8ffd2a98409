"""The data officer's sections: what came of what was expected, and what is held and why."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import polars as pl
from frames import PERIODS, release_of

from melflow.reports.document import Section, Table
from melflow.reports.section_coverage import section as coverage
from melflow.reports.section_held import section as held

HERE = {"period_id": PERIODS[-1], "source": "survey"}


def _rows(section: Section) -> list[tuple[str, ...]]:
    return [row for block in section.blocks if isinstance(block, Table) for row in block.rows]


def _context(*rows: dict[str, Any]) -> Any:
    return release_of([], pub_data_quality=[HERE | row for row in rows])


def test_coverage__forms_only() -> None:
    """Should set what came beside what was asked, leave registers out, and hide what is suppressed."""
    context = _context(
        {"partner_id": "ana", "submissions": 8, "expected": 10, "received": 7, "completeness": 0.7, "on_time_share": 1},
        {"partner_id": "bo", "submissions": 5},
        {"partner_id": "bo", "source": "register", "submissions": 0, "rows_received": 9},
        {"partner_id": "cy", "is_suppressed": True},
    )  # fmt: skip
    percent = "\N{NO-BREAK SPACE}%"
    assert _rows(coverage(context)) == [
        ("Ana", "survey", "7", "10", f"70{percent}", f"100{percent}"),
        ("Bo", "survey", "5", "–", "–", "–"),  # noqa: RUF001 - the dash of no number
        ("Cy", "survey", "suppressed"),
    ]
    assert coverage(_context({"partner_id": "bo", "submissions": 0})).is_blank


def test_held__where_and_which_rule() -> None:
    """Should name where rows are held, most first, and the rules that were broken."""
    context = _context(
        {"partner_id": "ana", "rows_received": 40, "rows_held": 1, "cells_held": 2},
        {"partner_id": "bo", "rows_received": 10, "rows_held": 4, "cells_held": 0},
        {"partner_id": "cy", "rows_received": 10, "rows_held": 0, "cells_held": 0},
    )
    broken = {"rule_id": "required", "source": "survey", "severity": "error", "n_failed": 4, "n_checked": 60}
    context = replace(context, data=replace(context.data, failed_checks=pl.DataFrame([broken])))
    assert _rows(held(context)) == [
        ("Bo", "survey", "10", "4", "0"), ("Ana", "survey", "40", "1", "2"), ("required", "survey", "error", "4", "60"),
    ]  # fmt: skip
    assert not _rows(held(_context({"partner_id": "cy", "rows_received": 10, "rows_held": 0, "cells_held": 0})))
