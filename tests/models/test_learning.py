"""The marts of learning and its use against figures worked out by hand."""

from __future__ import annotations

from pathlib import Path
from typing import Any

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
    assert (rows["all"]["n_local_organisations"], rows["all"]["n_countries"]) == (1, 1)
    # l4's second coder is its first: no pair. Of the two pairs one agrees, as blind coders would
    assert (rows["all"]["n_coded"], rows["all"]["n_double_coded"], rows["all"]["agreement"]) == (3, 2, 0.5)
    assert rows["all"]["kappa"] == pytest.approx(0)
    assert rows["intervention"]["kappa"] is None
