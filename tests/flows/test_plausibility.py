"""The statistical checks on a warehouse with one of everything that looks wrong."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import polars as pl
import pytest

from melflow.core.warehouse import append, connect
from melflow.core.workspace import Workspace, load_workspace
from melflow.flows.plausibility import inspect
from melflow.flows.tables import prepare
from melflow.sources.canonical import FORMS, conform, empty
from melflow.sources.xlsform import Instruments

Row = dict[str, Any]
DAY = datetime(2024, 11, 1, tzinfo=UTC)
GRID = [f"q{n}" for n in range(1, 6)]


@pytest.fixture
def workspace(tmp_path: Path) -> Workspace:
    (tmp_path / "melflow.toml").write_text(
        '[alliance]\nid = "a"\nname = "A"\n[calendar]\nkind = "half-year"\nfirst = "2024-H2"\nlast = "2025-H1"\n'
        "[checks]\nmin_duplicate_items = 5\nmin_n = 5\n",
        encoding="utf-8",
    )
    (tmp_path / "partners.csv").write_text(
        "partner_id,name,type,country,joined_on,left_on,contact,language\n", encoding="utf-8"
    )
    (tmp_path / "partnerships.yml").write_text("partnerships: []\n", encoding="utf-8")
    made = load_workspace(tmp_path)
    prepare(made.warehouse_path)
    return made


@pytest.fixture
def instruments() -> Instruments:
    shared = {"instrument_id": "cap", "form_version": "1"}
    items = [
        {"type": "select_one", "list": "agree", "range_min": 1.0, "range_max": 5.0, "item_id": name} for name in GRID
    ]
    items += [{"type": "integer", "item_id": "years"}, {"type": "text", "item_id": "name", "is_personal": True}]
    tables = {
        "src_item": pl.DataFrame([shared | item | {"stable_item_key": item["item_id"]} for item in items]),
        "src_choice": pl.DataFrame(
            [shared | {"list": "agree", "code": str(n), "score": float(n)} for n in range(1, 6)]
        ),
    }
    frames = {name: conform(name, tables[name]) if name in tables else empty(name) for name in FORMS}
    made = Instruments(())
    made.__dict__["frames"] = frames  # what the property would keep
    return made


def fill(workspace: Workspace, people: list[Row]) -> None:
    """Load submissions: grid (five codes), years, and columns of the submission itself."""
    submissions, responses = [], []
    for n, person in enumerate(people):
        key = {"submission_id": f"s{n}", "version_id": f"v{n}", "instrument_id": "cap", "form_version": "1",
               "load_id": "survey-1", "source_system": "survey", "row_id": f"survey-1#{n}"}  # fmt: skip
        own = {name: value for name, value in person.items() if name not in ("grid", "years")}
        submissions.append({"is_current": True, "partner_id": "cumbral", "period_id": "2024-H2", "ingested_at": DAY,
                            "source_row": n} | key | own)  # fmt: skip
        answers: list[Row] = [{"item_id": name, "option": code, "value_raw": code} for name, code in
                              zip(GRID, person["grid"], strict=True)]  # fmt: skip
        answers.append({"item_id": "years", "value_raw": str(person["years"]), "value_num": float(person["years"])})
        answers.append({"item_id": "name", "value_raw": f"somebody {n}"})
        responses += [key | {"repeat_path": "", "row_id": f"r{n}-{i}"} | answer for i, answer in enumerate(answers)]
    with connect(workspace.warehouse_path) as con:
        append(con, "raw.load", pl.DataFrame([{"load_id": "survey-1", "landed_at": DAY}]))
        append(con, "raw.src_submission", conform("src_submission", pl.DataFrame(submissions)))
        append(con, "raw.src_response", conform("src_response", pl.DataFrame(responses, infer_schema_length=None)))


def test_inspect__points_at_what_looks_wrong(workspace: Workspace, instruments: Instruments) -> None:
    """Should point at haste, a straight line, a copy, an outlier and a leap; and say it again the same way."""
    others: list[Row] = [{"grid": f"{2 + n % 3}{1 + n % 5}2{1 + n // 5}3", "years": 5 + n % 7, "duration_s": 600.0}
                         for n in range(10)]  # fmt: skip
    fill(workspace, [
        *others,
        {"grid": "12345", "years": 8, "duration_s": 100.0},  # 10: a quarter of the median is 150
        {"grid": "44444", "years": 9, "duration_s": 600.0},  # 11
        others[0],  # 12: every answer of s0; whose name differs is personal and not compared
        {"grid": "21354", "years": 90, "duration_s": None},  # 13
        {"grid": "11112", "years": 7, "respondent_id": "ann", "duration_s": 600.0},
        {"grid": "55545", "years": 8, "respondent_id": "ann", "duration_s": 600.0, "period_id": "2025-H1"},  # 15
    ])  # fmt: skip
    found = inspect(workspace, instruments)
    assert set(found.select("rule_id", "version_id").iter_rows()) == {
        ("short", "v10"), ("straight", "v11"), ("copy", "v12"), ("outlying", "v13"), ("leap", "v15"),
    }  # fmt: skip
    assert "submission s0" in found.filter(rule_id="copy")["message"].item()
    assert found.filter(rule_id="leap")["figure"].item() == 90
    assert not [message for message in found["message"] if "somebody" in message]
    inspect(workspace, instruments)
    with connect(workspace.warehouse_path, read_only=True) as con:
        counted = con.execute(
            "select rule_id, severity, n_checked, n_failed from raw.check_result order by 1"
        ).fetchall()
        n_flags = con.execute("select count(*), count(is_short), count(is_leap) from raw.plausibility").fetchone()
    assert counted == [
        ("statistics:copy", "warn", 16, 1), ("statistics:leap", "warn", 1, 1), ("statistics:outlying", "warn", 16, 1),
        ("statistics:short", "warn", 15, 1), ("statistics:straight", "warn", 16, 1),
    ]  # fmt: skip
    assert n_flags == (16, 15, 1)


def test_inspect__enumerators(workspace: Workspace, instruments: Instruments) -> None:
    """Should find the device whose answers are all higher, and call two small ones too small to tell."""

    def asked(device: str, low: int, n: int, partner: str = "cumbral") -> list[Row]:
        return [{"grid": f"{low}{low + i % 2}{low}{low + i % 2}{low + i // 4 % 2}", "years": 20 + i % 5,
                 "device_hash": device, "partner_id": partner} for i in range(n)]  # fmt: skip

    fill(
        workspace, [*asked("a", 1, 12), *asked("b", 4, 12), *asked("c", 2, 4, "kiserua"), *asked("d", 4, 3, "kiserua")]
    )
    found = inspect(workspace, instruments).filter(rule_id="enumerator")
    assert set(found.filter(state="found")["item_id"]) == set(GRID)
    assert set(found.filter(state="found")["partner_id"]) == {"cumbral"}
    assert found.filter(state="too_small")["partner_id"].to_list() == ["kiserua"]


def test_inspect__nothing_loaded(workspace: Workspace, instruments: Instruments) -> None:
    """Should find nothing and say nothing."""
    assert inspect(workspace, instruments).is_empty()
