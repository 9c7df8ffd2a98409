"""The marts of learning and its use against figures worked out by hand."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import networkx
import pytest

from melflow.core.warehouse import connect

pytestmark = pytest.mark.slow


def _rows(built: Path, table: str, **key: Any) -> list[dict[str, Any]]:
    """Return the rows of a table with these values."""
    where = " and ".join(f"{name} is not distinct from ?" for name in key) or "true"
    with connect(built, read_only=True) as con:
        return con.execute(f"select * from {table} where {where}", list(key.values())).pl().rows(named=True)


def _use(built: Path, scope_id: str, **key: Any) -> dict[str, Any]:
    wanted = {"level": "all", "capability": "all", "period_id": "2024-H2"} | key
    (row,) = _rows(built, "marts.mart_learning_use", scope_id=scope_id, **wanted)
    return row


def test_use__ladder_of_the_alliance(built: Path) -> None:
    """Should count each claim once at its highest rung with evidence: two of three beyond rung 3 were applied."""
    row = _use(built, "alliance")
    assert [row[f"n_rung{rung}"] for rung in range(8)] == [0, 0, 0, 1, 0, 0, 2, 0]
    assert (row["claims"], row["n_unevidenced"]) == (5, 2)
    assert [row[f"conv_{rung}"] for rung in range(7)] == [1, 1, 1, pytest.approx(2 / 3), 1, 1, 0]
    assert row["conv_3_ci_low"] == pytest.approx(0.207660, abs=1e-6)  # Wilson, 2 of 3
    assert (row["adapted_share"], row["unanticipated_share"], row["novel_share"]) == (0.5, 0.5, 0.5)
    assert row["evidence_ge2_share"] == 0.25


def test_use__time_to_application(built: Path) -> None:
    """Should take days from the first claim to the follow-up that applied it, the others waiting until the data end."""
    row = _use(built, "alliance")
    assert (row["median_days_to_application"], row["n_censored"]) == (None, 3)
    assert [row[f"applied_by_{wave}"] for wave in ("3m", "6m", "12m")] == [pytest.approx(0.2), pytest.approx(0.4), None]
    assert [row[f"n_followed_{wave}"] for wave in ("3m", "6m", "12m")] == [1, 0, 0]
    assert _use(built, "south", level="institutional")["median_days_to_application"] == 92


def test_use__absorption_and_cascade(built: Path) -> None:
    """Should see south absorb by an institutional claim with a document, which cites an individual's."""
    row = _use(built, "alliance")
    assert (row["n_partners"], row["n_partners_absorbed"], row["absorption_share"]) == (2, 1, 0.5)
    assert (row["cascade_claims"], row["absorption_flag"]) == (1, None)
    flags = {name: _use(built, name)["absorption_flag"] for name in ("north", "south")}
    assert flags == {"north": False, "south": True}
    assert _use(built, "north", level="individual")["absorption_flag"] is None


def test_types__reach_is_not_summed(built: Path) -> None:
    """Should count each agency, organisation and country once, however often it is named and spelt."""
    rows = {row["learning_type"]: row for row in _rows(built, "marts.mart_learning_types", period_id="2024-H2")}
    assert {name: (row["claims"], row["n_agencies"]) for name, row in rows.items()} == {
        "intervention": (2, 2), "knowledge_capacity": (1, 1), "unknown": (2, 1), "all": (5, 2),
    }  # fmt: skip
    assert (rows["all"]["n_local_organisations"], rows["all"]["n_countries"]) == (1, 2)
    # l4's second coder is its first: no pair. Of the two pairs one agrees, as blind coders would
    assert (rows["all"]["n_coded"], rows["all"]["n_double_coded"], rows["all"]["agreement"]) == (3, 2, 0.5)
    assert rows["all"]["kappa"] == pytest.approx(0)
    assert rows["intervention"]["kappa"] is None


def test_story__words_only_with_consent_and_verification(built: Path) -> None:
    """Should keep the words of one story of three: the second has no consent, the third nobody who confirmed it."""
    rows = {row["story_id"]: row for row in _rows(built, "marts.mart_story")}
    assert {name: row["direction"] for name, row in rows.items()} == {
        "t1": "to_resource", "t2": "to_learner", "t3": "both_ways",
    }  # fmt: skip
    assert [row["story"] for row in rows.values() if row["story"]] == ["We took it home."]
    assert [row["story_id"] for row in _rows(built, "publish.pub_story")] == ["t1"]
    (everything,) = _rows(built, "marts.mart_story_count", direction="all")
    assert (everything["n_stories"], everything["n_verified"], everything["n_publishable"]) == (3, 2, 1)
    assert everything["unanticipated_share"] == pytest.approx(2 / 3)


def test_actor_response__net_and_weighted(built: Path) -> None:
    """Should take reinforcing less obstructive of all responses, neutral ones included, and beside it by strength."""
    rows = {row["actor_level"]: row for row in _rows(built, "marts.mart_actor_response")}
    assert {name: row["net_response"] for name, row in rows.items()} == {"local": 0.25, "national": -1, "all": 0}
    # p_up 1/2, p_down 1/4: variance (3/4 - 1/16) / 4; no balance lies beyond 1
    assert rows["local"]["net_response_ci_low"] == pytest.approx(0.25 - 1.959964 * (0.6875 / 4) ** 0.5)
    assert rows["local"]["net_response_ci_high"] == 1
    assert rows["local"]["net_response_weighted"] == pytest.approx(4 / 5)  # 1 + 3 of 1 + 3 + 1
    assert rows["all"]["net_response_weighted"] == pytest.approx(2 / 7)


def test_leverage__in_degree(built: Path) -> None:
    """Should count who names a partner once each, not how often, and leave out whoever names itself."""
    named = [(row["nominator_id"], row["nominee_id"]) for row in _rows(built, "staging.stg_nominations")]
    graph = networkx.DiGraph([pair for pair in named if len(set(pair)) == 2])
    graph.add_node("east")
    rows = {row["partner_id"]: row for row in _rows(built, "marts.mart_leverage", period_id="2024-H2")}
    assert {name: row["in_degree_share"] for name, row in rows.items()} == networkx.in_degree_centrality(graph)
    assert (rows["south"]["n_nominations"], rows["south"]["n_resource_people"]) == (3, 2)
    assert (rows["east"]["n_nominations"], rows["east"]["n_self_nominations"]) == (0, 1)
    assert (rows["south"]["n_practices_changed"], rows["south"]["best_evidence_class"]) == (1, 2)


def test_coding__what_two_coders_saw(built: Path) -> None:
    """Should count a code both coders gave, dispute what only one did, and ignore codes of a text that is gone."""
    rows = {row["code"]: row for row in _rows(built, "marts.mart_coding", question_id="story")}
    assert {code: (row["n_coded"], row["n_with_code"], row["n_disputed"]) for code, row in rows.items()} == {
        "trust": (2, 1, 0), "means": (2, 1, 1),
    }  # fmt: skip
    assert {code: row["n_double_coded"] for code, row in rows.items()} == {"trust": 1, "means": 1}
    assert rows["trust"]["reason"] == "both coders used one and the same category throughout"
    assert rows["means"]["kappa"] == pytest.approx(0)
    # t2's words stay inside: nobody agreed to their publication
    assert [row["quote"] for row in _rows(built, "marts.mart_quote")] == ["We took it home."]
    assert {row["is_suppressed"] for row in _rows(built, "publish.pub_coding")} == {True}
