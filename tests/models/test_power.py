"""The marts of power, reflection, peer assessment, expectations and strata against figures worked out by hand."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pandas as pd
import pingouin
import pytest

from melflow.core.warehouse import connect

pytestmark = pytest.mark.slow


def _row(built: Path, mart: str, **key: Any) -> dict[str, Any]:
    """Return the one row of a mart with these values."""
    where = " and ".join(f"{name} is not distinct from ?" for name in key)
    with connect(built, read_only=True) as con:
        (row,) = con.execute(f"select * from marts.{mart} where {where}", list(key.values())).pl().rows(named=True)
    return row


def _balance(built: Path, scope: str, resource: str, period: str = "2024-H2") -> dict[str, Any]:
    ids = {"alliance": "alliance", "partnership": "water", "dyad": "north--south"}
    return _row(built, "mart_power_balance", scope=scope, scope_id=ids[scope], resource=resource, period_id=period)


def test_power__alliance_decisions(built: Path) -> None:
    """Should count all partners, the one without a decision included: three of four are north's."""
    row = _balance(built, "alliance", "decisions")
    assert (row["n_actors"], row["total"], row["top_share"]) == (3, 4.0, 0.75)
    assert row["gini"] == pytest.approx(0.5)  # 0, 1, 3
    assert row["gini_star"] == pytest.approx(0.75)
    assert row["hhi"] == pytest.approx(0.625)
    assert row["effective_n"] == pytest.approx(1.6)
    assert (row["n_power_items"], row["n_power_resolved"], row["power_resolved_share"]) == (2, 1, 0.5)
    assert row["power_resolved_ci_low"] < 0.5 < row["power_resolved_ci_high"]
    assert (row["reason"], row["share_a"], row["perceived_influence_gap"]) == (None, None, None)


def test_power__dyad_sees_its_own_partnership(built: Path) -> None:
    """Should leave out what names no partnership of the two."""
    row = _balance(built, "dyad", "decisions")
    assert (row["n_actors"], row["total"], row["share_a"]) == (2, 3.0, pytest.approx(2 / 3))
    assert (row["gini"], row["gini_star"]) == (pytest.approx(1 / 6), pytest.approx(1 / 3))


def test_power__roles_last(built: Path) -> None:
    """Should count a lead role in every period it is held in, and no other role."""
    first, second = (_balance(built, "partnership", "lead_roles", period) for period in ("2024-H2", "2025-H1"))
    assert (first["total"], first["gini_star"]) == (1.0, pytest.approx(1.0))
    assert (second["total"], second["gini_star"], second["evenness"]) == (2.0, 0.0, 1.0)


def test_power__money(built: Path) -> None:
    """Should take what was spent before what was planned, and never add two currencies."""
    spent, planned = (_balance(built, "alliance", "budget", period) for period in ("2024-H2", "2025-H1"))
    assert (spent["total"], spent["unit"], spent["basis"]) == (400.0, "EUR", "actual")
    assert (planned["total"], planned["unit"], planned["gini"]) == (None, None, None)
    assert planned["reason"] == "several currencies"


def test_power__airtime_and_authors(built: Path) -> None:
    """Should leave facilitators' minutes out, and see that one of two products has both authors."""
    airtime, authors = (_balance(built, "dyad", resource) for resource in ("airtime", "authorship"))
    assert (airtime["total"], airtime["share_a"]) == (30.0, pytest.approx(2 / 3))
    assert (authors["n_products"], authors["n_co_authored"], authors["co_authored_share"]) == (2, 1, 0.5)


def test_reflection__alliance(built: Path) -> None:
    """Should count sessions, not speakers, and keep those that say nothing out of the share."""
    row = _row(built, "mart_reflection", scope="alliance", period_id="2024-H2")
    assert (row["n_sessions"], row["n_reflection_known"], row["n_reflected"], row["reflected_share"]) == (3, 2, 1, 0.5)
    assert (row["assumptions_examined"], row["assumptions_revised"], row["revised_share"]) == (4, 1, 0.25)
    assert (row["n_facilitated"], row["facilitation_days"]) == (1, 1)
    assert (row["n_exit_polls"], row["exit_score"], row["personnel_share"]) == (2, 70.0, 0.25)
    assert row["airtime_minutes"] == 40.0
    assert row["airtime_gini"] == pytest.approx(0.5)  # 0, 10, 30


def test_peer_assessment__pair(built: Path) -> None:
    """Should set self beside peer on 0-100, with an interval from two assessments, and see the pair answer."""
    key = {"assessor_id": "north", "assessed_id": "south", "criterion": "open"}
    row = _row(built, "mart_peer_assessment", **key)
    assert (row["self_score"], row["peer_score"], row["gap"]) == (75.0, 37.5, 37.5)
    assert row["gap_ci_low"] < 37.5 < row["gap_ci_high"]
    assert (row["n_agreed"], row["n_done"], row["follow_through"], row["is_reciprocal"]) == (2, 1, 0.5, True)
    silent = _row(built, "mart_peer_assessment", **(key | {"assessed_id": "east"}))
    assert (silent["gap"], silent["reason"], silent["is_reciprocal"]) == (None, "no self score", False)


def test_peer_assessment__alliance(built: Path) -> None:
    """Should give each pair one voice, and find one of two pairs reciprocal."""
    row = _row(built, "mart_peer_assessment", scope="alliance", criterion="open")
    assert (row["n_assessments"], row["n_pairs"], row["reciprocal_pair_ratio"]) == (4, 3, 0.5)
    assert row["peer_score"] == pytest.approx((37.5 + 75 + 0) / 3)
    assert row["self_score"] == pytest.approx((75 + 25) / 2)
    assert row["n_tied_to_funding"] == 1


def test_peer_assessment__assessors_agree(built: Path) -> None:
    """Should be pingouin's ICC of two assessors each, for the alliance only; one assessor each cannot agree."""
    scores = pd.DataFrame({"who": [*"ssnnee"], "voice": [1, 2] * 3, "points": [100.0, 50.0, 0.0, 25.0, 75.0, 75.0]})
    expected = pingouin.intraclass_corr(scores, targets="who", raters="voice", ratings="points")
    expected = dict(zip(expected["Type"], expected["ICC"], strict=True))
    row = _row(built, "mart_peer_assessment", scope="alliance", criterion="clear")
    one, many = (next(value for name, value in expected.items() if name in names)
                 for names in (("ICC1", "ICC(1,1)"), ("ICC1k", "ICC(1,k)")))  # fmt: skip
    assert (row["icc1"], row["icc1k"]) == pytest.approx((one, many), abs=1e-9)
    pair = {"assessor_id": "north", "assessed_id": "south", "criterion": "clear"}
    assert _row(built, "mart_peer_assessment", **pair)["icc1"] is None
    assert _row(built, "mart_peer_assessment", scope="alliance", criterion="open")["icc1"] is None


def test_expectation_gap__roles(built: Path) -> None:
    """Should set the roles side by side: commissioners expect what partners do not."""
    row = _row(built, "mart_expectation_gap", role_a="commissioner", role_b="partner")
    assert (row["n_a"], row["n_b"], row["score_a"], row["score_b"], row["gap"]) == (6, 6, 100.0, 62.5, 37.5)
    assert row["gap_ci_low"] < 37.5 < row["gap_ci_high"]
    assert row["rwg_a"] == 1.0
    # 3, 3, 3, 4, 4, 4: variance 0.3 of 2 at random
    assert row["rwg_b"] == pytest.approx(0.85)
    hidden = _row(built, "mart_expectation_gap", role_a="commissioner", role_b="learning_partner")
    assert (hidden["gap"], hidden["n_b"], hidden["is_suppressed"]) == (None, 2, True)


def test_strata__one_voice_per_dyad(built: Path) -> None:
    """Should put the dyad that was rated under what is said of its start, under both of its funders."""
    key = {"dimension": "trust", "period_id": "2024-H2"}
    for attribute, stratum in (("set_up", "emergent"), ("funded_by", "Fund"), ("funded_by", "Town"),
                               ("decisions_delegated", "25 to under 50 %"), ("duration", "not stated")):  # fmt: skip
        row = _row(built, "mart_health_strata", attribute=attribute, stratum=stratum, **key)
        assert row["n_dyads"] >= 1
        assert (row["ci_low"], row["reason"]) == (None, "fewer than 30 dyads to compare")
    assert _row(built, "mart_health_strata", attribute="set_up", stratum="emergent", **key)["mean_score"] == 62.5
