"""Every mart against figures worked out by hand from the seeded alliance (tests/helpers/small_alliance.py)."""

from __future__ import annotations

from pathlib import Path

import polars as pl
import pytest

from melflow.core.warehouse import connect

pytestmark = pytest.mark.slow


def _rows(warehouse: Path, query: str) -> pl.DataFrame:
    with connect(warehouse, read_only=True) as con:
        return con.execute(query).pl()


def test_capability__hand_computed(built: Path) -> None:
    """Should count only consenting, current, complete submissions of the period, each as one voice."""
    found = _rows(built, "from marts.mart_capability_score").rows(named=True)
    north = next(row for row in found if row["partner_id"] == "north")
    assert {row["partner_id"] for row in found} == {"east", "north", "south"}
    # Six answered 100, three 75, three 50.
    assert (north["n_respondents"], north["score"], north["pct_positive"]) == (12, 81.25, 0.75)
    assert north["sd"] == pytest.approx((5156.25 / 11) ** 0.5)
    assert (north["ci_low"], north["ci_high"]) == pytest.approx((67.493843, 95.006157), abs=1e-5)
    assert (north["pct_ci_low"], north["pct_ci_high"]) == pytest.approx((0.467695, 0.911058), abs=1e-6)
    assert (north["n_items"], north["n_items_median_answered"], north["form_versions"]) == (3, 3, ["1"])
    assert (north["config_hash"], str(north["as_of"]), north["load_id"]) == ("abc", "2025-07-01", "survey-1")


def test_capability__suppression(built: Path) -> None:
    """Should hide three respondents everywhere and six outside the programme."""
    for schema, table, shown in (
        ("marts", "mart_capability_score", {"north", "south"}),
        ("publish", "pub_capability_score", {"north"}),
    ):
        found = _rows(built, f"from {schema}.{table}")
        assert set(found.filter(pl.col("score").is_not_null())["partner_id"]) == shown
        assert set(found.filter(~pl.col("is_suppressed"))["partner_id"]) == shown
        reasons = set(found.filter("is_suppressed")["n_suppressed_reason"])
        assert reasons == {f"fewer than {5 if schema == 'marts' else 10} respondents"}


def test_partnership_health__views(built: Path) -> None:
    """Should keep three views apart and call low mistrust positive."""
    found = _rows(built, "from marts.mart_partnership_health where dyad_id = 'north--south' and period_id = '2024-H2'")
    views = {(row["rater_side"], row["dimension"]): row for row in found.rows(named=True)}
    scores = {key: (row["score"], row["pct_positive"], row["n_respondents"]) for key, row in views.items()}
    assert scores == {
        ("A_of_B", "trust"): (87.5, 1.0, 12),
        ("A_of_B", "mistrust"): (0.0, 1.0, 12),
        ("B_of_A", "trust"): (37.5, 0.0, 12),
        ("B_of_A", "mistrust"): (25.0, 1.0, 12),
        ("third", "trust"): (75.0, 1.0, 5),
        ("third", "mistrust"): (25.0, 1.0, 5),
    }


def test_health_dyad__hand_computed(built: Path) -> None:
    """Should give gap, mean, minimum and a composite with its weakest dimension; half a pair has no composite."""
    found = _rows(built, "from marts.mart_health_dyad where dyad_id = 'north--south'").rows(named=True)
    now = {row["dimension"]: row for row in found if row["period_id"] == "2024-H2"}
    trust, composite = now["trust"], now["composite"]
    assert (trust["gap"], trust["mean_of_sides"], trust["min_of_sides"], trust["imbalance_flag"]) == (
        50,
        62.5,
        37.5,
        True,
    )
    # Six 100 and six 75 against six 50 and six 25: sd 13.056 each, df 22.
    assert (trust["gap_ci_low"], trust["gap_ci_high"]) == pytest.approx((38.946219, 61.053781), abs=1e-5)
    assert (composite["score_a_of_b"], composite["score_b_of_a"]) == (93.75, 56.25)
    assert (composite["mean_of_sides"], composite["weakest_dimension"], composite["n_respondents"]) == (75, "trust", 24)
    later = {row["dimension"] for row in found if row["period_id"] == "2025-H1" and row["is_suppressed"]}
    assert later == {"trust", "mistrust"} and sum(row["period_id"] == "2025-H1" for row in found) == 2


def test_health_dyad__published(built: Path) -> None:
    """Should publish only pairs whose two sides are large enough, with the level of the dyad."""
    found = _rows(built, "from publish.pub_health_dyad")
    shown = found.filter(~pl.col("is_suppressed")).select("dyad_id", "period_id", "publish_level").unique()
    assert shown.rows() == [("north--south", "2024-H2", "funder")]
    values = ["score_a_of_b", "score_b_of_a", "mean_of_sides", "min_of_sides", "gap", "n_a_of_b", "n_b_of_a"]
    hidden = found.filter("is_suppressed").select(values)
    assert len(hidden) > 0 and all(column.null_count() == len(hidden) for column in hidden)


def test_mutuality__hand_computed(built: Path) -> None:
    """Should count each exchange as one event, keep hours and documents apart, and show silence as zero."""
    wanted = "from marts.mart_mutuality_dyad where channel = 'all' and period_id = '2024-H2'"
    found = _rows(built, wanted).rows(named=True)
    flows = {(row["dyad_id"], row["measure"]): row for row in found}
    assert {key: (row["flow_ab"], row["flow_ba"]) for key, row in flows.items()} == {
        ("north--south", "events"): (3, 1),
        ("north--south", "hours"): (3, 0),  # four by north's log, three by south's
        ("north--south", "documents"): (0, 2),
        ("east--north", "events"): (0, 0),
    }
    events = flows["north--south", "events"]
    assert (events["share_a"], events["imbalance_signed"], events["mutual_share"]) == (0.75, 0.5, 0.5)
    assert events["binom_p"] == pytest.approx(0.625)
    assert (events["share_ci_low"], events["share_ci_high"]) == pytest.approx((0.300642, 0.954413), abs=1e-6)
    assert (events["n_distinct_days"], events["n_confirmed_both"]) == (3, 2)
    assert (events["n_matched"], events["n_disputed"]) == (1, 1)
    reports = _rows(built, "from raw.src_exchange where is_current and period_id = '2024-H2'").height
    kept = _rows(built, "from intermediate.int_exchanges_reported where period_id = '2024-H2'")
    assert kept.height == reports - kept["is_matched"].sum()
    assert flows["north--south", "hours"]["binom_p"] is None
    assert flows["east--north", "events"]["mutual_share"] is None


def test_data_quality__reconciles_with_loads(built: Path) -> None:
    """Should account for every row read and every row held, also where the partner is unknown."""
    found = _rows(
        built,
        """
        select source, sum(rows_received) as received, sum(rows_held) as held, sum(duplicates) as duplicates
        from marts.mart_data_quality group by source order by source
        """,
    )
    loads = _rows(
        built, "select source, sum(rows_read)::bigint as received from raw.load group by source order by source"
    )
    assert found.select("source", "received").rows() == loads.rows()
    held = {source: rows for source, rows in found.select("source", "held").iter_rows() if rows}
    assert held == {"log": 1, "survey": 1}
    assert found.filter(pl.col("source") == "survey")["duplicates"].item() == 2


def test_data_quality__hand_computed(built: Path) -> None:
    """Should give each partner its own submissions, held answers, edits, lateness and dropped rows."""
    found = {tuple(row[:3]): row for row in _rows(built, "from marts.mart_data_quality").rows()}
    columns = _rows(built, "from marts.mart_data_quality limit 0").columns

    def cell(partner: str, source: str, period: str, *names: str) -> tuple[object, ...]:
        return tuple(found[partner, source, period][columns.index(name)] for name in names)

    survey = cell("north", "survey", "2024-H2", "submissions", "versions", "cells_held", "edit_rate", "median_lag_days")
    assert survey == (14, 15, 1, pytest.approx(1 / 14), 2)  # the deleted one is none any more
    assert cell("north", "survey", "2024-H2", "item_missing_rate") == (pytest.approx(2 / 42),)
    assert cell("north", "survey", "2024-H2", "expected", "received", "completeness") == (None, None, None)
    assert cell("south", "survey", "2025-H1", "rows_received", "expected", "received", "completeness") == (0, 8, 0, 0)
    assert cell("north", "survey", "2024-H2", "short_duration_share", "straightline_share") == (0.5, 0)
    assert cell("south", "survey", "2024-H2", "short_duration_share", "completeness") == (None, None)
    assert cell("south", "survey", "2024-H2", "rows_received", "rows_held", "quarantined") == (7, 1, 1)
    assert cell("south", "health", "2024-H2", "on_time_share", "median_lag_days") == (0, 100)
    assert cell("north", "log", "2024-H2", "loops_dropped", "rows_without_dyad") == (1, 0)
    assert cell("east", "log", "2024-H2", "loops_dropped", "rows_without_dyad") == (0, 1)
    assert cell("unknown", "log", "unknown", "rows_held", "unresolved_names") == (1, 1)
    assert cell("north", "survey", "unknown", "submissions") == (1,)
    assert cell("north", "results", "2024-H2", "encoding_detected", "unmapped_columns") == ("utf-8", 2)


def test_drift__passes_through(built: Path) -> None:
    """Should show the comparison as it was made."""
    assert _rows(built, "select item_id, drifted, current_period from marts.mart_drift").rows() == [
        ("q1", True, "2025-H1")
    ]
