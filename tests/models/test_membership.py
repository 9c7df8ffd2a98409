"""Who comes and goes, who pays, and who has the time, against figures worked out by hand."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from melflow.core.warehouse import connect

pytestmark = pytest.mark.slow


def _row(built: Path, mart: str, **key: Any) -> dict[str, Any]:
    """Return the one row of a mart with these values."""
    where = " and ".join(f"{name} is not distinct from ?" for name in key)
    with connect(built, read_only=True) as con:
        (row,) = (
            con.execute(f"from marts.{mart}" + f" where {where}" * bool(key), list(key.values())).pl().rows(named=True)
        )
    return row


def test_turnover__merged_partner_has_a_continuation(built: Path) -> None:
    """Should count the merged partner as a leaver with a successor, and lose no continuity by it."""
    row = _row(built, "mart_turnover", entity_kind="partner", grouped_by="all", period_id="2024-H2")
    assert [row[name] for name in ("n_start", "n_joined", "n_left", "n_left_with_successor", "n_end")] == [
        3,
        0,
        1,
        1,
        2,
    ]
    assert row["turnover_start"] == pytest.approx(1 / 3)
    assert row["turnover_avg"] == pytest.approx(1 / 2.5)
    assert (row["retained"], row["jaccard"], row["leaving_reasons"]) == (1.0, 1.0, "merged 1")
    later = _row(built, "mart_turnover", entity_kind="partner", grouped_by="all", period_id="2025-H1")
    assert (later["n_start"], later["n_left"], later["turnover_start"]) == (2, 0, 0.0)


def test_turnover__people(built: Path) -> None:
    """Should count overlapping spells once, a named successor as continuity; lifelines' median of 4 spells is 123."""
    row = _row(built, "mart_turnover", entity_kind="person", grouped_by="all", period_id="2024-H2")
    assert [row[name] for name in ("n_start", "n_joined", "n_left", "n_left_with_successor", "n_end")] == [
        3,
        1,
        2,
        1,
        2,
    ]
    assert row["retained"] == row["jaccard"] == pytest.approx(2 / 3)
    assert (row["median_tenure_days"], row["n_open_spells"]) == (123.0, 2)
    assert row["leaving_reasons"] == "funding 1, moved_on 1"
    assert _row(built, "mart_turnover", entity_kind="person", grouped_by="south", period_id="2024-H2")["n_end"] == 0


def test_membership__of_one_kind(built: Path) -> None:
    """Should estimate no diversity of one kind, and no share of actors nobody called traditional or not."""
    row = _row(built, "mart_membership", period_id="2024-H2", type="all")
    assert (row["n_partners"], row["n_types"], row["n_lead_roles"]) == (3, 1, 3)
    assert (row["type_diversity"], row["non_traditional_share"], row["non_traditional_ci_low"]) == (None, None, None)
    assert _row(built, "mart_membership", period_id="2024-H2", type="unknown")["representation_ratio"] == 1.0


def test_funding__concentration_and_runway(built: Path) -> None:
    """Should be 300 and 100 of 400: HHI 0.625; 80 promised at 400 in six months last 1.2 months."""
    row = _row(built, "mart_funding", period_id="2024-H2")
    assert (row["n_funders"], row["received"], row["top_share"], row["hhi"]) == (2, 400.0, 0.75, 0.625)
    assert row["effective_funders"] == pytest.approx(1.6)
    assert (row["committed_ahead"], row["months_of_runway"]) == (80.0, pytest.approx(1.2))


def test_hours__under_resourced(built: Path) -> None:
    """Should flag who uses more than was planned, or was given nothing, and say nothing of who does not report."""
    north, south, east = (_row(built, "mart_hours", partner_id=name) for name in ("north", "south", "east"))
    assert (north["used_share"], north["is_under_resourced"]) == (1.25, True)
    assert (south["used_share"], south["is_under_resourced"], south["reason"]) == (None, True, "no time planned")
    assert (east["is_under_resourced"], east["reason"]) == (None, "hours used not reported")


def test_baselines__before_the_first_exchange(built: Path) -> None:
    """Should count the pair that was asked before it exchanged, of two."""
    row = _row(built, "mart_baseline_coverage")
    assert (row["n_dyads"], row["n_asked"], row["n_true"], row["true_share"]) == (2, 2, 1, 0.5)
    assert row["ci_low"] < 0.5 < row["ci_high"]


def test_counterparts__of_known_kinds_only(built: Path) -> None:
    """Should count the partner it exchanged with, and give no index without kinds."""
    row = _row(built, "mart_counterparts", partner_id="north")
    assert (row["n_counterparts"], row["n_counterpart_types"], row["ei_index"]) == (1, 0, None)
