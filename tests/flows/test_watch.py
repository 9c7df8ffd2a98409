"""Waves compared: with the reference wave the workspace names, or said to be too small; told once."""

from __future__ import annotations

from datetime import date
from pathlib import Path

import polars as pl
import pytest

from melflow.core.warehouse import append, connect
from melflow.core.workspace import Workspace, load_workspace
from melflow.flows.tables import DRIFT_RESULT, prepare
from melflow.flows.watch import news, watch
from melflow.sources.canonical import conform
from tests.flows.held_workspace import make

WAVES = {"2024-H2": 4, "2025-H1": 5, "2026-H1": 6}
TODAY = date(2026, 7, 1)


def workspace(folder: Path, reference: str) -> Workspace:
    """Make three small waves of one instrument; one of them is the reference."""
    place = make(folder)
    with (place / "melflow.toml").open("a", encoding="utf-8") as declared:
        declared.write(f'[checks.reference_wave]\ncap = "{reference}"\n')
    made = load_workspace(place)
    prepare(made.warehouse_path)
    said = [(f"{period}-{n}", period) for period, size in WAVES.items() for n in range(size)]
    key = {"instrument_id": "cap", "load_id": "l"}
    rows = {
        "src_submission": [key | {"version_id": name, "period_id": period, "is_current": True, "language": "es",
                                  "partner_id": "lab"} for name, period in said],
        "src_response": [key | {"version_id": name, "form_version": "1", "item_id": "q", "repeat_path": "",
                                "value_raw": "yes"} for name, _ in said],
        "src_item": [{"instrument_id": "cap", "form_version": "1", "item_id": "q", "stable_item_key": "q",
                      "is_personal": False}],
    }  # fmt: skip
    with connect(made.warehouse_path) as con:
        for table, frame in rows.items():
            append(con, f"raw.{table}", conform(table, pl.DataFrame(frame)))
    return made


@pytest.mark.parametrize(
    ("reference", "size", "reason"),
    [("2025-H1", 5, "too small to tell: fewer than 10"), ("2025-H2", 0, "the reference wave 2025-H2 has no answers")],
)
def test_watch__says_why_not(tmp_path: Path, reference: str, size: int, reason: str) -> None:
    """Should compare the latest wave with the one that is named, and say so where that cannot be done."""
    made = workspace(tmp_path, reference)
    rows = watch(made, TODAY)
    assert set(rows["reference_period"]) == {reference} and set(rows["current_period"]) == {"2026-H1"}
    told = rows.filter(aspect="item", scope_kind="instrument").row(0, named=True)
    assert (told["n_reference"], told["n_current"], told["drifted"]) == (size, 6, None)
    assert told["reason"].startswith(reason)
    assert rows["reason"].null_count() == 0 and news(made, rows) == []


def test_news__only_what_changed(tmp_path: Path) -> None:
    """Should tell a drift once, tell it again when it comes back, and say nothing of what goes on or ends."""
    made = load_workspace(make(tmp_path))

    def found(*items: str) -> pl.DataFrame:
        same = {"instrument_id": "cap", "scope_kind": "instrument", "scope_id": "", "aspect": "item", "method": "ks",
                "reference_period": "2024-H2", "current_period": "2025-H1"}  # fmt: skip
        return pl.DataFrame(
            [same | {"item_id": item, "drifted": item in items} for item in ("q", "r")], schema_overrides=DRIFT_RESULT
        )

    q, r = (f"cap: {item} changed from 2024-H2 to 2025-H1" for item in ("q", "r"))
    assert [news(made, found(*items)) for items in (["q"], ["q"], ["q", "r"], ["r"], ["q", "r"])] == [
        [q], [], [r], [], [q],
    ]  # fmt: skip
