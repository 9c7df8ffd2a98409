"""What partners sent goes through the parsers: no file is unreadable, no column and no row is lost."""

from __future__ import annotations

import datetime as dt
from pathlib import Path

import polars as pl
import pytest

from melflow.core.names import PartnerNames
from melflow.core.registers import REGISTERS
from melflow.core.workspace import load_workspace
from melflow.examples import story
from melflow.sources.fetch import fetch
from melflow.sources.parse import parse
from melflow.sources.payload import Origin, Parsed
from melflow.sources.resolve import resolve
from melflow.sources.xlsform import read_instruments


@pytest.fixture(scope="module")
def parsed(alliance: Path) -> dict[str, list[Parsed]]:
    """Every payload of the inbox, parsed and its names resolved, by source."""
    workspace = load_workspace(alliance)
    instruments = read_instruments(alliance / "instruments", workspace.framework)
    names = PartnerNames(workspace.partners, workspace.aliases)
    landed_at = dt.datetime(2026, 11, 22, tzinfo=dt.UTC)
    found: dict[str, list[Parsed]] = {}
    for name, config in workspace.sources.items():
        for payload in fetch(config, alliance):
            origin = Origin(name, payload.origin, payload.origin, landed_at)
            one = parse(origin, payload.content, config, instruments)
            found.setdefault(name, []).append(resolve(one, names, workspace.periods, b"key", instruments))
    return found


def table(parsed: dict[str, list[Parsed]], name: str) -> pl.DataFrame:
    frames = (one.frames for payloads in parsed.values() for one in payloads)
    return pl.concat(frame[name] for frame in frames if name in frame)


def test_parse__reads_every_file_without_leftovers(parsed: dict[str, list[Parsed]]) -> None:
    """Should map every column but one and find no submission that contradicts itself within a file."""
    payloads = [one for many in parsed.values() for one in many]
    assert len(payloads) > 50
    # The indicators' names in words, which their codes make superfluous.
    assert {name for one in payloads for name in one.notes.get("unmapped_columns", [])} == {"Indicator", "Nombre"}
    assert [one.conflicts for one in payloads if one.conflicts] == []


def test_parse__finds_the_submissions(parsed: dict[str, list[Parsed]]) -> None:
    """Should see about 2,300 submissions, nine of them edited once, in the version they were filled in on."""
    submissions = table(parsed, "src_submission")
    assert abs(submissions["submission_id"].n_unique() - 2300) < 100
    assert submissions["version_id"].n_unique() - submissions["submission_id"].n_unique() == 9
    capability = submissions.filter(pl.col("instrument_id") == "capability")
    old_form = capability.filter(pl.col("source_file").str.contains("2025-H2") & (pl.col("form_version") == "2024-07"))
    assert old_form["partner_raw"].to_list() == ["kiserua"] * 4
    assert capability["collected_on"].null_count() == 0


def test_parse__finds_the_exchanges(parsed: dict[str, list[Parsed]]) -> None:
    """Should type every exchange but the ones whose date or amount is dirt."""
    exchanges = table(parsed, "src_exchange")
    assert set(exchanges["unit"]) == {"events", "hours", "documents"}
    assert set(exchanges["kind"]) == {"advice", "document", "visit", "mentoring", "data", "co-design"}
    assert set(exchanges["channel"]) == {"in_person", "online"}
    undated = exchanges.filter(pl.col("occurred_on").is_null())
    unmeasured = exchanges.filter(pl.col("quantity").is_null())
    assert undated.height <= 6 and undated["occurred_on_raw"].str.contains(r"^\d{5}$").all()
    assert unmeasured.height <= 3 and unmeasured["quantity_raw"].str.contains(",").all()


def test_parse__finds_the_results(parsed: dict[str, list[Parsed]]) -> None:
    """Should read both workbooks without their titles, totals and notes, in the alliance's periods."""
    results = table(parsed, "src_result")
    assert set(results["indicator_id"]) == {"WC-01", "RP-02", "LE-03", "TT-04", "CM-05", "PT-06", "JP-07"}
    assert set(results["period_raw"]) <= set(story.PERIODS) or set(results["period_id"]) <= set(story.PERIODS)
    assert results.filter(pl.col("actual").is_null())["actual_raw"].to_list() == ["pending"]
    valle = results.filter(pl.col("source_system") == "results_valle")
    assert valle.height == 16 and valle["target"].null_count() == 0


def test_resolve__knows_every_name_but_one(parsed: dict[str, list[Parsed]]) -> None:
    """Should give every partner its id, by its name, its code or an alias, and every row a period."""
    sides = [("src_submission", ("partner", "about_partner", "about_partner_2")),
             ("src_exchange", ("from_partner", "to_partner")), ("src_result", ("partner",))]  # fmt: skip
    strangers: list[str] = []
    for name, columns in sides:
        frame = table(parsed, name)
        for column in columns:
            unknown = frame.filter(pl.col(f"{column}_raw").is_not_null() & pl.col(f"{column}_id").is_null())
            strangers += unknown[f"{column}_raw"].to_list()
    assert strangers == ["Comité Río Hondo"] * 6
    assert table(parsed, "src_submission")["period_id"].null_count() == 0
    assert table(parsed, "src_result")["period_id"].null_count() == 0


def test_parse__finds_the_registers(parsed: dict[str, list[Parsed]]) -> None:
    """Should read every register without a cell that is not understood, its partners and its periods known."""
    for declared in REGISTERS.values():
        frames = [
            one.frames[declared.table] for many in parsed.values() for one in many if declared.table in one.frames
        ]
        if not frames:
            continue
        frame = pl.concat(frames)
        assert frame["period_id"].null_count() == 0, declared.table
        for name in declared.of_kind("partner", "partners"):
            unknown = frame.filter(pl.col(f"{name}_raw").is_not_null() & pl.col(f"{name}_id").is_null())
            assert unknown.is_empty(), (declared.table, name)
        for name in declared.of_kind("number", "date", "truth"):
            unread = frame.filter(pl.col(f"{name}_raw").is_not_null() & pl.col(name).is_null())
            assert unread.is_empty(), (declared.table, name)
