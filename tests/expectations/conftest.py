"""A small alliance with one form, and rows that break no rule, to be changed one column at a time."""

from __future__ import annotations

import json
from collections.abc import Callable
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

import polars as pl
import pytest
import yaml

from melflow.expectations.reference import KNOWN_RESULT, Reference
from melflow.sources.canonical import TABLES

_PROVENANCE = {
    "source_system": "survey",
    "source_file": "inbox/survey.csv",
    "source_sheet": None,
    "ingested_at": datetime(2025, 1, 20, 8, tzinfo=UTC),
    "load_id": "survey-0123456789ab",
    "content_hash": "c",
}

_GOOD: dict[str, dict[str, Any]] = {
    "src_submission": {
        "submission_id": "s{n}",
        "version_id": "v{n}",
        "is_current": True,
        "instrument_id": "health",
        "form_id": "health",
        "form_version": "2",
        "partner_raw": "Green Valley Network",
        "partner_id": "gvn",
        "about_partner_raw": "Lake Institute",
        "about_partner_id": "lake",
        "period_id": "2024-H2",
        "collected_on": date(2024, 11, 3),
        "submitted_at": datetime(2024, 11, 3, 9, tzinfo=UTC),
        "duration_s": 300.0,
        "consent_level": "yes",
    },
    "src_response": {
        "submission_id": "s{n}",
        "version_id": "v{n}",
        "instrument_id": "health",
        "form_version": "2",
        "repeat_path": "",
        "item_id": "years",
        "value_raw": "3",
        "value_num": 3.0,
    },
    "src_exchange": {
        "exchange_id": "e{n}",
        "occurred_on": date(2024, 11, 3),
        "occurred_on_raw": "2024-11-03",
        "period_id": "2024-H2",
        "from_partner_raw": "gvn",
        "from_partner_id": "gvn",
        "to_partner_raw": "lake",
        "to_partner_id": "lake",
        "kind": "advice",
        "channel": "online",
        "quantity": 1.0,
        "quantity_raw": "1",
        "unit": "events",
        "is_current": True,
    },
    "src_result": {
        "result_id": "r{n}",
        "partner_raw": "gvn",
        "partner_id": "gvn",
        "period_id": "2024-H2",
        "period_raw": "2024-H2",
        "indicator_id": "ind_1",
        "baseline": 0.0,
        "baseline_raw": "0",
        "target": 10.0,
        "target_raw": "10",
        "actual": 4.0,
        "actual_raw": "4",
        "unit": "people",
        "cell_ref": "2024!D7",
        "is_current": True,
    },
}

_REGISTERS = {
    table: cases
    for path in sorted(Path(__file__).parent.glob("register_cases*.yml"))
    for table, cases in yaml.safe_load(path.read_text(encoding="utf-8")).items()
}
_GOOD |= {table: cases["good"] for table, cases in _REGISTERS.items()}

_ITEMS: list[dict[str, Any]] = [
    {"item_id": "years", "type": "integer", "range_min": 0.0, "range_max": 60.0, "is_required": True},
    {"item_id": "share", "type": "decimal"},
    {"item_id": "met_on", "type": "date"},
    {"item_id": "trust", "type": "select_one", "list": "agree", "range_min": 0.0, "range_max": 100.0},
    {"item_id": "topics", "type": "select_multiple", "list": "agree"},
    {"item_id": "age", "type": "integer", "is_personal": True},
    {"item_id": "remark", "type": "text"},
]


def _row(table: str, n: int | str = 0, **changes: Any) -> dict[str, Any]:
    """Return a row that breaks no rule; ``n`` makes its keys unique, and it is its place in the file."""
    good = {key: value.format(n=n) if isinstance(value, str) else value for key, value in _GOOD[table].items()}
    number = n if isinstance(n, int) else 7
    return _PROVENANCE | good | {"row_id": f"{table}#{n}", "source_row": number + 2} | changes


def _frame(table: str, *rows: dict[str, Any]) -> pl.DataFrame:
    """Return a canonical table of the rows."""
    return pl.DataFrame(list(rows), schema=TABLES[table])


@pytest.fixture(scope="session")
def row() -> Callable[..., dict[str, Any]]:
    """Make a row: ``row(table, n, **changes)``."""
    return _row


@pytest.fixture(scope="session")
def frame() -> Callable[..., pl.DataFrame]:
    """Make a canonical table: ``frame(table, *rows)``."""
    return _frame


@pytest.fixture(scope="session")
def forms() -> dict[str, pl.DataFrame]:
    """One form version with a question of each kind; a choice carries quotes and braces."""
    form = {"instrument_id": "health", "form_version": "2"}
    label = {"label": json.dumps({"en": "How many years have you worked with them?"})}
    codes = ["agree", "disagree", 'it\'s "50/50" {maybe}; drop table src_response --']
    words = {"agree": json.dumps({"en": "I agree", "es": "De acuerdo"})}
    return {
        "src_instrument": _frame("src_instrument", form | {"title": "Health"}),
        "src_item": _frame(
            "src_item", *(form | item | (label if item["item_id"] == "years" else {}) for item in _ITEMS)
        ),
        "src_choice": _frame(
            "src_choice", *(form | {"list": "agree", "code": code, "label": words.get(code)} for code in codes)
        ),
    }


@pytest.fixture(scope="session")
def reference() -> Reference:
    """Three partners, one of them in no partnership, and two half-years."""
    return Reference(
        partners=frozenset({"gvn", "hill", "lake"}),
        partnerships=frozenset({"twins"}),
        members={"gvn": (date(2024, 9, 1), None), "lake": (date(2024, 7, 1), date(2024, 12, 1))},
        dyads={"gvn--lake": ("gvn", "lake")},
        cumulative=frozenset({"total"}),
        results=pl.DataFrame(
            [("total", "gvn", None, None, "2024-H1", 10.0)],
            schema=dict.fromkeys(KNOWN_RESULT[:-1], pl.String) | {"actual": pl.Float64},
            orient="row",
        ),
        periods={"2024-H1": (date(2024, 1, 1), date(2024, 6, 30)), "2024-H2": (date(2024, 7, 1), date(2024, 12, 31))},
        constructs={"adapt_renew": "capability", "finance": "need"},
        units={"ind_1": frozenset({"people"})},
        nearest=lambda raw: "Green Valley Network" if raw.startswith("Gren") else None,
    )
