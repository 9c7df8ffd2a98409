"""Results against targets, who tracks them, and what they are set beside, against figures worked out by hand."""

from __future__ import annotations

from datetime import date
from pathlib import Path
from typing import Any

import pytest

from melflow.core.warehouse import connect

pytestmark = pytest.mark.slow


def _row(built: Path, mart: str, **key: Any) -> dict[str, Any]:
    """Return the one row of a mart with these values."""
    where = " and ".join(f"{name} is not distinct from ?" for name in key)
    with connect(built, read_only=True) as con:
        (row,) = con.execute(f"select * from marts.{mart} where {where}", list(key.values())).pl().rows(named=True)
    return row


def _progress(built: Path, indicator: str, partner: str, **key: Any) -> dict[str, Any]:
    key = {"period_id": "2024-H2", "disaggregation": "total", "dyad_id": None} | key
    return _row(built, "mart_indicator_progress", indicator_id=indicator, partner_id=partner, **key)


def test_progress__changed_target_recolours_nothing(built: Path) -> None:
    """Should judge a period by the target of its time, and show beside it what was made of it later."""
    row = _progress(built, "towns", "north")
    assert (row["target_in_force"], row["target_latest"], row["previous_target"]) == (40.0, 15.0, 40.0)
    assert (row["target_changed_on"], row["change_reason"], row["target_source"]) == (
        date(2025, 2, 1), "funding", "register",
    )  # fmt: skip
    assert (row["result_index"], row["status"], row["cumulated_value"]) == (50.0, "off_track", 20.0)


def test_progress__less_is_better(built: Path) -> None:
    """Should count a fall as progress where the indicator says so, and keep a group beside the whole."""
    assert _progress(built, "losses", "north")["result_index"] == 50.0
    assert _progress(built, "losses", "north", disaggregation="rural")["result_index"] == pytest.approx(10.0)


def test_progress__no_target_is_no_zero(built: Path) -> None:
    """Should leave the index empty with its reason, and judge the next period."""
    first, second = (_progress(built, "trips", "north", period_id=period) for period in ("2024-H2", "2025-H1"))
    assert (first["actual"], first["result_index"], first["status"], first["reason"]) == (3.0, None, None, "no target")
    assert (second["result_index"], second["cumulated_value"]) == (50.0, 7.0)
    late = _progress(built, "trips", "south", period_id="2025-H1")
    assert (late["target_in_force"], late["actual"], late["reason"], late["n_results"]) == (
        6.0,
        None,
        "not reported",
        0,
    )


def test_progress__contradictions_and_units(built: Path) -> None:
    """Should choose neither of two figures, and judge none of an indicator whose unit nobody fixed."""
    row = _progress(built, "towns", "east")
    assert (row["actual"], row["n_results"], row["reason"]) == (None, 2, "two reports give different figures")
    assert _progress(built, "wells", "north")["reason"] == "figures in several units"


def test_progress__totals_of_what_may_be_added(built: Path) -> None:
    """Should add up what can be judged, a pair's result once, and never shares."""
    towns = _progress(built, "towns", "alliance")
    assert (towns["actual"], towns["target_in_force"], towns["result_index"]) == (30.0, 50.0, 60.0)
    assert (towns["n_summed"], towns["n_results"], towns["results_due"], towns["status"]) == (2, 3, 3, "behind")
    assert towns["evidence_class"] == 1
    trips = _progress(built, "trips", "alliance")
    assert (trips["actual"], trips["target_in_force"], trips["n_summed"]) == (3.0, 4.0, 1)
    losses = _progress(built, "losses", "alliance")
    assert (losses["actual"], losses["reason"]) == (None, "shares and distinct reach are not added up")
    assert _progress(built, "wells", "alliance")["actual"] is None


def test_tracking__who_answers(built: Path) -> None:
    """Should find the one accountable, the joint collection, the delay and the holes."""
    key = {"indicator_id": "towns", "period_id": "2024-H2"}
    north = _row(built, "mart_tracking", partner_id="north", **key)
    assert (north["accountable_ok"], north["accountable_id"], north["joint"]) == (True, "north", True)
    assert (north["lag_days"], north["on_time"], north["reason"]) == (5, False, None)
    south = _row(built, "mart_tracking", partner_id="south", **key)
    assert (south["n_accountable"], south["accountable_ok"], south["on_time"]) == (2, False, True)
    hole = _row(built, "mart_tracking", indicator_id="trips", partner_id="north", period_id="2024-H2")
    assert (hole["accountable_ok"], hole["on_time"], hole["reason"]) == (False, False, "nobody is accountable")
    ahead = _row(built, "mart_tracking", indicator_id="trips", partner_id="north", period_id="2025-H1")
    assert (ahead["on_time"], ahead["reason"]) == (None, "not due yet")


def test_contribution__counts_only(built: Path) -> None:
    """Should count ratings by evidence; what is not evidenced is class 0."""
    row = _row(built, "mart_contribution", rating="plausible")
    assert (row["n_ratings"], row["n_results"], row["evidence_class"]) == (2, 2, 2)
    assert _row(built, "mart_contribution", rating="strong")["evidence_class"] == 0


def test_dual__quadrant(built: Path) -> None:
    """Should set both sides' health beside the mean of what they agreed on, each indicator once."""
    row = _row(built, "mart_dual_tracking", dyad_id="north--south", period_id="2024-H2")
    assert (row["health_composite"], row["result_index"]) == (75.0, 75.0)
    assert (row["n_results"], row["results_due"], row["quadrant"]) == (1, 1, "healthy_delivering")
    assert (row["trust"], row["echo_flag"], row["reason"]) == (62.5, False, None)


def test_dual__few_pairs_no_association(built: Path) -> None:
    """Should show every lag of every dimension, and estimate nothing from two pairs."""
    with connect(built, read_only=True) as con:
        rows = con.execute("from marts.mart_dual_correlation").pl()
    assert rows.height == 3 * (4 + 1)
    assert set(rows["reason"]) == {"fewer than 8 dyads"}
    assert set(rows["caution"]) == {"association, not cause"}
    assert rows["rho"].null_count() == rows.height
