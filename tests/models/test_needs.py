"""Needs, demand, advice and feedback against figures worked out by hand (registers_needs.yml, needs_forms)."""

from __future__ import annotations

from datetime import date
from pathlib import Path
from typing import Any

import pytest

from melflow.core.warehouse import connect

pytestmark = pytest.mark.slow


def _rows(built: Path, mart: str, **key: Any) -> list[dict[str, Any]]:
    where = " and ".join(f"{name} is not distinct from ?" for name in key) or "true"
    with connect(built, read_only=True) as con:
        return con.execute(f"select * from {mart} where {where} order by all", list(key.values())).pl().rows(named=True)


def test_needs__alliance(built: Path) -> None:
    """Should rank what is missing over people, say how sure, and how far the two countries agree."""
    rows = {
        row["topic"]: row for row in _rows(built, "marts.mart_needs_baseline", scope="alliance", period_id="2024-H2")
    }
    assert {topic: (row["gap"], row["rank"]) for topic, row in rows.items()} == {
        "data": (0.0, 3), "finance": (40.625, 2), "maintenance": (43.75, 1),
    }  # fmt: skip
    finance = rows["finance"]
    assert (finance["importance"], finance["current"], finance["n_respondents"], finance["n_partners"]) == (
        100.0, 59.375, 16, 3,
    )  # fmt: skip
    assert finance["gap_of_partners"] == pytest.approx((50 + 25 + 50) / 3)
    assert finance["gap_ci_low"] < 40.625 < finance["gap_ci_high"]
    assert (finance["rank_low"], finance["rank_high"], rows["data"]["rank_low"]) == (1, 2, 3)
    # ranks 3 2 1 and 2 3 1: squares about their mean 6 of at most 8
    assert (finance["kendall_w"], finance["n_countries"], finance["reason"]) == (0.75, 2, None)


def test_needs__locked(built: Path) -> None:
    """Should not change with what came after the lock: an answer, an edit and a deletion."""
    (north,) = _rows(
        built, "marts.mart_needs_baseline", scope="partner", scope_id="north", topic="data", period_id="2024-H2"
    )
    assert (north["n_respondents"], north["gap"], north["frozen_on"]) == (6, 0.0, date(2025, 1, 31))
    (south,) = _rows(
        built, "marts.mart_needs_baseline", scope="partner", scope_id="south", topic="data", period_id="2024-H2"
    )
    assert (south["n_respondents"], south["importance"]) == (6, 50.0)
    (later,) = _rows(
        built, "marts.mart_needs_baseline", scope="partner", scope_id="north", topic="data", period_id="2025-H1"
    )
    assert (later["n_respondents"], later["frozen_on"], later["rank"]) == (5, None, 1)  # all three gaps alike
    assert (later["rank_low"], later["reason"]) == (None, "fewer than 10 respondents for an interval of the rank")


def test_needs__published(built: Path) -> None:
    """Should show the alliance only: every country and partner is too small, or would give a small one away."""
    shown = _rows(built, "publish.pub_needs_baseline", is_suppressed=False)
    assert {(row["scope"], row["period_id"]) for row in shown} == {("alliance", "2024-H2")}
    hidden = _rows(
        built, "publish.pub_needs_baseline", scope="country", scope_id="PE", topic="data", period_id="2024-H2"
    )
    reason = "fewer than 10 respondents, here or in what it would tell"
    assert [(row["gap"], row["n_suppressed_reason"]) for row in hidden] == [(None, reason)]


def test_demand__widens(built: Path) -> None:
    """Should count different codes, and compare with the demand before: one of two kept, two new, one dropped."""
    first, second = _rows(built, "marts.mart_demand", partner_id="north")
    assert (first["n_statements"], first["n_codes"], first["widened_by"]) == (3, 2, None)
    assert first["reason"] == "no demand before to compare with"
    assert (second["n_codes"], second["n_kept"], second["n_new"], second["n_dropped"]) == (3, 1, 2, 1)
    assert (second["widened_by"], second["jaccard_prev"], second["period_id_prev"]) == (1, 0.25, "2024-H2")
    assert _rows(built, "marts.mart_demand", partner_id="east") == []


def test_demand__advice_until_accepted(built: Path) -> None:
    """Should count how often it took, and keep what is still open as open."""
    meters, pumps = _rows(built, "marts.mart_advice", partner_id="south")
    assert (meters["times_given"], meters["times_given_in_all"], meters["n_days"]) == (3, 4, 120)
    assert meters["accepted_after"] == "visit to north"
    assert (pumps["times_given"], pumps["is_accepted"], pumps["n_days"]) == (1, False, 90)  # until the log ends
    (south,) = _rows(built, "marts.mart_demand", partner_id="south", period_id="2024-H2")
    assert (south["n_advice"], south["n_advice_open"], south["advice_times_given"]) == (2, 1, 2.0)
    assert (south["n_codes"], south["days_to_acceptance"]) == (None, 120.0)  # what is open was left out after 90 days


def test_feedback__events(built: Path) -> None:
    """Should give each event its share and its net promoter score, and hide what few people said."""
    rows = {(row["event_id"], row["item"]): row for row in _rows(built, "marts.mart_feedback")}
    method, advised = rows["E1", "diagnostic"], rows["E1", "recommend"]
    assert (method["n_agree"], method["agree_share"], method["title"]) == (6, 0.5, "Meters and money")
    assert (method["agree_ci_low"], method["agree_ci_high"]) == pytest.approx((0.253782, 0.746218), abs=1e-6)
    assert rows["E1", "participatory"]["n_agree"] == 9
    assert (advised["n_promoters"], advised["n_detractors"], advised["nps"]) == (6, 3, 25.0)
    assert (advised["n_invited"], advised["response_rate"]) == (20, 0.6)
    assert (rows["E2", "recommend"]["nps"], rows["E2", "recommend"]["is_suppressed"]) == (None, True)
    assert rows["E9", "recommend"]["reason"] == "the event is not in the register of events"
    assert (rows["all", "recommend"]["n_respondents"], rows["all", "recommend"]["nps"]) == (17, pytest.approx(600 / 17))


def test_feedback__published(built: Path) -> None:
    """Should hide the one large event too: the period less it would show the two small ones."""
    shown = {row["event_id"] for row in _rows(built, "publish.pub_feedback", is_suppressed=False)}
    assert shown == {"all"}


def test_toc__versions(built: Path) -> None:
    """Should say what changed and why; what ends nowhere or runs in a circle is held with its reason."""
    first, second = _rows(built, "marts.mart_toc")
    assert (first["n_edges"], first["edges_assumed"], first["edges_changed"], first["days_since_review"]) == (
        3,
        3,
        None,
        215,
    )
    assert (second["n_nodes"], second["n_edges"], second["edges_held"]) == (5, 3, 3)
    assert (second["edges_assumed"], second["edges_supported"], second["edges_contradicted"]) == (1, 1, 1)
    assert (second["edges_added"], second["edges_removed"], second["edges_revised"]) == (4, 1, 2)
    assert (second["revisions_with_evidence"], second["days_since_review"]) == (2, 141)
    edges = {row["edge_id"]: row for row in _rows(built, "marts.mart_toc_edge", version="2")}
    assert {edge: row["change"] for edge, row in edges.items()} == {
        "e1": "status", "e2": "rewired", "e3": "removed", "e4": "added", "e5": "added", "e6": "added", "e7": "added",
    }  # fmt: skip
    assert (edges["e1"]["status_before"], edges["e1"]["reason"]) == ("assumed", "health survey")
    assert {edge for edge, row in edges.items() if row["is_held"]} == {"e5", "e6", "e7"}
    assert "the box money is not in this version" in edges["e7"]["held_reason"]
    assert "circle" in edges["e5"]["held_reason"]
