"""The gate holds back what is stale, thin, empty or failed, and says why in a sentence."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import UTC, datetime
from html import unescape
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import polars as pl
import pypdf
import pytest
from fake_release import make_report

from melflow.core.errors import TerminalError
from melflow.core.warehouse import RELEASE_FILE, connect
from melflow.reports import gate, words
from melflow.reports.approval import approve, may_go_out
from melflow.reports.columns import TABLES
from melflow.reports.context import Context
from melflow.reports.document import Section
from melflow.reports.edition import render
from melflow.reports.extent import extent
from melflow.reports.gate import Limits
from melflow.reports.read import read
from melflow.reports.verify import verify

GENEROUS = Limits(max_held_share=0.5, max_age_days=400)


def context(release: Path, period: str = "2026-H1") -> Context:
    data = read(release, period, "funder", {})
    return Context(data, words.find(data, "en", 10), "en", 10)


def test_reasons__nothing_wrong(release: Path) -> None:
    """Should let an edition out that is fresh, whole and filled."""
    assert gate.reasons(context(release), (Section("flow", "Flow", ()),), GENEROUS) == ()


@pytest.mark.parametrize(
    ("limit", "said"),
    [(Limits(0.001, 400), "rows received are held"), (Limits(0.5, -1), "the limit is")],
    ids=["held", "old"],
)
def test_reasons__limits(release: Path, limit: Limits, said: str) -> None:
    """Should name the figure and the limit it breaks."""
    reasons = gate.reasons(context(release), (), limit)
    assert len(reasons) == 1 and said in reasons[0] and "the limit is" in reasons[0]


def test_reasons__blank_section(release: Path) -> None:
    """Should name the section that has no published number."""
    assert "'Two-way flow'" in gate.reasons(context(release), (Section("flow", "Two-way flow", (), True),), GENEROUS)[0]


def test_reasons__not_whole(release: Path) -> None:
    """Should hold what rests on too few deliveries, too few answers, or names nobody knows; not a return report."""
    found = context(release)
    quality = found.data.tables["pub_data_quality"]
    asked = quality.with_columns(expected=pl.lit(10), received=pl.lit(3), unresolved_names=pl.lit(2))
    data = replace(found.data, owed=(3, 8), tables={**found.data.tables, "pub_data_quality": asked})
    strict = replace(GENEROUS, min_delivered_share=0.5, min_response_share=0.4, max_unresolved_names=7)
    said = gate.reasons(replace(found, data=data), (), strict)
    assert [text.split(";")[0].replace("\xa0", " ") for text in said] == [
        "3 of 8 deliveries owed for the period came (37.5 %)",
        "12 of 40 people asked answered (30.0 %)",
        "8 names in the data belong to no partner",
    ]
    assert len(gate.reasons(replace(found, data=data), (), replace(strict, holds_blank=False))) == 1
    met = replace(strict, min_delivered_share=0.375, min_response_share=0.3, max_unresolved_names=8)
    assert gate.reasons(replace(found, data=data), (), met) == ()


def test_reasons__shrunken(release: Path) -> None:
    """Should name a section that lost more of its rows than allowed since the edition before, and no other."""
    found = context(release)
    sections = tuple(Section(key, title, ()) for key, title in (("flow", "Two-way flow"), ("health", "Health")))
    now = extent(found.data, ("flow", "health", "method"))
    assert set(now) == {"flow", "health"}
    limit = replace(GENEROUS, max_shrink_share=0.5)
    assert gate.reasons(found, sections, limit, {"flow": now["flow"] * 2, "results": 40}) == ()
    [said] = gate.reasons(found, sections, limit, {"flow": now["flow"] * 2 + 1, "health": 1})
    assert "'Two-way flow'" in said and f"rests on {now['flow']} published rows" in said


def test_limits__override() -> None:
    """Should take the report's own limit where it sets one, zero included, else the alliance's."""
    gates: Any = SimpleNamespace(max_held_share=0.2, max_age_days=400)
    own: Any = SimpleNamespace(max_held_share=0.0, max_age_days=None)
    assert gate.limits(gates, own) == Limits(0.0, 400)


@pytest.fixture
def empty(release: Path, tmp_path: Path) -> Path:
    """A release in which everything is suppressed and a gate check failed."""
    (tmp_path / RELEASE_FILE).write_bytes((release / RELEASE_FILE).read_bytes())
    with connect(tmp_path / RELEASE_FILE) as con:
        for table in set(TABLES) - {"pub_data_quality"}:
            con.execute(f"update {table} set is_suppressed = true")
        con.execute("delete from pub_data_quality")
        con.execute("insert into check_summary values ('src_exchange', 'table_not_empty', 'gate', false)")
    return tmp_path


def test_render__held_back(empty: Path, report: Any, workspace: Any, tmp_path: Path) -> None:
    """Should still make the edition, marked as held back on the page, when nothing in it can be published."""
    made = render(empty, report, workspace, "2026-H1", tmp_path / "out")
    assert made.is_held_back and len(made.reasons) == 6
    assert any("src_exchange: table_not_empty" in reason for reason in made.reasons)
    said = json.loads((made.folder / "edition.json").read_text(encoding="utf-8"))
    assert said["gate"] == {"verdict": "held", "reasons": list(made.reasons)} and not may_go_out(made.folder, said)
    given = approve(made.folder, "Ana Ruiz", "The funder asked for what there is.", datetime(2026, 7, 2, tzinfo=UTC))
    assert given.reasons == made.reasons and may_go_out(made.folder, said)
    page = made.files["html"].read_text(encoding="utf-8")
    assert "The gate held this edition back" in page and "table_not_empty" in page


def test_read__unknown_period(release: Path) -> None:
    """Should name the periods there are."""
    with pytest.raises(TerminalError, match="2024-H2, 2025-H1"):
        read(release, "1999-H1", "funder", {})


def test_read__wider_audience_sees_less(release: Path) -> None:
    """Should show a partnership agreed for partners to partners and to nobody wider."""
    assert "beta--delta" not in read(release, "2026-H1", "funder", {}).dyads
    assert "beta--delta" in read(release, "2026-H1", "partners", {}).dyads
    assert read(release, "2026-H1", "public", {}).dyads == {}


def test_read__first_period_has_no_past(release: Path) -> None:
    """Should compare nothing in the first period of the calendar."""
    found = words.find(read(release, "2024-H2", "funder", {}), "en", 10)
    assert found.capability[1] == "No capability score can be compared with an earlier period yet."


def _landed(release: Path, last: dict[str, tuple[str | None, int]], due: list[tuple[str, str, str]]) -> None:
    """Let a release say what landed when, and what was owed."""
    with connect(release / RELEASE_FILE) as con:
        con.execute("create or replace table source_landing (source text, every_periods int, last_landed_on date)")
        con.execute(
            "create or replace table expected_delivery (source text, period_id text, due_on date, has_come bool)"
        )
        for name, (day, every) in last.items():
            con.execute("insert into source_landing values (?, ?, ?)", [name, every, day])
        for name, period, day in due:
            con.execute("insert into expected_delivery values (?, ?, ?, true)", [name, period, day])


DUES = [("2024-H2", "2025-01-30"), ("2025-H1", "2025-07-30"), ("2025-H2", "2026-01-30"), ("2026-H1", "2026-07-30")]


@pytest.mark.parametrize(("last", "every", "is_silent"), [
    ("2025-06-30", 1, True),  # nothing in 2025-H2, which was due on 30 January 2026
    ("2025-07-01", 1, False),
    ("2025-06-30", 2, False),
    ("2024-12-31", 2, True),
    (None, 1, True),
    (None, 3, True),
    (None, 4, False),  # three periods were due until 30 June 2026
])  # fmt: skip
def test_silent__by_its_own_cadence(
    release: Path, tmp_path: Path, last: str | None, every: int, is_silent: bool
) -> None:
    """Should hold each source against what it is declared to, on the release's date and up to the edition's period."""
    (tmp_path / RELEASE_FILE).write_bytes((release / RELEASE_FILE).read_bytes())
    _landed(tmp_path, {"health": (last, every), "log": ("2026-06-30", 1)}, [("health", *due) for due in DUES])
    found = read(tmp_path, "2026-H1", "funder", {}).silent
    assert [(one.source, str(one.due_on)) for one in found] == [("health", "2026-01-30")] * is_silent
    first = read(tmp_path, "2024-H2", "funder", {}).silent  # of which one period only had been due
    assert [one.source for one in first] == ["health"] * (last is None and every == 1)
    assert read(release, "2026-H1", "funder", {}).silent == ()


def test_render__four_reasons_then_approved(release: Path, workspace: Any, tmp_path: Path) -> None:
    """Should hold for a blank section, a silent source, a red check and missing words; then go out and carry them."""
    folder = tmp_path / "releases" / "20260701T060000-1a2b3c4d"
    folder.mkdir(parents=True)
    (folder / RELEASE_FILE).write_bytes((release / RELEASE_FILE).read_bytes())
    with connect(folder / RELEASE_FILE) as con:
        con.execute("update pub_mutuality_dyad set is_suppressed = true")
        con.execute("insert into check_summary values ('src_exchange', 'table_not_empty', 'gate', false)")
    landed = {"kobo_health": ("2025-03-02", 1), "log": ("2026-06-30", 1), "results": (None, 1)}
    _landed(folder, landed, [(name, *due) for name in landed for due in DUES])
    own = SimpleNamespace(**vars(workspace) | {"gates": SimpleNamespace(**vars(workspace.gates), max_silent_sources=0)})
    wanted = make_report(sections=["flow", "health"], formats=["html", "pdf"], narrative="required")
    made = render(folder, wanted, own, "2026-H1", tmp_path / "out")
    told = {
        "The section 'Two-way flow' has no published number.",
        "Nothing came from the source kobo_health since 2 March 2025, 485 days before the date of the data; "
        "what was due on 30 January 2026 is missing.",
        "Nothing ever came from the source results; what was due on 30 January 2026 is missing.",
        "A gate check failed when the release was made: src_exchange: table_not_empty.",
        "The narrative is missing: this report asks for one for Jan-Jun 2026.",
    }
    assert {reason.replace("\xa0", " ") for reason in made.reasons} == told
    said = json.loads((made.folder / "edition.json").read_text(encoding="utf-8"))
    assert not may_go_out(made.folder, said)
    given = approve(made.folder, "Ana Ruiz", "The funder asked for what there is.", datetime(2026, 7, 2, tzinfo=UTC))
    assert given.reasons == made.reasons and may_go_out(made.folder, said)
    page = unescape(made.files["html"].read_text(encoding="utf-8"))
    printed = "".join(one.extract_text() for one in pypdf.PdfReader(made.files["pdf"]).pages)
    for text in (page, printed):
        flat = "".join(text.split()).replace("\N{RIGHT SINGLE QUOTATION MARK}", "'")
        assert [reason for reason in told if "".join(reason.split()) not in flat] == []
    assert set(verify(made.folder, folder)) == {"edition.html", "edition.pdf"}
    half = gate.limits(own.gates, SimpleNamespace(max_silent_sources=2))  # type: ignore[arg-type]  # the part that is read
    assert half.max_silent_sources == 2 and gate._silent(context(folder), half) == []
