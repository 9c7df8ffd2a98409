"""How old problems are and how many were fixed, by rule, partner and source."""

from __future__ import annotations

from pathlib import Path

import pytest

from melflow.core.warehouse import connect

pytestmark = pytest.mark.slow


def test_mart_held(built: Path) -> None:
    """Should count each problem once where it stands now, with the days it took and the days it waits."""
    with connect(built, read_only=True) as con:
        rows = con.execute(
            "select scope, scope_id, n_problems, n_open, n_waiting_for_partner, n_fixed, n_rejected, n_reopened, "
            "round(fixed_share, 3), median_days_to_fix, median_age_days, oldest_age_days "
            "from marts.mart_held order by all"
        ).fetchall()
    assert rows == [
        ("alliance", "alliance", 4, 2, 1, 1, 1, 1, 0.25, 10.0, 25.0, 30),
        ("partner", "north", 1, 1, 0, 0, 0, 1, 0.0, None, 30.0, 30),
        ("partner", "south", 2, 1, 1, 1, 0, 0, 0.5, 10.0, 20.0, 20),
        ("rule", "src_exchange.kind_known", 3, 1, 0, 1, 1, 1, 0.333, 10.0, 30.0, 30),
        ("rule", "src_response.choice", 1, 1, 1, 0, 0, 0, 0.0, None, 20.0, 20),
        ("source", "log", 4, 2, 1, 1, 1, 1, 0.25, 10.0, 25.0, 30),
    ]
